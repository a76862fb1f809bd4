"""What a deed would do to whom: the effects that a dry run tells of. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vostok.domain.counting import counted
from vostok.domain.quota import UsedQuota

EFFECTS_MAX: Final = 1_000
"""That one dry run tells of; how many there are is told too."""


class EffectCode(StrEnum):
    """What becomes of whom or what."""

    GAINS = "gains"
    """A right is granted to a person, by themselves or by a team."""
    LOSES = "loses"
    """A person holds a right no more."""
    SEES = "sees"
    """A private archive is there for them."""
    SEES_NO_MORE = "sees-no-more"
    OVER_LIMIT = "over-limit"
    """More is used than may be: what is there stays, no more is let in."""
    WITHIN_LIMIT = "within-limit"
    """What was over a limit is so no more."""
    ENDS = "ends"
    """It is good for nothing any more."""
    STAYS = "stays"
    """It is theirs, and goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One thing that would be otherwise, or that one may want to think of.

    Attributes:
        subject: whom or what it is about: a person's name, `token ci`, `archive trial`.
        sentence: all of it, for people.
    """

    code: EffectCode
    subject: str
    sentence: str


def changed_sight(archive: str, before: frozenset[str], after: frozenset[str]) -> list[Effect]:
    """Who comes to see an archive, and who sees it no more, by name."""
    gone = [
        Effect(
            code=EffectCode.SEES_NO_MORE,
            subject=name,
            sentence=f"{name} does not see {archive} any more",
        )
        for name in sorted(before - after)
    ]
    come = [
        Effect(code=EffectCode.SEES, subject=name, sentence=f"{name} sees {archive}")
        for name in sorted(after - before)
    ]
    return gone + come


def exceeded(used: UsedQuota) -> dict[str, str]:
    """Measure -> what is used of it and may be, where more is used than may be."""
    numbers = {
        "archives": (used.usage.archives, used.limits.archives, ("archive", "archives")),
        "builds": (
            used.usage.builds,
            used.limits.builds,
            ("unfinished build", "unfinished builds"),
        ),
        "bytes": (used.usage.bytes, used.limits.bytes, ("byte", "bytes")),
    }
    return {
        measure: f"{counted(count, *nouns)}, of which there may be {limit}"
        for measure, (count, limit, nouns) in numbers.items()
        if limit is not None and count > limit
    }


def changed_limits(before: Iterable[UsedQuota], after: Iterable[UsedQuota]) -> list[Effect]:
    """Who would be over a limit who is not so now, and the other way round, by subject."""
    over_before = {used.subject: exceeded(used) for used in before}
    over_after = {used.subject: exceeded(used) for used in after}
    found = []
    for subject in sorted({*over_before, *over_after}):
        was, would = over_before.get(subject, {}), over_after.get(subject, {})
        found += [
            Effect(
                code=EffectCode.OVER_LIMIT,
                subject=str(subject),
                sentence=f"{subject} has {words}: what is there stays, no more is let in",
            )
            for measure, words in would.items()
            if was.get(measure) != words
        ]
        found += [
            Effect(
                code=EffectCode.WITHIN_LIMIT,
                subject=str(subject),
                sentence=f"{subject} is over no limit of {measure} any more",
            )
            for measure in was
            if measure not in would
        ]
    return found
