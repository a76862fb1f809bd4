"""The files of its parents that an archive keeps, fetched ahead by a job."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypedDict

from vostok.domain.access import ANONYMOUS, SYSTEM, Principal
from vostok.domain.archive import Archive, ArchiveState, Keep, Suite
from vostok.domain.counting import counted
from vostok.domain.job import ENDED_STATES, Job, JobKind, JobState
from vostok.domain.package import Membership
from vostok.domain.quota import Asked
from vostok.domain.storage import ListedFile
from vostok.errors import NotFoundError, QuotaExceededError, UnavailableError, VostokError
from vostok.services.job_log import Reporter
from vostok.services.job_runner import Carry, JobService, Step
from vostok.services.people.quotas import look_for_room
from vostok.services.pool.files import FileService
from vostok.services.ports import Clock, ContentStore
from vostok.services.repositories import Database, Transaction
from vostok.services.views.editions import members_of

RELEASES_AT_ONCE_MAX = 2_000
FETCHES_AT_ONCE = 16
FREE_BYTES_LEFT = 2 << 30
"""So much of the disk is never filled with files that nobody needs yet."""

FAILURES_IN_A_ROW_MAX = 50
"""After so many files that could not be had because a mirror is silent the job gives up."""
EXAMPLES_MAX = 20
FAILED_KEPT = timedelta(hours=1)
"""After this time what could not be fetched ahead is tried again."""


@dataclass(slots=True, kw_only=True)
class _Progress:
    """How far a fetch is."""

    total_bytes: int
    total_files: int
    files: int = 0
    bytes: int = 0
    fetched: int = 0
    fetched_bytes: int = 0
    silent_in_a_row: int = 0
    absent: list[str] = field(default_factory=list)
    absent_files: int = 0

    def seen(self, file: ListedFile) -> None:
        """One file more was dealt with."""
        self.files += 1
        self.bytes += file.size

    def add_fetched(self, file: ListedFile) -> None:
        """One file more is here that was not."""
        self.fetched += 1
        self.fetched_bytes += file.size


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAhead:
    """Files that an archive keeps ahead of need, here already or not."""

    files: int
    bytes: int


class KeepService:
    """Fetches what archives are to keep."""

    def __init__(
        self,
        database: Database,
        jobs: JobService,
        files: FileService,
        store: ContentStore,
        clock: Clock,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._files = files
        self._store = store
        self._clock = clock

    def submit(
        self, transaction: Transaction, archive: Archive, principal: Principal
    ) -> Job | None:
        """The job that fetches what an archive is to keep; None if that is only what is needed."""
        if archive.keep is Keep.NEEDED:
            return None
        for job in transaction.jobs.unfinished(JobKind.FETCH, archive.name):
            if job.state is JobState.QUEUED:
                return job
            transaction.jobs.ask_cancel(job.id)  # the new one finds what it has fetched
        return self._jobs.submit(
            transaction,
            JobKind.FETCH,
            archive=archive.name,
            arguments={
                "archive": archive.name,
                "archive_id": archive.id,
                "keep": archive.keep,
                "shown": [[m.suite_id, m.number] for m in _shown(transaction, archive)],
            },
            principal=principal,
            asked=f"keep {archive.keep}",
        )

    @staticmethod
    def listed(transaction: Transaction, archive: Archive) -> ListedAhead | None:
        """What an archive keeps ahead of need; None if nothing. O(archive)."""
        if archive.keep is Keep.NEEDED:
            return None
        totals = [
            transaction.files.listed_totals(base, with_sources=archive.keep is Keep.ALL)
            for base in _shown(transaction, archive)
        ]
        return ListedAhead(
            files=sum(count for count, _ in totals), bytes=sum(size for _, size in totals)
        )

    def submit_due(self) -> int:
        """Have files fetched of archives that show others than when it was done last; how many."""
        with self._database.read() as transaction:
            due = [
                archive
                for archive in transaction.archives.all()
                if self._due(transaction, archive)
            ]
        for archive in due:
            with self._database.write() as transaction:
                self.submit(transaction, archive, SYSTEM)
        return len(due)

    def _due(self, transaction: Transaction, archive: Archive) -> bool:
        if archive.keep is Keep.NEEDED or archive.state is not ArchiveState.ACTIVE:
            return False
        last = next(
            iter(transaction.jobs.newest(archive.name, rows_max=1, kinds={JobKind.FETCH})), None
        )
        if last is None:
            return True
        if last.state not in ENDED_STATES:
            return False
        shown = [[m.suite_id, m.number] for m in _shown(transaction, archive)]
        if last.arguments["shown"] != shown or last.arguments["keep"] != archive.keep:
            return True
        has_failed = last.state is JobState.FAILED or bool((last.result or {}).get("absent_files"))
        ended = last.finished_at or last.created_at
        return has_failed and self._clock.now() - ended > FAILED_KEPT

    def steps(self) -> list[Step]:
        """The parts of a fetch job. Cut off, it goes on: what is here is not fetched again."""
        return [Step(name="fetch", do=self._fetch)]

    def _fetch(self, job: Job, _carry: Carry, report: Reporter) -> Carry:
        keep = Keep(str(job.arguments["keep"]))
        shown: Any = job.arguments["shown"]
        bases = [Membership(suite_id=suite_id, number=number) for suite_id, number in shown]
        with self._database.read() as transaction:
            totals = [
                transaction.files.listed_totals(base, with_sources=keep is Keep.ALL)
                for base in bases
            ]
        progress = _Progress(
            total_files=sum(count for count, _ in totals), total_bytes=sum(b for _, b in totals)
        )
        self._check_room(str(job.arguments["archive"]), bases, keep, progress.total_bytes)
        with ThreadPoolExecutor(FETCHES_AT_ONCE) as threads:
            for page in self._pages(bases, with_sources=keep is Keep.ALL):
                before = progress.fetched_bytes
                try:
                    self._fetch_page(threads, page, progress, report)
                finally:  # cut off, what is here will not be fetched, nor counted, again
                    self._count(job, progress.fetched_bytes - before)
        absent = f"; {progress.absent_files} could not be had" if progress.absent_files else ""
        kept = progress.files - progress.absent_files
        return {
            "message": f"{job.arguments['archive']} keeps {counted(kept, 'file')}; "
            f"{progress.fetched} of {progress.fetched_bytes} bytes were fetched{absent}",
            "files": progress.files,
            "bytes": progress.bytes,
            "fetched": progress.fetched,
            "fetched_bytes": progress.fetched_bytes,
            "absent_files": progress.absent_files,
            "absent": progress.absent,
        }

    def _count(self, job: Job, size: int) -> None:
        """Have what was fetched count as the archive's, if it is still there."""
        if size:
            with self._database.write() as transaction:
                archive = transaction.archives.by_id(int(str(job.arguments["archive_id"])))
                if archive is not None:
                    transaction.quotas.add_fetched(archive.id, size)

    def _check_room(
        self, archive: str, bases: Sequence[Membership], keep: Keep, total_bytes: int
    ) -> None:
        """Nothing, if the disk has room for what is to be fetched and some more.

        Raises:
            UnavailableError: it has not; nothing was fetched.
            QuotaExceededError: it has, but the archive may not have so much; told as to anybody,
                since whoever sees the archive reads why its job failed.
        """
        room = self._store.free_bytes() - FREE_BYTES_LEFT
        with self._database.read() as transaction:
            kept_for = transaction.archives.named(archive)
            try:
                look_for_room(transaction, ANONYMOUS, kept_for, Asked(bytes=total_bytes))
                is_allowed = True
            except QuotaExceededError:
                is_allowed = False
        if is_allowed and total_bytes <= room:
            return
        here = self._bytes_here(bases, keep)
        with self._database.read() as transaction:
            look_for_room(transaction, ANONYMOUS, kept_for, Asked(bytes=total_bytes - here))
        if total_bytes - here > room:
            raise UnavailableError(
                f"{archive} is to keep {total_bytes - here} bytes more, and the disk has room for "
                f"{max(room, 0)} beside {FREE_BYTES_LEFT} that stay free",
                hint=f"keep less: vostok archive set {archive} --keep needed; or make room",
            )

    def _bytes_here(self, bases: Sequence[Membership], keep: Keep) -> int:
        """How much of what is to be kept is in the store already. O(files)."""
        here = 0
        for page in self._pages(bases, with_sources=keep is Keep.ALL):
            sizes = self._store.sizes(file.sha256 for file in page)
            here += sum(sizes.get(file.sha256, 0) == file.size and file.size for file in page)
        return here

    def _pages(
        self, bases: Sequence[Membership], *, with_sources: bool
    ) -> Iterator[list[ListedFile]]:
        """The files that suites list, some at a time."""
        for base in bases:
            kinds = ["binaries", *(["sources"] if with_sources else [])]
            for kind in kinds:
                after = 0
                while True:
                    with self._database.read() as transaction:
                        files = transaction.files
                        listed = (
                            files.listed_binaries if kind == "binaries" else files.listed_sources
                        )
                        page = listed(base, after=after, rows_max=RELEASES_AT_ONCE_MAX)
                    if not page:
                        break
                    yield page
                    after = page[-1].id

    def _fetch_page(
        self,
        threads: ThreadPoolExecutor,
        page: Sequence[ListedFile],
        progress: _Progress,
        report: Reporter,
    ) -> None:
        here = self._store.sizes(file.sha256 for file in page)
        for file in page:
            if here.get(file.sha256) == file.size:
                progress.seen(file)
        wanted = [file for file in page if here.get(file.sha256) != file.size]
        running: dict[Future[None], ListedFile] = {}
        try:
            for file in wanted:
                running[threads.submit(self._ensure, file)] = file
                if len(running) >= 2 * FETCHES_AT_ONCE:
                    self._collect(running, progress, report)
            while running:
                self._collect(running, progress, report)
        except BaseException:
            for future in running:
                future.cancel()
            wait(running)
            for future, file in running.items():
                if not future.cancelled() and future.exception() is None:
                    progress.add_fetched(file)
            raise
        self._tell(progress, report)

    def _ensure(self, file: ListedFile) -> None:
        self._files.ensure(file.sha256, size=file.size, name=file.path)

    def _collect(
        self, running: dict[Future[None], ListedFile], progress: _Progress, report: Reporter
    ) -> None:
        """Take in what has ended of what runs."""
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            file = running.pop(future)
            progress.seen(file)
            try:
                future.result()
            except NotFoundError as error:
                progress.silent_in_a_row = 0
                self._note_absent(progress, error)
            except UnavailableError as error:
                progress.silent_in_a_row += 1
                self._note_absent(progress, error)
                if progress.silent_in_a_row >= FAILURES_IN_A_ROW_MAX:
                    raise
            else:
                progress.silent_in_a_row = 0
                progress.add_fetched(file)
        self._tell(progress, report)

    @staticmethod
    def _note_absent(progress: _Progress, error: VostokError) -> None:
        progress.absent_files += 1
        if len(progress.absent) < EXAMPLES_MAX:
            progress.absent.append(str(error))

    @staticmethod
    def _tell(progress: _Progress, report: Reporter) -> None:
        report.tell(
            f"fetching files: {progress.files} of {progress.total_files}",
            step="fetching files",
            done=progress.bytes,
            total=progress.total_bytes,
            unit="bytes",
        )


def _shown(transaction: Transaction, archive: Archive) -> list[Membership]:
    """What the suites of an archive stand on: their bases, or the newest snapshots."""
    return [members_of(suite) for suite in transaction.archives.suites(archive.id)]


def storage_warnings(
    archive: Archive,
    suites: Iterable[Suite],
    valid_until: Callable[[Membership], datetime | None],
) -> list[str]:
    """What may go wrong with files that an archive fetches only when they are needed.

    A Release that says until when it is valid is of a suite that moves, and a mirror of one drops
    old files within days.

    Args:
        archive: which.
        suites: its suites.
        valid_until: until when the Release of a parent's snapshot says that it is valid.
    """
    if archive.keep is not Keep.NEEDED:
        return []
    warnings = []
    for suite in suites:
        if suite.derivation is None:
            continue
        for parent in suite.derivation.parents:
            until = valid_until(parent.members)
            if until is not None:
                warnings.append(
                    f"{parent} has a Valid-Until, {until:%Y-%m-%d}, so it moves: its mirror "
                    f"may drop files that {archive.name} needs later; to have them fetched ahead: "
                    f"vostok archive set {archive.name} --keep view"
                )
    return warnings


class LostFiles(TypedDict):
    """Files of what an archive stands on that are nowhere to be had."""

    lost_files: int
    lost: list[str]


class LostFilesFinder:
    """Finds what is lost of archives; of what several stand on, once. O(lost files)."""

    def __init__(self, transaction: Transaction) -> None:
        lost = transaction.files.lost()
        self._lost = lost
        self._listed = cache(
            lambda members: transaction.packages.listed_files(members, lost) if lost else set()
        )

    def document(self, suites: Iterable[Suite]) -> LostFiles:
        """How many files of an archive with these suites are lost, and what some of them are."""
        own: set[str] = set()
        for suite in suites:
            own |= self._listed(members_of(suite))
        return {
            "lost_files": len(own),
            "lost": sorted(self._lost[sha256].sentence for sha256 in own)[:EXAMPLES_MAX],
        }
