"""What is wrong with the values that somebody gave for a toolchain.

Only what is known to be harmless passes: values end in a dpkg buildflags file, in control files
and in sbuild's Perl configuration.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

FLAGS_MAX: Final = 100
ENVIRONMENT_VARIABLES_MAX: Final = 50
VALUE_CHARACTERS_MAX: Final = 500

DRIVERS: Final = ("gcc", "cpp", "g++", "gfortran", "gobjc", "gobjc++", "gdc", "gccgo", "gm2")
"""The binary packages of gcc-defaults that are a command of their own, in the order of reports."""

LLVM_DRIVERS: Final = ("gcc", "cpp", "g++", "gobjc", "gobjc++")

_GNU_PACKAGE = re.compile(r"(?P<driver>[a-z+0-9]+)-(?P<version>[0-9]+(?:\.[0-9]+)?)")
LLVM_PACKAGE = re.compile(r"clang-(?P<version>[0-9]+)")
_FLAG = re.compile(r"[A-Za-z0-9_+=.,/:@%^-]{2,}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VARIABLE_VALUE = re.compile(r"[A-Za-z0-9_+=.,/:%^ -]*")
BUILD_OPTION = re.compile(r"[a-z][a-z0-9_-]*(?:=[A-Za-z0-9_+.,:/-]+)?")
BUILD_PROFILE = re.compile(r"[a-z0-9][a-z0-9+.-]*")
_RESERVED_VARIABLE = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|TERM|PWD|IFS|ENV|BASH_.*|LANG|LANGUAGE|LC_.*|TMPDIR|"
    r"LD_.*|PERL.*|MAKEFLAGS|MFLAGS|MAKELEVEL|SOURCE_DATE_EPOCH|DEBIAN_FRONTEND|"
    r"DEB_BUILD_.*|DEB_HOST_.*|DEB_TARGET_.*|DEB_RULES_.*|DEB_GAIN_ROOT_CMD|DEB_.*FLAGS_.*|"
    r"DPKG_.*|APT_.*|SBUILD.*|SCHROOT_.*|FAKEROOT.*"
)
_RESERVED_HINTS: Final = {
    "DEB_BUILD_OPTIONS": "give build options: --build-option parallel=2",
    "DEB_BUILD_PROFILES": "give build profiles: --build-profile nocheck",
    "MAKEFLAGS": "give a build option instead: --build-option parallel=2",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One value that is refused, with what to give instead."""

    field: str
    value: str
    reason: str
    hint: str

    @property
    def sentence(self) -> str:
        """What is wrong, with the field and the value."""
        return f"{self.field} {self.value!r} {self.reason}"


def compiler_faults(driver: str, package: str) -> list[Fault]:
    """Why links cannot be made from the driver to the package; empty if they can."""
    if driver not in DRIVERS:
        return [
            Fault(
                field="compiler",
                value=driver,
                reason="is not a driver that gcc-defaults has",
                hint=f"the drivers are {', '.join(DRIVERS)}",
            )
        ]
    if LLVM_PACKAGE.fullmatch(package):
        if driver in LLVM_DRIVERS:
            return []
        reason = f"cannot stand for {driver}: clang does not compile that language"
    else:
        gnu = _GNU_PACKAGE.fullmatch(package)
        if gnu is not None and gnu["driver"] == driver:
            return []
        reason = (
            f"cannot stand for {driver}: links can be made only to {driver}-VERSION and clang-N,"
            " whose commands have the version in their names"
        )
    return [
        Fault(
            field=f"compiler {driver}",
            value=package,
            reason=reason,
            hint=f"name a package as {driver}={driver}-11",
        )
    ]


def flag_faults(name: str, words: Sequence[str]) -> list[Fault]:
    """Flags that a line of buildflags.conf or a shell would read otherwise."""
    faults = [
        Fault(
            field=name,
            value=word,
            reason="is not a flag of plain characters (letters, digits, _+=.,/:@%^-)",
            hint="leave out quotes, dollar signs, backslashes and line ends",
        )
        for word in words
        if len(word) > VALUE_CHARACTERS_MAX or not _FLAG.fullmatch(word)
    ]
    if words and not words[0].startswith("-"):
        faults.append(
            Fault(
                field=name,
                value=words[0],
                reason="does not begin with a hyphen",
                hint=f'give flags as --{name} "-O3 -march=x86-64-v3"',
            )
        )
    if len(words) > FLAGS_MAX:
        faults.append(_too_many(name, len(words), FLAGS_MAX))
    return faults


def environment_faults(variables: Mapping[str, str]) -> list[Fault]:
    """Variables that are malformed, or that sbuild and dpkg set themselves."""
    faults = []
    for name, value in variables.items():
        if not _VARIABLE.fullmatch(name) or len(name) > VALUE_CHARACTERS_MAX:
            reason, hint = "is not a variable's name", "use letters, digits and _"
        elif _RESERVED_VARIABLE.fullmatch(name):
            reason = "belongs to sbuild and dpkg"
            hint = _RESERVED_HINTS.get(name, "leave it out, or use the flags of the toolchain")
        elif len(value) > VALUE_CHARACTERS_MAX or not _VARIABLE_VALUE.fullmatch(value):
            reason = f"has the value {value!r}, which is not of plain characters"
            hint = "use letters, digits, blanks and _+=.,/:%^-"
        else:
            continue
        faults.append(Fault(field="environment", value=name, reason=reason, hint=hint))
    if len(variables) > ENVIRONMENT_VARIABLES_MAX:
        faults.append(_too_many("environment", len(variables), ENVIRONMENT_VARIABLES_MAX))
    return faults


def word_faults(
    name: str, words: Sequence[str], pattern: re.Pattern[str], example: str
) -> list[Fault]:
    """Words that the pattern does not match whole."""
    faults = [
        Fault(field=name, value=word, reason="is not one word of plain characters", hint=example)
        for word in words
        if len(word) > VALUE_CHARACTERS_MAX or not pattern.fullmatch(word)
    ]
    if len(words) > FLAGS_MAX:
        faults.append(_too_many(name, len(words), FLAGS_MAX))
    return faults


def _too_many(name: str, count: int, maximum: int) -> Fault:
    return Fault(
        field=name,
        value=str(count),
        reason=f"are more than {maximum} entries",
        hint=f"give at most {maximum}",
    )
