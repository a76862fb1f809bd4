"""The search and the queue: what the pages show of them, for programs."""

import pytest
from tests.entrypoints.installation import ADMIN, ADMINISTRATOR, Builder, Installation


def test_archives_sources_and_builds_are_found_by_a_part_of_their_names(
    unchanged: Installation,
) -> None:
    client = unchanged.client()

    found = client.get("/api/v1/search", params={"q": " LAM "}).json()
    archives = client.get("/api/v1/search", params={"q": "trial"}).json()["archives"]

    assert found["text"] == "lam"
    assert [(each["name"], each["archive"]) for each in found["sources"]] == [
        ("lamp", "debian"),
        ("lamp", "trial"),
    ]
    assert {each["source"] for each in found["builds"]} == {"lamp"}
    assert found["more"] == []
    assert [each["name"] for each in archives] == ["trial"]


def test_without_a_text_nothing_is_found_and_a_long_one_is_refused(
    unchanged: Installation,
) -> None:
    client = unchanged.client()

    nothing = client.get("/api/v1/search").json()
    refused = client.get("/api/v1/search", params={"q": "x" * 101})

    assert (nothing["archives"], nothing["sources"], nothing["builds"]) == ([], [], [])
    assert [(fault["field"], fault["code"]) for fault in refused.json()["errors"]] == [
        ("q", "too-long")
    ]


def test_the_queue_is_that_of_its_page(installation: Installation) -> None:
    Builder(installation).claim()
    client = installation.client()

    queue = client.get("/api/v1/queue").json()

    assert queue == client.get("/queue.json").json()
    assert len(queue["at_work"]) == 1
    assert [each["architecture"] for each in queue["architectures"]] == ["amd64"]


@pytest.mark.parametrize("place", ["search?q=trial", "search?q=lamp", "queue"])
def test_an_outsider_is_told_nothing_of_a_private_archive(
    installation: Installation, place: str
) -> None:
    Builder(installation).claim()
    installation.services.rights.set_private(ADMINISTRATOR, "trial", is_private=True)

    outside, inside = (
        installation.client(headers).get(f"/api/v1/{place}").text for headers in ({}, ADMIN)
    )

    assert "trial" not in outside.replace('"text":"trial"', "")
    assert "trial" in inside.replace('"text":"trial"', "")
