"""What differs before and after a deed is told as effects."""

from tests.builders import NOW

from vostok.domain.effect import (
    EffectCode,
    changed_limits,
    changed_sight,
)
from vostok.domain.quota import (
    EVERY_ARCHIVE,
    Limits,
    Quota,
    Subject,
    SubjectKind,
    Usage,
    UsedQuota,
)

TRIAL = Subject(kind=SubjectKind.ARCHIVE, name="trial")


def used(limits: Limits, builds: int) -> UsedQuota:
    quota = Quota(subject=EVERY_ARCHIVE, limits=limits, set_by="ada", set_at=NOW)
    return UsedQuota(subject=TRIAL, quota=quota, usage=Usage(builds=builds))


def test_what_stays_as_it_is_is_no_effect() -> None:
    assert changed_sight("trial", frozenset({"lou"}), frozenset({"lou"})) == []
    same = [used(Limits(builds=1), 3)]
    assert changed_limits(same, same) == []


def test_a_limit_is_exceeded_by_more_and_not_by_as_much() -> None:
    before, full = [used(Limits(builds=9), 3)], [used(Limits(builds=3), 3)]
    over = [used(Limits(builds=2), 3)]

    assert changed_limits(before, full) == []
    assert [effect.code for effect in changed_limits(before, over)] == [EffectCode.OVER_LIMIT]
    assert [effect.code for effect in changed_limits(over, before)] == [EffectCode.WITHIN_LIMIT]
