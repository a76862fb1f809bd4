"""The port behind which is kept what a base says of its sources, and its binaries of them."""

from collections.abc import Collection, Mapping
from typing import NamedTuple, Protocol

from vostok.domain.package import Membership
from vostok.domain.plain_sources import KnownSources
from vostok.domain.workload import Sizes


class BinaryFacts(NamedTuple):
    """What binaries say of their sources, by the sources' names."""

    breaking: Mapping[str, str]
    """Source -> which of its packages wants which, so that rebuilding a part would break it."""
    unclear: Mapping[str, str]
    """The same where it is not known whether it would."""
    continued: Mapping[str, Mapping[str, tuple[str, ...]]]
    """Source -> its version -> versions of its binaries that continue it: `1.2-3+b1`."""


class BaseFacts(NamedTuple):
    """What decides about the rebuilds of all sources of a base."""

    sources: KnownSources
    """Its current sources by name; of those of one name the newest."""
    binaries: BinaryFacts


class FactCache(Protocol):
    """Facts that were made before. Any of them may be lost at any time."""

    def find(self, members: Membership, fingerprint: str) -> BaseFacts | None:
        """What was kept of exactly these members, if it is here and whole."""

    def numbers(self, suite_id: int) -> list[int]:
        """The numbers of a suite of which there seems to be something, the highest first."""

    def put(self, members: Membership, fingerprint: str, facts: BaseFacts) -> None:
        """Keep facts; older ones of the suite may go."""

    def find_sizes(self, members: Membership, fingerprint: str) -> Sizes | None:
        """What was kept of the sizes of exactly these members, if it is here and whole."""

    def put_sizes(self, members: Membership, fingerprint: str, sizes: Sizes) -> None:
        """Keep sizes; older ones of the suite may go."""

    def forget(self, suite_ids: Collection[int]) -> None:
        """Take away all facts and sizes of some suites."""


class NothingKept:
    """Implements `FactCache` without keeping anything."""

    def find(self, members: Membership, fingerprint: str) -> None:
        """None."""

    def numbers(self, suite_id: int) -> list[int]:  # noqa: ARG002 - the port's
        """None."""
        return []

    def put(self, members: Membership, fingerprint: str, facts: BaseFacts) -> None:
        """Nothing."""

    def find_sizes(self, members: Membership, fingerprint: str) -> None:
        """None."""

    def put_sizes(self, members: Membership, fingerprint: str, sizes: Sizes) -> None:
        """Nothing."""

    def forget(self, suite_ids: Collection[int]) -> None:
        """Nothing."""
