"""What may be read of somebody's binary package, and what is refused."""

import io
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.adapters.toolchain.tiny_packages import MakeDeb

from vostok.adapters.toolchain_packages import binary_file
from vostok.adapters.toolchain_packages.binary_file import (
    FILE_BYTES_MAX,
    TREE_BYTES_MAX,
    list_paths,
    read_binary,
)
from vostok.domain.toolchain_swap import TreeFile, TreeLink
from vostok.errors import InvalidInputError

pytestmark = pytest.mark.debian

SECONDS_MAX = 60
CONTROL = b"Package: gcc\nVersion: 1\nArchitecture: amd64\nMaintainer: A <a@example.org>\n"
PLAIN = "usr/bin/gcc"

Member = tuple[tarfile.TarInfo, bytes]


def member(name: str, content: bytes = b"", **attributes: object) -> Member:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for attribute, value in attributes.items():
        setattr(info, attribute, value)
    return info, content


def archive(*members: Member) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:xz", format=tarfile.GNU_FORMAT) as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def assembled(tmp_path: Path) -> Callable[[bytes, bytes], Path]:
    """A `.deb` from its two archives, as no packaging tool would make it."""

    def assemble(control: bytes, data: bytes) -> Path:
        parts = {"debian-binary": b"2.0\n", "control.tar.xz": control, "data.tar.xz": data}
        for name, content in parts.items():
            (tmp_path / name).write_bytes(content)
        subprocess.run(
            ["ar", "rc", "odd.deb", *parts],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            timeout=SECONDS_MAX,
        )
        return tmp_path / "odd.deb"

    return assemble


Assemble = Callable[[bytes, bytes], Path]
GOOD_CONTROL = archive(member("./control", CONTROL))
GOOD_DATA = archive(member(f"./{PLAIN}", b"x"))


def test_a_package_is_read_as_dpkg_made_it(make_deb: MakeDeb) -> None:
    file = make_deb(
        "Package: gcc\nSource: gcc-defaults (1.2)\nVersion: 4:3-1\nArchitecture: amd64\n",
        {"usr/bin/gcc": "gcc-12", "usr/bin/c99": b"#!", "usr/share/x": b"data"},
    )

    binary = read_binary(file)

    assert (binary.name, binary.version, binary.architecture) == ("gcc", "4:3-1", "amd64")
    assert binary.source == ("gcc-defaults", "1.2")
    assert binary.directories == ("usr", "usr/bin", "usr/share")
    assert binary.links == (TreeLink(path="usr/bin/gcc", target="gcc-12"),)
    assert binary.files == (
        TreeFile(path="usr/bin/c99", content=b"#!", is_executable=True),
        TreeFile(path="usr/share/x", content=b"data", is_executable=False),
    )
    assert [script.path for script in binary.scripts] == ["postinst"]


def test_the_paths_of_a_package_are_its_files_and_links(make_deb: MakeDeb) -> None:
    file = make_deb(
        "Package: gcc-11\nVersion: 1\nArchitecture: amd64\n",
        {"usr/bin/gcc-11": "x86_64-linux-gnu-gcc-11", "usr/bin/x86_64-linux-gnu-gcc-11": b""},
    )

    assert list_paths(file) == {"usr/bin/gcc-11", "usr/bin/x86_64-linux-gnu-gcc-11"}


def test_an_archive_of_good_members_is_read(assembled: Assemble) -> None:
    assert read_binary(assembled(GOOD_CONTROL, GOOD_DATA)).files[0].content == b"x"


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (member("./../etc/passwd", b"x"), "outside"),
        (member("/etc/passwd", b"x"), "outside"),
        (member("./usr/./x", b"x"), "outside"),
        (member("./dev/sda", type=tarfile.BLKTYPE, devmajor=8), "neither file"),
        (member("./dev/null", type=tarfile.CHRTYPE, devmajor=1, devminor=3), "neither file"),
        (member("./run/x", type=tarfile.FIFOTYPE), "neither file"),
        (member("./usr/x", type=tarfile.LNKTYPE, linkname="./usr/bin/gcc"), "neither file"),
        (member("./usr/bin/su", b"x", mode=0o4755), "mode 4755"),
        (member("./usr/games", type=tarfile.DIRTYPE, mode=0o2755), "mode 2755"),
        (member("./usr/x", b"x", uid=1000), "root"),
        (member("./usr/x", b"x", gid=1000), "root"),
        (member(f"./{PLAIN}", b"y"), "twice"),
        (member("./usr/x", bytes(FILE_BYTES_MAX + 1)), "over the bound"),
    ],
    ids=lambda value: value[0].name if isinstance(value, tuple) else None,
)
def test_a_member_that_no_plain_tree_has_is_refused_by_name(
    assembled: Assemble, odd: Member, reason: str
) -> None:
    file = assembled(GOOD_CONTROL, archive(member(f"./{PLAIN}", b"x"), odd))

    with pytest.raises(InvalidInputError, match=reason) as caught:
        read_binary(file)

    assert odd[0].name in str(caught.value)


def test_a_package_that_unpacks_to_more_than_the_bound_is_refused(assembled: Assemble) -> None:
    chunk = bytes(FILE_BYTES_MAX)
    count = TREE_BYTES_MAX // FILE_BYTES_MAX + 1
    bomb = archive(*(member(f"./usr/{number}", chunk) for number in range(count)))

    with pytest.raises(InvalidInputError, match=f"more than {TREE_BYTES_MAX} bytes"):
        read_binary(assembled(GOOD_CONTROL, bomb))


def test_a_package_of_too_many_members_is_refused(
    assembled: Assemble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binary_file, "MEMBERS_MAX", 2)
    data = archive(*(member(f"./usr/{number}") for number in range(3)))

    with pytest.raises(InvalidInputError, match="more than 2 members"):
        read_binary(assembled(GOOD_CONTROL, data))


def test_an_unknown_member_of_the_control_archive_is_refused(assembled: Assemble) -> None:
    control = archive(member("./control", CONTROL), member("./../../x", b"x"))
    other = archive(member("./control", CONTROL), member("./postinstall", b"x"))

    for odd in (control, other):
        with pytest.raises(InvalidInputError):
            read_binary(assembled(odd, GOOD_DATA))


def test_a_package_without_a_control_file_is_refused(assembled: Assemble) -> None:
    with pytest.raises(InvalidInputError, match="no control file"):
        read_binary(assembled(archive(member("./md5sums", b"")), GOOD_DATA))


@pytest.mark.parametrize("content", [b"", b"<html>404</html>", b"!<arch>\n"])
def test_what_is_no_package_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "odd.deb"
    file.write_bytes(content)

    with pytest.raises(InvalidInputError, match=r"odd\.deb"):
        read_binary(file)


def test_a_package_cut_short_is_refused(make_deb: MakeDeb) -> None:
    file = make_deb(
        "Package: a\nVersion: 1\nArchitecture: all\n", {"usr/x": bytes(range(256)) * 99}
    )
    file.write_bytes(file.read_bytes()[:-40])

    with pytest.raises(InvalidInputError, match=r"a\.deb"):
        read_binary(file)
