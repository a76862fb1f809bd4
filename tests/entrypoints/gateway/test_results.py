"""How an attempt ends: once, whatever is sent how often and when."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.entrypoints.gateway.conftest import RunningAttempt
from tests.entrypoints.installation import (
    Builder,
    Document,
    Installation,
    address,
    built_lamp,
    result_document,
    token,
)


def build_of(installation: Installation, claim: Document) -> Document:
    build: Document = installation.client().get(f"/api/v1/builds/{claim['build_id']}").json()
    return build


def test_a_good_build_is_accepted(
    installation: Installation, builder: Builder, tmp_path: Path
) -> None:
    claim = builder.claim_of("lamp")
    files = built_lamp(claim, tmp_path)
    for file in files:
        builder.send(claim, file)

    builder.report(claim, outcome="built", files=[file.name for file in files])
    waiting = build_of(installation, claim)["state"]
    installation.settle(claim["attempt_id"])

    assert waiting == "uploading"
    assert build_of(installation, claim)["state"] == "built"


def test_a_build_whose_files_are_not_those_of_the_changes_is_refused(
    installation: Installation, builder: Builder, tmp_path: Path
) -> None:
    claim = builder.claim_of("lamp")
    files = built_lamp(claim, tmp_path)
    files[0].write_bytes(files[0].read_bytes() + b"\n")
    for file in files:
        builder.send(claim, file)

    builder.report(claim, outcome="built", files=[file.name for file in files])
    installation.settle(claim["attempt_id"])

    build = build_of(installation, claim)
    assert build["state"] == "failed-to-upload"
    assert "lamp_1.0Xtrial1_amd64.deb has" in build["sentence"]


def test_the_first_result_counts(installation: Installation, builder: Builder) -> None:
    claim = builder.claim()

    builder.report(claim, sentence="the first")
    builder.report(claim, outcome="chroot-problem", sentence="the second")
    installation.settle(claim["attempt_id"])

    build = build_of(installation, claim)
    assert (build["state"], build["sentence"]) == ("failed", "the first")


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        ("failed", "failed"),
        ("bd-uninstallable", "bd-uninstallable"),
        ("chroot-problem", "chroot-problem"),
        ("source-unavailable", "source-unavailable"),
        ("builder-problem", "needs-build"),
    ],
)
def test_each_outcome_is_an_answer_of_its_own(
    installation: Installation, builder: Builder, outcome: str, state: str
) -> None:
    claim = builder.claim()

    builder.report(claim, outcome=outcome, sentence="so it was")
    installation.settle(claim["attempt_id"])

    build = build_of(installation, claim)
    assert build["state"] == state
    assert "so it was" in build["sentence"]


def test_what_a_cancelled_attempt_brings_is_not_taken(
    installation: Installation, builder: Builder, administrator: TestClient, tmp_path: Path
) -> None:
    claim = builder.claim_of("lamp")
    files = built_lamp(claim, tmp_path)
    for file in files:
        builder.send(claim, file)
    administrator.post(f"/api/v1/builds/{claim['build_id']}/cancellations")

    builder.report(claim, outcome="built", files=[file.name for file in files])
    installation.settle(claim["attempt_id"])

    build = build_of(installation, claim)
    assert build["state"] == "cancelled"
    assert administrator.get("/api/v1/archives/trial").json()["publications"] == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("outcome", "splendid"),
        ("outcome", None),
        ("stage", "lunch"),
        ("sentence", "x" * 65_537),
        ("files", ["../lamp.deb"]),
        ("files", ["lamp.deb"] * 10_001),
        ("space_bytes", -1),
        ("seconds", {"total": "long"}),
        ("proof", {"verdict": "fine"}),
    ],
)
def test_a_result_that_is_none_is_refused_and_the_attempt_goes_on(
    running: RunningAttempt, field: str, value: object
) -> None:
    builder, claim = running.builder, running.claim

    answer = builder.client.post(
        f"{address(claim)}/result", json=result_document(**{field: value}), headers=token(claim)
    )

    assert answer.status_code == 422
    assert field in answer.json()["detail"]
    assert running.build["state"] == "building"


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'"built"'])
def test_a_result_that_is_no_object_is_refused(running: RunningAttempt, content: bytes) -> None:
    builder, claim = running.builder, running.claim

    answer = builder.client.post(
        f"{address(claim)}/result",
        content=content,
        headers={**token(claim), "Content-Type": "application/json"},
    )

    assert answer.status_code in {400, 422}


def test_a_result_beyond_its_bound_is_refused(running: RunningAttempt) -> None:
    builder, claim = running.builder, running.claim

    answer = builder.client.post(
        f"{address(claim)}/result",
        content=b" " * ((32 << 20) + 1),
        headers={**token(claim), "Content-Type": "application/json"},
    )

    assert answer.status_code == 413


def test_null_characters_in_a_result_do_not_stop_it(
    installation: Installation, builder: Builder
) -> None:
    claim = builder.claim()

    builder.report(claim, sentence="a\x00b", excerpt="c\x00d\x1b[0m", environment={"k": "\x00"})
    installation.settle(claim["attempt_id"])

    build = build_of(installation, claim)
    assert build["state"] == "failed"
    assert build["sentence"] == "a\ufffdb"
    assert build["attempts"][0]["excerpt"] == "c\ufffdd\x1b[0m"
    assert build["attempts"][0]["environment"] == {"k": "\ufffd"}


@pytest.mark.parametrize(
    "more",
    [
        b'"seconds": {"total": NaN}',
        b'"seconds": {"total": 1e400}',
        b'"seconds": {"total": -Infinity}',
        b'"space_bytes": ' + b"9" * 40,
        b'"proof": ' + b"[" * 900 + b"]" * 900,
        b'"seconds": {' + b", ".join(b'"%d": 1' % number for number in range(101)) + b"}",
    ],
    ids=["not a number", "beyond all", "below all", "large", "deep", "many"],
)
def test_a_result_that_could_not_be_shown_again_is_refused(
    running: RunningAttempt, more: bytes
) -> None:
    claim = running.claim
    content = b'{"outcome": "failed", "stage": "build", "sentence": "x", ' + more + b"}"

    answer = running.builder.client.post(
        f"{address(claim)}/result",
        content=content,
        headers={**token(claim), "Content-Type": "application/json"},
    )

    assert answer.status_code == 422
    assert "the result is not acceptable" in answer.json()["detail"]


def test_text_of_a_result_that_no_database_keeps_is_replaced(
    installation: Installation, builder: Builder
) -> None:
    claim = builder.claim_of("lamp")

    builder.report(claim, sentence="a\x00b", environment={"A\x00": "\x00"})
    installation.settle(claim["attempt_id"])

    assert "a\ufffdb" in build_of(installation, claim)["sentence"]
