"""Swapped packages as dpkg sees them."""

import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.adapters.toolchain.tiny_packages import MakeDeb

from vostok.adapters.toolchain_packages import SwapResult, build_swap
from vostok.domain.toolchain import buildflags_configuration, parse_spec
from vostok.domain.toolchain_preflight import PackageFacts
from vostok.domain.toolchain_source import SwapOrder
from vostok.errors import InvalidInputError

pytestmark = pytest.mark.debian

SECONDS_MAX = 60
AT = datetime(2026, 1, 1, tzinfo=UTC)

CPP = (
    "Package: cpp\nSource: gcc-defaults (1.203)\nVersion: 4:12.2.0-3\nArchitecture: amd64\n"
    "Section: interpreters\nPriority: optional\nMulti-Arch: allowed\n"
    "Depends: cpp-12 (>= 12.2.0-1~)\n"
)
GCC = (
    "Package: gcc\nSource: gcc-defaults (1.203)\nVersion: 4:12.2.0-3\nArchitecture: amd64\n"
    "Section: devel\nPriority: optional\nDepends: cpp (= 4:12.2.0-3), gcc-12 (>= 12.2.0-1~)\n"
    "Provides: c-compiler, gcc-x86-64-linux-gnu (= 4:12.2.0-3)\n"
)
ESSENTIAL = "Package: build-essential\nVersion: 12.9\nArchitecture: amd64\nDepends: gcc, make\n"
GCC_11_FAST = parse_spec(compilers={"gcc": "gcc-11"}, cflags=["-O3"])


def facts(name: str, version: str, source: str, source_version: str) -> PackageFacts:
    return PackageFacts(
        name=name,
        version=version,
        architecture="amd64",
        source=source,
        source_version=source_version,
        depends=f"{name}-12",
    )


PACKAGES = {
    one.name: one
    for one in (
        facts("cpp", "4:12.2.0-3", "gcc-defaults", "1.203"),
        facts("gcc", "4:12.2.0-3", "gcc-defaults", "1.203"),
        facts("gcc-11", "11.3.0-12", "gcc-11", "11.3.0-12"),
        facts("cpp-11", "11.3.0-12", "gcc-11", "11.3.0-12"),
        facts("build-essential", "12.9", "build-essential", "12.9"),
    )
}
ORDER = SwapOrder(
    toolchain="gcc-11",
    spec=GCC_11_FAST,
    suffix="Xtrial1",
    codename="bookworm",
    maintainer="Trial <trial@example.org>",
    at=AT,
)


@pytest.fixture
def parent_debs(make_deb: MakeDeb) -> list[Path]:
    return [
        make_deb(CPP, {"usr/bin/cpp": "cpp-12", "usr/share/doc/cpp/copyright": b"GPL-3\n"}),
        make_deb(
            GCC,
            {
                "usr/bin/gcc": "gcc-12",
                "usr/bin/lto-dump": "lto-dump-12",
                "usr/bin/c99-gcc": b"#!/bin/sh\nexec gcc\n",
                "usr/lib/bfd-plugins/liblto_plugin.so": "../gcc/x86_64-linux-gnu/12/plugin.so",
                "usr/share/doc/gcc": "cpp",
            },
        ),
    ]


@pytest.fixture
def swap(parent_debs: list[Path], tmp_path: Path) -> SwapResult:
    return swap_in(tmp_path / "swap", parent_debs)


def swap_in(directory: Path, debs: list[Path], order: SwapOrder = ORDER) -> SwapResult:
    directory.mkdir()
    return build_swap(order, {"amd64": PACKAGES}, debs, directory)


def run(*command: str | Path, directory: Path | None = None) -> str:
    return subprocess.run(
        [str(part) for part in command],
        cwd=directory,
        check=True,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
    ).stdout


def deb(swap: SwapResult, package: str) -> Path:
    return next(path for path in swap.binaries if path.name.startswith(f"{package}_"))


def fields(file: Path, *names: str) -> dict[str, str]:
    return {name: run("dpkg-deb", "--field", file, name).rstrip("\n") for name in names}


def links(file: Path) -> dict[str, str]:
    listing = (line.split(maxsplit=5) for line in run("dpkg-deb", "--contents", file).splitlines())
    pairs = (line[5].split(" -> ") for line in listing if line[0].startswith("l"))
    return {path.removeprefix("./"): target for path, target in pairs}


def test_the_packages_have_the_raised_versions_and_dependencies(swap: SwapResult) -> None:
    assert [path.name for path in swap.binaries] == [
        "cpp_12.2.0-3Xtrial1_amd64.deb",
        "gcc_12.2.0-3Xtrial1_amd64.deb",
        "buildflags-gcc-11_1.203Xtrial1_all.deb",
    ]
    assert fields(deb(swap, "gcc"), "Version", "Source", "Depends", "Provides") == {
        "Version": "4:12.2.0-3Xtrial1",
        "Source": "gcc-defaults (1.203Xtrial1)",
        "Depends": "cpp (= 4:12.2.0-3Xtrial1), gcc-11 (>= 11.3.0-12),"
        " buildflags-gcc-11 (= 1.203Xtrial1)",
        "Provides": "c-compiler, gcc-x86-64-linux-gnu (= 4:12.2.0-3Xtrial1)",
    }
    assert fields(deb(swap, "cpp"), "Multi-Arch", "Section", "Original-Maintainer") == {
        "Multi-Arch": "allowed",
        "Section": "interpreters",
        "Original-Maintainer": "GCC <gcc@example.org>",
    }


def test_the_links_lead_to_the_new_compiler(swap: SwapResult) -> None:
    assert links(deb(swap, "gcc")) == {
        "usr/bin/gcc": "gcc-11",
        "usr/bin/lto-dump": "lto-dump-11",
        "usr/lib/bfd-plugins/liblto_plugin.so": "../gcc/x86_64-linux-gnu/11/plugin.so",
        "usr/share/doc/gcc": "cpp",
    }


@pytest.mark.parametrize("year", [2000, 2100])
def test_everything_belongs_to_root_and_has_the_date_of_the_order(
    parent_debs: list[Path], tmp_path: Path, year: int
) -> None:
    order = replace(ORDER, at=datetime(year, 1, 2, tzinfo=UTC))

    swap = swap_in(tmp_path / "swap", parent_debs, order)

    lines = run("dpkg-deb", "--contents", deb(swap, "gcc")).splitlines()
    assert {tuple(line.split()[1:5:2]) for line in lines} == {("root/root", f"{year}-01-02")}
    assert [line.split()[0] for line in lines if line.endswith("c99-gcc")] == ["-rwxr-xr-x"]


def test_maintainer_scripts_and_checksums_are_in_the_control_archive(
    swap: SwapResult, tmp_path: Path
) -> None:
    out = tmp_path / "unpacked"
    run("dpkg-deb", "--raw-extract", deb(swap, "gcc"), out)

    assert (out / "DEBIAN/postinst").read_text() == "#!/bin/sh\nset -e\n"
    assert (out / "DEBIAN/postinst").stat().st_mode & 0o777 == 0o755
    assert run("md5sum", "--check", "DEBIAN/md5sums", directory=out) == "usr/bin/c99-gcc: OK\n"


def test_two_runs_give_the_same_bytes(
    swap: SwapResult, parent_debs: list[Path], tmp_path: Path
) -> None:
    again = swap_in(tmp_path / "again", parent_debs[::-1])

    assert [path.name for path in again.source_files] == [
        "gcc-defaults_1.203Xtrial1.dsc",
        "gcc-defaults_1.203Xtrial1.tar.xz",
    ]
    for first, second in zip(
        (*swap.source_files, *swap.binaries),
        (*again.source_files, *again.binaries),
        strict=True,
    ):
        assert first.read_bytes() == second.read_bytes(), first.name


def rebuild(swap: SwapResult, directory: Path, entry: str = "") -> Path:
    directory.mkdir()
    for file in swap.source_files:
        shutil.copy(file, directory)
    run("dpkg-source", "--no-check", "-x", swap.source_files[0].name, "tree", directory=directory)
    changelog = directory / "tree/debian/changelog"
    changelog.write_text(entry + changelog.read_text())
    options = ("--build=binary", "--unsigned-changes", "--no-check-builddeps", "--host-arch=amd64")
    run("dpkg-buildpackage", *options, directory=directory / "tree")
    return directory


def test_whoever_rebuilds_the_source_gets_the_same_packages(
    swap: SwapResult, tmp_path: Path
) -> None:
    rebuilt = rebuild(swap, tmp_path / "rebuilt")

    assert sorted(path.name for path in rebuilt.glob("*.deb")) == sorted(
        path.name for path in swap.binaries
    )
    for file in swap.binaries:
        assert (rebuilt / file.name).read_bytes() == file.read_bytes(), file.name


def test_a_binary_only_rebuild_raises_every_binary(swap: SwapResult, tmp_path: Path) -> None:
    entry = (
        "gcc-defaults (1.203Xtrial1Xtrial2) bookworm; urgency=low, binary-only=yes\n\n"
        "  * Rebuild.\n\n -- Trial <trial@example.org>  Fri, 02 Jan 2026 00:00:00 +0000\n\n"
    )
    rebuilt = rebuild(swap, tmp_path / "rebuilt", entry)

    gcc = rebuilt / "gcc_12.2.0-3Xtrial1Xtrial2_amd64.deb"
    assert fields(gcc, "Source", "Depends") == {
        "Source": "gcc-defaults (1.203Xtrial1)",
        "Depends": "cpp (= 4:12.2.0-3Xtrial1Xtrial2), gcc-11 (>= 11.3.0-12),"
        " buildflags-gcc-11 (= 1.203Xtrial1)",
    }


def test_the_new_version_is_between_the_parents_and_its_next(swap: SwapResult) -> None:
    version = fields(deb(swap, "gcc"), "Version")["Version"]

    for lower, higher in (
        ("4:12.2.0-3", version),
        (version, "4:12.2.0-4"),
        (version, "4:12.2.0-3+b1"),
    ):
        run("dpkg", "--compare-versions", lower, "lt", higher)


def test_flags_alone_raise_build_essential(make_deb: MakeDeb, tmp_path: Path) -> None:
    order = replace(ORDER, toolchain="fast", spec=parse_spec(cflags=["-O3"]))

    swap = swap_in(tmp_path / "swap", [make_deb(ESSENTIAL, {"usr/share/x": b"x"})], order)

    assert fields(deb(swap, "build-essential"), "Version", "Depends") == {
        "Version": "12.9Xtrial1",
        "Depends": "gcc, make, buildflags-fast (= 12.9Xtrial1)",
    }
    assert fields(deb(swap, "buildflags-fast"), "Architecture")["Architecture"] == "all"
    out = tmp_path / "unpacked"
    run("dpkg-deb", "--raw-extract", deb(swap, "buildflags-fast"), out)
    assert (out / "DEBIAN/conffiles").read_text() == "/etc/dpkg/buildflags.conf\n"
    assert "APPEND CFLAGS -O3\n" in (out / "etc/dpkg/buildflags.conf").read_text()


def test_dpkg_takes_the_flags_as_they_were_given(tmp_path: Path) -> None:
    spec = parse_spec(
        cflags=["-O3 -DX=%a@b,c:d^"], cxxflags=["-O1"], cppflags=["-DY"], fflags=["-O0"],
        ldflags=["-Wl,-z,now"],
    )  # fmt: skip
    (tmp_path / "dpkg").mkdir()
    (tmp_path / "dpkg/buildflags.conf").write_text(buildflags_configuration("x", spec))

    def flags(variable: str) -> str:
        return run("env", f"XDG_CONFIG_HOME={tmp_path}", "dpkg-buildflags", "--get", variable)

    assert flags("CFLAGS").endswith(" -O3 -DX=%a@b,c:d^\n")
    assert flags("OBJCFLAGS").endswith(" -O3 -DX=%a@b,c:d^\n")
    assert flags("CXXFLAGS").endswith(" -O1\n")
    assert flags("CPPFLAGS").endswith(" -DY\n")
    assert flags("FCFLAGS").endswith(" -O0\n")
    assert flags("LDFLAGS").endswith(" -Wl,-z,now\n")


def test_links_that_the_new_compiler_has_nothing_for_are_left_out(
    make_deb: MakeDeb, parent_debs: list[Path], tmp_path: Path
) -> None:
    compiler = make_deb(
        "Package: gcc-11\nVersion: 11.3.0-12\nArchitecture: amd64\n",
        {"usr/bin/gcc-11": b"", "usr/bin/cpp-11": b""},
    )
    (tmp_path / "swap").mkdir()

    swap = build_swap(
        ORDER, {"amd64": PACKAGES}, parent_debs, tmp_path / "swap", compiler_debs=[compiler]
    )

    assert links(deb(swap, "gcc")) == {"usr/bin/gcc": "gcc-11", "usr/share/doc/gcc": "cpp"}
    assert "gcc has no /usr/bin/lto-dump: the new compiler has none (amd64)" in swap.plan.notes


def test_a_parents_file_that_is_not_given_is_named(
    parent_debs: list[Path], tmp_path: Path
) -> None:
    with pytest.raises(InvalidInputError, match=r"cpp 4:12\.2\.0-3 \(amd64\)"):
        swap_in(tmp_path / "swap", parent_debs[1:])


def test_a_file_in_another_version_than_the_view_has_is_no_substitute(
    make_deb: MakeDeb, parent_debs: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "trees/cpp").rename(tmp_path / "trees/old")
    newer = make_deb(CPP.replace("12.2.0-3", "12.2.0-9"), {"usr/bin/cpp": "cpp-12"})

    with pytest.raises(InvalidInputError, match=r"cpp 4:12\.2\.0-3 \(amd64\)"):
        swap_in(tmp_path / "swap", [newer, parent_debs[1]])


def test_the_files_of_every_architecture_come_from_one_source(
    make_deb: MakeDeb, parent_debs: list[Path], tmp_path: Path
) -> None:
    arm_packages = {name: replace(one, architecture="arm64") for name, one in PACKAGES.items()}
    (tmp_path / "trees").rename(tmp_path / "amd64-trees")
    amd64 = [path.rename(path.with_suffix(".amd64.deb")) for path in parent_debs]
    arm64 = [
        make_deb(control.replace("amd64", "arm64"), {f"usr/bin/{name}": f"{name}-12"})
        for name, control in (("cpp", CPP), ("gcc", GCC))
    ]
    (tmp_path / "swap").mkdir()

    swap = build_swap(
        ORDER,
        {"amd64": PACKAGES, "arm64": arm_packages},
        [*amd64, *arm64],
        tmp_path / "swap",
    )

    assert sorted(path.name for path in swap.binaries) == [
        "buildflags-gcc-11_1.203Xtrial1_all.deb",
        "cpp_12.2.0-3Xtrial1_amd64.deb",
        "cpp_12.2.0-3Xtrial1_arm64.deb",
        "gcc_12.2.0-3Xtrial1_amd64.deb",
        "gcc_12.2.0-3Xtrial1_arm64.deb",
    ]
    arm_gcc = next(
        path
        for path in swap.binaries
        if path.name.endswith("-3Xtrial1_arm64.deb") and path.name.startswith("gcc")
    )
    assert links(arm_gcc) == {"usr/bin/gcc": "gcc-11"}
