"""The API that the tests' applications share is that of a server, and keeps nothing of anybody."""

from pathlib import Path

from fastapi.testclient import TestClient
from tests.entrypoints.installation import ADMIN, Installation, installation_in

from vostok.server import create_app

ANN = {"name": "ann", "email": "ann@example.org"}
BOB = {"name": "bob", "email": "bob@example.org"}


def test_an_application_with_an_api_of_its_own_describes_and_answers_the_same(
    unchanged: Installation,
) -> None:
    own = create_app(unchanged.services)

    with TestClient(own, headers=ADMIN) as client:
        archives = client.get("/api/v1/archives")
        description = client.get("/api/v1/openapi.json")

    shared = unchanged.client(ADMIN)
    assert archives.status_code == 200
    assert archives.json() == shared.get("/api/v1/archives").json()
    assert description.json() == shared.get("/api/v1/openapi.json").json()


def test_each_installation_is_asked_and_changed_by_its_own_requests_only(tmp_path: Path) -> None:
    one, other = (installation_in(tmp_path / name) for name in ("one", "other"))
    with one.client(ADMIN) as ask_one, other.client(ADMIN) as ask_other:
        ask_one.post("/api/v1/persons", json=ANN)
        ask_other.post("/api/v1/persons", json=BOB)
        made = ask_one.post("/api/v1/persons/ann/tokens", json={"name": "laptop"})

        found = [
            [person["name"] for person in client.get("/api/v1/persons").json()["persons"]]
            for client in (ask_one, ask_other, ask_one)
        ]
        token = {"Authorization": f"Bearer {made.json()['token']}"}
        answers = [client.get("/api/v1/jobs", headers=token) for client in (ask_one, ask_other)]

    assert found[0] == found[2]
    assert ("ann" in found[0], "bob" in found[0]) == (True, False)
    assert ("ann" in found[1], "bob" in found[1]) == (False, True)
    assert [answer.status_code for answer in answers] == [200, 401]


def test_a_key_of_a_request_is_known_only_where_it_was_sent(tmp_path: Path) -> None:
    one, other = (installation_in(tmp_path / name) for name in ("one", "other"))
    headers = ADMIN | {"Idempotency-Key": "once"}

    answers = [
        installation.client(headers).post("/api/v1/persons", json=ANN)
        for installation in (one, other, one, other)
    ]

    assert [answer.status_code for answer in answers] == [201] * 4
    assert ["Idempotent-Replayed" in answer.headers for answer in answers] == [
        *(False, False),
        *(True, True),
    ]
