"""What a toolchain may be, and what it means."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vostok.domain.toolchain import (
    CompilerFamily,
    ToolchainSpec,
    buildflags_configuration,
    compiler_targets,
    parse_spec,
    producer_patterns,
    spec_from_json,
    spec_to_json,
    toolchain_name,
)
from vostok.errors import InvalidInputError

VERSIONS = {
    "gcc-11": "11.3.0-12",
    "g++-11": "11.3.0-12",
    "gfortran-11": "11.3.0-12",
    "gcc-12": "12.2.0-14",
    "clang-14": "1:14.0.6-12",
}


def targets_of(**compilers: str) -> dict[str, str]:
    named = {name.replace("xx", "++"): package for name, package in compilers.items()}
    return {one.driver: one.package for one in compiler_targets(parse_spec(compilers=named))}


def is_asked_for(producer: str, spec: ToolchainSpec, versions: dict[str, str]) -> bool:
    return any(re.match(pattern, producer) for pattern in producer_patterns(spec, versions))


def test_every_language_of_gcc_follows_gcc() -> None:
    assert targets_of(gcc="gcc-11") == {
        "gcc": "gcc-11",
        "cpp": "cpp-11",
        "g++": "g++-11",
        "gfortran": "gfortran-11",
        "gobjc": "gobjc-11",
        "gobjc++": "gobjc++-11",
        "gdc": "gdc-11",
        "gccgo": "gccgo-11",
        "gm2": "gm2-11",
    }


def test_a_language_that_is_named_does_not_follow() -> None:
    assert targets_of(gcc="gcc-11", gxx="g++-12")["g++"] == "g++-12"


def test_without_gcc_only_what_is_named_is_swapped() -> None:
    assert targets_of(gfortran="gfortran-11") == {"gfortran": "gfortran-11"}


def test_with_clang_only_its_languages_follow() -> None:
    assert targets_of(gcc="clang-14") == dict.fromkeys(
        ("gcc", "cpp", "g++", "gobjc", "gobjc++"), "clang-14"
    )


def test_only_what_the_user_named_is_explicit() -> None:
    targets = compiler_targets(parse_spec(compilers={"gcc": "gcc-4.9"}))

    assert [one.driver for one in targets if one.is_explicit] == ["gcc"]
    assert {one.version for one in targets} == {"4.9"}
    assert {one.family for one in targets} == {CompilerFamily.GNU}


@pytest.mark.parametrize(
    ("driver", "package"),
    [
        ("gcc", "gcc"),
        ("gcc", "g++-11"),
        ("gcc", "gcc-snapshot"),
        ("gcc", "gcc-11 (>= 1)"),
        ("gcc", "gcc-11\nEssential: yes"),
        ("gcc", "gcc-11-multilib"),
        ("gfortran", "clang-14"),
        ("rustc", "rustc-1.63"),
        ("gcc", ""),
    ],
)
def test_a_compiler_that_links_cannot_lead_to_is_refused_by_name(
    driver: str, package: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_spec(compilers={driver: package})

    assert driver in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    "flags",
    [
        "-O3\nSET CFLAGS -O0",
        "-O3;reboot",
        "-DX=$(id)",
        "-DX=`id`",
        "-DX='y'",
        '-DX="y"',
        "-O3\\",
        "-O3\t-g",
        "-O3 | tee",
        "-O3 #",
        "-O3 é",
        "O3",
        "-" + "x" * 600,
        " ".join(["-g1"] * 101),
    ],
)
def test_flags_that_a_shell_or_a_configuration_would_read_otherwise_are_refused(
    flags: str,
) -> None:
    with pytest.raises(InvalidInputError, match="cflags"):
        parse_spec(cflags=[flags])


def test_a_flag_and_its_separate_argument_are_taken() -> None:
    spec = parse_spec(cflags=["-include config.h", "--param max-inline-insns-auto=5"])

    assert spec.cflags == ("-include", "config.h", "--param", "max-inline-insns-auto=5")


@pytest.mark.parametrize(
    "name",
    ["PATH", "HOME", "LC_ALL", "LD_PRELOAD", "PERL5LIB", "DEB_BUILD_OPTIONS", "DEB_HOST_ARCH",
     "DEB_CFLAGS_APPEND", "SOURCE_DATE_EPOCH", "BASH_ENV", "TMPDIR", "SBUILD_CONFIG", "1X", "A-B",
     "", "A B", "A\n"],
)  # fmt: skip
def test_a_variable_of_sbuild_or_dpkg_or_of_no_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="environment"):
        parse_spec(environment={name: "x"})


@pytest.mark.parametrize("value", ["'; system('id'); '", "a\nb", "$HOME", "@ARGV", "\\", '"', "{"])
def test_a_value_that_could_leave_a_perl_string_is_refused(value: str) -> None:
    with pytest.raises(InvalidInputError, match="GOFLAGS"):
        parse_spec(environment={"GOFLAGS": value})


@pytest.mark.parametrize(
    "option", ["", "parallel=2 nocheck", "Nocheck", "a=", "a;b", "parallel=$(nproc)", "nocheck\n"]
)
def test_a_build_option_of_other_than_one_plain_word_is_refused(option: str) -> None:
    with pytest.raises(InvalidInputError, match="build option"):
        parse_spec(build_options=[option])


@pytest.mark.parametrize("profile", ["", "!nocheck", "a b", "<x>", "nocheck\n"])
def test_a_build_profile_of_other_than_one_plain_word_is_refused(profile: str) -> None:
    with pytest.raises(InvalidInputError, match="build profile"):
        parse_spec(build_profiles=[profile])


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_spec(compilers={"gcc": "tcc"}, cflags=["O3"], environment={"PATH": "/"})

    assert all(word in str(caught.value) for word in ("'tcc'", "'O3'", "'PATH'"))


def test_a_toolchain_that_changes_nothing_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="changes nothing"):
        parse_spec()


def test_the_order_of_flags_counts_and_that_of_options_does_not() -> None:
    assert parse_spec(cflags=["-O2", "-O3"]) != parse_spec(cflags=["-O3", "-O2"])
    assert parse_spec(build_options=["nocheck", "parallel=2"]) == parse_spec(
        build_options=["parallel=2", "nocheck", "nocheck"]
    )


def test_the_same_flags_in_one_text_or_several_are_one_specification() -> None:
    together = parse_spec(cflags=["-O3  -g"], compilers={"gcc": "gcc-11", "g++": "g++-11"})
    apart = parse_spec(cflags=["-O3", "-g"], compilers={"g++": "g++-11", "gcc": "gcc-11"})

    assert together == apart
    assert hash(together) == hash(apart)


WORD = st.from_regex(r"-[A-Za-z0-9_+=.,/:@%^-]{1,20}", fullmatch=True)


@given(
    cflags=st.lists(WORD, max_size=5),
    ldflags=st.lists(WORD, max_size=5),
    environment=st.dictionaries(st.from_regex(r"X_[A-Z]{1,5}", fullmatch=True), st.just("a b")),
    compiler=st.sampled_from(["gcc-11", "gcc-4.9", "clang-14"]),
)
def test_a_specification_survives_json(
    cflags: list[str], ldflags: list[str], environment: dict[str, str], compiler: str
) -> None:
    spec = parse_spec(
        compilers={"gcc": compiler}, cflags=cflags, ldflags=ldflags, environment=environment
    )

    assert spec_from_json(spec_to_json(spec)) == spec


@pytest.mark.parametrize(
    "value",
    [
        {"cflags": "-O3"},
        {"cflags": [3]},
        {"compilers": ["gcc"]},
        {"environment": {"A": 1}},
        {"flags": []},
    ],
)
def test_json_of_another_shape_is_refused_naming_the_field(value: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError, match=next(iter(value))):
        spec_from_json(value)


@pytest.mark.parametrize("name", ["", "a", "Gcc", "gcc_11", "gcc 11", "-gcc", "a" * 41, "ab\n"])
def test_a_name_that_no_package_could_have_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError):
        toolchain_name(name)


def test_units_of_the_compiler_asked_for_are_told_from_others() -> None:
    spec = parse_spec(compilers={"gcc": "gcc-11"})

    assert is_asked_for("GNU C17 11.3.0 -O2 -g", spec, VERSIONS)
    assert is_asked_for("GNU C++14 11.3.0", spec, VERSIONS)
    assert is_asked_for("GNU Fortran2008 11.3.0", spec, VERSIONS)
    assert is_asked_for("GNU GIMPLE 11.3.0", spec, VERSIONS)
    assert not is_asked_for("GNU C17 12.2.0", spec, VERSIONS)
    assert not is_asked_for("GNU C17 1.11.0", spec, VERSIONS)
    assert not is_asked_for("GNU C17 110.1.0", spec, VERSIONS)
    assert not is_asked_for("GNU AS 2.40", spec, VERSIONS)
    assert not is_asked_for("Debian clang version 14.0.6", spec, VERSIONS)


def test_a_language_whose_compiler_the_view_lacks_is_not_asked_for() -> None:
    spec = parse_spec(compilers={"gcc": "gcc-11"})
    versions = {"gcc-11": "11.3.0-12"}

    assert is_asked_for("GNU C17 11.3.0", spec, versions)
    assert not is_asked_for("GNU Fortran2008 11.3.0", spec, versions)


def test_clang_is_recognised_with_and_without_the_distribution() -> None:
    spec = parse_spec(compilers={"gcc": "clang-14"})

    assert is_asked_for("Debian clang version 14.0.6", spec, VERSIONS)
    assert is_asked_for("clang version 14.0.6", spec, VERSIONS)
    assert not is_asked_for("Debian clang version 140.0.6", spec, VERSIONS)


def test_a_toolchain_of_flags_asks_for_no_compiler() -> None:
    assert producer_patterns(parse_spec(cflags=["-O3"]), VERSIONS) == []


def test_c_flags_reach_objective_c_and_not_c_plus_plus() -> None:
    spec = parse_spec(cflags=["-O3 -g"], fflags=["-O1"])

    assert buildflags_configuration("fast", spec).splitlines()[1:] == [
        "APPEND CFLAGS -O3 -g",
        "APPEND OBJCFLAGS -O3 -g",
        "APPEND FFLAGS -O1",
        "APPEND FCFLAGS -O1",
    ]


def test_packages_are_named_by_source_and_version_in_any_order() -> None:
    one = parse_spec(packages=["gcc-14:1:14.2-1", "cc"])

    assert one == parse_spec(packages=["cc", "gcc-14:1:14.2-1"])
    assert one.packages == ("cc", "gcc-14:1:14.2-1")
    assert spec_from_json(spec_to_json(one)) == one
    assert not one.needs_packages


@pytest.mark.parametrize(
    ("packages", "why"),
    [
        (["Cc"], "package 'Cc' is not SOURCE or SOURCE:VERSION"),
        (["cc:"], "package 'cc:' is not SOURCE or SOURCE:VERSION"),
        (["cc:2 1"], "package 'cc:2 1' is not SOURCE or SOURCE:VERSION"),
        (["cc:2-1", "cc"], "package 'cc' names a source a second time"),
    ],
)
def test_a_package_that_cannot_be_named_so_is_refused(packages: list[str], why: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_spec(packages=packages)

    assert why in str(caught.value)
