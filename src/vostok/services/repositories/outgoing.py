"""No-change sources that were made as files for other archives."""

from collections.abc import Sequence
from typing import Protocol

from vostok.domain.outgoing import OutgoingSource, Wording


class Outgoing(Protocol):
    """The sources whose files left, or may leave, an archive for others."""

    def put(self, archive_id: int, sources: Sequence[OutgoingSource]) -> None:
        """Note new ones; their versions are taken for good."""

    def worded(self, archive_id: int, wording: Wording) -> dict[tuple[str, str], OutgoingSource]:
        """(source, its version) -> the one that was made of it in these words.

        O(outgoing sources of the archive).
        """

    def find(self, archive_id: int, source: str, version: str) -> OutgoingSource | None:
        """The one of that version."""

    def versions(self, archive_id: int) -> list[tuple[str, str]]:
        """(source, version) of all that were made."""
