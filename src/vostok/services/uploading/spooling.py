"""The spool: files that people sent, until a .changes names them or they expire."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vostok.domain.access import Principal
from vostok.domain.archive import Archive, ArchiveState
from vostok.domain.quota import Asked
from vostok.domain.upload import SPOOL_FILES_MAX, SentFile
from vostok.errors import ConflictError, GoneError, UnavailableError, VostokError
from vostok.services.people.quotas import bytes_left, hold_room, look_for_room
from vostok.services.ports import Clock, ContentStore
from vostok.services.repositories import Database, Transaction

REFUSED_KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolTerms:
    """How much may wait, and how long."""

    file_bytes_max: int = 4 << 30
    bytes_max: int = 8 << 30
    """Of all files of one sender in one archive."""
    seconds_max: int = 86_400


class SpoolService:
    """Takes files in, and forgets them."""

    def __init__(
        self, database: Database, store: ContentStore, clock: Clock, terms: SpoolTerms
    ) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._terms = terms

    @property
    def file_bytes_max(self) -> int:
        """Size of one file, in bytes."""
        return self._terms.file_bytes_max

    def put(
        self, principal: Principal, archive: Archive, name: str, chunks: Iterable[bytes]
    ) -> SentFile:
        """Take a file in; sent again, the newest counts.

        Raises:
            InvalidInputError: it is too large.
            ConflictError: too many files wait, or too many bytes. Nothing of it is kept.
        """
        replaced = (archive.id, principal.name, name)
        with self._database.read() as transaction:
            waiting = self._waiting(transaction, principal, archive, name)
            others = transaction.uploads.waiting_bytes(but=replaced)
            look_for_room(transaction, principal, archive, Asked(bytes=1), waiting=others)
            left = bytes_left(transaction, archive, waiting=others)
        room = self._terms.bytes_max - sum(file.size for file in waiting)
        if room <= 0:
            raise self._full(archive, waiting)

        def look_again(size: int) -> None:
            with self._database.read() as transaction:
                others = transaction.uploads.waiting_bytes(but=replaced)
                look_for_room(transaction, principal, archive, Asked(bytes=size), waiting=others)

        sha256, size = self._store.put(
            chunks if left is None else _looked_after(chunks, left, look_again),
            size_max=min(room, self._terms.file_bytes_max),
        )
        file = SentFile(name=name, size=size, sha256=sha256)
        try:
            older = self._enter(principal, archive, file)
        except VostokError:
            self.drop([sha256])
            raise
        self.drop(older)
        return file

    def _enter(self, principal: Principal, archive: Archive, file: SentFile) -> list[str]:
        """Note a file that is stored, if it still may come; the SHA-256 that it replaces."""
        replaced = (archive.id, principal.name, file.name)
        with self._database.write() as transaction:
            transaction.archives.lock(archive.id)
            check_there(transaction, archive)
            transaction.deletion.hold_names()
            if not self._store.has(file.sha256, size=file.size):
                raise UnavailableError(
                    f"{file.name} was deleted with another archive before it was entered here",
                    hint="send it again",
                )
            # Others may have come meanwhile.
            waiting = self._waiting(transaction, principal, archive, file.name)
            if sum(other.size for other in waiting) + file.size > self._terms.bytes_max:
                raise self._full(archive, waiting)
            others = transaction.uploads.waiting_bytes(but=replaced)
            asked = Asked(bytes=file.size)
            hold_room(transaction, principal, archive, asked, waiting=others)
            return transaction.uploads.put_spooled(
                archive.id, principal.name, file, self._clock.now()
            )

    def check_here(self, files: Iterable[SentFile]) -> None:
        """Nothing, if files that were found in the spool are still stored.

        Raises:
            UnavailableError: one is not; its sender replaced it meanwhile.
        """
        for file in files:
            if not self._store.has(file.sha256, size=file.size):
                raise UnavailableError(
                    f"{file.name} as the .changes has it is not here any more",
                    hint="send it and the .changes again",
                )

    def drop(self, hashes: Iterable[str]) -> int:
        """Delete those of some files that nothing names any more; how many."""
        wanted = sorted(set(hashes))
        if not wanted:
            return 0
        with self._database.write() as transaction:
            return self._dropped(transaction, wanted)

    def _dropped(self, transaction: Transaction, hashes: Sequence[str]) -> int:
        transaction.deletion.lock_names()
        needed = transaction.deletion.still_needed(hashes)
        free = [sha256 for sha256 in hashes if sha256 not in needed]
        self._store.delete_all(free)
        return len(free)

    def sweep(self) -> int:
        """Forget what nobody's .changes named in time, and old refusals; how many files went.

        So go files that were begun and never completed, as a kill leaves them.
        """
        now = self._clock.now()
        begun = self._forget_unfinished(now - timedelta(seconds=self._terms.seconds_max))
        with self._database.write() as transaction:
            gone = transaction.uploads.expire_spooled(
                now - timedelta(seconds=self._terms.seconds_max)
            )
            transaction.uploads.forget_refused(now - REFUSED_KEPT)
            if not gone:
                return begun
            return begun + self._dropped(transaction, gone)

    def _forget_unfinished(self, before: datetime) -> int:
        return sum(
            self._store.forget_unfinished(file.name)
            for file in self._store.unfinished()
            if file.at < before
        )

    @staticmethod
    def _waiting(
        transaction: Transaction, principal: Principal, archive: Archive, name: str
    ) -> list[SentFile]:
        found = transaction.uploads.spooled(archive.id, principal.name)
        found.pop(name, None)
        if len(found) >= SPOOL_FILES_MAX:
            raise ConflictError(
                f"{len(found)} files of {principal.name} wait in {archive.name} already",
                hint="send the .changes that names them, or wait until they expire",
            )
        return list(found.values())

    def _full(self, archive: Archive, waiting: Iterable[SentFile]) -> ConflictError:
        total = sum(file.size for file in waiting)
        return ConflictError(
            f"{total} bytes wait in {archive.name} already; at most {self._terms.bytes_max} may",
            hint="send the .changes that names them, or wait until they expire",
        )


def check_there(transaction: Transaction, archive: Archive) -> Archive:
    """The archive, which takes uploads now; locked before, it stays so.

    Raises:
        GoneError: it was deleted, or is being deleted, since the upload began. There may be
            another of its name by now.
    """
    found = transaction.archives.by_id(archive.id)
    if found is None or found.state is not ArchiveState.ACTIVE:
        raise GoneError(f"the archive {archive.name} was deleted meanwhile")
    return found


def _looked_after(
    chunks: Iterable[bytes], bytes_max: int, look: Callable[[int], None]
) -> Iterator[bytes]:
    """The chunks; from a size on each only after a look with the size that they come to."""
    came = 0
    for chunk in chunks:
        came += len(chunk)
        if came > bytes_max:
            look(came)
        yield chunk


def bounded(chunks: Iterable[bytes], bytes_max: int) -> Iterator[bytes]:
    """The chunks, and one byte more than the bound if there is more."""
    left = bytes_max + 1
    for chunk in chunks:
        yield chunk[:left]
        left -= len(chunk)
        if left <= 0:
            return
