"""What every answer says to a browser, whichever door gives it and whatever it was asked."""

import pytest
from tests.entrypoints.api.test_access import ask, operations
from tests.entrypoints.hostile.pages_read import header_faults
from tests.entrypoints.installation import ADMIN, Installation

PLACES = {
    "/archives/trial/dists/bookworm/InRelease": 200,
    "/archives/trial/pool/main/l/lamp/lamp_1.0.dsc": 404,
    "/archives/trial.sources": 200,
    "/archives/trial/feed.atom": 200,
    "/archives/trial/badge.svg": 200,
    "/static/style.css": 200,
    "/static/none": 404,
    "/archives/nowhere/": 404,
    "/archives/nowhere.json": 404,
    "/archives/trial": 307,
    "/nothing/at/all": 404,
    "/archives/a%00b/": 404,
    "/api/v1/openapi.json": 200,
    "/api/v1/nothing": 404,
    "/views/wrong/dists/bookworm/InRelease": 410,
    "/upload/trial/wrong/a.dsc": 405,
    "/builder/archives": 401,
}


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_no_answer_is_taken_for_a_page_that_is_none(unchanged: Installation, accept: str) -> None:
    client = unchanged.client({"Accept": accept})
    answers = {place: client.get(place) for place in PLACES}
    answers["a wrong method"] = client.post("/archives/trial/")
    answers["too large"] = client.post("/api/v1/archives", content=bytes(9 << 20))

    assert {p: a.status_code for p, a in answers.items()} == {
        **PLACES, "a wrong method": 405, "too large": 413,
    }  # fmt: skip
    faults = {p: found for p, a in answers.items() if (found := header_faults(a.headers))}
    assert faults == {}


def test_no_answer_of_the_api_is_either(unchanged: Installation) -> None:
    faults = {
        (method, path): found
        for headers in ({}, ADMIN)
        for method, path in operations(unchanged.app)
        if method == "GET" or not headers
        if (found := header_faults(ask(unchanged.client(headers), method, path).headers))
    }

    assert faults == {}


def test_a_fault_of_ours_is_none_either(unchanged: Installation) -> None:
    @unchanged.app.get("/api/v1/broken-too", include_in_schema=False)
    def broken() -> None:
        raise RuntimeError("secret")

    assert header_faults(unchanged.client().get("/api/v1/broken-too").headers) == []


@pytest.mark.parametrize(
    "kept",
    [
        "[" * 20_000,
        '{"state": "\\ud800", "nonce": "\\ud800", "verifier": "x", "next_path": "/"}',
        '{"state": {}, "nonce": [], "verifier": 1, "next_path": "//evil.example.org"}',
        "1" * 5_000,
        "null",
    ],
    ids=["deep", "half a character", "other types", "long", "null"],
)
def test_a_cookie_of_the_way_to_a_provider_that_we_did_not_set_leads_nowhere(
    unchanged: Installation, kept: str
) -> None:
    client = unchanged.client()
    client.cookies.set("vostok-trip", kept.encode().hex())

    answer = client.get("/sign-in/open-id/back?state=x&code=y")

    assert answer.status_code in {401, 404}
