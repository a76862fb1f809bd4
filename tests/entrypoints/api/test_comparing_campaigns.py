"""Two campaigns through the API."""

import pytest
from fastapi.testclient import TestClient
from tests.entrypoints.installation import Builder, Installation

CAMPAIGNS = "/api/v1/archives/trial/campaigns"


def test_a_campaign_beside_itself_has_nothing_that_changed(
    installation: Installation, anybody: TestClient, builder: Builder
) -> None:
    claim = builder.claim_of("lamp")
    builder.report(claim)
    installation.settle(claim["attempt_id"])

    found = anybody.get(f"{CAMPAIGNS}/1/comparisons/1").json()

    assert found["counts"]["fails-in-both"] == 1
    assert found["counts"]["now-fails"] == found["counts"]["now-builds"] == 0
    [row] = [row for row in found["builds"] if row["source"] == "lamp"]
    assert row["excerpt"] == "error: expected ';'"
    assert row["first"] == row["second"]


def test_an_answer_has_exactly_the_described_fields(anybody: TestClient) -> None:
    schemas = anybody.get("/api/v1/openapi.json").json()["components"]["schemas"]

    found = anybody.get(f"{CAMPAIGNS}/1/comparisons/1", params={"all": True}).json()

    row = found["builds"][0]
    assert set(found) == set(schemas["CampaignComparisonView"]["properties"])
    assert set(row) == set(schemas["ComparedBuildsView"]["properties"])
    assert set(row["first"]) == set(schemas["ComparedBuildView"]["properties"])


def test_one_page_of_one_group_can_be_asked_for(anybody: TestClient) -> None:
    query = {"group": "unfinished", "limit": "1"}

    found = anybody.get(f"{CAMPAIGNS}/1/comparisons/1", params=query).json()

    assert found["total"] == found["counts"]["unfinished"] > 1
    assert len(found["builds"]) == 1


def test_the_pages_together_are_the_list(anybody: TestClient) -> None:
    place = f"{CAMPAIGNS}/1/comparisons/1"
    whole = anybody.get(place).json()

    answer = anybody.get(place, params={"limit": "1"})
    listed = list(answer.json()["builds"])
    while "next" in answer.links:
        answer = anybody.get(answer.links["next"]["url"])
        listed += answer.json()["builds"]

    assert listed == whole["builds"]
    assert answer.json()["next"] is None
    assert len(listed) > 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("1/comparisons/9", 404),
        ("9/comparisons/1", 404),
        ("0/comparisons/1", 422),
        ("1/comparisons/x", 422),
        ("1/comparisons/1?group=regression", 422),
        ("1/comparisons/1?limit=10001", 422),
        ("1/comparisons/1?limit=-1", 422),
    ],
)
def test_what_cannot_be_compared_is_refused(anybody: TestClient, path: str, status: int) -> None:
    assert anybody.get(f"{CAMPAIGNS}/{path}").status_code == status
