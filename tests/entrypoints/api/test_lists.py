"""Every list is given in pages by cursor."""

import base64
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.entrypoints.installation import Installation

TEAMS = [f"team-{number:02}" for number in range(7)]
WITHOUT_LIMIT = {
    "archive_news_stream": "a stream goes on while somebody reads",
    "campaign_news_stream": "a stream goes on while somebody reads",
}
OF_OTHER_THINGS = {
    ("build_log", "offset"): "bytes of a text that grows",
    ("audit", "before"): "a filter, as `until` is: older than an entry that somebody names",
}
"""Parameters named as those that pass over items, which pass over none."""
PASSING_OVER = {"offset", "after", "before", "page", "position", "start", "skip"}


@pytest.fixture
def teams(administrator: TestClient) -> TestClient:
    for name in TEAMS:
        administrator.post("/api/v1/teams", json={"name": name})
    return administrator


def pages(client: TestClient, place: str, *, limit: int) -> list[dict[str, Any]]:
    """The pages of a list, followed by their links."""
    found = []
    address: str | None = f"{place}{'&' if '?' in place else '?'}limit={limit}"
    while address is not None:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        address = answer.links.get("next", {}).get("url")
        assert (address is None) == (found[-1]["next"] is None)
    return found


def names(page: dict[str, Any], key: str = "name", of: str = "teams") -> list[Any]:
    return [item[key] for item in page[of]]


@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_the_pages_together_are_the_list(teams: TestClient, limit: int) -> None:
    found = pages(teams, "/api/v1/teams", limit=limit)

    assert [name for page in found for name in names(page)] == TEAMS
    assert all(len(page["teams"]) <= limit for page in found)


def test_what_is_added_or_taken_away_between_pages_moves_nothing_else(teams: TestClient) -> None:
    first = teams.get("/api/v1/teams?limit=3").json()
    for name in ("aaa", "team-025"):
        teams.post("/api/v1/teams", json={"name": name})
    for name in ("team-00", "team-02"):
        teams.delete(f"/api/v1/teams/{name}")

    second = teams.get(f"/api/v1/teams?limit=10&cursor={first['next']}").json()

    assert names(first) == TEAMS[:3]
    assert names(second) == ["team-025", *TEAMS[3:]]


def test_a_filter_is_kept_on_the_next_page(teams: TestClient) -> None:
    answer = teams.get("/api/v1/audit?action=manage-people&limit=2")

    following = answer.links["next"]["url"]
    assert following.startswith("/api/v1/audit?action=manage-people&limit=2&cursor=")
    before = [entry["number"] for entry in answer.json()["entries"]]
    after = [entry["number"] for entry in teams.get(following).json()["entries"]]
    assert sorted([*before, *after], reverse=True) == [*before, *after]
    assert len({*before, *after}) == 4


def test_the_audit_log_is_asked_for_by_time_and_text(teams: TestClient) -> None:
    whole = teams.get("/api/v1/audit?q=TEAM-0").json()["entries"]
    at = whole[3]["at"]

    def told(**wanted: str) -> list[int]:
        entries = teams.get("/api/v1/audit", params={"q": "team-0", **wanted}).json()["entries"]
        return [entry["number"] for entry in entries]

    assert [entry["subject"] for entry in whole] == [f"team {name}" for name in reversed(TEAMS)]
    assert set(told(since=at)) | set(told(until=at)) == {entry["number"] for entry in whole}
    assert not set(told(since=at)) & set(told(until=at))
    assert told(until="2020-01-01T00:00:00Z") == []
    assert told(before=str(whole[2]["number"])) == [entry["number"] for entry in whole[3:]]
    assert teams.get("/api/v1/audit?until=never").status_code == 422


def test_jobs_of_one_moment_are_all_reached(installation: Installation) -> None:
    client = installation.client({"Authorization": "Bearer the-administrators-token"})
    for _ in range(5):
        client.post("/api/v1/store/statistics")
    whole = names(client.get("/api/v1/jobs?limit=1000").json(), "id", "jobs")

    found = pages(client, "/api/v1/jobs", limit=2)

    assert [job for page in found for job in names(page, "id", "jobs")] == whole
    assert len(whole) >= 8


def test_jobs_are_asked_for_by_kind_and_state(unchanged: Installation) -> None:
    client = unchanged.client({"Authorization": "Bearer the-administrators-token"})
    whole = client.get("/api/v1/jobs?limit=1000").json()["jobs"]

    def told(query: str) -> set[str]:
        found = pages(client, "/api/v1/jobs?" + query, limit=1)
        return {job for page in found for job in names(page, "id", "jobs")}

    by_kind = {job["id"] for job in whole if job["kind"] in {"import", "publish"}}
    ended = {job["id"] for job in whole if job["state"] == "succeeded"}
    assert told("kind=import&kind=publish") == by_kind
    assert told("state=succeeded") == ended
    assert told("state=failed&archive=trial") == set()
    assert by_kind
    assert client.get("/api/v1/jobs?state=never").status_code == 422


def test_archives_are_asked_for_by_name_kind_state_and_person(unchanged: Installation) -> None:
    client = unchanged.client({"Authorization": "Bearer the-administrators-token"})
    whole = client.get("/api/v1/archives?limit=1000").json()["archives"]

    def told(query: str) -> set[str]:
        found = pages(client, "/api/v1/archives?" + query, limit=1)
        return {archive for page in found for archive in names(page, "name", "archives")}

    derived = {archive["name"] for archive in whole if archive["kind"] == "derived"}
    assert told("kind=derived") == derived
    assert told("q=RIA&kind=derived") == {"trial"}
    assert told("state=deleting") == told("by=nobody") == set()
    assert told("by=" + whole[0]["requested_by"]) >= {whole[0]["name"]}
    assert told("kind=external&kind=derived") == told("")
    assert told("state=active&state=deleting") == told("state=active") != set()
    assert client.get("/api/v1/archives?kind=other").status_code == 422


def cursor(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


@pytest.mark.parametrize(
    "wrong",
    [
        "x", "é", "[]", cursor(), cursor("teams"), cursor("teams", 1), cursor("persons", "a"),
        cursor("teams", "a", "b"), cursor("teams", None), "W1tbW1tb" * 200,
        cursor("teams", "\ud800"), cursor("teams", "a\0"),
    ],
)  # fmt: skip
def test_a_cursor_that_the_list_never_gave_is_refused(teams: TestClient, wrong: str) -> None:
    answer = teams.get("/api/v1/teams", params={"cursor": wrong})

    assert answer.status_code == 422
    assert [(fault["field"], fault["code"]) for fault in answer.json()["errors"]] == [
        ("cursor", "malformed")
    ]


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "many"])
def test_a_limit_out_of_bounds_is_refused(teams: TestClient, limit: str) -> None:
    answer = teams.get("/api/v1/teams", params={"limit": limit})

    assert answer.status_code == 422


def test_a_cursor_of_jobs_that_no_database_can_compare_with_is_refused(teams: TestClient) -> None:
    nothing = float("nan")
    told = {
        wrong: teams.get("/api/v1/jobs", params={"cursor": cursor("jobs", *wrong)}).status_code
        for wrong in [(1e308, "x"), (nothing, "x"), (1.5, "\ud800"), (1.5, "\0"), (1, "x")]
    }

    assert told == {
        (1e308, "x"): 200, (nothing, "x"): 422, (1.5, "\ud800"): 422, (1.5, "\0"): 422,
        (1, "x"): 422,
    }  # fmt: skip


def described(client: TestClient) -> dict[str, tuple[set[str], set[str], dict[str, Any]]]:
    """Operation -> what it is asked (in query or body), its answer's members, their schemas."""
    description = client.get("/api/v1/openapi.json").json()
    found = {}

    def members(content: dict[str, Any]) -> dict[str, Any]:
        schema = content.get("content", {}).get("application/json", {}).get("schema", {})
        name = schema.get("$ref", "").rpartition("/")[2]
        properties: dict[str, Any] = (
            description["components"]["schemas"].get(name, schema).get("properties", {})
        )
        return properties

    for item in description["paths"].values():
        for operation in item.values():
            asked = {p["name"] for p in operation.get("parameters", []) if p["in"] == "query"}
            asked |= set(members(operation.get("requestBody", {})))
            answer = members(operation["responses"].get("200", {}))
            found[operation["operationId"]] = (asked, set(answer), answer)
    return found


def test_every_list_of_the_description_has_pages(anybody: TestClient) -> None:
    description = anybody.get("/api/v1/openapi.json").json()
    operations = described(anybody)
    lists, paged = set(), set()
    for item in description["paths"].values():
        if "get" not in item:
            continue
        name = item["get"]["operationId"]
        asked, _, answer = operations[name]
        kinds = [value.get("type") for value in answer.values()]
        if "array" in kinds and len(kinds) <= 2:
            lists.add(name)
        if {"limit", "cursor"} <= asked:
            paged.add(name)

    assert lists <= paged
    assert len(lists) >= 13
    assert {"campaign", "comparison", "compare_campaigns", "archive_news"} <= paged


def test_there_is_one_style_of_pages(anybody: TestClient) -> None:
    operations = described(anybody)

    halves = {
        name
        for name, (asked, answer, _) in operations.items()
        if len({"limit" in asked, "cursor" in asked, "next" in answer}) > 1
    }
    others = {
        (name, word) for name, (asked, _, _) in operations.items() for word in asked & PASSING_OVER
    }

    assert halves == WITHOUT_LIMIT.keys()
    assert others == OF_OTHER_THINGS.keys()
    assert {"preview_selection", "compare"} <= {
        n for n, (asked, *_) in operations.items() if "cursor" in asked
    }


def test_the_builds_of_a_campaign_come_in_pages(unchanged: Installation) -> None:
    client = unchanged.client()
    place = "/api/v1/archives/trial/campaigns/1"
    whole = client.get(place).json()

    found = pages(client, place, limit=1)

    assert [build for page in found for build in page["builds"]] == whole["builds"]
    assert {page["found"] for page in found} == {len(whole["builds"])}
    assert len(found) > 1
    assert client.get(f"{place}?limit=0").json()["builds"] == []


def test_a_cursor_beyond_all_numbers_is_refused(unchanged: Installation) -> None:
    place = "/api/v1/archives/trial/campaigns/1"

    answer = unchanged.client().get(place, params={"cursor": cursor("builds", 1 << 64)})

    assert answer.status_code == 422


FILTERED = {
    "persons": {"q", "kind", "state"},
    "teams": {"q"},
    "toolchains": {"q"},
    "campaigns": {"q", "kind", "state"},
    "uploads": {"q", "state"},
    "jobs": {"q", "kind", "state"},
    "archives": {"q", "kind", "state"},
    "builders": {"q", "state"},
    "archive_webhooks": {"q", "state"},
    "robots": {"q", "state"},
    "keys": {"q"},
    "tokens": {"q"},
    "general_rights": {"q", "kind"},
    "quotas": {"q", "kind"},
    "taken_sources": {"q"},
}
ADDRESSES = {"campaigns": "archives/trial/campaigns", "uploads": "archives/trial/uploads"} | {
    "archive_webhooks": "archives/trial/webhooks",
    "taken_sources": "archives/trial/sources",
    "general_rights": "rights",
}


def address_of(operation: str) -> str:
    return f"/api/v1/{ADDRESSES.get(operation, operation)}"


@pytest.mark.parametrize(("operation", "filters"), FILTERED.items())
def test_a_list_is_narrowed_by_what_its_things_have(
    unchanged: Installation, operation: str, filters: set[str]
) -> None:
    client = unchanged.client({"Authorization": "Bearer the-administrators-token"})
    asked, *_ = described(client)[operation]

    faults = {
        name: client.get(address_of(operation), params={name: "never-heard-of"})
        for name in filters - {"q"}
    }

    assert filters <= asked
    for name, answer in faults.items():
        [fault] = answer.json()["errors"]
        assert answer.status_code == 422
        assert fault["field"].startswith(name)
        assert fault["code"] == "not-a-choice"
        assert " or '" in str(fault)  # which it may be
    nothing = client.get(address_of(operation), params={"q": "100%_of/nothing"}).json()
    assert [value for value in nothing.values() if isinstance(value, list)] == [[]]
    assert client.get(address_of(operation), params={"q": "x" * 201}).status_code == 422


@pytest.fixture
def many(administrator: TestClient) -> TestClient:
    for name in ("meg", "lou", "max"):
        body = {"name": name, "email": f"{name}@kernel.example.org"}
        assert administrator.post("/api/v1/persons", json=body).status_code == 201
    administrator.post("/api/v1/persons/lou/disablements")
    for name in ("kernel", "boot"):
        administrator.post("/api/v1/teams", json={"name": name})
    administrator.post("/api/v1/teams/boot/members", json={"persons": ["meg"]})
    for name in ("nightly-robot", "daily-robot"):
        robot = {"name": name, "purpose": "rebuilds", "answerable": "meg"}
        administrator.post("/api/v1/robots", json=robot)
    for name in ("laptop", "desk"):
        administrator.post("/api/v1/persons/max/tokens", json={"name": name})
    administrator.post("/api/v1/rights", json={"right": "create", "team": "boot"})
    administrator.post("/api/v1/rights", json={"right": "upload", "person": "max"})
    administrator.put("/api/v1/persons/max/quota", json={"builds": 9})
    for name in ("gcc-11", "gcc-12"):
        administrator.post("/api/v1/toolchains", json={"name": name, "compilers": {"gcc": name}})
    for name in ("host-1", "host-2"):
        administrator.post("/api/v1/builders", json={"name": name})
    administrator.post("/api/v1/builders/host-2/pauses", json={"reason": "a new disk"})
    for name in ("one", "two"):
        body = {"address": f"https://{name}.example.org/hook"}
        administrator.post("/api/v1/archives/trial/webhooks", json=body)
    administrator.patch("/api/v1/archives/trial/webhooks/2", json={"state": "off"})
    return administrator


@pytest.mark.parametrize(
    ("operation", "query", "key", "found"),
    [
        ("persons", "q=KERNEL.example&state=active", "name", ["max", "meg"]),
        ("persons", "state=disabled", "name", ["lou"]),
        (
            "persons",
            "q=m&kind=person&kind=robot&state=active",
            "name",
            ["daily-robot", "max", "meg", "nightly-robot"],  # meg answers for them
        ),
        ("teams", "q=Meg", "name", ["boot"]),
        ("toolchains", "q=gcc-1", "name", ["gcc-11", "gcc-12"]),
        ("toolchains", "q=CC-12", "name", ["gcc-12"]),
        ("builders", "q=host&state=paused", "name", ["host-2"]),
        ("builders", "q=DISK", "name", ["host-2"]),
        ("archive_webhooks", "q=two.EXAMPLE", "number", [2]),
        ("archive_webhooks", "state=on", "number", [1]),
        ("robots", "q=NIGHT&state=active", "name", ["nightly-robot"]),
        ("robots", "state=disabled", "name", []),
        ("tokens", "q=LAP", "name", ["laptop"]),
        ("general_rights", "kind=team", "right", ["create"]),
        ("general_rights", "q=max&kind=team&kind=person", "right", ["upload"]),
        ("quotas", "q=max&kind=person&kind=team", "name", ["max"]),
        ("taken_sources", "q=AMP", "source", ["lamp"]),
        ("campaigns", "kind=rebuild&state=running&q=nothing", "number", []),
        ("campaigns", "kind=rebuild&state=running&state=finished", "number", [1]),
        ("campaigns", "kind=control", "number", []),
    ],
)
def test_filters_and_pages_work_together(
    many: TestClient, operation: str, query: str, key: str, found: list[object]
) -> None:
    keys = {"archive_webhooks": "webhooks", "general_rights": "grants", "taken_sources": "sources"}
    of = keys.get(operation, operation)

    told = pages(many, f"{address_of(operation)}?{query}", limit=1)

    assert [name for page in told for name in names(page, key, of)] == found


def test_jobs_are_asked_for_by_a_text_page_by_page(unchanged: Installation) -> None:
    client = unchanged.client({"Authorization": "Bearer the-administrators-token"})
    whole = client.get("/api/v1/jobs?limit=1000").json()["jobs"]
    one = whole[-1]

    def told(text: str) -> list[str]:
        found = pages(client, f"/api/v1/jobs?q={text}", limit=1)
        return [job for page in found for job in names(page, "id", "jobs")]

    assert told(one["id"].upper()) == [one["id"]]
    assert told("TRIAL") == [job["id"] for job in whole if job["archive"] == "trial"] != []
    assert told("tri_l") == told("tri%25") == []
