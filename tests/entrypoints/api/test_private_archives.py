"""Of a private archive, outsiders are told through every door what is told of none.

Every operation of the API's description is asked, so that a new one is held to it.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from tests.entrypoints.api.test_access import PARAMETERS, QUERIES, body_of, operations
from tests.entrypoints.installation import ADMIN, BUILDER, Builder, Installation, token

NOBODYS = "absent"
"""An archive that there is not; its name is as long as that of the private one."""
PRIVATE = "secret"


@pytest.fixture
def private(installation: Installation, administrator: TestClient) -> Installation:
    """An installation where `secret` is private, with a build and jobs of its own."""
    body = {"name": PRIVATE, "parents": ["debian/bookworm"], "selection": "lamp"}
    assert administrator.post("/api/v1/archives", json=body).status_code == 202
    installation.do_jobs()
    answer = administrator.post(
        f"/api/v1/archives/{PRIVATE}/campaigns", json={"selection": "lamp", "reason": "a secret"}
    )
    assert answer.status_code == 202, answer.text
    installation.do_jobs()
    administrator.put(f"/api/v1/archives/{PRIVATE}/visibility", json={"is_private": True})
    return installation


@pytest.fixture(params=["anybody", "a person"])
def outsider(
    request: pytest.FixtureRequest, private: Installation, administrator: TestClient
) -> TestClient:
    """Nobody in particular, or somebody with every right on the other archive, not on this."""
    if request.param == "anybody":
        return private.client()
    shown = person(administrator, "eve", {"trial": "administer"}, everywhere=["create"])
    return private.client(shown)


def person(
    administrator: TestClient,
    name: str,
    rights: Mapping[str, str],
    everywhere: list[str] | None = None,
    scope: str = "everything",
) -> dict[str, str]:
    """The header of a new person's token."""
    body = {"name": name, "email": f"{name}@example.org"}
    assert administrator.post("/api/v1/persons", json=body).status_code == 201
    for archive, right in rights.items():
        answer = administrator.post(
            f"/api/v1/archives/{archive}/rights", json={"right": right, "person": name}
        )
        assert answer.status_code == 201, answer.text
    for right in everywhere or []:
        administrator.post("/api/v1/rights", json={"right": right, "person": name})
    made = administrator.post(
        f"/api/v1/persons/{name}/tokens", json={"name": "all", "scope": scope}
    )
    return {"Authorization": f"Bearer {made.json()['token']}"}


def number_of_build(private: Installation) -> int:
    with private.services.database.read() as transaction:
        archive = transaction.archives.named(PRIVATE)
        [campaign] = transaction.campaigns.of_archive(archive.id)
        return transaction.builds.of_campaign(campaign.id)[0].id


def number_of_job(private: Installation) -> str:
    with private.services.database.read() as transaction:
        return transaction.jobs.newest(PRIVATE)[0].id


def renamed(value: Any, name: str) -> Any:  # noqa: ANN401 - any document
    if isinstance(value, dict):
        return {key: renamed(inner, name) for key, inner in value.items()}
    if isinstance(value, list):
        return [renamed(inner, name) for inner in value]
    return value.replace("trial", name) if isinstance(value, str) else value


def ask(client: TestClient, method: str, path: str, name: str, **ids: str) -> Any:  # noqa: ANN401
    parameters = renamed({**PARAMETERS, **ids}, name)
    query = renamed(QUERIES.get(path), name) if method == "GET" else None
    body = renamed(body_of(method, path), name)
    return client.request(method, path.format(**parameters), params=query, json=body)


def test_every_address_of_a_private_archive_answers_as_if_there_were_none(
    private: Installation, outsider: TestClient
) -> None:

    different = []
    for method, path in operations(private.app):
        if ("{name}" not in path and path not in QUERIES) or "/toolchains/" in path:
            continue  # of toolchains it is the name
        answers = [ask(outsider, method, path, name) for name in (PRIVATE, NOBODYS)]
        told = [
            (answer.status_code, answer.text.replace(name, "X"))
            for answer, name in zip(answers, (PRIVATE, NOBODYS), strict=True)
        ]
        if told[0] != told[1]:
            different.append((method, path, *told))

    assert different == [], "\n".join(map(str, different))


def test_a_condition_tells_of_a_private_archive_no_more_than_of_none(
    private: Installation, administrator: TestClient
) -> None:
    shown = person(administrator, "eve", {"trial": "administer"}, everywhere=["create"])
    feed = person(administrator, "fay", {PRIVATE: "view"}, scope="feed")
    clients = [private.client(headers) for headers in ({}, shown, feed, BUILDER)]
    revision = administrator.get(f"/api/v1/archives/{PRIVATE}").headers["etag"].strip('"')
    made_up = re.sub("[0-9a-f]{8}", "00000000", revision.rpartition(".")[0])

    different = []
    for method, path in operations(private.app):
        if method == "GET" or "{name}" not in path or "/toolchains/" in path:
            continue
        for client in clients:
            client.headers["If-Match"] = f'"{made_up}.x"'
            answers = [ask(client, method, path, name) for name in (PRIVATE, NOBODYS)]
            told = [
                (answer.status_code, answer.text.replace(name, "X"))
                for answer, name in zip(answers, (PRIVATE, NOBODYS), strict=True)
            ]
            if told[0] != told[1]:
                different.append((method, path, *told))

    assert different == [], "\n".join(map(str, different))


NAMED_IN_BODIES: list[tuple[str, dict[str, Any]]] = [
    ("archives", {"name": "child", "parents": ["X"]}),
    ("archives", {"name": "child", "parents": ["trial/bookworm", "X/bookworm"]}),
    ("estimates", {"parents": ["X/bookworm"]}),
    ("estimates", {"parents": ["trial/bookworm", "X/bookworm"]}),
    ("previews", {"parent": "X/bookworm", "selection": "all"}),
    ("comparisons", {"left": "X", "right": "debian"}),
    ("comparisons", {"left": "debian", "right": "X/bookworm", "selection": "lamp"}),
    ("subscriptions", {"archive": "X"}),
    ("subscriptions", {"archive": "X", "campaign": 1}),
    ("persons/eve/tokens", {"name": "another", "archive": "X"}),
    ("rights", {"right": "view", "person": "eve", "archive": "X"}),
]


def test_what_names_it_in_its_body_is_answered_as_if_there_were_none(outsider: TestClient) -> None:
    different = []

    for path, body in NAMED_IN_BODIES:
        told = []
        for name in (PRIVATE, NOBODYS):
            sent = json.loads(json.dumps(body).replace("X", name))
            answer = outsider.post(f"/api/v1/{path}", json=sent)
            told.append((answer.status_code, answer.text.replace(name, "X")))
        if told[0] != told[1]:
            different.append((path, body, *told))

    assert different == [], "\n".join(map(str, different))


def statements(client: TestClient, address: str) -> int:
    """How many statements the database is asked for one answer: they are what takes time."""
    asked: list[str] = []

    def note(*arguments: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
        asked.append(arguments[2])

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        assert client.get(address).status_code in {303, 401, 403, 404, 422}
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    return len(asked)


def test_finding_nothing_takes_as_many_questions_as_hiding_something(
    private: Installation, outsider: TestClient
) -> None:
    api = [
        path.format(**renamed(PARAMETERS, "{}"))
        for method, path in operations(private.app)
        if method == "GET" and path.startswith("/api/v1/archives/{name}") and path not in QUERIES
    ]
    others = [
        "/archives/{}/", "/archives/{}/jobs", "/archives/{}/rights", "/archives/{}/feed.atom",
        "/archives/{}/badge.svg", "/archives/{}/campaigns/1/badge.svg", "/archives/{}/persons",
        "/archives/{}/dists/bookworm/InRelease",
        "/archives/{}/pool/main/l/lamp/lamp_1.0_amd64.deb",
    ]  # fmt: skip
    outsider.get("/api/v1/archives")  # that a token was used is noted at its first use
    counts = {
        address: [statements(outsider, address.format(name)) for name in (PRIVATE, NOBODYS)]
        for address in [*api, *others]
    }

    assert {known: count for known, count in counts.items() if count[0] != count[1]} == {}
    assert len(counts) > 25


def test_its_builds_and_jobs_answer_as_if_there_were_none(
    private: Installation, outsider: TestClient
) -> None:
    build, job = str(number_of_build(private)), number_of_job(private)
    absent_build, absent_job = str(10**6), "0" * 16

    different = []
    for method, path in operations(private.app):
        if "{build_id}" not in path and "{job_id}" not in path:
            continue
        there = ask(outsider, method, path, PRIVATE, build_id=build, job_id=job)
        absent = ask(outsider, method, path, PRIVATE, build_id=absent_build, job_id=absent_job)
        told = [
            (there.status_code, there.text.replace(job, "J").replace(build, "N")),
            (absent.status_code, absent.text.replace(absent_job, "J").replace(absent_build, "N")),
        ]
        if there.status_code != absent.status_code or (
            there.status_code == 404 and told[0] != told[1]
        ):
            different.append((method, path, *told))

    assert different == [], "\n".join(map(str, different))


def test_no_list_names_it(private: Installation, outsider: TestClient) -> None:
    told = [
        (path, outsider.get(path).text)
        for method, path in operations(private.app)
        if method == "GET" and "{" not in path and path not in QUERIES
    ]

    assert [path for path, text in told if PRIVATE in text] == []
    assert len(told) > 5


@pytest.mark.parametrize(
    "address",
    [
        "archives/{}/dists/bookworm/InRelease", "archives/{}/pool/main/l/lamp/lamp_1.0_amd64.deb",
        "archives/{}/publications/1/dists/bookworm/InRelease", "archives/{}/",
        "archives/{}/campaigns/1", "archives/{}/builds/lamp/amd64",
        "archives/{}/campaigns/1.json", "archives/{}.json",
        "archives/{}/feed.atom", "archives/{}/campaigns/1/feed.atom",
        "archives/{}/badge.svg", "archives/{}/campaigns/1/badge.svg",
    ],
)  # fmt: skip
def test_neither_apt_nor_a_browser_of_an_outsider_sees_it(
    outsider: TestClient, address: str
) -> None:
    there = outsider.get("/" + address.format(PRIVATE))
    absent = outsider.get("/" + address.format(NOBODYS))

    assert there.status_code == absent.status_code == 404
    assert there.text.replace(PRIVATE, "X") == absent.text.replace(NOBODYS, "X")


def test_apt_sees_it_with_a_token_for_reading_only(
    private: Installation, administrator: TestClient
) -> None:
    person(administrator, "lou", {PRIVATE: "view"})
    made = administrator.post(
        "/api/v1/persons/lou/tokens", json={"name": "apt", "scope": "read", "archive": PRIVATE}
    ).json()
    client = private.client()

    answer = client.get(
        f"/archives/{PRIVATE}/dists/bookworm/InRelease", auth=("lou", made["token"])
    )

    assert answer.status_code == 200
    assert "public" not in answer.headers["cache-control"]
    refused = client.delete(
        f"/api/v1/archives/{PRIVATE}", headers={"Authorization": f"Bearer {made['token']}"}
    )
    assert refused.status_code == 403


def test_a_token_for_another_archive_does_not_show_it(
    private: Installation, administrator: TestClient
) -> None:
    person(administrator, "lou", {PRIVATE: "administer", "trial": "administer"})
    made = administrator.post(
        "/api/v1/persons/lou/tokens", json={"name": "one", "archive": "trial"}
    ).json()
    client = private.client({"Authorization": f"Bearer {made['token']}"})

    assert client.get("/api/v1/archives/trial").status_code == 200
    assert client.get(f"/api/v1/archives/{PRIVATE}").status_code == 404


@pytest.mark.parametrize("shown", ["Basic !!!", "Basic ////", "Basic " + "x" * 5])
def test_credentials_that_cannot_be_read_are_refused(private: Installation, shown: str) -> None:
    answer = private.client({"Authorization": shown}).get(
        f"/archives/{PRIVATE}/dists/bookworm/InRelease"
    )

    assert answer.status_code == 401


def test_what_is_derived_from_it_is_private_too(
    private: Installation, administrator: TestClient, anybody: TestClient
) -> None:
    body = {"name": "child", "parents": [f"{PRIVATE}/bookworm"], "selection": "lamp"}
    assert administrator.post("/api/v1/archives", json=body).status_code == 202
    private.do_jobs()

    assert administrator.get("/api/v1/archives/child").json()["is_private"]
    assert anybody.get("/api/v1/archives/child").status_code == 404


def test_what_a_deletion_of_its_parent_would_take_is_told_to_who_may_delete_that(
    administrator: TestClient, outsider: TestClient
) -> None:
    address = "/api/v1/archives/debian/deletion"

    assert f"trial, {PRIVATE} derive" in administrator.get(address).json()["detail"].replace(
        f"{PRIVATE}, trial", f"trial, {PRIVATE}"
    )
    assert outsider.get(address).json()["code"] == "not-allowed"


def test_an_archive_can_be_private_from_its_first_moment_on(
    installation: Installation, administrator: TestClient, anybody: TestClient
) -> None:
    lou, eve = (
        installation.client(person(administrator, name, {"debian": "derive"}, ["create"]))
        for name in ("lou", "eve")
    )
    body = {"name": "hush", "parents": ["debian/bookworm"], "selection": "lamp"}
    planned = lou.post("/api/v1/estimates", json={**body, "is_private": True}).json()
    open_plan = lou.post("/api/v1/estimates", json=body).json()
    job = lou.post("/api/v1/archives", json={**body, "is_private": True}).json()["id"]

    lists = ["archives", "jobs", "queue", "search?q=hus"]
    places = ["api/v1/archives/hush", f"api/v1/jobs/{job}", "archives/hush/feed.atom",
              "archives/hush/dists/bookworm/InRelease"]  # fmt: skip
    told = []
    for is_done in (False, True):
        if is_done:
            installation.do_jobs()
        told += [
            (is_done, path)
            for outsider in (eve, anybody)
            for path in lists
            if "hush" in outsider.get(f"/api/v1/{path}").text
        ]
        told += [
            (is_done, path)
            for outsider in (eve, anybody)
            for path in places
            if outsider.get(f"/{path}").status_code != 404
        ]

    assert (planned.pop("is_private"), open_plan.pop("is_private")) == (True, False)
    assert planned == open_plan
    assert told == []
    assert lou.get("/api/v1/archives/hush").json()["is_private"]
    granted = lou.get("/api/v1/archives/hush/rights").json()["grants"]
    assert [(each["person"], each["right"]) for each in granted] == [("lou", "administer")]
    entries = administrator.get("/api/v1/audit", params={"archive": "hush"}).json()["entries"]
    assert {(entry["actor"], entry["detail"]) for entry in entries} >= {("lou", "made private")}


def test_a_private_archive_that_did_not_come_to_be_is_known_to_who_asked_for_it_only(
    installation: Installation, administrator: TestClient, anybody: TestClient
) -> None:
    lou, eve = (
        installation.client(person(administrator, name, {"debian": "derive"}, ["create"]))
        for name in ("lou", "eve")
    )
    body = {
        "name": "hush", "parents": ["debian/bookworm"], "selection": "lamp", "is_private": True,
    }  # fmt: skip
    job = lou.post("/api/v1/archives", json=body).json()["id"]
    assert lou.post(f"/api/v1/jobs/{job}/cancellations").status_code == 200

    installation.services.runner.finish(job, {"ended": True})  # as of one that did not begin

    assert administrator.get("/api/v1/archives/hush").status_code == 410
    for outsider in (eve, anybody):
        assert "hush" not in outsider.get("/api/v1/jobs").text
        assert outsider.get(f"/api/v1/jobs/{job}").status_code == 404
        assert outsider.get("/api/v1/archives/hush").status_code == 404
    assert lou.get(f"/api/v1/jobs/{job}").json()["state"] == "cancelled"
    assert lou.post("/api/v1/archives", json=body).status_code == 202


def test_who_may_not_administer_the_parent_cannot_make_the_child_public(
    private: Installation, administrator: TestClient
) -> None:
    shown = person(administrator, "lou", {PRIVATE: "derive"}, everywhere=["create"])
    lou = private.client(shown)
    body = {"name": "child", "parents": [f"{PRIVATE}/bookworm"], "selection": "lamp"}
    assert lou.post("/api/v1/archives", json=body).status_code == 202
    private.do_jobs()

    answer = lou.put("/api/v1/archives/child/visibility", json={"is_private": False})

    assert answer.status_code == 403
    assert "child would show secret" in answer.json()["detail"]


def test_its_deletion_is_told_to_nobody_else(
    private: Installation, administrator: TestClient, anybody: TestClient
) -> None:
    administrator.delete(f"/api/v1/archives/{PRIVATE}")
    private.do_jobs()

    assert administrator.get(f"/api/v1/archives/{PRIVATE}").status_code == 410
    assert anybody.get(f"/api/v1/archives/{PRIVATE}").status_code == 404


def test_a_builder_builds_it_all_the_same(private: Installation) -> None:
    builder = Builder(private)

    claims = [builder.claim() for _ in range(2)]

    assert all(private.client(token(claim)) for claim in claims)


def test_the_administrator_sees_it(private: Installation) -> None:
    assert private.client(ADMIN).get(f"/api/v1/archives/{PRIVATE}").status_code == 200


def test_nobody_learns_from_a_token_for_one_archive_that_a_private_one_is_there(
    private: Installation, administrator: TestClient
) -> None:
    eve = private.client(person(administrator, "eve", {}))

    answers = [
        eve.post("/api/v1/persons/eve/tokens", json={"name": "x", "archive": archive})
        for archive in (PRIVATE, "nowhere", "trial")
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 201]
    assert answers[0].text.replace(PRIVATE, "nowhere") == answers[1].text
