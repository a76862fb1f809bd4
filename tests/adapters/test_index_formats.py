"""Index files: what apt's parser makes of them, packed in every way, broken in every way."""

import bz2
import gzip
import hashlib
import lzma
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vostok.adapters import index_formats
from vostok.adapters.index_formats import AptIndexFormats
from vostok.errors import InvalidInputError
from vostok.services.ports import PlainForm

TEXT = (
    "Package: hello\nVersion: 1.2-3\nDescription: says hello\n in two lines\n .\n and more\n"
    "\nPackage: tree\nVersion: 2\nX-Odd: \u00e4\n"
)
FORMATS = AptIndexFormats()


def plain(data: bytes) -> bytes:
    return data


PACKED: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("Packages", plain), ("Packages.gz", gzip.compress), ("Packages.xz", lzma.compress),
]  # fmt: skip


def written(directory: Path, data: bytes) -> Path:
    path = directory / "stored-under-its-hash"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(("name", "pack"), PACKED)
def test_paragraphs_are_read_as_they_are(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes]
) -> None:
    path = written(tmp_path, pack(TEXT.encode()))

    found = list(FORMATS.paragraphs(path, name))

    first, second = TEXT.split("\n\n")
    assert found == [f"{first}\n".encode(), second.encode()]


@pytest.mark.parametrize(("name", "pack"), PACKED)
@given(
    paragraphs=st.lists(
        st.binary(min_size=1, max_size=40).filter(lambda b: b"\n" not in b), max_size=30
    ),
    gaps=st.integers(2, 5),
    piece=st.integers(1, 20),
)
def test_cuts_between_pieces_change_nothing(
    name: str, pack: Callable[[bytes], bytes], paragraphs: list[bytes], gaps: int, piece: int
) -> None:
    with tempfile.TemporaryDirectory() as directory, pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_formats, "PIECE_BYTES", piece)
        path = written(Path(directory), pack((b"\n" * gaps).join(paragraphs)))

        found = list(FORMATS.paragraphs(path, name))

    assert found == [paragraph + b"\n" for paragraph in paragraphs]


def test_an_xz_file_of_several_streams_is_read_whole(tmp_path: Path) -> None:
    packed = lzma.compress(b"Package: a\n\n") + b"\0" * 8 + lzma.compress(b"Package: b\n")

    found = list(FORMATS.paragraphs(written(tmp_path, packed), "Packages.xz"))

    assert found == [b"Package: a\n", b"Package: b\n"]


def test_an_index_that_needs_too_much_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_formats, "XZ_MEMORY_BYTES_MAX", 1 << 20)
    path = written(tmp_path, lzma.compress(TEXT.encode(), preset=9))

    with pytest.raises(InvalidInputError, match="cannot be unpacked"):
        list(FORMATS.paragraphs(path, "Packages.xz"))


@pytest.mark.parametrize("end", [b"", b"\n\nPackage: b\n"])
def test_a_paragraph_over_its_bound_is_refused_with_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: bytes
) -> None:
    monkeypatch.setattr(index_formats, "PARAGRAPH_BYTES_MAX", 100)
    path = written(tmp_path, b"Package: a\n\nPackage: long\nX: " + b"x" * 100 + end)

    with pytest.raises(InvalidInputError, match="Packages, paragraph 2: it is longer than 100"):
        list(FORMATS.paragraphs(path, "Packages"))


@pytest.mark.parametrize("name", ["Packages", "Packages.gz", "Packages.xz"])
def test_an_empty_index_has_no_paragraphs(tmp_path: Path, name: str) -> None:
    pack = dict(PACKED)[name]

    assert list(FORMATS.paragraphs(written(tmp_path, pack(b"")), name)) == []


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("Packages.gz", b"not packed"),
        ("Packages.xz", b"not packed"),
        ("Packages.gz", gzip.compress(TEXT.encode(), mtime=0)[:-9]),
        ("Packages.xz", lzma.compress(TEXT.encode() * 99)[:-20]),
        ("Packages.gz", bz2.compress(TEXT.encode())),
        ("Packages.gz", gzip.compress(TEXT.encode(), mtime=0)[:20] + b"\xff" * 30),
    ],
)
def test_a_broken_index_is_named(tmp_path: Path, name: str, data: bytes) -> None:
    with pytest.raises(InvalidInputError, match=f"{name} cannot be unpacked"):
        list(FORMATS.paragraphs(written(tmp_path, data), name))


def test_an_index_over_its_bound_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_formats, "UNPACKED_BYTES_MAX", 1000)
    path = written(tmp_path, gzip.compress(b"Package: x\n" * 1000))

    with pytest.raises(InvalidInputError, match="larger than 1000 bytes unpacked"):
        list(FORMATS.paragraphs(path, "Packages.gz"))


@pytest.mark.parametrize(("name", "pack"), PACKED)
@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (TEXT[:-1], "has more than the 116 bytes unpacked that its Release names"),
        (f"{TEXT}\n", "has 117 bytes unpacked, its Release names 118"),
        (TEXT.upper(), "has the SHA-256 .* unpacked, its Release names"),
    ],
)
def test_what_is_not_as_its_release_says_unpacked_is_refused(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes], said: str, sentence: str
) -> None:
    path = written(tmp_path, pack(TEXT.encode()))
    plain_form = PlainForm(
        size=len(said.encode()), sha256=hashlib.sha256(said.encode()).hexdigest()
    )

    with pytest.raises(InvalidInputError, match=f"{name} {sentence}"):
        list(FORMATS.paragraphs(path, name, plain_form))


def test_what_unpacks_to_far_more_than_is_said_is_not_unpacked_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_formats, "PIECE_BYTES", 100)
    path = written(tmp_path, lzma.compress(b"\n" * 100_000)[:-30])  # its end is not there

    with pytest.raises(InvalidInputError, match="has more than the 7 bytes"):
        list(FORMATS.paragraphs(path, "Packages.xz", PlainForm(size=7, sha256="0" * 64)))
