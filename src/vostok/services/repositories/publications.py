"""Publications and views."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from vostok.domain.package import Membership
from vostok.domain.publication import BaseShown, HiddenBinary, IndexFile, Publication, View


class Publications(Protocol):
    """Publications and views."""

    def add(
        self,
        suite_id: int,
        number: int,
        *,
        derivation: int,
        at: datetime,
        reason: str,
        sources: int,
        indices: Iterable[IndexFile],
        pool: Iterable[IndexFile],
        binaries: int,
        base_bytes: int = 0,
        base_shown: BaseShown = BaseShown.TAKEN,
        hidden: Iterable[tuple[str, str]] = (),
    ) -> Publication:
        """Make this what clients see of a suite. One transaction, so they see it whole.

        `pool` names what the base does not have; the base's files are found in the base, but for
        those that are `hidden`: ("binary", path) or ("source", id). They have `base_bytes`. Hidden
        as ("not-built", id) are binaries, own ones too, that their source builds no more.

        Raises:
            ConflictError: it does not follow the suite's newest, or a pool path would stand for
                other bytes than it ever did (I6).
        """

    def not_built(self, suite_id: int, number: int) -> list[HiddenBinary]:
        """The binaries that a publication does not show as their source builds them no more."""

    def numbered(self, suite_id: int, number: int) -> Publication:
        """One publication of a suite; NotFoundError if it is none, GoneError if collected."""

    def of_suite(self, suite_id: int) -> list[Publication]:
        """All publications of a suite, the newest first."""

    def newest_of(self, suite_ids: Collection[int]) -> Mapping[int, tuple[int, Publication]]:
        """Suite id -> how many publications it has, and the newest; without those of none."""

    def indices(self, publication_id: int) -> list[IndexFile]:
        """The index files of a publication."""

    def find_index(self, publication_id: int, path: str) -> IndexFile | None:
        """The file of that path in one publication."""

    def find_by_hash(self, suite_id: int, sha256: str) -> IndexFile | None:
        """The index file of that hash in any publication that is kept."""

    def similar_indices(self, suite_id: int) -> dict[str, list[str]]:
        """Path -> SHA-256 of index files that may share pieces with a suite's next ones.

        Those of its newest publication come first, then those of its newest view, then those of
        suites that are derived from the same base.
        """

    def find_pool_file(self, archive_id: int, path: str) -> IndexFile | None:
        """The file that a pool path of an archive stands for, in any kept publication."""

    def contradicted(self, base: Membership, files: Sequence[IndexFile]) -> IndexFile | None:
        """The first of the files whose path stands for other bytes in a base; None if none."""

    def rewritten(self, base: Membership, before: Membership) -> list[tuple[str, str, str]]:
        """(path, SHA-256 now, SHA-256 before) of packages that two bases have with other bytes.

        O(archive) to see what one has and the other has not, and then that.
        """

    def ensure_view(
        self,
        suite_id: int,
        *,
        derivation: int,
        edition: int,
        toolchain_id: int | None,
        dependencies: str,
        at: datetime,
    ) -> View:
        """The view of that edition, toolchain and mode; its indices may have to be made yet."""

    def view(self, view_id: int) -> View:
        """One view."""

    def set_view_indices(self, view_id: int, files: Iterable[IndexFile], at: datetime) -> None:
        """Enter a view's index files; entered twice, the first stay."""

    def find_view_index(self, view_id: int, path: str) -> IndexFile | None:
        """The index file of that path in a view."""

    def find_view_by_hash(self, view_id: int, sha256: str) -> IndexFile | None:
        """The index file of that hash in a view."""

    def find_view_pool_file(
        self, view: View, base: Membership | None, path: str
    ) -> IndexFile | None:
        """The file that a pool path stands for in a view: an own one, else the base's."""
