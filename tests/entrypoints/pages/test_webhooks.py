"""Pages of webhooks: added, tested, paused, changed, sent again, removed."""

import json
import re
from pathlib import Path

import pytest
from tests.adapters.test_webhook_sender import receiver
from tests.entrypoints.installation import Installation, installation_in
from tests.entrypoints.pages.visitor import Visitor, add_person, newcomer, sign_in

from vostok.domain.access import Role

HOOKS = "/archives/trial/webhooks"


@pytest.fixture
def reaching(installation: Installation) -> Installation:
    """The installation, that may send to this machine."""
    root: Path = installation.settings.data_root
    return installation_in(root, webhook_networks="127.0.0.0/8")


@pytest.fixture
def ann(reaching: Installation) -> Visitor:
    return newcomer(reaching, "ann", Role.ADMINISTRATOR)


def test_a_webhook_is_added_with_its_secret_tested_and_its_delivery_sent_again(
    reaching: Installation, ann: Visitor
) -> None:
    assert HOOKS in ann.text("/archives/trial/")
    with receiver() as server:
        added = ann.send(HOOKS, address=server.address, topic=["failed", "ended"])
        tested = ann.send(f"{HOOKS}/1/test")
        reaching.services.webhooks.deliver()
        ann.send(f"{HOOKS}/1/deliveries/1/again")
        reaching.services.webhooks.deliver()

    assert re.search(r'aria-label="Secret"><code>[0-9a-f]{64}</code>', added.text)
    assert added.headers["cache-control"] == "no-store"
    assert (tested.status_code, tested.headers["location"]) == (303, f"{HOOKS}/1")
    first, second = map(json.loads, server.bodies)
    assert first == second
    assert first["item"]["topic"] == "test"
    shown = ann.text(f"{HOOKS}/1")
    assert 'aria-label="Secret"' not in shown
    assert "delivered" in shown
    assert server.address in ann.text(HOOKS)


def test_a_webhook_is_paused_switched_on_changed_and_removed(ann: Visitor) -> None:
    ann.send(HOOKS, address="https://ci.example.org/hook", topic="failed")

    ann.send(f"{HOOKS}/1/switch", state="off")
    paused = ann.get(f"{HOOKS}/1.json").json()
    refused = ann.send(f"{HOOKS}/1/test")
    ann.send(f"{HOOKS}/1/switch", state="on")
    ann.send(f"{HOOKS}/1", topic=["built", "ended"])
    changed = ann.get(f"{HOOKS}/1.json").json()
    empty = ann.send(f"{HOOKS}/1")
    ann.send(f"{HOOKS}/1/remove")

    assert (paused["state"], paused["sentence"]) == ("off", "was paused by ann")
    assert refused.status_code == 409
    assert (changed["state"], changed["topics"]) == ("on", ["built", "ended"])
    assert empty.status_code == 400
    assert ann.get(f"{HOOKS}.json").json() == {"webhooks": []}
    assert ann.get(f"{HOOKS}/1").status_code == 404


def test_what_cannot_be_an_address_is_refused_with_what_was_typed(ann: Visitor) -> None:
    answer = ann.send(HOOKS, address="http://10.1.2.3/hook", topic="failed")

    assert answer.status_code == 400
    assert "http://10.1.2.3/hook" in answer.text


def test_webhooks_are_for_who_administers_the_archive(
    reaching: Installation, ann: Visitor
) -> None:
    ann.send(HOOKS, address="https://ci.example.org/hook", topic="failed")
    add_person(reaching, "lou")
    lou = sign_in(reaching, "lou")

    assert HOOKS not in lou.text("/archives/trial/")
    assert lou.get(HOOKS).status_code == 403
    assert lou.get(f"{HOOKS}/1").status_code == 403
    for deed in ("", "/switch", "/test", "/remove", "/deliveries/1/again"):
        assert lou.send(f"{HOOKS}/1{deed}", state="off", topic="failed").status_code == 403
    assert lou.send(f"{HOOKS}/1/switch", state="no state").status_code == 403
