"""The sources that a request to rebuild names, each with what decides how it is rebuilt."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from vostok.domain.rebuild_version.shapes import SourceVersions


class CandidateSource(NamedTuple):
    """What a plan needs of a source release: a plan may look at all of an archive."""

    id: int
    name: str
    version: str
    architecture: str
    """The Architecture field: `any all`."""


class Candidate(NamedTuple):
    """A source that a request names, with what decides whether and how it is rebuilt."""

    source: CandidateSource
    versions: SourceVersions
    """Also those of its binaries in the parent that go on where the source's ends: `1.2-3+b1`."""
    version_before: str
    last_rebuild_no: int
    live_architectures: frozenset[str]
    exact_relation: str = ""
    """`foo-data depends on foo (= 1.2-3)`: an `all` package that only one version satisfies."""
    unclear_relation: str = ""
    """`foo depends on foo-data (= 1.2-3)`: its rebuild may want a `foo-data` of its version."""
    stays_parents: bool = False
    """Whether the archive is light, and the source is a parent's and unchanged."""
    is_coinstallable: bool = False
    """Whether it has Multi-Arch: same packages; only looked at where a part is rebuilt."""
    versions_before: Mapping[str, str] = MappingProxyType({})
    """Architecture -> the version that is there, where there are several architectures."""

    @property
    def is_usual(self) -> bool:
        """Whether nothing but its Architecture field decides how it is rebuilt."""
        return self[_DECIDING] == _NOTHING


_DECIDING = slice(
    Candidate._fields.index("live_architectures"),
    Candidate._fields.index("is_coinstallable") + 1,
)
_NOTHING: tuple[object, ...] = (frozenset(), "", "", False, False)
