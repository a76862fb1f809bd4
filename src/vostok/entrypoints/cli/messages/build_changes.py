"""What is said of changes of many builds."""

from typing import NotRequired, TypedDict


class BuildChoice(TypedDict):
    """The builds that are meant, and why; the score only to rescore them."""

    ids: list[int] | None
    states: list[str]
    selection: str | None
    campaign: int | None
    architecture: str | None
    text: str
    reason: str | None
    dry_run: bool
    score: NotRequired[int]


class ChosenBuild(TypedDict):
    """A build that is changed, as it was before."""

    id: int
    source: str
    architecture: str
    version: str
    campaign: int | None
    state: str
    score: int


class RefusedBuild(TypedDict):
    """A build that stays as it is, and why."""

    id: int
    source: str
    architecture: str
    state: str
    code: str
    sentence: str


class ChangedBuilds(TypedDict):
    """What a change did, or would do."""

    change: str
    dry_run: bool
    changed: list[ChosenBuild]
    refused: list[RefusedBuild]
    left_alone: int
