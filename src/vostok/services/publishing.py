"""Publishing: deciding what clients see next, and switching to it in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vostok.debian.indices import IndexEntry
from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import Archive, ArchiveKind, Suite
from vostok.domain.build import Fate
from vostok.domain.derivation import Unbuilt
from vostok.domain.job import Job, JobKind, JobState
from vostok.domain.package import IndexedBinary, OwnBinary, SourceRelease
from vostok.domain.publication import (
    IndexFile,
    Publication,
    held_builds,
    overlaid,
    published_own,
    sources_needed,
)
from vostok.errors import ConflictError, InvalidInputError
from vostok.services.job_runner import Carry, JobService, Reporter, Step
from vostok.services.lost_packages import built_using, lost_packages, lost_words
from vostok.services.ports import Clock
from vostok.services.repositories import Database, Transaction
from vostok.services.repository import SIGNED_FILES, RepositoryWriter
from vostok.services.selecting import taken_sources
from vostok.services.views import base_of, derivation_of

PUBLISH_TRIES_MAX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What the next publication of a suite shows."""

    archive: Archive
    suite: Suite
    binaries: Sequence[IndexedBinary]
    sources: Sequence[SourceRelease]
    pool: Sequence[IndexFile]
    new_delta_ids: frozenset[int]
    build_ids: frozenset[int]
    """Builds whose binaries it shows."""
    held: dict[int, str]
    left_out: Sequence[str]
    """Sentences about packages whose files nobody has any more."""
    base_bytes: int
    """Of the base, if it is shown as a whole: its files are not in `pool` then."""


class PublishService:
    """Publishes suites of derived archives."""

    def __init__(
        self, database: Database, jobs: JobService, writer: RepositoryWriter, clock: Clock
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._writer = writer
        self._clock = clock

    def request(self, principal: Principal, name: str) -> Job:
        """A job that publishes an archive; one that has not begun yet serves all who ask."""
        require(principal, Action.PUBLISH, name)
        with self._database.write() as transaction:
            return self.submit(
                transaction, transaction.archives.named(name), principal, "on request"
            )

    def submit(
        self, transaction: Transaction, archive: Archive, principal: Principal, reason: str
    ) -> Job:
        """The same within a transaction, for what happens after a build was accepted."""
        if archive.kind is not ArchiveKind.DERIVED:
            raise InvalidInputError(
                f"{archive.name} is an image of somebody else's archive; it is not published here",
                hint=f"derive from it: vostok archive derive NAME --parent {archive.name}/SUITE",
            )
        waiting = [
            job
            for job in transaction.jobs.unfinished(JobKind.PUBLISH, archive.name)
            if job.state is JobState.QUEUED
        ]
        if waiting:
            return waiting[0]
        return self._jobs.submit(
            transaction,
            JobKind.PUBLISH,
            archive=archive.name,
            arguments={"archive": archive.name, "reason": reason},
            principal=principal,
        )

    def publications_of(self, principal: Principal, name: str) -> list[Publication]:
        """The publications of an archive, the newest first."""
        require(principal, Action.VIEW, name)
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
            return [
                publication
                for suite in transaction.archives.suites(archive.id)
                for publication in transaction.publications.of_suite(suite.id)
            ]

    def steps(self) -> list[Step]:
        """The parts of a publish job."""
        return [Step(name="publish", do=self._publish)]

    def _publish(self, job: Job, _carry: Carry, report: Reporter) -> Carry:
        report.tell("deciding what clients see")
        name = str(job.arguments["archive"])
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
            suites = transaction.archives.suites(archive.id)
        return self.publish(archive, suites[0], str(job.arguments["reason"]))

    def publish(self, archive: Archive, suite: Suite, reason: str) -> Carry:
        """Publish one suite now. Killed anywhere before its last commit, nothing has changed.

        Returns:
            number, counts and a message; `is_new` is false if clients see all of it already.

        Raises:
            ConflictError: it was published by somebody else, or files went, too often.
        """
        for _ in range(PUBLISH_TRIES_MAX - 1):
            try:
                return self._publish_once(archive, suite, reason)
            except ConflictError:
                continue
        return self._publish_once(archive, suite, reason)

    @staticmethod
    def is_whole_copy(transaction: Transaction, archive: Archive, suite: Suite) -> bool:
        """Whether a suite shows what one snapshot shows, and nothing that was made in it."""
        derivation = derivation_of(suite)
        return (
            derivation.shows_whole_base
            and derivation.base == derivation.parents[0].members
            and not transaction.deltas.has_shown(suite.id, archive.toolchain_id)
            and not transaction.files.lost()
        )

    def publish_whole_copy(
        self, transaction: Transaction, archive: Archive, suite: Suite, reason: str
    ) -> Carry | None:
        """Publish a suite that shows a snapshot as it is, by showing the snapshot's own files.

        None if it shows anything else, so that its indices must be written. O(1).
        """
        if not self.is_whole_copy(transaction, archive, suite):
            return None
        derivation = derivation_of(suite)
        parent = derivation.parents[0]
        snapshot = transaction.snapshots.find(parent.members.suite_id, parent.number)
        files = transaction.snapshots.files(parent.members.suite_id, parent.number)
        their = transaction.archives.suite(parent.suite_id)
        if snapshot is None or set(their.architectures) != set(suite.architectures):
            return None
        transaction.deletion.hold_names()
        linked = self._writer.whole_copy(suite, files)
        if linked is None or not self._writer.are_stored(linked[0]):
            return None
        indices, entries = linked
        if _are_shown(transaction, suite, indices):
            return _shown_already(archive, suite, None)
        indices = indices + self._release(archive, suite, entries)
        publication = transaction.publications.add(
            suite.id,
            suite.publication + 1,
            derivation=derivation.number,
            at=self._clock.now(),
            reason=reason,
            sources=snapshot.sources,
            binaries=snapshot.binaries,
            indices=indices,
            pool=[],
            base_bytes=snapshot.pool_bytes,
        )
        transaction.deltas.publish(suite.id, publication.number, ())
        self._settle_fates(transaction, archive, suite, frozenset())
        return _published(archive, publication, None)

    def _release(
        self, archive: Archive, suite: Suite, entries: Sequence[IndexEntry]
    ) -> list[IndexFile]:
        parents = ", ".join(map(str, derivation_of(suite).parents))
        return self._writer.release(
            archive,
            suite,
            entries,
            at=self._clock.now(),
            description=f"{archive.name}, derived from {parents}",
        )

    def _publish_once(self, archive: Archive, suite: Suite, reason: str) -> Carry:
        with self._database.write() as transaction:
            current = transaction.archives.suite(suite.id)
            whole = self.publish_whole_copy(transaction, archive, current, reason)
        if whole is not None:
            return whole
        with self._database.read() as transaction:
            contents = self._contents(transaction, archive, transaction.archives.suite(suite.id))
        files, entries = self._writer.packages_indices(contents.binaries, contents.suite)
        source_files, source_entries = self._writer.sources_indices(
            contents.sources, contents.suite
        )
        files += source_files
        if not contents.new_delta_ids and self._is_shown(contents.suite, files):
            return _shown_already(archive, contents.suite, contents)
        number = contents.suite.publication + 1
        files += self._release(archive, contents.suite, [*entries, *source_entries])
        publication = self._switch(contents, number, files, reason)
        if publication is None:
            raise ConflictError(
                f"a file of publication {number} of {archive.name} was deleted with another "
                "archive before it was named here",
                hint=f"publish again: vostok publication publish {archive.name}",
            )
        return _published(archive, publication, contents)

    def _is_shown(self, suite: Suite, files: Iterable[IndexFile]) -> bool:
        with self._database.read() as transaction:
            return _are_shown(transaction, suite, files)

    def _switch(
        self, contents: Contents, number: int, files: list[IndexFile], reason: str
    ) -> Publication | None:
        """The publication; None if one of its files is gone, so that it must be made anew."""
        with self._database.write() as transaction:
            transaction.deletion.hold_names()
            if not self._writer.are_stored(files):
                return None
            suite = transaction.archives.suite(contents.suite.id)
            if (suite.publication + 1, suite.derivation) != (number, contents.suite.derivation):
                raise ConflictError(
                    f"{contents.archive.name} was published or changed by somebody else meanwhile",
                    hint="publish again",
                )
            publication = transaction.publications.add(
                suite.id,
                number,
                derivation=derivation_of(suite).number,
                at=self._clock.now(),
                reason=reason,
                sources=len(contents.sources),
                binaries=len(contents.binaries),
                indices=files,
                pool=contents.pool,
                base_bytes=contents.base_bytes,
            )
            transaction.deltas.publish(suite.id, number, contents.new_delta_ids)
            self._settle_fates(transaction, contents.archive, suite, contents.build_ids)
            return publication

    @staticmethod
    def _settle_fates(
        transaction: Transaction, archive: Archive, suite: Suite, shown: frozenset[int]
    ) -> None:
        """Builds of which nothing is shown, and nothing waits to be, were replaced."""
        waiting = transaction.deltas.unpublished_binaries(suite.id)
        current = shown | {binary.build_id for binary in waiting}
        for fate in (Fate.PUBLISHED, Fate.PENDING):
            before = transaction.builds.with_fate(archive.id, fate)
            transaction.builds.set_fate(
                (build.id for build in before if build.id not in current), Fate.REPLACED
            )
        transaction.builds.set_fate(shown, Fate.PUBLISHED)

    def _contents(self, transaction: Transaction, archive: Archive, suite: Suite) -> Contents:
        base = base_of(suite)
        taken = taken_sources(transaction, suite)
        held = self._held(transaction, archive)
        shown = [
            binary
            for binary in transaction.deltas.published_binaries(suite.id, suite.publication)
            if not binary.is_superseded
        ]
        unpublished = published_own(
            transaction.deltas.unpublished_binaries(suite.id), toolchain_id=archive.toolchain_id
        )
        arriving = _newest(binary for binary in unpublished if binary.build_id not in held)
        own = published_own(_put_over(shown, arriving), toolchain_id=archive.toolchain_id)
        shows_all = derivation_of(suite).shows_whole_base
        parents = transaction.packages.indexed_binaries(base, None if shows_all else taken)
        if derivation_of(suite).unbuilt is Unbuilt.NONE:
            built_here = {binary.source_name for binary in own}
            parents = [binary for binary in parents if binary.source_name in built_here]
        lost = lost_packages(transaction, base)
        binaries, left_out = lost.without(overlaid(parents, own, suite.architectures))
        sources = lost.without_sources(self._sources(transaction, suite, binaries, taken, own))
        pool, base_bytes = self._pool(transaction, suite, binaries, sources, own)
        return Contents(
            archive=archive,
            suite=suite,
            binaries=binaries,
            sources=sources,
            pool=pool,
            base_bytes=base_bytes,
            new_delta_ids=frozenset(binary.delta_id for binary in arriving),
            build_ids=frozenset(b.build_id for b in own if b.build_id is not None),
            held=held,
            left_out=left_out,
        )

    @staticmethod
    def _held(transaction: Transaction, archive: Archive) -> dict[int, str]:
        pending = transaction.builds.with_fate(archive.id, Fate.PENDING)
        return held_builds(
            {build.id: (build.source, build.rebuild_no) for build in pending},
            transaction.builds.unaccepted_siblings(archive.id),
        )

    @staticmethod
    def _sources(
        transaction: Transaction,
        suite: Suite,
        binaries: Sequence[IndexedBinary],
        taken: Iterable[str],
        own: Iterable[OwnBinary],
    ) -> list[SourceRelease]:
        """Taken sources, and every source that a published binary was made from (I7)."""
        base = base_of(suite)
        needed = sources_needed(binaries, built_using(binaries))
        own_sources = {
            (source.name, source.version): source
            for source in transaction.deltas.own_sources(suite.id)
        }
        replaced = {b.source_name for b in own if (b.source_name, b.source_version) in own_sources}
        found = {
            (source.name, source.version): source
            for source in transaction.packages.sources_named(
                base, {name for name, _ in needed} | set(taken), with_extra=True
            )
        }
        wanted = {key for key in needed if key in found or key in own_sources}
        current = transaction.packages.sources_named(base, taken)
        wanted |= {(s.name, s.version) for s in current if s.name not in replaced}
        return [own_sources.get(key) or found[key] for key in sorted(wanted)]

    @staticmethod
    def _pool(
        transaction: Transaction,
        suite: Suite,
        binaries: Sequence[IndexedBinary],
        sources: Sequence[SourceRelease],
        own: Iterable[OwnBinary],
    ) -> tuple[list[IndexFile], int]:
        """The files that a publication names itself, and the size of those that its base names.

        Raises:
            ConflictError: an own file has the path of one of the base, and other bytes (I6).
        """
        base_bytes, is_whole = 0, derivation_of(suite).shows_whole_base
        if is_whole:
            base_bytes = transaction.members.pool_bytes(base_of(suite))
            own_paths = {binary.filename for binary in own}
            own_ids = {source.id for source in transaction.deltas.own_sources(suite.id)}
            binaries = [binary for binary in binaries if binary.filename in own_paths]
            sources = [source for source in sources if source.id in own_ids]
        files = {
            binary.filename: IndexFile(
                path=binary.filename, size=binary.size, sha256=binary.sha256
            )
            for binary in binaries
        }
        listed = transaction.packages.files_of_sources([source.id for source in sources])
        for source in sources:
            for name, size, sha256 in listed.get(source.id, []):
                path = f"{source.directory}/{name}"
                files[path] = IndexFile(path=path, size=size, sha256=sha256)
        pool = list(files.values())
        wrong = transaction.publications.contradicted(base_of(suite), pool)
        if is_whole and wrong is not None:
            raise ConflictError(
                f"{wrong.path} was made here, and a parent has other bytes under that name",
                hint="give what was made here another version",
            )
        return pool, base_bytes


def _are_shown(transaction: Transaction, suite: Suite, files: Iterable[IndexFile]) -> bool:
    """Whether the newest publication of a suite has just these indices."""
    if suite.publication == 0:
        return False
    current = transaction.publications.numbered(suite.id, suite.publication)
    shown = transaction.publications.indices(current.id)
    return {(f.path, f.sha256) for f in shown if f.path not in SIGNED_FILES} == {
        (f.path, f.sha256) for f in files
    }


def _shown_already(archive: Archive, suite: Suite, contents: Contents | None) -> Carry:
    number = suite.publication
    return {
        "message": f"publication {number} of {archive.name} shows all of it already"
        + _missing_words(contents),
        "publication": number,
        "is_new": False,
    }


def _published(archive: Archive, publication: Publication, contents: Contents | None) -> Carry:
    return {
        "message": f"publication {publication.number} of {archive.name}: {publication.binaries} "
        f"binaries of {publication.sources} sources" + _missing_words(contents),
        "publication": publication.number,
        "is_new": True,
        "sources": publication.sources,
        "binaries": publication.binaries,
    }


def _newest(binaries: Iterable[OwnBinary]) -> list[OwnBinary]:
    """The last of each (name, architecture, toolchain); they come in the order of acceptance."""
    return list({(b.name, b.architecture, b.toolchain_id): b for b in binaries}.values())


def _put_over(shown: Iterable[OwnBinary], arriving: Iterable[OwnBinary]) -> list[OwnBinary]:
    return _newest([*shown, *arriving])


def _missing_words(contents: Contents | None) -> str:
    """What is not shown yet, and what cannot be; nothing of a whole copy."""
    if contents is None:
        return ""
    held = list(contents.held.values())
    words = f"; {len(held)} builds are held: {'; '.join(held[:3])}" if held else ""
    return words + lost_words(contents.left_out)
