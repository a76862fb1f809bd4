"""What a deed on rights is said to change, against what is allowed before and after it."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vostok.domain.access import Action, Role, is_allowed, right_for
from vostok.domain.changed_powers import Difference, Holding, Power, changed_powers, difference
from vostok.domain.effect import EffectCode
from vostok.domain.rights import OF_ARCHIVES, OF_INSTALLATION, Right, Rights, SourceLimit

MEMBER, DEVELOPER = Role.MEMBER, Role.DEVELOPER
PRIVATE = frozenset({"sec", "hid"})
ARCHIVES = ("pub", "open", *sorted(PRIVATE))
"""No grant is on `open` or on `hid`."""


def rights_in(**held: tuple[Right, ...]) -> Rights:
    return Rights(by_archive={archive: frozenset(found) for archive, found in held.items()})


def holding(rights: Rights, role: Role = MEMBER) -> Holding:
    return Holding(role=role, rights=rights, private=PRIVATE)


def told(before: Rights, after: Rights, role: Role = MEMBER) -> list[str]:
    found = changed_powers({"lou": holding(before, role)}, {"lou": holding(after, role)})
    return [effect.sentence for effect in found]


@pytest.mark.parametrize(
    ("role", "before", "after", "sentences"),
    [
        (MEMBER, rights_in(sec=(Right.VIEW, Right.REBUILD)), rights_in(sec=(Right.REBUILD,)), []),
        (
            MEMBER,
            rights_in(pub=(Right.UPLOAD, Right.ADMINISTER)),
            rights_in(pub=(Right.ADMINISTER,)),
            [],
        ),
        (DEVELOPER, rights_in(pub=(Right.UPLOAD,)), rights_in(), []),
        (
            MEMBER,
            rights_in(sec=(Right.UPLOAD,)),
            rights_in(),
            ["lou does not see sec any more", "lou may no longer upload in sec"],
        ),
        (
            DEVELOPER,
            rights_in(),
            rights_in(sec=(Right.VIEW,)),
            [
                *(f"lou may {right} in sec" for right in ("rebuild", "retry", "upload")),
                "lou sees sec",
            ],
        ),
        (
            MEMBER,
            replace(rights_in(pub=(Right.UPLOAD,)), everywhere=frozenset({Right.UPLOAD})),
            rights_in(pub=(Right.UPLOAD,)),
            [
                "lou may no longer upload on all archives and the installation; still in pub",
                "lou may no longer view on all archives and the installation; still in pub",
            ],
        ),
        (Role.ADMINISTRATOR, rights_in(), rights_in(sec=(Right.UPLOAD,)), []),
    ],
)
def test_what_follows_from_a_role_or_another_right_is_neither_lost_nor_gained(
    role: Role, before: Rights, after: Rights, sentences: list[str]
) -> None:
    assert sorted(told(before, after, role)) == sentences


def test_a_right_that_becomes_narrower_is_lost_and_gained() -> None:
    wide = rights_in(pub=(Right.UPLOAD,))
    narrow = Rights(
        by_archive=wide.by_archive,
        limits={(Right.UPLOAD, "pub"): (SourceLimit(sources=("linux-*",)),)},
    )

    found = changed_powers({"lou": holding(wide)}, {"lou": holding(narrow)})

    assert [(effect.code, effect.sentence) for effect in found] == [
        (EffectCode.LOSES, "lou may no longer upload in pub"),
        (EffectCode.GAINS, "lou may upload in pub, only linux-*"),
    ]


def test_who_is_not_known_is_told_once_without_name_or_number() -> None:
    before = {name: holding(Rights()) for name in "abc"}
    after = {name: holding(Rights(everywhere=frozenset({Right.CREATE}))) for name in "abc"}

    found = changed_powers(before, after, known={"b"})

    assert [effect.sentence for effect in found] == [
        "b may create on all archives and the installation",
        "some others may create on all archives and the installation",
    ]


somebodys = st.builds(
    Rights,
    everywhere=st.frozensets(st.sampled_from(Right), max_size=2),
    by_archive=st.dictionaries(
        st.sampled_from(["pub", "sec"]), st.frozensets(st.sampled_from(sorted(OF_ARCHIVES)))
    ),
)


def may(side: Holding, right: Right, archive: str | None) -> bool:
    actions = [action for action in Action if right_for(action) is right]
    return all(is_allowed(side.principal(), action, archive) for action in actions)


def said(powers: frozenset[Power]) -> Mapping[tuple[Right, str], tuple[str, ...]]:
    return {(power.right, power.archive): power.still for power in powers}


def is_lost(found: Difference, right: Right, archive: str) -> bool:
    lost = said(found.lost)
    everywhere = lost.get((right, ""))
    return (right, archive) in lost or (everywhere is not None and archive not in everywhere)


@given(st.sampled_from([MEMBER, DEVELOPER, Role.ADMINISTRATOR]), somebodys, somebodys)
def test_the_difference_is_that_of_what_is_allowed(
    role: Role, rights_before: Rights, rights_after: Rights
) -> None:
    before, after = holding(rights_before, role), holding(rights_after, role)

    found = difference(before, after)

    gained = said(found.gained)
    for right in OF_ARCHIVES:
        for archive in ARCHIVES:
            had, has = may(before, right, archive), may(after, right, archive)
            if right is Right.VIEW and archive not in PRIVATE:
                assert (had, has) == (True, True)
                assert not {(right, archive)} & (said(found.lost).keys() | gained.keys())
                continue
            assert is_lost(found, right, archive) is (had and not has), (right, archive)
            is_told = (right, archive) in gained or (right, "") in gained
            assert (is_told, has) in {(has and not had, has), (True, True)}, (right, archive)
            assert (right, archive) not in gained or not had
    for right in OF_INSTALLATION:
        had, has = may(before, right, None), may(after, right, None)
        assert ((right, "") in said(found.lost)) is (had and not has)
        assert ((right, "") in gained) is (has and not had)
