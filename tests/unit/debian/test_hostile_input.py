"""Whatever the text, a parser returns a value or raises InvalidInputError, and does so soon."""

from collections.abc import Callable
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import hostile_texts

from vostok.debian import architecture, changelog, date, packages, relations
from vostok.debian.buildinfo import parse_buildinfo
from vostok.debian.changes import parse_changes
from vostok.debian.indices import parse_release
from vostok.debian.stanza import Stanza, parse_stanzas, render_stanza
from vostok.debian.version import Version
from vostok.errors import InvalidInputError

Parser: TypeAlias = Callable[[str], object]

A = "a" * 64
M = "c" * 32
UPLOAD = f"""\
Format: 1.8
Date: Thu, 01 Jan 2026 00:00:00 +0000
Source: hello (1.2-3)
Binary: hello
Architecture: amd64
Version: 1.2-3+b1
Distribution: bookworm
Closes: 12
Checksums-Sha256:
 {A} 10 hello_1.2-3+b1_amd64.deb
Files:
 {M} 10 devel optional hello_1.2-3+b1_amd64.deb
Build-Architecture: amd64
Installed-Build-Depends: gcc-11 (= 11.3.0-12), libc6:i386 (= 2.36)
Environment:
 CFLAGS="-O2"
"""
RELEASE = f"""\
Codename: bookworm
Date: Sat, 17 May 2025 09:08:11 UTC
Valid-Until: Sat, 24 May 2025 09:08:11 UTC
Architectures: all amd64
Components: main contrib
SHA256:
 {A} 738242 main/binary-amd64/Packages.xz
"""
RELATIONS = "g++:native (>= 4:12~) [linux-any !i386] <!nocheck> <x y> | b, c (<< 2)"
CHANGELOG = """\
hello (1.2-3) unstable; urgency=medium

  * Older.

 -- Bob Example <bob@example.org>  Mon, 01 Dec 2025 00:00:00 +0000
"""
PACKAGE_LIST = "\n hello deb devel optional arch=any,linux-any profile=!x essential=yes"

PARSERS: dict[str, tuple[Parser, str]] = {
    "version": (Version.parse, "1:1.2-3+b1"),
    "architecture": (architecture.check_architecture, "linux-any"),
    "architecture field": (lambda text: architecture.builds_on(text, "amd64"), "any all"),
    "wildcard": (lambda text: architecture.matches("amd64", text), "gnu-any-any"),
    "relations": (relations.parse_relations, RELATIONS),
    "stanzas": (lambda text: list(parse_stanzas(text)), UPLOAD),
    "release": (parse_release, RELEASE),
    "changes": (parse_changes, UPLOAD),
    "buildinfo": (parse_buildinfo, UPLOAD),
    "changelog": (changelog.parse_changelog_top, CHANGELOG),
    "date": (date.parse_date, "Sat, 17 May 2025 09:08:11 +0100"),
    "path": (packages.check_path, "pool/main/h/hello/hello_1.dsc"),
    "component": (packages.check_component, "updates/main"),
    "source field": (packages.parse_source_field, "hello (1.2-3)"),
    "source files": (
        lambda text: packages.source_files({"Checksums-Sha256": text}),
        f"{A} 1 x_1.dsc",
    ),
    "package list": (lambda text: packages.package_list({"Package-List": text}), PACKAGE_LIST),
    "binaries": (lambda text: packages.package_list({"Binary": text}), "hello, hello-doc"),
}


@pytest.mark.parametrize("name", PARSERS)
@settings(deadline=None)
@given(st.data())
def test_a_hostile_text_is_refused_and_nothing_worse(name: str, data: st.DataObject) -> None:
    parse, good = PARSERS[name]
    text = data.draw(hostile_texts(good))

    try:
        parse(text)
    except InvalidInputError as fault:
        assert str(fault).isprintable()  # noqa: PT017 - a value is as good an outcome


@pytest.mark.parametrize("name", PARSERS)
def test_the_text_that_is_spoilt_was_good(name: str) -> None:
    parse, good = PARSERS[name]

    assert parse(good) is not None


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["Source", "Version", "Files", "Checksums-Sha256", "Package", "X"]),
        hostile_texts("hello (1)", "1.2-3", f"{A} 1 x", f"{M} 1 x"),
    )
)
def test_hostile_fields_make_no_paragraph_or_one_whole_one(fields: dict[str, str]) -> None:
    control = {"Package": "hello", "Architecture": "amd64", "Version": "1"} | fields

    try:
        text = packages.binary_stanza(control, filename="pool/x.deb", size=1, md5sum=M, sha256=A)
    except InvalidInputError:
        return

    (stanza,) = parse_stanzas(text)
    assert (stanza["Filename"], stanza["SHA256"]) == ("pool/x.deb", A)


@settings(deadline=None)
@given(st.lists(st.tuples(hostile_texts("A-Field"), hostile_texts("a\n b")), max_size=3))
def test_hostile_values_are_refused_by_the_writer(fields: list[tuple[str, str]]) -> None:
    try:
        text = render_stanza(fields)
        expected = [Stanza(fields)] if fields else []
    except InvalidInputError:
        return

    assert [list(stanza) for stanza in parse_stanzas(text)] == [list(field) for field in expected]


@pytest.mark.parametrize(
    "piece", ["(", "<a", "[a ", " ", "\n", "~", "-", "\\", '"', "a b,", " <", "0."]
)
@pytest.mark.parametrize("name", PARSERS)
def test_no_repetition_makes_a_parser_slow(name: str, piece: str) -> None:
    """A quadratic or exponential parser would not end here for hours."""
    parse, good = PARSERS[name]
    text = good[: len(good) // 2] + piece * 300_000 + good[len(good) // 2 :]

    try:
        parse(text)
    except InvalidInputError as fault:
        assert len(str(fault)) < 10_000  # noqa: PT017 - a value is as good an outcome
