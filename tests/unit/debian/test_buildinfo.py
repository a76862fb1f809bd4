"""What a build used, as .buildinfo files record it."""

import subprocess
from pathlib import Path

import pytest

from vostok.debian import buildinfo as buildinfo_module
from vostok.debian.buildinfo import InstalledPackage, parse_buildinfo
from vostok.debian.packages import SourceFile
from vostok.debian.version import Version
from vostok.errors import InvalidInputError

A = "a" * 64
BUILDINFO = f"""\
Format: 1.0
Source: hello (1.2-3)
Binary: hello
Architecture: amd64
Version: 1.2-3Xexp1
Binary-Only-Changes:
 hello (1.2-3Xexp1) bookworm; urgency=low, binary-only=yes
 .
   * Rebuild.
 .
  -- Ann Example <ann@example.org>  Thu, 01 Jan 2026 00:00:00 +0000
Checksums-Sha256:
 {A} 10 hello_1.2-3Xexp1_amd64.deb
Build-Origin: Debian
Build-Architecture: amd64
Build-Date: Thu, 01 Jan 2026 00:10:00 +0000
Build-Path: /build/hello-1.2
Installed-Build-Depends:
 gcc-11 (= 11.3.0-12),
 libc6:i386 (= 2.36-9+deb12u1)
Environment:
 CFLAGS="-O2 -DNAME=\\"x\\""
 DEB_BUILD_OPTIONS="parallel=2"
"""


def test_a_buildinfo_file_says_what_was_used() -> None:
    buildinfo = parse_buildinfo(BUILDINFO)

    assert (buildinfo.source, buildinfo.version) == ("hello", Version("1.2-3Xexp1"))
    assert buildinfo.source_version == Version("1.2-3")
    assert (buildinfo.architectures, buildinfo.binaries) == (("amd64",), ("hello",))
    assert (buildinfo.build_origin, buildinfo.build_architecture) == ("Debian", "amd64")
    assert buildinfo.build_date == "Thu, 01 Jan 2026 00:10:00 +0000"
    assert buildinfo.build_path == "/build/hello-1.2"
    assert buildinfo.installed == (
        InstalledPackage("gcc-11", Version("11.3.0-12"), None),
        InstalledPackage("libc6", Version("2.36-9+deb12u1"), "i386"),
    )
    name = "hello_1.2-3Xexp1_amd64.deb"
    assert buildinfo.checksums == {name: SourceFile(name=name, size=10, sha256=A)}
    assert buildinfo.environment == {
        "CFLAGS": '-O2 -DNAME="x"',
        "DEB_BUILD_OPTIONS": "parallel=2",
    }


def test_path_and_environment_may_be_left_out() -> None:
    text = BUILDINFO[: BUILDINFO.index("Environment:")].replace(
        "Build-Path: /build/hello-1.2\n", ""
    )

    buildinfo = parse_buildinfo(text)

    assert buildinfo.build_path == ""
    assert buildinfo.environment == {}


@pytest.mark.debian
def test_what_dpkg_writes_is_read(tiny_build: Path) -> None:
    buildinfo = parse_buildinfo((tiny_build / "libtiny_1.2_amd64.buildinfo").read_text())

    assert (buildinfo.source, buildinfo.source_version) == ("libtiny", Version("1:1.2"))
    assert {"libtiny_1.2.dsc", "libtiny1_1.2_amd64.deb"} <= buildinfo.checksums.keys()
    # 2026-01-01 00:00:00 +0100, the date of the changelog.
    assert buildinfo.environment["SOURCE_DATE_EPOCH"] == "1767222000"
    command = ["dpkg-query", "--show", "--showformat", "${Version}", "dpkg-dev"]
    version = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert InstalledPackage("dpkg-dev", Version(version.stdout), None) in buildinfo.installed


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Source: hello (1.2-3)\n", "", "no field Source"),
        ("Version: 1.2-3Xexp1\n", "", "no field Version"),
        ("Checksums-Sha256:", "Checksums-Sha1:", "no field Checksums-Sha256"),
        ("Installed-Build-Depends:", "Depends:", "no field Installed-Build-Depends"),
        ("gcc-11 (= 11.3.0-12)", "gcc-11 (>= 11.3.0-12)", "is not: name"),
        ("gcc-11 (= 11.3.0-12)", "gcc-11", "is not: name"),
        ("gcc-11 (= 11.3.0-12)", "gcc-11 (= 1) | gcc-12 (= 1)", "is not: name"),
        ("gcc-11 (= 11.3.0-12)", "gcc-11 (= 1) [amd64]", "is not: name"),
        ("gcc-11 (= 11.3.0-12)", "gcc-11 (= 1_2)", "not a version"),
        ("gcc-11 (= 11.3.0-12)", "GCC-11 (= 1)", "binary package"),
        ("hello_1.2-3Xexp1_amd64.deb", "../hello.deb", "not a file name"),
        ("Build-Architecture: amd64", "Build-Architecture: ../x", "architecture"),
        ('DEB_BUILD_OPTIONS="parallel=2"', "DEB_BUILD_OPTIONS=parallel=2", "in Environment"),
        ('DEB_BUILD_OPTIONS="parallel=2"', '="x"', "in Environment"),
    ],
)
def test_a_malformed_buildinfo_file_is_refused(old: str, new: str, message: str) -> None:
    assert old in BUILDINFO

    with pytest.raises(InvalidInputError, match=message):
        parse_buildinfo(BUILDINFO.replace(old, new))


@pytest.mark.parametrize(
    ("bound", "value"),
    [
        ("BUILDINFO_CHARACTERS_MAX", 1),
        ("BUILDINFO_WORDS_MAX", 0),
        ("ENVIRONMENT_VARIABLES_MAX", 1),
    ],
)
def test_a_buildinfo_file_over_a_bound_is_refused(
    bound: str, value: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buildinfo_module, bound, value)

    with pytest.raises(InvalidInputError, match=rf"\b{value}\b"):
        parse_buildinfo(BUILDINFO)
