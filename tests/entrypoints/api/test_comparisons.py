"""Comparing through the API: counts of all, pages of the differences."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.entrypoints.installation import ADMINISTRATOR, Installation, assert_done

from vostok.services.deriving.derivations import DeriveRequest

COMPARISONS = "/api/v1/comparisons"


@pytest.fixture
def few(installation: Installation) -> Installation:
    """An archive `few` that takes one of the parent's two sources."""
    installation.services.deriving.request(
        ADMINISTRATOR,
        DeriveRequest(name="few", parents=["debian/bookworm"], selection="lamp"),
    )
    assert_done(installation.do_jobs())
    return installation


def test_two_that_show_the_same_are_equal(anybody: TestClient) -> None:
    answer = anybody.get(COMPARISONS, params={"left": "trial", "right": "debian"})

    assert answer.status_code == 200
    found = answer.json()
    assert found["is_equal"]
    assert found["left"]["reference"] == "trial/bookworm@1"
    assert found["right"]["kind"] == "snapshot"
    assert (found["total"], found["differences"]) == (0, [])


@pytest.mark.usefixtures("few")
def test_counts_are_of_all_and_the_differences_come_in_pages(
    anybody: TestClient,
) -> None:
    query: dict[str, Any] = {"left": "few", "right": "debian", "limit": 1}

    first = anybody.get(COMPARISONS, params=query).json()
    total = first["total"]
    whole = anybody.get(COMPARISONS, params={**query, "limit": 100}).json()
    listed, address = list(first["differences"]), first["next"]
    while address is not None:
        got = anybody.get(COMPARISONS, params={**query, "cursor": address})
        posted = anybody.post(COMPARISONS, json={**query, "cursor": address})
        assert posted.json() == got.json()
        listed += got.json()["differences"]
        address = got.json()["next"]

    counts = first["counts"]
    assert counts["sources"]["only-right"] == 1
    assert total == sum(counts["sources"].values()) + sum(counts["binaries"].values())
    assert counts["architectures"]["amd64"] == counts["binaries"]
    assert listed == whole["differences"]
    assert len(listed) == total > 1
    [difference] = first["differences"]
    assert difference["kind"] == "source"
    assert difference["left"] is None
    assert difference["sentence"].endswith("is only in debian/bookworm@1")


@pytest.mark.usefixtures("few")
def test_one_group_can_be_listed(anybody: TestClient) -> None:
    query = {"left": "few", "right": "debian", "group": "only-left"}

    found = anybody.get(COMPARISONS, params=query).json()

    assert (found["total"], found["differences"]) == (0, [])
    assert not found["is_equal"]


@pytest.mark.usefixtures("few")
def test_a_selection_is_sent_in_the_body(administrator: TestClient) -> None:
    body = {"left": "few", "right": "debian", "selection": "lamp"}

    answer = administrator.post(COMPARISONS, json=body)

    assert answer.status_code == 200
    assert answer.json()["is_equal"]
    assert answer.json()["selection"] == "lamp"


@pytest.mark.usefixtures("few")
def test_an_answer_has_exactly_the_described_fields(anybody: TestClient) -> None:
    schemas = anybody.get("/api/v1/openapi.json").json()["components"]["schemas"]

    found = anybody.get(COMPARISONS, params={"left": "few", "right": "debian"}).json()

    assert set(found) == set(schemas["ComparisonView"]["properties"])
    assert set(found["differences"][0]) == set(schemas["DifferenceView"]["properties"])
    assert set(found["left"]) == set(schemas["SideView"]["properties"])


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"left": "nobody", "right": "debian"}, 404, "not-found"),
        ({"left": "debian@2", "right": "debian"}, 404, "not-found"),
        ({"left": "debian/@", "right": "debian"}, 422, "invalid-input"),
        ({"left": "debian"}, 422, "invalid-input"),
        ({"left": "debian", "right": "trial", "limit": "10001"}, 422, "invalid-input"),
        ({"left": "debian", "right": "trial", "group": "equal"}, 422, "invalid-input"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    anybody: TestClient, query: dict[str, str], status: int, code: str
) -> None:
    answer = anybody.get(COMPARISONS, params=query)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
