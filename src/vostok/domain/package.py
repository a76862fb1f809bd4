"""Source and binary releases: one version of a package, with the bytes it stands for."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRelease:
    """One version of a source package as one archive has it.

    `architecture` is the Architecture field (`any all`); `directory` is where its files lie.
    """

    id: int
    name: str
    version: str
    architecture: str
    component: str
    directory: str
    stanza: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryRelease:
    """One version of a binary package on one architecture, with its file."""

    id: int
    name: str
    version: str
    architecture: str
    component: str
    source_name: str
    source_version: str
    filename: str
    size: int
    sha256: str


class SourceMember(NamedTuple):
    """A source that a suite has at a number, in short: whole archives are read as these."""

    id: int
    name: str
    version: str
    architecture: str
    component: str
    is_extra: bool
    """Not what is built: there for what was built using it, or an older version."""


class BinaryMember(NamedTuple):
    """An entry of a Packages file that a suite has at a number, in short."""

    id: int
    name: str
    version: str
    architecture: str
    source_name: str
    source_version: str
    sha256: str
    component: str
    index_architecture: str


class MemberNames(NamedTuple):
    """Names of some sources and of some binaries of a suite."""

    sources: frozenset[str]
    binaries: frozenset[str]


class ListedBinary(NamedTuple):
    """An entry of a Packages file: what deciding on that file needs, without its text.

    Entries of one file stand in their natural order.
    """

    name: str
    paragraph_id: int
    id: int
    architecture: str
    component: str
    index_architecture: str
    source_name: str
    source_version: str
    size: int


class ListedSource(NamedTuple):
    """An entry of a Sources file, without its text, in the same order."""

    name: str
    paragraph_id: int
    id: int
    version: str
    component: str
    is_extra: bool


class DeltaKind(StrEnum):
    """Why a derived suite differs from its base in a package."""

    LOCAL_CHANGE = "local-change"
    REBUILD = "rebuild"
    TOOLCHAIN = "toolchain"


class OwnMember(NamedTuple):
    """A binary made in a derived suite that a publication shows, in short."""

    delta_id: int
    id: int
    kind: DeltaKind
    toolchain_id: int | None
    name: str
    version: str
    architecture: str
    source_name: str
    source_version: str
    sha256: str
    component: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSource:
    """A source release to store: the fields that are asked for later, and its stanza."""

    name: str
    version: str
    architecture: str
    component: str
    directory: str
    is_extra: bool
    """Extra-Source-Only: there because a binary was built using it, no source of the suite."""
    stanza: str
    files: tuple[tuple[str, int, str], ...]
    """(name, size in bytes, SHA-256) of each file, the .dsc among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBinary:
    """A binary release to store."""

    name: str
    version: str
    architecture: str
    component: str
    index_architecture: str
    """Whose Packages file it stands in: for `all` packages another than `architecture`."""
    source_name: str
    source_version: str
    filename: str
    size: int
    sha256: str
    stanza: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedBinary:
    """A binary as one Packages file lists it: what writing that file needs."""

    name: str
    component: str
    index_architecture: str
    source_name: str
    source_version: str
    filename: str
    size: int
    sha256: str
    stanza: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The packages of a suite at one of its numbers: a snapshot, or a base of a derivation."""

    suite_id: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBinary:
    """A binary made in a derived suite, with why and by which build."""

    delta_id: int
    binary_id: int
    kind: DeltaKind
    toolchain_id: int | None
    build_id: int | None
    component: str
    name: str
    version: str
    architecture: str
    source_name: str
    source_version: str
    filename: str
    size: int
    sha256: str
    paragraph_id: int
    stanza: str
    is_superseded: bool = False
    """The parents' own version stands in its place from the next publication on."""

    def indexed(self, index_architecture: str) -> IndexedBinary:
        """The entry of it in one architecture's Packages file."""
        return IndexedBinary(
            name=self.name,
            component=self.component,
            index_architecture=index_architecture,
            source_name=self.source_name,
            source_version=self.source_version,
            filename=self.filename,
            size=self.size,
            sha256=self.sha256,
            stanza=self.stanza,
        )

    def listed(self, index_architecture: str) -> ListedBinary:
        """The same without its text."""
        return ListedBinary(
            name=self.name,
            paragraph_id=self.paragraph_id,
            id=self.binary_id,
            architecture=self.architecture,
            component=self.component,
            index_architecture=index_architecture,
            source_name=self.source_name,
            source_version=self.source_version,
            size=self.size,
        )


class SourceParagraph(NamedTuple):
    """A current source and its paragraph of Sources."""

    id: int
    name: str
    stanza: str


class BinaryParagraph(NamedTuple):
    """An entry of a Packages file and its paragraph."""

    id: int
    name: str
    version: str
    source_name: str
    stanza: str


class SourceSize(NamedTuple):
    """How large the files of a current source are, in bytes."""

    name: str
    version: str
    size: int


class BinarySize(NamedTuple):
    """What one source has of one architecture in one Packages file: entries, and their bytes."""

    source_name: str
    architecture: str
    index_architecture: str
    entries: int
    size: int
