"""The page that gives an archive another selection: what enters and leaves, then the deed."""

import re

import pytest
from tests.entrypoints.installation import ADMINISTRATOR, Installation
from tests.entrypoints.pages.visitor import Visitor, newcomer

from vostok.domain.access import Role
from vostok.domain.job import JobKind
from vostok.entrypoints.pages import selecting
from vostok.services.deriving.syncing import SyncRequest

SELECTION = "/archives/trial/selection"


@pytest.fixture
def administrator(installation: Installation) -> Visitor:
    return newcomer(installation, "ada", Role.ADMINISTRATOR)


def select(installation: Installation, selection: str) -> None:
    """Another selection of the archive, done by an administrator."""
    wanted = SyncRequest(archive="trial", selection=selection)
    installation.services.syncing.request(ADMINISTRATOR, wanted)
    installation.do_jobs()


def test_a_preview_says_what_enters_and_leaves_and_why_as_the_service_does_and_then_it_is_done(
    installation: Installation, administrator: Visitor
) -> None:
    select(installation, "lamp")
    opened = administrator.get(SELECTION)
    plan = installation.services.syncing.plan(
        ADMINISTRATOR, SyncRequest(archive="trial", selection="manual")
    )

    shown = administrator.send_form(opened, SELECTION, selection="manual", do="preview")
    told = administrator.get(f"{SELECTION}.json?selection=manual").json()
    rows = administrator.get(f"{SELECTION}.csv?selection=manual").text.splitlines()
    unchanged = installation.do_jobs()
    answer = administrator.send_form(shown, SELECTION, selection="manual", do="select")
    (job,) = installation.do_jobs()

    assert ">lamp</textarea>" in opened.text
    assert "1 → 1 sources" in shown.text
    for decision in plan.decisions:
        assert decision.sentence in shown.text
    assert f"manual 1.0 comes new: {plan.reasons['manual']}" in shown.text
    assert [(d["source"], d["verdict"]) for d in told["decisions"]] == [
        ("lamp", "removed"),
        ("manual", "added"),
    ]
    assert len(rows) == len(plan.decisions) + 1
    assert unchanged == []
    assert (answer.status_code, answer.headers["location"]) == (303, f"/jobs/{job.id}")
    assert (job.kind, job.requested_by) == (JobKind.SYNC, "ada")
    assert list(installation.services.syncing.taken(ADMINISTRATOR, "trial")) == ["manual"]
    assert f'href="{SELECTION}"' in administrator.text("/archives/trial/")


def test_what_is_typed_is_decided_while_others_write_or_else_counted(
    installation: Installation, administrator: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = administrator.get(SELECTION)

    def look(selection: str) -> str:
        with installation.services.database.write():
            return administrator.send_form(opened, SELECTION, selection=selection, do="look").text

    decided, faulty = look("lamp"), look("section libs")
    with monkeypatch.context() as changed:
        changed.setattr(selecting, "LIVE_SOURCES_MAX", 1)
        too_many = look("all")
    installation.services.syncing.request(
        ADMINISTRATOR, SyncRequest(archive="trial", remove="manual")
    )
    installation.do_jobs()
    with_a_removal = look("lamp")

    assert "2 → 1 sources" in decided
    assert "manual 1.0 goes" in decided
    assert 'id="selection-fault"' in faulty
    assert "2 sources selected" in too_many
    assert "1 source selected" in with_a_removal
    assert not any("→" in text for text in (faulty, too_many, with_a_removal))


def test_a_fault_is_told_beside_the_field_and_what_was_typed_stays(
    installation: Installation, administrator: Visitor
) -> None:
    opened = administrator.get(SELECTION)

    answers = [
        administrator.send_form(opened, SELECTION, selection="section libs", do=do)
        for do in ("preview", "select")
    ]
    empty = administrator.send_form(opened, SELECTION, selection="", do="select")
    image = administrator.get("/archives/debian/selection")

    for answer in answers:
        assert answer.status_code == 400
        assert "  section libs\n  ^" in answer.text
        assert 'id="selection-fault"' in answer.text
        assert ">section libs</textarea>" in answer.text
    assert (empty.status_code, image.status_code) == (400, 400)
    assert installation.do_jobs() == []


def test_the_second_of_two_persons_sees_who_changed_it_and_what_was_typed_stays(
    installation: Installation, administrator: Visitor
) -> None:
    opened = administrator.get(SELECTION)
    select(installation, "lamp")

    told = administrator.send_form(opened, SELECTION, selection="manual", do="select")
    waiting = installation.do_jobs()
    done = administrator.send_form(told, SELECTION, selection="manual", do="select")

    assert told.status_code == 409
    assert re.search(r"administrator, <time.+?</time>\s*: job \w+; selection lamp", told.text)
    assert ">manual</textarea>" in told.text
    assert "1 → 1 sources" in told.text
    assert waiting == []
    assert done.status_code == 303


def test_only_who_may_sync_an_archive_selects_and_a_private_one_is_not_there(
    installation: Installation, administrator: Visitor
) -> None:
    developer = newcomer(installation, "dev", Role.DEVELOPER)
    form = {"selection": "lamp", "do": "select"}
    revision = re.search(r'name="revision" value="([^"]+)"', administrator.text(SELECTION))
    assert revision

    refused = [
        developer.get(SELECTION),
        developer.get(f"{SELECTION}.csv"),
        developer.send(SELECTION, selection="lamp"),
        developer.send(SELECTION, **form, revision=revision[1]),
        administrator.client.post(SELECTION, data={**form, "form_token": developer.form_token}),
    ]
    offered = SELECTION in developer.text("/archives/trial/")
    stranger = installation.client().get(SELECTION)
    installation.services.rights.set_private(ADMINISTRATOR, "trial", is_private=True)
    member = newcomer(installation, "mia", Role.MEMBER)
    hidden = [member.get(SELECTION), member.send(SELECTION, **form)]

    assert {answer.status_code for answer in refused} == {403}
    assert not offered
    assert stranger.status_code == 303
    assert [answer.status_code for answer in hidden] == [404, 404]
    assert installation.do_jobs() == []
