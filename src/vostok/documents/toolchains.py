"""Documents of toolchains."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class ToolchainReference(TypedDict):
    """A toolchain as others name it."""

    name: str
    revision: int


class ToolchainSpec(TypedDict, total=False):
    """What a toolchain changes: compilers by tool, flags, variables, words and packages."""

    compilers: dict[str, str]
    cflags: list[str]
    cxxflags: list[str]
    cppflags: list[str]
    fflags: list[str]
    ldflags: list[str]
    environment: dict[str, str]
    build_options: list[str]
    build_profiles: list[str]
    packages: list[str]


class ToolchainRevision(TypedDict):
    """One immutable revision of a toolchain."""

    revision: int
    created_at: NotRequired[str | None]
    spec: NotRequired[ToolchainSpec]


class ToolchainView(TypedDict):
    """A toolchain at its newest revision, with the older ones."""

    name: str
    revision: int
    created_at: NotRequired[str | None]
    created_by: NotRequired[str]
    spec: NotRequired[ToolchainSpec]
    revisions: NotRequired[list[ToolchainRevision]]
