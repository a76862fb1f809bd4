"""What people and programs see of archives, campaigns, builds and jobs: the shapes of the API.

The API, the pages and their `.json` all show these documents, so they cannot disagree.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from vostok.documents import (
    ArchiveView,
    BuilderView,
    BuildView,
    CampaignProgressView,
    CampaignView,
    JobLineView,
    JobView,
    PublicationView,
    ToolchainView,
)
from vostok.documents.first_steps import FirstStepsView
from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import Archive, ArchiveKind
from vostok.domain.archive_list import EVERY_ARCHIVE, ArchiveList
from vostok.domain.build import LIVE_STATES, Attempt, Build
from vostok.domain.build_list import BuildList
from vostok.domain.builder import BuilderState
from vostok.domain.campaign_progress import piece_seconds, progress
from vostok.domain.job import JobKind, JobState
from vostok.domain.list_filter import EVERYTHING, ListFilter
from vostok.domain.toolchain_revision import ToolchainRevision
from vostok.errors import NotFoundError
from vostok.services.describing.archives import ArchiveDescriber
from vostok.services.describing.builds import made_with
from vostok.services.describing.first_steps import first_steps_document
from vostok.services.describing.publications import publication_document
from vostok.services.describing.quotas import quota_document
from vostok.services.describing.records import (
    build_documents,
    campaign_document,
    job_document,
    job_line_document,
    moment_text,
    prediction_document,
    toolchain_document,
)
from vostok.services.people.quotas import used_by_archive
from vostok.services.ports import Clock, LogStore, Signer
from vostok.services.repositories import Database, Transaction
from vostok.services.telling.job_telling import newest_told, told

LOG_PIECE_BYTES_MAX = 1 << 20
BUILDS_AT_ONCE = 500
"""Read in one transaction of a list that is sent whole: the first are sent at once."""
BUILDS_SENT_MAX = 1_000_000
"""In one list: twenty times what all of Debian has."""


class Overview:
    """Documents about everything, as one principal may see it."""

    def __init__(
        self,
        database: Database,
        logs: LogStore,
        signer: Signer,
        clock: Clock,
        principal: Principal,
        url: str,
    ) -> None:
        self._database = database
        self._logs = logs
        self._signer = signer
        self._clock = clock
        self._principal = principal
        self._url = url.rstrip("/")

    def seen_by(self, principal: Principal) -> "Overview":
        """The same for somebody else."""
        return Overview(
            self._database, self._logs, self._signer, self._clock, principal, self._url
        )

    def now(self) -> datetime:
        """The moment of reading."""
        return self._clock.now()

    # Archives -----------------------------------------------------------------------------

    def archives(self, wanted: ArchiveList = EVERY_ARCHIVE) -> list[ArchiveView]:
        """The wanted archives that the principal may know of, by name."""
        require(self._principal, Action.VIEW, "the archives")
        with self._database.read() as transaction:
            seen = [
                archive
                for archive in transaction.archives.all()
                if self._principal.sees(archive.name) and wanted.admits(archive)
            ]
            describer = ArchiveDescriber(transaction, seen, self._signer, self._url)
            return [describer.document(archive) for archive in seen]

    def archive_names(self) -> list[str]:
        """The names of these archives."""
        require(self._principal, Action.VIEW, "the archives")
        with self._database.read() as transaction:
            names = [archive.name for archive in transaction.archives.all()]
        return [name for name in names if self._principal.sees(name)]

    def first_steps(self) -> FirstStepsView:
        """What a new installation still needs; no steps for who can do none of them."""
        require(self._principal, Action.VIEW, "the archives")
        with self._database.read() as transaction:
            return first_steps_document(transaction, self._principal)

    def children(self, name: str) -> list[ArchiveView]:
        """The archives that are derived directly from one, by their first parent."""
        require(self._principal, Action.VIEW, name)
        with self._database.read() as transaction:
            parent = transaction.archives.named(name)
            found = transaction.archives.children_of(parent.id)
            seen = [archive for archive in found if self._principal.sees(archive.name)]
            describer = ArchiveDescriber(transaction, seen, self._signer, self._url)
            return [describer.document(archive) for archive in seen]

    def archive(self, name: str) -> ArchiveView:
        """One archive, with stanza and key."""
        require(self._principal, Action.VIEW, name)
        with self._database.read() as transaction:
            return self._archive(transaction, transaction.archives.named(name))

    def archive_as(self, archive: Archive) -> ArchiveView:
        """The same of one as it would be with other settings."""
        require(self._principal, Action.VIEW, archive.name)
        with self._database.read() as transaction:
            return self._archive(transaction, archive)

    def _archive(self, transaction: Transaction, archive: Archive) -> ArchiveView:
        describer = ArchiveDescriber(transaction, [archive], self._signer, self._url)
        document = describer.document(archive)
        if archive.kind is ArchiveKind.DERIVED:
            document["quota"] = quota_document(used_by_archive(transaction, archive.name))
        return document

    def publications(self, name: str) -> list[PublicationView]:
        """The archive's publications, newest first."""
        require(self._principal, Action.VIEW, name)
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
            return [
                publication_document(name, publication)
                for suite in transaction.archives.suites(archive.id)
                for publication in transaction.publications.of_suite(suite.id)
            ]

    # Campaigns and builds -----------------------------------------------------------------

    def campaigns(self, name: str) -> list[CampaignView]:
        """The archive's campaigns with their counts, newest first."""
        require(self._principal, Action.VIEW, name)
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
            campaigns = transaction.campaigns.of_archive(archive.id)
            counts = transaction.campaigns.counts(campaign.id for campaign in campaigns)
            return [campaign_document(transaction, c, counts.get(c.id, {})) for c in campaigns]

    def campaign_alone(self, name: str, number: int) -> CampaignView:
        """One campaign without its builds, which may be tens of thousands."""
        require(self._principal, Action.VIEW, name)
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
            campaign = transaction.campaigns.numbered(archive.id, number)
            counts = transaction.campaigns.counts([campaign.id]).get(campaign.id, {})
            return campaign_document(transaction, campaign, counts)

    def campaign(self, name: str, number: int, asked: BuildList) -> CampaignView:
        """One campaign with the builds that are asked for; `found` counts the whole list.

        Raises:
            NotFoundError: there is none of that number, or no build after which to go on.
        """
        require(self._principal, Action.VIEW, name)
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
            campaign = transaction.campaigns.numbered(archive.id, number)
            counts = transaction.campaigns.counts([campaign.id]).get(campaign.id, {})
            document: CampaignView = {
                **campaign_document(transaction, campaign, counts),
                "estimate": prediction_document(
                    transaction.campaigns.estimate(campaign.id),
                    transaction.measures.actual(campaign.id),
                ),
            }
            builds = transaction.build_lists.of_campaign(campaign.id, asked)
            document["found"] = _found(transaction, campaign.id, asked, counts)
            document["builds"] = build_documents(transaction, builds, with_files=False)
            return document

    def campaign_by_source(self, name: str, number: int, asked: BuildList) -> CampaignView:
        """One campaign with all builds of the sources that are asked for; `found` counts these.

        Raises:
            NotFoundError: there is none of that number.
        """
        require(self._principal, Action.VIEW, name)
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
            campaign = transaction.campaigns.numbered(archive.id, number)
            counts = transaction.campaigns.counts([campaign.id]).get(campaign.id, {})
            builds = transaction.build_lists.of_sources(campaign.id, asked)
            return {
                **campaign_document(transaction, campaign, counts),
                "builds": build_documents(transaction, builds, with_files=False),
                "found": transaction.build_lists.count_of_sources(campaign.id, asked),
            }

    def states_by_source(
        self, name: str, number: int, asked: BuildList
    ) -> list[tuple[str, Mapping[str, str]]]:
        """(source, architecture -> state of its build) of all sources in a list. O(builds)."""
        require(self._principal, Action.VIEW, name)
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
            campaign = transaction.campaigns.numbered(archive.id, number)
            whole = replace(asked, offset=0, limit=BUILDS_SENT_MAX)
            sources = transaction.build_lists.sources_of_campaign(campaign.id, whole)
            builds = sorted(transaction.build_lists.places_of_campaign(campaign.id))
        states: dict[str, dict[str, str]] = {source: {} for source in sources}
        for build in builds:
            if build.source in states:
                states[build.source][build.architecture] = build.state
        return list(states.items())

    def all_builds(self, name: str, number: int, asked: BuildList) -> Iterator[BuildView]:
        """Every build of the list of which a piece is asked for, read while they are taken.

        Which they are, and in what order, is settled at the first: what happens meanwhile
        neither leaves one out nor shows one twice.
        """
        require(self._principal, Action.VIEW, name)
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
            campaign = transaction.campaigns.numbered(archive.id, number)
            whole = replace(asked, offset=0, limit=BUILDS_SENT_MAX)
            ids = transaction.build_lists.ids_of_campaign(campaign.id, whole)
        return self._builds_with(ids)

    def _builds_with(self, ids: Sequence[int]) -> Iterator[BuildView]:
        for start in range(0, len(ids), BUILDS_AT_ONCE):
            with self._database.read() as transaction:
                builds = transaction.build_lists.with_ids(ids[start : start + BUILDS_AT_ONCE])
                documents = build_documents(transaction, builds, with_files=False)
            yield from documents

    def progress(self, name: str, number: int) -> CampaignProgressView:
        """How many builds of a campaign had ended when. O(builds)."""
        require(self._principal, Action.VIEW, name)
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
            campaign = transaction.campaigns.numbered(archive.id, number)
            total, last_end = transaction.build_lists.extent(campaign.id)
            last = last_end or campaign.created_at
            seconds = piece_seconds(campaign.created_at, last)
            ends = transaction.build_lists.ends(campaign.id, campaign.created_at, seconds)
        return {
            "began_at": moment_text(campaign.created_at),
            "piece_seconds": seconds,
            "total": total,
            "pieces": [
                {
                    "until": moment_text(piece.until),
                    "ended": sum(piece.counts.values()),
                    "counts": piece.counts,
                }
                for piece in progress(campaign.created_at, seconds, ends)
            ],
        }

    def build(self, build_id: int) -> BuildView:
        """One build with its attempts, files and proof."""
        require(self._principal, Action.VIEW, f"build {build_id}")
        with self._database.read() as transaction:
            build = transaction.builds.by_id(build_id)
            require(self._principal, Action.VIEW, f"build {build_id}", archive=build.archive)
            document = build_documents(transaction, [build], with_files=True)[0]
            document.update(cast("BuildView", made_with(transaction, build)))
            document["events"] = [
                {
                    "at": moment_text(event.at),
                    "actor": event.actor,
                    "state_before": event.state_before,
                    "state_after": event.state_after,
                    "sentence": event.sentence,
                }
                for event in transaction.builds.events(build_id)
            ]
            return document

    def build_slot(self, archive: str, source: str, architecture: str) -> list[BuildView]:
        """All records of one slot, newest first."""
        require(self._principal, Action.VIEW, archive)
        with self._database.read() as transaction:
            owner = transaction.archives.named(archive)
            builds = transaction.builds.of_slot(owner.id, source, architecture)
            return build_documents(transaction, builds, with_files=True)

    def slot_records(self, archive: str, source: str, architecture: str) -> list[Build]:
        """The same records without attempts and files: what differs when one of them moves on.

        Raises:
            NotFoundError: there is none.
        """
        require(self._principal, Action.VIEW, archive)
        with self._database.read() as transaction:
            owner = transaction.archives.named(archive)
            found = transaction.builds.of_slot(owner.id, source, architecture)
        if not found:
            raise NotFoundError(
                f"{archive} has no build of {source} on {architecture}",
                hint=f"see which there are: vostok campaign list {archive}",
            )
        return found

    def log(
        self,
        archive: str,
        source: str,
        rebuild_no: int,
        architecture: str,
        attempt: int,
        offset: int,
    ) -> tuple[bytes, bool]:
        """A piece of an attempt's log from an offset on, and whether the log ends with it."""
        require(self._principal, Action.VIEW, archive)
        with self._database.read() as transaction:
            owner = transaction.archives.named(archive)
            found = [
                build
                for build in transaction.builds.of_slot(owner.id, source, architecture)
                if build.rebuild_no == rebuild_no
            ]
        if not found:
            raise NotFoundError(
                f"{archive} has no rebuild {rebuild_no} of {source}",
                hint=f"see which there are: vostok campaign list {archive}",
            )
        return self.log_of(found[0].id, attempt, offset)

    def log_of(self, build_id: int, attempt: int | None, offset: int) -> tuple[bytes, bool]:
        """The same by the build's id; of the newest attempt if none is named."""
        build, known = self._logged(build_id, attempt)
        if known is None:
            return b"", build.state not in LIVE_STATES
        piece = self._logs.read(
            build_id, known.number, offset=offset, size_max=LOG_PIECE_BYTES_MAX
        )
        is_at_end = offset + len(piece) >= self._logs.size(build_id, known.number)
        return piece, known.finished_at is not None and is_at_end

    def log_bytes(self, build_id: int, attempt: int | None) -> int:
        """How long that log is so far; 0 while the build has no attempt."""
        _, known = self._logged(build_id, attempt)
        return 0 if known is None else self._logs.size(build_id, known.number)

    def _logged(self, build_id: int, attempt: int | None) -> tuple[Build, Attempt | None]:
        """A build and the attempt whose log is asked for: the newest if none is named."""
        require(self._principal, Action.VIEW, f"build {build_id}")
        with self._database.read() as transaction:
            build = transaction.builds.by_id(build_id)
            require(self._principal, Action.VIEW, f"build {build_id}", archive=build.archive)
            attempts = transaction.builds.attempts([build_id]).get(build_id, [])
        number = build.attempt if attempt is None else attempt
        known = next((found for found in attempts if found.number == number), None)
        if known is None and attempt is not None:
            raise NotFoundError(
                f"build {build_id} has no attempt {attempt}",
                hint=f"see which there are: vostok build show {build_id}",
            )
        return build, known

    # Jobs and toolchains ------------------------------------------------------------------

    def jobs(self, archive: str | None, wanted: ListFilter = EVERYTHING) -> list[JobView]:
        """The newest jobs of one archive, or of all, that are wanted."""
        require(self._principal, Action.VIEW, "the jobs")
        with self._database.read() as transaction:
            found = newest_told(
                transaction,
                self._principal,
                archive,
                kinds=[JobKind(word) for word in sorted(wanted.kinds)] or None,
                states=[JobState(word) for word in sorted(wanted.states)] or None,
                text=wanted.text,
            )
        return [job_document(job) for job in found]

    def job(self, identifier: str) -> JobView:
        """One job."""
        require(self._principal, Action.VIEW, f"job {identifier}")
        with self._database.read() as transaction:
            job = transaction.jobs.by_id(identifier)
            require(self._principal, Action.VIEW, f"job {identifier}", archive=job.archive)
            return job_document(told(self._principal, job))

    def job_log(self, identifier: str) -> list[JobLineView]:
        """What a job did, step after step."""
        self.job(identifier)
        with self._database.read() as transaction:
            return [job_line_document(line) for line in transaction.job_logs.lines(identifier)]

    def toolchains(self) -> list[ToolchainView]:
        """Every toolchain at its newest revision."""
        require(self._principal, Action.VIEW, "the toolchains")
        with self._database.read() as transaction:
            revisions = transaction.toolchains.all()
        by_name: dict[str, list[ToolchainRevision]] = {}
        for revision in revisions:
            by_name.setdefault(revision.name, []).append(revision)
        return [toolchain_document(found) for found in by_name.values()]

    def toolchain(self, name: str) -> ToolchainView:
        """One toolchain with its revisions."""
        require(self._principal, Action.VIEW, f"toolchain {name}")
        with self._database.read() as transaction:
            transaction.toolchains.named(name)
            found = [r for r in transaction.toolchains.all() if r.name == name]
        return toolchain_document(found)

    def builders(self) -> list[BuilderView]:
        """Builders, and when each last asked for work."""
        require(self._principal, Action.VIEW, "the builders")
        with self._database.read() as transaction:
            return [
                {
                    "name": builder.name,
                    "architectures": list(builder.architectures),
                    "seen_at": None if builder.seen_at is None else moment_text(builder.seen_at),
                }
                for builder in transaction.builders.all()
                if builder.state is not BuilderState.REMOVED
            ]


def _found(
    transaction: Transaction, campaign_id: int, asked: BuildList, counts: Mapping[str, int]
) -> int:
    """How many builds the list has that a piece is asked of; known by state already."""
    if asked.text or asked.architecture:
        return transaction.build_lists.count_of_campaign(campaign_id, asked)
    return sum(n for state, n in counts.items() if not asked.states or state in asked.states)
