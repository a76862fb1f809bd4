"""Toolchains: storing revisions, and saying beforehand what a build would get from one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from vostok.debian.stanza import parse_stanza
from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import Suite
from vostok.domain.package import IndexedBinary, Membership, OwnBinary
from vostok.domain.toolchain import ToolchainSpec, spec_to_json, toolchain_name
from vostok.domain.toolchain_preflight import (
    PackageFacts,
    Preflight,
    joined,
    names_compiler_itself,
    preflight,
)
from vostok.domain.toolchain_revision import ToolchainRevision
from vostok.errors import InvalidInputError
from vostok.services.audit import note, quoted
from vostok.services.ports import Clock
from vostok.services.repositories import Database, Transaction
from vostok.services.selection.selecting import taken_sources
from vostok.services.views.editions import base_of
from vostok.services.views.named_packages import packages_preflight

TOOL_PATTERNS = (
    "gcc%", "g++%", "cpp%", "gfortran%", "gobjc%", "gdc%", "gccgo%", "gm2%", "clang%", "llvm%",
    "binutils%", "libc_-dev", "libc_._-dev", "libgcc%", "libstdc++%", "build-essential",
    "dpkg-dev",
    "buildflags-%",
)  # fmt: skip
"""LIKE patterns of every package that can matter to what a compiler's plain name leads to."""

BUILD_DEPENDS_FIELDS = ("Build-Depends", "Build-Depends-Arch", "Build-Depends-Indep")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivePreflight:
    """What a toolchain would mean for one archive."""

    toolchain: ToolchainRevision
    archive: str
    suite: str
    architectures: Mapping[str, Preflight]
    names_compiler_itself: Sequence[tuple[str, str]]


class ToolchainService:
    """Stores toolchains and looks ahead."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(
        self, principal: Principal, name: str, spec: ToolchainSpec
    ) -> tuple[ToolchainRevision, bool]:
        """The revision with that content, and whether it is new; no equal one is made twice."""
        require(principal, Action.CREATE_TOOLCHAIN, name)
        toolchain_name(name)
        with self._database.write() as transaction:
            transaction.toolchains.lock(name)
            newest = transaction.toolchains.newest(name)
            if newest is not None and newest.spec == spec:
                return newest, False
            revision = 1 if newest is None else newest.revision + 1
            made = transaction.toolchains.add(
                name, revision, spec_to_json(spec), by=principal.name, at=self._clock.now()
            )
            note(
                transaction, self._clock, principal, Action.CREATE_TOOLCHAIN,
                subject=f"toolchain {name}", detail=f"revision {revision}: {_words(spec)}",
            )  # fmt: skip
            return made, True

    def revisions(self, principal: Principal) -> list[ToolchainRevision]:
        """All revisions by name and number."""
        require(principal, Action.VIEW, "the toolchains")
        with self._database.read() as transaction:
            return transaction.toolchains.all()

    def preflight(self, principal: Principal, name: str, archive: str) -> ArchivePreflight:
        """What gcc, g++, cpp, ld and libc builds of an archive would get."""
        require(principal, Action.VIEW, archive)
        with self._database.read() as transaction:
            # First: a hidden one was refused above, whether or not there is the toolchain.
            owner = transaction.archives.named(archive)
            toolchain = transaction.toolchains.named(name)
            suite = transaction.archives.suites(owner.id)[0]
            if suite.derivation is None:
                members = Membership(suite_id=suite.id, number=suite.snapshot)
                taken = transaction.packages.source_names(members)
            else:
                members = base_of(suite)
                taken = taken_sources(transaction, suite)
            sources = transaction.packages.sources_named(members, taken)
            facts = {
                architecture: package_facts(
                    transaction,
                    members,
                    architecture,
                    own_packages_of(transaction, suite, architecture),
                )
                for architecture in suite.architectures
            }
            named = {
                architecture: packages_preflight(
                    transaction, archive, suite, toolchain.spec, architecture
                )
                for architecture in suite.architectures
            }
            raised = _raised_versions(transaction, suite, toolchain)
        return ArchivePreflight(
            toolchain=toolchain,
            archive=archive,
            suite=suite.name,
            architectures={
                architecture: joined(
                    _with_versions(preflight(toolchain.spec, found), raised), named[architecture]
                )
                for architecture, found in facts.items()
            },
            names_compiler_itself=names_compiler_itself(
                ((source.name, _build_depends(source.stanza)) for source in sources),
                architectures=suite.architectures,
                profiles=frozenset(toolchain.spec.build_profiles),
            ),
        )

    @staticmethod
    def check_possible(
        transaction: Transaction,
        toolchain: ToolchainRevision,
        members: Membership,
        architectures: Sequence[str],
        archive: str,
        suite: Suite | None = None,
    ) -> None:
        """Nothing, if the toolchain can be used over these packages, and what a suite has made.

        Args:
            transaction: to read in.
            toolchain: asked for.
            members: the parents' packages.
            architectures: on which it must be possible.
            archive: for messages.
            suite: that has made something; None of an archive that is yet to be derived.

        Raises:
            InvalidInputError: a compiler is not there, and the hint names those that are; or a
                source that it names is not, or is not built yet.
        """
        for architecture in architectures:
            own = {} if suite is None else own_packages_of(transaction, suite, architecture)
            facts = package_facts(transaction, members, architecture, own)
            answer = joined(
                preflight(toolchain.spec, facts),
                packages_preflight(transaction, archive, suite, toolchain.spec, architecture),
            )
            if answer.problems:
                raise InvalidInputError(
                    f"toolchain {toolchain.name} cannot be used on {architecture}: "
                    + "; ".join(problem.sentence for problem in answer.problems),
                    hint=answer.problems[0].hint,
                )


def _raised_versions(
    transaction: Transaction, suite: Suite, toolchain: ToolchainRevision
) -> dict[str, str]:
    """Versions of the toolchain's own packages, where the archive has them already."""
    own = transaction.deltas.binaries_in_edition(suite.id, suite.edition, toolchain.id)
    return {binary.name: binary.version for binary in own if binary.toolchain_id == toolchain.id}


def _with_versions(answer: Preflight, raised: Mapping[str, str]) -> Preflight:
    tools = (replace(row, version=raised.get(row.package, row.version)) for row in answer.tools)
    return replace(answer, tools=tuple(tools))


def package_facts(
    transaction: Transaction,
    members: Membership,
    architecture: str,
    own: Mapping[str, OwnBinary] = MappingProxyType({}),
) -> dict[str, PackageFacts]:
    """What one architecture of a suite has that matters to compilers, by name.

    `own` are packages made in the suite, which stand over the members: see `own_packages_of`.
    """
    found = transaction.packages.binaries_matching(
        members, architecture=architecture, patterns=TOOL_PATTERNS
    )
    facts = {binary.name: facts_of(binary) for binary in found}
    return facts | {name: facts_of(b.indexed(architecture)) for name, b in own.items()}


def own_packages_of(
    transaction: Transaction, suite: Suite, architecture: str
) -> dict[str, OwnBinary]:
    """What was made in a suite for an architecture and accepted, by name; no toolchain's.

    The newest of each name, also what no edition or publication shows yet.
    """
    return {
        binary.name: binary
        for binary in transaction.deltas.accepted_binaries(suite.id)
        if binary.toolchain_id is None and binary.architecture in (architecture, "all")
    }


def facts_of(binary: IndexedBinary) -> PackageFacts:
    """The facts in a Packages paragraph."""
    stanza: Mapping[str, Any] = parse_stanza(binary.stanza)
    depends = [stanza[f] for f in ("Pre-Depends", "Depends") if f in stanza]
    return PackageFacts(
        name=binary.name,
        version=stanza["Version"],
        architecture=stanza["Architecture"],
        source=binary.source_name,
        source_version=binary.source_version,
        depends=", ".join(depends),
        provides=stanza.get("Provides", ""),
    )


def _build_depends(stanza: str) -> list[str]:
    fields = parse_stanza(stanza)
    return [fields[field] for field in BUILD_DEPENDS_FIELDS if field in fields]


def _words(spec: ToolchainSpec) -> str:
    """What a toolchain is, for the audit log: all that it names, as it is shown."""
    said = {word: value for word, value in spec_to_json(spec).items() if value}
    return quoted(json.dumps(said, ensure_ascii=False))
