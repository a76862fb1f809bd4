"""What the API says of toolchains."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class ToolchainRevision(TypedDict):
    """One immutable revision of a toolchain, by name and number."""

    name: str
    revision: int


class ToolchainSpecification(TypedDict, total=False):
    """What a toolchain changes: compilers by tool, packages, flags, variables and words."""

    compilers: dict[str, str]
    cflags: list[str]
    cxxflags: list[str]
    ldflags: list[str]
    cppflags: list[str]
    fflags: list[str]
    environment: dict[str, str]
    build_options: list[str]
    build_profiles: list[str]
    packages: list[str]


class Toolchain(TypedDict):
    """The newest revision of a toolchain."""

    name: str
    revision: int
    created_at: str
    spec: ToolchainSpecification
    revisions: NotRequired[list[dict[str, object]]]


# "from" is a keyword, so this one is written in the functional form.
PreflightTool = TypedDict(
    "PreflightTool",
    {"tool": str, "package": str, "version": str, "command": str, "from": str},
    total=False,
)


class KeptDriver(TypedDict):
    """A driver that keeps the parent's compiler, and why."""

    driver: str
    sentence: str


class PreflightArchitecture(TypedDict):
    """What builds of one architecture would get."""

    tools: list[PreflightTool]
    kept: list[KeptDriver]


class NamedCompiler(TypedDict):
    """A taken source that names a compiler in its build dependencies."""

    source: str
    relation: str


class PreflightProblem(TypedDict):
    """Why a toolchain cannot be used; the hint names what could be."""

    architecture: str
    sentence: str
    hint: str


class Preflight(TypedDict):
    """What builds in an archive would get from a toolchain."""

    toolchain: ToolchainRevision | str
    archive: str
    suite: str
    architectures: dict[str, PreflightArchitecture]
    names_compiler_itself: list[NamedCompiler]
    problems: list[PreflightProblem]
