"""What publications and views list: whole archives in short rows, texts only when asked for."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from vostok.domain.package import ListedBinary, ListedSource, Membership
from vostok.domain.publication import IndexFile


class Listings(Protocol):
    """Entries of Packages and Sources files."""

    def binaries(
        self, membership: Membership, source_names: Collection[str] | None = None
    ) -> list[ListedBinary]:
        """The entries of the Packages files, of some sources or of all. O(archive) for all."""

    def sources(
        self, membership: Membership, names: Collection[str] | None = None
    ) -> list[ListedSource]:
        """The entries of the Sources files, of some names or of all. O(archive) for all."""

    def extra_sources(self, membership: Membership) -> list[tuple[str, int]]:
        """(name, id) of the sources that a suite has at a number beside the current ones."""

    def own_sources(self, suite_id: int) -> list[ListedSource]:
        """Every source release made in a suite, in the order of arrival."""

    def texts(self, paragraph_ids: Sequence[int]) -> dict[int, str]:
        """Paragraph id -> its text."""

    def source_bytes(self, paragraph_ids: Sequence[int]) -> dict[int, int]:
        """Paragraph id of a source -> the size of its files, if it has any."""

    def files(self, binary_ids: Iterable[int]) -> Mapping[int, IndexFile]:
        """Binary release id -> its file in the pool."""

    def with_paths(self, membership: Membership, paths: Iterable[str]) -> list[tuple[str, int]]:
        """(path, id) of the binaries of a suite that have one of these paths."""

    def with_files(self, hashes: Iterable[str]) -> dict[int, str]:
        """Binary release id -> SHA-256, of those whose file has one of these hashes."""

    def built_using_any(
        self, membership: Membership, names: Collection[str]
    ) -> list[tuple[int, str]]:
        """(binary id, text) of the binaries of a suite that may be built using one of the sources.

        Certain is only that each was built using something. O(archive).
        """

    def naming(self, membership: Membership, names: Collection[str]) -> list[tuple[int, str]]:
        """(id, text) of at least those binaries of a suite whose paragraphs have one of these.

        Anywhere, and as a part of a longer word too. O(archive).
        """

    def sources_naming(
        self, membership: Membership, names: Collection[str]
    ) -> list[tuple[str, str]]:
        """(name, text) of the current sources of a suite, likewise. O(archive)."""
