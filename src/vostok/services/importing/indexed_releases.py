"""Releases as paragraphs of somebody else's index describe them. Nothing in them is trusted.

Nearly all are of one plain form, which one expression recognizes. What it does not recognize is
read field by field, by the rules of `debian`, and accepted or refused with its reason.
"""

import re
from collections.abc import Mapping

from vostok.debian.architecture import check_architecture
from vostok.debian.packages import (
    check_package_name,
    check_path,
    check_source_name,
    source_files,
    source_of_binary,
)
from vostok.debian.stanza import required
from vostok.debian.version import check_version
from vostok.domain.package import NewBinary, NewSource
from vostok.errors import InvalidInputError

FILE_BYTES_MAX = 1 << 40
"""No file of an archive is larger; the size of a .deb's member ends at ten digits."""

PLAIN_FILES_MAX = 1_000

SHA256 = re.compile(r"[0-9a-f]{64}")
SIZE = re.compile(r"[0-9]{1,15}")

_NAME = r"[a-z0-9][a-z0-9+.-]{1,150}"
_VERSION = r"(?:[0-9]{1,9}:)?[0-9](?:[A-Za-z0-9.+~-]{0,150}[A-Za-z0-9.+~])?"
_FILE = r"[A-Za-z0-9][A-Za-z0-9._+~:%=@-]*"
_PATH = rf"{_FILE}(?:/{_FILE})*"
_PATH_CHARACTERS_MAX = 255
_PLAIN_BINARY = re.compile(
    rf"({_NAME})\n({_VERSION})\n([a-z0-9]{{1,20}})\n({_PATH})\n([0-9]{{1,12}})\n([0-9a-f]{{64}})\n"
    rf"(?:({_NAME})(?: \(({_VERSION})\))?)?"
)
_PLAIN_SOURCE = re.compile(
    rf"({_NAME})\n({_VERSION})\n([a-z0-9](?:[a-z0-9 -]*[a-z0-9])?)\n({_PATH})"
)
_PLAIN_FILES = re.compile(
    rf"[0-9a-f]{{64}} [0-9]{{1,12}} {_FILE}(?:\n [0-9a-f]{{64}} [0-9]{{1,12}} {_FILE})*"
)
"""Twelve digits are less than `FILE_BYTES_MAX`."""


def source_of_paragraph(stanza: Mapping[str, str], text: str, component: str) -> NewSource:
    """The release that a paragraph of Sources describes.

    Raises:
        InvalidInputError: a field is missing or malformed, or could lead out of the archive.
    """
    return plain_source(stanza, text, component) or checked_source(stanza, text, component)


def plain_source(stanza: Mapping[str, str], text: str, component: str) -> NewSource | None:
    """The release, if its paragraph is of the plain form; in half the time of `checked_source`."""
    get = stanza.get
    listed = get("Checksums-Sha256", "")
    match = _PLAIN_SOURCE.fullmatch(
        f"{get('Package', '')}\n{get('Version', '')}\n{get('Architecture', '')}"
        f"\n{get('Directory', '')}"
    )
    if match is None or _PLAIN_FILES.fullmatch(listed) is None:
        return None
    name, version, architecture, directory = match.groups()
    words = listed.split()
    names = words[2::3]
    if (
        len(directory) > _PATH_CHARACTERS_MAX
        or len(max(names, key=len)) > _PATH_CHARACTERS_MAX
        or len(names) > PLAIN_FILES_MAX
        or len(set(names)) != len(names)
        or sum(file.endswith(".dsc") for file in names) != 1
    ):
        return None
    return NewSource(
        name=name,
        version=version,
        architecture=architecture,
        component=component,
        directory=directory,
        is_extra=get("Extra-Source-Only", "no") == "yes",
        stanza=text,
        files=tuple(zip(names, map(int, words[1::3]), words[::3], strict=True)),
    )


def checked_source(stanza: Mapping[str, str], text: str, component: str) -> NewSource:
    """The release, read field by field.

    Raises:
        InvalidInputError: as `source_of_paragraph`.
    """
    name = check_source_name(required(stanza, "Package", of="a Sources paragraph"))
    of = f"the source {name}"
    files = tuple((file.name, file.size, file.sha256) for file in source_files(stanza))
    descriptions = sum(name.endswith(".dsc") for name, _, _ in files)
    if descriptions != 1:
        raise InvalidInputError(f"{of} names {descriptions} .dsc files")
    if max(size for _, size, _ in files) > FILE_BYTES_MAX:
        raise InvalidInputError(f"{of} has a file of more than {FILE_BYTES_MAX} bytes")
    return NewSource(
        name=name,
        version=check_version(required(stanza, "Version", of=of)),
        architecture=required(stanza, "Architecture", of=of),
        component=component,
        directory=check_path(required(stanza, "Directory", of=of)),
        is_extra=stanza.get("Extra-Source-Only", "no") == "yes",
        stanza=text,
        files=files,
    )


def binary_of_paragraph(
    stanza: Mapping[str, str], text: str, component: str, architecture: str
) -> NewBinary:
    """The release that a paragraph of one architecture's Packages describes.

    Raises:
        InvalidInputError: a field is missing or malformed, or could lead out of the archive.
    """
    return plain_binary(stanza, text, component, architecture) or checked_binary(
        stanza, text, component, architecture
    )


def plain_binary(
    stanza: Mapping[str, str], text: str, component: str, index_architecture: str
) -> NewBinary | None:
    """The release, if its paragraph is of the plain form; in half the time of `checked_binary`."""
    get = stanza.get
    match = _PLAIN_BINARY.fullmatch(
        f"{get('Package', '')}\n{get('Version', '')}\n{get('Architecture', '')}"
        f"\n{get('Filename', '')}\n{get('Size', '')}\n{get('SHA256', '')}\n{get('Source', '')}"
    )
    if match is None:
        return None
    name, version, architecture, filename, size, sha256, source, source_version = match.groups()
    if len(filename) > _PATH_CHARACTERS_MAX or architecture not in {index_architecture, "all"}:
        return None
    return NewBinary(
        name=name,
        version=version,
        architecture=architecture,
        component=component,
        index_architecture=index_architecture,
        source_name=source or name,
        source_version=source_version or version,
        filename=filename,
        size=int(size),
        sha256=sha256,
        stanza=text,
    )


def checked_binary(
    stanza: Mapping[str, str], text: str, component: str, architecture: str
) -> NewBinary:
    """The release, read field by field.

    Raises:
        InvalidInputError: as `binary_of_paragraph`.
    """
    name = check_package_name(required(stanza, "Package", of="a Packages paragraph"))
    of = f"the package {name}"
    source_name, source_version = source_of_binary(stanza)
    sha256 = required(stanza, "SHA256", of=of)
    size = required(stanza, "Size", of=of)
    if not SHA256.fullmatch(sha256) or not SIZE.fullmatch(size):
        raise InvalidInputError(f"{of} has no well-formed SHA256 and Size")
    if int(size) > FILE_BYTES_MAX:
        raise InvalidInputError(f"{of} has a file of more than {FILE_BYTES_MAX} bytes")
    own = check_architecture(required(stanza, "Architecture", of=of))
    if own not in {architecture, "all"}:
        raise InvalidInputError(f"{of} is for {own}, and listed in the index of {architecture}")
    return NewBinary(
        name=name,
        version=required(stanza, "Version", of=of),
        architecture=own,
        component=component,
        index_architecture=architecture,
        source_name=source_name,
        source_version=source_version,
        filename=check_path(required(stanza, "Filename", of=of)),
        size=int(size),
        sha256=sha256,
        stanza=text,
    )
