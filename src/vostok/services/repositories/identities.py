"""Which identities, at providers of them, are which persons here."""

from datetime import datetime
from typing import Protocol

from vostok.domain.identity import Identity, LinkedIdentity
from vostok.domain.person import Person


class Identities(Protocol):
    """Each identity is one person's; a person may have several."""

    def person_of(self, identity: Identity) -> Person | None:
        """Whose identity it is, shut out or not; None: nobody's yet, or it was unlinked."""

    def is_unlinked(self, identity: Identity) -> bool:
        """Whether it was somebody's, and was taken from them."""

    def of_person(self, person_id: int) -> list[LinkedIdentity]:
        """The identities that are or were a person's, the oldest first."""

    def unlink(
        self, person_id: int, number: int, at: datetime, *, by_owner: bool
    ) -> LinkedIdentity:
        """Have nobody sign in by an identity. One that is unlinked is not its owner's to change.

        Raises:
            NotFoundError: the person has none of that number.
        """

    def link_again(self, person_id: int, number: int, *, by_owner: bool) -> LinkedIdentity:
        """Have its owner sign in by an identity again; by its owner only if it is not withdrawn.

        Raises:
            NotFoundError: the person has none of that number.
        """

    def persons_with_address(self, email: str) -> list[Person]:
        """All persons whose address looks like that one (`vostok.domain.person.looks_like`)."""

    def link(self, person_id: int, identity: Identity, at: datetime) -> None:
        """From now on that identity is that person."""
