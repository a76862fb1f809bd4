"""What attempts were built with."""

from collections.abc import Callable, Sequence
from typing import Protocol


class Environments(Protocol):
    """Installed-Build-Depends of attempts, as their .buildinfo files say."""

    def record(self, attempt_id: int, packages: Sequence[tuple[str, str, str]]) -> None:
        """Keep the (name, version, architecture) that an attempt was built with. Twice is once."""

    def packages(self, attempt_id: int) -> list[tuple[str, str, str]]:
        """(name, version, architecture) of what an attempt was built with, by name."""

    def built_with(
        self, archive_id: int, name: str, is_meant: Callable[[str], bool]
    ) -> dict[int, str]:
        """Build -> the version of a package that it was built with, where that is meant.

        Of the attempt that was accepted, of every build of the archive.
        """

    def recorded(self, archive_id: int) -> frozenset[int]:
        """The builds of an archive whose environment is known."""
