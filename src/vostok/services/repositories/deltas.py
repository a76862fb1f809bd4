"""What derived suites have of their own."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from vostok.domain.package import (
    BinaryMember,
    DeltaKind,
    Membership,
    NewBinary,
    NewSource,
    OwnBinary,
    SourceRelease,
)
from vostok.domain.sync import LocalChange


class Deltas(Protocol):
    """What derived suites have of their own."""

    def add(
        self,
        suite_id: int,
        *,
        kind: DeltaKind,
        sources: Sequence[NewSource],
        binaries: Sequence[NewBinary],
        build_id: int | None = None,
        toolchain_id: int | None = None,
        base_version: str | None = None,
        superseded_by: int | None = None,
        is_view_only: bool = False,
    ) -> None:
        """Store releases made here; no edition and no publication shows them yet.

        `base_version` is the parents' version that a source was made against; `superseded_by` the
        derivation in which the parents had a newer one already, so that it is never shown. What
        is `is_view_only` no publication ever shows.

        Raises:
            ConflictError: a binary has the name, version and architecture of one that the
                archive has already, and other bytes (I6).
        """

    def lock(self, suite_id: int) -> None:
        """Have others who add to the suite, or change what it takes, wait for the end of this."""

    def has_shown(self, suite_id: int, toolchain_id: int | None) -> bool:
        """Whether clients see something made in a suite, or will with the next publication."""

    def has_pending(self, suite_id: int) -> bool:
        """Whether something waits for the next edition."""

    def cut_edition(self, suite_id: int, at: datetime) -> int:
        """The next edition, which shows all that waited for it; its number."""

    def edition_at(self, suite_id: int) -> float | None:
        """When the newest edition was cut, in seconds since 1970."""

    def publish(self, suite_id: int, number: int, delta_ids: Iterable[int]) -> None:
        """Show these binaries from publication `number` on, in the place of older ones."""

    def binaries_in_edition(
        self,
        suite_id: int,
        edition: int,
        toolchain_id: int | None,
        *,
        names: Collection[str] | None = None,
    ) -> list[OwnBinary]:
        """Own binaries that a view shows: those of no toolchain, and those of this one.

        All, or those of these names: then it costs the names.
        """

    def published_binaries(self, suite_id: int, publication: int) -> list[OwnBinary]:
        """Own binaries that a publication shows."""

    def unpublished_binaries(self, suite_id: int) -> list[OwnBinary]:
        """Accepted own binaries that no publication has shown and none newer replaced."""

    def own_binaries_of(self, suite_id: int, source: str) -> list[OwnBinary]:
        """All accepted own binaries of a source that nothing newer replaced in the view."""

    def accepted_binaries(self, suite_id: int) -> list[OwnBinary]:
        """All accepted own binaries that nothing newer replaced in the view, shown yet or not."""

    def binaries_of_versions(
        self, suite_id: int, versions: Mapping[str, str | None], *, edition: int | None = None
    ) -> list[OwnBinary]:
        """Accepted own binaries of sources, the oldest first, replaced ones too; no toolchain's.

        Args:
            suite_id: where they were made.
            versions: source -> its version; None for all of its versions.
            edition: that must have come after they were accepted; None: none need have.
        """

    def own_sources(self, suite_id: int) -> list[SourceRelease]:
        """Every source release made here."""

    def local_changes(self, suite_id: int) -> dict[str, LocalChange]:
        """The newest source of somebody's own for each name, unless the parents took its place."""

    def supersede(
        self, suite_id: int, derivation: int, sources: Iterable[str], kinds: Iterable[DeltaKind]
    ) -> None:
        """Let the parents' own packages of these sources stand in the place of what was made here.

        Views and publications that are there show what they showed; the next ones do not.
        """

    def contradicting(self, suite_id: int, base: Membership) -> BinaryMember | None:
        """A binary of a base that was made here as well, under the same version, with other bytes.

        O(own binaries).
        """

    def set_base_versions(self, suite_id: int, versions: Mapping[str, str]) -> None:
        """Note what local changes are compared with from now on: source -> parents' version."""

    def own_bytes_of(self, suite_ids: Collection[int]) -> Mapping[int, int]:
        """Suite id -> how large the packages made here are, each file once; without zeros."""

    def swapped_sources(self, suite_id: int) -> frozenset[str]:
        """Names of the sources that toolchains of a suite make anew."""

    def forget_swaps(self, suite_id: int) -> None:
        """Have the packages of every toolchain made anew when they are needed next."""

    def swap_suffix(self, suite_id: int, toolchain_id: int) -> str | None:
        """The version suffix of the packages that swap the toolchain, if they are made."""

    def add_swap(
        self,
        suite_id: int,
        toolchain_id: int,
        *,
        suffix: str,
        producers: Mapping[str, Sequence[str]],
        at: datetime,
    ) -> None:
        """Note that the packages that swap the toolchain are made, and what they compile as."""

    def swap_producers(self, suite_id: int, toolchain_id: int, architecture: str) -> list[str]:
        """Patterns of what the toolchain's compilers call themselves on an architecture."""
