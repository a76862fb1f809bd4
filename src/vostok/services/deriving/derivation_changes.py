"""Making a suite's next derivation out of the present one, and all that follows from it."""

from collections.abc import Mapping, Sequence

from vostok.domain.access import Principal
from vostok.domain.archive import Archive, Suite
from vostok.domain.derivation import Derivation, Pin
from vostok.domain.package import DeltaKind, Membership
from vostok.domain.sync import Decision, Standing, Verdict, decisions
from vostok.errors import ConflictError
from vostok.services.building.builds import BuildService
from vostok.services.deriving.composing import Terms, add_derivation, derivation_over
from vostok.services.deriving.derivation_facts import (
    Change,
    Facts,
    Preparation,
    can_be_prepared,
    given_now,
    parents_now,
    prepared,
)
from vostok.services.ports import Clock
from vostok.services.repositories import Transaction
from vostok.services.selection.selecting import taken_sources
from vostok.services.views.editions import derivation_of

Applied = tuple[Derivation, Derivation, Sequence[Decision]]
"""The derivation before, the one after, and the decisions."""

Previewed = tuple[Derivation, Derivation, Sequence[Decision], Mapping[str, str]]
"""The same, and why the one after takes each source, unless it takes everything."""


class ChangeWriter:
    """Writes derivations that follow another."""

    def __init__(self, builds: BuildService, clock: Clock) -> None:
        self._builds = builds
        self._clock = clock

    @staticmethod
    def prepare(
        transaction: Transaction, principal: Principal, suite: Suite, change: Change
    ) -> Preparation | None:
        """A change worked out in a reading transaction, before one that writes. O(archive).

        None: there is nothing to work out, or it takes writing.
        """
        if _done_before(transaction, suite, change) is not None:
            return None
        if not can_be_prepared(transaction, suite, change):
            return None
        if is_quiet(transaction, principal, suite, change):
            return None
        return prepared(transaction, principal, suite, change)

    @staticmethod
    def still_holds(
        transaction: Transaction,
        principal: Principal,
        suite: Suite,
        change: Change,
        preparation: Preparation,
    ) -> bool:
        """Whether a change would be worked out as it was. O(own and removed sources)."""
        if suite.derivation != preparation.given.old:
            return False
        before = preparation.facts.before
        return given_now(transaction, principal, suite, change, before) == preparation.given

    def apply(
        self,
        transaction: Transaction,
        principal: Principal,
        archive: Archive,
        suite: Suite,
        change: Change,
        preparation: Preparation | None = None,
    ) -> Applied:
        """The derivation before, the one after, and the decisions. O(archive).

        Both derivations are the same one if nothing is different. Done again by the same job, it
        finds what it did.

        Args:
            transaction: to write in.
            principal: who asks.
            archive: the derived one.
            suite: its suite.
            change: what is to be different.
            preparation: the change worked out before, which still holds.
        """
        old = derivation_of(suite)
        done = _done_before(transaction, suite, change)
        if done is not None:
            return done
        if is_quiet(transaction, principal, suite, change):
            return old, old, ()
        ready = preparation or prepared(transaction, principal, suite, change)
        facts, pins, left_out = ready.facts, ready.pins, ready.left_out
        if self._is_same(transaction, suite, facts, change, pins):
            unchanged = self._decided(facts, suite, facts.taken)
            return facts.old, facts.old, unchanged
        new = add_derivation(
            transaction,
            suite,
            facts.parents,
            self._terms(facts.old, change, principal),
            pinned=pins,
            removals=list(facts.removals.values()),
            left_out=left_out,
            composed=ready.composed,
        )
        _check_bytes(transaction, suite, new)
        current = transaction.archives.suite(suite.id)
        made = self._decided(facts, current, taken_sources(transaction, current))
        self._follow(transaction, archive, current, facts, new, made, principal)
        return facts.old, new, made

    def preview(
        self, transaction: Transaction, principal: Principal, suite: Suite, change: Change
    ) -> Previewed | None:
        """What `apply` would answer to another selection, found by reading alone. O(archive).

        None: the base would have to be composed, which takes writing.

        Raises:
            VostokError: what `apply` raises.
        """
        if not previews_by_reading(transaction, suite, change):
            return None
        facts = prepared(transaction, principal, suite, change).facts
        if self._is_same(transaction, suite, facts, change, {}):
            return facts.old, facts.old, self._decided(facts, suite, facts.taken), {}
        base = facts.parents[0].members
        terms = self._terms(facts.old, change, principal)
        new, reasons = derivation_over(transaction, suite, base, facts.parents, terms)
        _check_bytes(transaction, suite, new)
        taken = transaction.packages.source_names(base) if new.is_all else frozenset(reasons)
        return facts.old, new, self._decided(facts, suite, taken), reasons

    def _terms(self, old: Derivation, change: Change, principal: Principal) -> Terms:
        return Terms(
            selection=old.selection if change.selection is None else change.selection,
            mode=old.mode,
            unbuilt=old.unbuilt,
            reason=_reason(change),
            requested_by=principal.name,
            at=self._clock.now(),
        )

    @staticmethod
    def _is_same(
        transaction: Transaction,
        suite: Suite,
        facts: Facts,
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
    def _decided(facts: Facts, suite: Suite, taken_after: frozenset[str]) -> tuple[Decision, ...]:
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
        facts: Facts,
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


def _reason(change: Change) -> str:
    return change.reason if change.job_id is None else f"{change.reason} (job {change.job_id})"


def _done_before(transaction: Transaction, suite: Suite, change: Change) -> Applied | None:
    """What the job of a change did before it was cut off, if it came so far."""
    old = derivation_of(suite)
    if change.job_id is None or old.reason != _reason(change):
        return None
    before = transaction.derivations.numbered(suite.id, old.number - 1)
    noted = transaction.derivations.decisions(suite.id, old.number)
    names = taken_sources(transaction, suite, before.number) & taken_sources(transaction, suite)
    names -= {decision.source for decision in noted}
    unchanged = (  # these are not stored: nothing else can be said of them
        Standing(source=source.name, before=source.version, offered=source.version)
        for source in transaction.members.sources(old.base)
        if not source.is_extra and source.name in names
    )
    made = [*noted, *decisions(unchanged, on_removal=suite.on_removal)]
    return before, old, sorted(made, key=lambda decision: decision.source)


def is_quiet(transaction: Transaction, principal: Principal, suite: Suite, change: Change) -> bool:
    """Whether nothing is asked and nothing stands apart: every source stays. O(own sources)."""
    old = derivation_of(suite)
    asked = (change.hold, change.selection, change.remove, change.restore)
    return (
        all(what is None for what in asked)
        and parents_now(transaction, principal, suite, change) == old.parents
        and not transaction.deltas.local_changes(suite.id)
        and not transaction.derivations.pins(suite.id, old.number)
        and not transaction.derivations.removals(suite.id, old.number)
    )


def previews_by_reading(transaction: Transaction, suite: Suite, change: Change) -> bool:
    """Whether a change is only of the selection, and the base stays a parent's own. O(1)."""
    old = derivation_of(suite)
    return (
        change.selection is not None
        and not change.moves
        and all(what is None for what in (change.hold, change.remove, change.restore))
        and len(old.parents) == 1
        and not old.parents[0].only
        and not transaction.derivations.pins(suite.id, old.number)
        and not transaction.derivations.removals(suite.id, old.number)
        and not transaction.deltas.local_changes(suite.id)
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
