"""The page that syncs an archive: it tells the decisions of the service, then does them."""

import pytest
from tests.builders import new_source
from tests.entrypoints.installation import ADMINISTRATOR, Installation
from tests.entrypoints.pages.visitor import Visitor, newcomer
from tests.snapshots import add_snapshot

from vostok.domain.access import Role
from vostok.domain.job import JobKind
from vostok.services.deriving.syncing import SyncRequest

SYNC = "/archives/trial/sync"


@pytest.fixture
def administrator(installation: Installation) -> Visitor:
    return newcomer(installation, "ada", Role.ADMINISTRATOR)


def test_an_archive_that_is_as_its_parents_are_says_so_and_has_no_button(
    administrator: Visitor,
) -> None:
    shown = administrator.get(SYNC).text

    assert "<h1>trial is as its parents are</h1>" in shown
    assert 'class="primary"' not in shown


def test_each_decision_is_told_with_its_sentence_and_done_when_asked(
    installation: Installation, administrator: Visitor
) -> None:
    with installation.services.database.write() as transaction:
        (suite,) = transaction.archives.suites(transaction.archives.named("debian").id)
        newer = [new_source("lamp", "2.0"), new_source("manual", "2.0")]
        add_snapshot(transaction, suite, newer)  # type: ignore[arg-type]  # the adapter's own
    wanted = SyncRequest(archive="trial", moves=True, hold="lamp")
    plan = installation.services.syncing.plan(ADMINISTRATOR, wanted)
    home = administrator.text("/archives/trial/")
    (held,) = (d for d in plan.decisions if d.source == "lamp")

    shown = administrator.get(f"{SYNC}?hold=lamp")
    told = administrator.get(f"{SYNC}.json?hold=lamp").json()
    answer = administrator.send_form(shown, SYNC)
    (job,) = installation.do_jobs()

    assert f'snapshot 2 is newer: <a href="{SYNC}">' in home
    assert "is newer" not in administrator.text("/archives/trial/")
    assert held.sentence in shown.text
    assert [decision["source"] for decision in told["decisions"]] == ["lamp", "manual"]
    assert (answer.status_code, answer.headers["location"]) == (303, f"/jobs/{job.id}")
    assert (job.kind, job.arguments["hold"]) == (JobKind.SYNC, "lamp")


def test_a_fault_is_told_beside_the_field_and_what_was_typed_is_kept(
    installation: Installation, administrator: Visitor
) -> None:
    answers = [
        administrator.get(f"{SYNC}?hold=lampp"),
        administrator.send(SYNC, hold="lampp"),
    ]

    for answer in answers:
        assert answer.status_code == 400
        assert 'value="lampp"' in answer.text
        assert 'id="hold-fault"' in answer.text
    assert installation.do_jobs() == []


def test_who_may_not_sync_is_refused_and_a_private_archive_is_not_there(
    installation: Installation,
) -> None:
    developer = newcomer(installation, "dev", Role.DEVELOPER)
    member = newcomer(installation, "mia", Role.MEMBER)

    refused = [developer.get(SYNC), developer.send(SYNC)]
    offered = SYNC in developer.get("/archives/trial/").text
    installation.services.rights.set_private(ADMINISTRATOR, "trial", is_private=True)
    hidden = [member.get(SYNC), member.send(SYNC)]
    missing = [member.get("/archives/nobodys/sync"), member.send("/archives/nobodys/sync")]

    assert [answer.status_code for answer in refused] == [403, 403]
    assert not offered
    assert [answer.text.replace("trial", "nobodys") for answer in hidden] == [
        answer.text for answer in missing
    ]
    assert installation.do_jobs() == []
