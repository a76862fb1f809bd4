"""One engine, two kinds of transaction: reading, and writing.

On SQLite a writing transaction takes the write lock at its begin (`BEGIN IMMEDIATE`), so that what
it read first cannot change before it writes; on PostgreSQL rows are locked where it matters.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from vostok.adapters.database import schema
from vostok.adapters.database.archives import SqlArchives
from vostok.adapters.database.audit_log import SqlAuditLog
from vostok.adapters.database.build_lists import SqlBuildLists
from vostok.adapters.database.builders import SqlBuilders
from vostok.adapters.database.builds import SqlBuilds
from vostok.adapters.database.campaigns import SqlCampaigns
from vostok.adapters.database.chroots import SqlChroots
from vostok.adapters.database.deletion import SqlDeletion
from vostok.adapters.database.deltas import SqlDeltas
from vostok.adapters.database.derivations import SqlDerivations
from vostok.adapters.database.environments import SqlEnvironments
from vostok.adapters.database.files import SqlFiles
from vostok.adapters.database.guarantees import SqlGuarantees
from vostok.adapters.database.identities import SqlIdentities
from vostok.adapters.database.imports import SqlImports
from vostok.adapters.database.job_log import SqlJobLogs
from vostok.adapters.database.jobs import SqlJobs
from vostok.adapters.database.listings import SqlListings
from vostok.adapters.database.mail import SqlMail, letters
from vostok.adapters.database.measures import SqlMeasures
from vostok.adapters.database.members import SqlMembers
from vostok.adapters.database.news import SqlNews
from vostok.adapters.database.news_horizon import NewsHorizon
from vostok.adapters.database.notices import SqlNotices
from vostok.adapters.database.outgoing import SqlOutgoing
from vostok.adapters.database.packages import SqlPackages
from vostok.adapters.database.paragraphs import SqlParagraphs
from vostok.adapters.database.people import SqlPeople
from vostok.adapters.database.publications import SqlPublications
from vostok.adapters.database.queues import SqlQueues
from vostok.adapters.database.quotas import SqlQuotas
from vostok.adapters.database.rebuildable import SqlRebuildable
from vostok.adapters.database.release_spool import ReleaseSpool
from vostok.adapters.database.repeated_requests import SqlRepeatedRequests
from vostok.adapters.database.retention import SqlOldPublications
from vostok.adapters.database.rights import SqlRights
from vostok.adapters.database.robots import SqlRobots
from vostok.adapters.database.searches import SqlSearches
from vostok.adapters.database.sessions import SqlSessions
from vostok.adapters.database.snapshots import SqlSnapshots
from vostok.adapters.database.source_lists import SqlSourceLists
from vostok.adapters.database.teams import SqlTeams
from vostok.adapters.database.tombstones import SqlTombstones
from vostok.adapters.database.toolchains import SqlToolchains
from vostok.adapters.database.uploads import SqlUploads
from vostok.adapters.database.webhooks import SqlWebhooks, webhook_deliveries
from vostok.domain.dependencies.graph import DependencyGraph, MadeGraph
from vostok.domain.package import Membership
from vostok.domain.workload import Sizes
from vostok.services.repositories.fact_cache import BaseFacts, FactCache, NothingKept
from vostok.services.repositories.graph_cache import GraphCache, GraphKey, NoGraphs

BUSY_TIMEOUT_MS = 60_000
PAGE_BYTES = 16_384
"""Of a new SQLite database; one that is there keeps its own. Paragraphs seldom fit into SQLite's
default of 4,096, and each further page of one costs as much as a row."""

POOL_SIZE = 20

_LZ4 = """select set_config('default_toast_compression', 'lz4', false) from pg_settings
where name = 'default_toast_compression' and 'lz4' = any(enumvals)"""


def create_engine(url: str) -> sa.Engine:
    """An engine for `sqlite:///PATH` or `postgresql+psycopg://…`, with the settings above.

    The connection that was used last is used next: each of SQLite's has a cache of its own.
    """
    engine = sa.create_engine(url, pool_size=POOL_SIZE, max_overflow=POOL_SIZE, pool_use_lifo=True)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    else:
        sa.event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(connection: Any, _record: ConnectionPoolEntry) -> None:  # noqa: ANN401 - psycopg's
    """Have long texts packed with LZ4 where the server knows it: a third of the time of PGLZ."""
    with connection.cursor() as cursor:
        cursor.execute(_LZ4)
    connection.commit()  # else a rollback of what comes first takes it back


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    for pragma in (
        f"page_size={PAGE_BYTES}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
        "cache_size=-65536",
    ):
        connection.cursor().execute(f"pragma {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    is_writing = connection.get_execution_options().get("vostok_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


class SqlTransaction:
    """The repositories of one transaction."""

    def __init__(
        self,
        connection: sa.Connection,
        graphs: GraphCache | None = None,
        facts: FactCache | None = None,
        horizon: NewsHorizon | None = None,
    ) -> None:
        self.connection = connection
        self.once_committed: list[Callable[[], None]] = []
        """What is called when the transaction has committed, and only then."""
        self.graphs = graphs if graphs is not None else NoGraphs()
        self.facts = facts if facts is not None else NothingKept()
        self.archives = SqlArchives(connection)
        self.derivations = SqlDerivations(connection)
        self.snapshots = SqlSnapshots(connection)
        self.packages = SqlPackages(connection)
        self.rebuildable = SqlRebuildable(connection)
        self.members = SqlMembers(connection)
        self.paragraphs = SqlParagraphs(connection)
        self.listings = SqlListings(connection)
        self.measures = SqlMeasures(connection)
        self.deltas = SqlDeltas(connection)
        self.toolchains = SqlToolchains(connection)
        self.campaigns = SqlCampaigns(connection)
        self.builds = SqlBuilds(connection)
        self.build_lists = SqlBuildLists(connection)
        self.queues = SqlQueues(connection)
        self.quotas = SqlQuotas(connection)
        self.searches = SqlSearches(connection)
        self.source_lists = SqlSourceLists(connection)
        self.identities = SqlIdentities(connection)
        self.imports = SqlImports(connection)
        self.outgoing = SqlOutgoing(connection)
        self.environments = SqlEnvironments(connection)
        self.builders = SqlBuilders(connection)
        self.publications = SqlPublications(connection)
        self.old_publications = SqlOldPublications(connection)
        self.chroots = SqlChroots(connection)
        self.deletion = SqlDeletion(connection, self.graphs, self.facts)
        self.files = SqlFiles(connection)
        self.people = SqlPeople(connection)
        self.rights = SqlRights(connection)
        self.guarantees, self.robots = SqlGuarantees(connection), SqlRobots(connection)
        self.teams = SqlTeams(connection)
        self.audit = SqlAuditLog(connection)
        self.uploads = SqlUploads(connection)
        self.sessions = SqlSessions(connection)
        self.tombstones = SqlTombstones(connection)
        self.news = SqlNews(connection, horizon or NewsHorizon())
        self.notices = SqlNotices(connection)
        self.mail = SqlMail(connection)
        self.letters = letters(connection)
        self.webhooks = SqlWebhooks(connection)
        self.webhook_deliveries = webhook_deliveries(connection)
        self.jobs = SqlJobs(connection)
        self.job_logs = SqlJobLogs(connection)
        self.repeated_requests = SqlRepeatedRequests(connection)


class SqlDatabase:
    """Implements `services.ports.Database` on SQLite and PostgreSQL."""

    def __init__(
        self,
        engine: sa.Engine,
        graphs: GraphCache | None = None,
        facts: FactCache | None = None,
    ) -> None:
        self.engine = engine
        self._graphs = graphs
        self._facts = facts
        self._horizon = NewsHorizon()

    @contextmanager
    def read(self) -> Iterator[SqlTransaction]:
        """A transaction that sees one moment and changes nothing."""
        with self._connect_for_reading() as connection, connection.begin() as transaction:
            yield SqlTransaction(connection, self._graphs, self._facts, self._horizon)
            transaction.rollback()

    def _connect_for_reading(self) -> sa.Connection:
        """PostgreSQL's default level would show each statement another moment."""
        connection = self.engine.connect()
        if self.engine.dialect.name != "postgresql":
            return connection
        return connection.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    @contextmanager
    def trial(self) -> Iterator[SqlTransaction]:
        """A writing transaction that leaves nothing behind, whatever it did.

        Nor in the memories for graphs and facts: a suite that it made has an id that another will
        get.
        """
        writing = self.engine.execution_options(vostok_writing=True)
        with writing.connect() as connection, connection.begin() as transaction:
            last = connection.execute(sa.select(sa.func.max(schema.suite.c.id))).scalar_one()
            yield SqlTransaction(
                connection,
                _GraphsUntil(self._graphs or NoGraphs(), last or 0),
                _FactsFound(self._facts or NothingKept()),
            )
            transaction.rollback()

    @contextmanager
    def write(self) -> Iterator[SqlTransaction]:
        """A transaction that commits at its end, or leaves nothing behind an exception."""
        writing = self.engine.execution_options(vostok_writing=True)
        with writing.connect() as connection, connection.begin():
            transaction = SqlTransaction(connection, self._graphs, self._facts, self._horizon)
            yield transaction
        for call in transaction.once_committed:
            call()

    def spool(self) -> ReleaseSpool:
        """Room for releases that are about to be stored."""
        return ReleaseSpool()


class _GraphsUntil:
    """The graphs of suites up to one; those of later ones are neither found nor kept."""

    def __init__(self, graphs: GraphCache, suite_id_max: int) -> None:
        self._graphs = graphs
        self._suite_id_max = suite_id_max

    def find(self, key: GraphKey) -> DependencyGraph | None:
        return self._graphs.find(key) if self._is_kept(key) else None

    def has(self, members: Membership, architecture: str) -> bool:
        return members.suite_id <= self._suite_id_max and self._graphs.has(members, architecture)

    def making(self, key: GraphKey) -> AbstractContextManager[None]:
        return self._graphs.making(key) if self._is_kept(key) else nullcontext()

    def find_made(self, key: GraphKey) -> MadeGraph | None:
        return self._graphs.find_made(key) if self._is_kept(key) else None

    def numbers(self, suite_id: int, architecture: str) -> list[int]:
        return self._graphs.numbers(suite_id, architecture)

    def put(self, key: GraphKey, made: MadeGraph) -> None:
        if self._is_kept(key):
            self._graphs.put(key, made)

    def forget(self, suite_ids: Collection[int]) -> None:
        """Nothing: what a trial deletes stays."""

    def _is_kept(self, key: GraphKey) -> bool:
        return key.members.suite_id <= self._suite_id_max


class _FactsFound:
    """Facts that are found, while none are kept and none forgotten: what is tried is undone."""

    def __init__(self, facts: FactCache) -> None:
        self._facts = facts

    def find(self, members: Membership, fingerprint: str) -> BaseFacts | None:
        return self._facts.find(members, fingerprint)

    def numbers(self, suite_id: int) -> list[int]:
        return self._facts.numbers(suite_id)

    def put(self, members: Membership, fingerprint: str, facts: BaseFacts) -> None:
        """Nothing."""

    def find_sizes(self, members: Membership, fingerprint: str) -> Sizes | None:
        return self._facts.find_sizes(members, fingerprint)

    def put_sizes(self, members: Membership, fingerprint: str, sizes: Sizes) -> None:
        """Nothing."""

    def forget(self, suite_ids: Collection[int]) -> None:
        """Nothing."""
