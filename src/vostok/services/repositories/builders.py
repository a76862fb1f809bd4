"""Builders: what they said of themselves, and what is decided about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from vostok.domain.build import Attempt
from vostok.domain.builder import Builder, BuilderState


class Builders(Protocol):
    """The machines that build."""

    def find(self, name: str) -> Builder | None:
        """The builder of that name, if it was added or ever asked for work."""

    def lock(self, name: str) -> Builder | None:
        """The same, which stays as it is until this transaction ends."""

    def saw(self, name: str, architectures: Sequence[str], at: datetime) -> None:
        """Note that a builder asked for work."""

    def admit(self, name: str, *, by: str, at: datetime) -> None:
        """Let a builder in, as one that was added by hand; also one that was removed."""

    def own(self, name: str, *, by: str, at: datetime) -> None:
        """Note that a builder has a token of its own, if it had none."""

    def set_state(
        self, name: str, state: BuilderState, *, reason: str | None, by: str, at: datetime
    ) -> None:
        """Say whether builds are handed to a builder, and why."""

    def all(self) -> list[Builder]:
        """All builders by name."""

    def running_attempts(self, name: str) -> list[Attempt]:
        """The attempts of a builder that have not ended, the oldest first. O(attempts).

        For a writing transaction: they stay as they are until it ends.
        """
