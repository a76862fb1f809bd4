"""Packages of one source that want each other in one version, which a rebuild of a part breaks.

An `all` package that wants one of the other part stays as it is while that gets a new version. A
package of the other part that wants an `all` one breaks if its source wrote `${binary:Version}`,
and not if it wrote `${source:Version}`. In a published package both are the same version, unless
the parent has rebuilt its binaries alone: `1.2-3+b1` that wants `foo-data (= 1.2-3)` proves the
second. What is not proved is unclear, and taken for the first.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from vostok.debian.relations import Relation, parse_relations
from vostok.debian.version import Version
from vostok.domain.package import Membership
from vostok.domain.publication import ALL
from vostok.services.repositories import Transaction

_NONE: frozenset[str] = frozenset()
_DEPENDS = re.compile(r"^(?:Pre-)?Depends:((?:.|\n[ \t])*)", re.MULTILINE)


class ExactRelations(NamedTuple):
    """Source -> the sentence that says which of its packages want which, of those that do."""

    breaking: Mapping[str, str]
    unclear: Mapping[str, str]


class _Package(NamedTuple):
    """A package of a source of both parts; the paragraph if it wants an exact version."""

    source: str
    name: str
    version: str
    architecture: str
    paragraph: str | None


def exact_relations(
    transaction: Transaction, base: Membership, names: Collection[str] | None
) -> ExactRelations:
    """Which sources cannot be rebuilt by their binaries alone, and of which that is not known.

    Of sources of these names, or of all. In sets; only paragraphs that name a package of the
    other part are parsed.
    """
    staying: dict[str, set[str]] = defaultdict(set)
    changing: dict[str, set[str]] = defaultdict(set)
    wanting = []
    for package in map(_Package._make, transaction.rebuildable.mixed_packages(base, names)):
        source, name, _, architecture, paragraph = package
        (staying if architecture == ALL else changing)[source].add(name)
        if paragraph is not None:
            wanting.append(package)
    return ExactRelations(_breaking(wanting, changing), _unclear(wanting, staying))


def _breaking(packages: Iterable[_Package], changing: Mapping[str, set[str]]) -> Mapping[str, str]:
    """Of `all` packages that want one of the other part.

    Packages that are themselves `all` are wanted safely, for they stay as well.
    """
    found: dict[str, str] = {}
    for source, name, _, architecture, paragraph in packages:
        if architecture == ALL:
            for relation in _exact_in(paragraph or "", changing.get(source, _NONE)):
                found[source] = f"{name} depends on {relation}"
    return found


def _unclear(packages: Iterable[_Package], staying: Mapping[str, set[str]]) -> Mapping[str, str]:
    """Of packages per architecture that want an `all` one in what is their own version.

    One architecture on which the parent rebuilt the binaries alone proves it for all.
    """
    unclear: dict[tuple[str, str, str], Relation] = {}
    clear: set[tuple[str, str, str]] = set()
    for source, name, version, architecture, paragraph in packages:
        if architecture == ALL:
            continue
        for relation in _exact_in(paragraph or "", staying.get(source, _NONE)):
            key = source, name, relation.name
            if relation.version == Version.parse(version):
                unclear[key] = relation
            else:
                clear.add(key)
    return {
        source: f"{name} depends on {relation}, which may be the version of the binaries"
        for (source, name, wanted), relation in unclear.items()
        if (source, name, wanted) not in clear
    }


def _exact_in(paragraph: str, names: Collection[str]) -> Iterator[Relation]:
    """The relations that only one version of one of the names satisfies.

    Of ten thousand paragraphs most have none: they are not parsed, but looked through for names.
    """
    words = [part.rpartition(" ")[2] for part in paragraph.split(" (= ")[:-1]]
    if not any(word.rpartition(",")[2].partition(":")[0] in names for word in words):
        return
    for field in _DEPENDS.findall(paragraph):
        for group in field.split(","):
            if "(=" in group and "|" not in group:
                [[relation]] = parse_relations(group)
                if relation.name in names:
                    yield relation
