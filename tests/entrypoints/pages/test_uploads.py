"""The pages of uploads: what became of each, its files and builds, and how one uploads."""

import csv
import io
from contextlib import suppress
from pathlib import Path

import pytest
from tests.entrypoints.installation import ADMIN, ADMINISTRATOR, URL, Installation
from tests.entrypoints.pages.visitor import newcomer
from tests.entrypoints.uploads.test_dput import Workplace

from vostok.domain.access import Role
from vostok.errors import ConflictError

UPLOADS = "/archives/trial/uploads"


@pytest.fixture
def workplace(tmp_path: Path, installation: Installation) -> Workplace:
    place = tmp_path / "work"
    place.mkdir()
    return Workplace(place, installation, URL)


def send(workplace: Workplace, changes: Path) -> None:
    """A source upload by its person, without the network."""
    services = workplace.installation.services
    who = services.people.find_principal(workplace.token, address="192.0.2.1")
    assert who is not None
    stem = changes.name.removesuffix("_source.changes")
    files = [file for file in changes.parent.glob(f"{stem}*") if file != changes]
    for file in [*files, changes]:
        with suppress(ConflictError):  # it is recorded as refused
            services.uploading.put(who, "trial", file.name, [file.read_bytes()])


def test_an_accepted_and_a_refused_upload_are_listed_with_reasons_files_and_builds(
    installation: Installation, workplace: Workplace
) -> None:
    changes = workplace.source("2")
    send(workplace, changes)
    send(workplace, workplace.source("1"))
    workplace.leave()
    mia = newcomer(installation, "mia", Role.MEMBER)
    api = installation.client(ADMIN)

    listed = mia.text(UPLOADS)
    refused, accepted = mia.get(f"{UPLOADS}.json").json()["uploads"]
    page = mia.text(f"{UPLOADS}/{accepted['id']}")
    why = mia.text(f"{UPLOADS}/{refused['id']}")
    one = mia.get(f"{UPLOADS}/{accepted['id']}.json").json()
    rows = list(csv.DictReader(io.StringIO(mia.text(f"{UPLOADS}.csv"))))
    file = mia.get(f"{UPLOADS}/{accepted['id']}/files/{changes.name}")

    assert (accepted["state"], refused["state"]) == ("accepted", "refused")
    assert refused["sentence"] in listed
    assert refused["sentence"].lower() in why.lower()
    assert one == api.get(f"/api/v1{UPLOADS}/{accepted['id']}").json()
    assert [build["architecture"] for build in one["builds"]] == ["amd64"]
    assert 'href="/archives/trial/builds/cc/' in page
    assert [row["version"] for row in rows] == ["1", "2"]
    assert file.content.startswith(b"-----BEGIN PGP SIGNED MESSAGE-----")
    assert file.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in file.headers["content-security-policy"]


def test_an_archive_without_uploads_says_how_one_uploads(unchanged: Installation) -> None:
    page = unchanged.client().get(UPLOADS).text

    assert "Nobody has uploaded anything yet" in page
    assert "incoming = /upload/trial/TOKEN" in page
    assert unchanged.client().get(f"{UPLOADS}/1").status_code == 404
    assert unchanged.client().get(f"{UPLOADS}/x").status_code == 404


def test_uploads_of_a_private_archive_are_not_there(installation: Installation) -> None:
    installation.services.rights.set_private(ADMINISTRATOR, "trial", is_private=True)
    mia = newcomer(installation, "mia", Role.MEMBER)

    answers = [
        mia.get(f"{UPLOADS}{suffix}") for suffix in ("", ".json", ".csv", "/1", "/1/files/a")
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
