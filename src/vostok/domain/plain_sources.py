"""Sources of which nothing is known here, told apart by kinds: a request may be for 43,000.

Nothing that is decided about the rebuild of such a source depends on its name, nor on the stem of
its version (`domain.rebuild_version.shapes`), so what is decided about one of a kind holds for
all. Debian's 43,000 sources have 2,000 kinds.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from vostok.domain.rebuild_candidate import Candidate, CandidateSource
from vostok.domain.rebuild_version.shapes import SourceVersions, stem_of

SourceRow = tuple[int, str, str, str]
"""What `CandidateSource` names, as the database gives it."""
PlainRow = tuple[int, str, str, int]
"""(id, name, version, place of its kind in a list)."""


class SourceKind(NamedTuple):
    """What decides how a source is rebuilt of which nothing is known here."""

    field: str
    """Its Architecture field: `any all`."""
    has_tilde: bool
    """Whether there is one in the stem of its version."""
    tail: str
    """What its version has behind the stem: `-3`."""
    continued: str
    """What all its binaries have behind the source's version that go on there: `+b1`, or ""."""


class KnownSources(NamedTuple):
    """Sources of a base by name, with their kinds."""

    rows: Sequence[PlainRow] = ()
    kinds: Sequence[SourceKind] = ()

    def replaced(self, names: Collection[str], new: "KnownSources") -> "KnownSources":
        """These, but of some names the new ones; kinds in the order in which they come. O(all)."""
        found = [(row, new.kinds[row[3]]) for row in new.rows]
        found += [(row, self.kinds[row[3]]) for row in self.rows if row[1] not in names]
        found.sort(key=_name_of)
        places: dict[SourceKind, int] = {}
        rows = [
            (source_id, name, version, places.setdefault(kind, len(places)))
            for (source_id, name, version, _), kind in found
        ]
        return KnownSources(rows, list(places))


def _name_of(found: tuple[PlainRow, SourceKind]) -> str:
    return found[0][1]


def alike_rebuilt(
    continued: Mapping[str, Mapping[str, Sequence[str]]],
) -> dict[str, tuple[str, str]]:
    """Source -> its version and what continues it: of those all of whose binaries have one `+bN`.

    Args:
        continued: source -> its version -> versions of its binaries that continue it.
    """
    found: dict[str, tuple[str, str]] = {}
    for name, of_versions in continued.items():
        [(version, binaries), *more] = of_versions.items()
        if not more and len(binaries) == 1 and binaries[0].startswith("+b", len(version)):
            found[name] = (version, binaries[0][len(version) :])
    return found


def known_sources(
    sources: Iterable[SourceRow], rebuilt: Mapping[str, tuple[str, str]]
) -> KnownSources:
    """The sources with their kinds. O(sources).

    Args:
        sources: of a base, each name once.
        rebuilt: of `alike_rebuilt`.
    """
    places: dict[tuple[str, bool, str, str], int] = {}
    rows: list[PlainRow] = []
    for source_id, name, version, field in sources:
        stem = stem_of(version)
        of, continued = rebuilt.get(name, _NOT_REBUILT)
        kind = (field, "~" in stem, version[len(stem) :], continued if of == version else "")
        rows.append((source_id, name, version, places.setdefault(kind, len(places))))
    return KnownSources(rows, list(map(SourceKind._make, places)))


_NOT_REBUILT = ("", "")


class PlainSources(NamedTuple):
    """Sources that are the parents', of which nothing was built here and nothing else is known."""

    rows: Sequence[PlainRow] = ()
    kinds: Sequence[SourceKind] = ()
    numbers: Mapping[str, int] = MappingProxyType({})
    """Source -> the number of its last rebuild, of any sources."""

    def candidate(self, row: PlainRow) -> Candidate:
        """One of these sources, with all that decides about it."""
        source_id, name, version, place = row
        field, _, _, continued = self.kinds[place]
        there = version + continued
        return Candidate(
            source=CandidateSource(source_id, name, version, field),
            versions=SourceVersions(version, (there,) if continued else ()),
            version_before=there,
            last_rebuild_no=self.numbers.get(name, 0),
            live_architectures=frozenset(),
        )

    def candidates(self) -> Iterable[Candidate]:
        """All of them."""
        return map(self.candidate, self.rows)

    def among(self, is_meant: Callable[[str], bool]) -> "PlainSources":
        """Those whose names are meant."""
        return self._replace(rows=[row for row in self.rows if is_meant(row[1])])


NO_PLAIN = PlainSources()
