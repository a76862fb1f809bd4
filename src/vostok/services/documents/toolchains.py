"""Documents of toolchains."""

from collections.abc import Mapping
from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class ToolchainReference(TypedDict):
    """A toolchain as others name it."""

    name: str
    revision: int


class ToolchainRevision(TypedDict):
    """One immutable revision of a toolchain."""

    revision: int
    created_at: NotRequired[str | None]
    spec: NotRequired[Mapping[str, object]]


class ToolchainView(TypedDict):
    """A toolchain at its newest revision, with the older ones."""

    name: str
    revision: int
    created_at: NotRequired[str | None]
    created_by: NotRequired[str]
    spec: NotRequired[Mapping[str, object]]
    revisions: NotRequired[list[ToolchainRevision]]
