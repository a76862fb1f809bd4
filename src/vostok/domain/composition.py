"""Composing the base of a suite from several parents: which package of which parent is shown.

Among parents of one rank the highest version wins, as in apt; a parent of a stronger rank (a lower
number) wins over a weaker one whatever the versions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from vostok.debian.version import Version
from vostok.domain.package import BinaryMember, SourceMember

INSTALLER_COMPONENT_SUFFIX = "/debian-installer"

Package = TypeVar("Package", SourceMember, BinaryMember)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one parent brings, or what stays of an earlier base."""

    rank: int
    sources: Sequence[SourceMember]
    binaries: Sequence[BinaryMember]

    def only(self, sources: frozenset[str]) -> "Layer":
        """The same with nothing but these sources and what is built from them."""
        return Layer(
            rank=self.rank,
            sources=[source for source in self.sources if source.name in sources],
            binaries=[binary for binary in self.binaries if binary.source_name in sources],
        )

    def without(self, sources: frozenset[str]) -> "Layer":
        """The same without these sources and what is built from them."""
        if not sources:
            return self
        return Layer(
            rank=self.rank,
            sources=[source for source in self.sources if source.name not in sources],
            binaries=[binary for binary in self.binaries if binary.source_name not in sources],
        )


def composed(
    layers: Iterable[Layer], *, architectures: Sequence[str]
) -> tuple[list[SourceMember], list[BinaryMember]]:
    """One version per name, and per name and architecture, of all layers.

    Sources that lose stay as extra ones: something that is shown may have been built using them
    (I7). An `all` package is chosen in each architecture's index by itself, so that an old one
    stays where the new one is not listed yet. O(packages).
    """
    sources: dict[str, tuple[int, SourceMember]] = {}
    extra: dict[int, SourceMember] = {}
    binaries: dict[tuple[str, str, bool], tuple[int, BinaryMember]] = {}
    for layer in sorted(layers, key=lambda layer: layer.rank):
        for source in layer.sources:
            if source.is_extra:
                extra[source.id] = source
                continue
            known = sources.get(source.name)
            if known is None or _wins(layer.rank, source, *known):
                sources[source.name] = (layer.rank, source)
            loser = source if known is None or sources[source.name][1] is not source else known[1]
            if known is not None and loser.id != sources[source.name][1].id:
                extra[loser.id] = loser._replace(is_extra=True)
        for binary in layer.binaries:
            if binary.index_architecture not in architectures:
                continue
            is_installer = binary.component.endswith(INSTALLER_COMPONENT_SUFFIX)
            key = (binary.name, binary.index_architecture, is_installer)
            there = binaries.get(key)
            if there is None or _wins(layer.rank, binary, *there):
                binaries[key] = (layer.rank, binary)
    chosen = [source for _, source in sources.values()]
    ids = {source.id for source in chosen}
    chosen += [source for source in extra.values() if source.id not in ids]
    return chosen, [binary for _, binary in binaries.values()]


def _wins(rank: int, package: Package, known_rank: int, known: Package) -> bool:
    """Whether a package takes the place of one that an earlier or equal layer brought."""
    if rank != known_rank or package.version == known.version:
        return False
    return Version.parse(package.version) > Version.parse(known.version)
