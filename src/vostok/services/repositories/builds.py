"""Campaigns, builds with their attempts, builders, and the build environments they cache."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from vostok.domain.build import (
    Attempt,
    AttemptFile,
    Build,
    BuildEvent,
    BuildState,
    Fate,
    NewBuild,
)
from vostok.domain.campaign import SCORE_OF_REBUILDS, Campaign, CampaignKind, CampaignState
from vostok.domain.package import Membership, OwnBinary
from vostok.domain.rebuild_request import Record
from vostok.domain.rebuild_version.schemes import VersionScheme


class Campaigns(Protocol):
    """Campaigns and the counters of rebuilds."""

    def add(
        self,
        archive_id: int,
        *,
        reason: str,
        requested_by: str,
        selection: str,
        architectures: Sequence[str],
        toolchain_id: int | None,
        dependencies: str,
        at: datetime,
        kind: CampaignKind = CampaignKind.REBUILD,
        scheme: VersionScheme = VersionScheme.SAFE,
        score: int = SCORE_OF_REBUILDS,
        request: Mapping[str, object] = MappingProxyType({}),
    ) -> Campaign:
        """The archive's next campaign, in state `preparing`."""

    def by_id(self, campaign_id: int) -> Campaign:
        """One campaign."""

    def numbered(self, archive_id: int, number: int) -> Campaign:
        """One campaign of an archive; NotFoundError if there is none of that number."""

    def of_archive(self, archive_id: int) -> list[Campaign]:
        """All campaigns of an archive, the newest first."""

    def counts_of_archives(self, archive_ids: Collection[int]) -> Mapping[int, int]:
        """Archive id -> how many campaigns it has; without those that have none."""

    def set_state(self, campaign_id: int, state: CampaignState, sentence: str) -> None:
        """Mark how far its preparation is."""

    def set_estimate(self, campaign_id: int, estimate: Mapping[str, object]) -> None:
        """Keep what was expected of its builds."""

    def estimate(self, campaign_id: int) -> Mapping[str, object] | None:
        """What was expected of its builds, if that was said."""

    def counts(self, campaign_ids: Iterable[int]) -> dict[int, dict[str, int]]:
        """How many builds of each campaign are in each state."""

    def last_rebuild_numbers(self, archive_id: int) -> dict[str, int]:
        """The highest number ever given to each source of an archive."""

    def last_rebuild_number(self, archive_id: int, source: str) -> int:
        """The highest number ever given to one source of an archive; 0 if none was. O(1)."""

    def take_rebuild_numbers(self, archive_id: int, numbers: Mapping[str, int]) -> None:
        """Never give these numbers, or lower ones, again (I3).

        Raises:
            ConflictError: one of them, or a higher one, was given meanwhile.
        """

    def take_numbers_of_builds(self, campaign_id: int, state: BuildState, *, sources: int) -> None:
        """Never give the numbers of a new campaign's builds, or lower ones, again (I3). In a set.

        Args:
            campaign_id: which campaign.
            state: of its builds those that are in this one; all of a source have one number.
            sources: of how many sources they are.

        Raises:
            ConflictError: one of them, or a higher one, was given meanwhile.
        """


class Builds(Protocol):
    """Build records, attempts, files, events."""

    def add(
        self,
        archive_id: int,
        suite_id: int,
        campaign_id: int | None,
        builds: Sequence[NewBuild],
        *,
        score: int,
        actor: str,
        at: datetime,
        why: str,
        state: BuildState = BuildState.NEEDS_BUILD,
    ) -> None:
        """New records in one state, with `why` as their first event, in two statements.

        Raises:
            ConflictError: a slot has a live build already (I2), or a number was given (I3).
        """

    def by_id(self, build_id: int) -> Build:
        """One record; NotFoundError if there is none."""

    def lock(self, build_ids: Collection[int]) -> list[Build]:
        """The records of these ids, which stay as they are until this transaction ends.

        By source and architecture: who changes several at once takes them in this order.
        """

    def of_ids(self, build_ids: Collection[int]) -> dict[int, Build]:
        """The records of these ids that there are, by id. In sets."""

    def of_campaign(self, campaign_id: int) -> list[Build]:
        """The records of a campaign by source and architecture."""

    def controls_of(self, build_ids: Collection[int]) -> list[Build]:
        """The controls of these builds, the oldest first."""

    def of_slot(self, archive_id: int, source: str, architecture: str) -> list[Build]:
        """All records of a source on one architecture, the newest first."""

    def chosen(
        self,
        archive_id: int,
        *,
        ids: Collection[int] | None,
        states: Collection[BuildState],
        campaign: int | None,
        sources: Collection[str] | None,
    ) -> list[Build]:
        """The records of an archive to which all of this applies, by source and architecture.

        Args:
            archive_id: whose.
            ids: of these; None: of any.
            states: in one of these; none: in any.
            campaign: the number of theirs; None: of any, and of none.
            sources: of these; None: of any.

        Raises:
            NotFoundError: the archive has no record of one of the ids.
        """

    def records(self, archive_id: int) -> list[Record]:
        """What filters look at of every build of an archive but controls, by rebuild_no."""

    def newest_of_sources(self, archive_id: int, *, above: int = 0) -> dict[str, tuple[int, int]]:
        """Source -> (rebuild_no, id) of its newest record, if its number is above that one.

        Of controls, trials and what is only planned none counts.
        """

    def rescore(
        self, builds: Iterable[Build], score: int, *, actor: str, at: datetime, with_what: str = ""
    ) -> int:
        """Give records another score, in sets, with their events; how many had another.

        One that has moved since it was read stays as it is now. `with_what` ends their sentence.
        """

    def live_slots(self, archive_id: int) -> dict[str, frozenset[str]]:
        """The architectures on which each source has an unfinished build."""

    def with_fate(self, archive_id: int, fate: Fate) -> list[Build]:
        """Records of an archive whose binaries have that fate."""

    def unaccepted_siblings(self, archive_id: int) -> dict[tuple[str, int], str]:
        """(source, rebuild_no) -> an architecture on which that rebuild is not accepted."""

    def unaccepted_uploads(self, archive_id: int) -> frozenset[tuple[str, str]]:
        """(source, version) of uploads of which a build is not accepted."""

    def source_versions(self, build_ids: Collection[int]) -> dict[int, str]:
        """Build id -> the version of the source that it rebuilds."""

    def unfinished_of_sources(self, archive_id: int) -> dict[str, tuple[int, int | None]]:
        """Source -> id and number of the campaign of an unfinished record; None of an upload's."""

    def unfinished(self, archive_id: int) -> list[Build]:
        """Records of an archive that still move by themselves, or are moved by others."""

    def full_after(self, build_ids: Collection[int]) -> list[tuple[int, Build]]:
        """(id of the build before it, record) of the full builds after these under profiles."""

    def running(self, archive_id: int) -> bool:
        """Whether something of an archive is being built at this moment."""

    def no_change_versions(self, archive_id: int, reason: str) -> dict[int, str]:
        """Id of a source -> the version of the newest no-change source made of it so.

        Of campaigns with that reason; whatever became of the builds.
        """

    def made_versions(self, archive_id: int) -> list[tuple[str, str, str, bool]]:
        """(source, its version, version, whether it was built anywhere), by rebuild number."""

    def newest_built(self, archive_id: int) -> dict[tuple[str, str, str], str]:
        """(source, its version, architecture) -> the version that was built there last."""

    def has_next(self, architectures: Sequence[str], *, except_in: Collection[int] = ()) -> bool:
        """Whether a builder of these architectures could take something."""

    def of_source(self, archive_id: int, source: str) -> list[Build]:
        """All records of a source on all architectures, the newest rebuild first."""

    def next_to_build(
        self, architectures: Sequence[str], *, except_in: Collection[int] = ()
    ) -> Build | None:
        """The record with the highest score that a builder of these architectures can take.

        Not of the archives whose ids are in `except_in`.
        """

    def next_waiting(
        self, architectures: Sequence[str], *, except_in: Collection[int] = ()
    ) -> Build | None:
        """What `next_to_build` gives if nobody else asks; others may take it meanwhile."""

    def move(
        self,
        build: Build,
        after: BuildState,
        *,
        actor: str,
        at: datetime,
        sentence: str | None = None,
        told: str | None = None,
        fate: Fate | None = None,
    ) -> Build:
        """Take a record to another state and write the event.

        Args:
            build: the record as it was read.
            after: its next state.
            actor: who did it.
            at: when.
            sentence: why; None: what the state means.
            told: what the event says, where that is more than the record's sentence.
            fate: of its binaries; None: as it was.

        Raises:
            ConflictError: the table forbids it, the record has moved since it was read, or
                another record of the slot is live (I2).
        """

    def move_all(
        self,
        builds: Iterable[Build],
        after: BuildState,
        *,
        actor: str,
        at: datetime,
        sentence: str,
    ) -> int:
        """Take records to another state in sets, with their events; how many there were.

        One that has moved since it was read stays where it is now.

        Raises:
            ConflictError: the table forbids it to one of them.
        """

    def move_each(
        self, moves: Iterable[tuple[Build, str]], after: BuildState, *, actor: str, at: datetime
    ) -> int:
        """Take records to another state, each with its own sentence; how many there were. In sets.

        One that has moved since it was read stays where it is now.

        Raises:
            ConflictError: the table forbids it to one of them, or another record of the slot of
                one is live (I2).
        """

    def tell(self, builds: Iterable[Build], sentence: str, *, actor: str, at: datetime) -> None:
        """Write an event of records that stay in their state, in sets."""

    def set_new_source(self, build_ids: Sequence[int], source_id: int) -> None:
        """Have these builds be of a no-change source, which is made now."""

    def set_fate(self, words: Mapping[int, str], fate: Fate, *, actor: str, at: datetime) -> None:
        """Note what became of builds' binaries, with an event where that is new, in sets.

        Args:
            words: id of a build -> the sentence of its event.
            fate: of all of them.
            actor: who or what did it.
            at: when.
        """

    def events(self, build_id: int) -> list[BuildEvent]:
        """What happened to a record, the oldest first."""

    def add_attempt(
        self,
        build: Build,
        *,
        builder: str,
        edition: int,
        view_id: int,
        token_hash: str,
        view_token_hash: str,
        at: datetime,
    ) -> Attempt:
        """The next attempt of a build; the older ones stay as they are.

        Raises:
            ConflictError: the build does not wait for a builder, or moved since it was read.
        """

    def attempt(self, attempt_id: int) -> Attempt:
        """One attempt; NotFoundError if there is none."""

    def attempt_of_token(self, attempt_id: int, token_hash: str) -> Attempt | None:
        """The attempt, if that is the hash of its token and it has not ended."""

    def attempt_of_view_token(self, view_token_hash: str) -> Attempt | None:
        """The running attempt that may read a view with that token."""

    def attempts(self, build_ids: Iterable[int]) -> dict[int, list[Attempt]]:
        """The attempts of builds, in order."""

    def current_attempt(self, build: Build) -> Attempt | None:
        """The newest attempt of a build."""

    def saw_attempt(self, attempt_id: int, at: datetime) -> None:
        """Note that the builder of an attempt is alive."""

    def set_log_bytes(self, attempt_id: int, size: int) -> None:
        """Note how long an attempt's log is."""

    def set_result(self, attempt_id: int, result: Mapping[str, object]) -> None:
        """Keep what the builder reported first; it is judged afterwards."""

    def finish_attempt(self, attempt_id: int, *, outcome: str, at: datetime) -> None:
        """End an attempt: its tokens are worth nothing from now on."""

    def silent_attempts(self, before: datetime) -> list[Attempt]:
        """Running attempts whose builder was not heard of since a moment."""

    def put_file(self, attempt_id: int, file: AttemptFile) -> None:
        """Enter a file that the builder sent; sent again, the newest counts.

        Raises:
            GoneError: the attempt has ended, and what it brought stays as it is.
        """

    def files(self, attempt_ids: Iterable[int]) -> dict[int, list[AttemptFile]]:
        """The files of attempts by name."""


class Chroots(Protocol):
    """What each cached build environment holds."""

    def register(
        self,
        archive_id: int,
        *,
        architecture: str,
        recipe: str,
        packages: Sequence[tuple[str, str, str]],
        base: Membership | None,
        own: Sequence[OwnBinary],
        at: datetime,
    ) -> str:
        """The key of a chroot that holds these (name, version, architecture) packages of a view.

        The key is made of the packages' SHA-256s: an equal name and version may have other bytes
        in another archive.

        Raises:
            InvalidInputError: too many packages, or one that the view does not show.
        """

    def package_names(self, archive_id: int, architecture: str) -> frozenset[str]:
        """Names of the packages that the archive's chroots of an architecture hold."""

    def valid_keys(
        self,
        archive_id: int,
        architecture: str,
        *,
        base: Membership,
        own: Sequence[OwnBinary],
    ) -> list[str]:
        """Keys of chroots all of whose packages a view of this base and these own binaries shows.

        The newest first. Of own binaries those count whose names `package_names` has.
        """
