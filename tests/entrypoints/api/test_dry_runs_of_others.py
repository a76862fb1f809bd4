"""Dry runs, asked by who may not do the deed: nothing is told, and nobody has to wait for it.

Every operation of the API's description that can be tried is asked, so that a new one is held to
it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.entrypoints.api.test_access import PARAMETERS, body_of
from tests.entrypoints.installation import Installation

API = "/api/v1"
TRIAL = f"{API}/archives/trial"
ROBOT = {"name": "w-robot", "purpose": "tells", "answerable": "ann"}
ADMINISTER = {"right": "administer", "person": "w-robot"}
Schema = Mapping[str, Any]
NOBODYS = {"name": "absent", "person": "nobody", "team": "none", "number": "99", "build_id": "99"}
"""What there is not."""


@pytest.fixture
def world(installation: Installation, administrator: TestClient) -> Installation:
    """Ann is here, and the team `hardware`; `gone-robot` was deleted."""
    for path, body in (
        ("persons", {"name": "ann", "email": "ann@example.org"}),
        ("persons", {"name": "eve", "email": "eve@example.org"}),
        ("teams", {"name": "hardware"}),
        ("robots", {"name": "gone-robot", "purpose": "none", "answerable": "ann"}),
    ):
        assert administrator.post(f"/api/v1/{path}", json=body).status_code == 201
    assert administrator.delete("/api/v1/robots/gone-robot").status_code == 204
    return installation


def has_dry_run(schema: Schema, schemas: Schema) -> bool:
    named = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return "dry_run" in named.get("properties", {})


def dry_runs(app: FastAPI) -> list[tuple[str, str, bool]]:
    """Method and path of what can be tried, and whether its body says so."""
    described = app.openapi()
    schemas = described["components"]["schemas"]
    found = []
    for path, item in described["paths"].items():
        for method, operation in item.items():
            in_address = {each["name"] for each in operation.get("parameters", ())}
            content = operation.get("requestBody", {}).get("content", {})
            in_body = any(has_dry_run(each["schema"], schemas) for each in content.values())
            if "dry_run" in in_address or in_body:
                found.append((method.upper(), path, in_body))
    return found


@contextmanager
def written() -> Iterator[list[str]]:
    """The writing transactions that begin within."""
    begun: list[str] = []

    def note(connection: sa.Connection) -> None:
        if connection.get_execution_options().get("vostok_writing"):
            begun.append("a writing transaction")

    sa.event.listen(sa.Engine, "begin", note)
    try:
        yield begun
    finally:
        sa.event.remove(sa.Engine, "begin", note)


def asked(
    client: TestClient, operation: tuple[str, str, bool], named: Mapping[str, str], *, tried: bool
) -> tuple[int, str]:
    method, path, in_body = operation
    body = body_of(method, path)
    if tried and in_body:
        body = {**(body or {}), "dry_run": True}
    params = {"dry_run": "true"} if tried and not in_body else None
    place = path.format(**{**PARAMETERS, **named})
    answer = client.request(method, place, json=body, params=params)
    return answer.status_code, answer.text


@pytest.mark.parametrize("who", ["anybody", "somebody"])
def test_who_may_not_do_a_deed_is_told_by_its_dry_run_what_the_deed_tells(
    world: Installation, administrator: TestClient, who: str
) -> None:
    client = world.client()
    if who == "somebody":
        made = administrator.post("/api/v1/persons/eve/tokens", json={"name": "all"}).json()
        client = world.client({"Authorization": f"Bearer {made['token']}"})
        client.get("/api/v1/archives")  # that a token is used is noted once
    operations = dry_runs(world.app)
    different, waited_for = [], []

    for operation in operations:
        for named in ({}, NOBODYS, {"person": "gone-robot"}):
            real = asked(client, operation, named, tried=False)
            with written() as begun:
                dry = asked(client, operation, named, tried=True)
            if dry != real or dry[0] not in {401, 403, 404}:
                different.append((operation, named, real, dry))
            if begun:
                waited_for.append((operation, named))

    assert len(operations) > 20
    assert different == [], "\n".join(map(str, different))
    assert waited_for == []


def test_a_dry_run_names_no_archive_that_the_asker_does_not_see(
    world: Installation, administrator: TestClient
) -> None:
    administrator.post(f"{API}/robots", json=ROBOT)
    for archive in ("trial", "debian"):
        administrator.post(f"{API}/archives/{archive}/rights", json=ADMINISTER)
    every = administrator.post(f"{API}/persons/w-robot/tokens", json={"name": "all"}).json()
    robot = world.client({"Authorization": f"Bearer {every['token']}"})
    robot.post(f"{API}/archives/trial/webhooks", json={"address": "https://example.org/hook"})
    administrator.post(f"{API}/persons/w-robot/tokens", json={"name": "t", "archive": "trial"})
    mine = administrator.post(f"{API}/persons/ann/tokens", json={"name": "all"}).json()
    ann = world.client({"Authorization": f"Bearer {mine['token']}"})
    place = f"{API}/persons/w-robot/disablements?dry_run=true"

    while_public = ann.post(place).json()
    administrator.put(f"{API}/archives/trial/visibility", json={"is_private": True})
    while_private = ann.post(place).json()
    to_all = administrator.post(place).json()

    assert subjects(while_public) == ["token all", "token t", "webhook 1 of trial"]
    assert (subjects(while_private), while_private["effects_total"]) == (["token all"], 1)
    assert subjects(to_all) == subjects(while_public)


@pytest.fixture
def eve(world: Installation, administrator: TestClient) -> TestClient:
    """She administers `trial`, is in a team with Ann and Bob, and manages no people."""
    for name in ("bob", "cem", "dan"):
        body = {"name": name, "email": f"{name}@example.org"}
        administrator.post(f"{API}/persons", json=body)
    administrator.post(f"{API}/teams/hardware/members", json={"persons": ["ann", "bob", "eve"]})
    administrator.post(f"{API}/teams", json={"name": "board"})
    administrator.post(f"{API}/teams/board/members", json={"persons": ["bob", "cem", "dan"]})
    administrator.post(f"{TRIAL}/rights", json={"right": "administer", "person": "eve"})
    made = administrator.post(f"{API}/persons/eve/tokens", json={"name": "all"}).json()
    return world.client({"Authorization": f"Bearer {made['token']}"})


def told(answer: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - httpx's
    body = answer.json()
    assert body["effects_total"] == len(body["effects"])
    return [(effect["code"], effect["subject"]) for effect in body["effects"]]


def test_who_manages_no_people_is_told_of_others_without_their_names_or_number(
    eve: TestClient, administrator: TestClient
) -> None:
    private = {"is_private": True, "dry_run": True}
    to_board = {"right": "upload", "team": "board", "dry_run": True}
    to_dan = {"right": "upload", "person": "dan", "dry_run": True}

    sight = told(eve.put(f"{TRIAL}/visibility", json=private))
    grant = eve.post(f"{TRIAL}/rights", json=to_board)
    to_one = told(eve.post(f"{TRIAL}/rights", json=to_dan))
    to_manager = told(administrator.post(f"{TRIAL}/rights", json=to_board))

    known = [("sees-no-more", "ann"), ("sees-no-more", "bob")]
    assert sight == [*known, ("sees-no-more", "everybody else")]
    assert told(grant) == [("gains", "bob"), ("gains", "some others")]
    assert grant.json()["effects"][1]["sentence"] == "some others may upload in trial"
    assert to_one == [("gains", "dan")]
    assert to_manager == [("gains", "bob"), ("gains", "cem"), ("gains", "dan")]


def test_whom_the_rights_of_an_archive_show_already_is_named_in_its_dry_runs(
    eve: TestClient, administrator: TestClient
) -> None:
    body = {"right": "upload", "team": "board"}
    number = administrator.post(f"{TRIAL}/rights", json=body).json()["number"]
    shown = {one["person"] for one in eve.get(f"{TRIAL}/persons").json()["persons"]}

    revoked = told(eve.delete(f"{TRIAL}/rights/{number}", params={"dry_run": True}))

    assert revoked == [("loses", "bob"), ("loses", "cem"), ("loses", "dan")]
    assert {name for _, name in revoked} <= shown


def subjects(document: Mapping[str, Any]) -> list[str]:
    return [effect["subject"] for effect in document["effects"]]
