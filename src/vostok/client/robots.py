"""Calls of robots. Their tokens and keys are those of persons."""

from collections.abc import Iterator, Sequence

from vostok.client.asking import Asking, filtered, part
from vostok.client.messages.people import NewRobot, Person, PersonWithAccess


class RobotCalls(Asking):
    """Calls of robots."""

    def robots(self, *, text: str = "", states: Sequence[str] = ()) -> Iterator[Person]:
        """The robots on which one may act, by name."""
        return self._listed(Person, "robots", "robots", filtered(text, states=states))

    def robot(self, name: str) -> PersonWithAccess:
        """One robot with its keys and tokens."""
        return self._one(PersonWithAccess, "GET", f"robots/{part(name)}")

    def add_robot(self, name: str, *, purpose: str, answerable: str | None = None) -> NewRobot:
        """A new robot; without another who answers for it, whoever asks does."""
        body = {"name": name, "purpose": purpose, "answerable": answerable}
        return self._one(NewRobot, "POST", "robots", body)

    def change_robot(
        self, name: str, *, purpose: str | None = None, answerable: str | None = None
    ) -> Person:
        """The robot; what is not named stays as it is."""
        given = {"purpose": purpose, "answerable": answerable}
        body = {key: value for key, value in given.items() if value is not None}
        return self._one(Person, "PATCH", f"robots/{part(name)}", body)

    def delete_robot(self, name: str) -> None:
        """End a robot with all by which it comes in."""
        self._done("DELETE", f"robots/{part(name)}")
