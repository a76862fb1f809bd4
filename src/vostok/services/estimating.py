"""Estimates: what builds will take, from what builds took here and else from a model."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from vostok.debian.architecture import has_any_part
from vostok.debian.relations import parse_relations, relevant
from vostok.domain.archive import Archive, Suite
from vostok.domain.campaign import build_slots
from vostok.domain.derivation import Derivation, DerivationMode
from vostok.domain.estimate import SourceFacts, source_facts
from vostok.domain.package import Membership
from vostok.domain.workload import (
    Known,
    SizedSource,
    Slot,
    Workload,
    builders_by_architecture,
    workload,
)
from vostok.errors import InvalidInputError
from vostok.services.repositories import Transaction
from vostok.services.selecting import taken_sources
from vostok.services.views import derivation_of

BUILDERS_MAX = 100_000
BUILD_RELATION_FIELDS = ("Build-Depends", "Build-Depends-Arch", "Build-Depends-Indep")

_POSITIVE = re.compile(r"<(?:[^>]*\s)?[^!\s>][^>]*>")
"""A list of build profiles of which one must be active, or something that looks like it."""
_NAME = re.compile(r"\s*([a-z0-9][a-z0-9+.-]*)")


def check_builders(builders: int | None) -> None:
    """Nothing, if an estimate can be made for so many builders.

    Raises:
        InvalidInputError: there are none of them, or more than the bound.
    """
    if builders is not None and not 1 <= builders <= BUILDERS_MAX:
        raise InvalidInputError(
            f"{builders} is not a number of builders from 1 to {BUILDERS_MAX}",
            hint="leave --builders out for those that are known here",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How large the packages are that builds are made among."""

    base: Membership
    sources: Sequence[SizedSource]
    binary_bytes: Mapping[tuple[str, str], int]
    """By (source, architecture or `all`)."""


def sizes_of(transaction: Transaction, base: Membership) -> Sizes:
    """The sizes of all packages of a membership. O(archive)."""
    return Sizes(
        base=base,
        sources=transaction.measures.sources(base),
        binary_bytes=transaction.measures.binary_bytes(base),
    )


def estimated(
    transaction: Transaction, sizes: Sizes, slots: Sequence[Slot], builders: int | None
) -> Workload:
    """What these builds will take. O(archive): about a second for all of Debian.

    Args:
        transaction: to read in.
        sizes: of the packages among which the sources are built.
        slots: the builds.
        builders: so many for each architecture; None: those known here.
    """
    wanted = {slot.source for slot in slots}
    history = transaction.measures.history()
    of_interest = wanted | {source for source, _ in history}
    rows = [row for row in sizes.sources if row.name in of_interest]
    relations = {row.name: _relations(row.stanza) for row in rows}
    architectures = list(dict.fromkeys(slot.builder_architecture for slot in slots))
    return workload(
        slots,
        Known(
            facts={row.name: _facts(row, relations[row.name]) for row in rows},
            history=history,
            binary_bytes=sizes.binary_bytes,
            needs=_needs(
                {source: found for source, found in relations.items() if source in wanted},
                transaction.measures.producers(sizes.base),
                architecture=architectures[0] if architectures else "all",
            ),
            builders=builders_by_architecture(
                (builder.architectures for builder in transaction.builders.all()),
                architectures,
                builders,
            ),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivationPlan:
    """What an archive would be, and what building it would take."""

    archive: Archive
    suite: Suite
    derivation: Derivation
    parent_bytes: int
    """Of the taken sources and their binaries on its architectures, as the parents have them."""
    workload: Workload


def planned(
    transaction: Transaction, archive: Archive, suite: Suite, builders: int | None
) -> DerivationPlan:
    """What a derived suite is and will take: all its sources are built if its mode is `full`."""
    derivation = derivation_of(suite)
    sizes = sizes_of(transaction, derivation.base)
    names = taken_sources(transaction, suite)
    taken = [row for row in sizes.sources if row.name in names]
    shown = {*suite.architectures, "all"}
    parent_bytes = sum(row.bytes for row in taken) + sum(
        size
        for (source, architecture), size in sizes.binary_bytes.items()
        if source in names and architecture in shown
    )
    slots = [
        Slot(source=row.name, architecture=architecture, builder_architecture=builders_of)
        for row in (taken if derivation.mode is DerivationMode.FULL else ())
        for _, architecture, builders_of in build_slots(
            row.architecture, suite.architectures, suite.architecture_of_all
        )
    ]
    return DerivationPlan(
        archive=archive,
        suite=suite,
        derivation=derivation,
        parent_bytes=parent_bytes,
        workload=estimated(transaction, sizes, slots, builders),
    )


def _facts(row: SizedSource, relations: Sequence[str]) -> SourceFacts:
    return source_facts(
        row.name,
        section=_field(row.stanza, "Section"),
        size=row.bytes,
        relations=relations,
        has_any_part=has_any_part(row.architecture),
    )


def _relations(stanza: str) -> list[str]:
    return [text for field in BUILD_RELATION_FIELDS if (text := _field(stanza, field))]


def _field(stanza: str, name: str) -> str:
    """The value of a field of a stanza that was checked when it was stored.

    A fifth of the time that parsing the whole of it takes, which counts in 40,000 of them.
    """
    start = stanza.find(f"\n{name}:")
    if start < 0:
        return ""
    start += len(name) + 2
    end = stanza.find("\n", start)
    while 0 <= end < len(stanza) - 1 and stanza[end + 1] in " \t":
        end = stanza.find("\n", end + 1)
    return stanza[start : end if end >= 0 else len(stanza)].strip()


def _needs(
    relations: Mapping[str, Sequence[str]], producers: Mapping[str, str], *, architecture: str
) -> dict[str, Collection[str]]:
    """Source -> sources of the packages that it build-depends on, of each group the first known.

    What is needed only with others (Depends of a build dependency) does not count, nor what
    another package only provides, nor build-essential.
    """
    known: dict[str, str | None] = {}
    found: dict[str, Collection[str]] = {}
    for source, fields in relations.items():
        needed: set[str] = set()
        for group in (group for field in fields for group in field.split(",")):
            if group not in known:
                known[group] = _producer(group, producers, architecture)
            producer = known[group]
            if producer is not None and producer != source:
                needed.add(producer)
        found[source] = needed
    return found


def _producer(group: str, producers: Mapping[str, str], architecture: str) -> str | None:
    return next(
        (producers[name] for name in _names(group, architecture) if name in producers), None
    )


def _names(group: str, architecture: str) -> Iterable[str]:
    if "[" not in group and not _POSITIVE.search(group):  # nearly all apply as they are
        return (match[1] for part in group.split("|") if (match := _NAME.match(part)))
    try:
        groups = relevant(parse_relations(group), architecture=architecture)
    except InvalidInputError:
        return ()
    return (relation.name for alternatives in groups for relation in alternatives)
