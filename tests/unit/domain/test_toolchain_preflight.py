"""What people are told of a toolchain before anything is built."""

import pytest

from vostok.domain.toolchain import ToolchainSpec, parse_spec
from vostok.domain.toolchain_preflight import (
    PackageFacts,
    available_targets,
    names_compiler_itself,
    names_to_replace,
    preflight,
)


def facts(
    name: str,
    version: str,
    *,
    source: str | None = None,
    architecture: str = "amd64",
    depends: str = "",
) -> PackageFacts:
    return PackageFacts(
        name=name,
        version=version,
        architecture=architecture,
        source=source or name,
        source_version=version,
        depends=depends,
    )


def default(name: str, compiler: str) -> PackageFacts:
    return facts(
        name,
        "4:12.2.0-3",
        source="gcc-defaults",
        depends=f"cpp (= 4:12.2.0-3), {compiler} (>= 12.2.0-1~)",
    )


BOOKWORM = {
    one.name: one
    for one in (
        default("gcc", "gcc-12"),
        default("g++", "g++-12"),
        default("cpp", "cpp-12"),
        default("gfortran", "gfortran-12"),
        default("gcc-i686-linux-gnu", "gcc-12-i686-linux-gnu"),
        default("gcc-x86-64-linux-gnux32", "gcc-12-x86-64-linux-gnux32"),
        facts("gcc-11", "11.3.0-12"),
        facts("g++-11", "11.3.0-12", source="gcc-11"),
        facts("cpp-11", "11.3.0-12", source="gcc-11"),
        facts("gcc-12", "12.2.0-14"),
        facts("g++-12", "12.2.0-14", source="gcc-12"),
        facts("cpp-12", "12.2.0-14", source="gcc-12"),
        facts("gfortran-12", "12.2.0-14", source="gcc-12"),
        facts("gcc-9", "9.5.0-3"),
        facts("clang-14", "1:14.0.6-12", source="llvm-toolchain-14"),
        facts("libgcc-s1", "12.2.0-14", source="gcc-12"),
        facts("binutils", "2.40-2"),
        facts("libc6-dev", "2.36-9", source="glibc"),
        facts("build-essential", "12.9"),
        facts("hello", "2.10-3", architecture="all"),
    )
}


def test_each_tool_says_what_it_leads_to_and_where_that_is_from() -> None:
    found = preflight(parse_spec(compilers={"gcc": "gcc-11"}), BOOKWORM)

    assert [row.as_json() for row in found.tools] == [
        {"tool": tool, "package": package, "version": version, "command": command, "from": origin}
        for tool, package, version, command, origin in (
            ("gcc", "gcc", "4:12.2.0-3", "gcc-11", "gcc-11 11.3.0-12"),
            ("g++", "g++", "4:12.2.0-3", "g++-11", "g++-11 11.3.0-12"),
            ("cpp", "cpp", "4:12.2.0-3", "cpp-11", "cpp-11 11.3.0-12"),
            ("gfortran", "gfortran", "4:12.2.0-3", "gfortran-12", "gfortran-12 12.2.0-14"),
            ("ld", "binutils", "2.40-2", "ld.bfd", "binutils 2.40-2"),
            ("libc", "libc6-dev", "2.36-9", "-lc", "glibc 2.36-9"),
        )
    ]
    assert found.problems == ()


def test_a_language_that_the_target_lacks_says_which_compiler_it_keeps() -> None:
    found = preflight(parse_spec(compilers={"gcc": "gcc-11"}), BOOKWORM)

    assert [(one.driver, one.sentence) for one in found.kept] == [
        (
            "gfortran",
            "gfortran stays gfortran-12 12.2.0-14: the parent has no gfortran-11 on amd64",
        )
    ]


def test_a_language_that_clang_cannot_compile_says_so() -> None:
    found = preflight(parse_spec(compilers={"gcc": "clang-14"}), BOOKWORM)

    assert [one.sentence for one in found.kept] == [
        "gfortran stays gfortran-12 12.2.0-14: clang-14 does not compile that language"
    ]
    assert {row.tool: row.command for row in found.tools}["g++"] == "clang++-14"


def test_languages_nobody_named_keep_their_compiler() -> None:
    found = preflight(parse_spec(compilers={"cpp": "cpp-11"}), BOOKWORM)

    assert [one.driver for one in found.kept] == ["gcc", "g++", "gfortran"]


def test_a_compiler_that_the_parent_lacks_is_a_problem_with_candidates_in_their_order() -> None:
    found = preflight(parse_spec(compilers={"gcc": "gcc-13"}), BOOKWORM)

    assert [one.sentence for one in found.problems] == [
        "the parent has no gcc-13 on amd64 for gcc"
    ]
    assert found.problems[0].hint == "it has gcc-9, gcc-11, gcc-12, clang-14"


def test_a_language_named_and_not_there_is_a_problem_and_no_kept_language_alone() -> None:
    found = preflight(parse_spec(compilers={"gcc": "gcc-11", "gfortran": "gfortran-11"}), BOOKWORM)

    assert [one.hint for one in found.problems] == ["it has gfortran-12"]


def test_a_parent_without_defaults_is_a_problem() -> None:
    parent = {"gcc-11": BOOKWORM["gcc-11"]}

    assert preflight(parse_spec(compilers={"gcc": "gcc-11"}), parent).problems
    assert preflight(parse_spec(cflags=["-O3"]), parent).problems
    assert not preflight(parse_spec(environment={"X": "1"}), parent).problems


def test_a_compiler_newer_than_the_runtime_is_noted() -> None:
    parent = BOOKWORM | {"gcc-13": facts("gcc-13", "13.2.0-1")}

    notes = preflight(parse_spec(compilers={"gcc": "gcc-13"}), parent).notes

    assert [note for note in notes if "libgcc-s1 12.2.0-14" in note and "gcc-13 13.2.0-1" in note]


def test_the_parents_own_default_is_noted() -> None:
    notes = preflight(parse_spec(compilers={"gcc": "gcc-12"}), BOOKWORM).notes

    assert "gcc is gcc-12 in the parent already" in notes


def test_clang_without_dwarf_4_is_noted_because_dwz_fails_then() -> None:
    def notes(*flags: str) -> str:
        spec = parse_spec(compilers={"gcc": "clang-14"}, cflags=flags, cxxflags=flags)
        return "\n".join(preflight(spec, BOOKWORM).notes)

    assert "dwz" in notes()
    assert "dwz" not in notes("-gdwarf-4")


def test_only_targets_whose_packages_are_both_there_are_swapped() -> None:
    targets = available_targets(parse_spec(compilers={"gcc": "gcc-11"}), BOOKWORM)

    assert [one.driver for one in targets] == ["gcc", "cpp", "g++"]


def test_compilers_replace_every_native_binary_of_gcc_defaults() -> None:
    parent = BOOKWORM | {"buildflags-old": facts("buildflags-old", "1.203", source="gcc-defaults")}

    names = names_to_replace(parse_spec(compilers={"cpp": "cpp-11"}), parent)

    assert [one.name for one in names] == ["cpp", "g++", "gcc", "gfortran"]


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        (parse_spec(cflags=["-O3"]), ["build-essential"]),
        (parse_spec(environment={"X": "1"}), []),
        (parse_spec(build_options=["nocheck"]), []),
    ],
    ids=["flags", "environment", "options"],
)
def test_flags_alone_replace_build_essential_and_the_rest_nothing(
    spec: ToolchainSpec, names: list[str]
) -> None:
    assert [one.name for one in names_to_replace(spec, BOOKWORM)] == names


def test_sources_that_name_a_compiler_are_found_in_any_field_and_alternative() -> None:
    sources = [
        ("linux", ["debhelper (>= 12), gcc-12 [amd64] <!stage1>", "gcc-12"]),
        ("cross", ["gcc-12-alpha-linux-gnu [alpha], g++-12 <cross>"]),
        ("chromium", ["clang-14 | clang-15", "libclang-dev, clang-format"]),
        ("rust", ["", "", "llvm-toolchain-14, g++-11-multilib (>= 11)"]),
        (
            "hello",
            ["gcc (>= 4), g++, clang-tidy, gcc-mingw-w64, gcc-arm-none-eabi, libgcc-12-dev"],
        ),
    ]

    assert names_compiler_itself(sources, architectures=["amd64"]) == [
        ("linux", "gcc-12"),
        ("chromium", "clang-14"),
        ("chromium", "clang-15"),
        ("rust", "llvm-toolchain-14"),
        ("rust", "g++-11-multilib (>= 11)"),
    ]
