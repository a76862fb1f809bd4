"""By what it is known that builds got what a toolchain names."""

from collections.abc import Sequence
from dataclasses import dataclass

from vostok.documents import ToolchainView
from vostok.domain.toolchain import (
    CompilerTarget,
    buildflags_configuration,
    compiler_targets,
    producer_patterns,
    spec_from_json,
)
from vostok.errors import InvalidInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Proofs:
    """What is compared with what a build brings.

    Attributes:
        targets: the compilers that builds get where the parent has their packages.
        producers: regular expressions of what the debug information must say.
        buildflags: the text of the file that dpkg-buildflags reads; empty without flags.
    """

    targets: Sequence[CompilerTarget] = ()
    producers: Sequence[str] = ()
    buildflags: str = ""


def proofs_of(toolchain: ToolchainView) -> Proofs:
    """What proves the newest revision of a toolchain; nothing of one that no build could use."""
    try:
        spec = spec_from_json(toolchain.get("spec", {}))
    except InvalidInputError:
        return Proofs()
    targets = compiler_targets(spec)
    return Proofs(
        targets=targets,
        producers=producer_patterns(spec, {target.package: "" for target in targets}),
        buildflags=buildflags_configuration(toolchain["name"], spec) if spec.has_flags else "",
    )
