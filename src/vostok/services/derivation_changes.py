"""Making a suite's next derivation out of the present one, and all that follows from it."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vostok.domain.access import Principal
from vostok.domain.archive import Archive, Suite
from vostok.domain.derivation import Derivation, Parent, ParentRequest, Pin, Removal
from vostok.domain.package import DeltaKind, Membership, SourceMember
from vostok.domain.sync import Decision, LocalChange, Standing, Verdict, decisions
from vostok.errors import ConflictError, InvalidInputError
from vostok.services.building import BuildService
from vostok.services.composing import Terms, add_derivation, offered_sources, parent_now
from vostok.services.ports import Clock
from vostok.services.repositories import Transaction
from vostok.services.selecting import selected, selected_here, taken_sources
from vostok.services.views import derivation_of

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
class _Facts:
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


class ChangeWriter:
    """Writes derivations that follow another."""

    def __init__(self, builds: BuildService, clock: Clock) -> None:
        self._builds = builds
        self._clock = clock

    def apply(
        self,
        transaction: Transaction,
        principal: Principal,
        archive: Archive,
        suite: Suite,
        change: Change,
    ) -> tuple[Derivation, Derivation, Sequence[Decision]]:
        """The derivation before, the one after, and the decisions. O(archive).

        Both derivations are the same one if nothing is different. Done again by the same job, it
        finds what it did.
        """
        old = derivation_of(suite)
        reason = change.reason
        if change.job_id is not None:
            reason = f"{change.reason} (job {change.job_id})"
            if old.reason == reason:
                before = transaction.derivations.numbered(suite.id, old.number - 1)
                return before, old, transaction.derivations.decisions(suite.id, old.number)
        if _is_quiet(transaction, principal, suite, change):
            return old, old, ()
        facts = _facts(transaction, principal, suite, change)
        pins, left_out = _staying(suite, facts)
        if self._is_same(transaction, suite, facts, change, pins):
            unchanged = self._decided(facts, suite, facts.taken)
            return facts.old, facts.old, unchanged
        new = add_derivation(
            transaction,
            suite,
            facts.parents,
            Terms(
                selection=facts.old.selection if change.selection is None else change.selection,
                mode=facts.old.mode,
                unbuilt=facts.old.unbuilt,
                reason=reason,
                requested_by=principal.name,
                at=self._clock.now(),
            ),
            pinned=pins,
            removals=list(facts.removals.values()),
            left_out=left_out,
            apart=facts.apart,
        )
        _check_bytes(transaction, suite, new)
        current = transaction.archives.suite(suite.id)
        made = self._decided(facts, current, taken_sources(transaction, current))
        self._follow(transaction, archive, current, facts, new, made, principal)
        return facts.old, new, made

    @staticmethod
    def _is_same(
        transaction: Transaction,
        suite: Suite,
        facts: _Facts,
        change: Change,
        pins: Mapping[str, tuple[Membership, Pin]],
    ) -> bool:
        number = facts.old.number
        return (
            facts.parents == facts.old.parents
            and change.selection in (None, facts.old.selection)
            and pins.keys() == transaction.derivations.pins(suite.id, number).keys()
            and facts.removals == transaction.derivations.removals(suite.id, number)
        )

    @staticmethod
    def _decided(facts: _Facts, suite: Suite, taken_after: frozenset[str]) -> tuple[Decision, ...]:
        names = facts.taken | taken_after | facts.locals.keys() | facts.removals.keys()
        names |= facts.held - facts.before.keys()
        return decisions(
            (
                facts.standing(
                    name,
                    was_taken=name in facts.taken or name in facts.locals,
                    is_selected=name in taken_after,
                )
                for name in names
                if name in facts.before
                or name in facts.offered
                or name in facts.locals
                or name in facts.removals
            ),
            on_removal=suite.on_removal,
        )

    def _follow(
        self,
        transaction: Transaction,
        archive: Archive,
        suite: Suite,
        facts: _Facts,
        new: Derivation,
        made: Sequence[Decision],
        principal: Principal,
    ) -> None:
        """What a new derivation means for what was made here, for builds and for views."""
        gone = {
            d.source for d in made if d.verdict in (Verdict.UPDATED, Verdict.REMOVED)
        } - facts.locals.keys()
        contained = {d.source for d in made if d.ends_local}
        out = {d.source for d in made if d.verdict is Verdict.LEFT_OUT}
        deltas = transaction.deltas
        deltas.supersede(suite.id, new.number, gone, [DeltaKind.REBUILD])
        deltas.supersede(
            suite.id, new.number, contained | out, [DeltaKind.REBUILD, DeltaKind.LOCAL_CHANGE]
        )
        deltas.set_base_versions(
            suite.id, {d.source: str(d.offered) for d in made if d.merges_back}
        )
        if any(
            facts.before.get(name) != facts.offered.get(name)
            for name in deltas.swapped_sources(suite.id)
        ):
            deltas.forget_swaps(suite.id)
        transaction.derivations.put_decisions(
            suite.id, new.number, (d for d in made if d.verdict is not Verdict.UNCHANGED)
        )
        left = out | {d.source for d in made if d.verdict is Verdict.REMOVED}
        whence = f"derivation {new.number}, {new.reason},"
        for sources, words in (
            ((gone | contained) - left, f"{whence} has another version of it"),
            ((gone | contained | out) & left, f"{whence} has it no more"),
        ):
            self._builds.supersede(
                transaction, archive.id, sources, actor=principal.name, reason=words
            )
        deltas.cut_edition(suite.id, self._clock.now())


def _is_quiet(
    transaction: Transaction, principal: Principal, suite: Suite, change: Change
) -> bool:
    """Whether nothing is asked and nothing stands apart: every source stays. O(own sources)."""
    old = derivation_of(suite)
    asked = (change.hold, change.selection, change.remove, change.restore)
    return (
        all(what is None for what in asked)
        and _parents(transaction, principal, suite, change) == old.parents
        and not transaction.deltas.local_changes(suite.id)
        and not transaction.derivations.pins(suite.id, old.number)
        and not transaction.derivations.removals(suite.id, old.number)
    )


def _parents(
    transaction: Transaction, principal: Principal, suite: Suite, change: Change
) -> tuple[Parent, ...]:
    """The parents that the next derivation has: those of now, or as they are."""
    parents = derivation_of(suite).parents
    if not change.moves:
        return parents
    return tuple(
        parent_now(
            transaction,
            principal,
            ParentRequest(
                archive=parent.archive, suite=parent.suite, rank=parent.rank, only=parent.only
            ),
        )[0]
        for parent in parents
    )


def _check_bytes(transaction: Transaction, suite: Suite, new: Derivation) -> None:
    """Nothing, if no name and version would stand for other bytes than they ever did here (I6).

    Raises:
        ConflictError: one would; the hint says how to go on without it.
    """
    wrong = transaction.deltas.contradicting(suite.id, new.base)
    if wrong is not None:
        raise ConflictError(
            f"{wrong.name} {wrong.version} {wrong.architecture} was made here, and a parent has "
            "it with other bytes now",
            hint=f"leave it where it is: --hold {wrong.source_name}",
        )


def _facts(transaction: Transaction, principal: Principal, suite: Suite, change: Change) -> _Facts:
    old = derivation_of(suite)
    parents = _parents(transaction, principal, suite, change)
    before = {s.name: s for s in transaction.members.sources(old.base) if not s.is_extra}
    local = transaction.deltas.local_changes(suite.id)
    removals = _removals(transaction, principal, suite, before, local, change)
    return _Facts(
        old=old,
        parents=parents,
        before=before,
        offered=offered_sources(transaction, parents),
        taken=taken_sources(transaction, suite),
        locals={name: one for name, one in local.items() if name not in removals},
        removed_locals={name: one for name, one in local.items() if name in removals},
        removals=removals,
        held=_held(transaction, suite, parents, change),
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
    suite: Suite, facts: _Facts
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
