"""Documents of publications."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.domain.not_built import NotBuilt
from vostok.services.not_built import NotBuiltPackages


class PublicationView(TypedDict):
    """What clients see of a suite since one moment."""

    number: int
    at: str
    sources: NotRequired[int]
    binaries: NotRequired[int]
    bytes: NotRequired[int]
    reason: NotRequired[str]
    url: NotRequired[str]
    kept_as: NotRequired[str | None]
    """What somebody who keeps it calls it, or ""; null: it goes when it is old."""
    kept_by: NotRequired[str | None]


class NotBuiltBinaryView(TypedDict):
    """A binary package that its source builds no more."""

    name: str
    version: str
    architectures: list[str]
    source: str
    built_from: str
    source_version: str
    reason: NotRequired[str]
    """Why it is held back."""


class NotBuiltView(TypedDict):
    """What the next publication leaves out, and what it shows all the same."""

    gone: list[NotBuiltBinaryView]
    kept: list[NotBuiltBinaryView]


def not_built_document(found: NotBuiltPackages) -> NotBuiltView:
    """Both lists by name."""
    return {
        "gone": sorted(map(_binary, found.gone), key=lambda binary: binary["name"]),
        "kept": sorted(
            ({**_binary(binary), "reason": reason} for binary, reason in found.kept),
            key=lambda binary: binary["name"],
        ),
    }


def _binary(binary: NotBuilt) -> NotBuiltBinaryView:
    return {
        "name": binary.name,
        "version": binary.version,
        "architectures": list(binary.architectures),
        "source": binary.source,
        "built_from": binary.built_from,
        "source_version": binary.source_version,
    }
