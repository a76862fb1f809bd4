"""What the API says of toolchains: its documents."""

from vostok.services.documents.preflights import KeptDriverView as KeptDriver
from vostok.services.documents.preflights import NamedCompilerView as NamedCompiler
from vostok.services.documents.preflights import PreflightArchitectureView as PreflightArchitecture
from vostok.services.documents.preflights import PreflightProblemView as PreflightProblem
from vostok.services.documents.preflights import PreflightTool
from vostok.services.documents.preflights import PreflightView as Preflight
from vostok.services.documents.toolchains import ToolchainReference as ToolchainRevision
from vostok.services.documents.toolchains import ToolchainSpec as ToolchainSpecification
from vostok.services.documents.toolchains import ToolchainView as Toolchain

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
