"""Comparing two campaigns: what became of each build in one, beside the same in the other.

A build is looked up by source and architecture. Which of the two campaigns is the older does not
matter: «now» is the second of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from itertools import chain
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple, Protocol

from vostok.domain.build import LIVE_STATES, BuildState
from vostok.domain.rebuild_request import UNSUCCESSFUL_STATES


class CampaignGroup(StrEnum):
    """What two campaigns say of one source on one architecture, in the order of interest."""

    NOW_FAILS = "now-fails"
    FAILS_IN_BOTH = "fails-in-both"
    NOW_BUILDS = "now-builds"
    UNFINISHED = "unfinished"
    NO_VERDICT = "no-verdict"
    ONLY_FIRST = "only-first"
    ONLY_SECOND = "only-second"
    BUILT_IN_BOTH = "built-in-both"


GROUP_SENTENCES: Mapping[CampaignGroup, str] = MappingProxyType(
    {
        CampaignGroup.NOW_FAILS: "built in campaign {first}, fails in {second}: look at its log",
        CampaignGroup.FAILS_IN_BOTH: "fails in {first} and in {second}: nothing got worse",
        CampaignGroup.NOW_BUILDS: "failed in campaign {first}, built in {second}",
        CampaignGroup.UNFINISHED: "has not ended in at least one campaign: ask again later",
        CampaignGroup.NO_VERDICT: "was cancelled, superseded or not for us in at least one "
        "campaign: retry it if it matters",
        CampaignGroup.ONLY_FIRST: "only campaign {first} has a build of it",
        CampaignGroup.ONLY_SECOND: "only campaign {second} has a build of it",
        CampaignGroup.BUILT_IN_BOTH: "built in {first} and in {second}",
    }
)
"""Each with the numbers of the two campaigns to fill in."""


class Ending(StrEnum):
    """What a state says of whether the source builds."""

    BUILT = "built"
    FAILED = "failed"
    UNFINISHED = "unfinished"
    NO_VERDICT = "no-verdict"


class Placed(Protocol):
    """What is compared of a build: a whole one has it too."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def source(self) -> str:
        """The source's name."""

    @property
    def architecture(self) -> str:
        """Of the slot: one, or `all`."""

    @property
    def rebuild_no(self) -> int:
        """Which of the source's rebuilds it is."""

    @property
    def state(self) -> str:
        """Of `BuildState`."""


class PlacedBuild(NamedTuple):
    """A build with nothing but that: tens of thousands are read at once."""

    id: int
    source: str
    architecture: str
    rebuild_no: int
    state: str


class ComparedBuilds(NamedTuple):
    """The builds of one source on one architecture; at least one is there."""

    source: str
    architecture: str
    first: Placed | None
    second: Placed | None
    group: CampaignGroup

    @property
    def failed(self) -> Placed | None:
        """The build of the second campaign, if it failed."""
        if self.second is None or ending_of(self.second.state) is not Ending.FAILED:
            return None
        return self.second


@cache
def ending_of(state: str) -> Ending:
    """What a state says; one that has ended without building or failing has no verdict."""
    if state == BuildState.BUILT:
        return Ending.BUILT
    if state in UNSUCCESSFUL_STATES:
        return Ending.FAILED
    return Ending.UNFINISHED if state in LIVE_STATES else Ending.NO_VERDICT


@cache
def group_of(first: str | None, second: str | None) -> CampaignGroup:
    """The group of two states, of which one may be missing.

    Raises:
        ValueError: both are.
    """
    if first is None and second is None:
        raise ValueError("a build that is in neither campaign")
    if second is None:
        return CampaignGroup.ONLY_FIRST
    if first is None:
        return CampaignGroup.ONLY_SECOND
    return _of_endings(ending_of(first), ending_of(second))


def _of_endings(first: Ending, second: Ending) -> CampaignGroup:
    both = (first, second)
    if Ending.UNFINISHED in both:
        return CampaignGroup.UNFINISHED
    if Ending.NO_VERDICT in both:
        return CampaignGroup.NO_VERDICT
    if first is second:
        is_built = first is Ending.BUILT
        return CampaignGroup.BUILT_IN_BOTH if is_built else CampaignGroup.FAILS_IN_BOTH
    return CampaignGroup.NOW_BUILDS if second is Ending.BUILT else CampaignGroup.NOW_FAILS


def sentence_of(group: CampaignGroup, *, first: int, second: int) -> str:
    """What a group means, for people.

    Args:
        group: of whom.
        first: number of the one campaign.
        second: number of the other.
    """
    return GROUP_SENTENCES[group].format(first=first, second=second)


def compared_builds(
    first: Iterable[Placed], second: Iterable[Placed]
) -> tuple[ComparedBuilds, ...]:
    """Every source and architecture of two campaigns, by group, then source, then architecture.

    O(builds). Of several builds of one place in one campaign the newest rebuild counts.
    """
    one, other = _by_place(first), _by_place(second)
    found: dict[CampaignGroup, list[ComparedBuilds]] = {group: [] for group in CampaignGroup}
    for place in (*one, *(place for place in other if place not in one)):
        row = _compared(place, one.get(place), other.get(place))
        found[row.group].append(row)
    for rows in found.values():
        rows.sort(key=itemgetter(0, 1))
    return tuple(chain.from_iterable(found.values()))


def listed_builds(
    rows: Sequence[ComparedBuilds], only: CampaignGroup | None, *, has_unchanged: bool
) -> list[ComparedBuilds]:
    """Those of one group, or all; what was built in both only if it is asked for."""
    if only is not None:
        return [row for row in rows if row.group is only]
    if has_unchanged:
        return list(rows)
    return [row for row in rows if row.group is not CampaignGroup.BUILT_IN_BOTH]


_Place = tuple[str, str]
"""Source and architecture."""


def _compared(place: _Place, first: Placed | None, second: Placed | None) -> ComparedBuilds:
    group = group_of(
        None if first is None else first.state, None if second is None else second.state
    )
    return ComparedBuilds(*place, first, second, group)


def _by_place(builds: Iterable[Placed]) -> dict[_Place, Placed]:
    newest: dict[_Place, Placed] = {}
    for build in builds:
        place = (build.source, build.architecture)
        known = newest.get(place)
        if known is None or (known.rebuild_no, known.id) < (build.rebuild_no, build.id):
            newest[place] = build
    return newest
