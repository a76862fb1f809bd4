"""Deleting an archive with everything that is only its own. Safe to kill anywhere and do again."""

import time

from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import ArchiveKind, ArchiveState
from vostok.domain.job import Job, JobKind
from vostok.errors import ConflictError
from vostok.services.building import BuildService
from vostok.services.job_runner import Carry, JobService, Reporter, Step
from vostok.services.ports import Clock, ContentStore, LogStore, Signer
from vostok.services.repositories import Database

STOP_SECONDS_MAX = 60.0
STOP_POLL_SECONDS = 0.5


class DeleteService:
    """Deletes archives."""

    def __init__(
        self,
        database: Database,
        jobs: JobService,
        builds: BuildService,
        store: ContentStore,
        logs: LogStore,
        signer: Signer,
        clock: Clock,
        *,
        stop_seconds_max: float = STOP_SECONDS_MAX,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._builds = builds
        self._store = store
        self._logs = logs
        self._signer = signer
        self._clock = clock
        self._stop_seconds_max = stop_seconds_max

    def request(self, principal: Principal, name: str) -> Job:
        """A job that deletes an archive; from now on it takes no other work.

        Raises:
            ConflictError: another archive is derived from it.
        """
        require(principal, Action.DELETE_ARCHIVE, name)
        with self._database.write() as transaction:
            archive = transaction.archives.named(name)
            children = transaction.archives.derived_from(archive.id)
            if children:
                raise ConflictError(
                    f"{name} cannot be deleted: {', '.join(children)} derive from it",
                    hint=f"delete them first: vostok archive delete {children[0]}",
                )
            waiting = transaction.jobs.unfinished(JobKind.DELETE, name)
            if waiting:
                return waiting[0]
            transaction.archives.set_state(archive.id, ArchiveState.DELETING)
            return self._jobs.submit(
                transaction,
                JobKind.DELETE,
                archive=name,
                arguments={"archive": name, "archive_id": archive.id},
                principal=principal,
            )

    def steps(self) -> list[Step]:
        """The parts of a delete job."""
        return [
            Step(name="stop", do=self._stop_builds),
            Step(name="collect", do=self._collect),
            Step(name="rows", do=self._delete_rows),
            Step(name="files", do=self._delete_files),
        ]

    def remove_unfinished(self, archive_id: int) -> None:
        """Take an archive away that never came to be; no error if there is none."""
        with self._database.read() as transaction:
            archive = transaction.archives.by_id(archive_id)
        if archive is None or archive.state is not ArchiveState.PREPARING:
            return
        candidates = self._candidates(archive.id)
        if archive.key_fingerprint is not None:  # first: afterwards no row says which it was
            self._signer.delete(archive.key_fingerprint)
        with self._database.write() as transaction:
            transaction.deletion.delete_rows(archive.id)  # its job stays: it says what failed
        self._free(candidates)

    def _stop_builds(self, job: Job, _carry: Carry, report: Reporter) -> Carry:
        """Cancel what waits and runs; a builder that does not answer is given up on."""
        archive_id = int(str(job.arguments["archive_id"]))
        deadline = time.monotonic() + self._stop_seconds_max
        while True:
            running = self._builds.cancel_all(archive_id, actor=job.requested_by)
            if not running:
                return {}
            if time.monotonic() > deadline:
                self._builds.give_up_all(archive_id)
                return {}
            report.tell(f"stopping {len(running)} builds")
            time.sleep(STOP_POLL_SECONDS)

    def _collect(self, job: Job, _carry: Carry, report: Reporter) -> Carry:
        report.tell("listing its files")
        archive_id = int(str(job.arguments["archive_id"]))
        with self._database.read() as transaction:
            archive = transaction.archives.by_id(archive_id)
            build_ids = transaction.deletion.build_ids(archive_id)
        return {
            "candidates": self._candidates(archive_id),
            "build_ids": build_ids,
            "key": None if archive is None else archive.key_fingerprint,
        }

    def _candidates(self, archive_id: int) -> list[str]:
        with self._database.read() as transaction:
            named = transaction.deletion.files_of(archive_id)
            archive = transaction.archives.by_id(archive_id)
        if archive is not None and archive.kind is ArchiveKind.EXTERNAL:
            # It names everything its parent has, and nobody can have more of it fetched now.
            return sorted(sha256 for sha256 in named if self._store.has(sha256))
        return sorted(named)

    def _delete_rows(self, job: Job, carry: Carry, report: Reporter) -> Carry:
        report.tell("deleting its rows")
        with self._database.write() as transaction:
            rows = transaction.deletion.delete_rows(
                int(str(job.arguments["archive_id"])), str(job.arguments["archive"])
            )
        return {**carry, "rows": rows}

    def _delete_files(self, job: Job, carry: Carry, report: Reporter) -> Carry:
        report.tell("deleting its files")
        files, freed = self._free(carry["candidates"])
        logs = sum(self._logs.delete(build_id) for build_id in carry["build_ids"])
        has_key = carry["key"] is not None and self._signer.delete(carry["key"])
        rows = sum(carry["rows"].values())
        return {
            "message": f"{job.arguments['archive']} is deleted: {rows} rows, {files} files, "
            f"{freed + logs} bytes" + (", its key" if has_key else ""),
            "rows": carry["rows"],
            "files": files,
            "bytes": freed + logs,
            "shared_files_kept": sum(map(self._store.has, carry["candidates"])),
        }

    def _free(self, candidates: list[str]) -> tuple[int, int]:
        """Delete those files that nothing else names: how many were here, and their bytes.

        Inside a writing transaction, so that nobody begins to name a file between the question
        and its end; who stored one before and names it afterwards looks again (`publishing`).
        """
        with self._database.write() as transaction:
            needed = transaction.deletion.still_needed(candidates)
            sizes = [self._store.delete(sha256) for sha256 in candidates if sha256 not in needed]
        return sum(size > 0 for size in sizes), sum(sizes)
