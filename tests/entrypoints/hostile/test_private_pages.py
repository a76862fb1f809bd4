"""Of a private archive no page tells outsiders anything, and no form does, whatever they guess.

Every page and form of the router is asked for it, and for an archive that there is not.
"""

import re
import shutil
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.routing import Route
from tests.entrypoints.installation import (
    ADMIN,
    ADMINISTRATOR,
    Builder,
    Installation,
    installation_in,
)
from tests.entrypoints.pages.visitor import ORIGIN, Visitor, add_person, sign_in

from vostok.domain.rights import Holder, HolderKind, Right
from vostok.entrypoints.pages import create_router
from vostok.services.people.rights import GrantRequest
from vostok.services.telling.webhooks import WebhookRequest

PRIVATE, ABSENT, PUBLIC = "hushed", "absent", "trial"
VALUES = {
    "number": "1", "source": "lamp", "rebuild_no": "1", "architecture": "amd64", "attempt": "1",
    "log_name": "x.log", "deed": "remove", "delivery": "1", "kind": "archive", "subscription": "1",
    "letter": "1", "token": "x", "file": "style.css", "publication": "1",
    "version": "1.0",
}  # fmt: skip
NAMES_NO_ARCHIVE = {"toolchains", "people", "teams", "builders", "mail", "me", "static", "sign-in"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, filled_root: Path) -> Installation:
    """`hushed` is private and has everything; Eve may do all in `trial` and make archives."""
    root = tmp_path_factory.mktemp("private-pages") / "root"
    shutil.copytree(filled_root, root)
    installation = installation_in(root)
    client = installation.client(ADMIN)
    for path, body in (
        ("", {"name": PRIVATE, "parents": ["debian/bookworm"], "selection": "lamp"}),
        (f"/{PRIVATE}/campaigns", {"selection": "lamp", "reason": "hushed"}),
    ):
        assert client.post(f"/api/v1/archives{path}", json=body).status_code == 202
        installation.do_jobs()
    client.put(f"/api/v1/archives/{PRIVATE}/visibility", json={"is_private": True})
    hook = WebhookRequest(archive=PRIVATE, address="https://ci.example.org/hushed")
    installation.services.webhooks.add(ADMINISTRATOR, hook)
    client.put(f"/api/v1/archives/{PRIVATE}/quota", json={"builds": 7})
    add_person(installation, "eve")
    eve = Holder(kind=HolderKind.PERSON, name="eve")
    for archive, right in ((PUBLIC, Right.ADMINISTER), (None, Right.CREATE)):
        installation.services.rights.give(
            ADMINISTRATOR, GrantRequest(archive=archive, holder=eve, right=right)
        )
    builder = Builder(installation)
    while builder.claim()["archive"] != PRIVATE:
        pass
    return installation


@pytest.fixture(params=["anybody", "eve"])
def outsider(request: pytest.FixtureRequest, world: Installation) -> Visitor:
    if request.param == "eve":
        return sign_in(world, "eve")
    return Visitor(client=world.client(), form_token="")


def routes(world: Installation, method: str) -> list[str]:
    return [
        route.path
        for route in create_router(world.services).routes
        if isinstance(route, Route) and method in (route.methods or ())
    ]


def filled(path: str, **values: str) -> str:
    known = {**VALUES, **values}
    return re.sub(r"\{(\w+)[^}]*\}", lambda found: known[found[1]], path)


def told(answer: Response, name: str) -> tuple[int, str, str]:
    return (
        answer.status_code,
        answer.headers.get("location", "").replace(name, "X"),
        answer.text.replace(name, "X"),
    )


def names_an_archive(path: str) -> bool:
    return "{name}" in path and path.split("/")[1] not in NAMES_NO_ARCHIVE


def test_every_page_of_it_answers_as_if_there_were_none(
    world: Installation, outsider: Visitor
) -> None:
    different = []
    places = [path for path in routes(world, "GET") if names_an_archive(path)]

    for path in places:
        answers = [
            told(outsider.client.get(filled(path, name=name)), name) for name in (PRIVATE, ABSENT)
        ]
        if answers[0] != answers[1]:
            different.append((path, *answers))
        elif answers[0][0] == 200:
            different.append((path, "is there", ""))

    assert different == [], "\n".join(str(each)[:600] for each in different)
    assert len(places) > 40


def test_every_form_of_it_answers_as_if_there_were_none(
    world: Installation, outsider: Visitor
) -> None:
    different = []
    fields = {
        "form_token": outsider.form_token, "selection": "lamp", "reason": "x", "state": "off",
        "topic": "failed", "address": "https://example.org/", "right": "view", "person": "eve",
        "confirm": PRIVATE, "builds": "1", "name": "child", "parent": f"{PRIVATE}/bookworm",
    }  # fmt: skip
    places = [path for path in routes(world, "POST") if names_an_archive(path)]

    for path in places:
        answers = [
            told(
                outsider.client.post(
                    filled(path, name=name),
                    data={key: text.replace(PRIVATE, name) for key, text in fields.items()},
                    headers=ORIGIN,
                ),
                name,
            )
            for name in (PRIVATE, ABSENT)
        ]
        if answers[0] != answers[1]:
            different.append((path, *answers))

    assert different == [], "\n".join(str(each)[:600] for each in different)
    assert len(places) > 15


@pytest.mark.parametrize(
    "place",
    [
        "/archives/derive?parent={}/bookworm&selection=lamp&name=child",
        "/archives/derive.csv?parent={}/bookworm&selection=lamp",
        "/archives/derive.json?parent={}/bookworm&selection=lamp",
        "/compare?left={}/bookworm&right=trial/bookworm",
        "/compare?left=trial/bookworm&right={}/bookworm",
        "/jobs?archive={}",
        "/jobs.json?archive={}",
        "/audit?archive={}",
        "/search?q={}",
        "/archives/trial/rebuild?selection=all&reason=x&control={}",
        "/archives/trial/sync?hold={}",
    ],
)
def test_no_question_about_it_is_answered(outsider: Visitor, place: str) -> None:
    answers = [told(outsider.client.get(place.format(name)), name) for name in (PRIVATE, ABSENT)]

    assert answers[0] == answers[1]


def test_no_page_names_it_its_jobs_or_its_builds(world: Installation, outsider: Visitor) -> None:
    with world.services.database.read() as transaction:
        jobs = [job.id for job in transaction.jobs.newest(PRIVATE)]
    places = [
        path
        for path in routes(world, "GET")
        if "{" not in path
        and "open-id" not in path
        and "events" not in path.split("/")  # they do not end
    ]
    places += [
        filled(path, name=name, identifier="0" * 16)
        for path in routes(world, "GET")
        for name in ("host-1", PUBLIC, "eve", "debian")
        if "{name}" in path and "/events" not in path and "{identifier}" not in path
    ]
    naming = [
        place
        for place in sorted(set(places))
        if any(word in outsider.client.get(place).text for word in (PRIVATE, *jobs))
    ]
    lost = [
        path
        for path in routes(world, "GET")
        if "{identifier}" in path and "/events" not in path
        if told(outsider.client.get(filled(path, identifier=jobs[0])), jobs[0])
        != told(outsider.client.get(filled(path, identifier="0" * 16)), "0" * 16)
    ]

    assert naming == []
    assert lost == []
    assert jobs
