"""Calls of what a person comes in by: passwords, sessions, identities at other servers."""

from collections.abc import Iterator

from vostok.client.asking import Asking, part
from vostok.client.messages.people import (
    Identity,
    NewToken,
    OneTimePassword,
    Person,
    Session,
)


class WayInCalls(Asking):
    """Calls of what a person comes in by."""

    def log_in(self, person: str, password: str, *, name: str, days: int) -> NewToken:
        """A new token of one's own for a password, told only now; asked as nobody."""
        body = {"person": person, "password": password, "name": name, "days": days}
        return self._one(NewToken, "POST", "logins", body)

    def set_password(self, person: str, password: str) -> Person:
        """Another person, who signs in with that password; their sessions end."""
        path = f"persons/{part(person)}/password"
        return self._one(Person, "PUT", path, {"password": password})

    def reset_password(self, person: str) -> OneTimePassword:
        """Another person, with a password for choosing their own, told only now."""
        return self._one(OneTimePassword, "POST", f"persons/{part(person)}/password/resets")

    def vouch(self, person: str) -> OneTimePassword:
        """The same, for somebody who is who they are said to be: all that they had ends."""
        return self._one(OneTimePassword, "POST", f"persons/{part(person)}/guarantees")

    def change_password(self, person: str, *, old: str, new: str) -> Person:
        """Oneself, who signs in with the new password; the old one is proof enough."""
        path = f"persons/{part(person)}/password/changes"
        return self._one(Person, "POST", path, {"old": old, "new": new})

    def sessions(self, person: str) -> Iterator[Session]:
        """The sessions of a person at the pages, the newest first."""
        return self._listed(Session, f"persons/{part(person)}/sessions", "sessions")

    def end_session(self, person: str, session: str) -> None:
        """End one session."""
        self._done("DELETE", f"persons/{part(person)}/sessions/{part(session)}")

    def end_sessions(self, person: str) -> None:
        """End all sessions of a person."""
        self._done("DELETE", f"persons/{part(person)}/sessions")

    def identities(self, person: str) -> Iterator[Identity]:
        """The identities at other servers by which a person signs in, or did."""
        return self._listed(Identity, f"persons/{part(person)}/identities", "identities")

    def unlink_identity(self, person: str, number: int) -> Identity:
        """The identity, by which nobody signs in any more."""
        return self._one(Identity, "DELETE", f"persons/{part(person)}/identities/{number}")

    def link_identity(self, person: str, number: int) -> Identity:
        """The identity, by which its person signs in again."""
        return self._one(Identity, "POST", f"persons/{part(person)}/identities/{number}/links")
