"""Somebody's own sources and their packages, as selections see them over the parents'."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from vostok.domain.archive import Suite
from vostok.domain.package import BinaryParagraph, OwnBinary, SourceParagraph, SourceRelease
from vostok.domain.publication import ALL
from vostok.services.repositories import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPackages:
    """What stands over the parents' packages: uploaded sources, and what was built of them.

    Attributes:
        suite: that has them.
        sources: the newest of each name.
        binaries: of these sources in these versions. Of a source that has none yet its parents'
            packages count, if it has any.
    """

    suite: Suite
    sources: Sequence[SourceRelease]
    binaries: Sequence[OwnBinary]

    @property
    def names(self) -> frozenset[str]:
        """Of the sources."""
        return frozenset(source.name for source in self.sources)

    @property
    def built(self) -> frozenset[str]:
        """The sources whose packages stand in the place of their parents'."""
        return frozenset(binary.source_name for binary in self.binaries)

    @property
    def fingerprint(self) -> str:
        """A text that differs when they do. O(them).

        Ids are given twice only after a restore from a backup, but not with the same bytes.
        """
        content = hashlib.sha256()
        for source in self.sources:
            content.update(f"{source.id} {source.stanza}\0".encode())
        for binary in self.binaries:
            content.update(f"{binary.delta_id} {binary.sha256}\0".encode())
        return f"own {content.hexdigest()}"

    def put_over_sources(self, sources: Iterator[SourceParagraph]) -> Iterator[SourceParagraph]:
        """The paragraphs of sources, with these in the place of those of their names."""
        names = self.names
        yield from (source for source in sources if source.name not in names)
        for source in self.sources:
            yield SourceParagraph(source.id, source.name, source.stanza)

    def put_over_binaries(
        self, binaries: Iterator[BinaryParagraph], architectures: Sequence[str]
    ) -> Iterator[BinaryParagraph]:
        """The paragraphs of packages, with these in the place of those of their sources."""
        built = self.built
        yield from (binary for binary in binaries if binary.source_name not in built)
        for binary in self.of_architectures(architectures):
            yield BinaryParagraph(
                binary.binary_id, binary.name, binary.version, binary.source_name, binary.stanza
            )

    def of_architectures(self, architectures: Sequence[str]) -> list[OwnBinary]:
        """The packages that some architectures have, those for all of them too."""
        return [b for b in self.binaries if b.architecture in {*architectures, ALL}]


def local_packages(
    transaction: Transaction, suite: Suite, *, but: Collection[str] = ()
) -> LocalPackages | None:
    """What was uploaded to a suite and is current there; None if there is nothing.

    O(uploaded sources and their packages), however large the archive is.
    """
    sources = [s for s in transaction.uploads.current_releases(suite.id) if s.name not in but]
    if not sources:
        return None
    versions = {source.name: source.version for source in sources}
    found = transaction.deltas.binaries_of_versions(suite.id, versions)
    newest = {(binary.name, binary.architecture): binary for binary in found}
    return LocalPackages(suite=suite, sources=sources, binaries=tuple(newest.values()))
