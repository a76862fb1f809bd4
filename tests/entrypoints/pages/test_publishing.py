"""The page of an archive's publications: what each shows; publish now, keep, release."""

import pytest
from tests.entrypoints.installation import ADMINISTRATOR, Installation
from tests.entrypoints.pages.visitor import Visitor, newcomer

from vostok.documents import PublicationView
from vostok.domain.access import Role
from vostok.domain.job import JobKind
from vostok.services.deriving.syncing import SyncRequest

PUBLICATIONS = "/archives/trial/publications"
FIRST = f"{PUBLICATIONS}/1"


@pytest.fixture
def administrator(installation: Installation) -> Visitor:
    return newcomer(installation, "ada", Role.ADMINISTRATOR)


def first_of(installation: Installation) -> PublicationView:
    """The first publication of the archive."""
    return installation.services.overview.seen_by(ADMINISTRATOR).publications("trial")[-1]


def test_each_publication_is_told_beside_the_one_before_and_published_now(
    installation: Installation, administrator: Visitor
) -> None:
    wanted = SyncRequest(archive="trial", selection="lamp")
    installation.services.syncing.request(ADMINISTRATOR, wanted)
    installation.do_jobs()

    shown = administrator.text(PUBLICATIONS)
    told = administrator.get(f"{PUBLICATIONS}.json").json()["publications"]
    rows = administrator.get(f"{PUBLICATIONS}.csv").text.splitlines()
    answer = administrator.send(PUBLICATIONS)
    (job,) = installation.do_jobs()

    assert [publication["number"] for publication in told] == [2, 1]
    assert [row.split(",")[0] for row in rows] == ["number", "2", "1"]
    assert "left=trial%2Fbookworm%401&amp;right=trial%2Fbookworm%402" in shown
    assert '1<span class="more-or-less">\N{MINUS SIGN}1</span>' in shown
    assert f'href="{PUBLICATIONS}"' in administrator.text("/archives/trial/")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/jobs/{job.id}")
    assert (job.kind, job.requested_by) == (JobKind.PUBLISH, "ada")


def test_a_publication_is_kept_renamed_and_released(
    installation: Installation, administrator: Visitor
) -> None:
    kept = administrator.send_form(
        administrator.get(PUBLICATIONS), f"{FIRST}/keep", label="before-gcc-14"
    )
    called = dict(first_of(installation))
    renamed = administrator.send_form(administrator.get(PUBLICATIONS), f"{FIRST}/keep", label="")
    nameless = dict(first_of(installation))
    only_kept = administrator.text(f"{PUBLICATIONS}?show=kept")
    older = [
        administrator.get(f"{PUBLICATIONS}.json?before={n}").json()["publications"] for n in (1, 2)
    ]
    released = administrator.send_form(administrator.get(PUBLICATIONS), f"{FIRST}/release")

    assert [a.headers["location"] for a in (kept, renamed, released)] == [PUBLICATIONS] * 3
    assert (called["kept_as"], called["kept_by"]) == ("before-gcc-14", "ada")
    assert nameless["kept_as"] == ""
    assert f'action="{FIRST}/release"' in only_kept
    assert f'href="{PUBLICATIONS}.csv?show=kept"' in only_kept
    assert [[told["number"] for told in piece] for piece in older] == [[], [1]]
    assert first_of(installation).get("kept_by") is None


def test_of_two_who_keep_one_the_second_is_told_and_a_bad_name_stays_in_its_field(
    installation: Installation, administrator: Visitor
) -> None:
    opened = administrator.get(PUBLICATIONS)
    bad = administrator.send_form(opened, f"{FIRST}/keep", label="Before GCC")
    installation.services.kept_publications.keep(ADMINISTRATOR, "trial", 1, label="mine")

    second = administrator.send_form(opened, f"{FIRST}/keep", label="ours")
    seen = administrator.get(PUBLICATIONS)
    installation.services.kept_publications.release(ADMINISTRATOR, "trial", 1)
    late = administrator.send_form(seen, f"{FIRST}/release")
    none = administrator.send(f"{PUBLICATIONS}/99/keep", label="", seen="-")

    assert (bad.status_code, second.status_code, late.status_code) == (400, 409, 409)
    assert 'value="Before GCC"' in bad.text
    assert "kept as mine by administrator" in second.text
    assert 'value="ours"' in second.text
    assert "publication 1 of trial was released" in late.text
    assert none.status_code == 404


def test_everybody_reads_them_and_only_who_may_keeps_and_publishes(
    installation: Installation, administrator: Visitor
) -> None:
    member = newcomer(installation, "mia", Role.MEMBER)
    deeds = (PUBLICATIONS, f"{FIRST}/keep", f"{FIRST}/release")

    read = [member.text(PUBLICATIONS), installation.client().get(PUBLICATIONS).text]
    refused = [member.send(deed, seen="-") for deed in deeds]
    forged = [
        administrator.client.post(deed, data={"form_token": member.form_token}) for deed in deeds
    ]
    installation.services.rights.set_private(ADMINISTRATOR, "trial", is_private=True)
    hidden = [member.get(PUBLICATIONS), *(member.send(deed, seen="-") for deed in deeds)]
    missing = [member.send(deed.replace("trial", "nobodys"), seen="-") for deed in deeds]

    assert not any("<button" in text.partition("<main")[2] for text in read)
    assert [answer.status_code for answer in (*refused, *forged)] == [403] * 6
    assert [answer.status_code for answer in (*hidden, *missing)] == [404] * 7
    assert installation.do_jobs() == []
