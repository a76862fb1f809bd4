"""The native source package whose build gives the swapped packages, as a tree of small files.

It is made for reading: debian/control has what changed, `links` files have what leads where, and
everything copied from the parent's packages lies as it is under debian/binaries.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from vostok.debian.date import render_changelog_date
from vostok.debian.stanza import render_stanza
from vostok.debian.version import Version
from vostok.domain.toolchain import (
    ToolchainSpec,
    buildflags_configuration,
    compiler_targets,
    toolchain_name,
)
from vostok.domain.toolchain_rules import ASSEMBLE, RULES
from vostok.domain.toolchain_swap import (
    RELATION_FIELDS,
    SUFFIX,
    ParentDefaults,
    SwappedBinary,
    TreeFile,
    swapped_defaults,
)
from vostok.errors import InvalidInputError

_SUFFIX = re.compile(r"[A-Za-z0-9+~.]+")
_WORD = re.compile(r"[a-z][a-z0-9.-]*")
_PERSON = re.compile(r"[^<>\n,:]+ <[^<>\s]+@[^<>\s]+>")
_PATH = re.compile(r"[A-Za-z0-9_+=.,:@~-]+(?:/[A-Za-z0-9_+=.,:@~-]+)*")
_GENERATED_FIELDS: Final = frozenset(
    {"package", "source", "version", "architecture", "maintainer", "installed-size"}
)
_PLAIN_FIELDS: Final = frozenset(
    {"section", "priority", "multi-arch", "essential", "homepage", "description", "built-using"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBinary:
    """A package that the source's build gives."""

    name: str
    version: str
    architecture: str

    @property
    def file_name(self) -> str:
        """The name dpkg-deb gives its file."""
        version = Version.parse(self.version).without_epoch
        return f"{self.name}_{version}_{self.architecture}.deb"


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapPlan:
    """The whole source package, and what its build gives on each architecture."""

    source: str
    version: str
    architectures: tuple[str, ...]
    at: datetime
    """The changelog's date, and every file's."""
    files: tuple[TreeFile, ...]
    binaries: tuple[PlannedBinary, ...]
    notes: tuple[str, ...]
    """Sentences on what the new compilers lack, for the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapOrder:
    """What to make: a toolchain for one archive.

    Raises:
        InvalidInputError: a value cannot stand in a changelog, or nothing needs packages.
    """

    toolchain: str
    """Its name; flags go into the package `buildflags-NAME`."""
    spec: ToolchainSpec
    suffix: str
    """After every version, as `Xtrial1`."""
    codename: str
    """The distribution of the changelog entry."""
    maintainer: str
    """`Name <address>` of whoever is responsible for the archive."""
    at: datetime
    """The changelog's date, with a time zone."""

    def __post_init__(self) -> None:
        toolchain_name(self.toolchain)
        if not self.spec.needs_packages:
            raise InvalidInputError(
                f"toolchain {self.toolchain} has neither compilers nor flags to pack"
            )
        for field, value, pattern in (
            ("suffix", self.suffix, _SUFFIX),
            ("codename", self.codename, _WORD),
            ("maintainer", self.maintainer, _PERSON),
        ):
            if not pattern.fullmatch(value):
                raise InvalidInputError(f"{field} {value!r} cannot stand in a changelog")


def flags_package_name(toolchain: str) -> str:
    """The package that holds the toolchain's /etc/dpkg/buildflags.conf."""
    return f"buildflags-{toolchain}"


def swap_plan(order: SwapOrder, parents: Mapping[str, ParentDefaults]) -> SwapPlan:
    """The source package that makes the toolchain the default of an archive.

    One source serves all architectures, so that its bytes depend on nothing but the arguments.

    Args:
        order: what to make.
        parents: architecture -> what the parent has there; not empty.

    Raises:
        InvalidInputError: the parent's packages have not the shape that a swap needs.
    """
    if not parents or not all(parent.binaries for parent in parents.values()):
        raise InvalidInputError("an architecture has no packages of the parent to start from")
    source, base = _source(parents)
    flags = _flags_binary(order, base) if order.spec.has_flags else None
    swapped = {
        architecture: swapped_defaults(
            order.spec, parent, flags_package=None if flags is None else flags.name
        )
        for architecture, parent in sorted(parents.items())
    }
    copies = [binary for defaults in swapped.values() for binary in defaults.binaries]
    binaries = _without_repeats([*copies, *(() if flags is None else (flags,))])
    return SwapPlan(
        source=source,
        version=base + order.suffix,
        architectures=tuple(swapped),
        at=order.at,
        files=(
            _text("debian/changelog", _changelog(order, source, base)),
            _text("debian/control", _control(source, order.maintainer, binaries)),
            _text("debian/copyright", _copyright(source, base, parents)),
            _text("debian/README.source", _readme(order, source, base)),
            _text("debian/rules", RULES.format(base=base), is_executable=True),
            _text("debian/assemble", ASSEMBLE),
            _text("debian/source/format", "3.0 (native)\n"),
            *(file for binary in binaries for file in _binary_files(binary)),
        ),
        binaries=tuple(
            PlannedBinary(
                name=binary.name,
                version=binary.base_version + order.suffix,
                architecture=binary.architecture,
            )
            for binary in binaries
        ),
        notes=tuple(
            f"{note} ({architecture})"
            for architecture, defaults in swapped.items()
            for note in defaults.notes
        ),
    )


def _source(parents: Mapping[str, ParentDefaults]) -> tuple[str, str]:
    sources = {binary.source for parent in parents.values() for binary in parent.binaries}
    if len(sources) > 1:
        found = ", ".join(sorted(f"{name} {version}" for name, version in sources))
        raise InvalidInputError(
            f"the parent's packages are of several sources: {found}",
            hint="wait until the parent has built its newest gcc-defaults on all architectures",
        )
    name, version = sources.pop()
    if not Version.parse(version).is_native:
        raise InvalidInputError(f"{name} {version} is not native: its version has a revision")
    return name, version


def _without_repeats(binaries: Iterable[SwappedBinary]) -> list[SwappedBinary]:
    """Every package of every architecture, those of architecture `all` once."""
    return list({(one.name, one.architecture): one for one in binaries}.values())


def _flags_binary(order: SwapOrder, base: str) -> SwappedBinary:
    path = "etc/dpkg/buildflags.conf"
    content = buildflags_configuration(order.toolchain, order.spec).encode()
    conffiles = TreeFile(path="conffiles", content=f"/{path}\n".encode(), is_executable=False)
    return SwappedBinary(
        name=flags_package_name(order.toolchain),
        base_version=base,
        architecture="all",
        control={
            "Section": "devel",
            "Priority": "optional",
            "Multi-Arch": "foreign",
            "Description": f"build flags of the toolchain {order.toolchain}\n"
            " What dpkg-buildflags adds to every package built with this toolchain. It is pulled\n"
            " in by the archive's default compiler.",
        },
        relations={
            "Conflicts": ("dpkg-buildflags-configuration",),
            "Replaces": ("dpkg-buildflags-configuration",),
            "Provides": ("dpkg-buildflags-configuration",),
        },
        directories=(),
        files=(TreeFile(path=path, content=content, is_executable=False),),
        links=(),
        scripts=(conffiles,),
    )


def _binary_files(binary: SwappedBinary) -> Iterable[TreeFile]:
    directory = f"debian/binaries/{binary.architecture}/{binary.name}"
    _check_tree(binary)
    links = "".join(f"{one.path} {one.target}\n" for one in sorted(binary.links, key=_path))
    yield _text(f"{directory}/version", f"{binary.base_version}\n")
    yield _text(f"{directory}/directories", "".join(f"{p}\n" for p in sorted(binary.directories)))
    yield _text(f"{directory}/links", links)
    for part, members in (("root", binary.files), ("control", binary.scripts)):
        for member in sorted(members, key=_path):
            yield TreeFile(
                path=f"{directory}/{part}/{member.path}",
                content=member.content,
                is_executable=member.is_executable,
            )


def _path(member: object) -> str:
    return str(getattr(member, "path", ""))


def _check_tree(binary: SwappedBinary) -> None:
    """Nothing leaves the tree or lies behind a link, and every name fits into a list of names."""
    links = {link.path for link in binary.links}
    members = (*binary.files, *binary.scripts)
    for path in (*binary.directories, *(member.path for member in members), *links):
        parts = path.split("/")
        parents = {"/".join(parts[:depth]) for depth in range(1, len(parts))}
        if not _PATH.fullmatch(path) or {".", ".."} & set(parts) or parents & links:
            raise InvalidInputError(f"{binary.name} has the path {path!r}, which cannot be packed")
    for link in binary.links:
        if not _PATH.fullmatch(link.target.removeprefix("/")):
            raise InvalidInputError(
                f"{binary.name} has the link {link.path} to {link.target!r}, not to be packed"
            )


def _control(source: str, maintainer: str, binaries: Sequence[SwappedBinary]) -> str:
    head = render_stanza(
        {
            "Source": source,
            "Section": "devel",
            "Priority": "optional",
            "Maintainer": maintainer,
            "Rules-Requires-Root": "no",
            "Standards-Version": "4.6.2",
        }
    )
    by_name: dict[str, list[SwappedBinary]] = {}
    for binary in binaries:
        by_name.setdefault(binary.name, []).append(binary)
    return "\n".join((head, *(render_stanza(_binary_stanza(same)) for same in by_name.values())))


def _binary_stanza(same: Sequence[SwappedBinary]) -> dict[str, str]:
    """The stanza of one package on all its architectures; plain fields are the first one's."""
    fields = {"Package": same[0].name, "Architecture": " ".join(one.architecture for one in same)}
    description = {}
    for name, value in same[0].control.items():
        if name.lower() == "description":
            description[name] = value
        elif name.lower() in _PLAIN_FIELDS:
            fields[name] = value
        elif name.lower() not in _GENERATED_FIELDS:
            fields[f"XB-{name}"] = value
    if "Maintainer" in same[0].control:
        fields.setdefault("XB-Original-Maintainer", same[0].control["Maintainer"])
    for name in RELATION_FIELDS:
        groups = _qualified_groups(
            [(one.architecture, one.relations.get(name, ())) for one in same]
        )
        if groups:
            fields[name] = "".join(f"\n {group}," for group in groups).removesuffix(",")
    return fields | description


def _qualified_groups(lists: Sequence[tuple[str, tuple[str, ...]]]) -> list[str]:
    """The groups of all architectures; those that not all have say which ones do."""
    holders: dict[str, list[str]] = {}
    for architecture, groups in lists:
        for group in groups:
            holders.setdefault(group, []).append(architecture)
    return [
        group
        if len(architectures) == len(lists)
        else " | ".join(f"{part} [{' '.join(architectures)}]" for part in group.split(" | "))
        for group, architectures in holders.items()
    ]


def _changelog(order: SwapOrder, source: str, base: str) -> str:
    changes = [
        f"{target.driver} leads to {target.package}" + ("" if target.is_explicit else ", if there")
        for target in compiler_targets(order.spec)
    ]
    if order.spec.has_flags:
        changes.append(f"{flags_package_name(order.toolchain)} brings the build flags")
    lines = "".join(f"  * {change}.\n" for change in changes)
    return (
        f"{source} ({base}{order.suffix}) {order.codename}; urgency=low\n\n{lines}\n"
        f" -- {order.maintainer}  {render_changelog_date(order.at)}\n"
    )


def _copyright(source: str, base: str, parents: Mapping[str, ParentDefaults]) -> str:
    """Where the content is from, and the parent's own statement."""
    head = (
        f"The files under debian/binaries are those of the binary packages of {source} {base};\n"
        "the terms of that package hold for them and for this one. They say:\n\n"
    )
    statements = sorted(
        (file.path, file.content)
        for parent in parents.values()
        for binary in parent.binaries
        for file in binary.files
        if re.fullmatch(r"usr/share/doc/[^/]+/copyright", file.path)
    )
    if not statements:
        return f"{head}(its packages hold no copyright file)\n"
    return head + statements[0][1].decode(errors="replace")


def _readme(order: SwapOrder, source: str, base: str) -> str:
    return (
        f"The packages of {source} {base}, made anew for the toolchain {order.toolchain}.\n"
        "Their content is that of the parent archive's packages; links and dependencies lead to\n"
        "the toolchain's compilers. Change a `links` file or debian/control and build as usual:\n"
        "\n    dpkg-buildpackage --build=binary --unsigned-changes --no-check-builddeps\n\n"
        f"In debian/control {SUFFIX} is what the changelog's version has after {base}.\n"
    )


def _text(path: str, content: str, *, is_executable: bool = False) -> TreeFile:
    return TreeFile(path=path, content=content.encode(), is_executable=is_executable)
