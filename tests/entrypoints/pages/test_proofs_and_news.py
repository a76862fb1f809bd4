"""Pages to read: campaigns beside each other, versions proved, news, packages built no more."""

import pytest
from fastapi.testclient import TestClient
from tests.entrypoints.installation import ADMIN, Installation

from vostok.entrypoints.pages import create_router


@pytest.fixture
def visitor(unchanged: Installation) -> TestClient:
    return unchanged.client({"Accept": "text/html"})


@pytest.fixture
def program(unchanged: Installation) -> TestClient:
    return unchanged.client(ADMIN)


def test_a_version_is_proved_as_the_api_proves_it(
    visitor: TestClient, program: TestClient
) -> None:
    asked = {"purpose": "no-change", "scheme": "vendor", "vendor": "acme"}
    told = program.get("/api/v1/archives/trial/versions/lamp", params=asked).json()

    shown = visitor.get("/archives/trial/versions.json", params={"source": "lamp", **asked})
    page = visitor.get("/archives/trial/versions", params={"source": "lamp", **asked}).text
    table = visitor.get("/archives/trial/versions.csv", params={"source": "lamp", **asked}).text

    assert shown.json() == told
    assert told["version"] in page
    assert all(line["version"] in page for line in told["comparisons"])
    assert table.count("\r\n") == len(told["comparisons"]) + 1


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("", 200, "Name a source"),
        ("?source=nothing", 404, "takes no source nothing"),
        ("?source=<b>x", 404, "&lt;b&gt;x"),
    ],
)
def test_a_source_that_cannot_be_explained_is_told_in_the_form(
    visitor: TestClient, query: str, status: int, sentence: str
) -> None:
    answer = visitor.get(f"/archives/trial/versions{query}")

    assert answer.status_code == status
    assert sentence in answer.text
    assert "<b>x" not in answer.text


def test_campaigns_are_set_beside_each_other_as_the_api_does(
    visitor: TestClient, program: TestClient
) -> None:
    told = program.get("/api/v1/archives/trial/campaigns/1/comparisons/1?group=unfinished").json()

    place = "/archives/trial/campaigns/1/compare"
    shown = visitor.get(f"{place}.json?with=1&group=unfinished").json()
    page = visitor.get(f"{place}?with=1&group=unfinished").text
    table = visitor.get(f"{place}.csv?with=1&group=unfinished").text

    assert shown["counts"] == told["counts"]
    assert shown["builds"] == told["builds"]
    assert all(each["source"] in page for each in told["builds"])
    assert table.count("\r\n") == told["total"] + 1 == len(told["builds"]) + 1
    assert visitor.get(f"{place}?with=77").status_code == 404
    assert visitor.get(f"{place}.json").status_code == 404
    assert "has no other campaign" in visitor.get(place).text


def test_news_and_what_is_built_no_more_are_there_with_what_to_do_next(
    visitor: TestClient,
) -> None:
    news = visitor.get("/archives/trial/news.json").json()["items"]
    page = visitor.get("/archives/trial/news").text

    assert {item["topic"] for item in news} >= {"requested"}
    assert [item["at"] for item in news] == sorted((i["at"] for i in news), reverse=True)
    assert all(item["title"] in page for item in news)
    assert all(item["page"].startswith("http") and "position" not in item for item in news)
    assert visitor.get("/archives/trial/not-built.json").json() == {"binaries": []}
    assert "Nothing of the kind" in visitor.get("/archives/trial/not-built").text


def test_a_private_archive_shows_strangers_none_of_it(installation: Installation) -> None:
    administrator, stranger = installation.client(ADMIN), installation.client()
    places = [
        str(getattr(route, "path", ""))
        for route in create_router(installation.services).routes
        if str(getattr(route, "path", "")).endswith(
            ("/compare", "/news", "/not-built", "/versions")
        )
    ]
    asked = [
        place.replace("{name}", name).replace("{number}", "1") + "?source=lamp&with=1"
        for place in places if "{name}" in place for name in ("trial", "never")
    ]  # fmt: skip
    before = [stranger.get(address).status_code for address in asked]

    administrator.put("/api/v1/archives/trial/visibility", json={"is_private": True})

    assert before == [200, 404] * 4
    assert [stranger.get(address).status_code for address in asked] == [404] * 8
