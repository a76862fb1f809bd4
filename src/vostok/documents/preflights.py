"""Documents of what builds would get from a toolchain."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.documents.toolchains import ToolchainReference

# «from» is a keyword of Python, hence the functional form.
PreflightTool = TypedDict(
    "PreflightTool",
    {"tool": str, "package": str, "version": str, "command": str, "from": str},
)
"""A tool as a build would find it: what its plain name leads to, and the package of that."""


class KeptDriverView(TypedDict):
    """A language whose compiler stays the parent's, and why."""

    driver: str
    sentence: str


class PreflightArchitectureView(TypedDict):
    """What builds of one architecture would get."""

    tools: list[PreflightTool]
    kept: list[KeptDriverView]
    notes: list[str]


class NamedCompilerView(TypedDict):
    """A taken source that names a compiler in its build dependencies."""

    source: str
    relation: str


class PreflightProblemView(TypedDict):
    """Why a toolchain cannot be used; the hint names what could be."""

    architecture: str
    sentence: str
    hint: str


class PreflightView(TypedDict):
    """What builds of an archive would get from a toolchain, by architecture."""

    toolchain: ToolchainReference
    archive: str
    suite: str
    architectures: dict[str, PreflightArchitectureView]
    names_compiler_itself: list[NamedCompilerView]
    problems: list[PreflightProblemView]
