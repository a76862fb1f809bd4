"""The page that deletes an archive: it tells the preview of the service, and wants a name."""

import pytest
from tests.entrypoints.installation import ADMINISTRATOR, Installation
from tests.entrypoints.pages.visitor import Visitor, newcomer

from vostok.domain.access import Role
from vostok.domain.job import JobKind, JobState
from vostok.entrypoints.pages.filters import grouped

DELETE = "/archives/trial/delete"


@pytest.fixture
def administrator(installation: Installation) -> Visitor:
    return newcomer(installation, "ada", Role.ADMINISTRATOR)


def test_the_page_tells_what_goes_and_what_stays(
    installation: Installation, administrator: Visitor
) -> None:
    report = installation.services.deleting.preview(ADMINISTRATOR, "trial")

    shown = administrator.get(DELETE).text

    assert f"<dt>Rows</dt><dd>{grouped(sum(report['rows'].values()))}<details>" in shown
    assert "nobody can sign as this archive again" in shown
    assert "What stays" in shown
    assert installation.do_jobs() == []


def test_the_archive_is_deleted_when_its_name_is_typed(
    installation: Installation, administrator: Visitor
) -> None:
    answer = administrator.send_form(administrator.get(DELETE), DELETE, name="trial")
    (job,) = installation.do_jobs()

    assert (answer.status_code, answer.headers["location"]) == (303, f"/jobs/{job.id}")
    assert (job.kind, job.state, job.requested_by) == (JobKind.DELETE, JobState.SUCCEEDED, "ada")
    assert installation.client().get("/archives/trial/").status_code == 410


@pytest.mark.parametrize("typed", ["", "Trial", "debian", "<b>trial</b>"])
def test_another_name_deletes_nothing_and_is_shown_again(
    installation: Installation, administrator: Visitor, typed: str
) -> None:
    answer = administrator.send(DELETE, name=typed)

    assert answer.status_code == 400
    assert "so nothing is deleted" in answer.text
    assert "<b>trial</b>" not in answer.text
    assert installation.do_jobs() == []


def test_an_archive_with_others_derived_from_it_is_not_deleted(
    administrator: Visitor,
) -> None:
    answers = [
        administrator.get("/archives/debian/delete"),
        administrator.send("/archives/debian/delete", name="debian"),
    ]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert "trial derives from it" in answers[0].text
    home = administrator.text("/archives/debian/")
    assert 'once <a href="#children-heading">what is derived from it</a> is gone' in home
    assert "/archives/debian/delete" not in home


def test_who_may_not_delete_it_is_refused_and_offered_nothing(installation: Installation) -> None:
    developer = newcomer(installation, "dev", Role.DEVELOPER)

    answers = [developer.get(DELETE), developer.send(DELETE, name="trial")]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert DELETE not in developer.get("/archives/trial/").text
    assert installation.do_jobs() == []


def test_a_private_archive_is_as_if_it_were_not_there(installation: Installation) -> None:
    developer = newcomer(installation, "mia", Role.MEMBER)
    installation.services.rights.set_private(ADMINISTRATOR, "trial", is_private=True)

    def answers(name: str) -> list[tuple[int, str]]:
        path = f"/archives/{name}/delete"
        found = [developer.get(path), developer.send(path, name=name)]
        return [(answer.status_code, answer.text.replace(name, "NAME")) for answer in found]

    assert answers("trial") == answers("nobodys")
