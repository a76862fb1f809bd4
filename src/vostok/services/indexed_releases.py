"""Releases as paragraphs of somebody else's index describe them. Nothing in them is trusted."""

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

SHA256 = re.compile(r"[0-9a-f]{64}")
SIZE = re.compile(r"[0-9]{1,15}")


def source_of_paragraph(stanza: Mapping[str, str], text: str, component: str) -> NewSource:
    """The release that a paragraph of Sources describes.

    Raises:
        InvalidInputError: a field is missing or malformed, or could lead out of the archive.
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
    name = check_package_name(required(stanza, "Package", of="a Packages paragraph"))
    of = f"the package {name}"
    source_name, source_version = source_of_binary(stanza)
    sha256 = required(stanza, "SHA256", of=of)
    size = required(stanza, "Size", of=of)
    if not SHA256.fullmatch(sha256) or not SIZE.fullmatch(size):
        raise InvalidInputError(f"{of} has no well-formed SHA256 and Size")
    if int(size) > FILE_BYTES_MAX:
        raise InvalidInputError(f"{of} has a file of more than {FILE_BYTES_MAX} bytes")
    return NewBinary(
        name=name,
        version=required(stanza, "Version", of=of),
        architecture=check_architecture(required(stanza, "Architecture", of=of)),
        component=component,
        index_architecture=architecture,
        source_name=source_name,
        source_version=source_version,
        filename=check_path(required(stanza, "Filename", of=of)),
        size=int(size),
        sha256=sha256,
        stanza=text,
    )
