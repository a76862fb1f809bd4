"""Reading through the API: archives, campaigns, builds, logs, toolchains, jobs."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.entrypoints.installation import Builder, Installation, assert_done, built_lamp

from vostok import __version__

JOB_FIELDS = {
    "id",
    "kind",
    "archive",
    "state",
    "message",
    "progress",
    "error",
    "result",
    "requested_by",
    "created_at",
    "started_at",
    "finished_at",
}


def test_status_says_version_address_and_builders(anybody: TestClient, builder: Builder) -> None:
    builder.claim()

    answer = anybody.get("/api/v1/status")

    assert answer.status_code == 200
    assert answer.json()["version"] == __version__
    assert answer.json()["url"] == "http://vostok.example.org"
    assert [known["name"] for known in answer.json()["builders"]] == ["host-1"]


def test_all_archives_are_listed(anybody: TestClient) -> None:
    answer = anybody.get("/api/v1/archives")

    listed = {archive["name"]: archive for archive in answer.json()["archives"]}

    assert {name: archive["kind"] for name, archive in listed.items()} == {
        "debian": "external",
        "trial": "derived",
    }


def test_an_imported_archive_shows_what_was_imported(anybody: TestClient) -> None:
    suite = anybody.get("/api/v1/archives/debian").json()["suites"][0]

    assert suite["name"] == "bookworm"
    assert suite["components"] == ["main"]
    assert suite["architectures"] == ["amd64"]
    assert (suite["sources"], suite["binaries"]) == (2, 3)
    assert suite["snapshot"]["number"] == 1


def test_a_derived_archive_shows_its_derivation_and_the_stanza_for_apt(
    anybody: TestClient,
) -> None:
    archive = anybody.get("/api/v1/archives/trial").json()

    assert archive["parent"] == "debian/bookworm"
    assert archive["tag"] == "trial"
    assert archive["taken"] == 2
    assert archive["campaigns"] == 1
    assert archive["publications"] == 1
    assert "URIs: http://vostok.example.org/archives/trial\n" in archive["stanza"]
    assert "Components: main debug\n" in archive["stanza"]


def test_publications_are_listed_with_the_newest_first(
    installation: Installation, administrator: TestClient, builder: Builder, tmp_path: Path
) -> None:
    claim = builder.claim_of("lamp")
    files = built_lamp(claim, tmp_path)
    for file in files:
        builder.send(claim, file)
    builder.report(claim, outcome="built", files=[file.name for file in files])
    installation.settle(claim["attempt_id"])
    assert_done(installation.do_jobs())

    listed = administrator.get("/api/v1/archives/trial/publications").json()["publications"]

    assert [publication["number"] for publication in listed] == [2, 1]
    assert listed[0]["reason"] == f"lamp {claim['version']} was built"


def test_a_campaign_gives_its_builds_in_pieces(anybody: TestClient) -> None:
    address = "/api/v1/archives/trial/campaigns/1"

    first = anybody.get(address, params={"limit": 1}).json()
    rest = anybody.get(address, params={"cursor": first["next"]}).json()
    none = anybody.get(address, params={"limit": 0, "state": ["built", "failed"]}).json()
    named = anybody.get(address, params={"q": "anu"}).json()
    of_one = anybody.get("/archives/trial/campaigns/1.json?architecture=amd64").json()

    assert [build["source"] for build in [*first["builds"], *rest["builds"]]] == ["lamp", "manual"]
    assert (first["found"], none["found"], named["found"]) == (2, 0, 1)
    assert (of_one["found"], [build["source"] for build in of_one["builds"]]) == (1, ["lamp"])
    assert none["builds"] == []
    assert none["counts"] == {"needs-build": 2}
    assert [build["source"] for build in named["builds"]] == ["manual"]


def test_a_campaign_shows_its_builds_and_counts(anybody: TestClient) -> None:
    listed = anybody.get("/api/v1/archives/trial/campaigns").json()["campaigns"]
    campaign = anybody.get("/api/v1/archives/trial/campaigns/1").json()

    assert [found["number"] for found in listed] == [1]
    assert campaign["reason"] == "a try"
    assert campaign["counts"] == {"needs-build": 2}
    assert campaign["total"] == 2
    assert {(b["source"], b["part"], b["version"]) for b in campaign["builds"]} == {
        ("lamp", "any", "1.0Xtrial1"),
        ("manual", "all", "1.0Xtrial1"),
    }


def test_a_build_shows_attempts_with_result_files_and_events(
    installation: Installation, anybody: TestClient, builder: Builder, tmp_path: Path
) -> None:
    claim = builder.claim_of("lamp")
    file = tmp_path / "lamp.changes"
    file.write_bytes(b"half of it")
    builder.send(claim, file)
    builder.report(claim)
    installation.settle(claim["attempt_id"])

    build = anybody.get(f"/api/v1/builds/{claim['build_id']}").json()

    attempt = build["attempts"][0]
    assert build["state"] == "failed"
    assert attempt["sentence"] == "the compiler did not like it"
    assert attempt["excerpt"] == "error: expected ';'"
    assert [(sent["name"], sent["size"]) for sent in attempt["files"]] == [("lamp.changes", 10)]
    assert [event["state_after"] for event in build["events"]][-1] == "failed"


def test_a_log_is_read_from_an_offset_while_it_grows(
    anybody: TestClient, builder: Builder
) -> None:
    claim = builder.claim()
    headers = {"Authorization": f"Bearer {claim['attempt_token']}"}
    place = f"/builder/attempts/{claim['attempt_id']}/log"
    builder.client.put(place, params={"offset": 0}, content=b"one\ntwo\n", headers=headers)

    answer = anybody.get(f"/api/v1/builds/{claim['build_id']}/log", params={"offset": 4})

    assert answer.content == b"two\n"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-log-size"] == "8"
    assert answer.headers["x-log-complete"] == "no"


def test_the_log_of_an_ended_attempt_is_complete_at_its_end(
    installation: Installation, anybody: TestClient, builder: Builder
) -> None:
    claim = builder.claim()
    headers = {"Authorization": f"Bearer {claim['attempt_token']}"}
    place = f"/builder/attempts/{claim['attempt_id']}/log"
    builder.client.put(place, params={"offset": 0}, content=b"one\n", headers=headers)
    builder.report(claim)
    installation.settle(claim["attempt_id"])

    answer = anybody.get(f"/api/v1/builds/{claim['build_id']}/log", params={"attempt": 1})
    beyond = anybody.get(f"/api/v1/builds/{claim['build_id']}/log", params={"offset": 99})

    assert (answer.content, answer.headers["x-log-complete"]) == (b"one\n", "yes")
    assert (beyond.content, beyond.headers["x-log-complete"]) == (b"", "yes")
    assert beyond.headers["x-log-size"] == "4"


def test_a_log_longer_than_a_piece_says_its_whole_size(
    anybody: TestClient, builder: Builder
) -> None:
    claim = builder.claim()
    headers = {"Authorization": f"Bearer {claim['attempt_token']}"}
    place = f"/builder/attempts/{claim['attempt_id']}/log"
    mebibyte = b"x" * (1 << 20)
    for number in range(2):
        offset = {"offset": number << 20}
        builder.client.put(place, params=offset, content=mebibyte, headers=headers)

    answer = anybody.get(f"/api/v1/builds/{claim['build_id']}/log")

    assert len(answer.content) == 1 << 20
    assert answer.headers["x-log-size"] == str(2 << 20)
    assert answer.headers["x-log-complete"] == "no"


def test_jobs_are_listed_with_the_newest_first_and_by_archive(anybody: TestClient) -> None:
    everything = anybody.get("/api/v1/jobs").json()["jobs"]
    of_debian = anybody.get("/api/v1/jobs", params={"archive": "debian"}).json()["jobs"]

    assert [job["kind"] for job in everything] == [
        *("prepare-campaign", "derive", "import"),
    ]
    assert [job["kind"] for job in of_debian] == ["import"]
    assert everything[0].keys() == JOB_FIELDS


def test_one_job_shows_its_result(anybody: TestClient) -> None:
    newest = anybody.get("/api/v1/jobs").json()["jobs"][0]

    job = anybody.get(f"/api/v1/jobs/{newest['id']}").json()

    assert job == newest
    assert job["state"] == "succeeded"
    assert job["result"]["campaign"] == 1


@pytest.mark.parametrize(
    ("place", "named"),
    [
        ("archives/nowhere", "nowhere"),
        ("archives/nowhere/publications", "nowhere"),
        ("archives/nowhere/campaigns", "nowhere"),
        ("archives/trial/campaigns/9", "9"),
        ("toolchains/nothing", "nothing"),
        ("toolchains/nothing/preflight?archive=trial", "nothing"),
        ("builds/999", "999"),
        ("builds/999/log", "999"),
        ("builds/1/log?attempt=7", "7"),
        ("jobs/0123456789abcdef", "0123456789abcdef"),
    ],
)
def test_what_is_not_there_is_named(unchanged: Installation, place: str, named: str) -> None:
    answer = unchanged.client().get(f"/api/v1/{place}")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not-found"
    assert named in answer.json()["detail"]
