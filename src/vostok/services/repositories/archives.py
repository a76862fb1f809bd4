"""Archives and their suites."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from vostok.domain.archive import (
    Archive,
    ArchiveKind,
    ArchiveState,
    DependencyMode,
    Keep,
    RebuildPolicy,
    Serve,
    Suite,
    SuiteRole,
)
from vostok.domain.derivation import OnRemoval
from vostok.domain.rebuild_version.schemes import VersionScheme


class Archives(Protocol):
    """Archives and their suites."""

    def add(
        self,
        *,
        name: str,
        kind: ArchiveKind,
        at: datetime,
        requested_by: str,
        tag: str = "",
        policy: RebuildPolicy = RebuildPolicy.NEVER,
        toolchain_id: int | None = None,
        keep: Keep = Keep.NEEDED,
        serve: Serve = Serve.FETCH,
        scheme: VersionScheme = VersionScheme.SAFE,
        vendor: str = "",
    ) -> Archive:
        """A new archive in state `preparing`."""

    def find(self, name: str) -> Archive | None:
        """The archive of that name."""

    def named(self, name: str) -> Archive:
        """The archive of that name; NotFoundError if there is none."""

    def by_id(self, archive_id: int) -> Archive | None:
        """The archive of that id."""

    def all(self) -> list[Archive]:
        """All archives by name."""

    def set_state(self, archive_id: int, state: ArchiveState) -> None:
        """Mark how far the archive is."""

    def set_key(self, archive_id: int, fingerprint: str) -> None:
        """Remember the archive's signing key."""

    def set_storage(self, archive_id: int, *, keep: Keep, serve: Serve) -> None:
        """Say how the archive gets and gives files that only its parents have."""

    def set_accepts_binaries(self, archive_id: int, *, is_accepted: bool) -> None:
        """Say whether uploads may hold binaries beside their source."""

    def set_policy(self, archive_id: int, policy: RebuildPolicy) -> None:
        """Say when sources of the archive may be built again."""

    def lock(self, archive_id: int) -> None:
        """Have others who lock the archive wait until this transaction ends."""

    def set_scheme(self, archive_id: int, *, scheme: VersionScheme, vendor: str) -> None:
        """Say how the archive makes the versions of its rebuilds."""

    def set_makes_binnmus(self, archive_id: int, *, makes_binnmus: bool) -> None:
        """Say whether an external archive may rebuild as `+bN` itself."""

    def set_makes_ubuntu_versions(self, archive_id: int, *, are_made: bool) -> None:
        """Say whether an external archive may make `buildN` and `ubuntuN` itself."""

    def add_suite(
        self,
        *,
        archive_id: int,
        name: str,
        codename: str,
        components: Sequence[str],
        architectures: Sequence[str],
        mirror: str | None = None,
        mirrors: Mapping[str, str] | None = None,
        role: SuiteRole = SuiteRole.SUITE,
        dependencies: DependencyMode = DependencyMode.OWN,
        on_removal: OnRemoval = OnRemoval.DROP,
    ) -> Suite:
        """A new suite, empty, at snapshot, derivation, edition and publication 0."""

    def suite(self, suite_id: int) -> Suite:
        """The suite of that id."""

    def suites(self, archive_id: int) -> list[Suite]:
        """The suites of an archive that people see, in the order in which they came."""

    def suites_of(self, archive_ids: Collection[int]) -> Mapping[int, list[Suite]]:
        """Archive id -> the same, of several archives; without those that have none."""

    def children_of(self, archive_id: int) -> list[Archive]:
        """The archives whose first parent is this one, by name."""

    def find_suite(
        self, archive_id: int, name: str, role: SuiteRole = SuiteRole.SUITE
    ) -> Suite | None:
        """The suite of that name or codename."""

    def set_snapshot(self, suite_id: int, number: int) -> None:
        """Note the number of an image's newest snapshot."""

    def set_suite_source(
        self,
        suite_id: int,
        *,
        codename: str,
        components: Sequence[str],
        architectures: Sequence[str],
        mirror: str,
        mirrors: Mapping[str, str],
    ) -> None:
        """Note what the newest import of an external suite held."""

    def derived_from(self, archive_id: int) -> list[str]:
        """Names of the archives that have, or had, a suite of this one as parent."""
