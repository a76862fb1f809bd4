"""Quotas over the API: set, told, refused by with the numbers, and changed on what was seen."""

import json

from fastapi.testclient import TestClient
from tests.entrypoints.installation import ADMIN, Installation

from vostok.entrypoints.problems import problem_of_error
from vostok.errors import QuotaExceededError

QUOTA = "/api/v1/archives/trial/quota"
CAMPAIGNS = "/api/v1/archives/trial/campaigns"
REQUEST = {"selection": "all", "reason": "once more"}


def test_a_request_over_a_limit_is_a_conflict_with_its_numbers(
    administrator: TestClient,
) -> None:
    builds = administrator.get("/api/v1/archives/trial/campaigns/1").json()["builds"]
    for build in builds:
        administrator.post(f"/api/v1/builds/{build['id']}/cancellations")
    administrator.put(QUOTA, json={"builds": 0})

    answers = [
        administrator.post(CAMPAIGNS, json={**REQUEST, "dry_run": dry_run})
        for dry_run in (True, False)
    ]

    for answer in answers:
        told = answer.json()
        assert (answer.status_code, told["code"], told["reason"]) == (
            409, "conflict", "quota-exceeded",
        )  # fmt: skip
        assert told["quota"]["subject"] == "archive trial"
        assert told["quota"]["measure"] == "builds"
        assert (told["quota"]["limit"], told["quota"]["used"]) == (0, 0)
        assert told["quota"]["asked"] > 0
        assert "vostok quota set --archive trial --builds" in told["hint"]


def test_numbers_that_are_withheld_are_missing_from_the_answer() -> None:
    error = QuotaExceededError(
        "whoever owns trial has no room for 5 bytes more",
        subject="whoever owns trial", measure="bytes", limit=None, used=None, asked=5,
    )  # fmt: skip

    told = json.loads(bytes(problem_of_error(error).body))

    assert told["quota"] == {"subject": "whoever owns trial", "measure": "bytes", "asked": 5}


def test_a_limit_is_changed_on_what_was_seen_of_the_archive(administrator: TestClient) -> None:
    seen = administrator.get(QUOTA).headers["etag"]
    administrator.put(QUOTA, json={"bytes": 1 << 30})

    refused = administrator.put(QUOTA, json={"builds": 1}, headers={"If-Match": seen})
    again = administrator.get(QUOTA).headers["etag"]
    changed = administrator.put(QUOTA, json={"builds": 1}, headers={"If-Match": again})

    assert (refused.status_code, refused.json()["changed"]) == (412, ["quota"])
    assert changed.status_code == 200
    assert changed.json()["limits"] == {"archives": None, "builds": 1, "bytes": None}


def test_defaults_hold_until_there_are_own_limits_and_again_after_them(
    administrator: TestClient,
) -> None:
    administrator.put("/api/v1/quotas/archive", json={"builds": 1000})

    default = administrator.get(QUOTA).json()
    own = administrator.put(QUOTA, json={"builds": 5}).json()
    after = administrator.delete(QUOTA).json()

    assert (default["is_own"], default["limits"]["builds"]) == (False, 1000)
    assert (own["is_own"], own["limits"]["builds"]) == (True, 5)
    assert after == default


def test_an_archives_document_tells_what_it_uses(administrator: TestClient) -> None:
    told = administrator.get("/api/v1/archives/trial").json()["quota"]

    assert told == administrator.get(QUOTA).json()
    assert (told["kind"], told["name"], told["usage"]["archives"]) == ("archive", "trial", 1)


def test_all_quotas_come_in_pages(administrator: TestClient) -> None:
    administrator.put("/api/v1/quotas/person", json={"archives": 3})
    whole = administrator.get("/api/v1/quotas").json()["quotas"]

    first = administrator.get("/api/v1/quotas", params={"limit": 1}).json()
    second = administrator.get("/api/v1/quotas", params={"limit": 99, "cursor": first["next"]})

    assert [*first["quotas"], *second.json()["quotas"]] == whole
    assert {(each["kind"], each["name"]) for each in whole} >= {
        ("archive", "trial"), ("default", "archive"), ("default", "person"),
    }  # fmt: skip


def test_a_person_reads_their_own_quota_and_nobody_elses(installation: Installation) -> None:
    administrator = installation.client(ADMIN)
    for name in ("lou", "meg"):
        person = {"name": name, "email": f"{name}@example.org"}
        administrator.post("/api/v1/persons", json=person)
    token = administrator.post("/api/v1/persons/lou/tokens", json={"name": "t"}).json()["token"]
    lou = installation.client({"Authorization": f"Bearer {token}"})

    own = lou.get("/api/v1/persons/lou/quota")
    others = lou.get("/api/v1/persons/meg/quota")
    changed = lou.put("/api/v1/persons/lou/quota", json={"archives": 99})

    assert (own.status_code, own.json()["limits"]["archives"]) == (200, None)
    assert (others.status_code, changed.status_code) == (403, 403)
