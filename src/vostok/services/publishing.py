"""Publishing: deciding what clients see next, and switching to it in one transaction."""

from collections.abc import Iterable, Sequence

from vostok.debian.indices import IndexEntry
from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import Archive, ArchiveKind, Suite
from vostok.domain.job import Job, JobKind, JobState
from vostok.domain.publication import BaseShown, IndexFile, Publication
from vostok.errors import ConflictError, InvalidInputError
from vostok.services.fates import settle_fates
from vostok.services.job_runner import Carry, JobService, Reporter, Step
from vostok.services.lost_packages import lost_words
from vostok.services.ports import Clock
from vostok.services.publication_contents import Contents, contents_of
from vostok.services.repositories import Database, Transaction
from vostok.services.repository import SIGNED_FILES, RepositoryWriter
from vostok.services.views import derivation_of

PUBLISH_TRIES_MAX = 3


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
            contents = contents_of(transaction, archive, transaction.archives.suite(suite.id))
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
                hidden=contents.hidden,
            )
            transaction.deltas.publish(suite.id, number, contents.new_delta_ids)
            settle_fates(
                transaction, contents.archive, suite, contents.build_ids,
                publication=number, at=self._clock.now(),
            )  # fmt: skip
            return publication


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


def _missing_words(contents: Contents | None) -> str:
    """What is not shown yet, and what cannot be; nothing of a whole copy."""
    if contents is None:
        return ""
    held = list(contents.held.values())
    words = f"; {len(held)} builds are held: {'; '.join(held[:3])}" if held else ""
    return words + lost_words(contents.left_out)
