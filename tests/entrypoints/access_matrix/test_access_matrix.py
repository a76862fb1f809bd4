"""Every action, everybody who comes, every door: let in is who may, and nobody else.

An action, an operation or a form that is new, and for which no rule is put down, fails here.
"""

from collections.abc import Iterable

import pytest
from tests.entrypoints.access_matrix.asked_rights import ASKED, ASKING_NOTHING, HERE
from tests.entrypoints.access_matrix.comers import Comer
from tests.entrypoints.access_matrix.conftest import set_private
from tests.entrypoints.access_matrix.doors import Door, Send
from tests.entrypoints.hostile.database_content import changed, content_of
from tests.entrypoints.installation import Installation
from tests.entrypoints.test_every_door import operations

from vostok.domain.access import Action, is_allowed


def mismatches(
    send: Send, comers: dict[str, Comer], doors: Iterable[Door], private: str | None = None
) -> list[str]:
    wrong = []
    for door in doors:
        for name, comer in comers.items():
            if door.is_page and not comer.session and comer.headers:
                continue  # a token is nothing to a page
            who = comer.at(is_page=door.is_page, private=private)
            may = who is not None and all(
                is_allowed(who, ask.action, ask.archive) for ask in door.asks
            )
            if door.is_form and not comer.session:
                may = False
            if (is_let_in := door.lets_in(send, comer)) is not may:
                said = "is let in" if is_let_in else "is not let in"
                asked = " and ".join(ask.action for ask in door.asks)
                wrong.append(f"{asked}, {name}, {door.name}: {said}")
    return wrong


def test_every_action_is_asked_at_some_door_and_every_door_asks_for_what_is_put_down(
    world: Installation, doors: list[Door]
) -> None:
    asked = {ask.action for door in doors for ask in door.asks}

    assert asked == set(Action)
    assert ASKED.keys() | ASKING_NOTHING.keys() == operations(world).keys()
    assert not ASKED.keys() & ASKING_NOTHING.keys()
    assert [door.name for door in doors if not door.asks] == []


def test_at_every_door_who_may_is_let_in_and_nobody_else(
    world: Installation, send: Send, comers: dict[str, Comer], doors: list[Door]
) -> None:
    before = content_of(world)

    wrong = mismatches(send, comers, (door for door in doors if not door.is_for_readers))

    assert wrong == [], "\n".join(wrong)
    assert changed(before, content_of(world)) == set()


def test_of_a_private_archive_only_who_holds_something_there_is_shown_anything(
    world: Installation, send: Send, comers: dict[str, Comer], doors: list[Door]
) -> None:
    set_private(world, HERE)

    wrong = mismatches(send, comers, (door for door in doors if door.is_for_readers), HERE)

    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("carried", ["", "f" * 64, "that of another session"])
def test_no_form_is_taken_without_what_its_own_session_gave_it(
    send: Send, comers: dict[str, Comer], doors: list[Door], carried: str
) -> None:
    administrator, other = comers["role administrator"], comers["role developer"]
    token = other.form_token if carried.startswith("that") else carried

    taken = [
        door.name
        for door in doors
        if door.is_form and door.lets_in(send, administrator, form_token=token)
    ]

    assert taken == []
