"""What a toolchain is: compilers, flags and variables of a build, checked once, then trusted."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from vostok.domain.named_source import named_faults, parse_named
from vostok.domain.toolchain_faults import (
    BUILD_OPTION,
    BUILD_PROFILE,
    DRIVERS,
    LLVM_DRIVERS,
    LLVM_PACKAGE,
    compiler_faults,
    environment_faults,
    flag_faults,
    word_faults,
)
from vostok.errors import InvalidInputError

NAME_CHARACTERS_MAX: Final = 40

_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_FLAG_FIELDS: Final = ("cflags", "cxxflags", "cppflags", "fflags", "ldflags")
_BUILDFLAGS_NAMES: Final = {
    "cflags": ("CFLAGS", "OBJCFLAGS"),
    "cxxflags": ("CXXFLAGS", "OBJCXXFLAGS"),
    "cppflags": ("CPPFLAGS",),
    "fflags": ("FFLAGS", "FCFLAGS"),
    "ldflags": ("LDFLAGS",),
}
_PRODUCER_LANGUAGES: Final = {"gcc": "C", "g++": r"C\+\+", "gfortran": "Fortran"}


class CompilerFamily(StrEnum):
    """Whose compiler a target is; commands and producer strings differ between the two."""

    GNU = "gnu"
    LLVM = "llvm"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompilerTarget:
    """The compiler package that one driver shall stand for."""

    driver: str
    package: str
    family: CompilerFamily
    version: str
    """The version in the package's name, as `11` of gcc-11."""
    is_explicit: bool
    """Named by the user; otherwise it follows from gcc, and only where the parent has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolchainSpec:
    """One revision's content, normalised: equal specifications are one revision.

    Flags keep their order, for the last of two wins. Compilers, environment, build options,
    build profiles and packages are sorted, for their order means nothing.
    """

    compilers: Mapping[str, str] = field(hash=False)
    """Driver -> package, as the user gave them; `compiler_targets` adds those that follow."""
    cflags: tuple[str, ...] = ()
    cxxflags: tuple[str, ...] = ()
    cppflags: tuple[str, ...] = ()
    fflags: tuple[str, ...] = ()
    ldflags: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(hash=False)
    build_options: tuple[str, ...] = ()
    build_profiles: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    """`SOURCE[:VERSION]` of an archive's own: see `domain.named_packages`."""

    @property
    def has_flags(self) -> bool:
        """Whether builds need a buildflags package."""
        return any((self.cflags, self.cxxflags, self.cppflags, self.fflags, self.ldflags))

    @property
    def needs_packages(self) -> bool:
        """Whether packages must be built; environment, options and profiles need none."""
        return bool(self.compilers) or self.has_flags


def toolchain_name(text: str) -> str:
    """The name, checked: it becomes part of the package name `buildflags-NAME`.

    Raises:
        InvalidInputError: it is not letters, digits and `+.-`, or too long.

    Source: Debian Policy 5.6.1, with an upper bound of ours.
    """
    if len(text) > NAME_CHARACTERS_MAX or not _NAME.fullmatch(text):
        raise InvalidInputError(
            f"toolchain name {text!r} is not 2 to {NAME_CHARACTERS_MAX} lower-case letters,"
            " digits, and the signs +.-",
            hint="name it for what it changes: gcc-11, or lto-x86-64-v3",
        )
    return text


def parse_spec(  # noqa: PLR0913 - one argument for each field a user may give
    *,
    compilers: Mapping[str, str] | None = None,
    cflags: Sequence[str] = (),
    cxxflags: Sequence[str] = (),
    cppflags: Sequence[str] = (),
    fflags: Sequence[str] = (),
    ldflags: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    build_options: Sequence[str] = (),
    build_profiles: Sequence[str] = (),
    packages: Sequence[str] = (),
) -> ToolchainSpec:
    """The specification of what the user asked for.

    Args:
        compilers: driver -> package, as {"gcc": "gcc-11"} or {"gcc": "clang-14"}.
        cflags: for CFLAGS and OBJCFLAGS; each entry is one flag or several with blanks between.
        cxxflags: for CXXFLAGS and OBJCXXFLAGS; C flags are not applied to C++.
        cppflags: for CPPFLAGS.
        fflags: for FFLAGS and FCFLAGS.
        ldflags: for LDFLAGS.
        environment: variables set in the build.
        build_options: words of DEB_BUILD_OPTIONS.
        build_profiles: words of DEB_BUILD_PROFILES.
        packages: sources of an archive's own, as {"cc:2-1"}, whose packages builds get.

    Raises:
        InvalidInputError: the sentence has every fault with its field and value; the hint is
            for the first of them.
    """
    named = dict(sorted((compilers or {}).items()))
    variables = dict(sorted((environment or {}).items()))
    given = (cflags, cxxflags, cppflags, fflags, ldflags)
    flags = {
        name: tuple(word for entry in entries for word in entry.split(" ") if word)
        for name, entries in zip(_FLAG_FIELDS, given, strict=True)
    }
    faults = [
        *(fault for pair in named.items() for fault in compiler_faults(*pair)),
        *(fault for name, words in flags.items() for fault in flag_faults(name, words)),
        *environment_faults(variables),
        *word_faults("build option", build_options, BUILD_OPTION, "as in parallel=2"),
        *word_faults("build profile", build_profiles, BUILD_PROFILE, "as in nocheck"),
        *named_faults(packages),
    ]
    if faults:
        raise InvalidInputError("; ".join(fault.sentence for fault in faults), hint=faults[0].hint)
    spec = ToolchainSpec(
        compilers=named,
        **flags,
        environment=variables,
        build_options=tuple(sorted(set(build_options))),
        build_profiles=tuple(sorted(set(build_profiles))),
        packages=tuple(sorted(str(parse_named(text)) for text in packages)),
    )
    if not (spec.needs_packages or variables or build_options or build_profiles or packages):
        raise InvalidInputError(
            "the toolchain changes nothing: no compiler, package, flag, variable, option or"
            " profile",
            hint="name a compiler: vostok toolchain create gcc-11 --compiler gcc=gcc-11",
        )
    return spec


def spec_to_json(spec: ToolchainSpec) -> dict[str, object]:
    """The specification as JSON values; the same object for equal specifications."""
    return {
        "compilers": dict(spec.compilers),
        **{name: list(getattr(spec, name)) for name in _FLAG_FIELDS},
        "environment": dict(spec.environment),
        "build_options": list(spec.build_options),
        "build_profiles": list(spec.build_profiles),
        "packages": list(spec.packages),
    }


def spec_from_json(value: Mapping[str, object]) -> ToolchainSpec:
    """The specification from JSON values; absent fields are empty.

    Raises:
        InvalidInputError: a field is unknown, of another type, or refused by `parse_spec`.
    """
    lists = (*_FLAG_FIELDS, "build_options", "build_profiles", "packages")
    mappings = ("compilers", "environment")
    for name in value:
        if name not in (*lists, *mappings):
            raise InvalidInputError(
                f"toolchain field {name!r} is not known",
                hint=f"the fields are {', '.join((*mappings, *lists))}",
            )
    texts = {name: _text_list(name, value.get(name, ())) for name in lists}
    return parse_spec(
        compilers=_text_mapping("compilers", value.get("compilers", {})),
        cflags=texts["cflags"],
        cxxflags=texts["cxxflags"],
        cppflags=texts["cppflags"],
        fflags=texts["fflags"],
        ldflags=texts["ldflags"],
        environment=_text_mapping("environment", value.get("environment", {})),
        build_options=texts["build_options"],
        build_profiles=texts["build_profiles"],
        packages=texts["packages"],
    )


def compiler_targets(spec: ToolchainSpec) -> tuple[CompilerTarget, ...]:
    """The compiler each driver shall stand for, in the order of `DRIVERS`.

    Languages follow gcc: with gcc=gcc-11 every other driver not named becomes its own package of
    version 11, with gcc=clang-14 those that clang compiles become clang-14. Without gcc only the
    drivers named are swapped. Whether the parent has the packages is not asked here.
    """
    gcc = spec.compilers.get("gcc")
    targets = []
    for driver in DRIVERS:
        if driver in spec.compilers:
            targets.append(_target(driver, spec.compilers[driver], is_explicit=True))
        elif gcc is not None and (follower := _follower(driver, gcc)) is not None:
            targets.append(_target(driver, follower, is_explicit=False))
    return tuple(targets)


def producer_patterns(spec: ToolchainSpec, versions: Mapping[str, str]) -> list[str]:
    """Regular expressions for the start of DW_AT_producer of units by the compilers asked for.

    Args:
        spec: the toolchain.
        versions: package -> version of what the view has. A target that it lacks has no pattern,
            so that units of a language that kept its compiler do not count as asked for.

    Returns:
        Empty for a toolchain without compilers. A link-time unit (GNU GIMPLE) counts for the
        version of its compiler.
    """
    languages: dict[str, list[str]] = {}
    clang_versions = set()
    for target in compiler_targets(spec):
        if target.driver not in _PRODUCER_LANGUAGES or target.package not in versions:
            continue
        if target.family is CompilerFamily.LLVM:
            clang_versions.add(target.version)
        else:
            languages.setdefault(target.version, []).append(_PRODUCER_LANGUAGES[target.driver])
    gnu = [
        f"GNU ({'|'.join((*names, 'GIMPLE'))})[0-9]* {re.escape(version)}\\."
        for version, names in languages.items()
    ]
    return gnu + [rf"(Debian )?clang version {version}\." for version in sorted(clang_versions)]


def buildflags_configuration(name: str, spec: ToolchainSpec) -> str:
    """The text of /etc/dpkg/buildflags.conf for the toolchain's flags.

    Source: dpkg-buildflags(1), «FILES»; appended so that they win over the vendor's.
    """
    lines = [f"# Flags of the toolchain {name}; read by dpkg-buildflags(1)."]
    for flag_field, variables in _BUILDFLAGS_NAMES.items():
        words = getattr(spec, flag_field)
        if words:
            lines += [f"APPEND {variable} {' '.join(words)}" for variable in variables]
    return "\n".join(lines) + "\n"


def _target(driver: str, package: str, *, is_explicit: bool) -> CompilerTarget:
    llvm = LLVM_PACKAGE.fullmatch(package)
    return CompilerTarget(
        driver=driver,
        package=package,
        family=CompilerFamily.GNU if llvm is None else CompilerFamily.LLVM,
        version=package.rpartition("-")[2],
        is_explicit=is_explicit,
    )


def _follower(driver: str, gcc: str) -> str | None:
    if LLVM_PACKAGE.fullmatch(gcc):
        return gcc if driver in LLVM_DRIVERS else None
    return f"{driver}-{gcc.rpartition('-')[2]}"


def _text_list(name: str, value: object) -> list[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise InvalidInputError(f"{name} is not a list of texts: {value!r}", hint=f"{name}: []")
    return list(value)


def _text_mapping(name: str, value: object) -> dict[str, str]:
    if isinstance(value, Mapping):
        pairs = list(value.items())
        if all(isinstance(text, str) for pair in pairs for text in pair):
            return dict(pairs)
    raise InvalidInputError(
        f"{name} is not an object of texts: {value!r}", hint=f'{name}: {{"NAME": "VALUE"}}'
    )
