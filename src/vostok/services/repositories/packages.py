"""The packages of a suite at a number: in short rows, as releases, with paragraphs, in sizes."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from vostok.domain.estimate import Measured
from vostok.domain.package import (
    BinaryMember,
    BinaryParagraph,
    BinaryRelease,
    BinarySize,
    IndexedBinary,
    MemberNames,
    Membership,
    OwnMember,
    SourceMember,
    SourceParagraph,
    SourceRelease,
    SourceSize,
)
from vostok.domain.workload import Actual, SizedSource


class Members(Protocol):
    """Which packages are members of a suite at a number, in short rows."""

    def sources(
        self, membership: Membership, names: Iterable[str] | None = None
    ) -> list[SourceMember]:
        """The sources of a suite at a number, of some names or all. O(archive) for all."""

    def binaries(
        self, membership: Membership, names: Iterable[str] | None = None
    ) -> list[BinaryMember]:
        """The entries of the Packages files, of some names or all. O(archive) for all."""

    def binaries_of_sources(
        self, membership: Membership, sources: Iterable[str]
    ) -> list[BinaryMember]:
        """The entries of the Packages files whose source has one of these names."""

    def changed_names(self, suite_id: int, one: int, other: int) -> tuple[set[str], set[str]]:
        """Names of the sources, and of the binaries, that a suite has not alike at two numbers.

        It looks at the rows that begin or end between the two, so it costs a scan of the suite's
        members and then the difference.
        """

    def names_without_source(self, membership: Membership) -> tuple[set[str], set[str]]:
        """Binaries whose source has no current version here: names of these sources, and theirs.

        O(archive).
        """

    def dsc_sha256(self, source_ids: Iterable[int]) -> dict[int, str]:
        """Source release id -> SHA-256 of its .dsc, where it lists one."""

    def own_names(self, suite_id: int, publication: int) -> tuple[set[str], set[str]]:
        """Names of the sources and of the binaries of what a publication shows of a suite's own.

        O(own binaries).
        """

    def changed_own_names(self, suite_id: int, one: int, other: int) -> tuple[set[str], set[str]]:
        """The same of what only one of two publications shows. A scan of the own binaries."""

    def own_binaries(
        self, suite_id: int, publication: int, names: Iterable[str] | None = None
    ) -> list[OwnMember]:
        """What a publication shows of a suite's own, of some names or all, the oldest first."""

    def own_binaries_of_sources(
        self, suite_id: int, publication: int, sources: Iterable[str]
    ) -> list[OwnMember]:
        """The same, of the sources of these names."""

    def own_sources(self, suite_id: int, names: Iterable[str] | None = None) -> list[SourceMember]:
        """The sources made in a suite, of some names or all; publications show some of them."""

    def pool_bytes(self, membership: Membership) -> int:
        """The size of all files that a suite lists at a number, each once.

        O(1) for a snapshot, which knows it, else O(archive).
        """

    def replace(
        self,
        suite_id: int,
        number: int,
        *,
        sources: Sequence[SourceMember],
        binaries: Sequence[BinaryMember],
        names: MemberNames | None = None,
    ) -> None:
        """Make these releases the suite's members from `number` on. O(members).

        Args:
            suite_id: of a suite.
            number: counts up with each change of it.
            sources: those that it has then.
            binaries: likewise, as the Packages files list them.
            names: all of these are of these names, and members of other names stay. O(these).
        """


class Packages(Protocol):
    """Releases, and which external suite has which of them."""

    def source_names(self, membership: Membership) -> frozenset[str]:
        """Names of the sources that can be taken: those that have a current version."""

    def source_count(self, membership: Membership) -> int:
        """How many sources have a current version."""

    def sources_named(
        self, membership: Membership, names: Iterable[str], *, with_extra: bool = False
    ) -> list[SourceRelease]:
        """The current releases of these sources by name; `with_extra` also those not current.

        Older versions are not, and what is there because something was built using it.
        """

    def listed_files(self, membership: Membership, hashes: Iterable[str]) -> set[str]:
        """Those of the files that a suite lists at a number, as a package or of a source."""

    def sources_with_files(
        self, membership: Membership, hashes: Iterable[str]
    ) -> list[tuple[str, str]]:
        """(name, version) of the sources that have one of these files."""

    def binaries_of_sources(
        self, membership: Membership, names: Iterable[str]
    ) -> list[BinaryRelease]:
        """The binaries whose source has one of these names, each once."""

    def binaries_matching(
        self, membership: Membership, *, architecture: str, patterns: Sequence[str]
    ) -> list[IndexedBinary]:
        """Entries of one architecture's Packages whose name is LIKE one of the patterns."""

    def source(self, source_id: int) -> SourceRelease:
        """One source release; its component is that of whoever has it, «main» if nobody."""

    def source_files(self, source_id: int) -> list[tuple[str, int, str]]:
        """(name, size, SHA-256) of a source's files."""

    def files_of_sources(self, source_ids: Sequence[int]) -> dict[int, list[tuple[str, int, str]]]:
        """The files of many sources, as `source_files`."""


class Paragraphs(Protocol):
    """What selections and the dependency graph read of a whole archive. All O(archive).

    A source is current if it is what is built: of its name the version that counts, and not there
    only because something was built using it (Extra-Source-Only).
    """

    def sources(self, membership: Membership, *, after: int = 0) -> Iterator[SourceParagraph]:
        """The current sources with their paragraphs.

        Args:
            membership: whose.
            after: only those that came, or became current, after this number of the suite. Then
                it costs the difference.
        """

    def binaries(
        self, membership: Membership, architectures: Sequence[str], *, after: int = 0
    ) -> Iterator[BinaryParagraph]:
        """The entries of some Packages files with their paragraphs; `after` as for sources."""

    def ended(
        self, membership: Membership, architecture: str, *, after: int
    ) -> tuple[set[int], set[int]]:
        """Ids of current sources, and of entries of a Packages file, that the suite has no more.

        Args:
            membership: what it has.
            architecture: of the Packages file.
            after: the number of the suite at which it had them.
        """

    def versions(self, membership: Membership) -> dict[str, str]:
        """Current source -> its version."""

    def components(self, membership: Membership) -> dict[str, str]:
        """Current source -> its component."""

    def builders_of(
        self, membership: Membership, architectures: Sequence[str]
    ) -> set[tuple[str, str]]:
        """(binary package, its source)."""

    def source_sizes(self, membership: Membership) -> list[SourceSize]:
        """The version and the bytes of each current source."""

    def binary_sizes(
        self, membership: Membership, architectures: Sequence[str]
    ) -> list[BinarySize]:
        """How many entries of which bytes each source has in each Packages file."""

    def fingerprint(self, membership: Membership) -> str:
        """A text that differs when the members do, also across restores of the database."""


class Rebuildable(Protocol):
    """What decides how sources are rebuilt, read in sets and without their paragraphs.

    Costs the names that are asked for; of over 10,000 names, the suite.
    """

    def current_sources(
        self, membership: Membership, names: Collection[str] | None
    ) -> list[tuple[int, str, str, str]]:
        """(id, name, version, architectures) of the sources of these names, or of all, by name."""

    def source_versions(self, membership: Membership) -> list[str]:
        """The versions of all sources. O(suite)."""

    def continued_versions(
        self,
        membership: Membership,
        names: Collection[str] | None,
        architecture: str | None = None,
    ) -> list[tuple[str, str, str]]:
        """(source, its version, version) of binaries whose version continues their source's.

        `1.2-3+b1` of `1.2-3`, but neither `1.2-3` itself nor `4:12` of `1.2-3`. Each once. Of
        these sources, or of all; of all architectures, or of one.
        """

    def mixed_packages(
        self, membership: Membership, names: Collection[str] | None
    ) -> list[tuple[str, str, str, str, str | None]]:
        """(source, name, version, architecture, paragraph) of the packages of mixed sources.

        Mixed are sources that make both `all` packages and others; these, or all. The paragraph
        only where it wants something in an exact version, else None.
        """

    def changed_names(self, membership: Membership, *, after: int) -> frozenset[str]:
        """The sources that, or packages of which, came or went after a number. O(suite)."""

    def coinstallable(self, membership: Membership, names: Collection[str]) -> frozenset[str]:
        """The sources of these names that have Multi-Arch: same packages."""


class Measures(Protocol):
    """How large sources and their packages are, and what their builds took. All O(archive)."""

    def sources(self, membership: Membership) -> list[SizedSource]:
        """The current sources of a suite at a number, with the size of all their files."""

    def binary_bytes(self, membership: Membership) -> dict[tuple[str, str], int]:
        """(source, architecture or `all`) -> size of its packages, each once."""

    def history(self) -> Mapping[tuple[str, str], Measured]:
        """(source, architecture or `all`) -> medians over its successful builds anywhere."""

    def actual(self, campaign_id: int) -> Actual:
        """What the builds of a campaign took so far, failed attempts and all."""
