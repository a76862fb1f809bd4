"""Binaries that their source builds no more: which may go, and which stay because of whom.

A package can be installed as long as everything can that its relations lead to. So what no
remaining package and no source's build leads to, by any alternative, can go and makes nothing
uninstallable: whatever was installed together before had none of it, or needed none of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Final

from vostok.debian.stanza import fields_of, parse_stanza
from vostok.domain.dependencies.candidates import Candidates, provided_by

INSTALLED_FIELDS: Final = ("Pre-Depends", "Depends")
BUILD_FIELDS: Final = ("Build-Depends", "Build-Depends-Arch", "Build-Depends-Indep")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotBuilt:
    """A binary that is published, of a source whose version here does not build it.

    Attributes:
        id: of the binary release.
        architectures: those in whose Packages files it stands.
        source: what built it.
        built_from: that one's version.
        source_version: the version that the archive has of it now.
        stanza: the binary's paragraph.
    """

    id: int
    name: str
    version: str
    architectures: tuple[str, ...]
    source: str
    built_from: str
    source_version: str
    stanza: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Needing:
    """A package that stays, or a source that is built, with what it states.

    Attributes:
        label: as a sentence calls it.
        architectures: on which its relations are to hold.
        stanza: its paragraph.
        fields: of that those which count.
    """

    label: str
    architectures: tuple[str, ...]
    stanza: str
    fields: tuple[str, ...] = INSTALLED_FIELDS


def kept_back(not_built: Sequence[NotBuilt], needing: Iterable[Needing]) -> dict[int, str]:
    """Id -> the sentence that says why it stays, of the binaries that cannot go yet.

    Any alternative counts, also one beside which others could be installed: to know that they can
    would need every package's conflicts. O(relations of the given packages).

    Args:
        not_built: what is built no more; each id once.
        needing: all that stays, or at least all of it whose paragraphs name one of these.
    """
    fields = {binary.id: parse_stanza(binary.stanza) for binary in not_built}
    reasons = {
        binary.id: f"{binary} is essential"
        for binary in not_built
        if fields[binary.id].get("Essential") == "yes"
    }
    offered = {
        architecture: _Offered(architecture, not_built, fields)
        for binary in not_built
        for architecture in binary.architectures
    }
    staying = [_as_needing(binary) for binary in not_built if binary.id in reasons]
    for package in chain(needing, _growing(staying)):
        for field, binary in _leads_to(package, offered):
            if binary.id not in reasons:
                reasons[binary.id] = f"{package.label} needs {binary} ({field})"
                staying.append(_as_needing(binary))
    return reasons


def _growing(packages: list[Needing]) -> Iterator[Needing]:
    """All of a list, those too that are appended meanwhile: of `not_built` each at most once."""
    for place in count():
        if place == len(packages):
            return
        yield packages[place]


class _Offered:
    """What is built no more on one architecture, by what it is called."""

    def __init__(
        self,
        architecture: str,
        not_built: Iterable[NotBuilt],
        fields: Mapping[int, Mapping[str, str]],
    ) -> None:
        here = [binary for binary in not_built if architecture in binary.architectures]
        self.binaries = sorted(here, key=lambda binary: binary.name)
        self.candidates = Candidates(
            architecture,
            [binary.name for binary in self.binaries],
            [binary.version for binary in self.binaries],
            [
                (number, provided)
                for number, binary in enumerate(self.binaries)
                for provided in provided_by(fields[binary.id].get("Provides", ""))
            ],
        )


def names_of(not_built: Iterable[NotBuilt]) -> frozenset[str]:
    """By what relations can mean these: their names, and what they provide."""
    return frozenset(
        name
        for binary in not_built
        for name in (
            binary.name,
            *(one.name for one in provided_by(parse_stanza(binary.stanza).get("Provides", ""))),
        )
    )


def _as_needing(binary: NotBuilt) -> Needing:
    return Needing(
        label=f"{binary}, which stays,",
        architectures=binary.architectures,
        stanza=binary.stanza,
    )


def _leads_to(package: Needing, offered: Mapping[str, _Offered]) -> Iterable[tuple[str, NotBuilt]]:
    groups = [
        (field, group)
        for field, text in zip(
            package.fields, fields_of(package.stanza, package.fields), strict=True
        )
        for group in text.split(",")
        if group.strip()
    ]
    for architecture in package.architectures:
        here = offered.get(architecture)
        if here is None:
            continue
        for field, group in groups:
            for number in here.candidates.satisfying(" ".join(group.split())):
                yield field, here.binaries[number]
