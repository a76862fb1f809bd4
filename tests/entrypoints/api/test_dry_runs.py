"""A dry run is the deed: refused alike, answered alike, and nothing of it is left."""

import base64
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.entrypoints.installation import Installation
from tests.entrypoints.parent_archive import ParentArchive

API = "/api/v1"
ARCHIVE = f"{API}/archives/trial"


@pytest.fixture
def people(administrator: TestClient) -> TestClient:
    """Ann and Ben, who are in a team within another, and Cem, who is in none."""
    for name in ("ann", "ben", "cem"):
        administrator.post(f"{API}/persons", json={"name": name, "email": f"{name}@example.org"})
    for team in ("inner", "outer"):
        administrator.post(f"{API}/teams", json={"name": team})
    administrator.post(f"{API}/teams/inner/members", json={"persons": ["ann", "ben"]})
    administrator.post(f"{API}/teams/outer/members", json={"teams": ["inner"]})
    return administrator


def effects(answer: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - httpx's
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["dry_run"] is True
    assert body["effects_total"] == len(body["effects"])
    return [(effect["code"], effect["subject"]) for effect in body["effects"]]


def without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}


def log(client: TestClient) -> list[Any]:
    entries: list[Any] = client.get(f"{API}/audit", params={"limit": 200}).json()["entries"]
    return entries


def test_a_grant_to_a_team_tells_who_would_gain_it_and_who_has_it_already_does_not(
    people: TestClient,
) -> None:
    people.post(f"{ARCHIVE}/rights", json={"right": "rebuild", "person": "ann"})
    body = {"right": "rebuild", "team": "outer"}
    before = people.get(f"{ARCHIVE}/rights").json(), log(people)

    tried = people.post(f"{ARCHIVE}/rights", json=body | {"dry_run": True})
    after = people.get(f"{ARCHIVE}/rights").json(), log(people)
    real = people.post(f"{ARCHIVE}/rights", json=body)

    assert effects(tried) == [("gains", "ben")]
    assert tried.json()["effects"][0]["sentence"] == "ben may rebuild in trial"
    assert after == before
    assert real.status_code == 201
    assert without(tried.json()["result"], "granted_at") == without(real.json(), "granted_at")


def test_revoking_a_grant_and_deleting_a_team_tell_who_would_lose_what(people: TestClient) -> None:
    one = people.post(f"{ARCHIVE}/rights", json={"right": "upload", "team": "outer"}).json()
    people.post(f"{ARCHIVE}/rights", json={"right": "upload", "person": "ann"})
    people.post(f"{API}/rights", json={"right": "create", "team": "inner"})
    place = f"{ARCHIVE}/rights/{one['number']}"

    revoked = people.delete(place, params={"dry_run": True})
    deleted = people.delete(f"{API}/teams/inner", params={"dry_run": True})
    is_there = people.get(f"{API}/teams/inner").json()
    real = people.delete(place)
    gone = people.delete(f"{API}/teams/inner")

    assert effects(revoked) == [("loses", "ben")]
    assert effects(deleted) == [("loses", "ann"), ("loses", "ben"), ("loses", "ben")]
    assert deleted.json()["result"] == is_there
    assert without(revoked.json()["result"], "revoked_at") == without(real.json(), "revoked_at")
    assert gone.status_code == 204


def test_a_right_that_follows_from_another_one_is_not_said_to_be_lost(people: TestClient) -> None:
    people.put(f"{ARCHIVE}/visibility", json={"is_private": True})
    number = {}
    for right in ("view", "rebuild"):
        body = {"right": right, "person": "ann"}
        number[right] = people.post(f"{ARCHIVE}/rights", json=body).json()["number"]

    sees_still = people.delete(f"{ARCHIVE}/rights/{number['view']}", params={"dry_run": True})
    people.delete(f"{ARCHIVE}/rights/{number['view']}")
    sees_no_more = people.delete(f"{ARCHIVE}/rights/{number['rebuild']}", params={"dry_run": True})

    assert effects(sees_still) == []
    assert effects(sees_no_more) == [("loses", "ann"), ("sees-no-more", "ann")]


def test_members_put_in_and_taken_out_of_a_team_are_told_what_they_gain_and_lose(
    people: TestClient,
) -> None:
    people.post(f"{ARCHIVE}/rights", json={"right": "rebuild", "team": "outer"})
    place, cem = f"{API}/teams/inner/members", {"persons": ["cem"]}
    before = people.get(f"{API}/teams/inner").json()

    put = people.post(place, json=cem | {"dry_run": True})
    taken = people.delete(place, params={"persons": "ann", "dry_run": True})
    of_team = people.delete(f"{API}/teams/outer/members?teams=inner&dry_run=true")
    between = people.get(f"{API}/teams/inner").json()
    real = people.post(place, json=cem).json()

    assert effects(put) == [("gains", "cem")]
    assert effects(taken) == [("loses", "ann")]
    assert effects(of_team) == [("loses", "ann"), ("loses", "ben")]
    assert between == before
    assert put.json()["result"]["persons"] == real["persons"] == ["ann", "ben", "cem"]


def test_making_an_archive_private_tells_who_would_not_see_it_any_more(
    people: TestClient, installation: Installation
) -> None:
    people.post(f"{ARCHIVE}/rights", json={"right": "view", "team": "outer"})
    place, body = f"{ARCHIVE}/visibility", {"is_private": True}

    tried = people.put(place, json=body | {"dry_run": True})
    seen_between = installation.client().get(ARCHIVE).status_code
    real = people.put(place, json=body)
    back = people.put(place, json={"is_private": False, "dry_run": True})

    assert effects(tried) == [("sees-no-more", "cem"), ("sees-no-more", "everybody else")]
    assert tried.json()["result"] == real.json()
    assert (seen_between, installation.client().get(ARCHIVE).status_code) == (200, 404)
    assert effects(back) == [("sees", "cem"), ("sees", "everybody else")]


def test_limits_tell_who_would_be_over_them(people: TestClient) -> None:
    place, body = f"{ARCHIVE}/quota", {"builds": 1}
    before = people.get(place).json()

    tried = people.put(place, json=body | {"dry_run": True})
    between = people.get(place).json()
    real = people.put(place, json=body)
    removed = people.delete(place, params={"dry_run": True})

    assert effects(tried) == [("over-limit", "archive trial")]
    assert between == before
    assert without(tried.json()["result"], "set_at") == without(real.json(), "set_at")
    assert effects(removed) == [("within-limit", "archive trial")]
    assert removed.json()["result"]["limits"]["builds"] is None
    assert people.get(place).json()["limits"]["builds"] == 1


def test_shutting_somebody_out_tells_what_would_end_and_what_would_go_on(
    people: TestClient, installation: Installation
) -> None:
    token = people.post(f"{API}/persons/ann/tokens", json={"name": "ci"}).json()["token"]
    people.post(f"{API}/rights", json={"right": "create", "person": "ann"})
    people.post(f"{API}/archives/debian/rights", json={"right": "derive", "person": "ann"})
    ann = installation.client({"Authorization": f"Bearer {token}"})
    asked = ann.post(f"{API}/archives", json={"name": "anns", "parents": ["debian/bookworm"]})
    assert asked.status_code == 202, asked.text
    ann.post(f"{API}/archives/anns/publications")
    place = f"{API}/persons/ann/disablements"

    tried = people.post(place, params={"dry_run": True})
    works_between = ann.get(f"{API}/persons/ann").status_code
    real = people.post(place)

    found = effects(tried)
    assert {("ends", "token ci"), ("stays", "archive anns")} <= set(found)
    assert [code for code, subject in found if subject.startswith("job ")] == ["stays"]
    assert works_between == 200
    assert without(tried.json()["result"], "disabled_at") == without(real.json(), "disabled_at")
    assert real.json()["disabled_at"] is not None
    assert ann.get(f"{API}/persons/ann").status_code == 401


def test_a_publication_is_made_whole_and_forgotten(
    people: TestClient, installation: Installation
) -> None:
    people.post(f"{ARCHIVE}/removals", json={"selection": "lamp"})
    installation.do_jobs()
    files = set(installation.settings.data_root.rglob("*"))
    known = people.get(f"{ARCHIVE}/publications").json()

    tried = people.post(f"{ARCHIVE}/publications", params={"dry_run": True})
    between = people.get(f"{ARCHIVE}/publications").json()
    left = set(installation.settings.data_root.rglob("*")) - files
    job = people.post(f"{ARCHIVE}/publications").json()["id"]
    installation.do_jobs()
    real = people.get(f"{API}/jobs/{job}").json()["result"]

    assert between == known
    assert {path for path in left if "store" in path.parts} == set()
    assert {name: tried.json()["result"][name] for name in ("publication", "is_new")} == {
        name: real[name] for name in ("publication", "is_new")
    }
    assert tried.json()["result"]["message"] == real["message"]


def test_a_publication_is_kept_and_released_as_the_dry_run_says(people: TestClient) -> None:
    place = f"{ARCHIVE}/publications/1/keep"

    kept = people.put(place, json={"label": "first", "dry_run": True})
    between = people.get(f"{ARCHIVE}/publications").json()["publications"][-1]
    really = people.put(place, json={"label": "first"})
    released = people.delete(place, params={"dry_run": True})
    still = people.get(f"{ARCHIVE}/publications").json()["publications"][-1]
    gone = people.delete(place)

    assert kept.json()["result"] == really.json()
    assert (between["kept_as"], still["kept_as"]) == (None, "first")
    assert effects(released) == [("ends", "publication 1")]
    assert released.json()["result"] == gone.json()


def test_an_import_tells_what_the_mirror_offers_and_is_refused_as_the_job_would_fail(
    people: TestClient, parent_archive: ParentArchive, installation: Installation
) -> None:
    body = {
        "name": "other", "suites": ["bookworm"], "components": ["main"],
        "architectures": ["amd64"], "mirror": parent_archive.url,
        "keyring_base64": base64.b64encode(parent_archive.keyring).decode(),
    }  # fmt: skip

    tried = people.post(f"{API}/imports", json=body | {"dry_run": True})
    absent = people.post(f"{API}/imports", json=body | {"dry_run": True, "suites": ["never"]})
    lacking = people.post(
        f"{API}/imports", json=body | {"dry_run": True, "components": ["main", "games"]}
    )
    job = people.post(f"{API}/imports", json=body).json()["id"]
    installation.do_jobs()
    real = people.get(f"{API}/jobs/{job}").json()

    assert tried.status_code == 200, tried.text
    [suite] = tried.json()["suites"]
    assert (suite["suite"], suite["is_unchanged"]) == ("bookworm", False)
    assert "main" in suite["components"]
    assert suite["bytes"] == tried.json()["bytes"] > 0
    assert (absent.status_code, lacking.status_code) == (404, 422)
    assert real["state"] == "succeeded"
    assert people.get(f"{API}/archives/other").json()["suites"][0]["codename"] == suite["codename"]


def test_who_may_not_do_it_may_not_try_it(people: TestClient, installation: Installation) -> None:
    token = people.post(f"{API}/persons/ann/tokens", json={"name": "mine"}).json()["token"]
    ann = installation.client({"Authorization": f"Bearer {token}"})
    tries: list[tuple[str, str, dict[str, Any] | None]] = [
        ("POST", f"{ARCHIVE}/rights", {"right": "view", "person": "ben", "dry_run": True}),
        ("PUT", f"{ARCHIVE}/visibility", {"is_private": True, "dry_run": True}),
        ("PUT", f"{ARCHIVE}/quota", {"builds": 1, "dry_run": True}),
        ("POST", f"{ARCHIVE}/publications?dry_run=true", None),
        ("PUT", f"{ARCHIVE}/publications/1/keep", {"dry_run": True}),
        ("POST", f"{API}/persons/ben/disablements?dry_run=true", None),
        ("DELETE", f"{API}/teams/inner?dry_run=true", None),
        ("POST", f"{API}/imports", {"name": "x", "suites": ["bookworm"], "dry_run": True}),
    ]

    answers = [ann.request(method, path, json=body) for method, path, body in tries]

    assert [answer.status_code for answer in answers] == [403] * len(tries)
    assert [answer for answer in answers if "effects" in answer.json()] == []


def test_a_condition_holds_for_a_dry_run_too(people: TestClient) -> None:
    seen = people.get(f"{ARCHIVE}/rights").headers["etag"]
    people.put(f"{ARCHIVE}/visibility", json={"is_private": True})
    body = {"right": "view", "person": "ann", "dry_run": True}

    answer = people.post(f"{ARCHIVE}/rights", json=body, headers={"If-Match": seen})

    assert (answer.status_code, answer.json()["changed"]) == (412, ["visibility"])
