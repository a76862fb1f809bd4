"""What the API says of changes of builds: its documents; and what it is asked."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.documents.build_changes import ChangedBuildsView as ChangedBuilds
from vostok.documents.build_changes import ChosenBuildView as ChosenBuild
from vostok.documents.build_changes import RefusedBuildView as RefusedBuild

__all__ = ["BuildChoice", "ChangedBuilds", "ChosenBuild", "RefusedBuild"]


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
