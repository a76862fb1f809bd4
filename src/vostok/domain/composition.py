"""Composing the base of a suite from several parents: which package of which parent is shown.

Among parents of one rank the highest version wins, as in apt; a parent of a stronger rank (a lower
number) wins over a weaker one whatever the versions. What one parent lists of a name in several
versions stays together: an archive shows all that its parent shows.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from vostok.debian.version import Version
from vostok.domain.package import BinaryMember, SourceMember

INSTALLER_COMPONENT_SUFFIX = "/debian-installer"

Package = TypeVar("Package", SourceMember, BinaryMember)
Place = tuple[str, str, bool]
"""Where binaries stand against each other: name, architecture of the index, whether udebs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one parent brings, or what stays of an earlier base.

    Attributes:
        left_out: sources of which nothing is taken; what stays may have been built using them.
    """

    rank: int
    sources: Sequence[SourceMember]
    binaries: Sequence[BinaryMember]
    left_out: Sequence[SourceMember] = ()

    def only(self, sources: frozenset[str]) -> "Layer":
        """The same with nothing but these sources and what is built from them."""
        return Layer(
            rank=self.rank,
            sources=[source for source in self.sources if source.name in sources],
            binaries=[binary for binary in self.binaries if binary.source_name in sources],
        )

    def without(self, sources: frozenset[str]) -> "Layer":
        """The same with these sources left out, and without what is built from them."""
        if not sources:
            return self
        return Layer(
            rank=self.rank,
            sources=[source for source in self.sources if source.name not in sources],
            binaries=[binary for binary in self.binaries if binary.source_name not in sources],
            left_out=[source for source in self.sources if source.name in sources],
        )


def composed(
    layers: Iterable[Layer], *, architectures: Collection[str]
) -> tuple[list[SourceMember], list[BinaryMember]]:
    """What the strongest layer has of each name, and of each name and architecture.

    Sources that lose or are left out stay as extra ones: something that is shown may have been
    built using them (I7). An `all` package is chosen in each architecture's index by itself, so
    that an old one stays where the new one is not listed yet. O(packages).
    """
    ordered = sorted(layers, key=lambda layer: layer.rank)
    chosen: dict[Place, tuple[int, list[BinaryMember]]] = {}
    for layer in ordered:
        for place, offered in _by_place(layer.binaries, architectures).items():
            known = chosen.get(place)
            if known is None or (layer.rank == known[0] and _is_newer(offered, known[1])):
                chosen[place] = (layer.rank, offered)
    return _composed_sources(ordered), [binary for _, kept in chosen.values() for binary in kept]


def _composed_sources(ordered: Iterable[Layer]) -> list[SourceMember]:
    """One current source of each name, and each other version once, as an extra one."""
    current: dict[str, tuple[int, SourceMember]] = {}
    extra: dict[tuple[int, str], SourceMember] = {}
    losers: list[SourceMember] = []
    for layer in ordered:
        losers += layer.left_out
        for source in layer.sources:
            if source.is_extra:
                extra[source.id, source.component] = source
                continue
            known = current.get(source.name)
            if known is None:
                current[source.name] = (layer.rank, source)
            elif layer.rank == known[0] and _is_newer([source], [known[1]]):
                current[source.name] = (layer.rank, source)
                losers.append(known[1])
            else:
                losers.append(source)
    shown = [source for _, source in current.values()]
    places = {(source.id, source.component) for source in shown}
    shown += [source for place, source in extra.items() if place not in places]
    versions = {(source.name, source.version) for source in shown}
    for source in losers:
        if (source.name, source.version) not in versions:
            versions.add((source.name, source.version))
            shown.append(source._replace(is_extra=True))
    return shown


def _by_place(
    binaries: Iterable[BinaryMember], architectures: Collection[str]
) -> dict[Place, list[BinaryMember]]:
    found: dict[Place, list[BinaryMember]] = {}
    for binary in binaries:
        if binary.index_architecture in architectures:
            is_installer = binary.component.endswith(INSTALLER_COMPONENT_SUFFIX)
            place = (binary.name, binary.index_architecture, is_installer)
            found.setdefault(place, []).append(binary)
    return found


def _is_newer(offered: Sequence[Package], known: Sequence[Package]) -> bool:
    """Whether the highest version of some packages is above that of others, of the same name."""
    versions = {package.version for package in known}
    if all(package.version in versions for package in offered):
        return False
    highest = max(Version.parse(version) for version in versions)
    return any(Version.parse(package.version) > highest for package in offered)
