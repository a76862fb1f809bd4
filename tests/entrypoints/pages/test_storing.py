"""The page of the store: what takes room and for whom, reading it again, and collecting."""

import csv
import io
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.entrypoints.installation import ADMIN, ADMINISTRATOR, Installation, assert_done
from tests.entrypoints.pages.visitor import Visitor, newcomer

from vostok.adapters.content_store import LocalContentStore
from vostok.domain.access import Role
from vostok.domain.job import JobKind, JobState

STORE = "/store"
LOOK = "Look what would go"
REMOVE = "Remove it for good"


@pytest.fixture
def administrator(installation: Installation) -> Visitor:
    return newcomer(installation, "ada", Role.ADMINISTRATOR)


def ask(visitor: Visitor, deed: str, **fields: str) -> int:
    return visitor.send_form(visitor.get(STORE), f"{STORE}/{deed}", **fields).status_code


def lone_file(installation: Installation) -> Path:
    """A file that nobody names, of long ago."""
    store = LocalContentStore(installation.settings.data_root / "files")
    sha256, _ = store.put([b"an orphan"], size_max=100)
    path = store.path(sha256)
    os.utime(path, (0, 0))
    return path


def look_of_long_ago(installation: Installation, job_id: str) -> None:
    """A dry run that found something then."""
    at = datetime(2020, 1, 1, tzinfo=UTC)
    found = {"dry_run": True, "orphans": {"files": 1, "bytes": 9}}
    with installation.services.database.write() as transaction:
        transaction.jobs.add(
            job_id, JobKind.STORE_COLLECT, archive=None, arguments={"dry_run": True},
            requested_by="ada", at=at,
        )  # fmt: skip
        transaction.jobs.finish(job_id, JobState.SUCCEEDED, at=at, message="", result=found)


def test_what_takes_the_room_is_counted_and_shown_by_use_and_archive(
    installation: Installation, administrator: Visitor
) -> None:
    before = administrator.text(STORE)

    asked = ask(administrator, "count")
    waiting = administrator.text(STORE)
    (job,) = installation.do_jobs()
    shown = administrator.text(STORE)
    rows = list(csv.DictReader(io.StringIO(administrator.text(f"{STORE}.csv"))))

    assert "Nothing was counted yet" in before
    assert asked == 303
    assert "In progress" in waiting
    assert job.kind is JobKind.STORE_STATS
    assert re.search(r'<svg class="bar[^>]+aria-label="[^"]+stored: [^"]*indices', shown)
    assert 'href="/archives/debian/">debian</a>' in shown
    counted = administrator.get(f"{STORE}.json").json()["counted"]
    assert counted["id"] == job.id
    assert [row["name"] for row in rows] == [row["name"] for row in counted["result"]["archives"]]


def test_files_are_read_again_and_a_share_that_is_none_is_told_at_its_field(
    installation: Installation, administrator: Visitor
) -> None:
    wrong = [administrator.send(f"{STORE}/verify", percent=text) for text in ("much", "0", "101")]

    asked = ask(administrator, "verify", percent="100")
    assert_done(installation.do_jobs())

    for answer, typed in zip(wrong, ("much", "0", "101"), strict=True):
        assert answer.status_code == 400
        assert 'id="percent-fault"' in answer.text
        assert f'value="{typed}"' in answer.text
    assert asked == 303
    assert "0 corrupt, 0 missing" in administrator.text(STORE)


def test_nothing_is_removed_before_somebody_looked_at_just_that(
    installation: Installation, administrator: Visitor
) -> None:
    file = lone_file(installation)

    unseen = administrator.send(f"{STORE}/collect", do="remove", seen="")
    look_of_long_ago(installation, "old")
    offered = REMOVE in administrator.text(STORE)
    outdated = administrator.send(f"{STORE}/collect", do="remove", seen="old")
    looked = ask(administrator, "collect", do="look")
    assert_done(installation.do_jobs())
    page = administrator.get(STORE)
    stale = administrator.send(f"{STORE}/collect", do="remove", seen="another")
    still_there = file.exists()
    removed = [
        administrator.send_form(page, f"{STORE}/collect", do="remove").status_code
        for _ in range(2)
    ]
    jobs = installation.do_jobs()

    assert (unseen.status_code, looked, stale.status_code) == (409, 303, 409)
    assert (offered, outdated.status_code) == (False, 409)
    assert "more than an hour ago" in outdated.text
    assert REMOVE in page.text
    assert "1 file that nobody names" in page.text
    assert still_there
    assert removed == [303, 303]
    assert [job.arguments for job in jobs] == [{"dry_run": False}]
    assert not file.exists()
    assert "Was removed" in administrator.text(STORE)


def test_who_may_not_keep_the_store_sees_neither_page_nor_link_nor_results(
    installation: Installation, administrator: Visitor
) -> None:
    ask(administrator, "count")
    installation.services.rights.set_private(ADMINISTRATOR, "trial", is_private=True)
    (job,) = installation.do_jobs()
    dev = newcomer(installation, "dev", Role.DEVELOPER)

    refused = [
        *(dev.get(f"{STORE}{suffix}") for suffix in ("", ".json", ".csv")),
        *(dev.send(f"{STORE}/{deed}") for deed in ("count", "verify", "collect")),
    ]
    told = [
        dev.text(f"/jobs/{job.id}"),
        dev.text("/jobs.json"),
        installation.client().get(f"/api/v1/jobs/{job.id}").text,
        installation.client().get("/api/v1/jobs").text,
    ]

    assert [answer.status_code for answer in refused] == [403] * 6
    assert 'href="/store"' not in dev.text("/archives")
    assert 'href="/store"' in administrator.text("/archives")
    assert installation.client().get(STORE).headers["location"].startswith("/sign-in")
    assert [text for text in told if "trial" in text] == []
    assert "trial" in installation.client(ADMIN).get(f"/api/v1/jobs/{job.id}").text
