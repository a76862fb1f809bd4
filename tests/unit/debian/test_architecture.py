"""Architectures and wildcards, as dpkg-architecture matches them."""

import subprocess

import pytest

from vostok.debian.architecture import (
    ARCHITECTURES_MAX,
    builds_on,
    check_architecture,
    has_all_part,
    has_any_part,
    matches,
)
from vostok.errors import InvalidInputError

WILDCARDS = [
    *(
        "any",
        "linux-any",
        "any-amd64",
        "any-i386",
        "any-arm",
        "any-armhf",
        "any-mips64el",
        "amd64",
    ),
    *("hurd-any", "kfreebsd-any", "any-powerpc", "gnu-any-any", "gnu-linux-any", "musl-any-any"),
    *("eabihf-any-any-any", "eabihf-gnu-linux-arm", "base-any-any-any", "linux-amd64", "x32"),
    *("any-any", "any-any-any", "any-any-any-any", "bsd-any-any", "nonsense", "any-nonsense"),
]


def known_architectures() -> list[str]:
    command = ["dpkg-architecture", "-L"]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=60
    ).stdout.split()


def dpkg_matches(wildcard: str) -> set[str]:
    command = ["dpkg-architecture", "-L", "-W", wildcard]
    return set(
        subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=60
        ).stdout.split()
    )


@pytest.mark.debian
@pytest.mark.parametrize("wildcard", WILDCARDS)
def test_a_wildcard_means_the_architectures_that_dpkg_lists(wildcard: str) -> None:
    expected = dpkg_matches(wildcard)

    actual = {name for name in known_architectures() if matches(name, wildcard)}

    assert actual == expected


@pytest.mark.debian
def test_every_architecture_that_dpkg_knows_has_a_legal_name() -> None:
    assert all(check_architecture(name) == name for name in known_architectures())


@pytest.mark.parametrize("wildcard", ["any", "linux-any", "amd64", "any-all", "any-any"])
def test_all_is_the_architecture_of_no_machine(wildcard: str) -> None:
    assert not matches("all", wildcard)
    assert not matches("amd64", "all")
    assert matches("all", "all")


def test_a_port_too_new_for_the_tables_is_matched_by_its_name_and_by_any() -> None:
    assert matches("riscv128", "riscv128")
    assert matches("riscv128", "any")
    assert not matches("riscv128", "linux-any")


@pytest.mark.parametrize(
    ("field", "architecture", "builds"),
    [
        ("any", "amd64", True),
        ("any all", "amd64", True),
        ("any all", "all", True),
        ("any", "all", False),
        ("all", "amd64", False),
        ("linux-any", "hurd-i386", False),
        ("amd64 arm64", "arm64", True),
        ("amd64\n arm64", "i386", False),
        ("", "amd64", False),
    ],
)
def test_a_source_builds_on_what_its_architecture_field_names(
    field: str, architecture: str, *, builds: bool
) -> None:
    assert builds_on(field, architecture) is builds


@pytest.mark.parametrize(
    ("field", "any_part", "all_part"),
    [
        ("any", True, False),
        ("all", False, True),
        ("any all", True, True),
        ("i386 all", True, True),
        ("", False, False),
    ],
)
def test_a_source_has_a_part_for_machines_and_one_for_all(
    field: str, *, any_part: bool, all_part: bool
) -> None:
    assert has_any_part(field) is any_part
    assert has_all_part(field) is all_part


@pytest.mark.parametrize(
    "name", ["", "AMD64", "amd 64", "-amd64", "amd64\n", "a/b", "a" * 65, "é"]
)
def test_what_is_no_name_of_an_architecture_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="architecture"):
        check_architecture(name)


def test_an_endless_architecture_field_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=str(ARCHITECTURES_MAX)):
        builds_on("amd64 " * (ARCHITECTURES_MAX + 1), "arm64")
