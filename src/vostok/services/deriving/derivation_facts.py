"""What a suite's next derivation is decided from: read once, most of it before the write lock."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vostok.domain.access import Principal
from vostok.domain.archive import Suite
from vostok.domain.derivation import Derivation, OnRemoval, Parent, ParentRequest, Pin, Removal
from vostok.domain.package import Membership, SourceMember
from vostok.domain.sync import LocalChange, Standing, Verdict, decisions
from vostok.errors import InvalidInputError
from vostok.services.deriving.base_composition import (
    ComposedBase,
    Ingredients,
    composed_base,
    offered_sources,
)
from vostok.services.deriving.composing import are_stored, parent_now
from vostok.services.repositories import Transaction
from vostok.services.selection.selecting import selected, selected_here, taken_sources
from vostok.services.views.editions import derivation_of

HELD = str(Verdict.HELD)

NAMED_CHARACTERS_MAX: Final = 200

_PLAIN_NAME: Final = re.compile(r"[a-z0-9][a-z0-9+.-]*")
_WORDS: Final = frozenset({"and", "or", "not"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be different. See `syncing.SyncRequest`."""

    moves: bool
    hold: str | None
    selection: str | None
    remove: str | None
    restore: str | None
    reason: str
    job_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What can be different a moment later; all else follows from it, and from the change."""

    old: Derivation
    parents: tuple[Parent, ...]
    locals: Mapping[str, LocalChange]
    removals: Mapping[str, Removal]
    held: frozenset[str]
    on_removal: OnRemoval
    architectures: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the decisions are made from, read once."""

    old: Derivation
    parents: tuple[Parent, ...]
    before: Mapping[str, SourceMember]
    offered: Mapping[str, SourceMember]
    taken: frozenset[str]
    locals: Mapping[str, LocalChange]
    removed_locals: Mapping[str, LocalChange]
    removals: Mapping[str, Removal]
    held: frozenset[str]

    @property
    def apart(self) -> frozenset[str]:
        """Sources that the present base has not as the parents offer them."""
        return frozenset(
            name
            for name in self.before.keys() | self.offered.keys()
            if self.before.get(name) != self.offered.get(name)
        )

    def standing(self, source: str, *, was_taken: bool, is_selected: bool) -> Standing:
        """How a source stands here and at the parents."""
        before: SourceMember | LocalChange | None = self.before.get(source) if was_taken else None
        before = self.removed_locals.get(source, before)
        offered, removal = self.offered.get(source), self.removals.get(source)
        return Standing(
            source=source,
            before=None if before is None else before.version,
            offered=None if offered is None else offered.version,
            local=self.locals.get(source),
            removed_against=None if removal is None else removal.base_version,
            is_held=source in self.held,
            is_selected=is_selected,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """A change as far as it can be worked out without writing.

    Attributes:
        pins: source -> where its packages stay and why.
        left_out: sources of which nothing is taken from the parents.
        composed: the base; None if it is one parent's own.
    """

    given: Given
    facts: Facts
    pins: Mapping[str, tuple[Membership, Pin]]
    left_out: frozenset[str]
    composed: ComposedBase | None


def can_be_prepared(transaction: Transaction, suite: Suite, change: Change) -> bool:
    """Whether reading is enough: derived parents as they are now are stored. O(parents)."""
    return not change.moves or are_stored(transaction, parent_requests(suite))


def parent_requests(suite: Suite) -> tuple[ParentRequest, ...]:
    """The parents of a derived suite as one would ask for them now."""
    return tuple(
        ParentRequest(
            archive=parent.archive, suite=parent.suite, rank=parent.rank, only=parent.only
        )
        for parent in derivation_of(suite).parents
    )


def prepared(
    transaction: Transaction, principal: Principal, suite: Suite, change: Change
) -> Preparation:
    """The change worked out. O(archive)."""
    old = derivation_of(suite)
    before = {s.name: s for s in transaction.members.sources(old.base) if not s.is_extra}
    given = given_now(transaction, principal, suite, change, before)
    facts = Facts(
        old=old,
        parents=given.parents,
        before=before,
        offered=offered_sources(transaction, given.parents),
        taken=taken_sources(transaction, suite),
        locals={name: one for name, one in given.locals.items() if name not in given.removals},
        removed_locals={name: one for name, one in given.locals.items() if name in given.removals},
        removals=given.removals,
        held=given.held,
    )
    pins, left_out = _staying(suite, facts)
    ingredients = Ingredients(
        parents=facts.parents,
        architectures=suite.architectures,
        pinned={source: members for source, (members, _) in pins.items()},
        removed=left_out | facts.removals.keys(),
        old=old,
        apart=facts.apart,
    )
    return Preparation(
        given=given,
        facts=facts,
        pins=pins,
        left_out=left_out,
        composed=None
        if ingredients.are_one_whole_parent
        else composed_base(transaction, suite, ingredients),
    )


def given_now(
    transaction: Transaction,
    principal: Principal,
    suite: Suite,
    change: Change,
    before: Mapping[str, SourceMember],
) -> Given:
    """What a change starts from at this moment. O(own and removed sources), with `before` read.

    Args:
        transaction: to read in.
        principal: who asks.
        suite: the derived one.
        change: what is to be different.
        before: the current sources of its present base, by name.
    """
    parents = parents_now(transaction, principal, suite, change)
    local = transaction.deltas.local_changes(suite.id)
    return Given(
        old=derivation_of(suite),
        parents=parents,
        locals=local,
        removals=_removals(transaction, principal, suite, before, local, change),
        held=_held(transaction, suite, parents, change),
        on_removal=suite.on_removal,
        architectures=suite.architectures,
    )


def parents_now(
    transaction: Transaction, principal: Principal, suite: Suite, change: Change
) -> tuple[Parent, ...]:
    """The parents that the next derivation has: those of now, or as they are."""
    parents = derivation_of(suite).parents
    if not change.moves:
        return parents
    return tuple(
        parent_now(transaction, principal, request)[0] for request in parent_requests(suite)
    )


def _removals(
    transaction: Transaction,
    principal: Principal,
    suite: Suite,
    before: Mapping[str, SourceMember],
    local: Mapping[str, LocalChange],
    change: Change,
) -> dict[str, Removal]:
    removals = dict(transaction.derivations.removals(suite.id, derivation_of(suite).number))
    if change.remove is not None:
        check_not_removed(removals, change.remove)
        for name in selected_here(transaction, suite, change.remove):
            # No parent had what only an upload brought: it is removed against that version.
            against = before[name] if name in before else local[name]
            removals[name] = Removal(
                source=name, base_version=against.version, removed_by=principal.name
            )
    if change.restore is not None:
        for name in _restored(transaction, suite, removals, change.restore):
            del removals[name]
    return removals


def check_not_removed(removals: Mapping[str, Removal], expression: str) -> None:
    """Nothing, unless only sources are named that are removed already: none of them is found."""
    names = dict.fromkeys(expression.replace(",", " ").split())
    if names and all(name in removals for name in names):
        raise InvalidInputError(
            f"{', '.join(names)} is removed here already",
            hint="take it in again: vostok archive restore",
        )


def _restored(
    transaction: Transaction, suite: Suite, removals: Mapping[str, Removal], expression: str
) -> Collection[str]:
    """The removed sources that are named, or that a selection takes from what the parents have.

    One that has left the parents too is found by its name only, and by `all`.

    Raises:
        InvalidInputError: one that is named is not removed, or the selection takes none.
    """
    names = expression.replace(",", " ").split()
    if names == ["all"] and removals:
        return removals
    if names and all(map(_PLAIN_NAME.fullmatch, names)) and not _WORDS & set(names):
        missing = [name for name in names if name not in removals]
        found: Collection[str] = () if missing else names
    else:
        missing = [expression]
        parents = derivation_of(suite).parents
        found = {
            name
            for members in dict.fromkeys(parent.members for parent in parents)
            for name in selected(
                transaction, members, expression, among=frozenset(removals), is_strict=False
            )
        }
    if not found:
        raise InvalidInputError(
            f"{', '.join(missing)[:NAMED_CHARACTERS_MAX] or 'nothing'} is not removed here",
            hint=f"removed are: {', '.join(sorted(removals)) or 'none'}",
        )
    return found


def _held(
    transaction: Transaction, suite: Suite, parents: Sequence[Parent], change: Change
) -> frozenset[str]:
    """Sources that stay where they are: those named, or, while the parents stand still, as before.

    Raises:
        InvalidInputError: the expression selects nothing, neither here nor in a parent.
    """
    old = derivation_of(suite)
    if change.hold is None:
        pins = transaction.derivations.pins(suite.id, old.number)
        still = () if change.moves else (p.source for p in pins.values() if p.kind == HELD)
        return frozenset(still)
    held: set[str] = set()
    fault: InvalidInputError | None = None
    for members in dict.fromkeys([old.base, *(parent.members for parent in parents)]):
        try:
            held.update(selected(transaction, members, change.hold))
        except InvalidInputError as error:
            fault = error
    if fault is not None and not held:
        raise fault
    return frozenset(held)


def _staying(
    suite: Suite, facts: Facts
) -> tuple[dict[str, tuple[Membership, Pin]], frozenset[str]]:
    """Source -> where its packages stay and why; and the sources of which nothing is taken."""
    names = facts.taken | facts.locals.keys() | facts.held
    made = decisions(
        (
            facts.standing(name, was_taken=True, is_selected=True)
            for name in names
            if name not in facts.removals
            and (name in facts.before or name in facts.offered or name in facts.locals)
        ),
        on_removal=suite.on_removal,
    )
    pins = {
        d.source: (
            facts.old.base,
            Pin(source=d.source, kind=d.verdict, sentence=d.sentence),
        )
        for d in made
        if d.stays
    }
    return pins, frozenset(d.source for d in made if d.takes_nothing)
