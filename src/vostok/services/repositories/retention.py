"""Taking old publications and the indices of old views away."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class OldPublications(Protocol):
    """What is shown no more, and who still speaks of it."""

    def needed(self, suite_id: int) -> set[int]:
        """Numbers of publications of a suite that others are derived from."""

    def keep(self, publication_id: int, *, label: str, by: str) -> None:
        """Note that somebody keeps a publication, and what they call it."""

    def release(self, publication_id: int) -> None:
        """Note that nobody keeps a publication any more."""

    def remove(self, suite_id: int, numbers: Sequence[int]) -> set[str]:
        """Take publications away; SHA-256s of their index files, which others may name too.

        The suite's packages and what was made in it stay, and so does which bytes a path of its
        pool stood for: no other may ever stand there (I6).
        """

    def idle_views(self, suite_id: int, before: datetime) -> list[int]:
        """Ids of a suite's views with indices of before a moment, that nobody needs now.

        No running attempt reads them, and of the same toolchain and mode there is a newer edition.
        """

    def remove_view_indices(self, view_ids: Sequence[int]) -> set[str]:
        """Have views without indices until somebody asks; SHA-256s of their files."""
