"""Releases as paragraphs of somebody else's index describe them. Nothing in them is trusted."""

import re
from collections.abc import Mapping

from vostok.debian.packages import (
    check_package_name,
    check_path,
    check_source_name,
    source_files,
    source_of_binary,
)
from vostok.debian.stanza import required
from vostok.debian.version import Version
from vostok.domain.package import NewBinary, NewSource
from vostok.errors import InvalidInputError


def source_of_paragraph(stanza: Mapping[str, str], component: str) -> NewSource:
    """The release that a paragraph of Sources describes.

    Raises:
        InvalidInputError: a field is missing or malformed, or could lead out of the archive.
    """
    name = check_source_name(required(stanza, "Package", of="a Sources paragraph"))
    files = source_files(stanza)
    descriptions = [file for file in files if file.name.endswith(".dsc")]
    if len(descriptions) != 1:
        raise InvalidInputError(f"the source {name} names {len(descriptions)} .dsc files")
    return NewSource(
        name=name,
        version=str(Version.parse(required(stanza, "Version", of=f"the source {name}"))),
        architecture=required(stanza, "Architecture", of=f"the source {name}"),
        component=component,
        directory=check_path(required(stanza, "Directory", of=f"the source {name}")),
        is_extra=stanza.get("Extra-Source-Only", "no") == "yes",
        stanza=stanza[""],
        files=tuple((file.name, file.size, file.sha256) for file in files),
    )


def binary_of_paragraph(stanza: Mapping[str, str], component: str, architecture: str) -> NewBinary:
    """The release that a paragraph of one architecture's Packages describes.

    Raises:
        InvalidInputError: a field is missing or malformed, or could lead out of the archive.
    """
    name = check_package_name(required(stanza, "Package", of="a Packages paragraph"))
    of = f"the package {name}"
    source_name, source_version = source_of_binary(stanza)
    sha256 = required(stanza, "SHA256", of=of)
    size = required(stanza, "Size", of=of)
    if not re.fullmatch(r"[0-9a-f]{64}", sha256) or not re.fullmatch(r"[0-9]{1,15}", size):
        raise InvalidInputError(f"{of} has no well-formed SHA256 and Size")
    return NewBinary(
        name=name,
        version=required(stanza, "Version", of=of),
        architecture=required(stanza, "Architecture", of=of),
        component=component,
        index_architecture=architecture,
        source_name=source_name,
        source_version=source_version,
        filename=check_path(required(stanza, "Filename", of=of)),
        size=int(size),
        sha256=sha256,
        stanza=stanza[""],
    )
