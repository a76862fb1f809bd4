"""Indices in pieces: what gzip, Python and apt read, and what others take over from them."""

import gzip
import hashlib
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vostok.adapters.chunked_gzip import GzipChunks
from vostok.domain.index_chunks import key_of
from vostok.errors import InvalidInputError
from vostok.services.ports import KnownIndex

CHUNKS = GzipChunks()
PIECES = [f"Package: p{number}\nVersion: {number}\n\n".encode() * 50 for number in range(7)]


def packed(pieces: Sequence[bytes]) -> bytes:
    whole = b"".join(pieces)
    members = [CHUNKS.packed(key_of([n]), n, piece) for n, piece in enumerate(pieces)]
    return b"".join([*members, CHUNKS.end(len(whole), hashlib.sha256(whole).hexdigest())])


def known(tmp_path: Path, data: bytes) -> KnownIndex | None:
    path = tmp_path / "index.gz"
    path.write_bytes(data)
    return CHUNKS.known(path)


@given(st.lists(st.binary(max_size=3_000), max_size=4))
def test_the_pieces_are_one_file_for_whoever_unpacks_it(pieces: list[bytes]) -> None:
    data = packed(pieces)

    assert gzip.decompress(data) == b"".join(pieces)
    assert packed(pieces) == data


@pytest.mark.debian
@pytest.mark.parametrize("pieces", [PIECES, []])
@pytest.mark.parametrize("command", [["zcat"], ["gzip", "--decompress", "--stdout"]])
def test_gzip_itself_reads_it(tmp_path: Path, pieces: list[bytes], command: list[str]) -> None:
    path = tmp_path / "index.gz"
    path.write_bytes(packed(pieces))

    done = subprocess.run([*command, str(path)], capture_output=True, check=True, timeout=10)

    assert done.stdout == b"".join(pieces)


@pytest.mark.debian
def test_apt_reads_every_package_of_it(tmp_path: Path) -> None:
    paragraphs = [
        f"Package: p{number}\nVersion: 1\nArchitecture: all\nFilename: ./p{number}.deb\n"
        f"Size: 1\nSHA256: {'0' * 64}\nDescription: x\n\n".encode()
        for number in range(500)
    ]
    pieces = [b"".join(paragraphs[start : start + 60]) for start in range(0, 500, 60)]
    repository = tmp_path / "repository"
    repository.mkdir()
    data, plain = packed(pieces), b"".join(pieces)
    (repository / "Packages.gz").write_bytes(data)
    (repository / "Release").write_text(
        "Date: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n"
        + "".join(
            f" {hashlib.sha256(content).hexdigest()} {len(content)} {name}\n"
            for name, content in (("Packages.gz", data), ("Packages", plain))
        )
    )

    names = apt_package_names(tmp_path, repository)

    assert names == {f"p{number}" for number in range(500)}


def apt_package_names(root: Path, repository: Path) -> set[str]:
    """What apt knows after an update from a repository without signature."""
    for directory in ("state/lists/partial", "cache/archives/partial", "etc"):
        (root / directory).mkdir(parents=True)
    (root / "status").touch()
    (root / "etc/sources.list").write_text(f"deb [trusted=yes] copy:{repository} ./\n")
    options = {
        "Dir::State": root / "state", "Dir::State::status": root / "status",
        "Dir::Cache": root / "cache", "Dir::Etc": root / "etc", "APT::Sandbox::User": "root",
        "APT::Architecture": "amd64", "APT::Get::List-Cleanup": "no",
    }  # fmt: skip
    words = [f"-o{name}={value}" for name, value in options.items()]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "APT_CONFIG": "/dev/null"}
    subprocess.run(["apt-get", "update", *words], env=environment, check=True, timeout=60)
    listed = subprocess.run(
        ["apt-cache", "pkgnames", *words],
        env=environment, check=True, timeout=60, capture_output=True, text=True,
    )  # fmt: skip
    return set(listed.stdout.split())


def test_pieces_are_found_by_their_keys_with_their_weights(tmp_path: Path) -> None:
    index = known(tmp_path, packed(PIECES))

    assert index is not None
    assert index.keys == tuple(key_of([n]) for n in range(7))
    assert index.weight == sum(range(7))
    assert (index.plain_size, index.plain_sha256) == (
        len(b"".join(PIECES)), hashlib.sha256(b"".join(PIECES)).hexdigest(),
    )  # fmt: skip
    for number, piece in enumerate(PIECES):
        chunk = index.find(key_of([number]))
        assert chunk is not None
        assert (CHUNKS.unpacked(chunk.packed), chunk.weight) == (piece, number)
    assert index.find(key_of([99])) is None


@pytest.mark.parametrize(
    "data",
    [b"", b"\x1f\x8b", gzip.compress(b"x" * 1000), packed(PIECES)[:-3], b"plain" * 100],
    ids=["empty", "cut short at once", "without pieces", "cut short", "plain"],
)
def test_another_file_has_no_pieces(tmp_path: Path, data: bytes) -> None:
    assert known(tmp_path, data) is None


def test_a_file_that_is_not_there_has_no_pieces(tmp_path: Path) -> None:
    assert CHUNKS.known(tmp_path / "absent") is None


def test_a_damaged_piece_is_not_unpacked(tmp_path: Path) -> None:
    data = bytearray(packed(PIECES))
    data[len(data) // 2] ^= 0xFF
    index = known(tmp_path, bytes(data))
    assert index is not None

    damaged = 0
    for number, piece in enumerate(PIECES):
        chunk = index.find(key_of([number]))
        try:
            assert chunk is not None
            assert CHUNKS.unpacked(chunk.packed) == piece
        except (InvalidInputError, AssertionError):
            damaged += 1

    assert damaged == 1
