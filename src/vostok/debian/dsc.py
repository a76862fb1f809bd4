"""Source packages as their .dsc files describe them (Policy 5.4; dsc(5))."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from vostok.debian.architecture import check_architecture
from vostok.debian.checksums import (
    MD5_DIGITS,
    SHA1_DIGITS,
    parse_file_list,
)
from vostok.debian.excerpt import excerpt
from vostok.debian.packages import (
    SourceFile,
    check_package_name,
    check_source_name,
    package_list,
    source_files,
)
from vostok.debian.relations import parse_relations
from vostok.debian.stanza import list_words, only_stanza, required
from vostok.debian.version import Version
from vostok.errors import InvalidInputError

FORMATS: Final = frozenset({"1.0", "3.0 (native)", "3.0 (quilt)"})
FILES_OF_SOURCE_MAX: Final = 500
WORDS_MAX: Final = 20_000

_PACKED: Final = r"\.(?:gz|bz2|lzma|xz|zst)"
_RELATION_FIELDS: Final = tuple(
    f"{kind}{part}"
    for kind in ("Build-Depends", "Build-Conflicts")
    for part in ("", "-Arch", "-Indep")
)
_OF_INDICES: Final = ("Extra-Source-Only", "Directory", "Package", "Filename")
"""Fields that only an index may say; in a .dsc they would change what the index says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dsc:
    """What a .dsc says. Its files are compared with their bytes by whoever has those.

    Attributes:
        architectures: of the field Architecture: `any`, `all`, names.
        md5sums: of the files by name; `sha1sums` only if the field is there.
        fields: everything.
    """

    source: str
    version: Version
    architectures: tuple[str, ...]
    binaries: frozenset[str]
    files: tuple[SourceFile, ...]
    md5sums: Mapping[str, str]
    sha1sums: Mapping[str, str]
    fields: Mapping[str, str]


def parse_dsc(text: str, *, name: str) -> Dsc:
    """The source package that the text of a .dsc describes; signatures were taken off before.

    Raises:
        InvalidInputError: a field is missing or malformed; a file's name is not one that a file of
            this source at this version has; the lists of files disagree.
    """
    stanza = only_stanza(text)
    of = name
    source = check_source_name(required(stanza, "Source", of=of))
    version = Version.parse(required(stanza, "Version", of=of))
    format_ = required(stanza, "Format", of=of)
    if format_ not in FORMATS:
        raise InvalidInputError(
            f"{of} has the format {excerpt(format_)}",
            hint=f"use one of {', '.join(sorted(FORMATS))}",
        )
    for field in _OF_INDICES:
        if field in stanza:
            raise InvalidInputError(f"{of} has the field {field}, which only an index may have")
    for field in _RELATION_FIELDS:
        parse_relations(stanza.get(field, ""))
    if name != f"{source}_{version.without_epoch}.dsc":
        raise InvalidInputError(
            f"{of} describes {source} {version}, so it should be named "
            f"{source}_{version.without_epoch}.dsc"
        )
    words = list_words(stanza, "Architecture", words_max=WORDS_MAX, of=of)
    binaries = required(stanza, "Binary", of=of).replace(",", " ").split()
    files = source_files(stanza)
    _check_files(files, source, version, of)
    md5sums, sha1sums = _sums(stanza, files, of)
    _check_binaries(stanza, of)
    return Dsc(
        source=source,
        version=version,
        architectures=tuple(map(check_architecture, words)),
        binaries=frozenset(map(check_package_name, binaries)),
        files=files,
        md5sums=md5sums,
        sha1sums=sha1sums,
        fields=stanza,
    )


def _check_binaries(stanza: Mapping[str, str], of: str) -> None:
    """Nothing, if both fields that name binary packages name the same: programs read either."""
    listed = {package.name for package in package_list(stanza)}
    named = set(stanza["Binary"].replace(",", " ").split())
    if listed != named:
        raise InvalidInputError(
            f"Binary and Package-List of {of} do not name the same packages: "
            f"{excerpt(min(listed ^ named))} is in one of them",
            hint="make the source package again: dpkg-buildpackage -S",
        )


def _check_files(files: tuple[SourceFile, ...], source: str, version: Version, of: str) -> None:
    """Nothing, if every file is named as one of this source and version."""
    if not 1 <= len(files) <= FILES_OF_SOURCE_MAX:
        raise InvalidInputError(
            f"{of} names {len(files)} files; a source has 1 to {FILES_OF_SOURCE_MAX}"
        )
    name = re.escape(source)
    whole = re.escape(version.without_epoch)
    upstream = re.escape(version.upstream)
    allowed = re.compile(
        rf"{name}_{whole}(?:\.debian)?\.tar{_PACKED}|{name}_{whole}\.diff\.gz"
        rf"|{name}_{upstream}\.orig(?:-[A-Za-z0-9-]+)?\.tar{_PACKED}(?:\.asc)?"
    )
    for file in files:
        if not allowed.fullmatch(file.name):
            raise InvalidInputError(
                f"{of} names {excerpt(file.name)}, no name of a file of {source} {version}"
            )


def _sums(
    stanza: Mapping[str, str], files: tuple[SourceFile, ...], of: str
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    sizes = {file.name: file.size for file in files}
    found = []
    for field, digits in (("Files", MD5_DIGITS), ("Checksums-Sha1", SHA1_DIGITS)):
        value = stanza.get(field, "") if field != "Files" else required(stanza, field, of=of)
        listed = list(parse_file_list(value, digest_digits=digits, of=field))
        if listed and {file.name: file.size for file in listed} != sizes:
            raise InvalidInputError(
                f"{field} and Checksums-Sha256 of {of} do not name the same files and sizes"
            )
        found.append({file.name: file.digest for file in listed})
    return found[0], found[1]
