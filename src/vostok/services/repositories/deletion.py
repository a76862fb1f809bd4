"""Taking an archive's rows away, and what is left of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from vostok.domain.deletion import Candidate, CandidateKind, Tombstone


class Deletion(Protocol):
    """Taking an archive's rows away, and what goes with them."""

    def hold_names(self) -> None:
        """Until this transaction ends nobody frees a file or a release.

        Whoever begins to name files that are stored asks for this first, and then whether they
        are (still) there. Many hold it at a time.
        """

    def lock_names(self) -> None:
        """Until this transaction ends nobody begins to name a file or a release.

        Whoever frees files asks for this first, and then whether anybody needs them.
        """

    def files_of(self, archive_id: int) -> set[str]:
        """SHA-256s of every file that an archive names in any way: the candidates for removal."""

    def still_needed(self, hashes: Iterable[str]) -> set[str]:
        """Those of the files that some row still names. O(candidates)."""

    def owners(self, hashes: Iterable[str]) -> dict[str, set[int]]:
        """Ids of the archives that name each of the files. O(files)."""

    def needed_elsewhere(self, archive_id: int, hashes: Iterable[str]) -> set[str]:
        """Those of the files that another archive than this one names. O(files)."""

    def count_rows(self, archive_id: int, *, jobs_of: str) -> dict[str, int]:
        """How many rows of each table `delete_rows` would take away. O(rows of the archive)."""

    def builds_to_stop(self, archive_id: int) -> tuple[int, int]:
        """How many builds of an archive a deletion stops, and how many of them run."""

    def logs_of(self, archive_id: int) -> tuple[int, int]:
        """How many builds of an archive have logs, and how many bytes these have."""

    def note_candidates(
        self, archive_id: int, *, jobs_of: str | None = None, except_job: str = ""
    ) -> None:
        """Write down what may have to go with an archive, before the rows that say so do."""

    def hide(self, archive_id: int, *, jobs_of: str, except_job: str) -> dict[str, int]:
        """Have nobody find an archive any more, and take its jobs away: how many rows.

        What else may have to go with it is written down, but for files. Its name is free, and it
        is derived from nothing any more.

        Args:
            archive_id: of the archive.
            jobs_of: its name, by which its jobs are found.
            except_job: one of them that stays: the one that does this.
        """

    def delete_members(self, archive_id: int, packages_max: int) -> dict[str, int]:
        """Take some of an archive's packages away; how many rows of each table. O(these).

        Releases go that nobody has then; their files are written down. None is left if it
        returns nothing.
        """

    def delete_rows(
        self, archive_id: int, jobs_of: str | None = None, except_job: str | None = None
    ) -> dict[str, int]:
        """Take every row of an archive away; how many of each table. O(rows of the archive).

        Args:
            archive_id: of the archive.
            jobs_of: its name, by which its jobs are found, which go too; None keeps them.
            except_job: one of them that stays: the one that does this.
        """

    def candidates(
        self, archive_id: int, kind: CandidateKind, *, is_measured: bool, rows_max: int
    ) -> list[Candidate]:
        """What is left to be measured, or to be taken away, in the order of names."""

    def measure(
        self, archive_id: int, kind: CandidateKind, sizes: Sequence[tuple[str, int]]
    ) -> None:
        """Note how large candidates are."""

    def forget(self, archive_id: int, kind: CandidateKind, names: Iterable[str]) -> None:
        """Strike candidates off that are not there."""

    def settle(
        self, archive_id: int, kind: CandidateKind, names: Iterable[str], *, is_shared: bool
    ) -> None:
        """Note what became of candidates: taken away, or left to those who share them."""

    def settle_needed(self, archive_id: int, first: str, last: str) -> set[str]:
        """Of measured files from one name to another leave those to others that some row names.

        O(these files), and none of them goes through the program. Which they are.
        """

    def settle_free(self, archive_id: int, first: str, last: str) -> None:
        """Note of the rest of them that they were taken away."""

    def settled(self, archive_id: int) -> dict[tuple[CandidateKind, bool], tuple[int, int]]:
        """(kind, whether it is shared) -> how many were settled, and their bytes."""

    def shared_candidates(self, archive_id: int, rows_max: int) -> list[Candidate]:
        """The largest files that were left to others."""

    def clear_candidates(self, archive_id: int) -> None:
        """Forget what had to go; it went."""


class Tombstones(Protocol):
    """What is left of deleted archives, until their names are used again."""

    def put(self, tombstone: Tombstone) -> None:
        """Set it, in the place of an older one of the name."""

    def find(self, name: str) -> Tombstone | None:
        """The tombstone of a name; none while an archive has the name."""

    def all(self) -> list[Tombstone]:
        """All tombstones, the newest first."""

    def set_report(self, archive_id: int, report: dict[str, object]) -> None:
        """Write on the tombstone of an archive, if it still stands."""

    def remove(self, name: str) -> None:
        """Take a tombstone away."""

    def before(self, at: datetime) -> list[str]:
        """Names on tombstones that were set before a moment, but on those of private archives."""
