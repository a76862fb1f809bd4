"""Where files can be had, what mirrors answered, and which files are lost."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from vostok.domain.file_answer import FileAnswer, LostFile
from vostok.domain.package import Membership
from vostok.domain.storage import FileUse, ListedFile


class Files(Protocol):
    """Where files can be had, what mirrors answered, and which files are lost."""

    def addresses(self, sha256: str) -> list[str]:
        """Where these bytes may be had; the likeliest first.

        Mirrors that list them in their newest snapshot, those that once did, and then the places
        where old states of a mirror are kept, as the field Snapshots of its Release says.
        """

    def valid_until(self, membership: Membership) -> datetime | None:
        """Until when the Release of a snapshot says that it is valid, if it does."""

    def listed_binaries(
        self, membership: Membership, *, after: int, rows_max: int
    ) -> list[ListedFile]:
        """Files of the binaries of a suite at a number, in the order of ids, behind `after`."""

    def listed_sources(
        self, membership: Membership, *, after: int, rows_max: int
    ) -> list[ListedFile]:
        """Files of the sources of a suite at a number; all files of each of `rows_max` sources."""

    def listed_totals(self, membership: Membership, *, with_sources: bool) -> tuple[int, int]:
        """How many files a suite lists at a number, and their bytes. O(archive)."""

    def uses(self, hashes: Iterable[str]) -> dict[FileUse, dict[str, set[int]]]:
        """For each way of naming a file: hash -> ids of the archives that name it so. O(files)."""

    def own_names(self, *, after: str, rows_max: int) -> list[str]:
        """Hashes of files that no mirror is asked for: packages made here, indices, uploads.

        In their order, behind one of them.
        """

    def archives_of_builds(self, build_ids: Iterable[int]) -> dict[int, int]:
        """Build -> archive, of those builds that there are."""

    def answers(self, sha256: str) -> list[FileAnswer]:
        """Bad answers to questions for a file, by address."""

    def remember(self, sha256: str, answers: Iterable[FileAnswer]) -> None:
        """Keep bad answers, each in the place of an older one of its address."""

    def set_lost(self, sha256: str, sentence: str, at: datetime) -> None:
        """Note that no address has a file that is not here."""

    def forget_answers(self, hashes: Iterable[str]) -> None:
        """Forget what was answered about files, and that they are lost."""

    def forget_answers_of_sources(self, source_ids: Iterable[int]) -> None:
        """The same of all files of these sources. O(sources), and in the answers there are."""

    def forget_answers_before(self, at: datetime) -> int:
        """Forget answers that are older, but not that a file is lost; how many."""

    def lost(self, hashes: Iterable[str] | None = None) -> dict[str, LostFile]:
        """Files that are neither here nor anywhere, by hash: of these, or all. O(lost files)."""
