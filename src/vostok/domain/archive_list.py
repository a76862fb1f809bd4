"""Which archives of many are wanted."""

from dataclasses import dataclass
from typing import Final

from vostok.domain.archive import Archive, ArchiveKind, ArchiveState


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveList:
    """The archives that are wanted; each thing that is said narrows them.

    Attributes:
        text: what their names hold, in upper or lower case.
        kind: images of others' archives, or derived ones.
        state: the one that they are in.
        by: the name of who asked for them.
    """

    text: str = ""
    kind: ArchiveKind | None = None
    state: ArchiveState | None = None
    by: str | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is left out."""
        return self != EVERY_ARCHIVE

    def admits(self, archive: Archive) -> bool:
        """Whether an archive is among them."""
        return (
            self.text.lower() in archive.name  # which is in lower case
            and self.kind in {None, archive.kind}
            and self.state in {None, archive.state}
            and self.by in {None, archive.requested_by}
        )


EVERY_ARCHIVE: Final = ArchiveList()
