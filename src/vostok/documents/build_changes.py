"""Documents of changes of many builds at once."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class ChosenBuildView(TypedDict):
    """A build that a change is for, in the state it had before."""

    id: int
    source: str
    architecture: str
    version: str
    campaign: int | None
    state: str
    score: int


class RefusedBuildView(TypedDict):
    """A build that stays as it is, with a stable code and the reason."""

    id: int
    source: str
    architecture: str
    state: str
    code: str
    sentence: str


class ChangedBuildsView(TypedDict):
    """What a change did, or, in a dry run, would do.

    `left_alone` counts builds that a selection or a campaign took in whose state the change is
    not for: those that are named by id or state are among the refused instead.
    """

    change: str
    dry_run: bool
    changed: list[ChosenBuildView]
    refused: list[RefusedBuildView]
    left_alone: int
