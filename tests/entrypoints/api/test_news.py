"""News through the API."""

from fastapi.testclient import TestClient


def test_the_news_of_an_archive_go_on_behind_any_position(anybody: TestClient) -> None:
    first = anybody.get("/api/v1/archives/trial/news", params={"limit": 1}).json()

    rest = anybody.get("/api/v1/archives/trial/news", params={"cursor": first["next"]}).json()
    whole = anybody.get("/api/v1/archives/trial/news").json()

    assert not first["is_whole"]
    assert first["items"] + rest["items"] == whole["items"]
    assert {item["topic"] for item in whole["items"]} == {"requested", "progress", "published"}
    assert whole["is_whole"]


def test_topics_narrow_them_and_leave_where_it_goes_on(anybody: TestClient) -> None:
    whole = anybody.get("/api/v1/archives/trial/news").json()

    found = anybody.get("/api/v1/archives/trial/news", params={"topic": "requested"}).json()

    assert [item["title"] for item in found["items"]] == ["trial: campaign 1 requested"]
    assert found["next"] == whole["next"]


def test_a_campaign_has_news_of_its_own(anybody: TestClient) -> None:
    found = anybody.get("/api/v1/archives/trial/campaigns/1/news").json()

    assert {item["campaign"] for item in found["items"]} == {1}
    assert anybody.get("/api/v1/archives/trial/campaigns/9/news").status_code == 404


def test_a_cursor_that_is_none_is_told_as_a_fault_of_its_field(anybody: TestClient) -> None:
    answer = anybody.get("/api/v1/archives/trial/news", params={"cursor": "yesterday"})

    assert answer.status_code == 422
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [
        ("cursor", "not-a-position")
    ]
