"""What a builder is offered."""

import re

import pytest
from tests.entrypoints.gateway.conftest import RunningAttempt
from tests.entrypoints.installation import (
    ADMIN,
    BUILDER,
    Builder,
    Installation,
    address,
    token,
)

from vostok.domain.attempt import claim_from_json

CLAIM = {"builder": "host-1", "architectures": ["amd64"]}


def test_a_claim_is_all_that_a_builder_needs(builder: Builder) -> None:
    document = builder.claim_of("lamp")

    claim = claim_from_json(document)

    assert claim.archive == "trial"
    assert (claim.source.name, claim.source.version) == ("lamp", "1.0")
    assert {file.name for file in claim.source.files} == {"lamp_1.0.dsc", "lamp_1.0.tar.xz"}
    assert (claim.architecture, claim.part, claim.version) == ("amd64", "any", "1.0Xtrial1")
    assert claim.changelog_entry.startswith("lamp (1.0Xtrial1) bookworm; ")
    assert "binary-only=yes" in claim.changelog_entry
    assert "rebuild-1.attempt-1" in claim.log_name


def test_what_builds_for_all_gets_a_source_of_its_own(builder: Builder) -> None:
    claim = claim_from_json(builder.claim_of("manual"))

    assert (claim.architecture, claim.part, claim.source.version) == ("amd64", "all", "1.0Xtrial1")
    assert claim.changelog_entry == ""


def test_the_view_is_below_the_address_by_which_the_builder_came(builder: Builder) -> None:
    answer = builder.client.post(
        "/builder/claim", json=CLAIM, headers={**BUILDER, "Host": "internal.example.org:8600"}
    )

    sources = answer.json()["view"]["sources_deb822"]
    assert re.search(
        r"^URIs: http://internal\.example\.org:8600/views/\S+$", sources, re.MULTILINE
    )
    assert re.search(r"^Components: main debug toolchain$", sources, re.MULTILINE)
    assert "-----BEGIN PGP PUBLIC KEY BLOCK-----" in sources


def test_a_build_is_offered_once(builder: Builder) -> None:
    first, second = builder.claim(), builder.claim()

    third = builder.client.post("/builder/claim", json=CLAIM, headers=BUILDER)

    assert first["build_id"] != second["build_id"]
    assert (third.status_code, third.content) == (204, b"")


def test_a_builder_of_another_architecture_is_offered_nothing(builder: Builder) -> None:
    answer = builder.client.post(
        "/builder/claim", json={**CLAIM, "architectures": ["arm64"]}, headers=BUILDER
    )

    assert answer.status_code == 204


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"builder": "", "architectures": ["amd64"]},
        {"builder": "../host", "architectures": ["amd64"]},
        {"builder": "host\n1", "architectures": ["amd64"]},
        {"builder": "h" * 64, "architectures": ["amd64"]},
        {"builder": "host-1", "architectures": []},
        {"builder": "host-1", "architectures": ["AMD64"]},
        {"builder": "host-1", "architectures": ["amd64\n"]},
        {"builder": "host-1", "architectures": ["amd64"] * 17},
        {"builder": "<script>", "architectures": ["amd64"]},
    ],
)
def test_a_strange_name_is_refused_and_nothing_is_given_away(
    unchanged: Installation, body: dict[str, object]
) -> None:
    answer = unchanged.client(BUILDER).post("/builder/claim", json=body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert unchanged.client().get("/api/v1/status").json()["builders"] == []


def test_the_source_is_sent_as_the_parent_has_it(builder: Builder) -> None:
    claim = builder.claim_of("lamp")
    sizes = {file["name"]: file["size"] for file in claim["source"]["files"]}

    answers = {
        name: builder.client.get(f"{address(claim)}/source/{name}", headers=token(claim))
        for name in sizes
    }

    assert {name: len(answer.content) for name, answer in answers.items()} == sizes
    assert answers["lamp_1.0.dsc"].content.startswith(b"Format: 3.0 (native)")


@pytest.mark.parametrize(
    "name",
    ["manual_1.0.dsc", "..", "%2e%2e", "%2e%2e%2f%2e%2e%2fvostok.db", "../../x", "x" * 999],
)
def test_no_other_file_is_sent_to_an_attempt(running: RunningAttempt, name: str) -> None:
    claim = running.claim

    answer = running.builder.client.get(f"{address(claim)}/source/{name}", headers=token(claim))

    assert answer.status_code in {404, 405}


def test_the_archives_that_exist_are_told_by_number(
    installation: Installation, builder: Builder
) -> None:
    before = builder.client.get("/builder/archives", headers=BUILDER).json()
    installation.client(ADMIN).delete("/api/v1/archives/trial")
    installation.do_jobs()

    after = builder.client.get("/builder/archives", headers=BUILDER).json()

    assert len(before["archive_ids"]) == 2
    assert len(after["archive_ids"]) == 1


def test_a_chroot_is_offered_again_to_builds_that_see_the_same(builder: Builder) -> None:
    first = builder.claim()
    manifest = {
        "recipe": "mmdebstrap buildd 1",
        "packages": [{"name": "lamp-data", "version": "1.0", "architecture": "all"}],
    }

    key = builder.client.post(
        f"{address(first)}/chroots", json=manifest, headers=token(first)
    ).json()["key"]

    assert builder.claim()["chroot_keys"] == [key]
    assert first["chroot_keys"] == []


@pytest.mark.parametrize("body", [[], {}, {"recipe": "x", "packages": [{"name": "a"}]}, "text"])
def test_a_manifest_that_is_none_is_refused(running: RunningAttempt, body: object) -> None:
    claim = running.claim

    place = f"{address(claim)}/chroots"
    answer = running.builder.client.post(place, json=body, headers=token(claim))

    assert answer.status_code == 422
    assert answer.json()["detail"]
