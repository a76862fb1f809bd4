"""Importing suites of somebody else's archive, each as a snapshot."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import (
    Archive,
    ArchiveKind,
    ArchiveState,
    Suite,
    check_archive_name,
)
from vostok.domain.counting import counted
from vostok.domain.index_plan import PartName
from vostok.domain.job import Job, JobKind
from vostok.domain.publication import IndexFile
from vostok.domain.snapshot import PartChange, Snapshot, SnapshotHead
from vostok.domain.whole_copy import RELEASE_PATH
from vostok.errors import ConflictError, InvalidInputError, UnavailableError, VostokError
from vostok.services.deriving.archive_settings import declare_binnmus
from vostok.services.importing.carry import (
    each_path_once,
    import_result,
    suite_document,
    suite_head,
    suite_parts,
    suite_placed_offers,
)
from vostok.services.importing.index_fetching import IndexFetcher
from vostok.services.importing.index_reading import IndexReader, StoredIndex
from vostok.services.importing.known_release import check_age, is_current, note_age
from vostok.services.importing.memory import ImportMemory, answers_of
from vostok.services.importing.offers import SuiteOffer, offer_of
from vostok.services.importing.release_reading import ReadSuite, ReleaseReader, Wanted
from vostok.services.importing.request import (
    ImportRequest,
    asked_words,
    check_request,
    check_shown_address,
    job_arguments,
)
from vostok.services.importing.signed_release import RELEASE_BYTES_MAX, Answers, Trust
from vostok.services.job_log import JobCancelled, Reporter
from vostok.services.job_runner import Carry, JobService, Step
from vostok.services.places_at_once import PlacesAtOnce
from vostok.services.ports import (
    Clock,
    ContentStore,
    Downloads,
    IndexFormats,
    Mirror,
    ParentMirrors,
    Verifier,
)
from vostok.services.repositories import Database, ReleaseSpool, Transaction

PLANS_AT_ONCE_MAX: Final = 2
PLAN_SECONDS_MAX: Final = 60.0
"""For all mirrors together: whoever asks waits for the answer, and holds a thread meanwhile."""


class ImportService:
    """Imports suites: what is asked is checked at once, the rest is a job of three steps."""

    def __init__(
        self,
        database: Database,
        jobs: JobService,
        store: ContentStore,
        mirror: Mirror,
        downloads: Downloads,
        parents: ParentMirrors,
        verifier: Verifier,
        formats: IndexFormats,
        clock: Clock,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._store = store
        self._parents = parents
        self._formats = formats
        self._clock = clock
        self._mirror, self._verifier = mirror, verifier
        self._plans = PlacesAtOnce(
            "dry runs of imports are under way",
            in_all_max=PLANS_AT_ONCE_MAX,
            of_one_max=1,
            hint="try it again in a while",
        )
        self._fetcher = IndexFetcher(store, downloads)
        self._memory = ImportMemory(database, clock)

    def request(self, principal: Principal, request: ImportRequest) -> Job:
        """A job that imports suites; the archive is as before until all of them are there.

        Raises:
            InvalidInputError: a name is malformed, or no mirror of a suite is known.
            ConflictError: the archive is a derived one.
        """
        [job] = self.request_all(principal, [request])
        return job

    def request_all(self, principal: Principal, requests: Sequence[ImportRequest]) -> list[Job]:
        """A job for each request, all in one transaction; raises as `request`, and begins none."""
        asked = [(each.name, self._arguments(principal, each)) for each in requests]
        with self._database.write() as transaction:
            for name, _ in asked:
                self._check_kind(transaction, name)
            return [
                self._jobs.submit(
                    transaction,
                    JobKind.IMPORT,
                    archive=name,
                    arguments=arguments,
                    principal=principal,
                    asked=asked_words(arguments),
                )
                for name, arguments in asked
            ]

    def _arguments(self, principal: Principal, request: ImportRequest) -> dict[str, Any]:
        require(principal, Action.IMPORT_ARCHIVE, request.name)
        check_archive_name(request.name)
        check_request(request)
        return job_arguments(
            request,
            mirrors={suite: self._address(request, suite) for suite in request.suites},
            machine=self._parents.architecture,
        )

    def keys_of_debian(self) -> bytes:
        """The keyring that is trusted where none was ever named, to go back to it."""
        return self._parents.keyring()

    def _address(self, request: ImportRequest, suite: str) -> str:
        """Where a suite is read: as asked, as before, or as this machine's apt does."""
        known = None
        if request.mirror is None:
            with self._database.read() as transaction:
                there = _find_suite(transaction, request.name, suite)
            known = None if there is None else there.mirror
        address = request.mirror or known or self._parents.find(suite)
        if address is None:
            raise InvalidInputError(
                f"this machine's apt knows no mirror for the suite {suite}",
                hint="name one: --mirror http://mirror.example.org/debian",
            )
        check_shown_address(address)  # apt, and older imports, may name one with a password
        return address.rstrip("/")

    @staticmethod
    def _check_kind(transaction: Transaction, name: str) -> None:
        archive = transaction.archives.find(name)
        if archive is not None and archive.kind is not ArchiveKind.EXTERNAL:
            raise ConflictError(
                f"{name} is a derived archive; nothing can be imported into it",
                hint="import under another name",
            )

    def plan(self, principal: Principal, request: ImportRequest) -> list[SuiteOffer]:
        """What the mirrors offer now of the suites that are asked for; nothing is stored.

        Their Release is read and checked as a job does it first: who signed, whether its time is
        over or it is older, whether it has the components and architectures.

        Raises:
            InvalidInputError: as `request`; or it is signed by nobody trusted, or lacks something.
            NotFoundError: a mirror has no such suite.
            UnavailableError: a mirror does not answer, not all of them do in time, or a Release
                is past its time; or too many ask.
            ConflictError: as `request`.
        """
        arguments = self._arguments(principal, request)
        with self._database.read() as transaction:
            self._check_kind(transaction, request.name)
        with self._plans.one(principal.name):
            mirror = self._mirror.within(PLAN_SECONDS_MAX)
            return [
                offer_of(read, asked["mirror"], document)
                for asked, read, document in self._read_suites(arguments, mirror)
            ]

    def steps(self) -> list[Step]:
        """The parts of an import job."""
        return [
            Step(name="release", do=self._read_releases),
            Step(name="indices", do=self._fetch_indices),
            Step(name="snapshot", do=self._store_snapshots),
        ]

    def _read_releases(self, job: Job, _carry: Carry, report: Reporter) -> Carry:
        documents = []
        for _asked, read, document in self._read_suites(job.arguments, self._mirror, report):
            documents.append(document)
            known = ": as the newest snapshot" if document["is_unchanged"] else ""
            report.note(f"read InRelease of {read.name}, of {read.date:%Y-%m-%d %H:%M} UTC{known}")
        return {"suites": documents}

    def _read_suites(
        self, arguments: Mapping[str, Any], mirror: Mirror, report: Reporter | None = None
    ) -> Iterator[tuple[Mapping[str, Any], ReadSuite, dict[str, Any]]]:
        """Each suite as it was asked for, as it was read, and compared with what is there."""
        releases = ReleaseReader(mirror, self._verifier, self._clock)
        trusted = self._memory.trust(arguments)
        trust = Trust(
            keyring=trusted.keyring or self._parents.keyring(),
            fingerprints=trusted.fingerprints,
            is_expired_allowed=arguments["is_expired_allowed"],
        )
        wanted = Wanted(
            components=arguments["components"],
            architectures=arguments["architectures"],
            has_udebs=arguments["has_udebs"],
            has_translations=arguments["has_translations"],
        )
        for asked in arguments["suites"]:
            if report is not None:
                report.tell(f"reading InRelease of {asked['suite']}")
            kept = self._memory.answers(arguments["name"], asked["suite"])
            read = releases.read(
                asked["suite"], asked["mirror"], arguments["mirrors"], wanted, trust, kept
            )
            yield asked, read, self._document(arguments, read, asked["mirror"], kept)

    def _document(
        self, arguments: Mapping[str, Any], read: ReadSuite, mirror: str, kept: Answers
    ) -> dict[str, Any]:
        """What was read of a suite, compared with its newest snapshot."""
        with self._database.read() as transaction:
            suite = _find_suite(transaction, arguments["name"], read.name)
            newest = _newest(transaction, suite)
            is_unchanged = is_current(transaction, suite, newest, arguments, read)
        is_older = check_age(
            read, newest, is_older_allowed=bool(arguments.get("is_older_allowed"))
        )
        document = suite_document(read, mirror, is_unchanged=is_unchanged, kept=kept)
        return {**document, "is_older": is_older}

    def _fetch_indices(self, _job: Job, carry: Carry, report: Reporter) -> Carry:
        offers = [offer for document in carry["suites"] for offer in suite_placed_offers(document)]
        fetched = self._fetcher.fetch(offers, report)
        size = sum(entry.size for entry in fetched)
        report.note(f"{counted(len(fetched), 'index', 'indices')} of {size} bytes are here")
        entries = iter(fetched)
        for document in carry["suites"]:
            document["files"] = [
                {
                    "plain": offer.offer.path,
                    "path": entry.path,
                    "size": entry.size,
                    "sha256": entry.sha256,
                    "plain_bytes": offer.offer.plain_bytes or 0,
                    "plain_sha256": offer.offer.plain_sha256,
                    "base": offer.base,
                }
                for offer, entry in zip(suite_placed_offers(document), entries, strict=False)
            ]
        return carry

    def _store_snapshots(self, job: Job, carry: Carry, report: Reporter) -> Carry:
        changed = [d for d in carry["suites"] if not d["is_unchanged"]]
        try:
            snapshots = self._stored(job, changed, report) if changed else []
            if (makes_binnmus := job.arguments.get("makes_binnmus")) is not None:
                with self._database.write() as transaction:
                    declare_binnmus(transaction, self._clock, job, are_made=makes_binnmus is True)
        except (VostokError, JobCancelled):
            self._forget([f["sha256"] for d in changed for f in d["files"]])
            raise
        self._memory.remember(
            job,
            {d["suite"]: answers_of(d["answers"]) for d in carry["suites"] if d.get("answers")},
        )
        return import_result(job, carry, snapshots)

    def _stored(
        self, job: Job, documents: Sequence[Mapping[str, Any]], report: Reporter
    ) -> list[Snapshot]:
        """The snapshots, all in one transaction; those of an earlier try cut off behind it."""
        name = str(job.arguments["name"])
        with self._database.read() as transaction:
            suites = [_find_suite(transaction, name, d["suite"]) for d in documents]
            there = [_newest(transaction, suite) for suite in suites]
        done = [s for s, d in zip(there, documents, strict=True) if s and _is_of(s, d, job)]
        if len(done) == len(documents):
            return done
        self._bring_back(documents, report)
        with self._database.spool() as spool:
            changes = self._read(suites, name, documents, report, spool)
            report.tell(f"storing {name}")
            with self._database.write() as transaction:
                transaction.deletion.hold_names()
                snapshots = [
                    self._add(transaction, job, document, suite, change, spool)
                    for document, suite, change in zip(documents, suites, changes, strict=True)
                ]
                self._check_stored(documents)
                dropped = {
                    sha256
                    for snapshot in snapshots
                    for sha256 in transaction.snapshots.drop_old_files(snapshot.suite_id)
                }
        self._forget(dropped)
        for document, snapshot in zip(documents, snapshots, strict=True):
            report.note(
                f"stored snapshot {snapshot.number} of {document['suite']}: "
                f"{counted(snapshot.sources, 'source')}, "
                f"{counted(snapshot.binaries, 'binary', 'binaries')}"
            )
        return snapshots

    def _read(
        self,
        suites: Sequence[Suite | None],
        name: str,
        documents: Sequence[Mapping[str, Any]],
        report: Reporter,
        spool: ReleaseSpool,
    ) -> list[list[PartChange]]:
        """How each suite differs from its newest snapshot; what is new is in the spool."""
        reader = IndexReader(self._store, self._formats, report, spool)
        return [
            self._changes(suite, name, document, reader)
            for suite, document in zip(suites, documents, strict=True)
        ]

    def _bring_back(self, documents: Sequence[Mapping[str, Any]], report: Reporter) -> None:
        """Fetch what went meanwhile with another archive that had the same index file."""
        lost = [
            offer
            for document in documents
            for offer, file in zip(suite_placed_offers(document), document["files"], strict=True)
            if not self._store.has(file["sha256"])
        ]
        if lost:
            self._fetcher.fetch(lost, report)

    def _changes(
        self,
        suite: Suite | None,
        name: str,
        document: Mapping[str, Any],
        reader: IndexReader,
    ) -> list[PartChange]:
        """How a suite differs from its newest snapshot, by part; equal parts are not read."""
        label = f"{name}/{document['suite']}"
        files = {(file["base"], file["plain"]): file for file in document["files"]}
        before: set[tuple[str, str]] = set()
        gone: set[PartName] = set()
        if suite is not None:
            with self._database.read() as transaction:
                recorded = transaction.snapshots.files(suite.id, suite.snapshot)
                gone = set(transaction.snapshots.parts(suite.id))
            before = {(file.path, file.sha256) for file in recorded}
        changes = []
        for part, keys in suite_parts(document):
            indices = [files[key] for key in keys]
            is_known = part in gone
            gone.discard(part)
            if indices and all((f["path"], f["sha256"]) in before for f in indices) and is_known:
                continue
            current = self._current(suite, part) if is_known else {}
            stored = [
                StoredIndex(
                    path=f["path"],
                    sha256=f["sha256"],
                    plain_bytes=f["plain_bytes"],
                    plain_sha256=f["plain_sha256"],
                )
                for f in indices
            ]
            changes.append(reader.change(part, stored, current, suite=label))
        changes += [
            PartChange(part=part, gone=list(self._current(suite, part).values()), come=())
            for part in sorted(gone, key=lambda part: (part.kind, part.component))
        ]
        return changes

    def _current(self, suite: Suite | None, part: PartName) -> dict[bytes, int]:
        if suite is None:
            return {}
        with self._database.read() as transaction:
            return transaction.snapshots.stanza_digests(suite.id, part)

    def _add(
        self,
        transaction: Transaction,
        job: Job,
        document: Mapping[str, Any],
        read_with: Suite | None,
        changes: Sequence[PartChange],
        spool: ReleaseSpool,
    ) -> Snapshot:
        suite = self._suite(transaction, job, document)
        if suite.snapshot != (0 if read_with is None else read_with.snapshot):
            raise ConflictError(
                f"somebody else took a snapshot of the suite {suite.name} meanwhile",
                hint="import it again: vostok archive import",
            )
        files = [
            IndexFile(path=f["path"], size=f["size"], sha256=f["sha256"])
            for f in each_path_once(document["files"])
        ]
        if document["release"]:
            files.append(self._kept_release(document["release"]))
        head: SnapshotHead = suite_head(document, self._clock.now(), files)
        added = transaction.snapshots.add(suite, head, changes, spool)
        note_age(transaction, self._clock, job, document, added.number)
        return added

    def _kept_release(self, text: str) -> IndexFile:
        """The Release text among the files of its snapshot: whole copies show what it names."""
        sha256, size = self._store.put([text.encode()], size_max=RELEASE_BYTES_MAX)
        return IndexFile(path=RELEASE_PATH, size=size, sha256=sha256)

    def _check_stored(self, documents: Sequence[Mapping[str, Any]]) -> None:
        for document in documents:
            for file in document["files"]:
                if not self._store.has(file["sha256"]):
                    raise UnavailableError(
                        f"{file['path']} was deleted with another archive; import again"
                    )

    def _forget(self, hashes: Iterable[str]) -> None:
        """Delete index files that no snapshot and no publication names."""
        read = sorted(set(hashes))
        with self._database.write() as transaction:
            transaction.deletion.lock_names()
            needed = transaction.deletion.still_needed(read)
            self._store.delete_all([sha256 for sha256 in read if sha256 not in needed])

    def _suite(self, transaction: Transaction, job: Job, document: Mapping[str, Any]) -> Suite:
        """The suite to store into, made together with its archive at the first import."""
        arguments: Mapping[str, Any] = job.arguments
        self._check_kind(transaction, arguments["name"])
        archive = transaction.archives.find(arguments["name"]) or self._new_archive(
            transaction, arguments["name"], job.requested_by
        )
        suite = transaction.archives.find_suite(archive.id, document["suite"])
        source = {
            "codename": document["codename"],
            "components": arguments["components"],
            "architectures": arguments["architectures"],
            "mirror": document["mirror"],
            "mirrors": arguments["mirrors"],
        }
        if suite is None:
            return transaction.archives.add_suite(
                archive_id=archive.id, name=document["suite"], **source
            )
        transaction.archives.set_suite_source(suite.id, **source)
        return suite

    def _new_archive(self, transaction: Transaction, name: str, requested_by: str) -> Archive:
        archive = transaction.archives.add(
            name=name, kind=ArchiveKind.EXTERNAL, at=self._clock.now(), requested_by=requested_by
        )
        transaction.archives.set_state(archive.id, ArchiveState.ACTIVE)
        return archive


def _find_suite(transaction: Transaction, archive: str, suite: str) -> Suite | None:
    found = transaction.archives.find(archive)
    return None if found is None else transaction.archives.find_suite(found.id, suite)


def _newest(transaction: Transaction, suite: Suite | None) -> Snapshot | None:
    if suite is None or suite.snapshot == 0:
        return None
    return transaction.snapshots.find(suite.id, suite.snapshot)


def _is_of(snapshot: Snapshot, document: Mapping[str, Any], job: Job) -> bool:
    """Whether a snapshot was stored by this very job before it was cut off."""
    return (
        snapshot.release_sha256 == document["sha256"]
        and job.started_at is not None
        and snapshot.at >= job.started_at
    )
