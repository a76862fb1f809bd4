"""Webhooks through the API, sent to a real receiver."""

import hmac
import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.adapters.test_webhook_sender import Receiver, receiver
from tests.entrypoints.installation import ADMIN, Installation, installation_in

HOOKS = "/api/v1/archives/trial/webhooks"
OUTSIDE = "https://ci.example.org/vostok"


@pytest.fixture
def reaching(installation: Installation) -> Installation:
    """The installation, that may send to this machine."""
    root: Path = installation.settings.data_root
    return installation_in(root, webhook_networks="127.0.0.0/8")


def something_happens(client: TestClient) -> None:
    builds = client.get("/api/v1/archives/trial/campaigns/1").json()["builds"]
    live = next(build for build in builds if build["state"] == "needs-build")
    assert client.post(f"/api/v1/builds/{live['id']}/cancellations", json={}).is_success


def is_genuine(secret: str, server: Receiver) -> bool:
    """As docs/how-to/follow-an-archive.md has receivers check it."""
    [headers], [body] = server.headers, server.bodies
    signed = headers["Vostok-Timestamp"].encode() + b"." + body
    expected = "v1=" + hmac.new(secret.encode(), signed, "sha256").hexdigest()
    return hmac.compare_digest(expected, headers["Vostok-Signature"])


def test_what_happens_arrives_signed_and_is_in_the_log(reaching: Installation) -> None:
    client = reaching.client(ADMIN)
    with receiver() as server:
        body = {"address": server.address, "topics": ["stopped"]}
        made = client.post(HOOKS, json=body)
        something_happens(client)

        reaching.services.webhooks.enqueue()
        reaching.services.webhooks.deliver()

    assert made.status_code == 201
    assert is_genuine(made.json()["secret"], server)
    sent = json.loads(server.bodies[0])
    shown = client.get(f"{HOOKS}/{made.json()['number']}").json()
    [delivery] = shown["deliveries"]
    assert sent["item"]["topic"] == delivery["topic"] == "stopped"
    assert sent["delivery"] == delivery["key"]
    assert (delivery["state"], delivery["attempts"], delivery["status"]) == ("delivered", 1, 200)
    assert "secret" not in shown


def test_a_delivery_is_sent_again_under_its_key(reaching: Installation) -> None:
    client = reaching.client(ADMIN)
    with receiver() as server:
        number = client.post(HOOKS, json={"address": server.address}).json()["number"]
        something_happens(client)
        reaching.services.webhooks.enqueue()
        reaching.services.webhooks.deliver()
        [delivery] = client.get(f"{HOOKS}/{number}").json()["deliveries"]

        again = client.post(f"{HOOKS}/{number}/deliveries/{delivery['id']}/attempts")
        reaching.services.webhooks.deliver()

    assert again.json()["state"] == "waiting"
    keys = [headers["Vostok-Delivery"] for headers in server.headers]
    assert keys == [delivery["key"]] * 2


def test_addresses_of_this_machine_are_refused_unless_a_setting_allows_them(
    administrator: TestClient,
) -> None:
    answer = administrator.post(HOOKS, json={"address": "http://127.0.0.1:8600/"})

    assert answer.status_code == 422
    assert answer.json()["reason"] == "not-reachable"
    assert "webhook_networks" in answer.json()["hint"]


def test_webhooks_are_listed_and_removed(administrator: TestClient) -> None:
    number = administrator.post(HOOKS, json={"address": OUTSIDE}).json()["number"]
    listed = administrator.get(HOOKS).json()["webhooks"]

    removed = administrator.delete(f"{HOOKS}/{number}")

    assert [(hook["number"], hook["address"]) for hook in listed] == [(number, OUTSIDE)]
    assert "progress" not in listed[0]["topics"]
    assert removed.status_code == 204
    assert administrator.get(HOOKS).json()["webhooks"] == []


def test_the_key_that_secrets_are_made_of_is_read_by_its_user_only(
    administrator: TestClient, installation: Installation
) -> None:
    administrator.post(HOOKS, json={"address": OUTSIDE})

    file = installation.settings.data_root / "notice.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(file.read_bytes()) == 32
