"""Which identities, at providers of them, are which persons here."""

from datetime import datetime
from typing import Protocol

from vostok.domain.identity import Identity
from vostok.domain.person import Person


class Identities(Protocol):
    """Each identity is one person's; a person may have several."""

    def person_of(self, identity: Identity) -> Person | None:
        """Whose identity it is, shut out or not; None: nobody's yet."""

    def persons_with_address(self, email: str) -> list[Person]:
        """All persons with that address, in whatever case it is written."""

    def link(self, person_id: int, identity: Identity, at: datetime) -> None:
        """From now on that identity is that person."""
