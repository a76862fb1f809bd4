"""The dependency graph of a membership: made once, kept, and made again where it was lost."""

from collections.abc import Iterator

from vostok.debian.stanza import fields_of
from vostok.domain.access import SYSTEM
from vostok.domain.archive import Archive
from vostok.domain.dependencies.building import BinaryRelations, SourceRelations, build_graph
from vostok.domain.dependencies.graph import DependencyGraph
from vostok.domain.job import Job, JobKind
from vostok.domain.package import Membership
from vostok.services.graph_cache import GraphKey
from vostok.services.job_runner import Carry, JobService, Reporter, Step
from vostok.services.repositories import Database, Transaction

_OF_SOURCES = ("Architecture", "Build-Depends", "Build-Depends-Arch", "Build-Depends-Indep")
_OF_BINARIES = ("Pre-Depends", "Depends", "Provides")


def dependency_graph(
    transaction: Transaction, members: Membership, architecture: str
) -> DependencyGraph:
    """Who needs whom in a suite on an architecture.

    The first time O(archive), about three CPU seconds for sid; then the time to read a file of
    some megabytes, or nothing while this process still has it.

    Args:
        transaction: to read in.
        members: the packages.
        architecture: one that the suite was imported with.
    """
    key = _key(transaction, members, architecture)
    graph = transaction.graphs.find(key)
    if graph is not None:
        return graph
    with transaction.graphs.making(key):
        graph = transaction.graphs.find(key)  # somebody else may have made it meanwhile
        if graph is None:
            graph = build_graph(
                _sources(transaction, members),
                _binaries(transaction, members, architecture),
                architecture,
            )
            transaction.graphs.put(key, graph)
    return graph


class GraphService:
    """Makes the graphs of a new snapshot before somebody waits for one."""

    def __init__(self, database: Database, jobs: JobService) -> None:
        self._database = database
        self._jobs = jobs

    def step_of_import(self) -> Step:
        """The last step of an import: it asks for a job that makes what graphs are missing."""
        return Step(name="graphs", do=self._submit)

    def steps(self) -> list[Step]:
        """The parts of that job."""
        return [Step(name="graphs", do=self._prepare)]

    def _submit(self, job: Job, carry: Carry, _report: Reporter) -> Carry:
        with self._database.write() as transaction:
            archive = transaction.archives.find(job.archive or "")
            if archive is not None and _missing(transaction, archive):
                self._jobs.submit(
                    transaction,
                    JobKind.PREPARE_GRAPHS,
                    archive=archive.name,
                    arguments={"archive": archive.name},
                    principal=SYSTEM,
                )
        return carry

    def _prepare(self, job: Job, _carry: Carry, report: Reporter) -> Carry:
        with self._database.read() as transaction:
            archive = transaction.archives.named(str(job.arguments["archive"]))
            missing = _missing(transaction, archive)
        for done, key in enumerate(missing):
            report.tell(
                f"reading the dependencies of {archive.name} on {key.architecture}",
                done=done,
                total=len(missing),
                unit="graphs",
            )
            with self._database.read() as transaction:
                dependency_graph(transaction, key.members, key.architecture)
        return {"message": f"{len(missing)} dependency graphs of {archive.name} are made"}


def _missing(transaction: Transaction, archive: Archive) -> list[GraphKey]:
    """The graphs of an external archive's newest snapshots that nobody has made yet."""
    keys = [
        _key(transaction, Membership(suite_id=suite.id, number=suite.snapshot), architecture)
        for suite in transaction.archives.suites(archive.id)
        if suite.snapshot
        for architecture in suite.architectures
    ]
    return [key for key in keys if not transaction.graphs.has(key)]


def _key(transaction: Transaction, members: Membership, architecture: str) -> GraphKey:
    return GraphKey(
        members=members,
        architecture=architecture,
        fingerprint=transaction.paragraphs.fingerprint(members),
    )


def _sources(transaction: Transaction, members: Membership) -> Iterator[SourceRelations]:
    for source in transaction.paragraphs.sources(members):
        yield SourceRelations(source.name, *fields_of(source.stanza, _OF_SOURCES))


def _binaries(
    transaction: Transaction, members: Membership, architecture: str
) -> Iterator[BinaryRelations]:
    for binary in transaction.paragraphs.binaries(members, [architecture]):
        fields = fields_of(binary.stanza, _OF_BINARIES)
        yield BinaryRelations(binary.name, binary.version, binary.source_name, *fields)
