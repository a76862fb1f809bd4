"""Snapshots of external suites, and the releases that come with one."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from vostok.domain.archive import Suite
from vostok.domain.index_plan import PartName
from vostok.domain.package import NewBinary, NewSource
from vostok.domain.publication import IndexFile
from vostok.domain.snapshot import PartChange, Snapshot, SnapshotHead


class ReleaseSpool(Protocol):
    """Releases that were read and checked, and are about to be stored."""

    def add_source(self, digest: bytes, source: NewSource) -> None:
        """Take a source whose stanza has this SHA-256."""

    def add_binary(self, digest: bytes, binary: NewBinary) -> None:
        """Take a binary whose stanza has this SHA-256."""

    def sources(self) -> Iterator[list[tuple[Any, ...]]]:
        """The sources in batches, as the database that made the spool stores them."""

    def binaries(self) -> Iterator[list[tuple[Any, ...]]]:
        """The binaries in batches, as the database that made the spool stores them."""


class Snapshots(Protocol):
    """Snapshots of external suites."""

    def add(
        self,
        suite: Suite,
        head: SnapshotHead,
        changes: Sequence[PartChange],
        spool: ReleaseSpool,
    ) -> Snapshot:
        """The next snapshot of a suite: its newest one, but for the changes.

        Args:
            suite: as it was when the changes were found.
            head: what is known of it apart from its packages.
            changes: one for each part that differs.
            spool: made by the same database; has all that comes and that the suite had not.

        Raises:
            ConflictError: the suite has a newer snapshot than the one it was read with.
            InvalidInputError: one name or path would stand for different bytes.
        """

    def find(self, suite_id: int, number: int) -> Snapshot | None:
        """One snapshot of a suite."""

    def parts(self, suite_id: int) -> list[PartName]:
        """The parts of which the newest snapshot has packages. O(suite)."""

    def stanza_digests(self, suite_id: int, part: PartName) -> dict[bytes, int]:
        """What the newest snapshot lists: SHA-256 of each stanza -> id of its release. O(part)."""

    def files(self, suite_id: int, number: int) -> list[IndexFile]:
        """The mirror's index files of which a snapshot was made, by path; none if dropped."""

    def drop_old_files(self, suite_id: int) -> set[str]:
        """Forget the index files of snapshots that nobody derives from, but for the newest.

        Their SHA-256s; something else may still need some of them.
        """
