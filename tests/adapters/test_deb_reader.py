"""Reading .debs: real ones by dpkg-deb, and things that only look like them."""

import hashlib
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vostok.adapters.deb_reader import AptDebReader
from vostok.errors import InvalidInputError

CONTROL = """\
Package: tiny
Version: 1:1.0-1
Architecture: all
Maintainer: Ann Example <ann@example.org>
Source: tiny-source (1:1.0)
Description: tiny
 Second line.
 .
 Last line.
"""
DPKG_SECONDS = 60


def built(directory: Path, *options: str, control: str = CONTROL) -> Path:
    scripts = directory / "tree" / "DEBIAN"
    scripts.mkdir(parents=True, exist_ok=True)
    scripts.chmod(0o755)
    (scripts / "control").write_text(control)
    file = directory / "tiny.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "--nocheck", *options, "-b", str(scripts.parent),
         str(file)],
        check=True, capture_output=True, timeout=DPKG_SECONDS,
    )  # fmt: skip
    return file


@pytest.mark.debian
@pytest.mark.parametrize("packing", ["gzip", "xz", "zstd", "none"])
def test_a_package_says_what_its_control_file_says_however_it_is_packed(
    tmp_path: Path, packing: str
) -> None:
    file = built(tmp_path, f"-Z{packing}", "--uniform-compression")

    read = AptDebReader().read(file)

    data = file.read_bytes()
    assert dict(read.control) == {
        "Package": "tiny",
        "Version": "1:1.0-1",
        "Architecture": "all",
        "Maintainer": "Ann Example <ann@example.org>",
        "Source": "tiny-source (1:1.0)",
        "Description": "tiny\n Second line.\n .\n Last line.",
    }
    assert read.size == len(data)
    assert read.sha256 == hashlib.sha256(data).hexdigest()
    assert read.md5sum == hashlib.md5(data, usedforsecurity=False).hexdigest()


@pytest.mark.debian
@pytest.mark.parametrize("field", ["Package", "Version", "Architecture", "Source", "Description"])
def test_dpkg_deb_reads_the_same(tmp_path: Path, field: str) -> None:
    file = built(tmp_path)

    told = subprocess.run(
        ["dpkg-deb", "--field", str(file), field],
        check=True, capture_output=True, text=True, timeout=DPKG_SECONDS,
    ).stdout  # fmt: skip

    assert told.rstrip("\n") == AptDebReader().read(file).control[field]


@pytest.mark.parametrize(
    "data",
    [b"", b"no package", b"!<arch>\n", b"!<arch>\ndebian-binary   0           0     0     100644"],
)
def test_what_is_no_package_is_refused_by_its_name(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "evil.deb"
    file.write_bytes(data)

    with pytest.raises(InvalidInputError, match=r"evil\.deb is no Debian package"):
        AptDebReader().read(file)


@pytest.mark.debian
@pytest.mark.parametrize("control", ["", "Package tiny\n", " tiny\n", "\0"])
def test_a_package_whose_control_file_is_none_is_refused(tmp_path: Path, control: str) -> None:
    file = built(tmp_path)
    spoiled = with_control(tmp_path, control)

    with pytest.raises(InvalidInputError):
        AptDebReader().read(spoiled)
    assert file.exists()


def with_control(directory: Path, control: str) -> Path:
    """A .deb whose control file dpkg-deb itself would not have packed."""
    place = directory / "parts"
    place.mkdir()
    (place / "control").write_text(control)
    (place / "debian-binary").write_text("2.0\n")
    (place / "empty").mkdir()
    spoiled = directory / "spoiled.deb"
    for command in (
        ["tar", "-czf", "control.tar.gz", "./control"],
        ["tar", "-czf", "data.tar.gz", "-C", "empty", "."],
        ["ar", "rc", str(spoiled), "debian-binary", "control.tar.gz", "data.tar.gz"],
    ):
        subprocess.run(command, cwd=place, check=True, timeout=DPKG_SECONDS)
    return spoiled


@pytest.mark.debian
@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(place=st.floats(0, 1), noise=st.binary(max_size=30), removed=st.integers(0, 40))
def test_a_damaged_package_is_read_or_refused(
    tmp_path: Path, place: float, noise: bytes, removed: int
) -> None:
    whole = tmp_path / "tiny.deb"
    if not whole.exists():
        built(tmp_path, "-Zgzip")
    data = whole.read_bytes()
    start = int(place * len(data))
    damaged = tmp_path / "damaged.deb"
    damaged.write_bytes(data[:start] + noise + data[start + removed :])

    try:
        read = AptDebReader().read(damaged)
    except InvalidInputError:
        return

    assert read.size == damaged.stat().st_size
    assert read.control["Package"]


@pytest.mark.debian
def test_a_control_archive_that_would_fill_the_memory_is_not_unpacked(tmp_path: Path) -> None:
    file = built(tmp_path, "-Zxz", "--uniform-compression")
    (tmp_path / "tree" / "DEBIAN" / "md5sums").write_bytes(bytes(70 << 20))
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "--nocheck", "-Zxz", "-z1", "--uniform-compression",
         "-b", str(tmp_path / "tree"), str(file)],
        check=True, capture_output=True, timeout=DPKG_SECONDS,
    )  # fmt: skip
    assert file.stat().st_size < 1 << 20

    with pytest.raises(InvalidInputError, match="its control archive has more than 67108864 byt"):
        AptDebReader().read(file)
