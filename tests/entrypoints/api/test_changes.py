"""Changing through the API: what is asked for, what is refused, what long work answers."""

import base64

import pytest
from fastapi.testclient import TestClient
from tests.entrypoints.installation import Builder, Installation, assert_done
from tests.entrypoints.parent_archive import ParentArchive

from vostok.domain.package import Membership

GCC_11 = {"name": "gcc-11", "compilers": {"gcc": "gcc-11", "g++": "g++-11"}, "cflags": ["-O1"]}


def import_body(parent: ParentArchive, **more: object) -> dict[str, object]:
    return {
        "name": "other",
        "suites": ["bookworm"],
        "architectures": ["amd64"],
        "mirror": parent.url,
        "keyring_base64": base64.b64encode(parent.keyring).decode(),
        **more,
    }


def test_an_import_is_a_job_that_makes_the_archive(
    installation: Installation, administrator: TestClient, parent_archive: ParentArchive
) -> None:
    answer = administrator.post("/api/v1/imports", json=import_body(parent_archive))

    assert_done(installation.do_jobs())
    assert answer.status_code == 202
    assert answer.json()["state"] == "queued"
    assert administrator.get("/api/v1/archives/other").json()["suites"][0]["sources"] == 2


def test_an_import_with_a_wrong_key_fails_with_a_reason_and_leaves_no_archive(
    installation: Installation, administrator: TestClient, parent_archive: ParentArchive
) -> None:
    fingerprint = administrator.get("/api/v1/archives/trial").json()["key_fingerprint"]
    stanza = administrator.get("/api/v1/archives/trial").json()["stanza"]
    wrong = "\n".join(
        line[1:].replace(".", "", 1) if line == " ." else line[1:]
        for line in stanza.split("Signed-By:\n")[1].splitlines()
    )
    body = import_body(parent_archive, keyring_base64=base64.b64encode(wrong.encode()).decode())

    administrator.post("/api/v1/imports", json=body)
    jobs = installation.do_jobs()

    assert fingerprint
    assert [job.state for job in jobs] == ["failed"]
    assert "signature" in jobs[0].message
    assert administrator.get("/api/v1/archives/other").status_code == 404


def test_a_keyring_that_is_not_base64_is_refused(
    administrator: TestClient, parent_archive: ParentArchive
) -> None:
    body = import_body(parent_archive, keyring_base64="not base64!")

    answer = administrator.post("/api/v1/imports", json=body)

    assert answer.status_code == 422
    assert "keyring_base64" in answer.json()["detail"]


def test_deriving_is_a_job_that_publishes_the_archive(
    installation: Installation, administrator: TestClient
) -> None:
    body = {"name": "second", "parents": ["debian/bookworm"], "selection": "lamp"}

    answer = administrator.post("/api/v1/archives", json=body)

    assert_done(installation.do_jobs())
    archive = administrator.get("/api/v1/archives/second").json()
    assert answer.status_code == 202
    assert (archive["state"], archive["taken"], archive["publications"]) == ("active", 1, 1)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"name": "trial", "parents": ["debian/bookworm"]}, 409, "trial"),
        ({"name": "x2", "parents": ["debian/sid"]}, 404, "sid"),
        ({"name": "x2", "parents": ["nowhere/bookworm"]}, 404, "nowhere"),
        ({"name": "x2", "parents": ["trial/bookworm:0"]}, 422, "behind the parent"),
        ({"name": "x2", "parents": ["debian/bookworm"] * 2}, 422, "comes twice"),
        ({"name": "x2", "parents": ["debian/bookworm"], "selection": "lamb"}, 422, "lamb"),
        ({"name": "Über", "parents": ["debian/bookworm"]}, 422, "Über"),
        ({"name": "../x", "parents": ["debian/bookworm"]}, 422, "../x"),
        ({"name": "x2", "parents": ["debian/bookworm"], "toolchain": "gcc-99"}, 404, "gcc-99"),
        ({"name": "x2", "parents": ["debian/bookworm"], "architectures": ["s390x"]}, 422, "s390x"),
    ],
)
def test_a_derivation_that_cannot_be_is_refused_at_once(
    administrator: TestClient, body: dict[str, object], status: int, words: str
) -> None:
    answer = administrator.post("/api/v1/archives", json=body)

    assert answer.status_code == status, answer.text
    assert words in answer.json()["detail"]


def test_an_archive_is_deleted_with_its_publications(
    installation: Installation, administrator: TestClient
) -> None:
    answer = administrator.delete("/api/v1/archives/trial")

    assert_done(installation.do_jobs())
    assert answer.status_code == 202
    gone = administrator.get("/api/v1/archives/trial")
    assert gone.status_code == 410
    assert "trial was deleted on" in gone.json()["detail"]
    for address in ("dists/bookworm/InRelease", "pool/main/h/hello/hello_2.10-3_amd64.deb", ""):
        assert administrator.get(f"/archives/trial/{address}").status_code == 410, address


def test_what_a_deletion_takes_is_told_beforehand(
    installation: Installation, administrator: TestClient
) -> None:
    preview = administrator.get("/api/v1/archives/trial/deletion")

    assert preview.status_code == 200
    (job,) = (administrator.delete("/api/v1/archives/trial").json(),)
    assert_done(installation.do_jobs())
    result = administrator.get(f"/api/v1/jobs/{job['id']}").json()["result"]
    assert {**preview.json(), "message": result["message"]} == result


def test_a_parent_is_not_deleted_under_its_children(administrator: TestClient) -> None:
    answer = administrator.delete("/api/v1/archives/debian")

    assert answer.status_code == 409
    assert "trial" in answer.json()["detail"]


def test_publishing_again_changes_nothing_and_says_so(
    installation: Installation, administrator: TestClient
) -> None:
    answer = administrator.post("/api/v1/archives/trial/publications")

    jobs = installation.do_jobs()
    assert answer.status_code == 202
    assert jobs[0].message == "publication 1 of trial shows all of it already"


def test_what_is_not_ours_is_not_published(administrator: TestClient) -> None:
    answer = administrator.post("/api/v1/archives/debian/publications")

    assert answer.status_code == 422
    assert "vostok archive derive" in answer.json()["hint"]


def test_a_toolchain_is_made_once_and_gets_a_revision_when_it_changes(
    administrator: TestClient,
) -> None:
    first = administrator.post("/api/v1/toolchains", json=GCC_11)
    same = administrator.post("/api/v1/toolchains", json=GCC_11)
    changed = administrator.post("/api/v1/toolchains", json={**GCC_11, "cflags": ["-O2"]})

    assert [answer.status_code for answer in (first, same, changed)] == [201, 200, 201]
    assert [a.json()["revision"] for a in (first, same, changed)] == [1, 1, 2]
    shown = administrator.get("/api/v1/toolchains/gcc-11").json()
    assert [found["revision"] for found in shown["revisions"]] == [1, 2]
    assert shown["spec"]["compilers"] == GCC_11["compilers"]
    listed = administrator.get("/api/v1/toolchains").json()["toolchains"]
    assert [toolchain["name"] for toolchain in listed] == ["gcc-11"]


def test_a_preflight_names_what_the_parent_lacks(administrator: TestClient) -> None:
    administrator.post("/api/v1/toolchains", json=GCC_11)

    answer = administrator.get("/api/v1/toolchains/gcc-11/preflight", params={"archive": "trial"})

    assert answer.status_code == 200
    assert answer.json()["toolchain"] == {"name": "gcc-11", "revision": 1}
    assert answer.json()["archive"] == "trial"
    assert answer.json()["suite"] == "bookworm"
    assert "no package gcc" in answer.json()["problems"][0]["sentence"]


def test_a_dry_run_decides_the_same_and_stores_nothing(administrator: TestClient) -> None:
    body = {"selection": "lamp,manual", "reason": "to see", "dry_run": True}

    answer = administrator.post("/api/v1/archives/trial/campaigns", json=body)

    assert answer.status_code == 200
    assert answer.json()["accepted"] == []
    assert {refusal["source"] for refusal in answer.json()["refused"]} == {"lamp", "manual"}
    assert all(refusal["sentence"] for refusal in answer.json()["refused"])
    assert answer.json()["estimate"]["sentence"] == "there is nothing to build"
    assert len(administrator.get("/api/v1/archives/trial/campaigns").json()["campaigns"]) == 1


def test_an_estimate_of_a_derivation_stores_nothing(administrator: TestClient) -> None:
    body = {"parents": ["debian/bookworm"], "selection": "lamp", "builders": 4}

    answer = administrator.post("/api/v1/estimates", json=body)

    assert answer.status_code == 200, answer.text
    plan = answer.json()
    assert (plan["name"], plan["tag"], plan["taken"], plan["mode"]) == (None, None, 1, "full")
    assert plan["parents"][0]["archive"] == "debian"
    assert plan["estimate"]["basis"] == {"history": 0, "model": 1, "speed": 1.0}
    assert set(plan["estimate"]["builders"].values()) == {4}
    assert len(administrator.get("/api/v1/archives").json()["archives"]) == 2


def test_a_derivation_can_be_tried_under_its_name(administrator: TestClient) -> None:
    body = {"name": "second", "parents": ["debian/bookworm"], "tag": "exp"}

    plan = administrator.post("/api/v1/estimates", json=body).json()
    taken = administrator.post("/api/v1/estimates", json={**body, "name": "trial"})

    assert (plan["name"], plan["tag"]) == ("second", "exp")
    assert taken.status_code == 409
    assert administrator.get("/api/v1/archives/second").status_code == 404


def test_an_estimate_of_a_rebuild_names_the_critical_path(administrator: TestClient) -> None:
    for build in administrator.get("/api/v1/archives/trial/campaigns/1").json()["builds"]:
        administrator.post(f"/api/v1/builds/{build['id']}/cancellations")
    body = {"selection": "lamp", "builders": 2}

    answer = administrator.post("/api/v1/archives/trial/estimates", json=body)

    assert answer.status_code == 200, answer.text
    assert [link["source"] for link in answer.json()["critical_path"]["sources"]] == ["lamp"]
    assert answer.json()["machine_hours"]["p50"] < answer.json()["machine_hours"]["p90"]
    assert len(administrator.get("/api/v1/archives/trial/campaigns").json()["campaigns"]) == 1


def test_a_campaign_shows_what_was_predicted_and_what_it_took(administrator: TestClient) -> None:
    campaign = administrator.get("/api/v1/archives/trial/campaigns/1").json()

    assert campaign["estimate"]["predicted"]["sources"] > 0
    assert campaign["estimate"]["actual"]["attempts"] == 0


@pytest.mark.parametrize("builders", [0, 1_000_000, "many"])
def test_an_estimate_for_no_number_of_builders_is_refused(
    administrator: TestClient, builders: object
) -> None:
    body = {"selection": "lamp", "builders": builders}

    answer = administrator.post("/api/v1/archives/trial/estimates", json=body)

    assert answer.status_code == 422


def test_a_rebuild_is_a_campaign_with_the_next_number_of_each_source(
    installation: Installation, administrator: TestClient
) -> None:
    builds = administrator.get("/api/v1/archives/trial/campaigns/1").json()["builds"]
    for build in builds:
        administrator.post(f"/api/v1/builds/{build['id']}/cancellations")
    body = {"selection": "lamp", "reason": "again"}

    answer = administrator.post("/api/v1/archives/trial/campaigns", json=body)

    assert_done(installation.do_jobs())
    assert answer.status_code == 202
    assert answer.json()["campaign"]["number"] == 2
    assert answer.json()["campaign"]["state"] == "preparing"
    assert answer.json()["job"]["kind"] == "prepare-campaign"
    shown = administrator.get("/api/v1/archives/trial/campaigns/2").json()
    assert [(b["source"], b["rebuild_no"]) for b in shown["builds"]] == [("lamp", 2)]


def test_a_build_that_waits_is_cancelled_and_tried_again(administrator: TestClient) -> None:
    build = administrator.get("/api/v1/archives/trial/campaigns/1").json()["builds"][0]

    cancelled = administrator.post(f"/api/v1/builds/{build['id']}/cancellations")
    twice = administrator.post(f"/api/v1/builds/{build['id']}/cancellations")
    again = administrator.post(f"/api/v1/builds/{build['id']}/retries")

    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert (twice.status_code, twice.json()["code"]) == (409, "conflict")
    assert (again.status_code, again.json()["state"]) == (200, "needs-build")


def test_why_builds_are_cancelled_is_said_by_their_events(administrator: TestClient) -> None:
    first, second, *_ = administrator.get("/api/v1/archives/trial/campaigns/1").json()["builds"]

    one = administrator.post(
        f"/api/v1/builds/{first['id']}/cancellations", json={"reason": "no disk"}
    )
    many = administrator.post(
        "/api/v1/archives/trial/cancellations", json={"ids": [second["id"]], "reason": "no disk"}
    )
    nothing = administrator.post(
        f"/api/v1/builds/{first['id']}/cancellations", json={"reason": " "}
    )

    assert (one.status_code, many.status_code, nothing.status_code) == (200, 200, 422)
    assert one.json()["events"][-1]["sentence"] == "administrator cancelled it: no disk"
    assert administrator.get(f"/api/v1/builds/{second['id']}").json()["sentence"] == (
        "administrator cancelled it: no disk"
    )


def test_a_request_says_which_sources_it_was_refused(administrator: TestClient) -> None:
    builds = administrator.get("/api/v1/archives/trial/campaigns/1").json()["builds"]
    for build in builds:
        if build["source"] == "lamp":
            administrator.post(f"/api/v1/builds/{build['id']}/cancellations")

    answer = administrator.post(
        "/api/v1/archives/trial/campaigns", json={"selection": "all", "reason": "again"}
    ).json()

    refused = answer["refused"]
    assert (refused["count"], refused["codes"]) == (1, {"already-building": 1})
    assert [(each["source"], each["code"]) for each in refused["sources"]] == [
        ("manual", "already-building")
    ]
    assert "of campaign 1" in refused["sources"][0]["sentence"]


def test_why_builds_are_retried_and_rescored_is_said_too(administrator: TestClient) -> None:
    build, *_ = administrator.get("/api/v1/archives/trial/campaigns/1").json()["builds"]
    path, chosen = f"/api/v1/builds/{build['id']}", {"ids": [build["id"]]}
    administrator.post(f"{path}/cancellations")

    retried = administrator.post(f"{path}/retries", json={"reason": "more disk"})
    rescored = administrator.post(
        "/api/v1/archives/trial/scores", json=chosen | {"score": 3, "reason": "soon"}
    )
    refused = [
        administrator.post(
            f"/api/v1/archives/trial/{changes}",
            json=chosen | {"reason": "x" * 501, "dry_run": True},
        ).status_code
        for changes in ("retries", "cancellations")
    ]

    assert (retried.status_code, rescored.status_code) == (200, 200)
    assert [event["sentence"] for event in administrator.get(path).json()["events"][-2:]] == [
        "administrator retried it, in the newest edition of the view (0 as yet): more disk",
        "administrator gave it the score 3; it was -100: soon",
    ]
    assert refused == [422, 422]


def test_a_running_build_that_is_cancelled_tells_its_builder_to_stop(
    administrator: TestClient, builder: Builder
) -> None:
    claim = builder.claim()
    token = {"Authorization": f"Bearer {claim['attempt_token']}"}
    heartbeat = f"/builder/attempts/{claim['attempt_id']}/heartbeat"
    before = builder.client.post(heartbeat, json={}, headers=token)

    answer = administrator.post(f"/api/v1/builds/{claim['build_id']}/cancellations")

    after = builder.client.post(heartbeat, json={}, headers=token)
    assert answer.json()["state"] == "cancelling"
    assert (before.json(), after.json()) == ({"stop": False}, {"stop": True})


def test_a_waiting_job_is_cancelled_at_once(
    installation: Installation, administrator: TestClient
) -> None:
    job = administrator.post("/api/v1/archives/trial/publications").json()

    answer = administrator.post(f"/api/v1/jobs/{job['id']}/cancellations")
    twice = administrator.post(f"/api/v1/jobs/{job['id']}/cancellations")

    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert twice.status_code == 409
    assert installation.do_jobs() == []


def test_clients_of_an_archive_can_be_sent_to_the_parent(
    installation: Installation, administrator: TestClient
) -> None:
    with installation.services.database.read() as transaction:
        suite = transaction.archives.suites(transaction.archives.named("debian").id)[0]
        members = Membership(suite_id=suite.id, number=1)
        listed = transaction.files.listed_binaries(members, after=0, rows_max=1)[0]
    changed = administrator.patch("/api/v1/archives/trial", json={"serve": "redirect"})

    answer = administrator.get(f"/archives/trial/{listed.path}", follow_redirects=False)

    assert changed.json()["archive"]["serve"] == "redirect"
    assert changed.json()["job"] is None
    assert answer.status_code == 302
    assert answer.headers["location"] == f"{suite.mirror}/{listed.path}"
    assert answer.headers["cache-control"] == "no-store"


def test_what_an_archive_keeps_is_fetched_from_a_real_server(
    installation: Installation, administrator: TestClient
) -> None:
    changed = administrator.patch("/api/v1/archives/trial", json={"keep": "all"}).json()

    assert_done(installation.do_jobs())
    job = administrator.get(f"/api/v1/jobs/{changed['job']['id']}").json()
    assert job["result"]["fetched"] > 0
    assert job["result"]["absent_files"] == 0
    assert job["progress"]["unit"] == "bytes"


def test_the_store_is_counted_verified_and_collected(
    installation: Installation, administrator: TestClient
) -> None:
    jobs = {
        what: administrator.post(f"/api/v1/store/{what}", json={}).json()["id"]
        for what in ("statistics", "verifications", "collections")
    }

    assert_done(installation.do_jobs())
    results = {
        what: administrator.get(f"/api/v1/jobs/{job}").json()["result"]
        for what, job in jobs.items()
    }
    assert results["statistics"]["files"] == results["verifications"]["files"] > 0
    assert (
        results["verifications"]["corrupt_files"] == results["verifications"]["missing_files"] == 0
    )
    assert results["collections"]["orphans"]["files"] == 0


def test_a_campaign_asked_for_twice_with_one_key_is_one_campaign(
    installation: Installation, administrator: TestClient
) -> None:
    for build in administrator.get("/api/v1/archives/trial/campaigns/1").json()["builds"]:
        administrator.post(f"/api/v1/builds/{build['id']}/cancellations")
    body = {"selection": "lamp", "reason": "again", "no_change": True}
    place, key = "/api/v1/archives/trial/campaigns", {"Idempotency-Key": "once"}

    first, second = (administrator.post(place, json=body, headers=key) for _ in range(2))
    assert first.status_code == 202, first.text
    assert_done(installation.do_jobs())
    other = administrator.post(place, json={**body, "reason": "other"}, headers=key)

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["job"]["id"] == second.json()["job"]["id"]
    assert first.json()["campaign"]["number"] == second.json()["campaign"]["number"] == 2
    assert other.status_code == 409
    assert "came with another request before" in other.json()["detail"]


def settings_of(client: TestClient, name: str = "trial") -> dict[str, object]:
    archive = client.get(f"/api/v1/archives/{name}").json()
    names = ("keep", "serve", "accepts_binaries", "policy", "scheme", "vendor")
    return {setting: archive[setting] for setting in names}


def test_a_later_refusal_leaves_earlier_settings_unchanged(
    installation: Installation, administrator: TestClient
) -> None:
    before = settings_of(administrator)
    body = {
        "keep": "view",
        "serve": "redirect",
        "binaries": True,
        "policy": "never",
        "scheme": "binnmu",
    }

    answer = administrator.patch("/api/v1/archives/trial", json=body)

    assert answer.status_code == 409, answer.text
    assert "no safe version" in answer.json()["detail"]
    assert settings_of(administrator) == before
    assert installation.do_jobs() == []


SETTINGS_TRIED: list[tuple[str, dict[str, object], bool]] = [
    ("trial", {"policy": "never", "scheme": "vendor", "vendor": "acme"}, False),
    ("trial", {"keep": "view", "serve": "redirect", "binaries": True}, True),
    ("trial", {"serve": "fetch"}, True),
    ("trial", {"keep": "needed"}, False),
    ("debian", {"binnmus": False, "ubuntu_versions": False}, False),
    ("trial", {}, False),
]
"""An archive, what is asked of it, and whether a job follows."""


def test_a_dry_run_of_settings_says_what_the_real_one_does_and_changes_nothing(
    installation: Installation, administrator: TestClient
) -> None:
    for name, body, has_job in SETTINGS_TRIED:
        address = f"/api/v1/archives/{name}"
        before = administrator.get(address)

        planned = administrator.patch(address, json={**body, "dry_run": True}).json()
        between = administrator.get(address)
        waiting = installation.do_jobs()
        changed = administrator.patch(address, json=body).json()

        assert (between.text, between.headers["ETag"]) == (before.text, before.headers["ETag"])
        assert waiting == []
        assert (planned.pop("dry_run"), changed.pop("dry_run")) == (True, False)
        assert (planned.pop("job"), changed.pop("job") is not None) == (None, has_job)
        assert ((planned.pop("ahead") or {}).get("files", 0) > 0) is has_job
        assert changed.pop("ahead") is None
        assert planned == changed
        assert bool(installation.do_jobs()) is has_job
        wanted = {"archive": name, "action": "change-archive"}
        entries = administrator.get("/api/v1/audit", params=wanted).json()["entries"]
        told = [entry["detail"] for entry in entries][: len(planned["differences"])]
        assert sorted(told) == sorted(planned["differences"])
        assert bool(told) is bool(body)


def test_a_dry_run_of_settings_is_refused_as_the_real_one(administrator: TestClient) -> None:
    before = settings_of(administrator)

    answers = [
        administrator.patch(
            "/api/v1/archives/trial", json={"scheme": "binnmu", "dry_run": dry_run}
        ).json()
        for dry_run in (True, False)
    ]

    assert answers[0] == answers[1]
    assert "no safe version" in answers[0]["detail"]
    assert settings_of(administrator) == before


def test_several_settings_are_changed_at_once_and_each_is_in_the_audit_log(
    administrator: TestClient,
) -> None:
    body = {"serve": "redirect", "policy": "never", "scheme": "vendor", "vendor": "acme"}

    answer = administrator.patch("/api/v1/archives/trial", json=body)

    assert answer.status_code == 200, answer.text
    assert settings_of(administrator).items() >= body.items()
    log = administrator.get("/api/v1/audit", params={"archive": "trial"}).json()["entries"]
    assert {entry["detail"] for entry in log} >= {
        "serve fetch to redirect",
        "policy on-request to never",
        "scheme safe to vendor acme",
    }


def test_an_archive_is_derived_with_a_scheme_or_refused_for_it(
    administrator: TestClient,
) -> None:
    body = {"name": "second", "parents": ["debian/bookworm"], "scheme": "vendor"}

    without = administrator.post("/api/v1/archives", json=body)
    refused = administrator.post("/api/v1/archives", json={**body, "scheme": "binnmu"})
    made = administrator.post("/api/v1/archives", json={**body, "vendor": "acme"})

    archive = administrator.get("/api/v1/archives/second").json()
    assert (without.status_code, refused.status_code, made.status_code) == (422, 409, 202)
    assert "no safe version" in refused.json()["detail"]
    assert (archive["scheme"], archive["vendor"]) == ("vendor", "acme")


def test_an_import_declares_that_the_archive_makes_no_binnmus(
    installation: Installation, administrator: TestClient, parent_archive: ParentArchive
) -> None:
    body = import_body(parent_archive, binnmus=False)

    administrator.post("/api/v1/imports", json=body)

    assert_done(installation.do_jobs())
    assert administrator.get("/api/v1/archives/other").json()["makes_binnmus"] is False
