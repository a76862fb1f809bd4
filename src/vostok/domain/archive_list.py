"""Which archives of many are wanted."""

from dataclasses import dataclass
from typing import Final

from vostok.domain.archive import Archive
from vostok.domain.list_filter import EVERYTHING, ListFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveList:
    """The archives that are wanted; each thing that is said narrows them.

    Attributes:
        narrowed: by a text in their names, by kinds, by states.
        by: the name of who asked for them.
    """

    narrowed: ListFilter = EVERYTHING
    by: str | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is left out."""
        return self != EVERY_ARCHIVE

    def admits(self, archive: Archive) -> bool:
        """Whether an archive is among them."""
        return self.by in {None, archive.requested_by} and self.narrowed.admits(
            [archive.name], kind=archive.kind, state=archive.state
        )


EVERY_ARCHIVE: Final = ArchiveList()
