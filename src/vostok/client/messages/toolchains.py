"""What the API says of toolchains: its documents."""

from vostok.documents.preflights import KeptDriverView as KeptDriver
from vostok.documents.preflights import NamedCompilerView as NamedCompiler
from vostok.documents.preflights import PreflightArchitectureView as PreflightArchitecture
from vostok.documents.preflights import PreflightProblemView as PreflightProblem
from vostok.documents.preflights import PreflightTool
from vostok.documents.preflights import PreflightView as Preflight
from vostok.documents.toolchains import ToolchainReference as ToolchainRevision
from vostok.documents.toolchains import ToolchainSpec as ToolchainSpecification
from vostok.documents.toolchains import ToolchainView as Toolchain

__all__ = [
    "KeptDriver",
    "NamedCompiler",
    "Preflight",
    "PreflightArchitecture",
    "PreflightProblem",
    "PreflightTool",
    "Toolchain",
    "ToolchainRevision",
    "ToolchainSpecification",
]
