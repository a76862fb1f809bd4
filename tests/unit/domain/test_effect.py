"""What differs before and after a deed is told as effects."""

from tests.builders import NOW

from vostok.domain.effect import (
    EffectCode,
    changed_limits,
    changed_powers,
    changed_sight,
    powers_of,
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
from vostok.domain.rights import Right, Rights, SourceLimit

TRIAL = Subject(kind=SubjectKind.ARCHIVE, name="trial")


def used(limits: Limits, builds: int) -> UsedQuota:
    quota = Quota(subject=EVERY_ARCHIVE, limits=limits, set_by="ada", set_at=NOW)
    return UsedQuota(subject=TRIAL, quota=quota, usage=Usage(builds=builds))


def test_a_right_that_becomes_narrower_is_lost_and_gained() -> None:
    wide = Rights(by_archive={"trial": frozenset({Right.UPLOAD})})
    narrow = Rights(
        by_archive={"trial": frozenset({Right.UPLOAD})},
        limits={(Right.UPLOAD, "trial"): (SourceLimit(sources=("linux-*",)),)},
    )

    found = changed_powers({"lou": powers_of(wide)}, {"lou": powers_of(narrow)})

    assert [(effect.code, effect.sentence) for effect in found] == [
        (EffectCode.LOSES, "lou may no longer upload in trial"),
        (EffectCode.GAINS, "lou may upload in trial, only linux-*"),
    ]


def test_what_stays_as_it_is_is_no_effect() -> None:
    rights = powers_of(Rights(everywhere=frozenset({Right.CREATE})))

    assert changed_powers({"lou": rights}, {"lou": rights}) == []
    assert changed_sight("trial", frozenset({"lou"}), frozenset({"lou"})) == []
    same = [used(Limits(builds=1), 3)]
    assert changed_limits(same, same) == []


def test_a_limit_is_exceeded_by_more_and_not_by_as_much() -> None:
    before, full = [used(Limits(builds=9), 3)], [used(Limits(builds=3), 3)]
    over = [used(Limits(builds=2), 3)]

    assert changed_limits(before, full) == []
    assert [effect.code for effect in changed_limits(before, over)] == [EffectCode.OVER_LIMIT]
    assert [effect.code for effect in changed_limits(over, before)] == [EffectCode.WITHIN_LIMIT]


def test_who_is_not_known_is_told_once_without_name_or_number() -> None:
    everywhere = {name: powers_of(Rights(everywhere=frozenset({Right.CREATE}))) for name in "abc"}

    found = changed_powers({}, everywhere, known={"b"})

    assert [effect.sentence for effect in found] == [
        "b may create on all archives and the installation",
        "some others may create on all archives and the installation",
    ]
