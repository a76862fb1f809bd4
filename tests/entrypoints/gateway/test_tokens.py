"""Which token opens which part of the gateway, and for how long."""

import hashlib
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.entrypoints.gateway.conftest import RunningAttempt
from tests.entrypoints.installation import (
    ADMIN,
    BUILDER,
    Builder,
    Document,
    Installation,
    address,
    result_document,
    token,
)

CLAIM = {"builder": "host-1", "architectures": ["amd64"]}
CONTENT = b"content"


def attempt_requests(claim: Document, source_file: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Everything that an attempt may ask for."""
    place = address(claim)
    digest = hashlib.sha256(CONTENT).hexdigest()
    package = {"name": "lamp-data", "version": "1.0", "architecture": "all"}
    manifest = {"recipe": "mmdebstrap buildd 1", "packages": [package]}
    return [
        ("POST", f"{place}/heartbeat", {"json": {}}),
        ("PUT", f"{place}/log?offset=0", {"content": b"a line\n"}),
        ("GET", f"{place}/source/{source_file}", {}),
        (
            "PUT",
            f"{place}/files/lamp.deb",
            {"content": CONTENT, "headers": {"X-Content-SHA256": digest}},
        ),
        ("POST", f"{place}/chroots", {"json": manifest}),
        ("POST", f"{place}/result", {"json": result_document()}),
    ]


def ask_all(client: TestClient, claim: Document, headers: dict[str, str]) -> list[int]:
    answers = []
    for method, place, more in attempt_requests(claim, claim["source"]["dsc"]):
        both = {**more.pop("headers", {}), **headers}
        answers.append(client.request(method, place, headers=both, **more).status_code)
    return answers


def test_an_attempts_token_opens_all_of_its_attempt(builder: Builder) -> None:
    claim = builder.claim()

    statuses = ask_all(builder.client, claim, token(claim))

    assert statuses == [200, 200, 200, 204, 200, 204]


def test_an_attempts_token_opens_no_other_attempt(builder: Builder) -> None:
    own, other = builder.claim(), builder.claim()

    statuses = ask_all(builder.client, other, token(own))

    assert set(statuses) == {410}
    assert own["attempt_id"] != other["attempt_id"]


def test_an_attempts_token_ends_with_the_attempt(
    installation: Installation, builder: Builder
) -> None:
    claim = builder.claim()
    builder.report(claim)
    installation.settle(claim["attempt_id"])

    statuses = ask_all(builder.client, claim, token(claim))

    assert set(statuses) == {410}


def test_the_token_of_a_lost_attempt_opens_not_its_successor(
    installation: Installation, builder: Builder
) -> None:
    first = builder.claim_of("manual")
    installation.settle(first["attempt_id"], "lost")
    second = builder.claim_of("manual")

    statuses = ask_all(builder.client, second, token(first))

    assert (second["build_id"], second["attempt"]) == (first["build_id"], 2)
    assert set(statuses) == {410}


@pytest.mark.parametrize("headers", [ADMIN, BUILDER], ids=["administrator", "builder"])
def test_other_tokens_open_no_attempt(running: RunningAttempt, headers: dict[str, str]) -> None:
    builder, claim = running.builder, running.claim

    statuses = ask_all(builder.client, claim, headers)

    assert set(statuses) == {410}


def test_without_a_token_nothing_opens(running: RunningAttempt) -> None:
    builder, claim = running.builder, running.claim

    statuses = ask_all(builder.client, claim, {})

    assert set(statuses) == {401}


def test_the_views_token_is_no_attempts_token(running: RunningAttempt) -> None:
    builder, claim = running.builder, running.claim
    view_token = claim["view"]["sources_deb822"].split("/views/")[1].split("\n")[0]

    statuses = ask_all(builder.client, claim, {"Authorization": f"Bearer {view_token}"})

    assert set(statuses) == {410}
    assert claim["attempt_token"] not in claim["view"]["sources_deb822"]


def test_the_administrator_is_no_builder(builder: Builder) -> None:
    claiming = builder.client.post("/builder/claim", json=CLAIM, headers=ADMIN)
    listing = builder.client.get("/builder/archives", headers=ADMIN)

    assert (claiming.status_code, listing.status_code) == (403, 403)
    assert claiming.json()["code"] == "not-allowed"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_nobody_claims_without_the_builders_token(
    builder: Builder, headers: dict[str, str]
) -> None:
    answer = builder.client.post("/builder/claim", json=CLAIM, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_claim_by_an_attempts_token_is_refused(builder: Builder) -> None:
    claim = builder.claim()

    answer = builder.client.post("/builder/claim", json=CLAIM, headers=token(claim))

    assert answer.status_code == 401


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999", "one", "1%2F..%2F2"])
def test_a_strange_number_of_an_attempt_is_refused(running: RunningAttempt, number: str) -> None:
    claim = running.claim

    answer = running.builder.client.post(
        f"/builder/attempts/{number}/heartbeat", json={}, headers=token(claim)
    )

    assert answer.status_code in {404, 422}
