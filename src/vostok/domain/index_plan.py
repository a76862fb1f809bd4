"""Which index files of a suite are read, and what each of them lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from vostok.debian.indices import (
    IndexEntry,
    Release,
    best_variant,
    index_path,
    index_variants,
    translation_path,
)

ALL = "all"
UDEB_COMPONENT_TAIL = "/debian-installer"


class PartKind(StrEnum):
    """What a part of a suite lists."""

    SOURCES = "sources"
    BINARIES = "binaries"
    UDEBS = "udebs"
    """Packages of the installer: kept apart, because no view and no publication shows them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartName:
    """A part of a suite that is read and compared as a whole.

    `architecture` is whose Packages file it is, empty for sources; udebs lie in a component of
    their own, `main/debian-installer`.
    """

    kind: PartKind
    component: str
    architecture: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexOffer:
    """One index in the forms in which an archive has it, the best first.

    `path` is that of the plain form; `plain_bytes` and `plain_sha256` are of it, if the Release
    names it.
    """

    path: str
    variants: tuple[IndexEntry, ...]
    plain_bytes: int | None
    plain_sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPart:
    """A part with the indices that list it: none where the archive has none of it."""

    name: PartName
    indices: tuple[IndexOffer, ...]


def source_parts(release: Release, components: Sequence[str]) -> list[IndexPart]:
    """The parts of sources. An archive of binaries only has none (debug symbols, for example)."""
    return [
        IndexPart(
            name=PartName(kind=PartKind.SOURCES, component=component),
            indices=_offered(release, index_path(component, "Sources")),
        )
        for component in components
    ]


def binary_parts(
    release: Release, components: Sequence[str], architecture: str
) -> list[IndexPart]:
    """The parts of one architecture's Packages files.

    Where `all` packages are listed only in binary-all, that index belongs to every architecture's
    part: apt reads it besides.

    Raises:
        NotFoundError: the archive has no such index; the hint lists what it has.
    """
    parts = []
    for component in components:
        path = index_path(component, "Packages", architecture)
        best_variant(release, path)
        indices = _offered(release, path)
        if ALL in release.architectures and "Packages" not in release.no_support_for_all:
            indices += _offered(release, index_path(component, "Packages", ALL))
        name = PartName(kind=PartKind.BINARIES, component=component, architecture=architecture)
        parts.append(IndexPart(name=name, indices=indices))
    return parts


def udeb_parts(release: Release, components: Sequence[str], architecture: str) -> list[IndexPart]:
    """The parts of one architecture's packages for the installer; empty ones where it has none."""
    return [
        IndexPart(
            name=PartName(kind=PartKind.UDEBS, component=component, architecture=architecture),
            indices=_offered(release, index_path(component, "Packages", architecture)),
        )
        for component in (f"{component}{UDEB_COMPONENT_TAIL}" for component in components)
    ]


def translation_offers(release: Release, components: Sequence[str]) -> list[IndexOffer]:
    """The English long descriptions that an archive has apart from its Packages files."""
    return [
        offer
        for component in components
        for offer in _offered(release, translation_path(component, "en"))
    ]


def _offered(release: Release, path: str) -> tuple[IndexOffer, ...]:
    variants = index_variants(release, path)
    if not variants:
        return ()
    plain = release.files.get(path)
    return (
        IndexOffer(
            path=path,
            variants=variants,
            plain_bytes=None if plain is None else plain.size,
            plain_sha256="" if plain is None else plain.sha256,
        ),
    )
