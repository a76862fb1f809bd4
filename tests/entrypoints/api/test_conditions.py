"""Two people edit one archive: the second is told what the first changed. What is known is 304."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.entrypoints.installation import Installation

ARCHIVE = "/api/v1/archives/trial"
PERSON = {"name": "ann", "email": "ann@example.org"}


def tag_of(client: TestClient, place: str = ARCHIVE) -> str:
    tag: str = client.get(place).headers["etag"]
    return tag


def told(answer: Any) -> tuple[int, object, object]:  # noqa: ANN401 - httpx's
    body = answer.json()
    return answer.status_code, body.get("reason"), body.get("changed")


def test_of_two_who_edit_at_once_the_second_is_told_what_changed(
    administrator: TestClient,
) -> None:
    seen = {"If-Match": tag_of(administrator)}

    first = administrator.patch(ARCHIVE, json={"policy": "never"}, headers=seen)
    second = administrator.patch(ARCHIVE, json={"policy": "on-request"}, headers=seen)

    assert first.status_code == 200
    assert told(second) == (412, "changed-meanwhile", ["policy"])
    assert second.json()["now"] == {"policy": "never"}
    assert administrator.get(ARCHIVE).json()["policy"] == "never"


def test_with_the_new_tag_it_is_changed(administrator: TestClient) -> None:
    administrator.patch(ARCHIVE, json={"policy": "never"})

    again = administrator.patch(
        ARCHIVE, json={"policy": "on-request"}, headers={"If-Match": tag_of(administrator)}
    )

    assert again.status_code == 200


@pytest.mark.parametrize("seen_at", [ARCHIVE, f"{ARCHIVE}/rights"])
def test_rights_are_granted_on_what_was_seen_of_them(
    administrator: TestClient, seen_at: str
) -> None:
    administrator.post("/api/v1/persons", json=PERSON)
    seen = {"If-Match": tag_of(administrator, seen_at)}
    right = {"right": "upload", "person": "ann"}
    administrator.put(f"{ARCHIVE}/visibility", json={"is_private": True})
    administrator.post(f"{ARCHIVE}/rights", json={**right, "right": "merge"})

    refused = administrator.post(f"{ARCHIVE}/rights", json=right, headers=seen)

    assert told(refused) == (412, "changed-meanwhile", ["visibility", "rights"])
    assert refused.json()["now"] == {"visibility": True}
    assert len(administrator.get(f"{ARCHIVE}/rights").json()["grants"]) == 1


def test_a_selection_that_was_replaced_is_not_replaced_again_unseen(
    installation: Installation, administrator: TestClient
) -> None:
    seen = {"If-Match": tag_of(administrator)}
    administrator.post(f"{ARCHIVE}/selections", json={"selection": "lamp"})
    installation.do_jobs()

    for body in ({"selection": "all"}, {"selection": "all", "dry_run": True}):
        answer = administrator.post(f"{ARCHIVE}/selections", json=body, headers=seen)

        assert told(answer) == (412, "changed-meanwhile", ["selection", "sources"])
        assert answer.json()["now"] == {"selection": "lamp", "sources": 2}


def test_what_vostok_does_by_itself_is_no_conflict(
    installation: Installation, administrator: TestClient
) -> None:
    before = tag_of(administrator)
    administrator.post(f"{ARCHIVE}/publications")
    installation.do_jobs()

    answer = administrator.patch(ARCHIVE, json={"keep": "view"}, headers={"If-Match": before})

    assert tag_of(administrator) != before
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("wrong", ["x", '"x"', 'W/"x"', '""', '"' + "0" * 200 + '"', '"a.b.c"'])
def test_a_tag_that_was_never_given_changes_nothing(administrator: TestClient, wrong: str) -> None:
    answer = administrator.patch(ARCHIVE, json={"keep": "view"}, headers={"If-Match": wrong})

    assert told(answer) == (412, "changed-meanwhile", [])


def test_one_of_several_tags_is_enough_and_a_star_is_any(administrator: TestClient) -> None:
    for tags in (f'"x", {tag_of(administrator)}', "*"):
        answer = administrator.patch(ARCHIVE, json={"keep": "view"}, headers={"If-Match": tags})

        assert answer.status_code == 200, answer.text


def test_what_has_no_revision_takes_no_condition(administrator: TestClient) -> None:
    answer = administrator.post(
        "/api/v1/teams", json={"name": "kernel"}, headers={"If-Match": '"x"'}
    )

    assert told(answer) == (422, "no-revision", None)
    assert administrator.get("/api/v1/teams/kernel").status_code == 404


def test_a_stranger_learns_nothing_of_a_private_archive(
    administrator: TestClient, anybody: TestClient
) -> None:
    administrator.put(f"{ARCHIVE}/visibility", json={"is_private": True})

    answers = [
        anybody.patch(place, json={"keep": "view"}, headers={"If-Match": '"x"'})
        for place in (ARCHIVE, "/api/v1/archives/absent")
    ]

    assert {answer.status_code for answer in answers} == {401}


def test_a_condition_and_a_key_hold_together(administrator: TestClient) -> None:
    headers = {"If-Match": tag_of(administrator), "Idempotency-Key": "once"}
    body = {"selection": "lamp"}

    first, second = (
        administrator.post(f"{ARCHIVE}/removals", json=body, headers=headers) for _ in range(2)
    )

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.content == second.content


@pytest.mark.parametrize("place", ["archives", "archives/trial", "jobs", "status", "toolchains"])
def test_what_is_known_is_not_sent_again(administrator: TestClient, place: str) -> None:
    first = administrator.get(f"/api/v1/{place}")

    again = administrator.get(
        f"/api/v1/{place}", headers={"If-None-Match": f'"x", {first.headers["etag"]}'}
    )
    other = administrator.get(f"/api/v1/{place}", headers={"If-None-Match": '"x"'})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert (other.status_code, other.content) == (200, first.content)
