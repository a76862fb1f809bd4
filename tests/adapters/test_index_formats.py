"""Index files: what apt's parser makes of them, packed in every way, broken in every way."""

import bz2
import gzip
import lzma
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.strategies import hostile_texts

from vostok.adapters import index_formats
from vostok.adapters.index_formats import AptIndexFormats
from vostok.errors import InvalidInputError

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
def test_paragraphs_are_read_with_their_whole_text(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes]
) -> None:
    path = written(tmp_path, pack(TEXT.encode()))

    found = [(s["Package"], s[""], dict(s)) for s in FORMATS.stanzas(path, name)]

    first, second = TEXT.split("\n\n")
    assert [(package, text) for package, text, _ in found] == [
        ("hello", f"{first}\n"), ("tree", second),
    ]  # fmt: skip
    assert found[1][2] == {"Package": "tree", "Version": "2", "X-Odd": "ä"}


def test_a_paragraph_is_a_mapping(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT.encode())

    stanza = next(iter(FORMATS.stanzas(path, "Packages")))

    assert "Package" in stanza
    assert "package" in stanza
    assert "" in stanza
    assert "Nope" not in stanza
    assert stanza.get("Nope", "x") == "x"
    assert len(stanza) == 3
    with pytest.raises(KeyError):
        stanza["Nope"]


@pytest.mark.parametrize("name", ["Packages", "Packages.gz", "Packages.xz"])
def test_an_empty_index_has_no_paragraphs(tmp_path: Path, name: str) -> None:
    pack = dict(PACKED)[name]

    assert list(FORMATS.stanzas(written(tmp_path, pack(b"")), name)) == []


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("Packages.gz", b"not packed"),
        ("Packages.xz", b"not packed"),
        ("Packages.gz", gzip.compress(TEXT.encode())[:-9]),
        ("Packages.xz", lzma.compress(TEXT.encode() * 99)[:-20]),
        ("Packages.gz", bz2.compress(TEXT.encode())),
        ("Packages.gz", gzip.compress(TEXT.encode())[:20] + b"\xff" * 30),
    ],
)
def test_a_broken_index_is_named(tmp_path: Path, name: str, data: bytes) -> None:
    with pytest.raises(InvalidInputError, match=f"{name} cannot be unpacked"):
        list(FORMATS.stanzas(written(tmp_path, data), name))


@pytest.mark.parametrize("data", [b"Package: \xff\xfe\n", b"\xff\xfe"])
def test_an_index_of_no_text_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(InvalidInputError, match=r"cannot be read: "):
        [
            s.get("Package", "") + s[""]
            for s in FORMATS.stanzas(written(tmp_path, data), "Packages")
        ]


def test_an_index_over_its_bound_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_formats, "UNPACKED_BYTES_MAX", 1000)
    path = written(tmp_path, gzip.compress(b"Package: x\n" * 1000))

    with pytest.raises(InvalidInputError, match="larger than 1000 bytes unpacked"):
        list(FORMATS.stanzas(path, "Packages.gz"))


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(text=hostile_texts(TEXT))
def test_any_text_gives_paragraphs_or_a_refusal(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text.encode(errors="surrogatepass"))

    try:
        found = [(s.get("Package", ""), s[""]) for s in FORMATS.stanzas(path, "Packages")]
    except InvalidInputError:
        return

    assert all(isinstance(text, str) for _, text in found)


@given(st.binary(max_size=5000))
def test_packed_data_can_be_unpacked_and_is_always_packed_alike(data: bytes) -> None:
    packed = FORMATS.gzipped(data)

    assert gzip.decompress(packed) == data
    assert FORMATS.gzipped(data) == packed


@pytest.mark.debian
def test_packed_data_is_what_gzip_itself_accepts(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    path.write_bytes(FORMATS.gzipped(TEXT.encode() * 100))

    subprocess.run(["gzip", "--test", str(path)], check=True, timeout=10)
