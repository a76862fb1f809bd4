"""Calls of persons, their keys and tokens."""

from collections.abc import Iterator, Sequence

from vostok.client.asking import Asking, filtered, part
from vostok.client.messages.people import (
    AccessToken,
    NewToken,
    Person,
    PersonKey,
    PersonWithAccess,
    TokenRequest,
)


class PeopleCalls(Asking):
    """Calls of persons, their keys and tokens."""

    def persons(
        self, *, text: str = "", kinds: Sequence[str] = (), states: Sequence[str] = ()
    ) -> Iterator[Person]:
        """All persons, by name; or those of one kind, `person` or `robot`."""
        return self._listed(Person, "persons", "persons", filtered(text, kinds, states))

    def person(self, name: str) -> PersonWithAccess:
        """One person with their keys and tokens."""
        return self._one(PersonWithAccess, "GET", f"persons/{part(name)}")

    def add_person(self, name: str, *, email: str, role: str = "member") -> Person:
        """A new person."""
        body = {"name": name, "email": email, "role": role}
        return self._one(Person, "POST", "persons", body)

    def disable_person(self, name: str) -> Person:
        """The person, who is shut out."""
        return self._one(Person, "POST", f"persons/{part(name)}/disablements")

    def enable_person(self, name: str) -> Person:
        """The person, who is let in again."""
        return self._one(Person, "POST", f"persons/{part(name)}/enablements")

    def keys(self, *, text: str = "") -> Iterator[PersonKey]:
        """The keys of all persons."""
        return self._listed(PersonKey, "keys", "keys", filtered(text))

    def add_key(self, person: str, *, certificate_base64: str) -> PersonKey:
        """The certificate that a person signs uploads with, now known."""
        body = {"certificate_base64": certificate_base64}
        return self._one(PersonKey, "POST", f"persons/{part(person)}/keys", body)

    def revoke_key(self, person: str, fingerprint: str) -> PersonKey:
        """The key, by which nothing is accepted any more."""
        return self._one(PersonKey, "DELETE", f"persons/{part(person)}/keys/{part(fingerprint)}")

    def tokens(self, *, text: str = "") -> Iterator[AccessToken]:
        """What is known of the tokens of all persons."""
        return self._listed(AccessToken, "tokens", "tokens", filtered(text))

    def create_token(self, person: str, request: TokenRequest) -> NewToken:
        """A new token, which is told only now."""
        return self._one(NewToken, "POST", f"persons/{part(person)}/tokens", request)

    def revoke_token(self, person: str, name: str) -> AccessToken:
        """The token, which opens nothing any more."""
        return self._one(AccessToken, "DELETE", f"persons/{part(person)}/tokens/{part(name)}")
