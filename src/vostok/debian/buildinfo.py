"""What a build used, as .buildinfo files record it (deb-buildinfo(5))."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from vostok.debian.architecture import check_architecture
from vostok.debian.checksums import SHA256_DIGITS, parse_file_list
from vostok.debian.excerpt import excerpt
from vostok.debian.packages import (
    SourceFile,
    check_file_name,
    check_package_name,
    parse_source_field,
)
from vostok.debian.relations import Relation, parse_relations
from vostok.debian.stanza import list_lines, list_words, parse_stanza, required
from vostok.debian.version import Version
from vostok.errors import InvalidInputError

BUILDINFO_CHARACTERS_MAX: Final = 16 * 1024 * 1024
ENVIRONMENT_VARIABLES_MAX: Final = 10_000
BUILDINFO_WORDS_MAX: Final = 20_000
"""Binary packages or architectures that one .buildinfo file may name."""

_OF: Final = "the .buildinfo file"
_VARIABLE: Final = re.compile(r'(?P<name>[A-Za-z_][A-Za-z0-9_]*)="(?P<value>.*)"')


class InstalledPackage(NamedTuple):
    """One package of the closure of the build dependencies.

    The architecture is None for `all` and the build's own: only foreign ones are written.
    """

    name: str
    version: Version
    architecture: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Buildinfo:
    """What a .buildinfo file says.

    Attributes:
        source_version_in_parens: there only if it differs from `version` (binary-only rebuilds).
        architectures: of what was built; also `source`.
        installed: the build dependencies and all they pulled in.
        checksums: files that were built, by name.
        build_path: empty where it was not recorded.
        environment: variables that dpkg allows to be recorded.
    """

    source: str
    source_version_in_parens: Version | None
    version: Version
    architectures: tuple[str, ...]
    binaries: tuple[str, ...]
    build_architecture: str
    build_origin: str
    build_date: str
    build_path: str
    installed: tuple[InstalledPackage, ...]
    checksums: Mapping[str, SourceFile]
    environment: Mapping[str, str]

    @property
    def source_version(self) -> Version:
        """The version of the source that was built."""
        return self.source_version_in_parens or self.version


def parse_buildinfo(text: str) -> Buildinfo:
    """The build that a .buildinfo file records. Signatures must have been taken off before.

    Raises:
        InvalidInputError: a field is missing or malformed.
    """
    if len(text) > BUILDINFO_CHARACTERS_MAX:
        raise InvalidInputError(
            f"a .buildinfo file of {len(text)} characters is over the bound of "
            f"{BUILDINFO_CHARACTERS_MAX}"
        )
    stanza = parse_stanza(text)
    source, source_version = parse_source_field(required(stanza, "Source", of=_OF))
    build_architecture = stanza.get("Build-Architecture", "")
    return Buildinfo(
        source=source,
        source_version_in_parens=source_version,
        version=Version.parse(required(stanza, "Version", of=_OF)),
        architectures=tuple(
            map(
                check_architecture,
                list_words(stanza, "Architecture", words_max=BUILDINFO_WORDS_MAX, of=_OF),
            )
        ),
        binaries=tuple(
            map(
                check_package_name,
                list_words(stanza, "Binary", words_max=BUILDINFO_WORDS_MAX, of=_OF),
            )
        ),
        build_architecture=check_architecture(build_architecture) if build_architecture else "",
        build_origin=stanza.get("Build-Origin", ""),
        build_date=stanza.get("Build-Date", ""),
        build_path=stanza.get("Build-Path", ""),
        installed=_installed(required(stanza, "Installed-Build-Depends", of=_OF)),
        checksums=_checksums(required(stanza, "Checksums-Sha256", of=_OF)),
        environment=_environment(stanza.get("Environment", "")),
    )


def _installed(field: str) -> tuple[InstalledPackage, ...]:
    installed = []
    for group in parse_relations(field):
        relation = group[0]
        if len(group) > 1 or not _is_exact(relation) or relation.version is None:
            raise InvalidInputError(
                f"{excerpt(str(relation))} in Installed-Build-Depends is not: name (= version)"
            )
        name = check_package_name(relation.name)
        installed.append(InstalledPackage(name, relation.version, relation.qualifier))
    return tuple(installed)


def _is_exact(relation: Relation) -> bool:
    return relation.operator == "=" and not relation.architectures and not relation.profiles


def _checksums(field: str) -> Mapping[str, SourceFile]:
    listed = parse_file_list(field, digest_digits=SHA256_DIGITS, of="Checksums-Sha256")
    return {
        file.name: SourceFile(name=check_file_name(file.name), size=file.size, sha256=file.digest)
        for file in listed
    }


def _environment(field: str) -> Mapping[str, str]:
    variables: dict[str, str] = {}
    for line in list_lines(field):
        match = _VARIABLE.fullmatch(line)
        if not match or len(variables) == ENVIRONMENT_VARIABLES_MAX:
            raise InvalidInputError(
                f'{excerpt(line)} in Environment is not NAME="value", or there are more than '
                f"{ENVIRONMENT_VARIABLES_MAX}"
            )
        variables[match["name"]] = match["value"].replace(r"\"", '"')
    return variables
