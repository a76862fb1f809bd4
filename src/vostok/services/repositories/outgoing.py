"""No-change sources that were made as files for other archives."""

from collections.abc import Sequence
from typing import Protocol

from vostok.domain.outgoing import OutgoingSource


class Outgoing(Protocol):
    """The sources whose files left, or may leave, an archive for others."""

    def put(self, archive_id: int, sources: Sequence[OutgoingSource]) -> None:
        """Note them, each in the place of an older one that was made of the same source."""

    def of_archive(self, archive_id: int) -> dict[tuple[str, str], OutgoingSource]:
        """(source, its version) -> the one that was made of it. O(outgoing sources)."""

    def find(self, archive_id: int, source: str, source_version: str) -> OutgoingSource | None:
        """The one that was made of a source."""

    def versions(self, archive_id: int) -> list[tuple[str, str]]:
        """(source, version) of all that were made."""
