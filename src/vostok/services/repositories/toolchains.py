"""Toolchains and their revisions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from vostok.domain.toolchain_revision import ToolchainRevision


class Toolchains(Protocol):
    """Toolchains and their revisions."""

    def add(
        self, name: str, revision: int, spec: Mapping[str, object], *, by: str, at: datetime
    ) -> ToolchainRevision:
        """A new revision.

        Raises:
            ConflictError: somebody else made a revision of that number meanwhile.
        """

    def lock(self, name: str) -> None:
        """Have others who lock a toolchain of that name wait until this transaction ends.

        There need not be one.
        """

    def newest(self, name: str) -> ToolchainRevision | None:
        """The newest revision of a toolchain."""

    def named(self, name: str) -> ToolchainRevision:
        """The newest revision; NotFoundError if there is none."""

    def by_id(self, toolchain_id: int) -> ToolchainRevision:
        """One revision."""

    def all(self) -> list[ToolchainRevision]:
        """All revisions, by name and number."""
