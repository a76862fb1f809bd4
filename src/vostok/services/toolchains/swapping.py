"""Making a toolchain an archive's default: its packages, stored as deltas of the suite."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from vostok.debian.packages import pool_directory
from vostok.domain.archive import TOOLCHAIN_COMPONENT, Archive, Suite
from vostok.domain.package import DeltaKind, NewBinary
from vostok.domain.toolchain import producer_patterns
from vostok.domain.toolchain_preflight import (
    PackageFacts,
    available_targets,
    names_to_replace,
)
from vostok.domain.toolchain_revision import ToolchainRevision
from vostok.domain.toolchain_source import SwapOrder
from vostok.errors import ConflictError
from vostok.services.job_log import Reporter
from vostok.services.pool.files import FileService
from vostok.services.pool.own_packages import OwnPackages
from vostok.services.ports import Clock, SwapBuilder, SwapFiles
from vostok.services.repositories import Database, Transaction
from vostok.services.toolchains.revisions import own_packages_of, package_facts
from vostok.services.views.editions import base_of


class SwapService:
    """Makes the packages of a toolchain in a suite, once for each revision."""

    def __init__(
        self,
        database: Database,
        files: FileService,
        builder: SwapBuilder,
        packages: OwnPackages,
        clock: Clock,
    ) -> None:
        self._database = database
        self._files = files
        self._builder = builder
        self._packages = packages
        self._clock = clock

    def prepare(self, archive: Archive, suite: Suite, toolchain_id: int, report: Reporter) -> None:
        """Make the toolchain's packages for all architectures of a suite, unless they are there.

        They wait for the next edition. Killed before its last commit, it leaves no row.
        """
        with self._database.read() as transaction:
            toolchain = transaction.toolchains.by_id(toolchain_id)
            if transaction.deltas.swap_suffix(suite.id, toolchain_id) is not None:
                return
            facts = {
                architecture: package_facts(
                    transaction,
                    base_of(suite),
                    architecture,
                    own_packages_of(transaction, suite, architecture),
                )
                for architecture in suite.architectures
            }
            source = _source_name(toolchain, facts)
            numbers = transaction.campaigns.last_rebuild_numbers(archive.id)
        if source is None:
            with self._database.write() as transaction:
                transaction.deltas.add_swap(
                    suite.id, toolchain.id, suffix="", producers={}, at=self._clock.now()
                )
            return
        number = numbers.get(source, 0) + 1
        suffix = f"X{archive.tag}{number}"
        order = SwapOrder(
            toolchain=toolchain.name,
            spec=toolchain.spec,
            suffix=suffix,
            codename=suite.codename,
            maintainer=f"Archive {archive.name} <{archive.name}@vostok.invalid>",
            at=self._clock.now().replace(microsecond=0),
        )
        parent_debs, compiler_debs = self._fetch(suite, toolchain, facts, report)
        report.tell(f"making the packages of {toolchain.name}")
        with self._builder.build(order, facts, parent_debs, compiler_debs=compiler_debs) as files:
            self._store(archive, suite, toolchain, source, number, facts, files)

    def _fetch(
        self,
        suite: Suite,
        toolchain: ToolchainRevision,
        facts: Mapping[str, Mapping[str, PackageFacts]],
        report: Reporter,
    ) -> tuple[list[Path], list[Path]]:
        """The parent's files that the swap starts from, and those of the compilers."""
        starting: dict[str, Path] = {}
        compilers: dict[str, Path] = {}
        for architecture, known in facts.items():
            replaced = {fact.name for fact in names_to_replace(toolchain.spec, known)}
            targets = {target.package for target in available_targets(toolchain.spec, known)}
            names = sorted(replaced | targets)
            with self._database.read() as transaction:
                own = own_packages_of(transaction, suite, architecture)
                parents = transaction.packages.binaries_matching(
                    base_of(suite), architecture=architecture, patterns=names
                )
            found = [binary for binary in parents if binary.name not in own]
            found += [own[name].indexed(architecture) for name in names if name in own]
            for count, binary in enumerate(found):
                report.tell("fetching compilers", done=count, total=len(found), unit="files")
                path = self._files.ensure(binary.sha256, size=binary.size, name=binary.filename)
                chosen = starting if binary.name in replaced else compilers
                chosen[binary.sha256] = path
            if found:
                report.tell("fetching compilers", done=len(found), total=len(found), unit="files")
        return list(starting.values()), list(compilers.values())

    def _store(
        self,
        archive: Archive,
        suite: Suite,
        toolchain: ToolchainRevision,
        source: str,
        number: int,
        facts: Mapping[str, Mapping[str, PackageFacts]],
        files: SwapFiles,
    ) -> None:
        directory = pool_directory(TOOLCHAIN_COMPONENT, source)
        new_source = self._packages.store_source(
            files.source_files, component=TOOLCHAIN_COMPONENT, directory=directory
        )
        binaries: list[NewBinary] = [
            self._packages.store_binary(
                path,
                name=path.name,
                component=TOOLCHAIN_COMPONENT,
                directory=directory,
            )
            for path in files.binaries
        ]
        with self._database.write() as transaction:
            transaction.deletion.hold_names()
            self._packages.check_stored(new_source, binaries)
            self._check_number(transaction, archive, source, number)
            transaction.campaigns.take_rebuild_numbers(archive.id, {source: number})
            transaction.deltas.add(
                suite.id,
                kind=DeltaKind.TOOLCHAIN,
                sources=[new_source],
                binaries=binaries,
                toolchain_id=toolchain.id,
            )
            transaction.deltas.add_swap(
                suite.id,
                toolchain.id,
                suffix=f"X{archive.tag}{number}",
                producers=_producers(toolchain, facts),
                at=self._clock.now(),
            )

    @staticmethod
    def _check_number(
        transaction: Transaction, archive: Archive, source: str, number: int
    ) -> None:
        if transaction.campaigns.last_rebuild_numbers(archive.id).get(source, 0) >= number:
            raise ConflictError(
                f"rebuild {number} of {source} was given to somebody else meanwhile",
                hint="ask again",
            )


def _producers(
    toolchain: ToolchainRevision, facts: Mapping[str, Mapping[str, PackageFacts]]
) -> dict[str, list[str]]:
    """What the compilers call themselves in what they compile, per architecture."""
    return {
        architecture: producer_patterns(
            toolchain.spec, {name: fact.version for name, fact in known.items()}
        )
        for architecture, known in facts.items()
    }


def _source_name(
    toolchain: ToolchainRevision, facts: Mapping[str, Mapping[str, PackageFacts]]
) -> str | None:
    """The source whose binaries the swap makes anew; None if the toolchain needs no packages."""
    sources: Sequence[str] = sorted(
        {
            fact.source
            for known in facts.values()
            for fact in names_to_replace(toolchain.spec, known)
        }
    )
    return sources[0] if sources else None
