"""The benchmark of archives, on a suite of a few packages: each row of it can be measured."""

import hashlib
import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bench import archives

COUNT = 30
ARCHITECTURE_OF = ("any", "all", "any all")


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one run writes, with SQLite and both peers."""
    root = tmp_path_factory.mktemp("bench")
    write_suite(root / "cache" / "sid")
    file = root / "figures.json"

    status = archives.main(
        ["--cache", str(root / "cache"), "--databases", "sqlite", "--work", str(root),
         "--json", str(file)]
    )  # fmt: skip

    assert status == 0
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def write_suite(directory: Path) -> None:
    """A suite as the benchmark would have downloaded it; nothing checks its signature."""
    directory.mkdir(parents=True)
    texts = {"Packages.xz": "\n".join(binaries()), "Sources.xz": "\n".join(sources())}
    listed = []
    for name, path in (
        ("Packages.xz", "main/binary-amd64/Packages.xz"),
        ("Sources.xz", "main/source/Sources.xz"),
    ):
        data = lzma.compress(texts[name].encode())
        (directory / name).write_bytes(data)
        listed.append(f" {hashlib.sha256(data).hexdigest()} {len(data)} {path}")
    release = "\n".join(
        ["Origin: Debian", "Suite: unstable", "Codename: sid", "Architectures: amd64",
         "Components: main", "Date: Sat, 01 Nov 2025 00:00:00 UTC", "SHA256:", *listed]
    )  # fmt: skip
    (directory / "InRelease").write_text(
        f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n{release}\n"
        "-----BEGIN PGP SIGNATURE-----\n-----END PGP SIGNATURE-----\n"
    )


def names() -> list[str]:
    return ["openssl", *(f"tool{number}" for number in range(COUNT))]


def sources() -> Iterator[str]:
    for number, name in enumerate(names()):
        digest = hashlib.sha256(name.encode()).hexdigest()
        yield (
            f"Package: {name}\nBinary: {name}\nVersion: 1.0-1\nMaintainer: A <a@example.org>\n"
            f"Build-Depends: libssl-dev\nArchitecture: {ARCHITECTURE_OF[number % 3]}\n"
            f"Directory: pool/main/{name[0]}/{name}\nSection: utils\n"
            f"Checksums-Sha256:\n {digest} 9 {name}_1.0-1.dsc\n"
            f"Files:\n {digest[:32]} 9 {name}_1.0-1.dsc\n"
        )


def binaries() -> Iterator[str]:
    for number, source in enumerate(names()):
        name = "libssl-dev" if source == "openssl" else source
        architecture = "all" if ARCHITECTURE_OF[number % 3] == "all" else "amd64"
        filename = f"pool/main/{source[0]}/{source}/{name}_1.0-1_{architecture}.deb"
        digest = hashlib.sha256(filename.encode()).hexdigest()
        essential = "Essential: yes\n" if number == 1 else ""
        yield (
            f"Package: {name}\nSource: {source}\nVersion: 1.0-1\nArchitecture: {architecture}\n"
            f"Maintainer: A <a@example.org>\n{essential}Section: utils\nPriority: optional\n"
            f"Filename: {filename}\nSize: 9\nMD5sum: {digest[:32]}\nSHA256: {digest}\n"
            f"Description: {name}\n"
        )


def test_each_row_was_measured(document: dict[str, Any]) -> None:
    missing = [row for row in document["rows"] if row["wall_seconds"] is None]

    assert missing == []
    assert {row["system"] for row in document["rows"]} == {"vostok, sqlite", "aptly", "reprepro"}
    assert all(row["cpu_seconds"] >= 0 for row in document["rows"])


def test_each_target_says_whether_it_is_reached(document: dict[str, Any]) -> None:
    targets = [target for row in document["rows"] for target in row["targets"]]

    assert {target["quantity"] for target in targets} == {
        "wall_seconds", "cpu_seconds", "peak_bytes",
    }  # fmt: skip
    assert all(isinstance(target["is_reached"], bool) for target in targets)


def test_what_the_peers_do_too_has_a_ratio_to_each_of_them(document: dict[str, Any]) -> None:
    compared = {row["task"]: set(row["peers"]) for row in document["rows"] if row["peers"]}

    assert compared == {
        "import": {"aptly", "reprepro"},
        "import-again": {"aptly", "reprepro"},
        "publish": {"aptly", "reprepro"},
        "publish-less-one": {"aptly", "reprepro"},
        "publish-removed": {"aptly", "reprepro"},
        "publish-rebuilt": {"aptly", "reprepro"},
        "import-percent": {"aptly", "reprepro"},
        "publish-percent": {"aptly", "reprepro"},
        "compare": {"aptly"},
        "delete": {"aptly", "reprepro"},
    }


def test_the_run_says_of_what_and_with_what(document: dict[str, Any]) -> None:
    assert document["input"] == {
        "suite": "sid", "architecture": "amd64", "sources": COUNT + 1, "binaries": COUNT + 1,
        "is_whole": True,
    }  # fmt: skip
    assert all(document["versions"][peer] for peer in ("aptly", "reprepro"))
