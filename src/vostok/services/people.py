"""Who a token stands for."""

from vostok.domain.access import ANONYMOUS, Principal, Role, token_hash
from vostok.errors import NotAuthenticatedError
from vostok.services.ports import Clock
from vostok.services.repositories import Database


class PeopleService:
    """Finds principals. Tokens are stored as hashes only."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def let_in(self, name: str, role: Role, token: str) -> None:
        """Accept a token, and from now on no other of the same name."""
        with self._database.write() as transaction:
            transaction.archives.put_token(
                token_hash=token_hash(token), name=name, role=role, at=self._clock.now()
            )

    def principal(self, token: str | None) -> Principal:
        """Whom a bearer token stands for; without one, anonymous.

        Raises:
            NotAuthenticatedError: nobody has that token.
        """
        if token is None:
            return ANONYMOUS
        with self._database.read() as transaction:
            principal = transaction.archives.principal_of(token_hash(token))
        if principal is None:
            raise NotAuthenticatedError(
                "the token is not known here", hint="give the one in the data root's admin.token"
            )
        return principal
