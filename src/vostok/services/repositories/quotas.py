"""Quotas, and what is used of them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from vostok.domain.quota import Ledger, Limits, Quota, Subject


class Quotas(Protocol):
    """Limits of archives, persons and teams."""

    def all(self) -> list[Quota]:
        """Every limit that was set, by subject."""

    def put(self, subject: Subject, limits: Limits, *, by: str, at: datetime) -> Quota:
        """Set the limits of a subject, in the place of its former ones.

        Raises:
            NotFoundError: there is no such archive, person or team.
        """

    def remove(self, subject: Subject) -> bool:
        """Take the limits of a subject away; whether it had any of its own.

        Raises:
            NotFoundError: there is no such archive, person or team.
        """

    def check_there(self, subject: Subject) -> None:
        """Nothing, if there is such an archive, person or team; else NotFoundError."""

    def ledger(self) -> Ledger:
        """All limits and all archives, with what these use. O(archives)."""

    def lock(self, subjects: Iterable[Subject]) -> None:
        """Have others who lock one of these subjects wait until this transaction ends."""

    def unfinished_builds(self) -> Mapping[int, int]:
        """How many builds have not ended, by the archive's id; the others have none.

        O(such builds), of which only an index is read.
        """

    def add_fetched(self, archive_id: int, size: int) -> None:
        """Count bytes of parents' files that were fetched ahead for an archive."""
