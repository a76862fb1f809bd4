"""Who handed whom a way in, managing people by a grant."""

from datetime import datetime
from typing import Protocol


class Guarantees(Protocol):
    """Guarantors of persons, until an administrator vouches for them."""

    def add(self, person_id: int, guarantor_id: int, at: datetime) -> None:
        """Note that somebody handed a person a way in; nothing, if it was noted before."""

    def of(self, person_id: int) -> list[str]:
        """The names of a person's guarantors, in order."""

    def by(self, guarantor_id: int) -> list[str]:
        """The names of those whom somebody handed a way in, in order."""

    def since(self, person_id: int) -> datetime | None:
        """Since when a person has guarantors; None: they have none."""

    def all(self) -> dict[str, tuple[str, ...]]:
        """Of each person who has any, the guarantors; all by name."""

    def end(self, person_id: int) -> None:
        """Forget all guarantors of a person."""
