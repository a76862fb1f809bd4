"""The content store as a whole: what is in it and for whom, whether it is sound, what may go."""

import hashlib
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from vostok.domain.access import Action, Principal, require
from vostok.domain.counting import counted
from vostok.domain.job import ENDED_STATES, STORE_KINDS, Job, JobKind, JobState
from vostok.domain.storage import Amount, StorageTally
from vostok.errors import InvalidInputError
from vostok.services.job_log import Reporter
from vostok.services.job_runner import Carry, JobService, Step
from vostok.services.ports import Clock, ContentStore, LogStore, Signer, StoredFact
from vostok.services.repositories import Database
from vostok.services.space.collecting import CollectService
from vostok.services.space.deleting import DeleteService

READ_BYTES = 1 << 20
EXAMPLES_MAX = 100
JOBS_MAX = 50
HASHES_AT_ONCE_MAX = 5_000
BUILDS_AT_ONCE_MAX = 1_000
ANSWERS_KEPT = timedelta(days=7)
GRACE_SECONDS = 86_400


class StoreService:
    """Jobs on the whole store; each takes a bounded part of it at a time."""

    def __init__(
        self,
        database: Database,
        jobs: JobService,
        store: ContentStore,
        logs: LogStore,
        signer: Signer,
        deleting: DeleteService,
        collecting: CollectService,
        clock: Clock,
        *,
        grace_seconds: int = GRACE_SECONDS,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._store = store
        self._logs = logs
        self._signer = signer
        self._deleting = deleting
        self._collecting = collecting
        self._clock = clock
        self._grace = timedelta(seconds=grace_seconds)

    def request_stats(self, principal: Principal) -> Job:
        """A job that counts what is stored, for what and for whom."""
        require(principal, Action.KEEP_STORE, "the store")
        return self._submit(principal, JobKind.STORE_STATS, {})

    def request_verification(self, principal: Principal, *, percent: float) -> Job:
        """A job that reads files again, all or a share of them, and sets corrupt ones aside."""
        require(principal, Action.KEEP_STORE, "the store")
        if not 0 < percent <= 100:  # noqa: PLR2004 - per cent
            raise InvalidInputError(
                f"{percent} is no share between 0 and 100 per cent",
                hint="for example --percent 5; without it all files are read",
            )
        return self._submit(
            principal, JobKind.STORE_VERIFY, {"percent": percent}, asked=f"{percent} per cent"
        )

    def request_collection(self, principal: Principal, *, dry_run: bool) -> Job:
        """A job that removes what nobody names; in a dry run it only says what that is."""
        require(principal, Action.KEEP_STORE, "the store")
        return self._submit(
            principal, JobKind.STORE_COLLECT, {"dry_run": dry_run},
            asked="a dry run" if dry_run else "for good",
        )  # fmt: skip

    def newest_jobs(self, principal: Principal) -> list[Job]:
        """What is asked of the store, the newest first.

        All that is under way, and of each kind the newest that ended and the newest that
        succeeded, however many of another kind came after it.
        """
        require(principal, Action.KEEP_STORE, "the store")
        under_way = set(JobState) - ENDED_STATES
        with self._database.read() as transaction:
            jobs = transaction.jobs
            found = jobs.newest(rows_max=JOBS_MAX, kinds=STORE_KINDS, states=under_way)
            for kind in STORE_KINDS:
                found += jobs.newest(rows_max=1, kinds={kind}, states=ENDED_STATES)
                found += jobs.newest(rows_max=1, kinds={kind}, states={JobState.SUCCEEDED})
        newest = {job.id: job for job in found}.values()
        return sorted(newest, key=lambda job: (job.created_at, job.id), reverse=True)

    def _submit(
        self, principal: Principal, kind: JobKind, arguments: dict[str, Any], *, asked: str = ""
    ) -> Job:
        with self._database.write() as transaction:
            return self._jobs.submit(
                transaction, kind,
                archive=None, arguments=arguments, principal=principal, asked=asked,
            )  # fmt: skip

    def stats_steps(self) -> list[Step]:
        """The parts of a job that counts."""
        return [Step(name="count", do=self._count)]

    def verify_steps(self) -> list[Step]:
        """The parts of a job that verifies."""
        return [Step(name="missing", do=self._find_missing), Step(name="read", do=self._verify)]

    def collect_steps(self) -> list[Step]:
        """The parts of a job that collects."""
        return [
            Step(name="publications", do=self._collect_publications),
            Step(name="files", do=self._collect_files),
            Step(name="rest", do=self._collect),
        ]

    # Counting -----------------------------------------------------------------------------

    def _count(self, _job: Job, _carry: Carry, report: Reporter) -> Carry:
        tally = StorageTally()
        for group in self._store.groups():
            with self._database.read() as transaction:
                names = transaction.files.uses(fact.sha256 for fact in group)
            tally.add(((fact.sha256, fact.size) for fact in group), names)
            report.tell("counting files", done=tally.total.files, unit="files")
        logs, logs_of = self._count_logs()
        with self._database.read() as transaction:
            archives = transaction.archives.all()
            lost = transaction.files.lost()
        named_keys = {archive.key_fingerprint for archive in archives}
        unfinished, aside = self._store.unfinished(), self._store.aside()
        total = tally.total
        return {
            "message": f"{counted(total.files, 'file')} of {total.bytes} bytes stored",
            **total.document(),
            "uses": {use.value: amount.document() for use, amount in tally.uses.items()},
            "archives": [
                {
                    "name": archive.name,
                    "exclusive": tally.exclusive.get(archive.id, Amount()).document(),
                    "shared": tally.shared.get(archive.id, Amount()).document(),
                    "logs": logs_of.get(archive.id, Amount()).document(),
                }
                for archive in archives
            ],
            "logs": logs.document(),
            "unfinished": {"files": len(unfinished), "bytes": sum(f.size for f in unfinished)},
            "aside": {"files": len(aside), "bytes": sum(f.size for f in aside)},
            "keys_nobody_names": len(self._signer.fingerprints().keys() - named_keys),
            "lost_files": len(lost),
            "lost": [file.sentence for file in islice(lost.values(), EXAMPLES_MAX)],
        }

    def _count_logs(self) -> tuple[Amount, dict[int, Amount]]:
        total, of_archive = Amount(), dict[int, Amount]()
        for builds in _batches(self._logs.builds()):
            with self._database.read() as transaction:
                owners = transaction.files.archives_of_builds(builds)
            for build in builds:
                size = self._logs.total(build)
                total = total.plus(size)
                if build in owners:
                    owner = owners[build]
                    of_archive[owner] = of_archive.get(owner, Amount()).plus(size)
        return total, of_archive

    # Verifying ----------------------------------------------------------------------------

    def _find_missing(self, _job: Job, _carry: Carry, report: Reporter) -> Carry:
        """Files made here that are named and not there; nobody else has them."""
        missing: list[str] = []
        count, after = 0, ""
        while True:
            with self._database.read() as transaction:
                named = transaction.files.own_names(after=after, rows_max=HASHES_AT_ONCE_MAX)
            if not named:
                return {"missing": missing[:EXAMPLES_MAX], "missing_files": len(missing)}
            after = named[-1]
            here = self._store.sizes(named)
            missing += self._note_lost([sha256 for sha256 in named if sha256 not in here])
            count += len(named)
            report.tell("looking for files that are missing", done=count, unit="files")

    def _note_lost(self, absent: list[str]) -> list[str]:
        """Remember that these are lost, but for those that a mirror lists too; which they are."""
        if not absent:
            return []
        lost = []
        with self._database.write() as transaction:
            for sha256 in absent:
                if not transaction.files.addresses(sha256):
                    sentence = f"the file {sha256} is not here any more, and no mirror lists it"
                    transaction.files.set_lost(sha256, sentence, self._clock.now())
                    lost.append(sha256)
        return lost

    def _verify(self, job: Job, carry: Carry, report: Reporter) -> Carry:
        percent = float(str(job.arguments["percent"]))
        chosen = random.Random(job.id)  # noqa: S311 - a sample; the same when it is done again
        read, corrupt = Amount(), list[str]()
        for group in self._store.groups():
            sample = [f for f in group if percent >= 100 or chosen.random() * 100 < percent]  # noqa: PLR2004
            for fact in sample:
                if not self._is_sound(fact):
                    self._store.set_aside(fact.sha256)
                    self._note_lost([fact.sha256])
                    corrupt.append(fact.sha256)
                read = read.plus(fact.size)
                report.tell("reading files", done=read.bytes, unit="bytes")
            self._forget_found(group)
        return {
            "message": f"{counted(read.files, 'file')} of {read.bytes} bytes read: "
            f"{len(corrupt)} corrupt, {carry['missing_files']} missing",
            **read.document(),
            **carry,
            "corrupt_files": len(corrupt),
            "corrupt": corrupt[:EXAMPLES_MAX],
        }

    def _is_sound(self, fact: StoredFact) -> bool:
        try:
            return _digest(self._store.path(fact.sha256)) == fact.sha256
        except FileNotFoundError:  # it was freed meanwhile
            return True

    def _forget_found(self, group: list[StoredFact]) -> None:
        """What was thought lost and is here again is not lost."""
        with self._database.read() as transaction:
            lost = transaction.files.lost(fact.sha256 for fact in group)
        if lost:
            with self._database.write() as transaction:
                transaction.files.forget_answers(self._store.sizes(lost))

    # Collecting ---------------------------------------------------------------------------

    def _collect_publications(self, job: Job, _carry: Carry, report: Reporter) -> Carry:
        report.tell("looking for publications and views that nobody reads")
        found = self._collecting.collect_all(is_dry=bool(job.arguments["dry_run"]))
        return found.document()

    def _collect_files(self, job: Job, carry: Carry, report: Reporter) -> Carry:
        before = self._clock.now() - self._grace
        removed, looked_at = Amount(), 0
        for group in self._store.groups():
            old = {fact.sha256: fact.size for fact in group if fact.at < before}
            for sha256 in self._free(list(old), is_dry=bool(job.arguments["dry_run"])):
                removed = removed.plus(old[sha256])
            looked_at += len(group)
            report.tell("looking for files that nobody names", done=looked_at, unit="files")
        return {**carry, "orphans": removed.document()}

    def _free(self, hashes: list[str], *, is_dry: bool) -> list[str]:
        """Those of the files that nobody names, which are gone now, unless it is a dry run."""
        if is_dry or not hashes:
            with self._database.read() as transaction:
                needed = transaction.deletion.still_needed(hashes)
            return [sha256 for sha256 in hashes if sha256 not in needed]
        with self._database.write() as transaction:
            transaction.deletion.lock_names()
            needed = transaction.deletion.still_needed(hashes)
            free = [sha256 for sha256 in hashes if sha256 not in needed]
            self._store.delete_all(free)
            transaction.files.forget_answers(free)
        return free

    def _collect(self, job: Job, carry: Carry, report: Reporter) -> Carry:
        report.tell("looking for logs, keys and tombstones that nobody needs")
        is_dry = bool(job.arguments["dry_run"])
        before = self._clock.now() - self._grace
        found = {
            **carry,
            "unfinished": self._unfinished(before, is_dry=is_dry).document(),
            "aside": self._aside(before, is_dry=is_dry).document(),
            "logs": self._logs_of_nobody(is_dry=is_dry).document(),
            "keys": self._keys_of_nobody(before, is_dry=is_dry),
            "tombstones": self._tombstones(is_dry=is_dry),
        }
        if not is_dry:
            with self._database.write() as transaction:
                transaction.files.forget_answers_before(self._clock.now() - ANSWERS_KEPT)
        parts = ("indices", "orphans", "unfinished", "aside", "logs")
        files, size = (sum(found[part][key] for part in parts) for key in ("files", "bytes"))
        verb = "would go" if is_dry else "are gone"
        return {
            "message": f"{counted(files, 'file')} of {size} bytes, "
            f"{counted(found['publications'], 'publication')}, {counted(found['keys'], 'key')} "
            f"and {counted(len(found['tombstones']), 'tombstone')} {verb}",
            "dry_run": is_dry,
            **found,
        }

    def _unfinished(self, before: datetime, *, is_dry: bool) -> Amount:
        amount = Amount()
        for file in self._store.unfinished():
            if file.at < before and (is_dry or self._store.forget_unfinished(file.name)):
                amount = amount.plus(file.size)
        return amount

    def _aside(self, before: datetime, *, is_dry: bool) -> Amount:
        amount = Amount()
        for fact in self._store.aside():
            if fact.at < before:
                amount = amount.plus(fact.size)
                if not is_dry:
                    self._store.forget_aside(fact.sha256)
        return amount

    def _logs_of_nobody(self, *, is_dry: bool) -> Amount:
        """Logs of builds that went with their archive, written by a builder that was late."""
        amount = Amount()
        for builds in _batches(self._logs.builds()):
            with self._database.read() as transaction:
                known = transaction.files.archives_of_builds(builds)
            for build in builds:
                if build not in known:
                    amount = amount.plus(self._logs.total(build))
                    if not is_dry:
                        self._logs.delete(build)
        return amount

    def _keys_of_nobody(self, before: datetime, *, is_dry: bool) -> int:
        """Keys that a kill left between their making and their naming; how many."""
        with self._database.read() as transaction:
            named = {archive.key_fingerprint for archive in transaction.archives.all()}
        left = [
            fingerprint
            for fingerprint, at in self._signer.fingerprints().items()
            if fingerprint not in named and at < before
        ]
        if is_dry:
            return len(left)
        for fingerprint in left:
            self._signer.delete(fingerprint)
        return len(left) + self._signer.forget_unfinished(before)

    def _tombstones(self, *, is_dry: bool) -> list[str]:
        if is_dry:
            return self._deleting.old_tombstones()
        return self._deleting.forget_old_tombstones()


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _batches(builds: Iterator[int]) -> Iterator[list[int]]:
    while batch := list(islice(builds, BUILDS_AT_ONCE_MAX)):
        yield batch
