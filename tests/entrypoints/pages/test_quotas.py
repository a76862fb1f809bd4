"""The pages of quotas: bars of what is used, and each limit changed in three clicks."""

import re

import pytest
from tests.entrypoints.installation import ADMINISTRATOR, Installation
from tests.entrypoints.pages.visitor import Visitor, add_person, newcomer

from vostok.domain.access import Role
from vostok.domain.quota import GIB, Limits, Subject, SubjectKind
from vostok.entrypoints.pages.filters import grouped

TRIAL = Subject(kind=SubjectKind.ARCHIVE, name="trial")


@pytest.fixture
def ann(installation: Installation) -> Visitor:
    return newcomer(installation, "ann", Role.ADMINISTRATOR)


def widths(page: str) -> list[str]:
    return re.findall(r'<rect class="fill-\w+" width="([\d.]+)%"', page)


def test_a_limit_is_changed_from_the_archives_page_in_three_clicks(
    installation: Installation, ann: Visitor
) -> None:
    page = ann.text("/archives/trial/")
    assert 'href="/quotas/archive/trial"' in page
    form = ann.get("/quotas/archive/trial")

    saved = ann.send_form(form, "/quotas/archive/trial", builds="8", gib="0.5")

    assert (saved.status_code, saved.headers["location"]) == (303, "/archives/trial/")
    held = installation.services.quotas.of(ADMINISTRATOR, TRIAL)
    assert held.limits == Limits(builds=8, bytes=GIB // 2)
    assert f'width="{100 * held.usage.builds / 8:.1f}%"' in ann.text("/archives/trial/")


def test_the_list_shows_bars_of_archives_persons_and_teams(
    installation: Installation, ann: Visitor
) -> None:
    add_person(installation, "lou")
    quotas = installation.services.quotas
    used = quotas.of(ADMINISTRATOR, TRIAL).usage.builds
    quotas.set(ADMINISTRATOR, TRIAL, Limits(builds=2 * used))
    quotas.set(ADMINISTRATOR, Subject(kind=SubjectKind.PERSON, name="lou"), Limits(archives=4))

    page = ann.text("/quotas")

    assert widths(page) == ["50.0", "0.0"]
    assert f'aria-label="unfinished builds: {used} of {2 * used}"' in page
    assert 'href="/quotas/person/lou"' in page
    assert "No team shares limits" in page


def test_a_full_archive_says_that_no_build_begins(
    installation: Installation, ann: Visitor
) -> None:
    installation.services.quotas.set(ADMINISTRATOR, TRIAL, Limits(bytes=0))

    assert "0 B of 0 B: full, no build begins" in ann.text("/archives/trial/")


def test_limits_are_taken_away_and_the_default_ones_hold(
    installation: Installation, ann: Visitor
) -> None:
    ann.send("/quotas/default/archive", builds="70000")
    ann.send("/quotas/archive/trial", builds="5")

    gone = ann.send("/quotas/archive/trial/remove")

    assert gone.status_code == 303
    held = installation.services.quotas.of(ADMINISTRATOR, TRIAL)
    assert (held.is_own, held.limits) == (False, Limits(builds=70_000))
    assert f"of {grouped(70_000)}" in ann.text("/archives/trial/")


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("builds", "many", "no number of builds"),
        ("gib", "1,5", "no number of GiB"),
        ("gib", "nan", "no number of GiB"),
        ("gib", "-1", "a limit is from 0 to"),
        ("builds", "", "no limit is given"),
    ],
)
def test_what_is_no_limit_is_refused_beside_what_was_typed(
    ann: Visitor, field: str, typed: str, sentence: str
) -> None:
    answer = ann.send("/quotas/archive/trial", **{field: typed})

    assert answer.status_code == 400
    assert sentence.lower() in answer.text.lower()
    assert f'name="{field}" type="text" inputmode' in answer.text
    assert f'value="{typed}"' in answer.text


def test_others_see_what_an_archive_uses_and_cannot_change_it(
    installation: Installation, ann: Visitor
) -> None:
    lou = newcomer(installation, "lou", Role.DEVELOPER)
    assert ann.form_token

    page = lou.text("/archives/trial/")

    assert "Unfinished builds" in page
    assert 'href="/quotas/archive/trial"' not in page
    assert lou.get("/quotas").status_code == 403
    for builds in ("1", "no number"):
        assert lou.send("/quotas/archive/trial", builds=builds).status_code == 403
    assert "no limit" in lou.text("/quotas/person/lou")
    assert 'action="/quotas/person/lou"' not in lou.text("/quotas/person/lou")
    assert lou.get("/quotas/person/ann").status_code == 403


def test_a_person_sees_which_archives_count_for_them(
    installation: Installation, ann: Visitor
) -> None:
    before = ann.text("/quotas/person/ann")
    ann.send(
        "/archives/derive", parent="debian/bookworm", selection="lamp", name="lamps", do="derive"
    )
    installation.do_jobs()

    page = ann.text("/quotas/person/ann")

    assert 'href="/archives/derive">Derive one' in before
    assert 'href="/archives/lamps/"' in page
    assert 'href="/quotas/archive/lamps"' in page
    assert 'href="/archives/trial/"' not in page


def test_nothing_else_has_limits(ann: Visitor) -> None:
    for path in ("/quotas/toolchain/gcc", "/quotas/default/team", "/quotas/archive/nobody"):
        assert ann.get(path).status_code == 404
