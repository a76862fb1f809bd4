"""No-change sources for other archives, asked for through the API."""

from fastapi.testclient import TestClient

PLACE = "/api/v1/archives/trial/outgoing"
BODY = {"selection": "lamp", "reason": "for libfoo 2", "maintainer": "Ann <ann@example.org>"}


def test_a_dry_run_says_what_the_request_takes_and_the_answers_stay(
    administrator: TestClient,
) -> None:
    dry = administrator.post(PLACE, json={**BODY, "dry_run": True})
    asked = administrator.post(PLACE, json=BODY)
    again = administrator.post(PLACE, json=BODY)

    [source] = asked.json()["sources"]
    assert (dry.status_code, asked.status_code) == (200, 200)
    assert dry.json() == asked.json()
    assert source["is_new"]
    assert again.json() == {"sources": [{**source, "is_new": False}], "refused": []}


def test_the_parts_of_a_source_and_its_files_are_read_without_a_token(
    administrator: TestClient, anybody: TestClient
) -> None:
    [source] = administrator.post(PLACE, json=BODY).json()["sources"]
    place = f"{PLACE}/lamp/{source['version']}"

    parts = anybody.get(place).json()
    [dsc] = [file for file in parts["files"] if file["name"].endswith(".dsc")]
    content = anybody.get(f"{place}/{dsc['name']}").content
    other = anybody.get(f"{PLACE}/lamp/{source['source_version']}")

    assert parts["version"] == source["version"]
    assert parts["entry"].startswith(f"lamp ({source['version']}) bookworm; urgency=medium\n")
    assert len(content) == dsc["size"]
    assert other.status_code == 404
    assert "no outgoing source lamp 1.0 was asked for" in other.json()["detail"]
