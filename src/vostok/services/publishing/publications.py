"""Publishing: deciding what clients see next, and switching to it in one transaction."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from vostok.debian.built_using import sources_built_using
from vostok.debian.indices import IndexEntry
from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import Archive, ArchiveKind, Suite
from vostok.domain.counting import counted
from vostok.domain.job import Job, JobKind, JobState
from vostok.domain.publication import BaseShown, IndexFile, Publication
from vostok.errors import ConflictError, InvalidInputError
from vostok.services.audit import quoted
from vostok.services.job_log import Reporter
from vostok.services.job_runner import Carry, JobService, Step
from vostok.services.ports import Clock
from vostok.services.publishing.contents import (
    ShownBinaries,
    ShownFiles,
    shown_binaries,
    shown_files,
    shown_sources,
)
from vostok.services.publishing.fates import settle_fates
from vostok.services.publishing.lost_packages import lost_words
from vostok.services.publishing.not_built import NOTHING, NotBuiltPackages
from vostok.services.repositories import Database, Transaction
from vostok.services.views.editions import derivation_of
from vostok.services.views.index_writing import WrittenIndex
from vostok.services.views.repository import SIGNED_FILES, RepositoryWriter

PUBLISH_TRIES_MAX = 3

Shown = ShownBinaries | None
"""None of a whole copy, which lists what its parent does."""


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
        _check_derived(archive)
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
            asked=f"the next publication, {quoted(reason)}",
        )

    def write_now(self, principal: Principal, name: str) -> Carry:
        """What a job would do, at once: for dry runs, over what keeps nothing.

        O(archive).
        """
        require(principal, Action.PUBLISH, name)
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
            _check_derived(archive)
            suite = transaction.archives.suites(archive.id)[0]
        return self._publish_once(archive, suite, "on request", lambda _step: None)

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

    def not_built(self, principal: Principal, name: str) -> NotBuiltPackages:
        """What the next publication of an archive leaves out or holds back as built no more.

        O(archive) where something was uploaded.
        """
        require(principal, Action.VIEW, name)
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
            if archive.kind is not ArchiveKind.DERIVED:
                return NOTHING
            suite = transaction.archives.suites(archive.id)[0]
            if not transaction.deltas.local_changes(suite.id):
                return NOTHING  # only what somebody uploaded builds less than a parent's version
            return shown_binaries(transaction, archive, suite).not_built

    def steps(self) -> list[Step]:
        """The parts of a publish job."""
        return [Step(name="publish", do=self._publish)]

    def _publish(self, job: Job, _carry: Carry, report: Reporter) -> Carry:
        report.tell("deciding what clients see")
        name = str(job.arguments["archive"])
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
            suites = transaction.archives.suites(archive.id)
        return self.publish(archive, suites[0], str(job.arguments["reason"]), report)

    def publish(self, archive: Archive, suite: Suite, reason: str, report: Reporter) -> Carry:
        """Publish one suite now. Killed anywhere before its last commit, nothing has changed.

        Returns:
            number, counts and a message; `is_new` is false if clients see all of it already.

        Raises:
            ConflictError: it was published by somebody else, or files went, too often.
        """
        for _ in range(PUBLISH_TRIES_MAX - 1):
            try:
                published = self._publish_once(archive, suite, reason, report.tell)
                break
            except ConflictError:
                report.note("somebody else published it or changed its files: once more")
        else:
            published = self._publish_once(archive, suite, reason, report.tell)
        if published["is_new"]:
            indices = counted(published["indices"], "file", "files")
            report.note(f"wrote publication {published['publication']}: {indices} of indices")
        return published

    @staticmethod
    def is_whole_copy(transaction: Transaction, archive: Archive, suite: Suite) -> bool:
        """Whether a suite shows what one snapshot shows, and nothing that was made in it."""
        derivation = derivation_of(suite)
        return (
            derivation.shows_whole_base
            and derivation.base == derivation.parents[0].members
            and not transaction.deltas.has_shown(suite.id, archive.toolchain_id)
            and not transaction.packages.listed_files(
                derivation.base, transaction.files.lost().keys()
            )
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
            base_shown=BaseShown.WHOLE,
        )
        transaction.deltas.publish(suite.id, publication.number, ())
        settle_fates(
            transaction, archive, suite, (),
            publication=publication.number, at=self._clock.now(),
        )  # fmt: skip
        return _published(archive, publication, indices, None)

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

    def _publish_once(
        self, archive: Archive, suite: Suite, reason: str, tell: Callable[[str], None]
    ) -> Carry:
        with self._database.write() as transaction:
            current = transaction.archives.suite(suite.id)
            whole = self.publish_whole_copy(transaction, archive, current, reason)
        if whole is not None:
            return whole
        tell("writing indices")
        with self._database.read() as transaction:
            draft = self._drafted(transaction, archive, transaction.archives.suite(suite.id))
            indices = [index.file for index in draft.indices]
            shown = draft.binaries
            if not shown.new_delta_ids and _are_shown(transaction, shown.suite, indices):
                return _shown_already(archive, shown.suite, shown)
        tell("signing and showing them")
        entries = [entry for index in draft.indices for entry in index.entries]
        files = indices + self._release(archive, shown.suite, entries)
        publication = self._switch(draft, files, reason)
        if publication is None:
            raise ConflictError(
                f"a file of publication {shown.suite.publication + 1} of {archive.name} was "
                "deleted with another archive before it was named here",
                hint=f"publish again: vostok publication publish {archive.name}",
            )
        return _published(archive, publication, files, shown)

    def _drafted(self, transaction: Transaction, archive: Archive, suite: Suite) -> "_Draft":
        """The next publication, its indices stored and named by nobody yet."""
        binaries = shown_binaries(transaction, archive, suite)
        packages = self._writer.packages_indices(
            transaction, binaries.listed, suite, reads_built_using=True
        )
        items = {item for index in packages for item in index.built_using}
        sources = shown_sources(transaction, binaries, sources_built_using(items))
        listed = self._writer.sources_indices(transaction, sources.listed, suite)
        source_bytes = sum(index.weight for index in listed)
        return _Draft(
            binaries=binaries,
            sources=len(sources.listed),
            files=shown_files(transaction, binaries, sources, source_bytes),
            indices=[*packages, *listed],
        )

    def _switch(self, draft: "_Draft", files: list[IndexFile], reason: str) -> Publication | None:
        """The publication; None if one of its files is gone, so that it must be made anew."""
        shown = draft.binaries
        number = shown.suite.publication + 1
        with self._database.write() as transaction:
            transaction.deletion.hold_names()
            if not self._writer.are_stored(files):
                return None
            suite = transaction.archives.suite(shown.suite.id)
            if (suite.publication + 1, suite.derivation) != (number, shown.suite.derivation):
                raise ConflictError(
                    f"{shown.archive.name} was published or changed by somebody else meanwhile",
                    hint="publish again",
                )
            publication = transaction.publications.add(
                suite.id,
                number,
                derivation=derivation_of(suite).number,
                at=self._clock.now(),
                reason=reason,
                sources=draft.sources,
                binaries=len(shown.listed),
                indices=files,
                pool=draft.files.pool,
                base_bytes=draft.files.base_bytes,
                hidden=draft.files.hidden,
            )
            transaction.deltas.publish(suite.id, number, shown.new_delta_ids)
            settle_fates(
                transaction, shown.archive, suite, shown.build_ids,
                publication=number, at=self._clock.now(),
            )  # fmt: skip
            return publication


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A publication that is decided on, and whose indices are stored."""

    binaries: ShownBinaries
    sources: int
    files: ShownFiles
    indices: Sequence[WrittenIndex]


def _check_derived(archive: Archive) -> None:
    if archive.kind is not ArchiveKind.DERIVED:
        raise InvalidInputError(
            f"{archive.name} is an image of somebody else's archive; it is not published here",
            hint=f"derive from it: vostok archive derive NAME --parent {archive.name}/SUITE",
        )


def _are_shown(transaction: Transaction, suite: Suite, files: Iterable[IndexFile]) -> bool:
    """Whether the newest publication of a suite has just these indices."""
    if suite.publication == 0:
        return False
    current = transaction.publications.numbered(suite.id, suite.publication)
    shown = transaction.publications.indices(current.id)
    return {(f.path, f.sha256) for f in shown if f.path not in SIGNED_FILES} == {
        (f.path, f.sha256) for f in files
    }


def _shown_already(archive: Archive, suite: Suite, shown: Shown) -> Carry:
    number = suite.publication
    return {
        "message": f"publication {number} of {archive.name} shows all of it already"
        + _missing_words(shown),
        "publication": number,
        "is_new": False,
    }


def _published(
    archive: Archive, publication: Publication, files: Sequence[IndexFile], shown: Shown
) -> Carry:
    return {
        "message": f"publication {publication.number} of {archive.name}: "
        f"{counted(publication.binaries, 'binary', 'binaries')} of "
        f"{counted(publication.sources, 'source')}" + _missing_words(shown),
        "publication": publication.number,
        "is_new": True,
        "sources": publication.sources,
        "binaries": publication.binaries,
        "indices": len(files),
    }


def _missing_words(shown: Shown) -> str:
    """What is not shown yet, and what cannot be; nothing of a whole copy."""
    if shown is None:
        return ""
    held = list(shown.held.values())
    others = lost_words(shown.left_out) + shown.not_built.words(shown.archive.name)
    if not held:
        return others
    builds = counted(len(held), "build is held", "builds are held")
    words = f"; {builds}: {'; '.join(held[:3])}"
    return words + others
