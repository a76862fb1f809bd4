"""A reader of documents that a test made up, in the place of the one that reads the database."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

from tests.entrypoints.pages.fake_builds import (
    NOW,
    at,
)

from vostok.debian.version import Version
from vostok.documents import (
    ArchiveView,
    BuildView,
    CampaignProgressView,
    CampaignView,
    JobLineView,
    JobView,
    ProgressPieceView,
    PublicationView,
    ToolchainView,
)
from vostok.documents.first_steps import FirstStepsView
from vostok.domain.access import Principal
from vostok.domain.archive_list import EVERY_ARCHIVE, ArchiveList
from vostok.domain.build import BuildState
from vostok.domain.build_list import ATTENTION, BuildList, BuildOrder
from vostok.domain.list_filter import EVERYTHING, ListFilter
from vostok.entrypoints.pages.looks import UNFINISHED_BUILDS
from vostok.errors import NotFoundError
from vostok.services.describing.first_steps import NOTHING

LOG_PIECE_BYTES = 64 * 1024


@dataclass
class FakeReader:
    """A PageReader over lists in memory."""

    archives_: list[ArchiveView] = field(default_factory=list)
    campaigns_: list[CampaignView] = field(default_factory=list)
    publications_: list[PublicationView] = field(default_factory=list)
    jobs_: list[JobView] = field(default_factory=list)
    job_lines: list[JobLineView] = field(default_factory=list)
    toolchains_: list[ToolchainView] = field(default_factory=list)
    slot: list[BuildView] = field(default_factory=list)
    logs: dict[int, bytes] = field(default_factory=dict)
    growing: set[int] = field(default_factory=set)
    error: Exception | None = None

    def seen_by(self, _principal: Principal) -> "FakeReader":
        return self

    def now(self) -> datetime:
        return NOW

    def archives(self, wanted: ArchiveList = EVERY_ARCHIVE) -> list[ArchiveView]:
        if self.error:
            raise self.error
        return [
            archive
            for archive in self.archives_
            if wanted.narrowed.admits(
                [archive["name"]], kind=archive["kind"], state=archive["state"]
            )
        ]

    def archive_names(self) -> list[str]:
        return [archive["name"] for archive in self.archives()]

    def first_steps(self) -> FirstStepsView:
        return NOTHING

    def children(self, name: str) -> list[ArchiveView]:
        return [
            archive
            for archive in self.archives()
            if (archive.get("parent") or "").partition("/")[0] == name
        ]

    def archive(self, name: str) -> ArchiveView:
        for archive in self.archives_:
            if archive["name"] == name:
                return archive
        raise NotFoundError(f"there is no archive {name}", hint="vostok archive list")

    def campaigns(self, name: str) -> list[CampaignView]:
        self.archive(name)
        return [campaign for campaign in self.campaigns_ if campaign["archive"] == name]

    def campaign_alone(self, name: str, number: int) -> CampaignView:
        for campaign in self.campaigns(name):
            if campaign["number"] == number:
                return campaign
        raise NotFoundError(f"archive {name} has no campaign {number}")

    def campaign(self, name: str, number: int, asked: BuildList) -> CampaignView:
        campaign = self.campaign_alone(name, number)
        found = listed(campaign.get("builds", []), asked)
        places = {build["id"]: place for place, build in enumerate(found, start=1)}
        first = asked.offset if asked.after is None else places[asked.after]
        return {**campaign, "builds": found[first : first + asked.limit], "found": len(found)}

    def campaign_by_source(self, name: str, number: int, asked: BuildList) -> CampaignView:
        return self.campaign(name, number, asked)

    def states_by_source(
        self, name: str, number: int, asked: BuildList
    ) -> list[tuple[str, Mapping[str, str]]]:
        states: dict[str, dict[str, str]] = {}
        for build in self.all_builds(name, number, asked):
            states.setdefault(build["source"], {})[build["architecture"]] = build["state"]
        return list(states.items())

    def all_builds(self, name: str, number: int, asked: BuildList) -> Iterator[BuildView]:
        yield from listed(self.campaign_alone(name, number).get("builds", []), asked)

    def progress(self, name: str, number: int) -> CampaignProgressView:
        counts = self.campaign_alone(name, number).get("counts", {})
        ended = {state: n for state, n in counts.items() if state not in UNFINISHED_BUILDS}
        halves = {state: n // 2 for state, n in ended.items()}
        pieces: list[ProgressPieceView] = [
            {"until": at(ago), "ended": sum(each.values()), "counts": each}
            for ago, each in ((20, halves), (0, ended))
            if each
        ]
        return {
            "began_at": at(40),
            "piece_seconds": 1200,
            "total": sum(counts.values()),
            "pieces": pieces,
        }

    def build_slot(self, archive: str, source: str, architecture: str) -> list[BuildView]:
        asked = (archive, source, architecture)
        return [
            build
            for build in [*self.slot, *self._campaign_builds()]
            if (build["archive"], build["source"], build["architecture"]) == asked
        ]

    def build(self, build_id: int) -> BuildView:
        found = [*self.slot, *self._campaign_builds()]
        return next(build for build in found if build["id"] == build_id)

    def _campaign_builds(self) -> list[BuildView]:
        return [build for campaign in self.campaigns_ for build in campaign.get("builds", [])]

    def log(  # noqa: PLR0913, PLR0917 - the Protocol's signature
        self,
        archive: str,
        source: str,
        rebuild_no: int,
        architecture: str,
        attempt: int,
        offset: int,
    ) -> tuple[bytes, bool]:
        assert self.build_slot(archive, source, architecture)
        assert rebuild_no
        content = self.logs.get(attempt, b"")
        piece = content[offset : offset + LOG_PIECE_BYTES]
        ends = offset + len(piece) >= len(content)
        return piece, ends and attempt not in self.growing

    def jobs(self, archive: str | None, wanted: ListFilter = EVERYTHING) -> list[JobView]:
        return [
            job
            for job in self.jobs_
            if archive in {None, job.get("archive")}
            and wanted.admits(
                (str(job["id"]), job.get("archive")), kind=job["kind"], state=job["state"]
            )
        ]

    def job(self, identifier: str) -> JobView:
        for job in self.jobs_:
            if str(job["id"]) == identifier:
                return job
        raise NotFoundError(f"there is no job {identifier}", hint="vostok job list")

    def job_log(self, identifier: str) -> list[JobLineView]:
        self.job(identifier)
        return self.job_lines

    def publications(self, name: str) -> list[PublicationView]:
        return self.publications_ if name == "trial" else []

    def toolchains(self) -> list[ToolchainView]:
        return self.toolchains_

    def toolchain(self, name: str) -> ToolchainView:
        for toolchain in self.toolchains_:
            if toolchain["name"] == name:
                return toolchain
        raise NotFoundError(f"there is no toolchain {name}")


def listed(builds: Sequence[BuildView], asked: BuildList) -> list[BuildView]:
    """The whole list that a piece is asked of."""
    keys: dict[BuildOrder, Callable[[BuildView], Any]] = {
        BuildOrder.SOURCE: itemgetter("source"),
        BuildOrder.ARCHITECTURE: itemgetter("architecture"),
        BuildOrder.REBUILD: itemgetter("rebuild_no"),
        BuildOrder.VERSION: lambda build: Version(build["version"] or "0"),
        BuildOrder.STATE: lambda build: ATTENTION.index(BuildState(build["state"])),
        BuildOrder.SECONDS: lambda build: build.get("seconds") or 0,
        BuildOrder.COMPILER: lambda build: str(build.get("proof") or ""),
    }
    found = [
        build
        for build in builds
        if (not asked.states or build["state"] in asked.states)
        and asked.text.lower() in build["source"]
        and asked.architecture in {"", build["architecture"]}
    ]
    found.sort(key=lambda build: (build["source"], build["architecture"], build["rebuild_no"]))
    return sorted(found, key=keys[asked.order], reverse=asked.descending)
