"""What builder and server accept from each other."""

from dataclasses import replace

import pytest
from tests.adapters.builder.probe import limits

from vostok.domain.attempt import (
    AttemptResult,
    ChrootManifest,
    Claim,
    ClaimedSource,
    ClaimedToolchain,
    ClaimedView,
    InstalledPackage,
    Outcome,
    SourceFile,
    Stage,
    claim_from_json,
    claim_to_json,
    manifest_from_json,
    manifest_to_json,
    result_from_json,
    result_to_json,
)
from vostok.domain.build import Part
from vostok.domain.compiler_proof import unproved
from vostok.errors import InvalidInputError

CLAIM = Claim(
    attempt_id=12,
    attempt_token="secret",  # noqa: S106 - of no server
    archive_id=3,
    archive="trial",
    codename="bookworm",
    build_id=7,
    attempt=1,
    rebuild_no=1,
    log_name="hello_2.10-3Xtrial1_amd64.build-1.attempt-1.log",
    source=ClaimedSource(
        name="hello",
        version="2.10-3",
        dsc="hello_2.10-3.dsc",
        files=(SourceFile(name="hello_2.10-3.dsc", size=1, sha256="0" * 64),),
    ),
    architecture="amd64",
    part=Part.ANY,
    version="2.10-3Xtrial1",
    changelog_entry="hello (2.10-3Xtrial1) bookworm; urgency=low, binary-only=yes\n",
    view=ClaimedView(sources_deb822="Types: deb\n"),
    chroot_keys=("ab12",),
    environment={"K": "V"},
    build_options=("parallel=2",),
    build_profiles=("nocheck",),
    toolchain=ClaimedToolchain(name="gcc-11", revision=1, producers=(r"GNU C[0-9]* 11\.",)),
    limits=limits(),
    heartbeat_seconds=5.0,
)
RESULT = AttemptResult(
    outcome=Outcome.BUILT,
    stage=Stage.BUILD,
    sentence="built",
    files=("hello_2.10-3Xtrial1_amd64.deb",),
    seconds={"total": 1.5},
    space_bytes=1,
    proof=unproved("it was a test"),
    environment={"sbuild": "0.85.0"},
)


@pytest.mark.parametrize("claim", [CLAIM, replace(CLAIM, toolchain=None, part=Part.ALL)])
def test_a_claim_survives_its_own_json(claim: Claim) -> None:
    assert claim_from_json(claim_to_json(claim)) == claim


@pytest.mark.parametrize("result", [RESULT, replace(RESULT, proof=None, files=())])
def test_a_result_survives_its_own_json(result: AttemptResult) -> None:
    assert result_from_json(result_to_json(result)) == result


def test_a_manifest_survives_its_own_json() -> None:
    package = InstalledPackage(name="bash", version="5.2-1", architecture="amd64")
    manifest = ChrootManifest(recipe="recipe 1", packages=(package,))

    assert manifest_from_json(manifest_to_json(manifest)) == manifest


def test_fields_of_a_newer_server_are_ignored() -> None:
    assert claim_from_json({**claim_to_json(CLAIM), "new_field": 1}) == CLAIM


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("environment", {"A B": "x"}),
        ("build_profiles", ["a,b"]),
        ("build_options", ["a b"]),
        ("chroot_keys", ["../x"]),
        ("codename", "book worm"),
        ("architecture", "-amd64"),
        ("view", {"sources_deb822": "Types: deb %SBUILD_DSC"}),
        ("toolchain", {"name": "x", "revision": 1, "producers": ["("]}),
        ("toolchain", {"name": "x", "revision": 1, "producers": ["(a)\\1"]}),
        ("toolchain", {"name": "x", "revision": 1, "producers": ["x"] * 101}),
        ("part", "source"),
        ("heartbeat_seconds", 0),
        ("limits", {}),
    ],
)
def test_a_claim_that_could_harm_the_builder_is_refused_by_name(field: str, value: object) -> None:
    document = {**claim_to_json(CLAIM), field: value}

    with pytest.raises(InvalidInputError, match=field):
        claim_from_json(document)


@pytest.mark.parametrize("name", ["../etc/passwd", "a/b", ".hidden", "-x", "a\nb", ""])
def test_a_file_name_that_leaves_its_directory_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="files"):
        result_from_json({**result_to_json(RESULT), "files": [name]})


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InvalidInputError) as caught:
        claim_from_json({**claim_to_json(CLAIM), "codename": "", "architecture": ""})

    assert "codename" in str(caught.value)
    assert "architecture" in str(caught.value)
