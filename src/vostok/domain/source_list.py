"""Lists of an archive's sources: which of them are asked for, and in what pieces."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

PIECE_MAX: Final = 500


class SourceGroup(StrEnum):
    """Which of an archive's sources are listed."""

    TAKEN = "taken"
    CHANGED = "changed"
    """Those that somebody uploaded here, in the place of a parent's or new."""
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceList:
    """Which sources are asked for. They come by name.

    Attributes:
        text: a part of their names.
        component: in which they stand; empty: in any.
        section: the field Section, without the component before its slash; empty: any.
        after: a name behind which the piece begins.
        before: a name in front of which the piece ends; instead of `after`.
        limit: how many sources the piece has at most; None: all.
    """

    group: SourceGroup = SourceGroup.TAKEN
    text: str = ""
    component: str = ""
    section: str = ""
    after: str = ""
    before: str = ""
    limit: int | None = PIECE_MAX

    @property
    def is_narrowed(self) -> bool:
        """Whether some of the group are left out, wherever the piece begins."""
        return bool(self.text or self.component or self.section)


class ShownSource(NamedTuple):
    """A source as a list shows it.

    Attributes:
        version: what stands here: the local one if there is one.
        component: empty where it is not known: of what was removed, or uploaded here.
        section: empty where it is not known.
        base_version: the parents' version; empty if they have none.
        is_changed: whether somebody uploaded it here.
    """

    name: str
    version: str
    component: str = ""
    section: str = ""
    base_version: str = ""
    is_changed: bool = False
