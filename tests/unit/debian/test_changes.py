"""Uploads as .changes files describe them."""

from pathlib import Path

import pytest

from vostok.debian import changes as changes_module
from vostok.debian.changes import ChangesFile, parse_changes
from vostok.debian.version import Version
from vostok.errors import InvalidInputError

A = "a" * 64
B = "b" * 64
M = "c" * 32
CHANGES = f"""\
Format: 1.8
Date: Thu, 01 Jan 2026 00:00:00 +0000
Source: hello (1.2-3)
Binary: hello hello-dbgsym
Binary-Only: yes
Architecture: amd64
Version: 1.2-3Xexp1
Distribution: bookworm
Urgency: low
Maintainer: Ann Example <ann@example.org>
Closes: 12 34
Description:
 hello      - example
Changes:
 hello (1.2-3Xexp1) bookworm; urgency=low, binary-only=yes
 .
   * Rebuild.
Checksums-Sha1:
 {"0" * 40} 10 hello_1.2-3Xexp1_amd64.deb
Checksums-Sha256:
 {A} 10 hello_1.2-3Xexp1_amd64.deb
 {B} 20 hello_1.2-3Xexp1_amd64.buildinfo
Files:
 {M} 20 - - hello_1.2-3Xexp1_amd64.buildinfo
 {M} 10 contrib/devel optional hello_1.2-3Xexp1_amd64.deb
"""


def test_a_changes_file_says_what_is_uploaded() -> None:
    changes = parse_changes(CHANGES)

    assert (changes.source, changes.version) == ("hello", Version("1.2-3Xexp1"))
    assert changes.source_version_in_parens == changes.source_version == Version("1.2-3")
    assert changes.architectures == ("amd64",)
    assert changes.binaries == ("hello", "hello-dbgsym")
    assert changes.distribution == "bookworm"
    assert changes.date == "Thu, 01 Jan 2026 00:00:00 +0000"
    assert changes.binary_only
    assert changes.closes == (12, 34)
    assert changes.fields["urgency"] == "low"
    assert changes.files == (
        ChangesFile(
            name="hello_1.2-3Xexp1_amd64.buildinfo",
            size=20,
            sha256=B,
            md5sum=M,
            section="-",
            priority="-",
        ),
        ChangesFile(
            name="hello_1.2-3Xexp1_amd64.deb",
            size=10,
            sha256=A,
            md5sum=M,
            section="contrib/devel",
            priority="optional",
        ),
    )


def test_without_parentheses_the_source_has_the_version_of_the_upload() -> None:
    changes = parse_changes(CHANGES.replace("Source: hello (1.2-3)", "Source: hello"))

    assert changes.source_version_in_parens is None
    assert changes.source_version == Version("1.2-3Xexp1")


def test_a_source_only_upload_names_no_binaries() -> None:
    text = CHANGES.replace("Binary: hello hello-dbgsym\nBinary-Only: yes\n", "")

    changes = parse_changes(text.replace("Architecture: amd64", "Architecture: source"))

    assert changes.binaries == ()
    assert changes.architectures == ("source",)
    assert not changes.binary_only


@pytest.mark.debian
def test_what_dpkg_writes_is_read(tiny_build: Path) -> None:
    text = (tiny_build / "libtiny_1.2_amd64.changes").read_text()

    changes = parse_changes(text)

    assert (changes.source, changes.version) == ("libtiny", Version("1:1.2"))
    assert set(changes.architectures) == {"source", "amd64", "all"}
    assert changes.binaries == ("libtiny1", "tiny-data")
    assert changes.closes == (123, 456)
    assert not changes.binary_only
    for file in changes.files:
        assert (tiny_build / file.name).stat().st_size == file.size
    assert {file.name: file.section for file in changes.files}["tiny-data_1.2_all.deb"] == "misc"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Source: hello (1.2-3)\n", "", "no field Source"),
        ("Version: 1.2-3Xexp1\n", "", "no field Version"),
        ("Distribution: bookworm\n", "", "no field Distribution"),
        ("Date: Thu, 01 Jan 2026 00:00:00 +0000\n", "", "no field Date"),
        ("Architecture: amd64\n", "", "no field Architecture"),
        ("Checksums-Sha256:", "Checksums-Sha512:", "no field Checksums-Sha256"),
        ("Files:", "Fils:", "no field Files"),
        ("Source: hello", "Source: ../hello", "source package"),
        ("Source: hello (1.2-3)", "Source: hello (1.2/3)", "not a version"),
        ("Version: 1.2-3Xexp1", "Version: 1.2_3", "not a version"),
        ("Binary: hello", "Binary: ../hello", "binary package"),
        ("Architecture: amd64", "Architecture: ../amd64", "architecture"),
        ("Distribution: bookworm", "Distribution: bookworm sid", "distribution"),
        ("Closes: 12", "Closes: x", "bug"),
        ("Closes: 12", "Closes: 12x", "bug"),
        ("hello_1.2-3Xexp1_amd64.deb", "../hello.deb", "not a file name"),
        ("hello_1.2-3Xexp1_amd64.deb", "pool/hello.deb", "not a file name"),
        ("hello_1.2-3Xexp1_amd64.buildinfo", "hello_1.2-3Xexp1_amd64.deb", "twice"),
        (f"{A} 10", f"{A} 11", "10 bytes in Files, 11 in Checksums-Sha256"),
        (f"{A} 10", f"{A} -10", "not a digest, a size and a name"),
        (f" {A} 10 hello_1.2-3Xexp1_amd64.deb\n", "", "no line in Checksums-Sha256"),
        (f" {M} 20 - - hello_1.2-3Xexp1_amd64.buildinfo\n", "", "not in Files"),
        (f"{M} 20 - - ", f"{M} 20 ", "not a digest, a size and a name"),
        (A, A.upper(), "64 hexadecimal digits"),
        (M, M[1:], "32 hexadecimal digits"),
    ],
)
def test_a_malformed_changes_file_is_refused(old: str, new: str, message: str) -> None:
    assert old in CHANGES

    with pytest.raises(InvalidInputError, match=message):
        parse_changes(CHANGES.replace(old, new))


@pytest.mark.parametrize(
    "bound", ["CHANGES_CHARACTERS_MAX", "CHANGES_FILES_MAX", "CHANGES_WORDS_MAX"]
)
def test_a_changes_file_over_a_bound_is_refused(
    bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes_module, bound, 1)

    with pytest.raises(InvalidInputError, match=r"\b1\b"):
        parse_changes(CHANGES)
