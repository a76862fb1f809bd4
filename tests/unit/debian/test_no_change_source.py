"""No-change sources, made of sources that dpkg-source made, and unpacked by it again."""

import bz2
import gzip
import hashlib
import lzma
import subprocess
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vostok.debian import source_diff, source_tar
from vostok.debian.changelog import changelog_entry
from vostok.debian.compression import Compression, packed, unpacked
from vostok.debian.no_change_source import (
    Digests,
    described,
    no_change_dsc,
    plan_no_change,
    with_changelog_entry,
)
from vostok.debian.version import Version
from vostok.errors import InvalidInputError

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SECONDS_MAX = 60
CHANGELOG = """\
tiny (VERSION) bookworm; urgency=medium

  * It is there.

 -- Ann Example <ann@example.org>  Thu, 01 Jan 2026 00:00:00 +0000
"""
CONTROL = """\
Source: tiny
Maintainer: Ann Example <ann@example.org>
Section: misc
Priority: optional
Standards-Version: 4.6.2
Testsuite: autopkgtest

Package: tiny
Architecture: any
Description: tiny
"""
ENTRY = changelog_entry(
    source="tiny",
    version="1",
    distribution="bookworm",
    text_lines=["No-change rebuild."],
    maintainer="Archive trial <trial@vostok.invalid>",
    date=AT,
    binary_only=False,
)


def run(command: list[str], place: Path) -> str:
    done = subprocess.run(
        command, cwd=place, check=True, capture_output=True, text=True, timeout=SECONDS_MAX
    )
    return done.stdout


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A source package on disk."""

    place: Path
    dsc: str
    version: str


def made(
    place: Path,
    version: str,
    source_format: str,
    *,
    options: tuple[str, ...] = (),
    upstream_changelog: bool = False,
) -> Made:
    """A source package that dpkg-source makes of a small tree."""
    tree = place / "tiny-1.0"
    (tree / "debian/source").mkdir(parents=True)
    (tree / "code.c").write_text("int x;\n")
    if upstream_changelog:
        (tree / "debian/changelog").write_text(CHANGELOG.replace("VERSION", "0.9-1"))
    if "native" not in source_format and ("-" in version):
        upstream = Version.parse(version).upstream
        run(["tar", "--create", "--gzip", "--exclude=debian/source",
             f"--file=tiny_{upstream}.orig.tar.gz", "tiny-1.0"], place)  # fmt: skip
    old = CHANGELOG.replace("VERSION", "0.9-1") if upstream_changelog else ""
    top = CHANGELOG.replace("VERSION", version)
    (tree / "debian/changelog").write_text(f"{top}\n{old}" if old else top)
    (tree / "debian/control").write_text(CONTROL)
    (tree / "debian/rules").write_text("#!/usr/bin/make -f\n%:\n\t:\n")
    (tree / "debian/rules").chmod(0o755)
    if source_format != "1.0":
        (tree / "debian/source/format").write_text(source_format + "\n")
    (tree / "debian/link").symlink_to("rules")
    if source_format == "1.0":  # a diff has no links
        (tree / "debian/link").unlink()
    run(["dpkg-source", *options, "--build", "tiny-1.0"], place)
    [dsc] = place.glob("*.dsc")
    return Made(place=place, dsc=dsc.name, version=version)


def chunks_of(path: Path, size: int = 1000) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(size):
            yield chunk


def no_change(old: Made, version: str, into: Path) -> Path:
    """The no-change source, with the files that stay; its .dsc."""
    into.mkdir(exist_ok=True)
    dsc = (old.place / old.dsc).read_bytes()
    plan = plan_no_change(dsc, Version.parse(version))
    entry = ENTRY.replace("(1)", f"({version})")
    digests = Digests()
    with (into / plan.new_name).open("wb") as file:
        file.writelines(
            digests.noting(
                with_changelog_entry(
                    chunks_of(old.place / plan.old_name),
                    plan,
                    entry=entry,
                    at=int(AT.timestamp()),
                )
            )
        )
    (into / plan.dsc_name).write_bytes(no_change_dsc(dsc, plan, digests.file(plan.new_name)))
    for upstream in old.place.glob("tiny_*.orig*"):
        (into / upstream.name).write_bytes(upstream.read_bytes())
    return into / plan.dsc_name


def unpacked_tree(dsc: Path) -> dict[str, tuple[str, bytes]]:
    """What dpkg-source unpacks, with its own check of every checksum: path -> (mode, bytes)."""
    run(["dpkg-source", "--require-strong-checksums", "-x", dsc.name, "tree"], dsc.parent)
    tree = dsc.parent / "tree"
    return {
        str(path.relative_to(tree)): (
            oct(path.lstat().st_mode),
            str(path.readlink()).encode() if path.is_symlink() else path.read_bytes(),
        )
        for path in tree.rglob("*")
        if path.is_symlink() or path.is_file()
    }


SOURCES = [
    ("1.0-1", "3.0 (quilt)", (), "1.0-1Xtrial1"),
    ("1.0-1", "3.0 (quilt)", ("-Zgzip",), "1.0-1+b2Xtrial1"),
    ("1.0-1", "3.0 (quilt)", ("-Zbzip2",), "1.0-1Xtrial2"),
    ("1.0-1", "3.0 (quilt)", ("-Zlzma",), "1.0-1Xtrial1"),
    ("2:1.0-1", "3.0 (quilt)", (), "2:1.0-1Xtrial1"),
    ("1.0", "3.0 (native)", (), "1.0Xtrial1"),
    ("1.0", "3.0 (native)", ("-Zgzip",), "1.0Xtrial1"),
    ("3:1.0", "3.0 (native)", ("-Zbzip2",), "3:1.0Xtrial10"),
    ("1.0", "1.0", (), "1.0Xtrial1"),
    ("1.0-1", "1.0", (), "1.0-1Xtrial1"),
]


@pytest.mark.parametrize(("version", "source_format", "options", "new"), SOURCES)
def test_only_the_changelog_differs(
    tmp_path: Path, version: str, source_format: str, options: tuple[str, ...], new: str
) -> None:
    old = made(tmp_path, version, source_format, options=options)

    dsc = no_change(old, new, tmp_path / "new")

    before, after = unpacked_tree(tmp_path / old.dsc), unpacked_tree(dsc)
    assert {path for path in before | after if before.get(path) != after.get(path)} == {
        "debian/changelog"
    }
    entry = ENTRY.replace("(1)", f"({new})").encode()
    assert after["debian/changelog"][1] == entry + before["debian/changelog"][1]
    tree = dsc.parent / "tree"
    assert run(["dpkg-parsechangelog", "-SVersion"], tree).strip() == new
    assert dsc.name == f"tiny_{new.rpartition(':')[2]}.dsc"


def test_every_field_but_the_version_and_the_checksums_stays(tmp_path: Path) -> None:
    old = made(tmp_path, "1.0-1", "3.0 (quilt)")

    dsc = no_change(old, "1.0-1Xtrial1", tmp_path / "new")

    before, after = (
        described((place / name).read_bytes())
        for place, name in ((tmp_path, old.dsc), (dsc.parent, dsc.name))
    )
    changed = {name for name in before if before[name] != after.get(name)}
    assert list(before) == list(after)
    assert changed == {"Version", "Checksums-Sha1", "Checksums-Sha256", "Files"}
    assert after["Package-List"] == before["Package-List"]


def test_the_upstream_tarball_and_its_signature_stay_bit_for_bit(tmp_path: Path) -> None:
    old = made(tmp_path, "1.0-1", "3.0 (quilt)")
    signature = b"-----BEGIN PGP SIGNATURE-----\n"
    dsc = (tmp_path / old.dsc).read_text()
    line = f" {hashlib.sha256(signature).hexdigest()} {len(signature)} tiny_1.0.orig.tar.gz.asc\n"
    (tmp_path / old.dsc).write_text(
        dsc.replace("Checksums-Sha256:\n", f"Checksums-Sha256:\n{line}")
    )

    new = no_change(old, "1.0-1Xtrial1", tmp_path / "new").read_text()

    assert line in new
    kept = [
        text for text in dsc.splitlines() if text.startswith(" ") and text.endswith(".orig.tar.gz")
    ]
    assert len(kept) == 3
    assert all(text in new for text in kept)


def test_a_signed_dsc_becomes_an_unsigned_one(tmp_path: Path) -> None:
    old = made(tmp_path, "1.0", "3.0 (native)")
    text = (tmp_path / old.dsc).read_text()
    signed = (
        f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n{text}\n"
        "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"
    )
    plain = no_change(old, "1.0Xtrial1", tmp_path / "plain").read_text()
    (tmp_path / old.dsc).write_text(signed)

    assert no_change(old, "1.0Xtrial1", tmp_path / "new").read_text() == plain


def test_a_dgit_field_goes_because_it_would_be_a_lie(tmp_path: Path) -> None:
    old = made(tmp_path, "1.0", "3.0 (native)")
    with (tmp_path / old.dsc).open("a") as file:
        file.write("Dgit: 0123 debian archive/debian/1.0 https://git.example.org\n")

    assert "Dgit" not in no_change(old, "1.0Xtrial1", tmp_path / "new").read_text()


def test_made_twice_it_has_the_same_bytes(tmp_path: Path) -> None:
    old = made(tmp_path, "1.0-1", "3.0 (quilt)")

    one, other = (no_change(old, "1.0-1Xtrial1", tmp_path / name) for name in ("a", "b"))

    files = sorted(path.name for path in one.parent.iterdir())
    assert len(files) == 3
    assert all(
        (one.parent / name).read_bytes() == (other.parent / name).read_bytes() for name in files
    )


def test_members_keep_their_order_modes_owners_and_times(tmp_path: Path) -> None:
    old = made(tmp_path, "1.0", "3.0 (native)")

    no_change(old, "1.0Xtrial1", tmp_path / "new")

    before, after = (
        members(path)
        for path in (tmp_path / "tiny_1.0.tar.xz", tmp_path / "new/tiny_1.0Xtrial1.tar.xz")
    )
    assert [m.name for m in before] == [m.name for m in after]
    assert len(before) > 5
    for one, other in zip(before, after, strict=True):
        if one.name == "tiny-1.0/debian/changelog":
            assert (other.size, other.mtime) == (
                one.size + len(ENTRY.replace("(1)", "(1.0Xtrial1)")),
                AT.timestamp(),
            )
        else:
            assert one.get_info() == other.get_info()


def members(path: Path) -> list[tarfile.TarInfo]:
    with tarfile.open(path) as tar:
        return tar.getmembers()


def test_a_diff_that_changes_upstream_s_changelog_is_changed_at_its_beginning(
    tmp_path: Path,
) -> None:
    old = made(tmp_path, "1.0-1", "1.0", upstream_changelog=True)
    diff = gzip.decompress((tmp_path / "tiny_1.0-1.diff.gz").read_bytes())
    assert b"@@ -1,3 +1,9 @@" in diff

    dsc = no_change(old, "1.0-1Xtrial1", tmp_path / "new")

    before, after = unpacked_tree(tmp_path / old.dsc), unpacked_tree(dsc)
    assert {path for path in before | after if before.get(path) != after.get(path)} == {
        "debian/changelog"
    }
    entry = ENTRY.replace("(1)", "(1.0-1Xtrial1)").encode()
    assert after["debian/changelog"][1] == entry + before["debian/changelog"][1]


DIFFS = {
    "--- a/debian/changelog\n+++ a/debian/changelog\n@@ -4,2 +4,3 @@\n x\n+y\n z\n": "line 4 on",
    "--- a/debian/rules\n+++ a/debian/rules\n@@ -1 +1 @@\n-x\n+y\n": "does not change",
    "--- a/debian/changelog\n+++ a/debian/changelog\n@@ -0,0 +1,2 @@\n+x\n": "cut off",
    "--- a/debian/changelog\n+++ a/debian/changelog\n@@ -0,0 +1 @@\n-x\n": "more lines",
    "--- a/x\n+++ a/x\n@@ -0,0 +1 @@\n?x\n": "cannot be in a hunk",
    2 * "--- a/debian/changelog\n+++ a/debian/changelog\n@@ -0,0 +1 @@\n+x\n": "twice",
}


@pytest.mark.parametrize(("diff", "sentence"), DIFFS.items())
def test_a_diff_with_which_it_cannot_be_done_is_refused(diff: str, sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        list(source_diff.with_changelog_entry([diff.encode()], b"new\n"))


def test_the_later_hunks_of_the_changelog_move_down() -> None:
    diff = (
        "--- a/debian/changelog\n+++ a/debian/changelog\n"
        "@@ -1,2 +1,3 @@ text\n+x\n a\n b\n@@ -10,2 +11,3 @@\n c\n+y\n d\n"
    )

    new = b"".join(source_diff.with_changelog_entry([diff.encode()], b"one\n\ntwo\n")).decode()

    assert "@@ -1,2 +1,6 @@ text\n+one\n+\n+two\n+x\n a\n" in new
    assert "@@ -10,2 +14,3 @@\n c\n" in new


def test_a_line_of_a_hunk_that_looks_like_a_heading_is_none() -> None:
    diff = (
        "--- a/x\n+++ a/x\n@@ -0,0 +1,2 @@\n+++ a/debian/changelog\n+@@ -0,0 +1 @@\n"
        "--- a/debian/changelog\n+++ a/debian/changelog\n@@ -0,0 +1 @@\n+x\n"
    )

    new = b"".join(source_diff.with_changelog_entry([diff.encode()], b"one\n")).decode()

    assert new == diff.replace("+1 @@\n+x", "+1,2 @@\n+one\n+x")


# Tarballs -----------------------------------------------------------------------------------


def tar(*entries: tuple[str, bytes] | tarfile.TarInfo, form: int = tarfile.GNU_FORMAT) -> bytes:
    """A tarball of files and of members without contents."""
    file = BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as out:
        for entry in entries:
            if isinstance(entry, tarfile.TarInfo):
                out.addfile(entry)
                continue
            name, contents = entry
            info = tarfile.TarInfo(name)
            info.size = len(contents)
            out.addfile(info, BytesIO(contents))
    return file.getvalue()


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def with_size(name: str, kind: bytes, size: int = 512) -> bytes:
    """The header of a member that says it has contents."""
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


def rewritten(data: bytes, *, has_top_directory: bool = False) -> bytes:
    return b"".join(
        source_tar.with_changelog_entry(
            [data], b"new\n", at=7, has_top_directory=has_top_directory
        )
    )


CHANGELOG_FILE = ("debian/changelog", b"old\n")
HOSTILE_TARS: dict[str, tuple[bytes, str]] = {
    "twice": (tar(CHANGELOG_FILE, CHANGELOG_FILE), "twice"),
    "twice by another spelling": (tar(CHANGELOG_FILE, ("./debian//changelog", b"")), "twice"),
    "none": (tar(("debian/rules", b"")), "no debian/changelog"),
    "a link": (tar(link("debian/changelog", "rules")), "no regular file"),
    "a hard link": (tar(link("debian/changelog", "x", tarfile.LNKTYPE)), "no regular file"),
    "another name of it": (
        tar(CHANGELOG_FILE, link("x", "debian/changelog", tarfile.LNKTYPE)),
        "hard link to debian/changelog",
    ),
    "debian is a link": (tar(link("debian", "/etc"), CHANGELOG_FILE), "no directory"),
    "upwards": (tar(CHANGELOG_FILE, ("../x", b"")), "leads out"),
    "absolute": (tar(CHANGELOG_FILE, ("/etc/passwd", b"")), "leads out"),
    "a directory with contents": (with_size("x", tarfile.DIRTYPE), "no file and has"),
    "a link with contents": (with_size("x", tarfile.SYMTYPE), "no file and has"),
    "an old sparse file": (with_size("x", tarfile.GNUTYPE_SPARSE), "not known here"),
    "another volume": (with_size("x", b"M"), "not known here"),
    "cut off in a header": (tar(CHANGELOG_FILE)[:700], "cut off"),
    "cut off in contents": (tar(("debian/x", bytes(5000)))[:2048], "cut off"),
    "no tar": (b"x" * 1024, "no number"),
    "a wrong checksum": (b"X" + tar(CHANGELOG_FILE)[1:], "checksum"),
    "a size over the bound": (with_size("x", tarfile.REGTYPE, 1 << 40), "has 1099511627776 bytes"),
}


@pytest.mark.parametrize(("data", "sentence"), HOSTILE_TARS.values(), ids=HOSTILE_TARS.keys())
def test_a_tarball_that_readers_could_take_differently_is_refused(
    data: bytes, sentence: str
) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        rewritten(data)


def test_a_native_tarball_has_one_directory_at_its_top() -> None:
    data = tar(("tiny/debian/changelog", b"old\n"), ("other/x", b""))

    with pytest.raises(InvalidInputError, match="lies beside the directory at the top"):
        rewritten(data, has_top_directory=True)


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
def test_long_names_and_extended_headers_stay(form: int) -> None:
    deep = "debian/" + "d" * 90 + "/" + "n" * 90
    longest = "debian/" + "x" * 3000
    files = [(deep, b"deep"), CHANGELOG_FILE]
    if form != tarfile.USTAR_FORMAT:
        files.append((longest, bytes(3000)))

    new = rewritten(tar(*files, form=form))

    with tarfile.open(fileobj=BytesIO(new)) as opened:
        found = {m.name: opened.extractfile(m).read() for m in opened}  # type: ignore[union-attr]  # all are files
    assert found == dict(files) | {"debian/changelog": b"new\nold\n"}


NAMES = st.lists(
    st.text("abc", min_size=1, max_size=120).map(lambda name: f"debian/{name}"),
    unique=True,
    max_size=6,
)


@given(
    NAMES,
    st.lists(st.binary(max_size=1500), min_size=6, max_size=6),
    st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
    st.integers(1, 2000),
)
def test_whatever_else_there_is_stays(
    names: list[str], contents: list[bytes], form: int, chunk_bytes: int
) -> None:
    files = [*zip(names, contents, strict=False), CHANGELOG_FILE]
    data = tar(*files, form=form)
    pieces = [data[start : start + chunk_bytes] for start in range(0, len(data), chunk_bytes)]

    new = b"".join(
        source_tar.with_changelog_entry(pieces, b"new\n", at=7, has_top_directory=False)
    )

    with tarfile.open(fileobj=BytesIO(new)) as opened:
        found = [(m.name, opened.extractfile(m).read()) for m in opened]  # type: ignore[union-attr]  # all are files
    assert found == [*files[:-1], ("debian/changelog", b"new\nold\n")]
    assert len(new) % source_tar.RECORD_BYTES == 0


# Plans --------------------------------------------------------------------------------------


def dsc_of(source_format: str, version: str, *names: str) -> bytes:
    lines = "".join(f"\n {'0' * 64} 1 {name}" for name in names)
    return (
        f"Format: {source_format}\nSource: tiny\nVersion: {version}\nChecksums-Sha256:{lines}\n"
    ).encode()


@pytest.mark.parametrize(
    ("dsc", "sentence"),
    [
        (dsc_of("3.0 (git)", "1-1", "tiny_1-1.git"), "format '3.0 \\(git\\)' is not known"),
        (dsc_of("3.0 (quilt)", "1-1", "tiny_1.orig.tar.xz"), "names 0 files"),
        (
            dsc_of("3.0 (quilt)", "1-1", "tiny_1-1.debian.tar.xz", "tiny_1-1.debian.tar.gz"),
            "names 2 files",
        ),
        (dsc_of("3.0 (quilt)", "2-1", "tiny_2-1.debian.tar.xz"), "another upstream tarball"),
        (
            dsc_of("3.0 (native)", "1-1", "tiny_1-1.tar.xz", "tiny_1-1Xtrial1.tar.xz"),
            "a file tiny_1-1Xtrial1.tar.xz already",
        ),
        (dsc_of("3.0 (quilt)", "1-1", "../tiny_1-1.debian.tar.xz"), "file name"),
    ],
)
def test_what_is_no_source_to_make_one_of_is_refused(dsc: bytes, sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        plan_no_change(dsc, Version.parse("1-1Xtrial1"))


# Compression --------------------------------------------------------------------------------

PACK: dict[Compression, Callable[[bytes], bytes]] = {
    Compression.GZIP: gzip.compress,
    Compression.BZIP2: bz2.compress,
    Compression.XZ: lzma.compress,
    Compression.LZMA: lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE),
}


@pytest.mark.parametrize("compression", Compression)
@given(data=st.binary(max_size=5000), chunk_bytes=st.integers(1, 700))
def test_what_is_packed_unpacks_to_the_same(
    compression: Compression, data: bytes, chunk_bytes: int
) -> None:
    whole = b"".join(packed([data], compression))
    pieces = [whole[start : start + chunk_bytes] for start in range(0, len(whole), chunk_bytes)]

    assert b"".join(unpacked(pieces, compression, bytes_max=5000)) == data


@pytest.mark.parametrize("compression", [Compression.GZIP, Compression.BZIP2, Compression.XZ])
def test_several_streams_are_one_as_for_their_tools(compression: Compression) -> None:
    two = PACK[compression](b"one ") + PACK[compression](b"two")

    assert b"".join(unpacked([two], compression, bytes_max=100)) == b"one two"


@pytest.mark.parametrize("compression", Compression)
def test_a_bomb_ends_at_the_bound_in_small_pieces(compression: Compression) -> None:
    bomb = PACK[compression](bytes(20_000_000))
    sizes: list[int] = []

    with pytest.raises(InvalidInputError, match="more than 10000000 bytes"):
        sizes.extend(map(len, unpacked([bomb], compression, bytes_max=10_000_000)))

    assert max(sizes) <= 1 << 20
    assert sum(sizes) <= 10_000_000


@pytest.mark.parametrize("compression", Compression)
def test_a_stream_that_is_cut_off_is_refused(compression: Compression) -> None:
    whole = PACK[compression](bytes(range(256)) * 100)

    with pytest.raises(InvalidInputError, match="cut off"):
        list(unpacked([whole[:-10]], compression, bytes_max=1 << 20))


@pytest.mark.parametrize("compression", [Compression.GZIP, Compression.BZIP2, Compression.XZ])
def test_a_stream_that_is_damaged_or_goes_on_is_refused(compression: Compression) -> None:
    whole = PACK[compression](bytes(range(256)) * 100)
    half = len(whole) // 2
    damaged = whole[:half] + bytes(byte ^ 0x55 for byte in whole[half:])

    for broken in (damaged, whole + b"more"):
        with pytest.raises(InvalidInputError, match=r"cut off|no sound"):
            list(unpacked([broken], compression, bytes_max=1 << 20))


def test_an_xz_header_that_asks_for_gigabytes_is_refused() -> None:
    small = lzma.compress(b"x")
    header = bytearray(small[12:24])
    assert header[2:5] == bytes([0x21, 1, 22])  # LZMA2, one byte of properties: 8 MiB
    header[4] = 37
    header[8:12] = zlib.crc32(header[:8]).to_bytes(4, "little")

    with pytest.raises(InvalidInputError, match=r"no sound xz stream: .*emory"):
        list(unpacked([small[:12] + header + small[24:]], Compression.XZ, bytes_max=1 << 20))
