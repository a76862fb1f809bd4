"""Deleting an archive with everything that is only its own. Safe to kill anywhere and do again.

Two phases: first builds are stopped and all rows go, and a list is left of what else may have to
go; then that list is worked off (`freeing`). The first transaction hides the archive and sets its
tombstone; packages go in bounded ones, so that others can write meanwhile.
"""

import time
from datetime import datetime, timedelta
from typing import Any

from vostok.documents import DeletionView
from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import Archive, ArchiveState
from vostok.domain.counting import counted
from vostok.domain.deletion import Candidate, CandidateKind, Tombstone
from vostok.domain.job import Job, JobKind, JobState
from vostok.errors import ConflictError
from vostok.services.building.builds import BuildService
from vostok.services.job_log import Reporter
from vostok.services.job_runner import Carry, JobService, Step
from vostok.services.ports import Clock, ContentStore, LogStore
from vostok.services.repositories import Database, Transaction
from vostok.services.space.freeing import EXAMPLES_MAX, Freer, Tell, examples_of, outside_report

STOP_SECONDS_MAX = 60.0
STOP_POLL_SECONDS = 0.5
TOMBSTONE_DAYS = 365
PACKAGES_AT_ONCE_MAX = 5_000
"""In one transaction; with their releases, paragraphs and files' names up to 30,000 rows."""
TRANSACTIONS_MAX = 100_000
"""With packages of one deletion; each takes some, and an archive has far fewer than they could."""


class DeleteService:
    """Deletes archives."""

    def __init__(
        self,
        database: Database,
        jobs: JobService,
        builds: BuildService,
        store: ContentStore,
        logs: LogStore,
        freer: Freer,
        clock: Clock,
        *,
        stop_seconds_max: float = STOP_SECONDS_MAX,
        tombstone_days: int = TOMBSTONE_DAYS,
        packages_at_once_max: int = PACKAGES_AT_ONCE_MAX,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._builds = builds
        self._store = store
        self._logs = logs
        self._freer = freer
        self._clock = clock
        self._stop_seconds_max = stop_seconds_max
        self._tombstone_days = tombstone_days
        self._packages_at_once_max = packages_at_once_max

    def request(self, principal: Principal, name: str) -> Job:
        """A job that deletes an archive; from now on it takes no other work.

        Raises:
            ConflictError: another archive is derived from it.
        """
        require(principal, Action.DELETE_ARCHIVE, name)
        with self._database.write() as transaction:
            archive = _deletable(transaction, principal, name)
            for waiting in transaction.jobs.unfinished(JobKind.DELETE, name):
                if _id_of(waiting) == archive.id:  # else of one that had the name before
                    return waiting
            transaction.archives.set_state(archive.id, ArchiveState.DELETING)
            return self._jobs.submit(
                transaction,
                JobKind.DELETE,
                archive=name,
                arguments={"archive": name, "archive_id": archive.id, "kind": archive.kind},
                principal=principal,
                asked=f"all of it; {archive.kind}, made {archive.created_at:%Y-%m-%d %H:%M} UTC",
            )

    def preview(self, principal: Principal, name: str) -> DeletionView:
        """What a deletion would report, if nothing changed until then; nothing is done.

        O(files that the archive names). A builder that has to be given up on writes one event
        less than is counted here. It is for who may delete: it counts archives, and names files
        of archives, that others must not know of.

        Raises:
            ConflictError: another archive is derived from it.
        """
        require(principal, Action.DELETE_ARCHIVE, name)
        with self._database.read() as transaction:
            archive = _deletable(transaction, principal, name)
            rows = transaction.deletion.count_rows(archive.id, jobs_of=name)
            stopped, running = transaction.deletion.builds_to_stop(archive.id)
            sizes = self._store.sizes(transaction.deletion.files_of(archive.id))
            shared = transaction.deletion.needed_elsewhere(archive.id, sizes)
            logs = transaction.deletion.logs_of(archive.id)
            largest = sorted(shared, key=lambda sha256: (-sizes[sha256], sha256))[:EXAMPLES_MAX]
            examples = examples_of(
                transaction,
                [
                    Candidate(kind=CandidateKind.FILE, name=sha256, size=sizes[sha256])
                    for sha256 in largest
                ],
            )
        for example in examples:
            example["needed_by"] = [
                other for other in example["needed_by"] if other != name and principal.sees(other)
            ]
        if stopped:  # each writes that it was, and of a running one also that its builder stopped
            rows["event"] = rows.get("event", 0) + stopped + running
        own = [size for sha256, size in sizes.items() if sha256 not in shared]
        report: Any = {
            **_head(archive.name, archive.kind, rows),
            **outside_report(
                files=(len(own), sum(own)),
                logs=logs,
                has_key=archive.key_fingerprint is not None,
                shared=(len(shared), sum(sizes[sha256] for sha256 in shared)),
                examples=examples,
            ),
        }
        document: DeletionView = report
        return document

    def steps(self) -> list[Step]:
        """The parts of a delete job."""
        return [
            Step(name="stop", do=self._stop),
            Step(name="rows", do=self._delete_rows),
            Step(name="measure", do=self._measure),
            Step(name="files", do=self._free),
            Step(name="report", do=self._report),
        ]

    def old_tombstones(self) -> list[str]:
        """The names on tombstones that stood for their time.

        Those of private archives stand for good: they hide the name on the jobs that stay.
        """
        with self._database.read() as transaction:
            return transaction.tombstones.before(self._oldest_tombstone())

    def _oldest_tombstone(self) -> datetime:
        return self._clock.now() - timedelta(days=self._tombstone_days)

    def forget_old_tombstones(self) -> list[str]:
        """Take tombstones away that stood for their time; the names on them."""
        with self._database.write() as transaction:
            names = transaction.tombstones.before(self._oldest_tombstone())
            for name in names:
                transaction.tombstones.remove(name)
        return names

    def remove_unfinished(self, archive_id: int, *, asked_by: str) -> None:
        """Take an archive away that never came to be; no error if there is none.

        Its job stays: that says what failed. It leaves a tombstone only if it was private, which
        hides its name from all but administrators and `asked_by`. Packages go some at a time, so
        that others can write in between; cut off anywhere, it can be done again.
        """
        for _ in range(TRANSACTIONS_MAX):
            with self._database.write() as transaction:
                archive = transaction.archives.by_id(archive_id)
                if archive is None:
                    break
                if archive.state is not ArchiveState.PREPARING:
                    return
                if not transaction.deletion.delete_members(archive_id, self._packages_at_once_max):
                    transaction.deletion.note_candidates(archive_id)
                    rows = transaction.deletion.delete_rows(archive_id)
                    if archive.is_private:
                        self._put_tombstone(transaction, archive, asked_by, rows)
                    break
        self._freer.measure(archive_id, _untold)
        self._freer.free(archive_id, _untold)
        with self._database.write() as transaction:
            transaction.deletion.clear_candidates(archive_id)

    def _put_tombstone(
        self, transaction: Transaction, archive: Archive, asked_by: str, rows: dict[str, int]
    ) -> None:
        transaction.tombstones.put(
            Tombstone(
                name=archive.name,
                kind=archive.kind,
                archive_id=archive.id,
                at=self._clock.now(),
                deleted_by=asked_by,
                is_private=archive.is_private,
                report=_head(archive.name, archive.kind, rows),
            )
        )

    def _stop(self, job: Job, _carry: Carry, report: Reporter) -> Carry:
        """Cancel what waits and runs; a builder that does not answer is given up on."""
        archive_id = _id_of(job)
        deadline = time.monotonic() + self._stop_seconds_max
        while True:
            running = self._builds.cancel_all(archive_id, actor=job.requested_by)
            fetching = self._cancel_fetches(str(job.archive))
            if not running and not fetching:
                return {}
            if time.monotonic() > deadline:
                self._builds.give_up_all(archive_id)
                return {}
            report.tell(f"stopping {counted(len(running), 'build')}", step="stopping builds")
            time.sleep(STOP_POLL_SECONDS)

    def _cancel_fetches(self, name: str) -> int:
        """Have jobs stop that fetch files ahead; how many still run."""
        running = 0
        with self._database.write() as transaction:
            for fetch in transaction.jobs.unfinished(JobKind.FETCH, name):
                if fetch.state is JobState.QUEUED:
                    transaction.jobs.finish(
                        fetch.id, JobState.CANCELLED, at=self._clock.now(), message="cancelled"
                    )
                else:
                    transaction.jobs.ask_cancel(fetch.id)
                    running += 1
        return running

    def _delete_rows(self, job: Job, _carry: Carry, report: Reporter) -> Carry:
        """Hide the archive, then take its rows away, the many ones in bounded transactions.

        Each counts what it took in the job's result, so that it can be cut off between any two.
        """
        report.tell("deleting its rows")
        archive_id, total = _id_of(job), 0
        self._hide(job)
        for _ in range(TRANSACTIONS_MAX):
            with self._database.write() as transaction:
                deleted = transaction.deletion.delete_members(
                    archive_id, self._packages_at_once_max
                )
                if not deleted:
                    self._delete_rest(transaction, job)
                    return {}
                self._note_rows(transaction, job, deleted)
            total += sum(deleted.values())
            report.tell("deleting its rows", done=total, unit="rows")
        message = f"archive {archive_id} has packages after {TRANSACTIONS_MAX} transactions"
        raise RuntimeError(message)

    def _hide(self, job: Job) -> None:
        archive_id, name = _id_of(job), str(job.arguments["archive"])
        with self._database.write() as transaction:
            archive = transaction.archives.by_id(archive_id)
            if archive is None or archive.name != name:
                return  # done by this step before it was cut off
            rows = transaction.deletion.hide(archive_id, jobs_of=name, except_job=job.id)
            head = self._note_rows(transaction, job, rows)
            if self._tombstone_days or archive.is_private:
                transaction.tombstones.put(
                    Tombstone(
                        name=name,
                        kind=str(job.arguments["kind"]),
                        archive_id=archive_id,
                        at=self._clock.now(),
                        deleted_by=job.requested_by,
                        is_private=archive.is_private,
                        report=head,
                    )
                )

    @staticmethod
    def _note_rows(transaction: Transaction, job: Job, deleted: dict[str, int]) -> dict[str, Any]:
        """The report of the rows that the job has deleted until now, these among them."""
        known: Any = transaction.jobs.by_id(job.id).result or {}
        rows = dict(known.get("rows", {}))
        for table, count in deleted.items():
            rows[table] = rows.get(table, 0) + count
        head = _head(str(job.arguments["archive"]), str(job.arguments["kind"]), rows)
        transaction.jobs.set_result(job.id, head)
        return head

    def _delete_rest(self, transaction: Transaction, job: Job) -> None:
        """All that is left of a hidden archive once it has no packages any more."""
        archive_id = _id_of(job)
        if transaction.archives.by_id(archive_id) is None:
            return  # done by this step before it was cut off
        transaction.deletion.note_candidates(archive_id)
        head = self._note_rows(transaction, job, transaction.deletion.delete_rows(archive_id))
        transaction.tombstones.set_report(archive_id, head)

    def _measure(self, job: Job, _carry: Carry, report: Reporter) -> Carry:
        self._freer.measure(_id_of(job), _counted(report, "looking at its files"))
        return {}

    def _free(self, job: Job, _carry: Carry, report: Reporter) -> Carry:
        self._freer.free(_id_of(job), _counted(report, "deleting its files"))
        return {}

    def _report(self, job: Job, _carry: Carry, _report: Reporter) -> Carry:
        archive_id = _id_of(job)
        with self._database.write() as transaction:
            known = transaction.jobs.by_id(job.id).result or {}
            if "files" not in known:  # else it was done by this step before it was cut off
                known = {**known, **self._freer.report(transaction, archive_id)}
                transaction.jobs.set_result(job.id, known)
                transaction.tombstones.set_report(archive_id, known)
                transaction.deletion.clear_candidates(archive_id)
        return {**known, "message": deleted_sentence(known)}


def deleted_sentence(report: dict[str, Any]) -> str:
    """What went, in one sentence."""
    key = ", its key" if report["has_key"] else ""
    shared = report["shared"]
    stays = counted(shared["files"], "file stays", "files stay")
    stayed = f"; {stays}, which others need" if shared["files"] else ""
    return (
        f"{report['archive']} is deleted: {counted(sum(report['rows'].values()), 'row')}, "
        f"{counted(report['files'], 'file')} of {report['bytes']} bytes, "
        f"{counted(report['logs'], 'log')} of {report['log_bytes']} bytes{key}{stayed}"
    )


def _head(name: str, kind: str, rows: dict[str, int]) -> dict[str, Any]:
    return {"archive": name, "kind": kind, "rows": rows, "chroots": rows.get("chroot", 0)}


def _deletable(transaction: Transaction, principal: Principal, name: str) -> Archive:
    archive = transaction.archives.named(name)
    children = transaction.archives.derived_from(archive.id)
    known = [child for child in children if principal.sees(child)]
    if children:
        unknown = len(children) - len(known)
        said = known + [f"{unknown} that you do not see"] * (unknown > 0)
        verb = "derives" if len(children) == 1 else "derive"
        raise ConflictError(
            f"{name} cannot be deleted: {', '.join(said)} {verb} from it",
            hint=f"delete them first: vostok archive delete {known[0]}"
            if known
            else "ask an administrator of the installation",
        )
    return archive


def _id_of(job: Job) -> int:
    return int(str(job.arguments["archive_id"]))


def _untold(_count: int) -> None:
    """Nobody waits for it."""


def _counted(report: Reporter, message: str) -> Tell:
    total = 0

    def tell(count: int) -> None:
        nonlocal total
        total += count
        report.tell(message, done=total, unit="files")

    return tell
