"""What persons may do after a deed that they might not before it, and the other way round. Pure.

It is the difference of what `vostok.domain.access` allows: what follows from a role or another
right too is neither gained nor lost.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from vostok.domain.access import Action, Principal, Role, is_allowed, right_for, source_limits
from vostok.domain.effect import Effect, EffectCode
from vostok.domain.rights import EVERY_SOURCE, NARROWABLE, OF_ARCHIVES, Right, Rights

OTHERS: Final = "some others"
"""Persons who are not named, nor counted, to whoever asks."""
_ACTIONS: Final = {
    right: tuple(action for action in Action if right_for(action) is right) for right in Right
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What decides what somebody may do.

    Attributes:
        role: theirs.
        rights: what was granted to them.
        private: the archives that not everybody sees.
    """

    role: Role
    rights: Rights
    private: frozenset[str]

    def principal(self) -> Principal:
        """Them, as they ask with a token that is not narrowed."""
        hidden = (
            frozenset[str]()
            if self.role is Role.ADMINISTRATOR
            else frozenset(name for name in self.private if not self.rights.holds_any(name))
        )
        rights = Rights(
            everywhere=self.rights.everywhere,
            by_archive=self.rights.by_archive,
            limits=self.rights.limits,
            hidden=hidden,
        )
        return Principal(name="", role=self.role, rights=rights)

    @property
    def sees_all(self) -> bool:
        """Whether all private archives are there for them, those to come too."""
        return self.role is Role.ADMINISTRATOR or bool(self.rights.everywhere & OF_ARCHIVES)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Power:
    """What somebody may do in one archive or, without one, in all or on the installation.

    Attributes:
        right: by which it is called; `view` of an archive: it is there for them.
        only: what it is narrowed to.
        still: of one that is lost in all archives: those where it is not.
    """

    right: Right
    archive: str
    only: str = ""
    still: tuple[str, ...] = ()

    def sentence(self, subject: str, *, is_lost: bool) -> str:
        """Who may, or may no longer."""
        if self.right is Right.VIEW and self.archive:
            seen = "does not see {} any more" if is_lost else "sees {}"
            return f"{subject} {seen.format(self.archive)}"
        where = f" in {self.archive}" if self.archive else " on all archives and the installation"
        only = f", only {self.only}" if self.only else ""
        still = f"; still in {', '.join(self.still)}" if self.still else ""
        return (
            f"{subject} {'may no longer' if is_lost else 'may'} {self.right}{where}{only}{still}"
        )

    def effect(self, subject: str, *, is_lost: bool) -> Effect:
        """The same as an effect."""
        sight = (EffectCode.SEES, EffectCode.SEES_NO_MORE)
        is_sight = self.right is Right.VIEW and self.archive
        codes = sight if is_sight else (EffectCode.GAINS, EffectCode.LOSES)
        return Effect(
            code=codes[is_lost], subject=subject, sentence=self.sentence(subject, is_lost=is_lost)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What is lost and gained; what is narrowed is both."""

    lost: frozenset[Power] = frozenset()
    gained: frozenset[Power] = frozenset()


def difference(before: Holding, after: Holding) -> Difference:
    """What one person loses and gains. O(archives in which they hold something)."""
    if before == after:
        return Difference()
    places = {*before.rights.by_archive, *after.rights.by_archive}
    if before.sees_all != after.sees_all:
        places |= before.private | after.private
    asked = before.principal(), after.principal()
    lost, gained = set[Power](), set[Power]()
    for right in Right:
        had, has = (_everywhere(side, right) for side in (before, after))
        in_places = [
            (place, _only(asked[0], right, place), _only(asked[1], right, place))
            for place in sorted(places if right in OF_ARCHIVES else ())
        ]
        if had != has:
            still = tuple(place for place, was, now in in_places if was is not None and now == was)
            lost |= _power(right, "", had, still)
            gained |= _power(right, "", has)
        for place, was, now in in_places:
            if was != now and (was, now) != (had, has):
                lost |= _power(right, place, was)
                gained |= _power(right, place, now)
    return Difference(lost=frozenset(lost), gained=frozenset(gained))


def _power(right: Right, place: str, only: str | None, still: tuple[str, ...] = ()) -> set[Power]:
    return set() if only is None else {Power(right=right, archive=place, only=only, still=still)}


def _everywhere(side: Holding, right: Right) -> str | None:
    """What a right on all archives is narrowed to, "" for nothing; None: it is not held."""
    if right is Right.VIEW:
        return "" if side.sees_all else None
    principal = side.principal()
    if not all(is_allowed(principal, action) for action in _ACTIONS[right]):
        return None
    is_by_role = is_allowed(Principal(name="", role=side.role), _ACTIONS[right][0])
    if is_by_role or side.rights.holds(Right.ADMINISTER, None):
        return ""
    return _words(right, side.rights.limits.get((right, None), ()))


def _only(principal: Principal, right: Right, archive: str) -> str | None:
    """The same of a right in one archive."""
    actions = _ACTIONS[right]
    if not all(is_allowed(principal, action, archive) for action in actions):
        return None
    return _words(right, source_limits(principal, actions[0], archive))


def _words(right: Right, limits: Iterable[object]) -> str:
    found = set(limits) if right in NARROWABLE else set()
    return "" if not found or EVERY_SOURCE in found else "; or ".join(sorted(map(str, found)))


def changed_powers(
    before: Mapping[str, Holding],
    after: Mapping[str, Holding],
    known: Collection[str] | None = None,
) -> list[Effect]:
    """Who gains and who loses what, by person; O(persons).

    Args:
        before: what decided of each person.
        after: what would decide.
        known: the persons who are named; what becomes of all others is told once, however many
            they are. None: everybody is named.
    """
    found: list[Effect] = []
    lost, gained = set[Power](), set[Power]()
    worked_out: dict[tuple[Holding, Holding], Difference] = {}
    """Members of a team mostly hold the same."""
    for person in sorted(before.keys() & after.keys()):
        sides = before[person], after[person]
        if sides[0] == sides[1]:
            continue
        if sides not in worked_out:
            worked_out[sides] = difference(*sides)
        changed = worked_out[sides]
        if known is None or person in known:
            found += _effects(person, changed.lost, changed.gained)
        else:
            lost |= changed.lost
            gained |= changed.gained
    return found + _effects(OTHERS, lost, gained)


def _effects(subject: str, lost: Iterable[Power], gained: Iterable[Power]) -> list[Effect]:
    return [power.effect(subject, is_lost=True) for power in sorted(lost)] + [
        power.effect(subject, is_lost=False) for power in sorted(gained)
    ]
