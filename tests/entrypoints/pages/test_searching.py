"""The search of the head of every page."""

import csv
import io

import pytest
from tests.entrypoints.installation import ADMINISTRATOR, Installation
from tests.entrypoints.pages.visitor import add_person, sign_in

from vostok.domain.access import Role


def test_archives_sources_and_builds_are_found(unchanged: Installation) -> None:
    client = unchanged.client()

    text = client.get("/search", params={"q": " LAMP "}).text
    document = client.get("/search.json", params={"q": "lamp"}).json()
    archives = client.get("/search.csv", params={"q": "tri", "table": "archives"}).text

    assert 'href="/archives/trial/packages?q=lamp"' in text
    assert 'href="/archives/trial/builds/lamp/1/amd64"' in text
    assert [(each["name"], each["archive"]) for each in document["sources"]] == [
        ("lamp", "debian"),
        ("lamp", "trial"),
    ]
    assert [row["name"] for row in csv.DictReader(io.StringIO(archives, newline=""))] == ["trial"]


def test_what_is_not_found_says_so(unchanged: Installation) -> None:
    text = unchanged.client().get("/search", params={"q": "<b>nothing"}).text

    assert "No archive, source or build" in text
    assert "&lt;b&gt;nothing" in text
    assert "<b>nothing" not in text


@pytest.mark.parametrize("text", ["trial", "lamp", "manual"])
def test_an_outsider_finds_nothing_of_a_private_archive(
    installation: Installation, text: str
) -> None:
    installation.services.rights.set_private(ADMINISTRATOR, "trial", is_private=True)
    installation.services.rights.set_private(ADMINISTRATOR, "debian", is_private=True)
    add_person(installation, "eve", Role.DEVELOPER)

    for client in (installation.client(), sign_in(installation, "eve").client):
        found = client.get("/search.json", params={"q": text}).json()

        assert found == {"text": text, "archives": [], "sources": [], "builds": [], "more": []}
