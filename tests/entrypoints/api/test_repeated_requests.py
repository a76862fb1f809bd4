"""A request that is sent again with its key is done once, and gets its first answer."""

import hashlib
import threading
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from tests.entrypoints.installation import ADMIN, Installation, assert_done

from vostok.adapters.database import schema
from vostok.domain.repeated_request import request_mark
from vostok.entrypoints.api.route import SECRET_SAID
from vostok.errors import ConflictError

KEY = {"Idempotency-Key": "once"}
TEAM = {"name": "hardware"}
PASSWORD = "correct horse battery"  # noqa: S105 - of nobody


def ask(client: TestClient, place: str, body: Any, key: str = "once") -> Any:  # noqa: ANN401 - httpx's
    return client.post(f"/api/v1/{place}", json=body, headers={"Idempotency-Key": key})


def reason(answer: Any) -> object:  # noqa: ANN401 - httpx's
    return answer.status_code, answer.json().get("reason")


def test_the_same_request_with_the_same_key_is_done_once_and_answered_alike(
    administrator: TestClient,
) -> None:
    first, second = (ask(administrator, "teams", TEAM) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert first.headers["content-type"] == second.headers["content-type"]
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    entries = administrator.get("/api/v1/audit", params={"limit": 2}).json()["entries"]
    assert ["hardware" in entry["subject"] for entry in entries] == [True, False]


def test_without_a_key_it_is_another_request(administrator: TestClient) -> None:
    answers = [administrator.post("/api/v1/teams", json=TEAM).status_code for _ in range(2)]

    assert answers == [201, 409]


def test_another_request_with_the_key_is_refused(administrator: TestClient) -> None:
    ask(administrator, "teams", TEAM)

    other = ask(administrator, "teams", {"name": "kernel"})

    assert reason(other) == (409, "idempotency-key-reused")
    assert "came with another request before" in other.json()["detail"]
    assert administrator.get("/api/v1/teams/kernel").status_code == 404


def test_a_key_is_of_one_person_and_one_address(
    installation: Installation, administrator: TestClient
) -> None:
    administrator.post("/api/v1/persons", json={"name": "ann", "email": "ann@example.org"})
    body = {"name": "laptop"}
    made = administrator.post("/api/v1/persons/ann/tokens", json=body).json()
    ann = installation.client({"Authorization": f"Bearer {made['token']}"})
    ask(administrator, "teams", TEAM)

    of_another = ask(ann, "teams", TEAM)
    elsewhere = ask(administrator, "teams/hardware/members", {"persons": ["ann"]})

    assert of_another.status_code == 403
    assert elsewhere.status_code == 200


def test_a_refused_request_leaves_its_key_free(administrator: TestClient) -> None:
    body = {"persons": ["ann"]}
    ask(administrator, "teams", TEAM, key="other")
    refused = ask(administrator, "teams/hardware/members", body)
    administrator.post("/api/v1/persons", json={"name": "ann", "email": "ann@example.org"})

    accepted = ask(administrator, "teams/hardware/members", body)

    assert (refused.status_code, accepted.status_code) == (404, 200)


def test_a_dry_run_is_answered_anew(administrator: TestClient) -> None:
    body = {"selection": "lamp", "dry_run": True}

    first, second = (ask(administrator, "archives/trial/syncs", body) for _ in range(2))

    assert first.status_code == second.status_code == 422  # a sync has no selection
    body = {"dry_run": True}
    answers = [ask(administrator, "archives/trial/syncs", body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert not any("idempotent-replayed" in answer.headers for answer in answers)


def test_a_token_is_told_once(administrator: TestClient) -> None:
    administrator.post("/api/v1/persons", json={"name": "ann", "email": "ann@example.org"})

    first, second = (
        ask(administrator, "persons/ann/tokens", {"name": "laptop"}) for _ in range(2)
    )

    assert first.status_code == 201
    assert reason(second) == (409, "answer-not-kept")
    assert first.json()["token"] not in second.text


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_out_of_bounds_is_refused(administrator: TestClient, key: str) -> None:
    answer = ask(administrator, "teams", TEAM, key=key)

    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == ["idempotency-key"]


def test_a_deleted_archives_requests_are_forgotten(
    installation: Installation, administrator: TestClient
) -> None:
    body = {"name": "second", "parents": ["debian/bookworm"]}
    first = ask(administrator, "archives", body)
    installation.do_jobs()
    administrator.delete("/api/v1/archives/second")
    assert_done(installation.do_jobs())

    second = ask(administrator, "archives", body)

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["id"] != second.json()["id"]


def test_of_two_at_the_same_time_one_is_done(installation: Installation) -> None:
    answers: list[Any] = []
    clients = [installation.client(ADMIN) for _ in range(4)]
    threads = [
        threading.Thread(target=lambda client=client: answers.append(ask(client, "teams", TEAM)))
        for client in clients
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] == 201
    assert {reason(answer) for answer in answers if answer.status_code != 201} <= {
        (409, "request-in-progress"),
        (409, "answer-not-kept"),
    }
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1


def test_every_post_of_the_description_takes_a_key(anybody: TestClient) -> None:
    paths = anybody.get("/api/v1/openapi.json").json()["paths"]

    keyed = {
        (method, path): "idempotency-key"
        in {parameter["name"] for parameter in operation.get("parameters", [])}
        for path, item in paths.items()
        for method, operation in item.items()
    }

    assert {method for (method, _), takes in keyed.items() if takes} == {"post"}
    assert all(takes for (method, _), takes in keyed.items() if method == "post")


def test_a_request_whose_deed_was_done_and_that_failed_then_is_not_done_again(
    installation: Installation, administrator: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise ConflictError("the answer is lost")

    monkeypatch.setattr(type(installation.services.repeated_requests), "keep", lost)
    ask(administrator, "teams", TEAM)

    second = ask(administrator, "teams", TEAM)

    assert reason(second) == (409, "answer-not-kept")


def person_with(administrator: TestClient, right: str) -> dict[str, str]:
    """Ann may do one thing in `trial`; the header that shows her token."""
    administrator.post("/api/v1/persons", json={"name": "ann", "email": "ann@example.org"})
    grant = {"right": right, "person": "ann"}
    assert administrator.post("/api/v1/archives/trial/rights", json=grant).status_code == 201
    made = administrator.post("/api/v1/persons/ann/tokens", json={"name": "laptop"}).json()
    return {"Authorization": f"Bearer {made['token']}"}


def test_an_answer_is_not_given_again_to_who_may_do_it_no_more(
    installation: Installation, administrator: TestClient
) -> None:
    ann = installation.client(person_with(administrator, "administer"))
    body = {"right": "view", "person": "ann"}
    first = ask(ann, "archives/trial/rights", body)
    while_granted = ask(ann, "archives/trial/rights", body)
    grants = administrator.get("/api/v1/archives/trial/rights").json()["grants"]
    for grant in grants:
        administrator.delete(f"/api/v1/archives/trial/rights/{grant['number']}")

    after = ask(ann, "archives/trial/rights", body)

    assert (first.status_code, while_granted.status_code, after.status_code) == (201, 201, 403)
    assert while_granted.content == first.content
    assert "idempotent-replayed" not in after.headers
    assert administrator.get("/api/v1/archives/trial/rights").json()["grants"] == []


def test_an_answer_about_an_archive_that_is_hidden_meanwhile_is_not_given_again(
    installation: Installation, administrator: TestClient
) -> None:
    ann = installation.client(person_with(administrator, "retry"))
    first = ask(ann, "archives/trial/publications", {})
    grants = administrator.get("/api/v1/archives/trial/rights").json()["grants"]
    administrator.put("/api/v1/archives/trial/visibility", json={"is_private": True})
    for grant in grants:
        administrator.delete(f"/api/v1/archives/trial/rights/{grant['number']}")

    after = ask(ann, "archives/trial/publications", {})
    absent = ask(ann, "archives/absent/publications", {})

    assert first.status_code == 202
    assert (after.status_code, absent.status_code) == (403, 403)
    assert after.text.replace("trial", "absent") == absent.text


def test_a_narrowed_token_of_the_same_person_gets_no_answer_of_a_wider_one(
    installation: Installation, administrator: TestClient
) -> None:
    ann = installation.client(person_with(administrator, "administer"))
    body = {"name": "reading", "scope": "read"}
    reading = administrator.post("/api/v1/persons/ann/tokens", json=body).json()["token"]
    ask(ann, "archives/trial/publications", {})

    narrowed = ask(
        installation.client({"Authorization": f"Bearer {reading}"}),
        "archives/trial/publications",
        {},
    )

    assert narrowed.status_code == 403


def test_a_repeated_request_leaves_nothing_behind(administrator: TestClient) -> None:
    first = ask(administrator, "archives/trial/publications", {})
    jobs = administrator.get("/api/v1/jobs").json()["jobs"]

    second = ask(administrator, "archives/trial/publications", {})

    assert second.json() == first.json()
    assert administrator.get("/api/v1/jobs").json()["jobs"] == jobs


def test_a_key_beside_a_parameter_that_is_not_known_is_a_fault_of_the_request(
    administrator: TestClient,
) -> None:
    answer = administrator.post(
        "/api/v1/teams?colour=blue", json={"name": "kernel"}, headers={"Idempotency-Key": "once"}
    )

    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == ["colour"]
    assert ask(administrator, "teams", {"name": "kernel"}).status_code == 201


def test_what_is_kept_of_a_request_cannot_be_tried_without_its_key() -> None:
    body = b'\n{"name": "hardware"}'

    one, other = (
        request_mark(person="ann", operation="POST /x", key=key, content=body, archive=None)
        for key in ("one", "other")
    )

    assert one.digest != other.digest
    assert hashlib.sha256(body).hexdigest() not in {one.digest, other.digest}


def test_of_a_request_with_a_password_nothing_is_remembered(
    installation: Installation, administrator: TestClient, anybody: TestClient
) -> None:
    administrator.post("/api/v1/persons", json={"name": "ann", "email": "ann@example.org"})
    administrator.put("/api/v1/persons/ann/password", json={"password": PASSWORD})

    login = {"person": "ann", "password": PASSWORD, "name": "laptop"}
    answers = [ask(anybody, "logins", login) for _ in range(2)]
    change = {"old": PASSWORD, "new": "another good password"}
    changed = ask(anybody, "persons/ann/password/changes", change)

    assert [answer.status_code for answer in (*answers, changed)] == [201, 409, 200]
    assert answers[1].json().get("reason") != "answer-not-kept"
    engine = sa.create_engine(installation.settings.database)
    with engine.connect() as connection:
        assert connection.execute(sa.select(schema.repeated_request)).all() == []


def test_no_post_whose_body_holds_a_secret_is_remembered(anybody: TestClient) -> None:
    description = anybody.get("/api/v1/openapi.json").json()
    schemas = description["components"]["schemas"]

    def fields(operation: dict[str, Any]) -> set[str]:
        content = operation.get("requestBody", {}).get("content", {})
        named = content.get("application/json", {}).get("schema", {}).get("$ref", "")
        return set(schemas.get(named.rpartition("/")[2], {}).get("properties", {}))

    telling = {
        item["post"]["operationId"]
        for item in description["paths"].values()
        if "post" in item and fields(item["post"]) & {"password", "old", "new", "token", "secret"}
    }

    assert telling == SECRET_SAID
