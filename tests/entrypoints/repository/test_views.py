"""The door through which one attempt, and nobody else, sees what it may build with."""

import gzip
import hashlib
import shutil
from pathlib import Path

import pytest
from tests.entrypoints.installation import (
    ADMIN,
    BUILDER,
    Builder,
    Document,
    Installation,
    installation_in,
    token,
)


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, filled_root: Path
) -> tuple[Builder, Document]:
    """An attempt for tests that only look, and its builder."""
    root = tmp_path_factory.mktemp("running") / "root"
    shutil.copytree(filled_root, root)
    builder = Builder(installation_in(root))
    return builder, builder.claim_of("lamp")


def view_of(claim: Document) -> str:
    """The path of a claim's view."""
    address = str(claim["view"]["sources_deb822"]).split("URIs: ")[1].split("\n")[0]
    return "/views/" + address.split("/views/")[1]


def test_a_view_is_a_signed_repository_of_everything(running: tuple[Builder, Document]) -> None:
    builder, claim = running
    view = view_of(claim)

    release = builder.client.get(f"{view}/dists/bookworm/InRelease")
    packed = builder.client.get(f"{view}/dists/bookworm/main/binary-amd64/Packages.gz")

    text = gzip.decompress(packed.content).decode()
    names = [line.split()[1] for line in text.splitlines() if line.startswith("Package:")]
    assert release.text.startswith("-----BEGIN PGP SIGNED MESSAGE-----")
    assert hashlib.sha256(packed.content).hexdigest() in release.text
    assert names == ["lamp", "lamp-data", "manual"]


def test_a_view_gives_packages_and_indices_by_hash(running: tuple[Builder, Document]) -> None:
    builder, claim = running
    view = view_of(claim)
    index = builder.client.get(f"{view}/dists/bookworm/main/binary-amd64/Packages.gz")
    digest = hashlib.sha256(index.content).hexdigest()

    by_hash = builder.client.get(
        f"{view}/dists/bookworm/main/binary-amd64/by-hash/SHA256/{digest}"
    )
    package = builder.client.get(f"{view}/pool/lamp_1.0_amd64.deb")

    assert by_hash.content == index.content
    assert package.content.startswith(b"!<arch>\n")


def test_no_shared_cache_keeps_what_is_below_a_token(running: tuple[Builder, Document]) -> None:
    builder, claim = running
    view = view_of(claim)

    for path in ("dists/bookworm/InRelease", "pool/lamp_1.0_amd64.deb"):
        answer = builder.client.get(f"{view}/{path}")

        assert answer.headers["cache-control"].startswith("private")


@pytest.mark.parametrize("wrong", ["", "x", "A" * 32, "%2e%2e", "x" * 5000])
def test_a_wrong_token_opens_no_view(unchanged: Installation, wrong: str) -> None:
    answer = unchanged.client(ADMIN).get(f"/views/{wrong}/dists/bookworm/InRelease")

    assert answer.status_code in {404, 410}


def test_other_tokens_open_no_view(running: tuple[Builder, Document]) -> None:
    builder, claim = running
    others = [claim["attempt_token"], BUILDER["Authorization"].split()[1]]

    for other in others:
        answer = builder.client.get(f"/views/{other}/dists/bookworm/InRelease")

        assert answer.status_code == 410


def test_a_view_ends_with_its_attempt(installation: Installation, builder: Builder) -> None:
    claim = builder.claim()
    place = f"{view_of(claim)}/dists/bookworm/InRelease"
    before = builder.client.get(place)
    builder.report(claim)
    installation.settle(claim["attempt_id"])

    after = builder.client.get(place)

    assert (before.status_code, after.status_code) == (200, 410)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_view_is_read_only(running: tuple[Builder, Document], method: str) -> None:
    builder, claim = running
    view = view_of(claim)

    answer = builder.client.request(method, f"{view}/dists/bookworm/InRelease", content=b"x")

    assert answer.status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "",
        "dists/bookworm/",
        "dists/sid/InRelease",
        "InRelease",
        "main/binary-amd64/Packages.gz",
        "dists/bookworm/dists/bookworm/InRelease",
        "dists/bookworm/%2e%2e/%2e%2e/%2e%2e/vostok.db",
        "dists/bookworm/by-hash/SHA256/" + "0" * 64,
        "pool/%2e%2e/vostok.db",
        "pool/lamp_1.0.dsc",
        "x" * 5000,
    ],
)
def test_a_view_has_nothing_else(running: tuple[Builder, Document], path: str) -> None:
    builder, claim = running

    answer = builder.client.get(f"{view_of(claim)}/{path}", headers=token(claim))

    assert answer.status_code == 404
