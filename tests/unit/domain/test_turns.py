"""Whose turn it is among receivers."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from vostok.domain.turns import SERVED_REMEMBERED_MAX, Turns, Waiting

RECEIVERS = st.lists(
    st.builds(
        Waiting,
        owner=st.integers(1, 50),
        groups=st.tuples(st.sampled_from(["ann", "lou", "meg"]), st.integers(1, 4)),
    ),
    unique_by=lambda waiting: waiting.owner,
    min_size=1,
    max_size=30,
)


def of(person: str, archive: int, *owners: int) -> list[Waiting]:
    return [Waiting(owner=owner, groups=(person, archive)) for owner in owners]


def test_who_has_many_receivers_keeps_nobody_waiting_who_has_one() -> None:
    turns = Turns()
    many, one = of("ann", 1, *range(1, 21)), of("lou", 2, 99)

    rounds = [turns.take([*many, *one], 8) for _ in range(3)]

    assert all(99 in found for found in rounds)
    assert sorted({owner for found in rounds for owner in found}) == [*range(1, 21), 99]


def test_a_person_with_many_archives_takes_turns_with_one_who_has_one() -> None:
    turns = Turns()
    many = [waiting for archive in range(40) for waiting in of("ann", archive, archive + 1)]

    served = [turns.take([*many, *of("lou", 99, 99)], 1)[0] for _ in range(20)]

    assert Counter(owner == 99 for owner in served) == {True: 10, False: 10}


def test_archives_of_one_person_take_turns_however_many_receivers_each_has() -> None:
    turns = Turns()
    waiting = [*of("ann", 1, *range(1, 21)), *of("ann", 2, 99)]

    served = [turns.take(waiting, 1)[0] for _ in range(20)]

    assert served.count(99) == 10


@given(RECEIVERS, st.integers(1, 8))
def test_every_receiver_is_served_within_as_many_turns_as_there_could_be_of_each(
    waiting: list[Waiting], at_once: int
) -> None:
    turns = Turns()
    rounds = len({w.groups[0] for w in waiting}) * 4 * len(waiting)

    taken = [turns.take(waiting, at_once) for _ in range(rounds)]

    assert all(len(found) == len(set(found)) <= at_once for found in taken)
    assert {owner for found in taken for owner in found} == {w.owner for w in waiting}


def test_what_is_remembered_is_bounded() -> None:
    turns = Turns()

    for owner in range(SERVED_REMEMBERED_MAX + 10):
        turns.take([Waiting(owner=owner)], 1)

    assert len(turns._served) == SERVED_REMEMBERED_MAX  # noqa: SLF001 - what is measured
