"""Bringing index files into the content store: resumed, verified, also amid an update."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from threading import Lock

from vostok.debian.indices import IndexEntry
from vostok.errors import InvalidInputError, NotFoundError, UnavailableError
from vostok.services.importing.release_reading import PlacedOffer
from vostok.services.job_log import JobCancelled, Reporter
from vostok.services.ports import ContentStore, Downloads, IncomingFile

AT_ONCE = 4
POLL_SECONDS = 0.25
WAIT_SECONDS_MAX = 600.0
"""How long one waits for another who fetches the same file."""


class IndexFetcher:
    """Fetches the index files of an import, several at once."""

    def __init__(self, store: ContentStore, downloads: Downloads) -> None:
        self._store = store
        self._downloads = downloads

    def fetch(self, offers: list[PlacedOffer], report: Reporter) -> list[IndexEntry]:
        """Which form of each index is in the store now, in the order of the offers.

        Raises:
            UnavailableError: a mirror lacks a file, has another one than its Release names, or
                does not answer.
            JobCancelled: somebody asked for it.
        """
        progress = _Progress(sum(offer.offer.variants[0].size for offer in offers))
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="indices") as pool:
            waiting = [pool.submit(self._one, offer, progress) for offer in offers]
            try:
                return [self._told(future, progress, report) for future in waiting]
            except BaseException:
                progress.is_stopped = True
                for future in waiting:
                    future.cancel()
                raise

    @staticmethod
    def _told(future: "Future[IndexEntry]", progress: "_Progress", report: Reporter) -> IndexEntry:
        while True:  # ends with the download, each of whose waits has its bound
            try:
                return future.result(timeout=POLL_SECONDS)
            except NotYet:
                report.tell(
                    f"fetching {progress.path}",
                    step="fetching indices",
                    done=progress.done,
                    total=progress.total,
                    unit="bytes",
                )

    def _one(self, placed: PlacedOffer, progress: "_Progress") -> IndexEntry:
        """The best form that the mirror really has as its Release names it."""
        first: _NotAsPromisedError | None = None
        for entry in placed.offer.variants:
            try:
                self._bring(placed, entry, progress)
            except _NotAsPromisedError as error:
                first = first or error
            else:
                return entry
        raise first or UnavailableError(f"{placed.offer.path} is offered in no form")

    def _bring(self, placed: PlacedOffer, entry: IndexEntry, progress: "_Progress") -> None:
        if self._store.has(entry.sha256, size=entry.size):
            progress.add(entry.size)
            return
        with self._store.incoming(
            entry.sha256, size=entry.size, seconds_max=WAIT_SECONDS_MAX
        ) as incoming:
            if incoming is not None:
                self._try_addresses(placed, entry, _Counted(incoming, progress, entry.path))

    def _try_addresses(self, placed: PlacedOffer, entry: IndexEntry, incoming: "_Counted") -> None:
        """By hash first if that is offered, else last: then a mirror is amid an update."""
        addresses = [f"{placed.base}/{entry.path}", f"{placed.base}/{entry.by_hash_path}"]
        is_missing = True
        wrong: InvalidInputError | None = None
        for address in reversed(addresses) if placed.is_by_hash else addresses:
            try:
                self._downloads.download(address, incoming, size=entry.size)
                incoming.keep()
            except NotFoundError:
                continue
            except InvalidInputError as error:
                if not address.startswith(("http://", "https://")):
                    raise
                is_missing, wrong = False, wrong or error
                incoming.restart()
            else:
                return
        if is_missing:
            raise _NotAsPromisedError(
                f"the mirror lacks {entry.path}, which its InRelease names",
                hint="the mirror may be in the middle of an update; import again later",
            )
        raise _NotAsPromisedError(
            f"{entry.path} is not what InRelease promises: {wrong}",
            hint="the mirror may be in the middle of an update; import again later",
        ) from wrong


class _NotAsPromisedError(UnavailableError):
    """The mirror has a form of an index at none of its addresses; another form may be there."""


class _Progress:
    """What several threads have fetched together."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.path = "indices"
        self.is_stopped = False
        self._guard = Lock()

    def add(self, count: int) -> None:
        with self._guard:
            self.done += count


class _Counted:
    """An incoming file whose bytes are counted, and which ends when nobody waits for it."""

    def __init__(self, file: IncomingFile, progress: _Progress, path: str) -> None:
        self._file = file
        self._progress = progress
        self._path = path
        self.keep: Callable[[], None] = file.keep
        self.restart: Callable[[], None] = file.restart

    @property
    def size(self) -> int:
        return self._file.size

    def write(self, data: bytes) -> None:
        if self._progress.is_stopped:
            raise JobCancelled
        self._file.write(data)
        self._progress.path = self._path
        self._progress.add(len(data))
