"""The page that imports an archive: its fields, who may, and the same once more by one button."""

import re
from typing import Any

import pytest
from tests.entrypoints.installation import ADMINISTRATOR, Installation
from tests.entrypoints.pages.visitor import Visitor, newcomer
from tests.entrypoints.parent_archive import ParentArchive

from vostok.domain.access import Role
from vostok.domain.job import JobKind, JobState

IMPORT = "/archives/import"
AGAIN = "/archives/debian/import-again"

FAULTS = (
    ({"name": "Not A Name"}, "name", "cannot be the name of an archive"),
    ({"name": "trial"}, "name", "trial is a derived archive"),
    ({"suites": ""}, "suites", "name a suite"),
    ({"suites": "../etc"}, "suites", "cannot be the name of a suite"),
    ({"components": "ma:in"}, "components", "is not the name of a component"),
    ({"architectures": "source"}, "architectures", "no architecture of a machine"),
    ({"mirror": "ftp://ftp.example.org"}, "mirror", "is not an address of the web"),
    ({"mirrors": "alpha=http://ports.example.org"}, "mirrors", "not among the architectures"),
    ({"mirrors": "alpha"}, "mirrors", "is not a line like"),
    ({"mirror": "https://ann:pw@example.org"}, "mirror", "holds a user name, a password"),
    ({"mirrors": "amd64=https://ann:pw@example.org"}, "mirrors", "holds a user name, a password"),
    ({"keyring": "nothing"}, "keyring", "No public keys in armour"),
    ({"keys": "known"}, "keyring", "keys were pasted, but others are chosen"),
    ({"signed_by": "12 34"}, "signed_by", "is no fingerprint"),
)
"""(what is typed otherwise, the field at which it is told, with what words)"""


@pytest.fixture
def administrator(installation: Installation) -> Visitor:
    return newcomer(installation, "ada", Role.ADMINISTRATOR)


def fields(parent: ParentArchive, **more: str) -> dict[str, str]:
    return {
        "name": "lamps",
        "mirror": parent.url,
        "suites": "bookworm",
        "components": "main",
        "architectures": "amd64",
        "keys": "typed",
        "keyring": parent.armoured_keyring,
        "translations": "yes",
        **more,
    }


def test_an_archive_is_imported_by_keys_that_are_pasted(
    installation: Installation, administrator: Visitor, parent_archive: ParentArchive
) -> None:
    shown = administrator.get(IMPORT)

    answer = administrator.send_form(shown, IMPORT, **fields(parent_archive))
    (job,) = installation.do_jobs()

    assert (answer.status_code, answer.headers["location"]) == (303, f"/jobs/{job.id}")
    assert (job.kind, job.state, job.requested_by) == (JobKind.IMPORT, JobState.SUCCEEDED, "ada")
    assert job.arguments["keyring"] is not None
    page = administrator.text("/archives/lamps/")
    assert "Last import" in page
    assert "Import again" in page


def test_the_same_form_sent_twice_makes_one_job_and_another_makes_another(
    administrator: Visitor, parent_archive: ParentArchive
) -> None:
    shown = administrator.get(IMPORT)
    typed = fields(parent_archive)

    answers = [
        administrator.send_form(shown, IMPORT, **typed),
        administrator.send_form(shown, IMPORT, **typed),
        administrator.send_form(shown, IMPORT, **typed | {"udebs": "yes"}),
        administrator.send_form(administrator.get(IMPORT), IMPORT, **typed),
    ]

    places = [answer.headers["location"] for answer in answers]
    assert places[0] == places[1]
    assert len(set(places)) == 3


def test_a_fault_is_told_at_its_field_and_what_was_typed_stays(
    installation: Installation, administrator: Visitor, parent_archive: ParentArchive
) -> None:
    told: list[tuple[str, list[tuple[str, str]]]] = []

    for wrong, field, _ in FAULTS:
        typed = fields(parent_archive) | wrong
        page = administrator.send(IMPORT, **typed).text
        assert f'value="{typed["mirror"]}"' in page
        assert f'value="{typed["suites"]}"' in page
        told.append((field, re.findall(r'id="(\w+)-fault"><p>(.*?)</p>', page, re.DOTALL)))

    for (field, found), (_, _, sentence) in zip(told, FAULTS, strict=True):
        [(place, words)] = found
        assert place == field
        assert sentence.lower() in words.lower()
    assert installation.do_jobs() == []


def test_several_faults_are_told_at_once(administrator: Visitor) -> None:
    answer = administrator.send(IMPORT, name="A", suites="b?d", keys="known")

    assert 'id="name-fault"' in answer.text
    assert 'id="suites-fault"' in answer.text
    assert '<a href="#suites">the suites</a>' in answer.text


def test_an_imported_archive_is_imported_again_in_one_click_as_it_was(
    installation: Installation, administrator: Visitor
) -> None:
    shown = administrator.get("/archives/debian/")
    before = installation.services.jobs.newest(ADMINISTRATOR, "debian")[-1]

    answers = [administrator.send_form(shown, AGAIN) for _ in range(2)]
    (job,) = installation.do_jobs()

    assert [answer.headers["location"] for answer in answers] == [f"/jobs/{job.id}"] * 2
    assert job.state is JobState.SUCCEEDED
    assert {**job.arguments, "keyring": before.arguments["keyring"]} == before.arguments
    assert job.arguments["keyring"] is None


def test_importing_again_by_several_jobs_begins_none_if_one_fails_and_may_be_sent_again(
    installation: Installation, administrator: Visitor, parent_archive: ParentArchive
) -> None:
    other: dict[str, Any] = {
        "codename": "other", "components": ["contrib"], "architectures": ["amd64"], "mirrors": {},
    }  # fmt: skip
    with installation.services.database.write() as transaction:
        archive = transaction.archives.named("debian")
        suite = transaction.archives.add_suite(
            archive_id=archive.id, name="other", mirror="https://ann:pw@example.org", **other
        )
    shown = administrator.get("/archives/debian/")
    before = installation.services.jobs.newest(ADMINISTRATOR, "debian")

    failed = administrator.send_form(shown, AGAIN)
    begun = installation.services.jobs.newest(ADMINISTRATOR, "debian")
    with installation.services.database.write() as transaction:
        transaction.archives.set_suite_source(suite.id, mirror=parent_archive.url, **other)
    repaired = [administrator.send_form(shown, AGAIN) for _ in range(2)]

    assert (failed.status_code, begun) == (400, before)
    assert [answer.headers["location"] for answer in repaired] == ["/jobs?archive=debian"] * 2
    now = installation.services.jobs.newest(ADMINISTRATOR, "debian")
    assert len(now) == len(before) + 2


def test_an_import_with_changes_begins_with_what_there_is(administrator: Visitor) -> None:
    page = administrator.text(f"{IMPORT}?archive=debian")

    for name, value in (("name", "debian"), ("suites", "bookworm"), ("architectures", "amd64")):
        assert re.search(rf'name="{name}" value="{value}"', page)
    wrong = administrator.send_form(
        administrator.get(f"{IMPORT}?archive=debian"), IMPORT, architectures="source"
    )
    assert wrong.status_code == 400
    assert "<h1>Import again" in wrong.text


def test_who_may_import_nothing_is_refused_and_not_invited(installation: Installation) -> None:
    dev = newcomer(installation, "dev", Role.DEVELOPER)

    refused = [
        dev.get(IMPORT),
        dev.get(f"{IMPORT}?archive=debian"),
        dev.send(IMPORT, name="lamps", suites="bookworm"),
        dev.send(AGAIN),
    ]

    assert [answer.status_code for answer in refused] == [403] * 4
    assert IMPORT not in dev.text("/archives")
    assert "Import again" not in dev.text("/archives/debian/")
    assert installation.client().get(IMPORT).headers["location"].startswith("/sign-in")
    assert installation.do_jobs() == []


def test_a_form_of_elsewhere_imports_nothing(
    installation: Installation, administrator: Visitor
) -> None:
    foreign = administrator.client.post(
        AGAIN,
        data={"form_token": administrator.form_token},
        headers={"Origin": "https://elsewhere.example.org"},
    )
    without_token = administrator.send(AGAIN, form_token="0" * 64)

    assert [foreign.status_code, without_token.status_code] == [403, 403]
    assert installation.do_jobs() == []


def test_what_is_not_imported_cannot_be_imported_again(administrator: Visitor) -> None:
    assert administrator.send("/archives/trial/import-again").status_code == 409
    assert administrator.send("/archives/nobody/import-again").status_code == 404
