"""Who may do what through the API. Every route of its description is asked."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.entrypoints.installation import (
    ADMIN,
    ADMINISTRATOR,
    BUILDER,
    Builder,
    Installation,
)

from vostok.domain.access import Role
from vostok.domain.rights import Holder, HolderKind, Right
from vostok.services.people.persons import TokenRequest
from vostok.services.people.rights import GrantRequest

BODIES: dict[str, dict[str, Any]] = {
    "/api/v1/imports": {
        "name": "x",
        "suites": ["bookworm"],
        "mirror": "http://127.0.0.1:9",
    },
    "/api/v1/archives": {"name": "x", "parents": ["debian/bookworm"]},
    "/api/v1/archives/{name}": {},
    "/api/v1/archives/{name}/publications/{number}/keep": {"label": "x"},
    "/api/v1/store/verifications": {},
    "/api/v1/store/collections": {},
    "/api/v1/archives/{name}/syncs": {},
    "/api/v1/archives/{name}/selections": {"selection": "lamp"},
    "/api/v1/archives/{name}/removals": {"selection": "lamp"},
    "/api/v1/archives/{name}/restorations": {"selection": "lamp"},
    "/api/v1/estimates": {"parents": ["debian/bookworm"]},
    "/api/v1/archives/{name}/estimates": {"selection": "lamp"},
    "/api/v1/toolchains": {"name": "x", "cflags": ["-O1"]},
    "/api/v1/previews": {"parent": "debian/bookworm", "selection": "all"},
    "/api/v1/comparisons": {"left": "trial", "right": "debian", "selection": "lamp"},
    "/api/v1/archives/{name}/retries": {"selection": "lamp"},
    "/api/v1/archives/{name}/cancellations": {"selection": "lamp"},
    "/api/v1/archives/{name}/scores": {"selection": "lamp", "score": 1},
    "/api/v1/archives/{name}/campaigns": {"selection": "lamp", "reason": "x"},
    "/api/v1/archives/{name}/outgoing": {
        "selection": "lamp",
        "reason": "x",
        "maintainer": "Ann Other <ann@example.org>",
    },
    "/api/v1/logins": {"person": "ann", "password": "no such words", "name": "x"},
    "/api/v1/persons": {"name": "x", "email": "x@example.org"},
    "/api/v1/robots": {"name": "x-robot", "purpose": "x"},
    "/api/v1/robots/{robot}": {"purpose": "y"},
    "/api/v1/persons/{person}/password": {"password": "twelve letters"},
    "/api/v1/persons/{person}/password/changes": {
        "old": "no such words",
        "new": "twelve letters",
    },
    "/api/v1/persons/{person}/keys": {"certificate_base64": "eA=="},
    "/api/v1/persons/{person}/tokens": {"name": "x"},
    "/api/v1/archives/{name}/webhooks": {"address": "https://example.org/hook"},
    "/api/v1/archives/{name}/webhooks/{number}": {"state": "off"},
    "/api/v1/subscriptions": {"archive": "trial"},
    "/api/v1/rights": {"right": "create", "person": "ann"},
    "/api/v1/archives/{name}/rights": {"right": "upload", "person": "ann"},
    "/api/v1/archives/{name}/visibility": {"is_private": False},
    "/api/v1/archives/{name}/quota": {"builds": 1},
    "/api/v1/persons/{person}/quota": {"builds": 1},
    "/api/v1/teams/{team}/quota": {"builds": 1},
    "/api/v1/quotas/{subject}": {"builds": 1},
    "/api/v1/builders": {"name": "x"},
    "/api/v1/builders/{builder}/pauses": {"reason": "x"},
    "/api/v1/builders/{builder}/removals": {"reason": "x"},
    "/api/v1/teams": {"name": "x"},
    "/api/v1/teams/{team}/members": {"persons": ["ann"]},
}
QUERIES = {
    "/api/v1/archives/{name}/news/stream": {"seconds": "0"},
    "/api/v1/archives/{name}/campaigns/{number}/news/stream": {"seconds": "0"},
    "/api/v1/comparisons": {"left": "trial", "right": "debian"},
    "/api/v1/jobs": {"archive": "trial"},
    "/api/v1/toolchains/{name}/preflight": {"archive": "trial"},
}
"""The parameters of what is read with GET: an address refuses those that it does not know."""
PARAMETERS = {
    "name": "trial", "number": "1", "other": "1", "build_id": "1", "job_id": "0123456789abcdef",
    "delivery": "1", "person": "ann", "fingerprint": "A" * 40, "token": "dput",
    "session": "0123456789abcdef",
    "file": "x.dsc", "team": "hardware", "source": "lamp", "version": "1.0-1",
    "subject": "archive", "builder": "host-1", "robot": "x-robot",
}  # fmt: skip
OF_PEOPLE = {
    "/api/v1/persons", "/api/v1/persons/{person}", "/api/v1/keys", "/api/v1/tokens",
    "/api/v1/robots", "/api/v1/robots/{robot}",
    "/api/v1/teams", "/api/v1/teams/{team}", "/api/v1/rights", "/api/v1/archives/{name}/rights",
    "/api/v1/audit", "/api/v1/archives/{name}/webhooks", "/api/v1/quotas",
    "/api/v1/quotas/{subject}", "/api/v1/persons/{person}/quota", "/api/v1/teams/{team}/quota",
    "/api/v1/persons/{person}/sessions", "/api/v1/persons/{person}/identities",
    "/api/v1/archives/{name}/webhooks/{number}", "/api/v1/subscriptions", "/api/v1/letters",
    "/api/v1/mail-address", "/api/v1/archives/{name}/persons", "/api/v1/rights/persons",
    "/api/v1/archives/{name}/persons/{person}", "/api/v1/rights/persons/{person}",
    "/api/v1/archives/{name}/deletion",
}  # fmt: skip
"""What only administrators read: addresses of persons, where their tokens lie, and what goes with
an archive, which counts what is hidden."""
WRONG = {"Authorization": "Bearer not-a-token"}


def operations(app: FastAPI) -> list[tuple[str, str]]:
    return [
        (method.upper(), path) for path, item in app.openapi()["paths"].items() for method in item
    ]


def ask(client: TestClient, method: str, path: str) -> Any:  # noqa: ANN401 - httpx's
    query = QUERIES.get(path) if method == "GET" else None
    body = body_of(method, path)
    return client.request(method, path.format(**PARAMETERS), params=query, json=body)


def body_of(method: str, path: str) -> dict[str, Any] | None:
    """What is sent to an operation; none that reads or deletes takes a body."""
    return None if method in {"GET", "DELETE"} else BODIES.get(path)


def test_everybody_may_read_and_nobody_may_change_without_a_token(
    installation: Installation, anybody: TestClient
) -> None:
    answers = {
        (method, path): ask(anybody, method, path).status_code
        for method, path in operations(installation.app)
    }

    public = {
        (method, path) for method, path in answers if method == "GET" and path not in OF_PEOPLE
    }
    assert {status for known, status in answers.items() if known not in public} == {401}
    assert not {401, 403} & {answers[known] for known in public}
    assert len(answers) > 20


OF_MANAGERS = {
    ("GET", "/api/v1/persons"), ("GET", "/api/v1/keys"), ("GET", "/api/v1/tokens"),
    ("GET", "/api/v1/teams"), ("GET", "/api/v1/teams/{team}"), ("POST", "/api/v1/teams"),
    ("POST", "/api/v1/persons"),
}  # fmt: skip
"""What a right to manage people is enough for, where every person and team may do more."""
OF_EVERYBODY = {
    ("GET", "/api/v1/subscriptions"), ("GET", "/api/v1/letters"), ("GET", "/api/v1/mail-address"),
    ("POST", "/api/v1/subscriptions"), ("DELETE", "/api/v1/subscriptions/{number}"),
    ("POST", "/api/v1/letters/{number}/attempts"), ("POST", "/api/v1/previews"),
    ("POST", "/api/v1/mail-address/confirmations"), ("POST", "/api/v1/logins"),
    ("POST", "/api/v1/comparisons"), ("POST", "/api/v1/archives/{name}/selections"),
    ("POST", "/api/v1/estimates"),
    ("POST", "/api/v1/archives/{name}/estimates"),
    ("GET", "/api/v1/robots/{robot}"),
    ("GET", "/api/v1/robots"), ("POST", "/api/v1/robots"),
    ("PATCH", "/api/v1/robots/{robot}"), ("DELETE", "/api/v1/robots/{robot}"),
}  # fmt: skip
"""What every person may ask, of themselves or of what is public."""


def test_who_manages_people_by_a_grant_does_nothing_to_those_who_may_do_more(
    installation: Installation,
) -> None:
    """Operations that are added later are asked too: about an administrator, and a strong team."""
    people, rights = installation.services.people, installation.services.rights
    everybody = Holder(kind=HolderKind.TEAM, name=PARAMETERS["team"])
    mia = Holder(kind=HolderKind.PERSON, name="mia")
    people.add(ADMINISTRATOR, "mia", email="mia@example.org", role=Role.MEMBER)
    name = PARAMETERS["person"]
    people.add(ADMINISTRATOR, name, email=f"{name}@example.org", role=Role.ADMINISTRATOR)
    rights.add_team(ADMINISTRATOR, everybody.name)
    for holder, right in ((everybody, Right.BUILDERS), (mia, Right.PEOPLE)):
        asked = GrantRequest(archive=None, holder=holder, right=right)
        rights.give(ADMINISTRATOR, asked)
    _, token = people.create_token(ADMINISTRATOR, TokenRequest(person="mia", name="laptop"))
    client = installation.client({"Authorization": f"Bearer {token}"})

    answers = {
        (method, path): ask(client, method, path).status_code
        for method, path in operations(installation.app)
        if method != "GET" or path in OF_PEOPLE
    }

    let_in = {known for known, status in answers.items() if status != 403}
    assert let_in - OF_EVERYBODY == OF_MANAGERS
    assert {known: answers[known] for known in OF_MANAGERS if answers[known] >= 300} == {}


def test_a_refusal_says_how_to_be_let_in(anybody: TestClient) -> None:
    answer = anybody.delete("/api/v1/archives/trial")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "not-allowed"
    assert "anonymous may not delete the archive: trial" in answer.json()["detail"]
    assert "admin.token" in answer.json()["hint"]


def test_a_wrong_token_opens_nothing(installation: Installation) -> None:
    client = installation.client(WRONG)

    answers = [ask(client, method, path) for method, path in operations(installation.app)]

    assert {answer.status_code for answer in answers} == {401}
    assert all("www-authenticate" in answer.headers for answer in answers)


def test_the_builders_token_does_nothing_that_people_do(installation: Installation) -> None:
    client = installation.client(BUILDER)

    answers = [ask(client, method, path) for method, path in operations(installation.app)]

    assert {answer.status_code for answer in answers} <= {403, 404}
    assert all(answer.json()["code"] in {"not-allowed", "not-found"} for answer in answers)


def test_the_token_of_an_attempt_is_no_token_here(
    installation: Installation, builder: Builder
) -> None:
    claim = builder.claim()
    client = installation.client({"Authorization": f"Bearer {claim['attempt_token']}"})

    answers = [ask(client, method, path) for method, path in operations(installation.app)]

    assert {answer.status_code for answer in answers} == {401}


@pytest.mark.parametrize(
    "header",
    ["the-administrators-token", "Basic dGhlOnRva2Vu", "Bearer", "Bearer ", "bearer\tx"],
)
def test_a_header_that_is_no_bearer_token_is_as_none(
    installation: Installation, header: str
) -> None:
    client = installation.client({"Authorization": header})

    assert client.get("/api/v1/archives").status_code in {200, 401}
    assert client.delete("/api/v1/archives/trial").status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_known_in_any_case(installation: Installation, scheme: str) -> None:
    token = ADMIN["Authorization"].split()[1]
    client = installation.client({"Authorization": f"{scheme} {token}"})

    assert client.post("/api/v1/archives/trial/publications").status_code == 202


def test_a_token_is_not_taken_from_the_address(anybody: TestClient) -> None:
    token = ADMIN["Authorization"].split()[1]

    answer = anybody.post(
        "/api/v1/archives/trial/publications", params={"token": token, "access_token": token}
    )

    assert answer.status_code == 422
    assert token not in answer.text
