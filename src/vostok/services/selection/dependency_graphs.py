"""The dependency graph of a membership: made once, kept, and made again where it was lost."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from vostok.debian.stanza import fields_of
from vostok.domain.archive import Archive
from vostok.domain.dependencies.building import (
    BinaryRelations,
    PackageChange,
    SourceRelations,
    changed_graph,
    empty_graph,
)
from vostok.domain.dependencies.graph import DependencyGraph, MadeGraph
from vostok.domain.job import Job
from vostok.domain.package import Membership
from vostok.services.job_log import JobCancelled, Reporter
from vostok.services.job_runner import Carry, Step
from vostok.services.repositories import Database, Transaction
from vostok.services.repositories.graph_cache import GraphKey
from vostok.services.selection.binary_facts import facts_of_all
from vostok.services.selection.local_packages import LocalPackages

_OF_SOURCES = (
    "Architecture",
    "Build-Depends",
    "Build-Depends-Arch",
    "Build-Depends-Indep",
)
_OF_BINARIES = ("Pre-Depends", "Depends", "Provides")


def dependency_graph(
    transaction: Transaction,
    members: Membership,
    architecture: str,
    local: LocalPackages | None = None,
) -> DependencyGraph:
    """Who needs whom in a suite on an architecture.

    The first time O(archive), about two CPU seconds for sid, or a third of one where a graph of
    an earlier number differs by one per cent; then the time to read a file of some megabytes, or
    nothing while this process still has it.

    Args:
        transaction: to read in.
        members: the packages.
        architecture: one that the suite was imported with.
        local: somebody's own sources that stand over the members; their graph is another one,
            kept for the suite that has them.
    """
    key = _key(transaction, members, architecture)
    if local is not None:
        key = replace(
            key,
            members=replace(members, suite_id=local.suite.id),
            fingerprint=f"{key.fingerprint} {local.fingerprint}",
        )
    graph = transaction.graphs.find(key)
    if graph is not None:
        return graph
    if local is not None:
        made = changed_graph(
            _base_graph(transaction, members, architecture),
            _local_change(transaction, members, architecture, local),
        )
        transaction.graphs.put(key, made)
        return made.graph
    with transaction.graphs.making(key):
        graph = transaction.graphs.find(key)  # somebody else may have made it meanwhile
        if graph is None:
            made = _made(transaction, key)
            transaction.graphs.put(key, made)
            graph = made.graph
    return graph


def _base_graph(transaction: Transaction, members: Membership, architecture: str) -> MadeGraph:
    """The graph of the parents' packages, to be changed."""
    key = _key(transaction, members, architecture)
    found = transaction.graphs.find_made(key)
    if found is not None:
        return found
    with transaction.graphs.making(key):
        found = transaction.graphs.find_made(key)
        if found is None:
            found = _made(transaction, key)
            transaction.graphs.put(key, found)
    return found


def _local_change(
    transaction: Transaction,
    members: Membership,
    architecture: str,
    local: LocalPackages,
) -> PackageChange:
    """How somebody's own packages change the graph of their parents'. O(what is own)."""
    own = local.of_architectures([architecture])
    replaced = transaction.members.binaries_of_sources(members, local.built)
    return PackageChange(
        gone_sources={s.id for s in transaction.members.sources(members, local.names)}
        | {source.id for source in local.sources},
        gone_binaries={b.id for b in replaced if b.index_architecture == architecture}
        | {binary.binary_id for binary in own},
        sources=[_source_relations(s.name, s.stanza, s.id) for s in local.sources],
        binaries=[
            _binary_relations(b.name, b.version, b.source_name, b.stanza, b.binary_id) for b in own
        ],
    )


def _made(transaction: Transaction, key: GraphKey) -> MadeGraph:
    """The graph: the newest earlier one of the suite that is still here, changed; else anew."""
    after, former = 0, empty_graph(key.architecture)
    for number in transaction.graphs.numbers(key.members.suite_id, key.architecture):
        if number < key.members.number:
            members = replace(key.members, number=number)
            found = transaction.graphs.find_made(_key(transaction, members, key.architecture))
            if found is not None:
                after, former = number, found
                break
    if after == 0:  # much text: it is read while the graph is made
        change = PackageChange(
            sources=_sources(transaction, key.members, 0),
            binaries=_each_once(_binaries(transaction, key.members, key.architecture, 0)),
        )
    else:
        change = _change(transaction, key, after)
    return changed_graph(former, change)


def _each_once(binaries: Iterable[BinaryRelations]) -> Iterator[BinaryRelations]:
    """Those with an id that was not there before: two components may list the same release."""
    seen: set[int] = set()
    for binary in binaries:
        if binary.package_id not in seen:
            seen.add(binary.package_id)
            yield binary


def _change(transaction: Transaction, key: GraphKey, after: int) -> PackageChange:
    members, architecture = key.members, key.architecture
    sources = list(_sources(transaction, members, after))
    binaries = list(_each_once(_binaries(transaction, members, architecture, after)))
    gone_sources, gone_binaries = transaction.paragraphs.ended(members, architecture, after=after)
    return PackageChange(
        gone_sources=gone_sources | {source.package_id for source in sources},
        gone_binaries=gone_binaries | {binary.package_id for binary in binaries},
        sources=sources,
        binaries=binaries,
    )


class GraphService:
    """Makes the graphs of a new snapshot before somebody waits for one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def step_of_import(self) -> Step:
        """The last step of an import: it makes what graphs are missing, mostly from earlier ones.

        So with what binaries say of their sources. Whoever asks for something that is missing all
        the same makes it then.
        """
        return Step(name="graphs", do=self._prepare)

    def steps(self) -> list[Step]:
        """The parts of a job that does only this; former versions asked for it after imports."""
        return [Step(name="graphs", do=self._prepare)]

    def _prepare(self, job: Job, carry: Carry, report: Reporter) -> Carry:
        with self._database.read() as transaction:
            archive = transaction.archives.find(job.archive or "")
            missing = [] if archive is None else _missing(transaction, archive)
        with suppress(JobCancelled):  # what was imported stays; who asks for a graph makes it
            for done, (members, architecture) in enumerate(missing):
                report.tell(
                    f"reading the dependencies of {job.archive} on {architecture}",
                    step="reading dependencies",
                    done=done,
                    total=len(missing),
                    unit="graphs",
                )
                with self._database.read() as transaction:
                    dependency_graph(transaction, members, architecture)
            if missing:
                total = len(missing)
                report.tell("reading dependencies", done=total, total=total, unit="graphs")
            for members in dict.fromkeys(members for members, _ in missing):
                with self._database.read() as transaction:
                    facts_of_all(transaction, members)
        return carry


def _missing(transaction: Transaction, archive: Archive) -> list[tuple[Membership, str]]:
    """Of an external archive's newest snapshots those, with architecture, without a graph yet."""
    return [
        (members, architecture)
        for suite in transaction.archives.suites(archive.id)
        if suite.snapshot
        for members in [Membership(suite_id=suite.id, number=suite.snapshot)]
        for architecture in suite.architectures
        if not transaction.graphs.has(members, architecture)
    ]


def _key(transaction: Transaction, members: Membership, architecture: str) -> GraphKey:
    return GraphKey(
        members=members,
        architecture=architecture,
        fingerprint=transaction.paragraphs.fingerprint(members),
    )


def _sources(
    transaction: Transaction, members: Membership, after: int
) -> Iterator[SourceRelations]:
    for source in transaction.paragraphs.sources(members, after=after):
        yield _source_relations(source.name, source.stanza, source.id)


def _binaries(
    transaction: Transaction, members: Membership, architecture: str, after: int
) -> Iterator[BinaryRelations]:
    for binary in transaction.paragraphs.binaries(members, [architecture], after=after):
        yield _binary_relations(
            binary.name, binary.version, binary.source_name, binary.stanza, binary.id
        )


def _source_relations(name: str, stanza: str, source_id: int) -> SourceRelations:
    architecture, depends, arch, indep = fields_of(stanza, _OF_SOURCES)
    return SourceRelations(name, architecture, depends, arch, indep, source_id)


def _binary_relations(
    name: str, version: str, source: str, stanza: str, binary_id: int
) -> BinaryRelations:
    pre_depends, depends, provides = fields_of(stanza, _OF_BINARIES)
    return BinaryRelations(name, version, source, pre_depends, depends, provides, binary_id)
