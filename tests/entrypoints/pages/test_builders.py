"""The pages of builders: what each does, and adding, pausing and removing one."""

import re

import pytest
from tests.entrypoints.installation import ADMINISTRATOR, Builder, Installation
from tests.entrypoints.pages.visitor import Visitor, newcomer

from vostok.domain.access import Role

HERE = "192.0.2.1"


@pytest.fixture
def ann(installation: Installation) -> Visitor:
    return newcomer(installation, "ann", Role.ADMINISTRATOR)


def test_without_builders_the_page_says_how_to_add_one(
    empty_installation: Installation,
) -> None:
    page = newcomer(empty_installation, "ann", Role.ADMINISTRATOR).text("/builders")

    assert "No builder yet" in page
    assert 'action="/builders"' in page


def test_a_builder_is_added_and_its_token_shown_once_with_the_command_to_start_it(
    installation: Installation, ann: Visitor
) -> None:
    added = ann.send("/builders", name="host-7")

    found = re.search(r'aria-label="Token"><code>([A-Za-z0-9_-]{40,})</code>', added.text)
    assert found
    assert added.headers["cache-control"] == "no-store"
    assert "--name host-7 --token-file builder.token" in added.text
    assert installation.services.people.find_principal(found[1], address=HERE) is not None
    assert found[1] not in ann.text("/builders/host-7")
    assert "host-7" in ann.text("/builders")


def test_a_builder_at_work_is_paused_and_removed(
    installation: Installation, builder: Builder, ann: Visitor
) -> None:
    claim = builder.claim()
    [known] = installation.services.builders.all(ADMINISTRATOR)
    place = f"/builders/{known.builder.name}"

    paused = ann.send(f"{place}/pause", reason="a <disk>")
    page = ann.text(place)
    unconfirmed = ann.send(f"{place}/remove", reason="returned", confirm="other")
    removed = ann.send(f"{place}/remove", reason="returned", confirm=known.builder.name)

    assert (paused.status_code, paused.headers["location"]) == (303, place)
    assert "paused, finishing" in page
    assert "a &lt;disk&gt;" in page
    assert "its name was not typed" in unconfirmed.text
    assert removed.status_code == 303
    assert "Add it again" in ann.text(place)
    state = installation.client().get(f"/api/v1/builds/{claim['build_id']}").json()["state"]
    assert state == "needs-build"


def test_a_paused_builder_is_resumed(installation: Installation, ann: Visitor) -> None:
    ann.send("/builders", name="host-7")
    ann.send("/builders/host-7/pause", reason="a disk")

    resumed = ann.send("/builders/host-7/resume")

    assert resumed.status_code == 303
    known = installation.services.builders.one(ADMINISTRATOR, "host-7")
    assert known.builder.state == "active"


def test_what_cannot_be_is_told_beside_what_was_typed(ann: Visitor) -> None:
    wrong = ann.send("/builders", name="a b")
    ann.send("/builders", name="host-7")
    twice = ann.send("/builders", name="host-7")
    silent = ann.send("/builders/host-7/pause", reason=" ")

    assert (wrong.status_code, twice.status_code, silent.status_code) == (400, 409, 400)
    assert 'value="a b"' in wrong.text
    assert "there is a builder host-7 already" in twice.text.lower()
    assert "it needs a reason" in silent.text.lower()
    assert ann.get("/builders/nobody").status_code == 404


def test_others_look_at_builders_and_change_none(installation: Installation, ann: Visitor) -> None:
    ann.send("/builders", name="host-7")
    lou = newcomer(installation, "lou", Role.DEVELOPER)

    page = lou.text("/builders/host-7")

    assert "Pause it" not in page
    assert 'action="/builders"' not in lou.text("/builders")
    for deed, fields in (
        ("", {"name": "host-8"}),
        ("/host-7/pause", {"reason": "x"}),
        ("/host-7/resume", {}),
        ("/host-7/remove", {"reason": "x", "confirm": "host-7"}),
        ("/host-7/remove", {"reason": "x", "confirm": "another"}),
        ("/host-7/token", {}),
        ("/host-7/token/revoke", {}),
    ):
        assert lou.send(f"/builders{deed}", **fields).status_code == 403
