"""The paragraphs of Packages and Sources, compared with those of apt-ftparchive."""

import hashlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.debian.oracles import run

from vostok.debian.packages import DscFile, binary_stanza, source_stanza
from vostok.debian.stanza import parse_stanza, parse_stanzas
from vostok.errors import InvalidInputError

CONTROL = {
    "Package": "hello",
    "Version": "1.2-3",
    "Architecture": "amd64",
    "Maintainer": "Ann Example <ann@example.org>",
    "Description": "example\n More.",
}
MORE_FIELDS = {
    "Source": "greet (1.2-2)",
    "Installed-Size": "7",
    "Depends": "libc6 (>= 2), a | b",
    "Pre-Depends": "c",
    "Provides": "d (= 1)",
    "Section": "misc",
    "Priority": "optional",
    "Multi-Arch": "same",
    "Homepage": "https://example.org",
    "Built-Using": "z (= 1)",
    "Static-Built-Using": "y (= 1)",
    "Auto-Built-Package": "debug-symbols",
    "Build-Ids": "0123",
    "Essential": "no",
    "Important": "no",
    "Tag": "role::program",
    "Origin": "Example",
    "Bugs": "https://example.org/bugs",
    "X-Unknown": "1",
    "Zeta": "2",
    "Python-Version": "3",
}
DIGESTS_NOT_LISTED = {"SHA1", "SHA512", "Checksums-Sha1", "Checksums-Sha512"}
A = "a" * 64
M = "a" * 32
DSC = {
    "Format": "3.0 (native)",
    "Source": "hello",
    "Binary": "hello",
    "Architecture": "any",
    "Version": "1.2",
    "Files": f"\n {M} 3 hello_1.2.tar.xz",
    "Checksums-Sha256": f"\n {A} 3 hello_1.2.tar.xz",
}
DSC_FILE = DscFile(name="hello_1.2.dsc", size=9, md5sum=M, sha256=A)


def fields_of_apt(text: str) -> list[list[tuple[str, str]]]:
    """apt-ftparchive's fields in their order, without the digests that are not listed here."""
    return [
        [(name, value) for name, value in stanza.items() if name not in DIGESTS_NOT_LISTED]
        for stanza in parse_stanzas(text)
    ]


def binary_stanza_of(package: Path, filename: str) -> str:
    content = package.read_bytes()
    return binary_stanza(
        parse_stanza(run("dpkg-deb", "--field", package.name, cwd=package.parent)),
        filename=filename,
        size=len(content),
        md5sum=hashlib.md5(content, usedforsecurity=False).hexdigest(),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def shuffled(more: set[str]) -> st.SearchStrategy[list[str]]:
    return st.permutations([*CONTROL, *sorted(more)])


@pytest.mark.debian
def test_packages_of_a_build_are_as_apt_ftparchive_lists_them(tiny_build: Path) -> None:
    expected = fields_of_apt(run("apt-ftparchive", "packages", ".", cwd=tiny_build))

    actual = [
        list(parse_stanza(binary_stanza_of(tiny_build / name, name)).items())
        for name in ("libtiny1_1.2_amd64.deb", "tiny-data_1.2_all.deb")
    ]

    for stanza in expected:
        stanza[:] = [(name, value.removeprefix("./")) for name, value in stanza]
    assert actual == expected


@pytest.mark.debian
@settings(max_examples=15, deadline=None)
@given(st.sets(st.sampled_from(sorted(MORE_FIELDS))).flatmap(shuffled))
def test_any_control_file_gives_the_fields_and_order_of_apt_ftparchive(
    names: list[str],
) -> None:
    values = CONTROL | MORE_FIELDS
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        (root / "tree/DEBIAN").mkdir(parents=True)
        control = "".join(f"{name}: {values[name]}\n" for name in names)
        (root / "tree/DEBIAN/control").write_text(control)
        (root / "pool").mkdir()
        run("dpkg-deb", "--build", "tree", "pool/hello.deb", cwd=root)
        (expected,) = fields_of_apt(run("apt-ftparchive", "packages", "pool", cwd=root))

        text = binary_stanza_of(root / "pool/hello.deb", "pool/hello.deb")

    assert list(parse_stanza(text).items()) == expected


@pytest.mark.debian
def test_the_source_of_a_build_is_as_apt_ftparchive_lists_it(tiny_build: Path) -> None:
    (expected,) = fields_of_apt(run("apt-ftparchive", "sources", ".", cwd=tiny_build))
    dsc = tiny_build / "libtiny_1.2.dsc"
    content = dsc.read_bytes()

    text = source_stanza(
        parse_stanza(dsc.read_text()),
        directory="pool/main/libt/libtiny",
        dsc_file=DscFile(
            name=dsc.name,
            size=len(content),
            md5sum=hashlib.md5(content, usedforsecurity=False).hexdigest(),
            sha256=hashlib.sha256(content).hexdigest(),
        ),
        priority="optional",
        section="libs",
    )

    # apt-ftparchive has priority and section from an override file, the directory from its caller.
    actual = parse_stanza(text)
    assert actual["Directory"] == "pool/main/libt/libtiny"
    assert (actual["Priority"], actual["Section"]) == ("optional", "libs")
    own = {"Directory", "Priority", "Section"}
    assert [(name, value) for name, value in actual.items() if name not in own] == expected


def test_what_only_an_index_may_say_is_not_taken_from_a_control_file() -> None:
    forged = {
        "filename": "pool/evil.deb",
        "SIZE": "1",
        "SHA256": "0" * 64,
        "Status": "install ok installed",
    }

    text = binary_stanza(CONTROL | forged, filename="pool/h.deb", size=5, md5sum=M, sha256=A)

    stanza = parse_stanza(text)
    assert (stanza["Filename"], stanza["Size"], stanza["SHA256"]) == ("pool/h.deb", "5", A)
    assert "Status" not in stanza


def test_what_only_an_index_may_say_is_not_taken_from_a_dsc() -> None:
    forged = {"Package": "evil", "directory": "evil", "Section": "evil", "Checksums-Sha1": "evil"}

    text = source_stanza(
        DSC | forged, directory="pool/h", dsc_file=DSC_FILE, priority="", section=""
    )

    stanza = parse_stanza(text)
    assert (stanza["Package"], stanza["Directory"]) == ("hello", "pool/h")
    assert not stanza.keys() & {"Section", "Priority", "Checksums-Sha1", "Source"}


@pytest.mark.parametrize(
    "change",
    [
        {"Package": "../x"},
        {"Package": ""},
        {"Version": "1/2"},
        {"Architecture": "../x"},
        {"Source": "../x"},
        {"Depends": "a\nFilename: evil"},
        {"Depends\nFilename": "evil"},
    ],
)
def test_a_control_file_that_is_malformed_makes_no_paragraph(change: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError):
        binary_stanza(CONTROL | change, filename="pool/h.deb", size=5, md5sum=M, sha256=A)


@pytest.mark.parametrize(
    ("filename", "size", "md5sum", "sha256"),
    [
        ("../h.deb", 5, M, A),
        ("pool/h.deb", -1, M, A),
        ("pool/h.deb", 5, A, A),
        ("pool/h.deb", 5, M, "0"),
    ],
)
def test_a_paragraph_of_packages_has_a_safe_path_and_whole_digests(
    filename: str, size: int, md5sum: str, sha256: str
) -> None:
    with pytest.raises(InvalidInputError):
        binary_stanza(CONTROL, filename=filename, size=size, md5sum=md5sum, sha256=sha256)


@pytest.mark.parametrize(
    "change",
    [
        {"Source": "../x"},
        {"Version": "1/2"},
        {"Files": f"\n {M} 4 hello_1.2.tar.xz"},
        {"Files": f"\n {M} 3 other.tar.xz"},
        {"Files": ""},
        {"Checksums-Sha256": ""},
        {
            "Files": f"\n {M} 9 hello_1.2.dsc",
            "Checksums-Sha256": f"\n {A} 9 hello_1.2.dsc",
        },
    ],
)
def test_a_dsc_whose_lists_do_not_agree_makes_no_paragraph(change: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError):
        source_stanza(DSC | change, directory="pool/h", dsc_file=DSC_FILE, priority="", section="")


def test_a_paragraph_of_sources_has_a_safe_directory() -> None:
    with pytest.raises(InvalidInputError, match="file name"):
        source_stanza(DSC, directory="../h", dsc_file=DSC_FILE, priority="", section="")
