"""Robots: persons that are programs."""

from datetime import datetime
from typing import Protocol

from vostok.domain.person import Person


class Robots(Protocol):
    """What robots are for, and who answers for them."""

    def add(self, person_id: int, *, purpose: str, answerable_id: int) -> None:
        """Note that a new person is a robot."""

    def change(self, person_id: int, *, purpose: str, answerable_id: int) -> None:
        """Change what it is for, and who answers for it."""

    def answered_by(self, person_id: int) -> list[Person]:
        """Those for which a person answers, by name, without deleted ones."""

    def count(self) -> int:
        """How many there are that were not deleted."""

    def count_made(self, by: str) -> int:
        """How many somebody made in all; the names of deleted ones stay taken."""

    def delete(self, person_id: int, *, by: str, at: datetime) -> None:
        """Leave nothing of one but its name: it is shut out, holds no right and is in no team.

        Its tokens and keys are ended apart (`People.end_tokens_and_keys`).
        """
