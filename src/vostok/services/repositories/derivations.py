"""Derivations of suites, and what holds for single sources from one to another."""

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from vostok.domain.derivation import Derivation, Pin, Removal
from vostok.domain.sync import Decision


class Derivations(Protocol):
    """Derivations of suites, and what holds for single sources from one to another."""

    def add(self, suite_id: int, derivation: Derivation) -> None:
        """Make this the suite's newest derivation.

        Raises:
            ConflictError: its number does not follow the newest one's any more.
        """

    def numbered(self, suite_id: int, number: int) -> Derivation:
        """One derivation of a suite; NotFoundError if there is none of that number."""

    def of_suite(self, suite_id: int) -> list[Derivation]:
        """All derivations of a suite, the newest first."""

    def taken(self, suite_id: int, number: int) -> dict[str, str]:
        """Source -> why it is taken, at a derivation whose selection is not «all»."""

    def taken_names(
        self, suite_id: int, number: int, *, among: Collection[str] | None = None
    ) -> frozenset[str]:
        """The sources that are taken at a derivation whose selection is not «all».

        Of these names; None: of all.
        """

    def set_taken(self, suite_id: int, number: int, reasons: Mapping[str, str]) -> None:
        """Say which sources are taken from derivation `number` on, and why. O(taken)."""

    def pins(self, suite_id: int, number: int) -> dict[str, Pin]:
        """The sources that stay behind their parents at a derivation."""

    def set_pins(self, suite_id: int, number: int, pins: Iterable[Pin]) -> None:
        """Say which sources stay behind from derivation `number` on."""

    def put_decisions(self, suite_id: int, number: int, decisions: Iterable[Decision]) -> None:
        """Keep what a sync decided when it made derivation `number`."""

    def decisions(self, suite_id: int, number: int) -> list[Decision]:
        """What was decided about each source that derivation `number` did not leave alone."""

    def decision_counts(self, suite_id: int) -> dict[int, dict[str, int]]:
        """Derivation -> how many decisions of each verdict were made for it."""

    def removals(self, suite_id: int, number: int) -> dict[str, Removal]:
        """The sources that are taken out of a suite at a derivation."""

    def set_removals(self, suite_id: int, number: int, removals: Iterable[Removal]) -> None:
        """Say which sources are taken out from derivation `number` on."""
