"""Uploads as .changes files describe them (Policy 5.5)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from vostok.debian.architecture import check_architecture
from vostok.debian.checksums import MD5_DIGITS, SHA256_DIGITS, ListedFile, parse_file_list
from vostok.debian.excerpt import excerpt
from vostok.debian.packages import check_file_name, check_package_name, parse_source_field
from vostok.debian.stanza import Stanza, list_words, only_stanza, required
from vostok.debian.version import Version
from vostok.errors import InvalidInputError

CHANGES_CHARACTERS_MAX: Final = 16 * 1024 * 1024
CHANGES_FILES_MAX: Final = 20_000
CHANGES_WORDS_MAX: Final = 20_000
"""Binary packages, architectures or closed bugs that one upload may name."""

_OF: Final = "the .changes file"
_DISTRIBUTION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~/-]{0,99}")
_BUG: Final = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesFile:
    """One file of an upload. Section may be prefixed by a component: `contrib/games`."""

    name: str
    size: int
    sha256: str
    md5sum: str
    section: str
    priority: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a .changes file says. Nothing in it is proved: compare it with the files themselves.

    Attributes:
        source_version_in_parens: of the field Source, there only if it differs from `version`, as
            for binary-only rebuilds.
        version: of the upload.
        binaries: names; empty for source-only uploads.
        date: as written.
        fields: everything, for what has no attribute.
    """

    source: str
    source_version_in_parens: Version | None
    version: Version
    architectures: tuple[str, ...]
    binaries: tuple[str, ...]
    distribution: str
    date: str
    binary_only: bool
    closes: tuple[int, ...]
    files: tuple[ChangesFile, ...]
    fields: Mapping[str, str]

    @property
    def source_version(self) -> Version:
        """The version of the source that was built."""
        return self.source_version_in_parens or self.version


def parse_changes(text: str) -> Changes:
    """The upload that a .changes file describes. Signatures must have been taken off before.

    Raises:
        InvalidInputError: a field is missing or malformed, a file name is not safe, or Files and
            Checksums-Sha256 do not agree.
    """
    if len(text) > CHANGES_CHARACTERS_MAX:
        raise InvalidInputError(
            f"a .changes file of {len(text)} characters is over the bound of "
            f"{CHANGES_CHARACTERS_MAX}"
        )
    stanza = only_stanza(text)
    source, source_version = parse_source_field(required(stanza, "Source", of=_OF))
    distribution = required(stanza, "Distribution", of=_OF)
    if not _DISTRIBUTION.fullmatch(distribution):
        raise InvalidInputError(f"{excerpt(distribution)} is not one distribution")
    return Changes(
        source=source,
        source_version_in_parens=source_version,
        version=Version.parse(required(stanza, "Version", of=_OF)),
        architectures=_architectures(stanza),
        binaries=tuple(
            map(
                check_package_name,
                list_words(stanza, "Binary", words_max=CHANGES_WORDS_MAX, of=_OF),
            )
        ),
        distribution=distribution,
        date=required(stanza, "Date", of=_OF),
        binary_only=stanza.get("Binary-Only", "").lower() == "yes",
        closes=_closes(stanza),
        files=_files(stanza),
        fields=stanza,
    )


def _files(stanza: Stanza) -> tuple[ChangesFile, ...]:
    plain = list(
        parse_file_list(
            required(stanza, "Files", of=_OF),
            digest_digits=MD5_DIGITS,
            extra_words=2,
            of="Files",
        )
    )
    checksums = {
        file.name: file
        for file in parse_file_list(
            required(stanza, "Checksums-Sha256", of=_OF),
            digest_digits=SHA256_DIGITS,
            of="Checksums-Sha256",
        )
    }
    if len(plain) > CHANGES_FILES_MAX:
        raise InvalidInputError(f"a .changes file names more than {CHANGES_FILES_MAX} files")
    if unlisted := checksums.keys() - {file.name for file in plain}:
        raise InvalidInputError(
            f"{excerpt(min(unlisted))} is in Checksums-Sha256 of the .changes file, not in Files"
        )
    return tuple(_file(file, checksums.get(file.name)) for file in plain)


def _file(plain: ListedFile, checksum: ListedFile | None) -> ChangesFile:
    name = check_file_name(plain.name)
    if checksum is None:
        raise InvalidInputError(f"{name} has no line in Checksums-Sha256 of the .changes file")
    if plain.size != checksum.size:
        raise InvalidInputError(
            f"{name} has {plain.size} bytes in Files, {checksum.size} in Checksums-Sha256"
        )
    section, priority = plain.extra
    return ChangesFile(
        name=name,
        size=plain.size,
        sha256=checksum.digest,
        md5sum=plain.digest,
        section=section,
        priority=priority,
    )


def _architectures(stanza: Stanza) -> tuple[str, ...]:
    words = list_words(stanza, "Architecture", words_max=CHANGES_WORDS_MAX, of=_OF)
    if not words:
        raise InvalidInputError(f"{_OF} has no field Architecture")
    return tuple(map(check_architecture, words))


def _closes(stanza: Stanza) -> tuple[int, ...]:
    words = list_words(stanza, "Closes", words_max=CHANGES_WORDS_MAX, of=_OF)
    for word in words:
        if not _BUG.fullmatch(word):
            raise InvalidInputError(f"{excerpt(word)} in Closes is not the number of a bug")
    return tuple(map(int, words))
