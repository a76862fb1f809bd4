"""What a build would get from a toolchain in one view of an archive, said before anything runs."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vostok.debian.relations import parse_relations, relevant
from vostok.debian.version import Version
from vostok.domain.toolchain import (
    CompilerFamily,
    CompilerTarget,
    ToolchainSpec,
    compiler_targets,
)
from vostok.domain.toolchain_faults import DRIVERS

CANDIDATES_MAX: Final = 12
"""Names in one hint."""

DEFAULTS_SOURCE: Final = "gcc-defaults"
ESSENTIAL_SOURCE: Final = "build-essential"

_TOOL_DRIVERS: Final = ("gcc", "g++", "cpp", "gfortran")
_LIBC_PACKAGES: Final = ("libc6-dev", "libc6.1-dev", "libc0.1-dev", "libc0.3-dev")
_LLVM_COMMANDS: Final = {"g++": "clang++", "cpp": "clang-cpp"}
_FOREIGN = re.compile(r"-gnu[a-z0-9]*\Z")
_COMPILER_ITSELF = re.compile(
    r"(?:gcc|g\+\+|cpp|gfortran|gobjc|gobjc\+\+|gdc|gccgo|gm2|gnat)-[0-9].*|"
    r"gcc-snapshot|clang|clang-[0-9.]+|llvm-toolchain.*"
)
_COMPILER_ANYWHERE = re.compile(r"gcc|g\+\+|cpp-|gfortran|gobjc|gdc|gm2|gnat|clang|llvm")
"""Finds the few fields that are worth parsing: an archive has some ten thousand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFacts:
    """What an index says of one binary package of one architecture."""

    name: str
    version: str
    architecture: str
    source: str
    source_version: str
    depends: str = ""
    """The fields Pre-Depends and Depends, as written, joined by a comma."""
    provides: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRow:
    """One tool as a build would find it."""

    tool: str
    package: str
    """The package that gives the command its plain name."""
    version: str
    command: str
    """What the plain name leads to, as gcc-11 for gcc."""
    origin: str
    """Package and version that the command itself is from."""

    def as_json(self) -> dict[str, str]:
        """The row with the keys of the API."""
        return {
            "tool": self.tool,
            "package": self.package,
            "version": self.version,
            "command": self.command,
            "from": self.origin,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDriver:
    """A language whose compiler stays the parent's, and why."""

    driver: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why the toolchain cannot be used here; `hint` names what could be."""

    sentence: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """The whole answer for one architecture; usable exactly when there are no problems."""

    swapped: tuple[CompilerTarget, ...]
    kept: tuple[KeptDriver, ...]
    tools: tuple[ToolRow, ...]
    notes: tuple[str, ...]
    problems: tuple[Problem, ...]


def preflight(spec: ToolchainSpec, packages: Mapping[str, PackageFacts]) -> Preflight:
    """What the toolchain would make of one architecture's packages.

    Args:
        spec: the toolchain.
        packages: the view's packages of one architecture and `all`, by name.
    """
    swapped = available_targets(spec, packages)
    return Preflight(
        swapped=swapped,
        kept=_kept_drivers(spec, swapped, packages),
        tools=tuple(_tool_rows({target.driver: target for target in swapped}, packages)),
        notes=tuple(_notes(spec, swapped, packages)),
        problems=tuple(_problems(spec, packages)),
    )


def joined(one: Preflight, other: Preflight) -> Preflight:
    """Both answers as one, for what a toolchain says of different packages."""
    return Preflight(
        swapped=one.swapped + other.swapped,
        kept=one.kept + other.kept,
        tools=one.tools + other.tools,
        notes=one.notes + other.notes,
        problems=one.problems + other.problems,
    )


def available_targets(
    spec: ToolchainSpec, packages: Mapping[str, PackageFacts]
) -> tuple[CompilerTarget, ...]:
    """The targets that can be made: both the driver's package and the compiler are there."""
    return tuple(
        target
        for target in compiler_targets(spec)
        if target.package in packages and target.driver in packages
    )


def default_compiler(driver: str, packages: Mapping[str, PackageFacts]) -> str | None:
    """The package that the parent's driver stands for, as gcc-12 for gcc; None if unknown."""
    facts = packages.get(driver)
    if facts is None:
        return None
    for name in _names(facts.depends):
        if name.startswith(f"{driver}-") and name[len(driver) + 1 :][:1].isdigit():
            return name
    return None


def names_to_replace(
    spec: ToolchainSpec, packages: Mapping[str, PackageFacts]
) -> tuple[PackageFacts, ...]:
    """The parent's binaries that the swap makes anew, by name; empty if it needs no packages.

    With compilers every native binary of gcc-defaults, with flags only build-essential. Cross
    compilers (`gcc-i686-linux-gnu`) have dependencies and links of their own and stay the
    parent's; so does a parent's own flags package, for a derived archive's flags take its place.
    """
    if not spec.needs_packages:
        return ()
    if not spec.compilers:
        essential = packages.get(ESSENTIAL_SOURCE)
        return () if essential is None else (essential,)
    return tuple(
        facts
        for name, facts in sorted(packages.items())
        if facts.source == DEFAULTS_SOURCE
        and not _FOREIGN.search(name)
        and not name.startswith("buildflags-")
    )


def names_compiler_itself(
    sources: Iterable[tuple[str, Sequence[str]]],
    *,
    architectures: Sequence[str],
    profiles: frozenset[str] = frozenset(),
) -> list[tuple[str, str]]:
    """Sources whose build dependencies name a compiler of a version, with each such relation once.

    The swap does not reach their builds, or not all of it. Relations for other architectures or
    other build profiles do not count.

    Args:
        sources: (source, its Build-Depends, Build-Depends-Arch and Build-Depends-Indep).
        architectures: on which they are built.
        profiles: under which they are built.
    """
    found: dict[tuple[str, str], None] = {}
    for source, fields in sources:
        for field in fields:
            if not _COMPILER_ANYWHERE.search(field):
                continue
            groups = parse_relations(field)
            for architecture in architectures:
                for group in relevant(groups, architecture=architecture, profiles=profiles):
                    for relation in group:
                        if _COMPILER_ITSELF.fullmatch(relation.name):
                            found[source, str(relation)] = None
    return list(found)


def _kept_drivers(
    spec: ToolchainSpec,
    swapped: Sequence[CompilerTarget],
    packages: Mapping[str, PackageFacts],
) -> tuple[KeptDriver, ...]:
    if not spec.compilers:
        return ()
    wanted = {target.driver: target.package for target in compiler_targets(spec)}
    done = {target.driver for target in swapped}
    kept = []
    for driver in DRIVERS:
        if driver in done or driver not in packages:
            continue
        compiler = default_compiler(driver, packages) or driver
        version = packages[compiler].version if compiler in packages else "not in this view"
        if driver in wanted:
            reason = f"the parent has no {wanted[driver]}{_where(packages)}"
        elif "gcc" in spec.compilers:
            reason = f"{spec.compilers['gcc']} does not compile that language"
        else:
            reason = "the toolchain does not name it"
        kept.append(
            KeptDriver(driver=driver, sentence=f"{driver} stays {compiler} {version}: {reason}")
        )
    return tuple(kept)


def _tool_rows(
    swapped: Mapping[str, CompilerTarget], packages: Mapping[str, PackageFacts]
) -> Iterable[ToolRow]:
    for driver in _TOOL_DRIVERS:
        target = swapped.get(driver)
        compiler = target.package if target else default_compiler(driver, packages)
        if driver in packages and compiler is not None and compiler in packages:
            yield ToolRow(
                tool=driver,
                package=driver,
                version=packages[driver].version,
                command=plain_command(target) if target else compiler,
                origin=f"{compiler} {packages[compiler].version}",
            )
    if "binutils" in packages:
        yield _plain_row("ld", "ld.bfd", packages["binutils"])
    for name in _LIBC_PACKAGES:
        if name in packages:
            yield _plain_row("libc", "-lc", packages[name])


def plain_command(target: CompilerTarget) -> str:
    """The command that the driver's name shall lead to, as clang++-14 for g++=clang-14."""
    if target.family is CompilerFamily.GNU:
        return target.package
    return f"{_LLVM_COMMANDS.get(target.driver, 'clang')}-{target.version}"


def _plain_row(tool: str, command: str, facts: PackageFacts) -> ToolRow:
    return ToolRow(
        tool=tool,
        package=facts.name,
        version=facts.version,
        command=command,
        origin=f"{facts.source} {facts.source_version}",
    )


def _problems(spec: ToolchainSpec, packages: Mapping[str, PackageFacts]) -> Iterable[Problem]:
    where = _where(packages)
    if spec.compilers and "gcc" not in packages:
        yield Problem(
            sentence=f"the parent has no package gcc{where} whose links could be swapped",
            hint="derive from a suite with gcc-defaults, with main among its components",
        )
    if spec.has_flags and not spec.compilers and ESSENTIAL_SOURCE not in packages:
        yield Problem(
            sentence=f"the parent has no package build-essential{where} to bring flags in",
            hint="derive from a suite with build-essential, with main among its components",
        )
    for target in compiler_targets(spec):
        if not target.is_explicit:
            continue
        if target.package not in packages:
            yield Problem(
                sentence=f"the parent has no {target.package}{where} for {target.driver}",
                hint=_candidates(target.driver, packages),
            )
        elif target.driver not in packages and "gcc" in packages:
            yield Problem(
                sentence=f"the parent has no package {target.driver}{where} to swap",
                hint=f"leave {target.driver} out of the toolchain",
            )


def _candidates(driver: str, packages: Mapping[str, PackageFacts]) -> str:
    pattern = re.compile(rf"(?:{re.escape(driver)}|clang)-[0-9][0-9.]*")
    if driver not in {"gcc", "cpp", "g++", "gobjc", "gobjc++"}:
        pattern = re.compile(rf"{re.escape(driver)}-[0-9][0-9.]*")
    names = sorted(
        (name for name in packages if pattern.fullmatch(name)),
        key=lambda name: (not name.startswith(driver), Version.parse(name.rpartition("-")[2])),
    )
    if not names:
        return f"no package {driver}-N is there: take a suite that has one"
    return f"it has {', '.join(names[:CANDIDATES_MAX])}"


def _notes(
    spec: ToolchainSpec, swapped: Sequence[CompilerTarget], packages: Mapping[str, PackageFacts]
) -> Iterable[str]:
    for target in swapped:
        if default_compiler(target.driver, packages) == target.package:
            yield f"{target.driver} is {target.package} in the parent already"
        if target.driver == "gcc" and target.family is CompilerFamily.LLVM:
            yield (
                f"gcc would be {target.package}: gcov-dump, gcov-tool, lto-dump and the plugin for"
                " GNU link-time objects have no counterpart and go"
            )
            if "-gdwarf-4" not in spec.cflags or "-gdwarf-4" not in spec.cxxflags:
                yield (
                    f"dwz may not read the DWARF 5 of {target.package}, and then dh_dwz fails:"
                    " add -gdwarf-4 to cflags and cxxflags"
                )
        elif target.driver == "gcc":
            yield from _runtime_notes(packages[target.package], packages)


def _runtime_notes(compiler: PackageFacts, packages: Mapping[str, PackageFacts]) -> Iterable[str]:
    """A compiler newer than libgcc-s1 may emit calls that only its own runtime has."""
    runtime = packages.get("libgcc-s1")
    if runtime and Version.parse(compiler.version) > Version.parse(runtime.version):
        yield (
            f"{compiler.name} {compiler.version} is newer than libgcc-s1 {runtime.version}: its"
            " own libgcc-s1 and libstdc++6 are not published with the archive"
        )


def _where(packages: Mapping[str, PackageFacts]) -> str:
    architectures = sorted({facts.architecture for facts in packages.values()} - {"all"})
    return f" on {architectures[0]}" if architectures else ""


def _names(field: str) -> list[str]:
    return [relation.name for group in parse_relations(field) for relation in group]
