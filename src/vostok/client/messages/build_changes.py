"""What is said of changes of many builds."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class BuildChoice(TypedDict, total=False):
    """The builds that are meant: those to which everything that is given applies.

    The score is only to rescore them; the reason is kept in events and audit log.
    """

    ids: list[int] | None
    states: list[str]
    selection: str | None
    campaign: int | None
    architecture: str | None
    text: str
    dry_run: bool
    score: int
    reason: str | None


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
