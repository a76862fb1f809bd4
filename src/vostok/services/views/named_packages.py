"""What a toolchain names of an archive's own packages, read from the database."""

from vostok.domain.archive import Suite
from vostok.domain.named_packages import OwnOfSource, found_named
from vostok.domain.named_source import NamedSource, parse_named
from vostok.domain.toolchain import ToolchainSpec
from vostok.domain.toolchain_preflight import Preflight, Problem, ToolRow
from vostok.services.repositories import Transaction

TOOL = "package"
"""What a row of the preflight calls them."""


def named_by(transaction: Transaction, toolchain_id: int | None) -> tuple[NamedSource, ...]:
    """The sources that a toolchain names; none without a toolchain."""
    if toolchain_id is None:
        return ()
    return named_in(transaction.toolchains.by_id(toolchain_id).spec)


def named_in(spec: ToolchainSpec) -> tuple[NamedSource, ...]:
    """The sources that a specification names."""
    return tuple(map(parse_named, spec.packages))


def packages_preflight(
    transaction: Transaction,
    archive: str,
    suite: Suite | None,
    spec: ToolchainSpec,
    architecture: str,
) -> Preflight:
    """The part of a preflight that is about named sources. O(their packages).

    Args:
        transaction: to read in.
        archive: for messages.
        suite: whose own packages they are; None of an archive that is yet to be derived.
        spec: that names them.
        architecture: of builds.
    """
    tools: list[ToolRow] = []
    problems: list[Problem] = []
    for named in named_in(spec):
        if suite is None:
            own, builds_all = OwnOfSource(sources=(), binaries=()), True
        else:
            own = OwnOfSource(
                sources=transaction.uploads.current_sources(suite.id, [named.source]),
                binaries=transaction.deltas.binaries_of_versions(suite.id, {named.source: None}),
            )
            builds_all = suite.architecture_of_all in suite.architectures
        found, problem = found_named(
            named, own, archive=archive, architecture=architecture, builds_all=builds_all
        )
        problems += [] if problem is None else [problem]
        tools += [
            ToolRow(
                tool=TOOL,
                package=binary.name,
                version=binary.version,
                command="",
                origin=f"{binary.source_name} {binary.source_version}",
            )
            for binary in found
        ]
    return Preflight(swapped=(), kept=(), tools=tuple(tools), notes=(), problems=tuple(problems))
