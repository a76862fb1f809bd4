"""How the parent's default compilers become another compiler's: binaries in, binaries out.

Nothing is guessed about gcc-defaults beyond its shape: each binary depends on `<language>-N`, its
links lead to commands with N in their names, and its packages depend on each other at exact
versions. N is read from the dependencies.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from vostok.debian.relations import Group, Relation, parse_relations
from vostok.debian.stanza import required
from vostok.domain.toolchain import CompilerFamily, CompilerTarget, ToolchainSpec
from vostok.domain.toolchain_preflight import (
    DEFAULTS_SOURCE,
    ESSENTIAL_SOURCE,
    PackageFacts,
    available_targets,
)
from vostok.errors import InvalidInputError

SUFFIX: Final = "${swap:Suffix}"
"""Stands for what the new version has after the parent's; debian/rules fills it in."""

RELATION_FIELDS: Final = (
    "Pre-Depends", "Depends", "Recommends", "Suggests", "Enhances",
    "Breaks", "Conflicts", "Replaces", "Provides",
)  # fmt: skip
_DEMANDS: Final = ("Pre-Depends", "Depends", "Recommends", "Suggests")

_COMPILER_PACKAGE = re.compile(
    r"(?P<stem>gcc|g\+\+|cpp|gfortran|gobjc|gobjc\+\+|gdc|gccgo|gm2|libgphobos)"
    r"-(?P<version>[0-9]+(?:\.[0-9]+)?)(?P<tail>(?:-[a-z][a-z0-9]*)*)"
)
_MODULE_FORMAT = re.compile(r"gfortran-mod-[0-9]+")
_LLVM_LINKS: Final = {
    "gcc": "clang", "cpp": "clang-cpp", "g++": "clang++",
    "gcc-ar": "llvm-ar", "gcc-nm": "llvm-nm", "gcc-ranlib": "llvm-ranlib", "gcov": "llvm-cov",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeFile:
    """A regular file; `path` has no leading slash or dot."""

    path: str
    content: bytes
    is_executable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeLink:
    """A symbolic link and what it holds."""

    path: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentBinary:
    """A binary package of the parent, as read from its file."""

    control: Mapping[str, str]
    """The control stanza's fields in their order."""
    directories: tuple[str, ...]
    files: tuple[TreeFile, ...]
    links: tuple[TreeLink, ...]
    scripts: tuple[TreeFile, ...]
    """Maintainer scripts, triggers, conffiles: the control archive, but what is generated."""

    @property
    def name(self) -> str:
        """Its package name."""
        return required(self.control, "Package", of="the binary package")

    @property
    def version(self) -> str:
        """Its version, without any suffix of ours."""
        return required(self.control, "Version", of=f"the binary package {self.name}")

    @property
    def architecture(self) -> str:
        """Its architecture, which may be `all`."""
        return required(self.control, "Architecture", of=f"the binary package {self.name}")

    @property
    def source(self) -> tuple[str, str]:
        """Name and version of its source (Policy 5.6.1: absent parts are the binary's own)."""
        name, _, rest = self.control.get("Source", self.name).partition(" ")
        return name, rest.strip("() ") or self.version


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentDefaults:
    """What one architecture of the parent has."""

    binaries: tuple[ParentBinary, ...]
    """The files of all that `names_to_replace` names."""
    packages: Mapping[str, PackageFacts]
    """Everything in the view, by name: which compilers are there and in what version."""
    compiler_paths: frozenset[str] | None = None
    """Every path in the target compilers' packages, to leave out links that would lead nowhere;
    None: not known, every link is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwappedBinary:
    """A binary package as it shall be."""

    name: str
    base_version: str
    """The parent's; the new version is this and the suffix."""
    architecture: str
    control: Mapping[str, str]
    """The parent's fields, without relations."""
    relations: Mapping[str, tuple[str, ...]]
    """Field -> its groups as text; `SUFFIX` stands in the versions that rise."""
    directories: tuple[str, ...]
    files: tuple[TreeFile, ...]
    links: tuple[TreeLink, ...]
    scripts: tuple[TreeFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SwappedDefaults:
    """The binaries of one architecture, and what people should know of them."""

    binaries: tuple[SwappedBinary, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Replacement:
    """What happens to one binary: its compiler's packages and link targets."""

    target: CompilerTarget
    old_version: str
    packages: Mapping[str, tuple[str, ...]]
    """Package it depended on -> packages to depend on in its place."""


def swapped_defaults(
    spec: ToolchainSpec, parent: ParentDefaults, *, flags_package: str | None
) -> SwappedDefaults:
    """The parent's binaries of one architecture with their compilers swapped.

    Every binary is made anew, so that exact dependencies between them hold; those whose compiler
    the target lacks (a language, a multilib variant) keep their links and only rise.

    Args:
        spec: the toolchain.
        parent: what the parent has.
        flags_package: what gcc (or build-essential, without compilers) depends on; None: nothing.

    Raises:
        InvalidInputError: a binary of the parent has not the shape that a swap needs.
    """
    targets = {target.driver: target for target in available_targets(spec, parent.packages)}
    versions = {binary.name: binary.version for binary in parent.binaries}
    bringer = "gcc" if spec.compilers else ESSENTIAL_SOURCE
    if flags_package is not None and bringer not in versions:
        raise InvalidInputError(
            f"there is no package {bringer} that could bring {flags_package} in",
            hint="give the files of every package that the preflight names",
        )
    notes: list[str] = []
    swapped = []
    for binary in sorted(parent.binaries, key=lambda one: one.name):
        _check_shape(binary, spec)
        replacement = _replacement(binary, targets, parent.packages)
        if replacement is None and _wants(binary, targets):
            notes.append(f"{binary.name} keeps its compiler: the parent has no counterpart")
        links, link_notes = _links(binary, replacement, parent.compiler_paths)
        notes += link_notes
        relations = _relations(binary, replacement, versions, parent.packages)
        if flags_package is not None and binary.name == bringer:
            flags = f"{flags_package} (= ${{source:Version}})"
            relations["Depends"] = (*relations.get("Depends", ()), flags)
        swapped.append(_swapped(binary, replacement, relations, links))
    return SwappedDefaults(binaries=tuple(swapped), notes=tuple(notes))


def _swapped(
    binary: ParentBinary,
    replacement: _Replacement | None,
    relations: Mapping[str, tuple[str, ...]],
    links: tuple[TreeLink, ...],
) -> SwappedBinary:
    return SwappedBinary(
        name=binary.name,
        base_version=binary.version,
        architecture=binary.architecture,
        control={k: v for k, v in binary.control.items() if k not in RELATION_FIELDS},
        relations=relations,
        directories=tuple(_moved(path, replacement) for path in binary.directories),
        files=binary.files,
        links=links,
        scripts=binary.scripts,
    )


def _check_shape(binary: ParentBinary, spec: ToolchainSpec) -> None:
    expected = DEFAULTS_SOURCE if spec.compilers else ESSENTIAL_SOURCE
    if binary.source[0] != expected:
        raise InvalidInputError(
            f"{binary.name} {binary.version} is of source {binary.source[0]}, not of {expected}"
        )
    for name, value in binary.control.items():
        if "${" in value:
            raise InvalidInputError(
                f"field {name} of {binary.name} {binary.version} has a substitution variable"
            )


def _driver(name: str) -> str:
    """The driver that a binary of gcc-defaults belongs to, as g++ for g++-multilib."""
    if name == "libgphobos-dev":
        return "gdc"
    return re.sub(r"-(?:multilib|doc|offload-[a-z0-9]+)\Z", "", name)


def _wants(binary: ParentBinary, targets: Mapping[str, CompilerTarget]) -> bool:
    return _driver(binary.name) in targets and bool(_compiler_packages(binary))


def _compiler_packages(binary: ParentBinary) -> dict[str, re.Match[str]]:
    depends = parse_relations(binary.control.get("Depends", ""))
    names = [relation.name for group in depends for relation in group]
    matches = {name: _COMPILER_PACKAGE.fullmatch(name) for name in names}
    return {name: match for name, match in matches.items() if match is not None}


def _replacement(
    binary: ParentBinary,
    targets: Mapping[str, CompilerTarget],
    packages: Mapping[str, PackageFacts],
) -> _Replacement | None:
    target = targets.get(_driver(binary.name))
    old = _compiler_packages(binary)
    if target is None or not old:
        return None
    old_versions = {match["version"] for match in old.values()}
    if len(old_versions) > 1:
        raise InvalidInputError(
            f"{binary.name} {binary.version} depends on compilers of several versions: "
            + ", ".join(old)
        )
    if target.family is CompilerFamily.LLVM:
        if binary.name != target.driver:
            return None
        tools = f"llvm-{target.version}"
        has_tools = binary.name == "gcc" and tools in packages
        new = dict.fromkeys(old, (target.package, *((tools,) if has_tools else ())))
    else:
        new = {
            name: (f"{match['stem']}-{target.version}{match['tail']}",)
            for name, match in old.items()
        }
        if any(name not in packages for names in new.values() for name in names):
            return None
    return _Replacement(target=target, old_version=old_versions.pop(), packages=new)


def _relations(
    binary: ParentBinary,
    replacement: _Replacement | None,
    versions: Mapping[str, str],
    packages: Mapping[str, PackageFacts],
) -> dict[str, tuple[str, ...]]:
    fields = {}
    for name in RELATION_FIELDS:
        groups = parse_relations(binary.control.get(name, ""))
        if name in _DEMANDS:
            texts = [
                text
                for group in groups
                for text in _demanded(group, replacement, versions, packages)
            ]
        elif name == "Provides":
            texts = [_provided(group[0], binary, replacement, packages) for group in groups]
        else:
            texts = [" | ".join(map(str, group)) for group in groups]
        if texts:
            fields[name] = tuple(dict.fromkeys(texts))
    return fields


def _demanded(
    group: Group,
    replacement: _Replacement | None,
    versions: Mapping[str, str],
    packages: Mapping[str, PackageFacts],
) -> list[str]:
    """The groups that take a group's place: siblings raised, compilers replaced."""
    if any(relation.name.startswith("buildflags-") for relation in group):
        return []
    if len(group) == 1 and replacement is not None and group[0].name in replacement.packages:
        return [
            f"{name} (>= {packages[name].version})" for name in replacement.packages[group[0].name]
        ]
    return [" | ".join(_raised(relation, versions.get(relation.name)) for relation in group)]


def _raised(relation: Relation, version: str | None) -> str:
    """The relation, at the new version if it demands exactly or at least the parent's."""
    if version is None or relation.operator not in {"=", ">="} or str(relation.version) != version:
        return str(relation)
    plain = str(replace(relation, operator=None, version=None))
    return f"{plain} ({relation.operator} {version}{SUFFIX})"


def _provided(
    relation: Relation,
    binary: ParentBinary,
    replacement: _Replacement | None,
    packages: Mapping[str, PackageFacts],
) -> str:
    if _MODULE_FORMAT.fullmatch(relation.name) and replacement is not None:
        provides = packages[replacement.target.package].provides
        for group in parse_relations(provides):
            if _MODULE_FORMAT.fullmatch(group[0].name):
                return str(group[0])
    return _raised(relation, binary.version)


def _links(
    binary: ParentBinary,
    replacement: _Replacement | None,
    compiler_paths: frozenset[str] | None,
) -> tuple[tuple[TreeLink, ...], list[str]]:
    links = []
    notes = []
    for link in binary.links:
        path = _moved(link.path, replacement)
        target = _link_target(link, replacement)
        is_changed = target != link.target
        if target is None or (
            is_changed
            and compiler_paths is not None
            and not _leads_into(path, target, compiler_paths)
        ):
            notes.append(f"{binary.name} has no /{link.path}: the new compiler has none")
        else:
            links.append(TreeLink(path=path, target=target))
    return tuple(links), notes


def _link_target(link: TreeLink, replacement: _Replacement | None) -> str | None:
    """Where the link shall lead; None if the new compiler has no such thing."""
    if replacement is None or not _version_pattern(replacement).search(link.target):
        return link.target
    if replacement.target.family is CompilerFamily.GNU:
        return _moved(link.target, replacement)
    command = link.target.removesuffix(f"-{replacement.old_version}")
    has_tools = any(name.startswith("llvm-") for name in sum(replacement.packages.values(), ()))
    counterpart = _LLVM_LINKS.get(command)
    if counterpart is None or (counterpart.startswith("llvm-") and not has_tools):
        return None
    return f"{counterpart}-{replacement.target.version}"


def _moved(path: str, replacement: _Replacement | None) -> str:
    """The path with the old compiler's version in its parts replaced (GNU names only)."""
    if replacement is None or replacement.target.family is not CompilerFamily.GNU:
        return path
    return _version_pattern(replacement).sub(replacement.target.version, path)


def _version_pattern(replacement: _Replacement) -> re.Pattern[str]:
    return re.compile(rf"(?<=[-/]){re.escape(replacement.old_version)}(?=[/.-]|\Z)")


def _leads_into(path: str, target: str, paths: frozenset[str]) -> bool:
    parts: Sequence[str] = () if target.startswith("/") else path.split("/")[:-1]
    resolved = list(parts)
    for part in target.split("/"):
        if part == ".." and resolved:
            resolved.pop()
        elif part not in {"", ".", ".."}:
            resolved.append(part)
    return "/".join(resolved) in paths
