"""The table of a build's states, over all pairs."""

from itertools import product

import pytest

from vostok.domain.build import (
    CANCELLABLE_STATES,
    LIVE_STATES,
    RESERVED,
    RETRIABLE_STATES,
    STATE_SENTENCES,
    TRANSITIONS,
    BuildState,
    check_transition,
)
from vostok.errors import ConflictError

S = BuildState
ALLOWED = {
    (S.PLANNED, S.NEEDS_BUILD), (S.PLANNED, S.SOURCE_UNAVAILABLE), (S.PLANNED, S.FAILED),
    (S.PLANNED, S.CANCELLED), (S.PLANNED, S.SUPERSEDED),
    (S.NEEDS_BUILD, S.SOURCE_UNAVAILABLE), (S.NEEDS_BUILD, S.FAILED),
    (S.NEEDS_BUILD, S.BUILDING), (S.NEEDS_BUILD, S.DEP_WAIT), (S.NEEDS_BUILD, S.BD_UNINSTALLABLE),
    (S.NEEDS_BUILD, S.CANCELLED), (S.NEEDS_BUILD, S.SUPERSEDED), (S.NEEDS_BUILD, S.NOT_FOR_US),
    (S.DEP_WAIT, S.NEEDS_BUILD), (S.DEP_WAIT, S.BD_UNINSTALLABLE), (S.DEP_WAIT, S.CANCELLED),
    (S.DEP_WAIT, S.SUPERSEDED),
    (S.BD_UNINSTALLABLE, S.NEEDS_BUILD), (S.BD_UNINSTALLABLE, S.CANCELLED),
    (S.BUILDING, S.UPLOADING), (S.BUILDING, S.NEEDS_BUILD), (S.BUILDING, S.FAILED),
    (S.BUILDING, S.BD_UNINSTALLABLE), (S.BUILDING, S.CHROOT_PROBLEM),
    (S.BUILDING, S.SOURCE_UNAVAILABLE), (S.BUILDING, S.CANCELLING),
    (S.UPLOADING, S.BUILT), (S.UPLOADING, S.FAILED_TO_UPLOAD),
    (S.FAILED, S.NEEDS_BUILD),
    (S.CHROOT_PROBLEM, S.NEEDS_BUILD), (S.CHROOT_PROBLEM, S.CANCELLED),
    (S.SOURCE_UNAVAILABLE, S.NEEDS_BUILD), (S.SOURCE_UNAVAILABLE, S.CANCELLED),
    (S.FAILED_TO_UPLOAD, S.NEEDS_BUILD),
    (S.CANCELLING, S.CANCELLED), (S.CANCELLING, S.SUPERSEDED),
    (S.CANCELLED, S.NEEDS_BUILD),
    (S.NEEDS_BUILD, S.PLANNED), (S.BD_UNINSTALLABLE, S.PLANNED), (S.FAILED, S.PLANNED),
    (S.CHROOT_PROBLEM, S.PLANNED), (S.SOURCE_UNAVAILABLE, S.PLANNED),
    (S.FAILED_TO_UPLOAD, S.PLANNED), (S.CANCELLED, S.PLANNED),
    (S.NOT_FOR_US, S.NEEDS_BUILD),
}  # fmt: skip
"""Written a second time on purpose: a change of the table must be made twice."""

FINAL = {S.BUILT, S.SUPERSEDED}


@pytest.mark.parametrize(("before", "after"), sorted(product(S, S)))
def test_a_build_goes_exactly_where_the_table_lets_it(before: S, after: S) -> None:
    if (before, after) in ALLOWED:
        check_transition(before, after)
    else:
        with pytest.raises(ConflictError, match=f"a build that is {before} cannot become {after}"):
            check_transition(before, after)


@pytest.mark.parametrize("state", sorted(FINAL))
def test_a_final_state_has_no_way_out(state: S) -> None:
    assert TRANSITIONS[state] == frozenset()


@pytest.mark.parametrize("state", sorted(set(S) - FINAL))
def test_every_other_state_can_reach_an_end(state: S) -> None:
    assert FINAL & reachable(state)


@pytest.mark.parametrize("state", sorted(LIVE_STATES))
def test_a_live_build_can_come_to_rest_without_becoming_built(state: S) -> None:
    assert any(found not in LIVE_STATES and found is not S.BUILT for found in reachable(state))


@pytest.mark.parametrize("state", sorted(set(S) - FINAL - {S.NEEDS_BUILD}))
def test_what_stopped_without_binaries_can_be_waiting_again_or_is_on_its_way(state: S) -> None:
    assert S.NEEDS_BUILD in reachable(state)


def reachable(state: S) -> set[S]:
    found: set[S] = set()
    front = {state}
    while front:
        front = {after for before in front for after in TRANSITIONS[before]} - found
        found |= front
    return found


def test_exactly_the_states_that_move_by_themselves_are_live() -> None:
    assert {S.NEEDS_BUILD, S.DEP_WAIT, S.BUILDING, S.UPLOADING, S.CANCELLING} == LIVE_STATES


def test_what_ended_without_success_can_be_retried() -> None:
    assert {
        S.BD_UNINSTALLABLE, S.FAILED, S.CHROOT_PROBLEM, S.SOURCE_UNAVAILABLE, S.FAILED_TO_UPLOAD,
        S.CANCELLED,
    } == RETRIABLE_STATES  # fmt: skip
    assert all(S.NEEDS_BUILD in TRANSITIONS[state] for state in RETRIABLE_STATES)


def test_what_can_be_cancelled_has_an_arrow_to_it_and_is_not_being_cancelled() -> None:
    assert {
        state for before, after in ALLOWED if after in {S.CANCELLED, S.CANCELLING}
        for state in [before]
    } - {S.CANCELLING} == CANCELLABLE_STATES  # fmt: skip


def test_what_nothing_makes_yet_is_of_two_states() -> None:
    assert all({S.DEP_WAIT, S.NOT_FOR_US} & {before, after} or (before, after) == (
        S.NEEDS_BUILD, S.BD_UNINSTALLABLE,
    ) for before, after in RESERVED)  # fmt: skip


@pytest.mark.parametrize("state", sorted(S))
def test_every_state_has_a_sentence_for_people(state: S) -> None:
    assert STATE_SENTENCES[state]
