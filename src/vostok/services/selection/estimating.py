"""Estimates: what builds will take, from what builds took here and else from a model."""

from collections.abc import Sequence
from dataclasses import dataclass

from vostok.debian.architecture import has_any_part
from vostok.debian.stanza import fields_of
from vostok.domain.archive import Archive, Suite
from vostok.domain.build import Build, NewBuild
from vostok.domain.builder import BuilderState
from vostok.domain.dependencies.order import awaited_sources
from vostok.domain.derivation import Derivation, DerivationMode
from vostok.domain.estimate import SourceFacts, source_facts
from vostok.domain.package import Membership
from vostok.domain.rebuild_form import FormChoice, chosen_form, slots_of
from vostok.domain.workload import (
    Known,
    SizedSource,
    Sizes,
    Slot,
    Workload,
    builders_by_architecture,
    workload,
)
from vostok.errors import InvalidInputError
from vostok.services.repositories import Transaction
from vostok.services.selection.dependency_graphs import dependency_graph
from vostok.services.views.editions import derivation_of

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


def sizes_of(transaction: Transaction, base: Membership) -> Sizes:
    """The sizes of all packages of a membership; kept, if they were not yet.

    O(archive) the first time, then the time to read a file of 6 MB.
    """
    fingerprint = transaction.paragraphs.fingerprint(base)
    found = transaction.facts.find_sizes(base, fingerprint)
    if found is None:
        sources = [(row.architecture, _facts(row)) for row in transaction.measures.sources(base)]
        found = Sizes(sources, transaction.measures.binary_bytes(base))
        transaction.facts.put_sizes(base, fingerprint, found)
    return found


def slot_of(build: NewBuild | Build) -> Slot:
    """What an estimate asks of a build."""
    return Slot(
        source=build.source,
        architecture=build.architecture,
        builder_architecture=build.builder_architecture,
    )


def estimated(
    transaction: Transaction,
    base: Membership,
    sizes: Sizes,
    slots: Sequence[Slot],
    builders: int | None,
) -> Workload:
    """What these builds will take. O(archive): more than a second for all of Debian.

    The dependency graphs of the architectures are made if nobody asked for them before.

    Args:
        transaction: to read in.
        base: the packages among which the sources are built.
        sizes: of them.
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
            facts={facts.name: facts for _, facts in sizes.sources if facts.name in of_interest},
            history=history,
            binary_bytes=sizes.binary_bytes,
            needs={
                architecture: awaited_sources(
                    dependency_graph(transaction, base, architecture), wanted
                )
                for architecture in architectures
            },
            builders=builders_by_architecture(
                (
                    builder.architectures
                    for builder in transaction.builders.all()
                    if builder.state is BuilderState.ACTIVE
                ),
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
    notes: Sequence[str] = ()
    """What people should know of the versions that it will make, in sentences."""


def planned(
    transaction: Transaction,
    archive: Archive,
    suite: Suite,
    names: frozenset[str],
    builders: int | None,
) -> DerivationPlan:
    """What a derived suite is and will take: all its sources are built if its mode is `full`.

    Args:
        transaction: to read in; the base must be there, the suite need not.
        archive: the derived one.
        suite: of it.
        names: of the sources that it takes.
        builders: so many for each architecture; None: those known here.
    """
    derivation = derivation_of(suite)
    sizes = sizes_of(transaction, derivation.base)
    taken = [(field, facts) for field, facts in sizes.sources if facts.name in names]
    shown = {*suite.architectures, "all"}
    parent_bytes = sum(facts.bytes for _, facts in taken) + sum(
        size
        for (source, architecture), size in sizes.binary_bytes.items()
        if source in names and architecture in shown
    )
    slots = [
        Slot(source=facts.name, architecture=architecture, builder_architecture=builders_of)
        for field, facts in (taken if derivation.mode is DerivationMode.FULL else ())
        for _, architecture, builders_of in slots_of(
            field,
            chosen_form(field, "", FormChoice.AUTO).form,
            suite.architectures,
            suite.architecture_of_all,
        )
    ]
    return DerivationPlan(
        archive=archive,
        suite=suite,
        derivation=derivation,
        parent_bytes=parent_bytes,
        workload=estimated(transaction, derivation.base, sizes, slots, builders),
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
