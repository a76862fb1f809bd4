"""Managing people by a grant never leads to more than its holder has."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import NOW

from vostok.domain.access import Action, Principal, Role, is_allowed, source_limits
from vostok.domain.managing_people import Standing, may_act_on, may_act_on_team, usable
from vostok.domain.rights import (
    EVERY_SOURCE,
    NARROWABLE,
    OF_ARCHIVES,
    OF_INSTALLATION,
    Grant,
    Holder,
    HolderKind,
    Right,
    Rights,
    SourceLimit,
    rights_of,
)
from vostok.domain.rights_comparison import in_common, is_as_wide, is_within

ARCHIVES = ("trial", "secret")
PRIVATE = ("secret",)
PLACES = (None, *ARCHIVES)
NAMES = ("linux", "linux-5.10", "linux-signed", "gcc-12", "hello")
COMPONENTS = ("main", "contrib")

patterns = st.sampled_from(
    ("linux", "linux-*", "linux*", "l*", "*", "gcc-?2", "gcc-[1-9]2", "hello")
)
limits = st.builds(
    SourceLimit,
    component=st.sampled_from((None, *COMPONENTS)),
    sources=st.lists(patterns, max_size=2).map(tuple),
    selection=st.sampled_from((None, "section = kernel", "lamp")),
)


def grant(right: Right, archive: str | None, limit: SourceLimit = EVERY_SOURCE) -> Grant:
    return Grant(
        id=1, archive=archive, holder=Holder(kind=HolderKind.PERSON, name="x"), right=right,
        limit=limit, granted_by="x", granted_at=NOW, revoked_by=None, revoked_at=None,
    )  # fmt: skip


def held(*grants: Grant) -> Rights:
    return rights_of(grants, PRIVATE)


def _grants(rights: frozenset[Right], places: tuple[str | None, ...]) -> st.SearchStrategy[Grant]:
    return st.tuples(st.sampled_from(sorted(rights)), st.sampled_from(places), limits).map(
        lambda made: grant(made[0], made[1], made[2] if made[0] in NARROWABLE else EVERY_SOURCE)
    )


everything = st.lists(
    st.one_of(_grants(OF_ARCHIVES, PLACES), _grants(OF_INSTALLATION, (None,))), max_size=5
).map(lambda grants: held(*grants))


def meg(rights: Rights, role: Role = Role.MEMBER) -> Principal:
    return Principal(name="meg", role=role, person_id=1, rights=rights)


def lets_through(principal: Principal, action: Action, place: str, limit: SourceLimit) -> bool:
    return any(is_within(limit, wide) for wide in source_limits(principal, action, place))


def assert_no_more(less: Principal, more: Principal) -> None:
    """Whatever the one may do, the other may too; also of single sources."""
    for action, place in product(Action, PLACES):
        assert not is_allowed(less, action, place) or is_allowed(more, action, place), (
            action,
            place,
        )
    for action, place in product((Action.UPLOAD, Action.REQUEST_REBUILD), ARCHIVES):
        if is_allowed(less, action, place):
            for limit in source_limits(less, action, place):
                assert lets_through(more, action, place, limit)


@given(one=everything, other=everything)
def test_in_common_is_no_more_than_either_holds(one: Rights, other: Rights) -> None:
    both = in_common(one, other, PRIVATE)

    assert_no_more(meg(both), meg(one))
    assert_no_more(meg(both), meg(other))
    assert is_as_wide(one, both)
    assert is_as_wide(other, both)


@given(rights=everything)
def test_of_ones_own_rights_all_on_archives_are_in_common(rights: Rights) -> None:
    assert is_as_wide(in_common(rights, rights, PRIVATE), _of_archives(rights))


def _of_archives(rights: Rights) -> Rights:
    return Rights(
        everywhere=rights.everywhere & OF_ARCHIVES,
        by_archive=rights.by_archive,
        limits=rights.limits,
    )


@given(manager=everything, person=everything)
def test_whoever_may_be_acted_on_may_do_nothing_that_the_manager_may_not(
    manager: Rights, person: Rights
) -> None:
    if may_act_on(meg(manager), Standing(role=Role.MEMBER, rights=person)):
        assert_no_more(meg(person), meg(manager))
        assert not person.everywhere & OF_INSTALLATION


@given(granted=everything, guarantors=st.lists(everything, min_size=1, max_size=3))
def test_whatever_is_granted_later_a_guarantor_gains_nothing_by_whom_they_let_in(
    granted: Rights, guarantors: list[Rights]
) -> None:
    found = usable(granted, guarantors, PRIVATE)

    assert not found.everywhere & OF_INSTALLATION
    assert_no_more(meg(found), meg(granted))
    for guarantor in guarantors:
        assert_no_more(meg(found), meg(guarantor))


@given(limit=limits, wide=limits)
def test_a_limit_within_another_lets_no_source_through_that_the_other_does_not(
    limit: SourceLimit, wide: SourceLimit
) -> None:
    if is_within(limit, wide):
        for name, component in product(NAMES, COMPONENTS):
            assert not limit.may_allow(name, component) or wide.may_allow(name, component)
        assert wide.selection in {None, limit.selection}


@pytest.mark.parametrize(("role", "manager"), sorted(product(Role, Role)))
def test_only_administrators_act_on_others_than_members(role: Role, manager: Role) -> None:
    everywhere = held(*(grant(right, None) for right in Right))

    may = may_act_on(meg(everywhere, manager), Standing(role=role, rights=held()))

    assert may == (manager is Role.ADMINISTRATOR or role is Role.MEMBER)


@pytest.mark.parametrize("right", sorted(OF_INSTALLATION))
def test_who_manages_by_a_grant_acts_on_nobody_and_no_team_with_a_right_on_the_installation(
    right: Right,
) -> None:
    manager = meg(held(*(grant(one, None) for one in Right)))
    theirs = held(grant(right, None))

    assert not may_act_on(manager, Standing(role=Role.MEMBER, rights=theirs))
    assert not may_act_on_team(manager, theirs, has_limits=False)


def test_a_team_with_a_quota_is_left_to_administrators() -> None:
    manager = meg(held(*(grant(one, None) for one in Right)))

    assert may_act_on_team(manager, held(), has_limits=False)
    assert not may_act_on_team(manager, held(), has_limits=True)
    assert may_act_on_team(meg(held(), Role.ADMINISTRATOR), held(), has_limits=True)


LINUX = SourceLimit(sources=("linux-*",))
COMPARED = [
    # the manager's, the other's, whether they may act
    ((Right.UPLOAD, "trial", EVERY_SOURCE), (Right.UPLOAD, "trial", LINUX), True),
    ((Right.UPLOAD, "trial", LINUX), (Right.UPLOAD, "trial", EVERY_SOURCE), False),
    ((Right.UPLOAD, None, LINUX), (Right.UPLOAD, "trial", LINUX), True),
    ((Right.UPLOAD, "trial", LINUX), (Right.UPLOAD, None, LINUX), False),
    ((Right.UPLOAD, "trial", LINUX), (Right.REBUILD, "trial", LINUX), False),
    ((Right.ADMINISTER, "trial", EVERY_SOURCE), (Right.UPLOAD, "trial", LINUX), True),
    ((Right.ADMINISTER, "trial", EVERY_SOURCE), (Right.VIEW, "secret", EVERY_SOURCE), False),
    ((Right.UPLOAD, "secret", LINUX), (Right.VIEW, "secret", EVERY_SOURCE), True),
    ((Right.ADMINISTER, None, EVERY_SOURCE), (Right.ADMINISTER, "secret", EVERY_SOURCE), True),
    ((Right.ADMINISTER, "trial", EVERY_SOURCE), (Right.ADMINISTER, None, EVERY_SOURCE), False),
]


@pytest.mark.parametrize(("manager", "other", "may"), COMPARED)
def test_narrowed_rights_are_compared_by_what_they_are_narrowed_to(
    manager: tuple[Right, str | None, SourceLimit],
    other: tuple[Right, str | None, SourceLimit],
    *,
    may: bool,
) -> None:
    standing = Standing(role=Role.MEMBER, rights=held(grant(*other)))

    assert may_act_on(meg(held(grant(*manager))), standing) == may
