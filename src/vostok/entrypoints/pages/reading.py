"""What the pages read: the documents of the API, through one Protocol."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from vostok.documents import (
    ArchiveView,
    BuildView,
    CampaignProgressView,
    CampaignView,
    JobLineView,
    JobView,
    PublicationView,
    ToolchainView,
)
from vostok.documents.first_steps import FirstStepsView
from vostok.domain.access import Principal
from vostok.domain.archive_list import EVERY_ARCHIVE, ArchiveList
from vostok.domain.build_list import BuildList
from vostok.domain.list_filter import EVERYTHING, ListFilter


class PageReader(Protocol):
    """Everything a page shows; each call asks for access first.

    A method for one named thing raises NotFoundError or GoneError when it is not there.
    """

    def seen_by(self, principal: Principal) -> "PageReader":
        """The same for somebody else."""
        ...

    def now(self) -> datetime:
        """The moment of reading, aware; «3 h ago» is counted from it."""
        ...

    def archives(self, wanted: ArchiveList = EVERY_ARCHIVE) -> list[ArchiveView]:
        """The wanted archives that this reader may know of, by name."""
        ...

    def archive_names(self) -> list[str]:
        """The names of these archives."""
        ...

    def first_steps(self) -> FirstStepsView:
        """What a new installation still needs; no steps for who can do none of them."""
        ...

    def children(self, name: str) -> list[ArchiveView]:
        """The archives that are derived directly from one, by their first parent, by name."""
        ...

    def archive(self, name: str) -> ArchiveView:
        """One archive, with stanza and key."""
        ...

    def campaigns(self, name: str) -> list[CampaignView]:
        """The archive's campaigns with their counts, newest first."""
        ...

    def campaign_alone(self, name: str, number: int) -> CampaignView:
        """One campaign without its builds."""
        ...

    def campaign(self, name: str, number: int, asked: BuildList) -> CampaignView:
        """One campaign with the builds that are asked for; `found` counts the whole list."""
        ...

    def campaign_by_source(self, name: str, number: int, asked: BuildList) -> CampaignView:
        """One campaign with all builds of the sources that are asked for; `found` counts these."""
        ...

    def states_by_source(
        self, name: str, number: int, asked: BuildList
    ) -> Sequence[tuple[str, Mapping[str, str]]]:
        """(source, architecture -> state of its build) of all sources in a list."""
        ...

    def all_builds(self, name: str, number: int, asked: BuildList) -> Iterator[BuildView]:
        """Every build of the list of which a piece is asked for, read while they are taken."""
        ...

    def progress(self, name: str, number: int) -> CampaignProgressView:
        """How many of a campaign's builds had ended when."""
        ...

    def build_slot(self, archive: str, source: str, architecture: str) -> list[BuildView]:
        """All records of one slot with attempts and proof, newest first; empty when none."""
        ...

    def build(self, build_id: int) -> BuildView:
        """One record with attempts, proof, and everything that happened to it, oldest first."""
        ...

    def log(  # noqa: PLR0913, PLR0917 - a log's full address
        self,
        archive: str,
        source: str,
        rebuild_no: int,
        architecture: str,
        attempt: int,
        offset: int,
    ) -> tuple[bytes, bool]:
        """A piece of an attempt's log from a byte offset on, and whether the log ends with it.

        A piece may be shorter than what is there (1 MiB is a good size); it is empty only
        at the end of what is written so far.
        """
        ...

    def jobs(self, archive: str | None, wanted: ListFilter = EVERYTHING) -> list[JobView]:
        """The newest jobs of one archive, or of all, that are wanted."""
        ...

    def job(self, identifier: str) -> JobView:
        """One job."""
        ...

    def job_log(self, identifier: str) -> list[JobLineView]:
        """What a job did, step after step."""
        ...

    def publications(self, name: str) -> list[PublicationView]:
        """The archive's publications, newest first."""
        ...

    def toolchains(self) -> list[ToolchainView]:
        """Every toolchain at its newest revision."""
        ...

    def toolchain(self, name: str) -> ToolchainView:
        """One toolchain with its revisions."""
        ...
