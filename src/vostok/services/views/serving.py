"""What apt asks for: index files and pool files of archives, publications and views."""

import re

from vostok.domain.access import Action, Principal, require, token_hash
from vostok.domain.archive import Archive, Serve, Suite
from vostok.domain.publication import IndexFile
from vostok.errors import GoneError, NotFoundError
from vostok.services.pool.files import FileService
from vostok.services.ports import ContentStore, ElsewhereFile, StoredFile
from vostok.services.repositories import Database, Transaction
from vostok.services.views.editions import ViewService, base_of_view

BY_HASH = re.compile(r"(?:.*/)?by-hash/SHA256/([0-9a-f]{64})")


class ServingService:
    """Finds the bytes behind an address of an APT repository."""

    def __init__(
        self, database: Database, store: ContentStore, files: FileService, views: ViewService
    ) -> None:
        self._database = database
        self._store = store
        self._files = files
        self._views = views

    def archive_index(
        self,
        principal: Principal,
        name: str,
        suite_name: str,
        path: str,
        *,
        number: int | None = None,
    ) -> StoredFile:
        """A file below `dists/SUITE/` of an archive: of its newest publication, or a numbered one.

        By-hash addresses reach back into all publications that are kept, so that a client whose
        InRelease is older than a switch still finds what it names.
        """
        require(principal, Action.VIEW, name)
        with self._database.read() as transaction:
            suite = _suite(transaction, transaction.archives.named(name), suite_name)
            by_hash = BY_HASH.fullmatch(path)
            if by_hash:
                found = transaction.publications.find_by_hash(suite.id, by_hash[1])
            else:
                wanted = suite.publication if number is None else number
                publication = transaction.publications.numbered(suite.id, wanted)
                found = transaction.publications.find_index(publication.id, path)
        return self._index(found, f"dists/{suite_name}/{path}", name)

    def archive_pool_file(self, principal: Principal, name: str, path: str) -> StoredFile:
        """A package of an archive; one that only a parent has is fetched from there now."""
        require(principal, Action.VIEW, name)
        _, found = self._pool_entry(name, path)
        return self._pool_file(found, path, name)

    def archive_pool_answer(
        self, principal: Principal, name: str, path: str
    ) -> StoredFile | ElsewhereFile:
        """The same for a client, who is sent to the parent if the archive redirects."""
        require(principal, Action.VIEW, name)
        archive, found = self._pool_entry(name, path)
        if found is not None and archive.serve is Serve.REDIRECT:
            address = self._files.find_elsewhere(found.sha256, size=found.size)
            if address is not None:
                return ElsewhereFile(url=address)
        return self._pool_file(found, path, name)

    def _pool_entry(self, name: str, path: str) -> tuple[Archive, IndexFile | None]:
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
            return archive, transaction.publications.find_pool_file(archive.id, path)

    def view_file(self, token: str, path: str) -> StoredFile:
        """A file of the view that a running attempt may read, by its token.

        Raises:
            GoneError: no running attempt has that token.
            NotFoundError: the view has no such file.
        """
        with self._database.read() as transaction:
            attempt = transaction.builds.attempt_of_view_token(token_hash(token))
        if attempt is None:
            raise GoneError("the attempt that could read this view has ended")
        view = self._views.ensure_indexed(attempt.view_id)
        is_pool = path.startswith("pool/")
        with self._database.read() as transaction:
            suite = transaction.archives.suite(view.suite_id)
            by_hash = BY_HASH.fullmatch(path)
            if is_pool:
                found = transaction.publications.find_view_pool_file(
                    view, base_of_view(transaction, view), path
                )
            elif by_hash:
                found = transaction.publications.find_view_by_hash(view.id, by_hash[1])
            else:
                before, _, rest = path.partition(f"dists/{suite.name}/")
                found = None if before else transaction.publications.find_view_index(view.id, rest)
        answer = self._pool_file if is_pool else self._index
        return answer(found, path, "the view")

    def _index(self, found: IndexFile | None, path: str, where: str) -> StoredFile:
        if found is None:
            raise NotFoundError(f"{where} has no {path}")
        return StoredFile(
            path=self._store.path(found.sha256), size=found.size, sha256=found.sha256
        )

    def _pool_file(self, found: IndexFile | None, path: str, where: str) -> StoredFile:
        if found is None:
            raise NotFoundError(f"{where} has no {path}")
        place = self._files.ensure(found.sha256, size=found.size, name=path)
        return StoredFile(path=place, size=found.size, sha256=found.sha256)


def _suite(transaction: Transaction, archive: Archive, name: str) -> Suite:
    suite = transaction.archives.find_suite(archive.id, name)
    if suite is None or suite.publication == 0:
        raise NotFoundError(
            f"{archive.name} publishes no suite {name}",
            hint=f"see what it has: vostok archive show {archive.name}",
        )
    return suite
