"""What becomes of gcc-defaults when another compiler takes over."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from vostok.debian.stanza import Stanza, parse_stanza, parse_stanzas
from vostok.domain.toolchain import ToolchainSpec, parse_spec
from vostok.domain.toolchain_preflight import PackageFacts
from vostok.domain.toolchain_source import SwapOrder, SwapPlan, swap_plan
from vostok.domain.toolchain_swap import (
    ParentBinary,
    ParentDefaults,
    SwappedBinary,
    TreeFile,
    TreeLink,
    swapped_defaults,
)
from vostok.errors import InvalidInputError

GCC_11 = parse_spec(compilers={"gcc": "gcc-11"})
GCC_11_FAST = parse_spec(compilers={"gcc": "gcc-11"}, cflags=["-O3"])
AT = datetime(2026, 1, 1, tzinfo=UTC)


def binary(fields: str, *, links: dict[str, str] | None = None, source: str = "") -> ParentBinary:
    source = source or "Source: gcc-defaults (1.203)"
    return ParentBinary(
        control=parse_stanza(
            f"{source}\nMaintainer: GCC <gcc@example.org>\nInstalled-Size: 9\n"
            f"Section: devel\nPriority: optional\nDescription: a compiler\n{fields}"
        ),
        directories=("usr", "usr/bin"),
        files=(),
        links=tuple(TreeLink(path=path, target=target) for path, target in (links or {}).items()),
        scripts=(TreeFile(path="postinst", content=b"#!/bin/sh\n", is_executable=True),),
    )


CPP = binary(
    "Package: cpp\nVersion: 4:12.2.0-3\nArchitecture: amd64\nMulti-Arch: allowed\n"
    "Depends: cpp-12 (>= 12.2.0-1~)\nConflicts: cpp-doc (<< 1:2.95.3)\n",
    links={"usr/bin/cpp": "cpp-12"},
)
GCC = binary(
    "Package: gcc\nVersion: 4:12.2.0-3\nArchitecture: amd64\n"
    "Depends: cpp (= 4:12.2.0-3), gcc-12 (>= 12.2.0-1~)\n"
    "Recommends: libc6-dev | libc-dev\n"
    "Provides: c-compiler, gcc-x86-64-linux-gnu (= 4:12.2.0-3)\n",
    links={
        "usr/bin/gcc": "gcc-12",
        "usr/bin/x86_64-linux-gnu-gcc-ar": "gcc-ar-12",
        "usr/bin/gcov-tool": "gcov-tool-12",
        "usr/lib/bfd-plugins/liblto_plugin.so": "../gcc/x86_64-linux-gnu/12/liblto_plugin.so",
        "usr/share/man/man1/gcc-ar.1.gz": "gcc-ar-12.1.gz",
        "usr/share/doc/cpp/README.Bugs": "../gcc-12/README.Bugs",
        "usr/share/doc/gcc": "cpp",
    },
)
GXX = binary(
    "Package: g++\nVersion: 4:12.2.0-3\nArchitecture: amd64\n"
    "Depends: cpp (= 4:12.2.0-3), gcc (= 4:12.2.0-3), g++-12 (>= 12.2.0-1~),"
    " gcc-12 (>= 12.2.0-1~)\nSuggests: g++-multilib\n",
    links={"usr/bin/g++": "g++-12"},
)
GFORTRAN = binary(
    "Package: gfortran\nVersion: 4:12.2.0-3\nArchitecture: amd64\n"
    "Depends: cpp (= 4:12.2.0-3), gcc (>= 4:12.2.0-3), gfortran-12 (>= 12.2.0-1~)\n"
    "Provides: fortran-compiler, gfortran-mod-15\n",
    links={"usr/bin/gfortran": "gfortran-12"},
)
GDC = binary(
    "Package: gdc\nVersion: 4:12.2.0-3\nArchitecture: amd64\n"
    "Depends: gdc-12 (>= 12.2.0-1~), libgphobos-dev (= 12.2.0-3)\n"
)
PHOBOS = binary(
    "Package: libgphobos-dev\nVersion: 12.2.0-3\nArchitecture: amd64\n"
    "Depends: libgphobos-12-dev (>= 12.2.0-1~)\n"
)
BUILD_ESSENTIAL = binary(
    "Package: build-essential\nVersion: 12.9\nArchitecture: amd64\n"
    "Depends: libc6-dev | libc-dev, gcc (>= 4:10.2), make\n",
    source="Source: build-essential",
)


def facts(name: str, version: str = "11.3.0-12", provides: str = "") -> PackageFacts:
    return PackageFacts(
        name=name,
        version=version,
        architecture="amd64",
        source=name,
        source_version=version,
        provides=provides,
    )


def parent(*binaries: ParentBinary, has: tuple[PackageFacts, ...] = ()) -> ParentDefaults:
    everything = (*(facts(one.name, one.version) for one in binaries), *has)
    return ParentDefaults(binaries=binaries, packages={one.name: one for one in everything})


BOOKWORM = parent(CPP, GCC, GXX, GFORTRAN, has=(facts("gcc-11"), facts("g++-11"), facts("cpp-11")))


def swapped(
    name: str, spec: ToolchainSpec = GCC_11, of: ParentDefaults = BOOKWORM
) -> SwappedBinary:
    (found,) = (
        one for one in swapped_defaults(spec, of, flags_package=None).binaries if one.name == name
    )
    return found


def plan(
    spec: ToolchainSpec = GCC_11, suffix: str = "Xtrial1", **parents: ParentDefaults
) -> SwapPlan:
    order = SwapOrder(
        toolchain="new",
        spec=spec,
        suffix=suffix,
        codename="bookworm",
        maintainer="Trial <trial@example.org>",
        at=AT,
    )
    return swap_plan(order, parents or {"amd64": BOOKWORM})


def text(of: SwapPlan, path: str) -> str:
    return next(file.content for file in of.files if file.path == path).decode()


def control_stanza(of: SwapPlan, package: str) -> Stanza:
    stanzas = parse_stanzas(text(of, "debian/control"))
    return next(one for one in stanzas if one.get("Package") == package)


def test_every_link_with_the_old_version_in_it_leads_to_the_new_one() -> None:
    assert {link.path: link.target for link in swapped("gcc").links} == {
        "usr/bin/gcc": "gcc-11",
        "usr/bin/x86_64-linux-gnu-gcc-ar": "gcc-ar-11",
        "usr/bin/gcov-tool": "gcov-tool-11",
        "usr/lib/bfd-plugins/liblto_plugin.so": "../gcc/x86_64-linux-gnu/11/liblto_plugin.so",
        "usr/share/man/man1/gcc-ar.1.gz": "gcc-ar-11.1.gz",
        "usr/share/doc/cpp/README.Bugs": "../gcc-11/README.Bugs",
        "usr/share/doc/gcc": "cpp",
    }


def test_dependencies_name_the_new_compiler_and_rise_among_themselves() -> None:
    assert swapped("g++").relations["Depends"] == (
        "cpp (= 4:12.2.0-3${swap:Suffix})",
        "gcc (= 4:12.2.0-3${swap:Suffix})",
        "g++-11 (>= 11.3.0-12)",
        "gcc-11 (>= 11.3.0-12)",
    )


def test_what_a_package_provides_of_itself_rises_and_its_conflicts_do_not() -> None:
    assert swapped("gcc").relations["Provides"] == (
        "c-compiler",
        "gcc-x86-64-linux-gnu (= 4:12.2.0-3${swap:Suffix})",
    )
    assert swapped("cpp").relations["Conflicts"] == ("cpp-doc (<< 1:2.95.3)",)


def test_alternatives_stay_as_they_are() -> None:
    assert swapped("gcc").relations["Recommends"] == ("libc6-dev | libc-dev",)


def test_maintainer_scripts_stay() -> None:
    assert swapped("gcc").scripts == GCC.scripts


def test_a_language_that_the_target_lacks_keeps_its_links_and_rises() -> None:
    kept = swapped("gfortran")

    assert [link.target for link in kept.links] == ["gfortran-12"]
    assert kept.relations["Depends"] == (
        "cpp (= 4:12.2.0-3${swap:Suffix})",
        "gcc (>= 4:12.2.0-3${swap:Suffix})",
        "gfortran-12 (>= 12.2.0-1~)",
    )


def test_the_module_format_is_that_of_the_new_fortran_compiler() -> None:
    fortran = facts("gfortran-15", "15.1-1", provides="fortran95-compiler, gfortran-mod-16")
    spec = parse_spec(compilers={"gfortran": "gfortran-15"})

    provides = swapped("gfortran", spec, parent(CPP, GCC, GFORTRAN, has=(fortran,)))

    assert provides.relations["Provides"] == ("fortran-compiler", "gfortran-mod-16")


def test_a_sibling_with_a_version_of_its_own_rises_from_that() -> None:
    of = parent(
        GDC, PHOBOS, GCC, has=(facts("gcc-11"), facts("gdc-11"), facts("libgphobos-11-dev"))
    )

    assert swapped("gdc", of=of).relations["Depends"] == (
        "gdc-11 (>= 11.3.0-12)",
        "libgphobos-dev (= 12.2.0-3${swap:Suffix})",
    )
    assert swapped("libgphobos-dev", of=of).relations["Depends"] == (
        "libgphobos-11-dev (>= 11.3.0-12)",
    )


def test_a_multilib_package_without_counterpart_keeps_its_compiler_and_says_so() -> None:
    multilib = binary(
        "Package: gcc-multilib\nVersion: 4:12.2.0-3\nArchitecture: amd64\n"
        "Depends: gcc (= 4:12.2.0-3), gcc-12-multilib (>= 12.2.0-1~)\n"
    )
    of = parent(CPP, GCC, multilib, has=(facts("gcc-11"), facts("cpp-11")))

    found = swapped_defaults(GCC_11, of, flags_package=None)

    assert found.notes == ("gcc-multilib keeps its compiler: the parent has no counterpart",)
    assert swapped("gcc-multilib", of=of).relations["Depends"] == (
        "gcc (= 4:12.2.0-3${swap:Suffix})",
        "gcc-12-multilib (>= 12.2.0-1~)",
    )


def test_links_into_nowhere_are_left_out_when_the_compilers_files_are_known() -> None:
    of = replace(BOOKWORM, compiler_paths=frozenset({"usr/bin/gcc-11", "usr/bin/g++-11",
        "usr/lib/gcc/x86_64-linux-gnu/11/liblto_plugin.so"}))  # fmt: skip

    assert [link.path for link in swapped("gcc", of=of).links] == [
        "usr/bin/gcc",
        "usr/lib/bfd-plugins/liblto_plugin.so",
        "usr/share/doc/gcc",
    ]


def test_clang_takes_the_commands_it_has_counterparts_for() -> None:
    spec = parse_spec(compilers={"gcc": "clang-14"})
    of = parent(
        CPP, GCC, GXX, GFORTRAN, has=(facts("clang-14", "1:14-1"), facts("llvm-14", "1:14-2"))
    )

    gcc, gxx = swapped("gcc", spec, of), swapped("g++", spec, of)

    assert {link.path: link.target for link in gcc.links} == {
        "usr/bin/gcc": "clang-14",
        "usr/bin/x86_64-linux-gnu-gcc-ar": "llvm-ar-14",
        "usr/share/doc/gcc": "cpp",
    }
    assert gcc.relations["Depends"] == (
        "cpp (= 4:12.2.0-3${swap:Suffix})",
        "clang-14 (>= 1:14-1)",
        "llvm-14 (>= 1:14-2)",
    )
    assert [link.target for link in gxx.links] == ["clang++-14"]
    assert gxx.relations["Depends"][2:] == ("clang-14 (>= 1:14-1)",)


def test_a_package_of_another_source_is_refused() -> None:
    stranger = binary(
        "Package: tcc\nVersion: 1\nArchitecture: amd64\n", source="Source: tinycc (1)"
    )

    with pytest.raises(InvalidInputError, match="tinycc"):
        swapped_defaults(GCC_11, parent(GCC, stranger), flags_package=None)


def test_a_package_with_a_substitution_variable_is_refused() -> None:
    odd = binary("Package: gcc\nVersion: 1\nArchitecture: amd64\nHomepage: ${swap:Suffix}\n")

    with pytest.raises(InvalidInputError, match="Homepage"):
        swapped_defaults(GCC_11, parent(odd), flags_package=None)


def test_a_flags_package_is_pulled_in_by_gcc_and_takes_the_place_of_the_parents() -> None:
    nested = binary(
        "Package: gcc\nVersion: 4:12.2.0-3\nArchitecture: amd64\n"
        "Depends: cpp, gcc-12, buildflags-old (= 1.203)\n"
    )
    of = parent(nested, has=(facts("gcc-11"),))

    (gcc,) = swapped_defaults(GCC_11, of, flags_package="buildflags-new").binaries

    assert gcc.relations["Depends"] == (
        "cpp",
        "gcc-11 (>= 11.3.0-12)",
        "buildflags-new (= ${source:Version})",
    )


def test_flags_alone_are_pulled_in_by_build_essential() -> None:
    made = plan(parse_spec(ldflags=["-Wl,-z,now"]), amd64=parent(BUILD_ESSENTIAL))

    assert (made.source, made.version) == ("build-essential", "12.9Xtrial1")
    assert (
        "buildflags-new (= ${source:Version})"
        in (control_stanza(made, "build-essential")["Depends"])
    )
    assert text(made, "debian/binaries/all/buildflags-new/root/etc/dpkg/buildflags.conf").endswith(
        "\nAPPEND LDFLAGS -Wl,-z,now\n"
    )
    assert text(made, "debian/binaries/all/buildflags-new/control/conffiles") == (
        "/etc/dpkg/buildflags.conf\n"
    )


def test_every_binary_rises_by_the_suffix_from_its_own_version() -> None:
    versions = {one.name: one.version for one in plan(GCC_11_FAST).binaries}

    assert versions == {
        "cpp": "4:12.2.0-3Xtrial1",
        "gcc": "4:12.2.0-3Xtrial1",
        "g++": "4:12.2.0-3Xtrial1",
        "gfortran": "4:12.2.0-3Xtrial1",
        "buildflags-new": "1.203Xtrial1",
    }
    assert plan().binaries[0].file_name == "cpp_12.2.0-3Xtrial1_amd64.deb"


def test_the_changelog_has_the_version_and_date_it_was_given() -> None:
    lines = text(plan(), "debian/changelog").splitlines()

    assert lines[0] == "gcc-defaults (1.203Xtrial1) bookworm; urgency=low"
    assert lines[-1] == " -- Trial <trial@example.org>  Thu, 01 Jan 2026 00:00:00 +0000"


def test_one_source_serves_architectures_that_differ() -> None:
    arm_gcc = replace(
        GCC,
        control=Stanza(
            (name, {"Architecture": "arm64", "Provides": "c-compiler"}.get(name, value))
            for name, value in GCC.control.items()
        ),
    )
    arm = parent(arm_gcc, has=(facts("gcc-11", "11.4.0-1"),))

    gcc = control_stanza(plan(amd64=BOOKWORM, arm64=arm), "gcc")

    assert gcc["Architecture"] == "amd64 arm64"
    assert gcc["Depends"].split(",\n ") == [
        "\n cpp (= 4:12.2.0-3${swap:Suffix}) [amd64]",
        "gcc-11 (>= 11.3.0-12) [amd64]",
        "cpp (= 4:12.2.0-3) [arm64]",
        "gcc-11 (>= 11.4.0-1) [arm64]",
    ]
    assert gcc["Provides"].split(",\n ") == [
        "\n c-compiler",
        "gcc-x86-64-linux-gnu (= 4:12.2.0-3${swap:Suffix}) [amd64]",
    ]


def test_the_same_orders_give_the_same_plan_whatever_the_order_of_packages() -> None:
    turned = ParentDefaults(
        binaries=BOOKWORM.binaries[::-1],
        packages=dict(reversed(list(BOOKWORM.packages.items()))),
    )

    assert plan(amd64=turned) == plan()


def test_binaries_of_two_sources_are_refused() -> None:
    other = binary(
        "Package: cpp\nVersion: 4:12.3.0-1\nArchitecture: arm64\nDepends: cpp-12\n",
        source="Source: gcc-defaults (1.204)",
    )

    with pytest.raises(InvalidInputError, match=r"1\.203.*1\.204"):
        plan(amd64=BOOKWORM, arm64=parent(other, has=(facts("cpp-11"),)))


@pytest.mark.parametrize(
    "link",
    [
        TreeLink(path="usr/bin/a b", target="gcc"),
        TreeLink(path="../../etc/cron.d/x", target="gcc"),
        TreeLink(path="usr/bin/x", target="a\nusr/bin/y z"),
        TreeLink(path="usr/bin", target="/etc"),
    ],
    ids=["blank", "outside", "line", "directory"],
)
def test_a_link_that_a_list_cannot_hold_or_that_hides_a_path_is_refused(link: TreeLink) -> None:
    odd = replace(GCC, links=(*GCC.links, link))

    with pytest.raises(InvalidInputError):
        plan(amd64=parent(odd, has=(facts("gcc-11"),)))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("suffix", ""),
        ("suffix", "X trial"),
        ("suffix", "-1"),
        ("suffix", "X'$(id)'"),
        ("codename", "bookworm; urgency=high"),
        ("maintainer", "nobody"),
        ("maintainer", "A <a@example.org>\nX: y"),
        ("toolchain", "../x"),
    ],
)
def test_a_value_that_would_break_the_changelog_is_refused(field: str, value: str) -> None:
    values = {
        "toolchain": "new",
        "suffix": "Xtrial1",
        "codename": "bookworm",
        "maintainer": "Trial <trial@example.org>",
    }

    SwapOrder(spec=GCC_11, at=AT, **values)
    with pytest.raises(InvalidInputError):
        SwapOrder(spec=GCC_11, at=AT, **values | {field: value})


def test_an_order_without_anything_to_pack_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="neither compilers nor flags"):
        plan(parse_spec(environment={"X": "1"}))
