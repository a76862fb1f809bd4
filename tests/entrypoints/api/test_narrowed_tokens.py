"""Tokens that are narrowed, and people who may only look, change nothing through any operation."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.entrypoints.api.test_access import OF_PEOPLE, ask, operations
from tests.entrypoints.installation import ADMIN, Installation, installation_in

OWN_MAIL = {
    "/api/v1/subscriptions", "/api/v1/mail-address/confirmations",
    "/api/v1/letters/{number}/attempts", "/api/v1/robots", "/api/v1/robots/{robot}",
}  # fmt: skip
"""What everybody may ask for of themselves: news of what they see, and robots of their own."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, filled_root: Path) -> Installation:
    """Meg is an administrator; Vic may see `trial` and nothing more."""
    root = tmp_path_factory.mktemp("narrowed") / "root"
    shutil.copytree(filled_root, root)
    installation = installation_in(root)
    client = installation.client(ADMIN)
    for name, role in (("meg", "administrator"), ("vic", "member"), ("ann", "member")):
        body = {"name": name, "email": f"{name}@example.org", "role": role}
        assert client.post("/api/v1/persons", json=body).status_code == 201
    client.post("/api/v1/archives/trial/rights", json={"right": "view", "person": "vic"})
    assert client.post("/api/v1/builders", json={"name": "host-1"}).status_code in {201, 409}
    return installation


def shown(world: Installation, person: str, **narrowed: Any) -> TestClient:  # noqa: ANN401 - a body
    client = world.client(ADMIN)
    count = len(client.get(f"/api/v1/persons/{person}").json()["tokens"])
    body = {"name": f"t{count}", **narrowed}
    made = client.post(f"/api/v1/persons/{person}/tokens", json=body)
    assert made.status_code == 201, made.text
    return world.client({"Authorization": f"Bearer {made.json()['token']}"})


def changed_by(client: TestClient, world: Installation) -> Mapping[tuple[str, str], int]:
    """The operations that change something and were not refused, with their status."""
    answers = {
        (method, path): ask(client, method, path)
        for method, path in operations(world.app)
        if method != "GET"
    }
    return {
        known: answer.status_code
        for known, answer in answers.items()
        if answer.status_code not in {401, 403, 404}
    }


def test_an_administrators_token_for_reading_changes_nothing(world: Installation) -> None:
    assert changed_by(shown(world, "meg", scope="read"), world) == {}


def test_an_administrators_token_for_uploads_does_nothing_but_upload(world: Installation) -> None:
    changed = changed_by(shown(world, "meg", scope="upload"), world)

    assert set(changed) == {("PUT", "/api/v1/archives/{name}/uploads/files/{file}")}


def test_an_administrators_token_for_another_archive_changes_nothing_here(
    world: Installation,
) -> None:
    changed = changed_by(shown(world, "meg", archive="debian"), world)

    # What names its archive in the body is refused there, and previews read a public one.
    assert {path for _, path in changed} <= {
        "/api/v1/previews", "/api/v1/estimates", "/api/v1/comparisons",
    }  # fmt: skip


@pytest.mark.parametrize("narrowed", [{"scope": "read"}, {"archive": "trial"}])
def test_a_narrowed_token_of_an_administrator_sees_nothing_of_people(
    world: Installation, narrowed: dict[str, str]
) -> None:
    client = shown(world, "meg", **narrowed)

    answers = {
        path: ask(client, "GET", path).status_code
        for path in OF_PEOPLE
        if not path.startswith("/api/v1/archives/")
    }

    assert set(answers.values()) == {403}


def test_who_may_only_look_changes_nothing(world: Installation) -> None:
    changed = changed_by(shown(world, "vic"), world)

    assert {path for _, path in changed} <= OWN_MAIL | {
        "/api/v1/previews", "/api/v1/comparisons",
    }  # fmt: skip


ASK_FOR_BUILDS = {
    "/api/v1/previews", "/api/v1/archives/{name}/estimates", "/api/v1/comparisons",
    "/api/v1/archives/{name}/campaigns", "/api/v1/archives/{name}/outgoing",
}  # fmt: skip
RETRY_AND_PUBLISH = {
    "/api/v1/archives/{name}/publications", "/api/v1/builds/{build_id}/retries",
    "/api/v1/builds/{build_id}/cancellations", "/api/v1/archives/{name}/retries",
    "/api/v1/archives/{name}/cancellations",
}  # fmt: skip
CREATE = {
    "/api/v1/archives", "/api/v1/imports", "/api/v1/previews", "/api/v1/estimates",
    "/api/v1/comparisons", "/api/v1/toolchains",
}  # fmt: skip
MANAGE_BUILDERS = {
    "/api/v1/builders/{builder}/pauses", "/api/v1/builders/{builder}/resumptions",
    "/api/v1/builders/{builder}/removals", "/api/v1/builders/{builder}/token",
}  # fmt: skip


@pytest.mark.parametrize(
    ("scopes", "opened"),
    [
        (["rebuild", "retry"], ASK_FOR_BUILDS | RETRY_AND_PUBLISH),
        (["create", "read"], CREATE),
        (["builders"], MANAGE_BUILDERS),
    ],
    ids=["builds", "create", "builders"],
)
def test_a_token_opens_what_its_scopes_do_and_nothing_else(
    world: Installation, scopes: list[str], opened: set[str]
) -> None:
    changed = changed_by(shown(world, "meg", scopes=scopes), world)

    assert {path for _, path in changed} == opened
    assert ("POST", "/api/v1/builders/{builder}/token") not in changed


def test_a_refusal_tells_programs_which_scope_is_missing(world: Installation) -> None:
    client = shown(world, "meg", scopes=["read", "upload"])

    answer = client.post("/api/v1/archives/trial/retries", json={"selection": "lamp"})

    assert answer.status_code == 403
    told = answer.json()
    assert (told["reason"], told["missing_scope"]) == ("scope-missing", "retry")
    assert told["detail"].endswith(
        "the token is only to read, upload, and the scope retry is missing"
    )
    assert told["hint"] == "make one: vostok token create meg NAME --scope retry"


@pytest.mark.parametrize(
    ("body", "field", "word"),
    [
        ({"scopes": ["read", "sudo"]}, "scopes.1", "'rebuild'"),
        ({"scope": "sudo"}, "scope", "'rebuild'"),
        ({"scopes": []}, "scopes", "what the token is for|at least 1"),
        ({"scopes": ["everything", "read"]}, "scopes", "nothing else beside"),
        ({"scopes": ["read", "feed"]}, "scopes", "nothing else beside"),
    ],
    ids=str,
)
def test_scopes_that_are_none_are_refused_by_field(
    world: Installation, body: dict[str, Any], field: str, word: str
) -> None:
    answer = world.client(ADMIN).post("/api/v1/persons/meg/tokens", json={"name": "x", **body})

    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["field"] == field
    assert re.search(word, fault["detail"])


def test_one_scope_may_be_said_as_before_and_is_told_both_ways(world: Installation) -> None:
    client, place = world.client(ADMIN), "/api/v1/persons/ann/tokens"

    before = client.post(place, json={"name": "one", "scope": "upload"}).json()
    several = client.post(place, json={"name": "two", "scopes": ["retry", "read"]}).json()
    both = client.post(place, json={"name": "x", "scope": "read", "scopes": ["read"]})

    assert (before["scope"], before["scopes"]) == ("upload", ["upload"])
    assert (several["scope"], several["scopes"]) == ("read retry", ["read", "retry"])
    assert both.status_code == 422
