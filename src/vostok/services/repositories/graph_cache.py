"""The port behind which dependency graphs are kept that were made before."""

from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from vostok.domain.dependencies.graph import DependencyGraph, MadeGraph
from vostok.domain.package import Membership


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphKey:
    """Which dependency graph: of a membership, on an architecture.

    `fingerprint` is that of the members: a graph of others is not this one.
    """

    members: Membership
    architecture: str
    fingerprint: str


class GraphCache(Protocol):
    """Dependency graphs that were made before. Any of them may be lost at any time."""

    def find(self, key: GraphKey) -> DependencyGraph | None:
        """The graph, if it is here and whole."""

    def has(self, members: Membership, architecture: str) -> bool:
        """Whether there seems to be one; it may turn out to be torn, or of other members."""

    def making(self, key: GraphKey) -> AbstractContextManager[None]:
        """Have others who want to make the same graph wait, in all processes."""

    def find_made(self, key: GraphKey) -> MadeGraph | None:
        """The graph with what is needed to change it, if it is here and whole."""

    def numbers(self, suite_id: int, architecture: str) -> list[int]:
        """The numbers of a suite of which there seem to be graphs, the highest first; not many."""

    def put(self, key: GraphKey, made: MadeGraph) -> None:
        """Keep a graph; older ones of the suite and architecture may go."""

    def forget(self, suite_ids: Collection[int]) -> None:
        """Take away all graphs of some suites."""


class NoGraphs:
    """Implements `GraphCache` without keeping anything."""

    def find(self, key: GraphKey) -> DependencyGraph | None:  # noqa: ARG002 - the port's
        """None."""
        return None

    def has(self, members: Membership, architecture: str) -> bool:  # noqa: ARG002 - the port's
        """False."""
        return False

    def making(self, key: GraphKey) -> AbstractContextManager[None]:  # noqa: ARG002 - the port's
        """Nobody waits."""
        return nullcontext()

    def find_made(self, key: GraphKey) -> MadeGraph | None:  # noqa: ARG002 - the port's
        """None."""
        return None

    def numbers(self, suite_id: int, architecture: str) -> list[int]:  # noqa: ARG002 - the port's
        """None."""
        return []

    def put(self, key: GraphKey, made: MadeGraph) -> None:
        """Nothing."""

    def forget(self, suite_ids: Collection[int]) -> None:
        """Nothing."""
