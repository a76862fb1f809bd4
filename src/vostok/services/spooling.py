"""The spool: files that people sent, until a .changes names them or they expire."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from vostok.domain.access import Principal
from vostok.domain.archive import Archive, ArchiveState
from vostok.domain.quota import Asked
from vostok.domain.upload import SPOOL_FILES_MAX, SentFile
from vostok.errors import ConflictError, GoneError, UnavailableError
from vostok.services.ports import Clock, ContentStore
from vostok.services.quotas import hold_room, look_for_room
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
            ConflictError: too many files wait, or too many bytes.
        """
        with self._database.read() as transaction:
            waiting = self._waiting(transaction, principal, archive, name)
            sizes = sum(file.size for file in waiting)
            look_for_room(transaction, archive, Asked(bytes=sizes + 1))
        room = self._terms.bytes_max - sizes
        if room <= 0:
            raise self._full(archive, waiting)
        sha256, size = self._store.put(chunks, size_max=min(room, self._terms.file_bytes_max))
        file = SentFile(name=name, size=size, sha256=sha256)
        with self._database.write() as transaction:
            transaction.archives.lock(archive.id)
            check_there(transaction, archive)
            transaction.deletion.hold_names()
            if not self._store.has(sha256, size=size):
                raise UnavailableError(
                    f"{name} was deleted with another archive before it was entered here",
                    hint="send it again",
                )
            # Others of the same sender may have come meanwhile.
            waiting = self._waiting(transaction, principal, archive, name)
            if sum(other.size for other in waiting) + size > self._terms.bytes_max:
                raise self._full(archive, waiting)
            hold_room(transaction, archive, Asked(bytes=sum(f.size for f in waiting) + size))
            transaction.uploads.put_spooled(archive.id, principal.name, file, self._clock.now())
        return file

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
            transaction.deletion.lock_names()
            needed = transaction.deletion.still_needed(gone)
            free = [sha256 for sha256 in gone if sha256 not in needed]
            self._store.delete_all(free)
        return begun + len(free)

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


def bounded(chunks: Iterable[bytes], bytes_max: int) -> Iterator[bytes]:
    """The chunks, and one byte more than the bound if there is more."""
    left = bytes_max + 1
    for chunk in chunks:
        yield chunk[:left]
        left -= len(chunk)
        if left <= 0:
            return
