"""Source and binary packages: their names, their files, and their paragraphs in the indices."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import apt_pkg

from vostok.debian.architecture import check_architecture
from vostok.debian.checksums import (
    MD5_DIGITS,
    SHA256_DIGITS,
    check_digest,
    parse_file_list,
)
from vostok.debian.excerpt import excerpt
from vostok.debian.stanza import list_lines, render_stanza, required
from vostok.debian.version import Version, check_version
from vostok.errors import InvalidInputError

PACKAGE_NAME_CHARACTERS_MAX: Final = 200
FILE_NAME_CHARACTERS_MAX: Final = 255
PATH_CHARACTERS_MAX: Final = 4096
PACKAGES_MAX: Final = 20_000
"""Binary packages of one source."""

_PACKAGE_NAME: Final = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~:%=@-]*")
_SHORT_PATH: Final = re.compile(rf"{_FILE_NAME.pattern}(?:/{_FILE_NAME.pattern})*")
_COMPONENT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]*(?:/[A-Za-z0-9][A-Za-z0-9+._-]*)*")
_PACKAGE_TYPE: Final = re.compile(r"[a-z]{1,20}")
_BINARY_FIELD_ORDER: Final[Sequence[str]] = apt_pkg.REWRITE_PACKAGE_ORDER  # type: ignore[attr-defined]  # not in the stub
_SOURCE_FIELD_ORDER: Final[Sequence[str]] = apt_pkg.REWRITE_SOURCE_ORDER  # type: ignore[attr-defined]  # not in the stub
_SOURCE_FIELD: Final = re.compile(r"(?P<name>\S+)(?:\s+\((?P<version>[^()\s]+)\))?")

_BINARY_FIELDS_OF_INDICES: Final = frozenset(
    {
        "status",
        "filename",
        "msdos-filename",
        "size",
        "md5sum",
        "sha1",
        "sha256",
        "sha512",
        "description-md5",
    }
)
_SOURCE_FIELDS_OF_INDICES: Final = frozenset(
    {
        "package",
        "directory",
        "priority",
        "section",
        "source",
        "files",
        "checksums-md5",
        "checksums-sha1",
        "checksums-sha256",
        "checksums-sha512",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file of a source package, by what must be downloaded."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DscFile:
    """The .dsc file itself, which Sources lists beside the files that it names."""

    name: str
    size: int
    md5sum: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPackage:
    """A binary package that a source says it builds.

    Attributes:
        package_type: `deb` or `udeb`.
        architectures: of `arch=`; empty where the source does not say (no Package-List).
        profiles: the text of `profile=`, lists joined by `+` and `,`; empty: always built.
    """

    name: str
    package_type: str = "deb"
    section: str = ""
    priority: str = ""
    architectures: tuple[str, ...] = ()
    profiles: str = ""
    is_essential: bool = False


def check_package_name(name: str) -> str:
    """The name, when it is one of a binary package.

    Raises:
        InvalidInputError: it is not.

    Source: Policy 5.6.7.
    """
    return _checked_name(name, "binary")


def check_source_name(name: str) -> str:
    """The name, when it is one of a source package.

    Raises:
        InvalidInputError: it is not.

    Source: Policy 5.6.1.
    """
    return _checked_name(name, "source")


def check_file_name(name: str) -> str:
    """The name, when it is safe as the last part of a path, a URL and a word of a list.

    Raises:
        InvalidInputError: it has a slash, begins with a dot or hyphen, or has characters that no
            file of an archive has.
    """
    if len(name) > FILE_NAME_CHARACTERS_MAX or not _FILE_NAME.fullmatch(name):
        raise InvalidInputError(
            f"{excerpt(name)} is not a file name that an archive may hold",
            hint="no directory; letters, digits and . _ + ~ : % = @ -, a letter or digit first",
        )
    return name


def check_path(path: str) -> str:
    """The path, when it is relative and each of its parts is a name as `check_file_name` has it.

    Raises:
        InvalidInputError: it is not; so no path with `..` passes.
    """
    if len(path) <= FILE_NAME_CHARACTERS_MAX and _SHORT_PATH.fullmatch(path):
        return path
    if len(path) > PATH_CHARACTERS_MAX:
        raise InvalidInputError(
            f"path {excerpt(path)} is longer than {PATH_CHARACTERS_MAX} characters"
        )
    for part in path.split("/"):
        check_file_name(part)
    return path


def source_files(stanza: Mapping[str, str]) -> tuple[SourceFile, ...]:
    """The files of a source package: of a .dsc all but itself, of a Sources paragraph all.

    Raises:
        InvalidInputError: there are no SHA-256 checksums, or a name is not safe.
    """
    value = required(stanza, "Checksums-Sha256", of="the source package")
    return tuple(
        SourceFile(name=check_file_name(file.name), size=file.size, sha256=file.digest)
        for file in parse_file_list(value, digest_digits=SHA256_DIGITS, of="Checksums-Sha256")
    )


def package_list(stanza: Mapping[str, str]) -> tuple[ListedPackage, ...]:
    """The binary packages that a source says it builds, by Package-List, else by Binary.

    Raises:
        InvalidInputError: neither field is there, or one is malformed.
    """
    lines = list_lines(stanza.get("Package-List", ""))
    if lines:
        packages = tuple(map(_listed_package, _bounded(lines)))
    else:
        names = required(stanza, "Binary", of="the source package").replace(",", " ").split()
        packages = tuple(ListedPackage(name=check_package_name(name)) for name in _bounded(names))
    return packages


def source_of_binary(stanza: Mapping[str, str]) -> tuple[str, str]:
    """Name and version of the source that a binary package was built from.

    The field Source says only what differs: `foo (1.2)`, `foo`, or it is not there.

    Raises:
        InvalidInputError: a name or version is malformed or missing.

    Source: Policy 5.6.1.
    """
    version = check_version(required(stanza, "Version", of="the binary package"))
    source = stanza.get("Source", "").strip()
    if not source:
        return check_source_name(required(stanza, "Package", of="the binary package")), version
    name, source_version = parse_source_field(source)
    return name, str(source_version or version)


def parse_source_field(text: str) -> tuple[str, Version | None]:
    """Name and version of a field Source; the version is None where the field has none.

    Raises:
        InvalidInputError: the field is malformed.
    """
    match = _SOURCE_FIELD.fullmatch(text)
    if not match:
        raise InvalidInputError(f"field Source is {excerpt(text)}, not: name (version)")
    version = match["version"]
    return check_source_name(match["name"]), Version.parse(version) if version else None


def pool_directory(component: str, source: str) -> str:
    """Where the files of a source lie: `pool/main/h/hello`, `pool/main/libf/libfoo`.

    Raises:
        InvalidInputError: component or name is malformed.
    """
    check_component(component)
    check_source_name(source)
    prefix = source[:4] if source.startswith("lib") else source[0]
    return f"pool/{component}/{prefix}/{source}"


def check_component(component: str) -> str:
    """The component, when it can be part of a path: `main`, `non-free-firmware`, `updates/main`.

    Raises:
        InvalidInputError: it can not.
    """
    if len(component) > FILE_NAME_CHARACTERS_MAX or not _COMPONENT.fullmatch(component):
        raise InvalidInputError(
            f"{excerpt(component)} is not the name of a component",
            hint="for example: main, non-free-firmware, updates/main",
        )
    return component


def binary_file_name(
    name: str, version: Version | str, architecture: str, *, package_type: str = "deb"
) -> str:
    """The name of a binary package's file, without the epoch: `hello_2.10-3_amd64.deb`.

    Raises:
        InvalidInputError: one of the parts is malformed.
    """
    version = Version.parse(str(version))
    if not _PACKAGE_TYPE.fullmatch(package_type):
        raise InvalidInputError(f"{excerpt(package_type)} is not a type of package")
    parts = (check_package_name(name), version.without_epoch, check_architecture(architecture))
    return check_file_name(f"{'_'.join(parts)}.{package_type}")


def binary_stanza(
    control: Mapping[str, str], *, filename: str, size: int, md5sum: str, sha256: str
) -> str:
    """The paragraph in Packages of a binary package, in apt-ftparchive's order of fields.

    Args:
        control: the control file of the package. What only an index may say (Filename, Size,
            digests, Status) is not taken from it.
        filename: path from the root of the archive.
        size: of the file, in bytes.
        md5sum: of the file; apt needs none, old tools do.
        sha256: of the file.

    Raises:
        InvalidInputError: a name, version, path or digest is malformed.
    """
    check_package_name(required(control, "Package", of="the control file"))
    check_architecture(required(control, "Architecture", of="the control file"))
    source_of_binary(control)
    fields = [
        (name, value)
        for name, value in control.items()
        if name.lower() not in _BINARY_FIELDS_OF_INDICES
    ]
    fields += [
        ("Filename", check_path(filename)),
        ("Size", str(_checked_size(size))),
        ("MD5sum", check_digest(md5sum, digits=MD5_DIGITS, of="MD5sum")),
        ("SHA256", check_digest(sha256, digits=SHA256_DIGITS, of="SHA256")),
    ]
    return render_stanza(_ordered(fields, _BINARY_FIELD_ORDER))


def source_stanza(
    dsc: Mapping[str, str], *, directory: str, dsc_file: DscFile, priority: str, section: str
) -> str:
    """The paragraph in Sources of a source package, in apt-ftparchive's order of fields.

    MD5 (field Files, which apt demands) and SHA-256 are listed; SHA-1 and SHA-512 are not.

    Args:
        dsc: the fields of the .dsc, without its signature.
        directory: path from the root of the archive.
        dsc_file: the .dsc itself, put first in both lists.
        priority: of the paragraph; empty leaves the field out.
        section: of the paragraph; empty leaves the field out.

    Raises:
        InvalidInputError: a name, version, path or checksum is malformed, or Files and
            Checksums-Sha256 do not name the same files.
    """
    source = check_source_name(required(dsc, "Source", of="the .dsc"))
    Version.parse(required(dsc, "Version", of="the .dsc"))
    check_file_name(dsc_file.name)
    check_digest(dsc_file.md5sum, digits=MD5_DIGITS, of="the MD5 sum of the .dsc")
    check_digest(dsc_file.sha256, digits=SHA256_DIGITS, of="the SHA-256 of the .dsc")
    size = _checked_size(dsc_file.size)
    md5_lines, sha256_lines = _source_file_lines(dsc, dsc_file.name)
    fields = [("Package", source)]
    fields += [
        (name, value)
        for name, value in dsc.items()
        if name.lower() not in _SOURCE_FIELDS_OF_INDICES
    ]
    fields += [
        (name, value) for name, value in (("Priority", priority), ("Section", section)) if value
    ]
    fields += [
        ("Directory", check_path(directory)),
        ("Files", "\n ".join(["", f"{dsc_file.md5sum} {size} {dsc_file.name}", *md5_lines])),
        (
            "Checksums-Sha256",
            "\n ".join(["", f"{dsc_file.sha256} {size} {dsc_file.name}", *sha256_lines]),
        ),
    ]
    return render_stanza(_ordered(fields, _SOURCE_FIELD_ORDER))


def _source_file_lines(dsc: Mapping[str, str], dsc_name: str) -> tuple[list[str], list[str]]:
    files = source_files(dsc)
    sizes = {file.name: file.size for file in files}
    md5_files = list(
        parse_file_list(
            required(dsc, "Files", of="the .dsc"), digest_digits=MD5_DIGITS, of="Files"
        )
    )
    if sizes != {file.name: file.size for file in md5_files} or dsc_name in sizes:
        raise InvalidInputError(
            f"Files and Checksums-Sha256 of {dsc_name} do not name the same files and sizes"
        )
    return (
        [f"{file.digest} {file.size} {file.name}" for file in md5_files],
        [f"{file.sha256} {file.size} {file.name}" for file in files],
    )


def _ordered(fields: list[tuple[str, str]], order: Sequence[str]) -> list[tuple[str, str]]:
    """Fields in the order given; those that it does not name keep their own order, at the end."""
    ranks = {name.lower(): rank for rank, name in enumerate(order)}
    return sorted(fields, key=lambda field: ranks.get(field[0].lower(), len(ranks)))


def _listed_package(line: str) -> ListedPackage:
    words = line.split()
    if len(words) < len(("name", "type", "section", "priority")):
        raise InvalidInputError(f"{excerpt(line)} is not a line of a Package-List")
    name, package_type, section, priority, *options = words
    values = dict(option.partition("=")[::2] for option in options)
    architectures = filter(None, values.get("arch", "").split(","))
    return ListedPackage(
        name=check_package_name(name),
        package_type=package_type,
        section=section,
        priority=priority,
        architectures=tuple(map(check_architecture, architectures)),
        profiles=values.get("profile", ""),
        is_essential=values.get("essential") == "yes",
    )


def _bounded(items: list[str]) -> Iterator[str]:
    if len(items) > PACKAGES_MAX:
        raise InvalidInputError(f"a source lists more than {PACKAGES_MAX} binary packages")
    return iter(items)


def _checked_name(name: str, kind: str) -> str:
    if len(name) > PACKAGE_NAME_CHARACTERS_MAX or not _PACKAGE_NAME.fullmatch(name):
        raise InvalidInputError(
            f"{excerpt(name)} is not the name of a {kind} package",
            hint="two or more of a-z, 0-9, + . and -, a letter or digit first (Policy 5.6.1)",
        )
    return name


def _checked_size(size: int) -> int:
    if size < 0:
        raise InvalidInputError(f"{size} is not the size of a file")
    return size
