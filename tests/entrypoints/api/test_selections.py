"""Previews of selections through the API."""

from tests.entrypoints.installation import ADMIN, Installation

PREVIEW = "/api/v1/previews"


def test_a_preview_names_the_sources_with_reasons_and_counts(installation: Installation) -> None:
    client = installation.client(ADMIN)

    answer = client.post(PREVIEW, json={"parent": "debian/bookworm", "selection": "lamp"}).json()

    assert [row["reason"] for row in answer["selected"]] == ["name lamp"]
    assert answer["sources"]["count"] == 1
    assert answer["sources"]["bytes"] == answer["selected"][0]["bytes"] > 0
    assert sum(row["count"] for row in answer["binaries"]) > 0


def test_the_list_can_be_read_in_parts(installation: Installation) -> None:
    client = installation.client(ADMIN)
    asked = {"parent": "debian", "selection": "all"}

    whole = client.post(PREVIEW, json=asked).json()
    first = client.post(PREVIEW, json={**asked, "limit": 1}).json()
    rest = client.post(PREVIEW, json={**asked, "cursor": first["next"]}).json()

    assert first["sources"] == rest["sources"] == whole["sources"]
    assert first["selected"] + rest["selected"] == whole["selected"]
    assert len(first["selected"]) == 1
    assert rest["next"] is whole["next"] is None


def test_a_derived_archive_is_looked_at_as_a_rebuild_does(installation: Installation) -> None:
    client = installation.client(ADMIN)

    answer = client.post(PREVIEW, json={"parent": "trial", "selection": "all"})

    assert answer.status_code == 200


def test_faults_are_told_with_a_mark_under_the_character(installation: Installation) -> None:
    client = installation.client(ADMIN)

    answer = client.post(PREVIEW, json={"parent": "debian", "selection": "lamp, Wrong"})

    assert answer.status_code == 422
    assert "at character 7: 'Wrong' is not a name" in answer.json()["detail"]
    assert answer.json()["hint"].endswith("\n  lamp, Wrong\n        ^")


def test_an_unknown_suite_or_architecture_is_refused(installation: Installation) -> None:
    client = installation.client(ADMIN)

    assert (
        client.post(PREVIEW, json={"parent": "debian/sid", "selection": "all"}).status_code == 404
    )
    asked = {"parent": "debian", "selection": "all", "architectures": ["m68k"]}
    assert client.post(PREVIEW, json=asked).status_code == 422
