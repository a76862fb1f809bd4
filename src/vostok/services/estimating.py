"""Estimates: what builds will take, from what builds took here and else from a model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vostok.debian.architecture import has_any_part
from vostok.debian.stanza import fields_of
from vostok.domain.archive import Archive, Suite
from vostok.domain.dependencies.order import awaited_sources
from vostok.domain.derivation import Derivation, DerivationMode
from vostok.domain.estimate import SourceFacts, source_facts
from vostok.domain.package import Membership
from vostok.domain.rebuild_form import FormChoice, chosen_form, slots_of
from vostok.domain.workload import (
    Known,
    SizedSource,
    Slot,
    Workload,
    builders_by_architecture,
    workload,
)
from vostok.errors import InvalidInputError
from vostok.services.dependency_graphs import dependency_graph
from vostok.services.repositories import Transaction
from vostok.services.selecting import taken_sources
from vostok.services.views import derivation_of

BUILDERS_MAX = 100_000
FIELDS = ("Section", "Build-Depends", "Build-Depends-Arch", "Build-Depends-Indep")


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
    """What these builds will take. O(archive): more than a second for all of Debian.

    The dependency graphs of the architectures are made if nobody asked for them before.

    Args:
        transaction: to read in.
        sizes: of the packages among which the sources are built.
        slots: the builds.
        builders: so many for each architecture; None: those known here.
    """
    wanted = {slot.source for slot in slots}
    history = transaction.measures.history()
    of_interest = wanted | {source for source, _ in history}
    architectures = list(dict.fromkeys(slot.builder_architecture for slot in slots))
    return workload(
        slots,
        Known(
            facts={row.name: _facts(row) for row in sizes.sources if row.name in of_interest},
            history=history,
            binary_bytes=sizes.binary_bytes,
            needs={
                architecture: awaited_sources(
                    dependency_graph(transaction, sizes.base, architecture), wanted
                )
                for architecture in architectures
            },
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
        for _, architecture, builders_of in slots_of(
            row.architecture,
            chosen_form(row.architecture, "", FormChoice.AUTO).form,
            suite.architectures,
            suite.architecture_of_all,
        )
    ]
    return DerivationPlan(
        archive=archive,
        suite=suite,
        derivation=derivation,
        parent_bytes=parent_bytes,
        workload=estimated(transaction, sizes, slots, builders),
    )


def _facts(row: SizedSource) -> SourceFacts:
    section, *relations = fields_of(row.stanza, FIELDS)
    return source_facts(
        row.name,
        section=section,
        size=row.bytes,
        relations=relations,
        has_any_part=has_any_part(row.architecture),
    )
