"""Two people at one form: the second sees what the first changed, loses nothing, and may go on."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from tests.entrypoints.installation import Installation
from tests.entrypoints.pages.visitor import Visitor, newcomer, sign_in

from vostok.domain.access import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A form that two people have open.

    Attributes:
        page: where it is shown.
        action: where it is sent.
        first, second: what each of them types.
        told: what the second one reads of what was changed.
        kept: what of their own stands there still.
    """

    page: str
    action: str
    first: Mapping[str, str]
    second: Mapping[str, str]
    told: tuple[str, ...]
    kept: str


CASES = {
    "limits": Case(
        page="/quotas/team/kernel",
        action="/quotas/team/kernel",
        first={"archives": "", "builds": "5", "gib": "2"},
        second={"archives": "3", "builds": "9", "gib": "7"},
        told=("Unfinished builds: 1 → 5", "Files and logs: none → 2.0 GiB", "ada"),
        kept='name="builds" type="text" inputmode="numeric" value="9"',
    ),
    "topics": Case(
        page="/archives/trial/webhooks/1",
        action="/archives/trial/webhooks/1",
        first={"topic": "failed"},
        second={"topic": "published"},
        told=("What is sent: ", "→ failed", "ada"),
        kept='value="published" checked',
    ),
    "pause": Case(
        page="/builders/host-7",
        action="/builders/host-7/pause",
        first={"reason": "a disk is replaced"},
        second={"reason": "it moves house"},
        told=("State: active → paused", "Reason: none → a disk is replaced", "ada"),
        kept="it moves house",
    ),
    "toolchain": Case(
        page="/new/toolchain?from=gcc-x",
        action="/new/toolchain",
        first={"name": "gcc-x", "cflags": "-O1"},
        second={"name": "gcc-x", "cflags": "-O3"},
        told=("Revision: 1 → 2", "ada"),
        kept='value="-O3"',
    ),
    "deletion of a team": Case(
        page="/teams/kernel",
        action="/teams/kernel/delete",
        first={},
        second={"confirm": "kernel"},
        told=("Persons: none → ben", "ada"),
        kept='type="text" value="kernel"',
    ),
    "removal of packages": Case(
        page="/archives/trial/packages/remove",
        action="/archives/trial/packages/remove/now",
        first={},
        second={"selection": "lamp"},
        told=("Derivation: 1 → 2", "ada"),
        kept='name="selection" value="lamp"',
    ),
}


@pytest.fixture
def people(installation: Installation) -> tuple[Visitor, Visitor]:
    """Two administrators, and what they are about to edit."""
    ada = newcomer(installation, "ada", Role.ADMINISTRATOR)
    ben = newcomer(installation, "ben", Role.ADMINISTRATOR)
    ada.send("/teams", name="kernel")
    ada.send("/quotas/team/kernel", builds="1")
    ada.send("/archives/trial/webhooks", address="https://example.org/hook", topic="built")
    ada.send("/builders", name="host-7")
    ada.send("/new/toolchain", name="gcc-x", cflags="-O0")
    return ada, ben


def does_first(installation: Installation, ada: Visitor, case: str) -> None:
    """What the first one does where it is not the same form."""
    if case == "deletion of a team":
        ada.send("/teams/kernel/members", kind="person", member="ben")
    elif case == "removal of packages":
        ada.send("/archives/trial/packages/remove/now", selection="manual")
        installation.do_jobs()
    else:
        ada.send(CASES[case].action, **CASES[case].first)


@pytest.mark.parametrize("name", CASES)
def test_the_second_is_told_what_changed_loses_nothing_and_may_go_on_knowingly(
    installation: Installation, people: tuple[Visitor, Visitor], name: str
) -> None:
    (ada, ben), case = people, CASES[name]
    shown = (
        ben.send(case.page, names="lamp") if case.page.endswith("remove") else ben.get(case.page)
    )
    assert shown.status_code == 200, shown.text
    does_first(installation, ada, name)

    refused = ben.send_form(shown, case.action, **case.second)
    again = ben.send_form(refused, case.action, **case.second)

    assert refused.status_code == 409, refused.text
    assert "while this form was open" in refused.text
    assert [words for words in (*case.told, case.kept) if words not in refused.text] == []
    assert again.status_code == 303, again.text


def test_who_puts_somebody_into_a_team_beside_another_is_not_asked_about_it(
    installation: Installation, people: tuple[Visitor, Visitor]
) -> None:
    ada, ben = people
    shown = ben.get("/teams/kernel")
    ada.send("/teams/kernel/members", kind="person", member="ada")

    added = ben.send_form(shown, "/teams/kernel/members", kind="person", member="ben")

    assert added.status_code == 303
    assert sign_in(installation, "ada").get("/teams/kernel.json").json()["persons"] == [
        "ada",
        "ben",
    ]
