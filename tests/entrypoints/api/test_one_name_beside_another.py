"""What names an archive and something else besides tells nobody of a hidden archive.

If it names two things of which neither is known, it must not matter which of them it looks for
first. Every operation of the API's description is asked, with each of its other names absent, and
with all of them.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.entrypoints.api.test_access import PARAMETERS, QUERIES, body_of, operations
from tests.entrypoints.api.test_private_archives import NOBODYS, PRIVATE, person
from tests.entrypoints.installation import Installation

Request = dict[str, Any]
"""Slots of a request, by `path NAME`, `query NAME` or `body NAME`."""
ARCHIVES = ("trial", "debian")
ABSENT_NUMBER = "999"
EVERY_RIGHT = ["create", "builders", "people"]
TOOLCHAIN, TEAM = "ghost-toolchain", "ghosts"
MORE_BODIES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "archives", {"name": "child", "parents": ["trial", "debian"]}),
    ("POST", "archives", {"name": "child", "parents": ["trial"], "toolchain": TOOLCHAIN}),
    ("POST", "estimates", {"parents": ["trial", "debian"], "selection": "lamp"}),
    ("POST", "estimates", {"parents": ["trial"], "toolchain": TOOLCHAIN, "name": "child"}),
    ("POST", "archives/{name}/rights", {"right": "upload", "team": TEAM}),
    ("POST", "archives/{name}/rights", {"right": "upload", "person": "eve"}),
    ("POST", "persons/{person}/tokens", {"name": "x", "archive": "trial"}),
    ("POST", "subscriptions", {"archive": "trial", "campaign": 1}),
    ("POST", "archives/{name}/syncs", {"parent": "debian"}),
    ("POST", "archives/{name}/campaigns", {"selection": "lamp", "reason": "x", "retry_of": 1}),
    ("PATCH", "archives/{name}", {"toolchain": TOOLCHAIN}),
]
MORE_QUERIES: list[tuple[str, dict[str, Any]]] = [
    ("comparisons", {"left": "debian/bookworm@7", "right": "trial"}),
    ("comparisons", {"left": "trial/sarge", "right": "debian"}),
    ("comparisons", {"left": "trial", "right": "debian", "selection": "ghost"}),
    ("audit", {"archive": "trial", "actor": "ghost"}),
    ("jobs", {"archive": "trial", "kind": "derive"}),
]


@pytest.fixture
def hidden(installation: Installation, administrator: TestClient) -> Installation:
    """An installation where `secret` is private."""
    body = {"name": PRIVATE, "parents": ["debian/bookworm"], "selection": "lamp"}
    assert administrator.post("/api/v1/archives", json=body).status_code == 202
    installation.do_jobs()
    administrator.put(f"/api/v1/archives/{PRIVATE}/visibility", json={"is_private": True})
    return installation


def requests(installation: Installation) -> Iterator[tuple[str, str, Request]]:
    """Method, path and slots of every operation, and of what is put down above."""
    for method, path in operations(installation.app):
        query = QUERIES.get(path, {}) if method == "GET" else {}
        yield method, path, slots(path, query, body_of(method, path) or {})
    for method, path, body in MORE_BODIES:
        yield method, f"/api/v1/{path}", slots(path, {}, body)
    for path, query in MORE_QUERIES:
        yield "GET", f"/api/v1/{path}", slots(path, query, {})


def slots(path: str, query: dict[str, Any], body: dict[str, Any]) -> Request:
    found: Request = {f"path {key}": PARAMETERS[key] for key in PARAMETERS if f"{{{key}}}" in path}
    if "/toolchains/" in path or path.startswith("toolchains/"):
        found["path name"] = "gcc-11"
    found |= {f"query {key}": value for key, value in query.items()}
    for key, value in body.items():
        if isinstance(value, list):
            found |= {f"body {key} {number}": inner for number, inner in enumerate(value)}
        else:
            found[f"body {key}"] = value
    return found


def is_archive(value: Any) -> bool:  # noqa: ANN401 - any document
    return isinstance(value, str) and value.partition("/")[0] in ARCHIVES


def absent(value: Any) -> Any:  # noqa: ANN401 - any document
    if isinstance(value, str):
        return ABSENT_NUMBER if value.isdecimal() else "-".join(("ghost", *value.split("/")[1:]))
    return int(ABSENT_NUMBER) if isinstance(value, int) and not isinstance(value, bool) else value


def variants(given: Request, archive: str) -> list[Request]:
    """The request with the other names there, each of them absent, and all of them."""
    others = [slot for slot in given if slot != archive and absent(given[slot]) != given[slot]]
    chosen = [set[str](), *({slot} for slot in others), set(others)]
    return [
        {slot: absent(value) if slot in gone else value for slot, value in given.items()}
        for number, gone in enumerate(chosen)
        if gone not in chosen[:number]
    ]


def told(client: TestClient, method: str, path: str, given: Request) -> tuple[int, str]:
    parts: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "body": {}}
    for slot, value in given.items():
        part, name, *number = slot.split()
        if number:
            parts[part].setdefault(name, []).append(value)
        else:
            parts[part][name] = value
    answer = client.request(
        method,
        path.format(**parts["path"]),
        params=parts["query"],
        json=parts["body"] or None,
    )
    return answer.status_code, answer.text


@pytest.mark.parametrize("who", ["anybody", "a person"])
def test_a_hidden_archive_is_answered_as_none_whatever_else_is_named_and_is_not_there(
    hidden: Installation, administrator: TestClient, who: str
) -> None:
    client = hidden.client()
    if who == "a person":
        rights = {"trial": "administer", "debian": "administer"}
        client = hidden.client(person(administrator, "eve", rights, EVERY_RIGHT))

    different, asked = [], 0
    for method, path, given in requests(hidden):
        for archive in (slot for slot in given if is_archive(given[slot])):
            for varied in variants(given, archive):
                answers = []
                for name in (PRIVATE, NOBODYS):
                    of_archive = given[archive].replace(given[archive].partition("/")[0], name)
                    status, text = told(client, method, path, {**varied, archive: of_archive})
                    answers.append((status, text.replace(name, "X")))
                asked += 1
                if answers[0] != answers[1]:
                    different.append((method, path, archive, json.dumps(varied), *answers))

    assert different == [], "\n".join(map(str, different))
    assert asked > 150
