"""Streams: some for strangers, some for each, and room for who has signed in."""

from collections.abc import Callable

from vostok.adapters.event_streams.slots import (
    STREAMS_OF_ADDRESS_MAX,
    STREAMS_OF_PERSON_MAX,
    StreamSlots,
)
from vostok.domain.access import ANONYMOUS, Principal, Role
from vostok.errors import UnavailableError

MEG = Principal(name="meg", role=Role.MEMBER)
LOU = Principal(name="lou", role=Role.MEMBER)


def taken(slots: StreamSlots, who: Principal, address: str) -> list[Callable[[], None]]:
    """All that are given before one is refused: what ends each."""
    found: list[Callable[[], None]] = []
    for _ in range(1_000):
        try:
            found.append(slots.take(who, address, hint="later"))
        except UnavailableError:
            break
    return found


def test_a_stranger_has_some_whatever_is_free_and_another_has_as_many() -> None:
    slots = StreamSlots(100, "streams")

    assert len(taken(slots, ANONYMOUS, "192.0.2.1")) == STREAMS_OF_ADDRESS_MAX
    assert len(taken(slots, ANONYMOUS, "192.0.2.2")) == STREAMS_OF_ADDRESS_MAX


def test_addresses_of_one_home_are_one_stranger() -> None:
    slots = StreamSlots(100, "streams")
    taken(slots, ANONYMOUS, "2001:db8::1")

    assert taken(slots, ANONYMOUS, "2001:db8::ffff:2") == []


def test_a_person_has_some_from_all_their_addresses() -> None:
    slots = StreamSlots(100, "streams")

    assert len(taken(slots, MEG, "192.0.2.1")) == STREAMS_OF_PERSON_MAX
    assert taken(slots, MEG, "192.0.2.2") == []
    assert len(taken(slots, LOU, "192.0.2.1")) == STREAMS_OF_PERSON_MAX


def test_half_are_kept_from_strangers_however_many_they_are() -> None:
    slots = StreamSlots(40, "streams")

    strangers = sum(len(taken(slots, ANONYMOUS, f"192.0.2.{last}")) for last in range(1, 10))

    assert strangers == 20
    assert len(taken(slots, MEG, "192.0.2.1")) == 20


def test_those_who_signed_in_may_have_all_and_no_more() -> None:
    slots = StreamSlots(30, "streams")

    assert len(taken(slots, MEG, "")) + len(taken(slots, LOU, "")) == 30
    assert slots.open_streams == 30


def test_what_ends_makes_room_again() -> None:
    slots = StreamSlots(100, "streams")
    for end in taken(slots, ANONYMOUS, "192.0.2.1"):
        end()

    assert slots.open_streams == 0
    assert len(taken(slots, ANONYMOUS, "192.0.2.1")) == STREAMS_OF_ADDRESS_MAX
