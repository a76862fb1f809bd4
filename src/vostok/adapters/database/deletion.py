"""Taking an archive's rows away, and telling which files nothing else needs."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.archive_rows import (
    DOOMED,
    Condition,
    doomed_binaries,
    doomed_rows,
    doomed_sources,
    job_rows,
    own_rows,
    suites_of,
)
from vostok.adapters.database.deleted_members import delete_members, note_candidates
from vostok.adapters.database.file_names import (
    NAMING_COLUMNS,
    all_names,
    hold_names,
    lock_names,
    parts_of,
)
from vostok.adapters.database.given_rows import given_rows
from vostok.adapters.database.mass_rows import count_anew, plain_rows
from vostok.domain.archive import HIDDEN_MARK
from vostok.domain.build import UNFINISHED_STATES, BuildState
from vostok.domain.deletion import Candidate, CandidateKind
from vostok.services.repositories.fact_cache import FactCache
from vostok.services.repositories.graph_cache import GraphCache

ROWS_TO_COUNT_ANEW = 1_000

_CANDIDATE = schema.deletion_candidate


class SqlDeletion:
    """Implements `services.repositories.Deletion`."""

    def __init__(self, connection: sa.Connection, graphs: GraphCache, facts: FactCache) -> None:
        self._connection = connection
        self._graphs = graphs
        self._facts = facts

    def hold_names(self) -> None:
        """Until this transaction ends nobody frees a file. See `services.repositories`."""
        hold_names(self._connection)

    def lock_names(self) -> None:
        """Until this transaction ends nobody begins to name a file."""
        lock_names(self._connection)

    # Files --------------------------------------------------------------------------------

    def files_of(self, archive_id: int) -> set[str]:
        """SHA-256s of every file that an archive names in any way: the candidates for removal."""
        query = sa.union_all(*_names_of(archive_id))  # told apart here: databases sort for that
        return {sha256 for (sha256,) in plain_rows(self._connection, query)}

    def still_needed(self, hashes: Iterable[str]) -> set[str]:
        """Those of the files that some row still names. O(candidates)."""
        needed: set[str] = set()
        for given in self._given(hashes):
            for column in NAMING_COLUMNS:
                query = sa.select(column).distinct().where(column.in_(sa.select(given.c.sha256)))
                needed.update(self._connection.execute(query).scalars())
        return needed

    def owners(self, hashes: Iterable[str]) -> dict[str, set[int]]:
        """Ids of the archives that name each of the files. O(files)."""
        found: dict[str, set[int]] = {}
        for part in parts_of(hashes):
            for query in all_names():
                _, sha256 = query.selected_columns
                rows = self._connection.execute(query.where(sha256.in_(part)).distinct())
                for owner, name in rows:
                    found.setdefault(name, set()).add(owner)
        return found

    def needed_elsewhere(self, archive_id: int, hashes: Iterable[str]) -> set[str]:
        """Those of the files that another archive than this one names. O(files)."""
        found: set[str] = set()
        for given in self._given(hashes):
            for query in all_names():
                owner, sha256 = query.selected_columns
                is_given = sha256.in_(sa.select(given.c.sha256))
                named = query.with_only_columns(sha256).where(is_given, owner != archive_id)
                found.update(self._connection.execute(named.distinct()).scalars())
        return found

    def _given(self, hashes: Iterable[str]) -> Iterator[sa.Subquery]:
        """The hashes as tables: a statement with 5,000 values takes long to write."""
        rows = [[sha256] for sha256 in sorted(set(hashes))]
        return given_rows(self._connection, {"sha256": sa.Text()}, rows)

    # Rows ---------------------------------------------------------------------------------

    def count_rows(self, archive_id: int, *, jobs_of: str) -> dict[str, int]:
        """How many rows of each table `delete_rows` would take away. O(rows of the archive)."""
        counts = {}
        for table, condition in own_rows(archive_id, jobs_of, None):
            query = sa.select(sa.func.count()).select_from(table).where(condition)
            counts[table.name] = self._connection.execute(query).scalar_one()
        counts.update(self._count_doomed(archive_id))
        return {table: count for table, count in counts.items() if count}

    def _count_doomed(self, archive_id: int) -> dict[str, int]:
        """How many rows of each table are about releases that only this archive has."""
        sources = doomed_sources(archive_id).cte("sources")
        binaries = doomed_binaries(archive_id).cte("binaries")
        files = schema.source_file.join(sources, sources.c.id == schema.source_file.c.source_id)
        stanzas = sa.union(sa.select(sources.c.stanza_id), sa.select(binaries.c.stanza_id))
        counted = {
            "source_file": files,
            "source_release": sources,
            "binary_release": binaries,
            "stanza": stanzas.subquery(),
        }
        counts = (
            sa.select(sa.func.count()).select_from(rows).scalar_subquery().label(table)
            for table, rows in counted.items()
        )
        return dict(self._connection.execute(sa.select(*counts)).mappings().one())

    def builds_to_stop(self, archive_id: int) -> tuple[int, int]:
        """How many builds of an archive a deletion stops, and how many of them run."""
        build = schema.build
        query = (
            sa.select(build.c.state, sa.func.count())
            .where(build.c.archive_id == archive_id, build.c.state.in_(UNFINISHED_STATES))
            .group_by(build.c.state)
        )
        states: dict[str, int] = dict(plain_rows(self._connection, query))
        return sum(states.values()), states.get(BuildState.BUILDING, 0)

    def logs_of(self, archive_id: int) -> tuple[int, int]:
        """How many builds of an archive have logs, and how many bytes these have."""
        attempt, build = schema.attempt, schema.build
        query = (
            sa.select(
                sa.func.count(attempt.c.build_id.distinct()),
                sa.func.coalesce(sa.func.sum(attempt.c.log_bytes), 0),
            )
            .join(build, build.c.id == attempt.c.build_id)
            .where(build.c.archive_id == archive_id, attempt.c.log_bytes > 0)
        )
        count, size = self._connection.execute(query).one()
        return count, int(size)

    def note_candidates(
        self, archive_id: int, *, jobs_of: str | None = None, except_job: str = ""
    ) -> None:
        """Write down what may have to go with an archive, before the rows that say so do."""
        files = sa.select(_files_of(archive_id).subquery())
        note_candidates(self._connection, archive_id, CandidateKind.FILE, files)
        self._note_others(archive_id, jobs_of=jobs_of, except_job=except_job)

    def _note_others(self, archive_id: int, *, jobs_of: str | None, except_job: str) -> None:
        job, build, archive = schema.job, schema.build, schema.archive
        own_key = sa.select(archive.c.key_fingerprint).where(
            archive.c.id == archive_id, archive.c.key_fingerprint.is_not(None)
        )
        queries: dict[CandidateKind, sa.Select[Any]] = {
            CandidateKind.GRAPH: suites_of(archive_id),
            CandidateKind.LOG: sa.select(build.c.id).where(build.c.archive_id == archive_id),
            CandidateKind.KEY: own_key,
        }
        if jobs_of is not None:  # else those would be meant that are of no archive
            queries[CandidateKind.JOB] = sa.select(job.c.id).where(
                job.c.archive == jobs_of, job.c.id != except_job
            )
        for kind, query in queries.items():
            note_candidates(self._connection, archive_id, kind, query)

    def hide(self, archive_id: int, *, jobs_of: str, except_job: str) -> dict[str, int]:
        """Have nobody find an archive any more, and take its jobs away: how many rows.

        It is derived from nothing from here on, so that its parents can be deleted too.
        """
        suite_ids = [row.id for row in self._connection.execute(suites_of(archive_id))]
        self._graphs.forget(suite_ids)
        self._facts.forget(suite_ids)
        self._note_others(archive_id, jobs_of=jobs_of, except_job=except_job)
        self._connection.execute(
            schema.archive.update()
            .where(schema.archive.c.id == archive_id)
            .values(name=f"{HIDDEN_MARK}{archive_id}", is_private=True)
        )
        suites, s = suites_of(archive_id), schema
        parents = [(t, t.c.suite_id.in_(suites)) for t in (s.derivation_parent, s.derivation)]
        return self._deleted([*parents, *job_rows(jobs_of, except_job)])

    def delete_members(self, archive_id: int, packages_max: int) -> dict[str, int]:
        """Take some of an archive's packages away; how many rows of each table. O(these)."""
        self.lock_names()
        return delete_members(self._connection, archive_id, packages_max)

    def delete_rows(
        self, archive_id: int, jobs_of: str | None = None, except_job: str | None = None
    ) -> dict[str, int]:
        """Take every row of an archive away; how many of each table. O(rows of the archive).

        Releases go that no other archive has; that is asked only of those that this one has.
        """
        suite_ids = [row.id for row in self._connection.execute(suites_of(archive_id))]
        self._graphs.forget(suite_ids)
        self._facts.forget(suite_ids)
        self.lock_names()
        self._count_many_anew(archive_id)
        with self._doomed_releases(archive_id):
            return self._deleted([*own_rows(archive_id, jobs_of, except_job), *doomed_rows()])

    def _count_many_anew(self, archive_id: int) -> None:
        """Have PostgreSQL know of many rows that nobody has counted yet.

        Else it takes their tables for empty ones, and goes through all of them for each row that
        goes, to see whether they refer to it.
        """
        s = schema
        own = (
            (s.delta_binary, s.delta_binary.c.suite_id.in_(suites_of(archive_id))),
            (s.build, s.build.c.archive_id == archive_id),
        )
        counts = [
            self._connection.execute(
                sa.select(sa.func.count()).select_from(table).where(condition)
            ).scalar_one()
            for table, condition in own
        ]
        if max(counts) > ROWS_TO_COUNT_ANEW:
            tables = (s.delta_source, s.delta_binary, s.build, s.attempt, s.event)
            count_anew(self._connection, *tables)

    def _deleted(self, conditions: Iterable[Condition]) -> dict[str, int]:
        deleted: dict[str, int] = {}
        for table, condition in conditions:
            count = self._connection.execute(table.delete().where(condition)).rowcount
            if count:
                deleted[table.name] = deleted.get(table.name, 0) + count
        return deleted

    @contextmanager
    def _doomed_releases(self, archive_id: int) -> Iterator[None]:
        """Two tables with the releases that only this archive has, while its rows say so."""
        for kind, query in (
            ("source", doomed_sources(archive_id)),
            ("binary", doomed_binaries(archive_id)),
        ):
            table = DOOMED[kind]
            table.create(self._connection)
            self._connection.execute(table.insert().from_select(["id", "stanza_id"], query))
        yield
        for table in DOOMED.values():
            table.drop(self._connection)

    # Candidates ---------------------------------------------------------------------------

    def candidates(
        self, archive_id: int, kind: CandidateKind, *, is_measured: bool, rows_max: int
    ) -> list[Candidate]:
        """What is left to be measured, or to be taken away, in the order of names."""
        rows = self._connection.execute(
            sa.select(_CANDIDATE)
            .where(
                _CANDIDATE.c.archive_id == archive_id,
                _CANDIDATE.c.kind == kind,
                _CANDIDATE.c.size.is_not(None) if is_measured else _CANDIDATE.c.size.is_(None),
                _CANDIDATE.c.is_done.is_(False),
            )
            .order_by(_CANDIDATE.c.name)
            .limit(rows_max)
        )
        return [
            Candidate(kind=CandidateKind(row.kind), name=row.name, size=row.size) for row in rows
        ]

    def measure(
        self, archive_id: int, kind: CandidateKind, sizes: Sequence[tuple[str, int]]
    ) -> None:
        """Note how large candidates are."""
        if sizes:
            self._connection.execute(
                _CANDIDATE.update().where(
                    _CANDIDATE.c.archive_id == archive_id,
                    _CANDIDATE.c.kind == kind,
                    _CANDIDATE.c.name == sa.bindparam("named"),
                ),
                [{"named": name, "size": size} for name, size in sizes],
            )

    def forget(self, archive_id: int, kind: CandidateKind, names: Iterable[str]) -> None:
        """Strike candidates off that are not there."""
        for part in parts_of(names):
            self._connection.execute(
                _CANDIDATE.delete().where(
                    _CANDIDATE.c.archive_id == archive_id,
                    _CANDIDATE.c.kind == kind,
                    _CANDIDATE.c.name.in_(part),
                )
            )

    def settle(
        self, archive_id: int, kind: CandidateKind, names: Iterable[str], *, is_shared: bool
    ) -> None:
        """Note what became of candidates: taken away, or left to those who share them."""
        for part in parts_of(names):
            self._connection.execute(
                _CANDIDATE.update()
                .where(
                    _CANDIDATE.c.archive_id == archive_id,
                    _CANDIDATE.c.kind == kind,
                    _CANDIDATE.c.name.in_(part),
                )
                .values(is_done=True, is_shared=is_shared)
            )

    def settle_needed(self, archive_id: int, first: str, last: str) -> set[str]:
        """Of measured files from one name to another leave those to others that some row names."""
        is_named = sa.or_(
            *(sa.exists().where(column == _CANDIDATE.c.name) for column in NAMING_COLUMNS)
        )
        rows = self._connection.execute(
            _CANDIDATE.update()
            .where(_measured_files(archive_id, first, last), is_named)
            .values(is_done=True, is_shared=True)
            .returning(_CANDIDATE.c.name)
        )
        return set(rows.scalars())

    def settle_free(self, archive_id: int, first: str, last: str) -> None:
        """Note of the rest of them that they were taken away."""
        self._connection.execute(
            _CANDIDATE.update()
            .where(_measured_files(archive_id, first, last))
            .values(is_done=True, is_shared=False)
        )

    def settled(self, archive_id: int) -> dict[tuple[CandidateKind, bool], tuple[int, int]]:
        """(kind, whether it is shared) -> how many were settled, and their bytes."""
        rows = self._connection.execute(
            sa.select(
                _CANDIDATE.c.kind,
                _CANDIDATE.c.is_shared,
                sa.func.count(),
                sa.func.coalesce(sa.func.sum(_CANDIDATE.c.size), 0),
            )
            .where(_CANDIDATE.c.archive_id == archive_id, _CANDIDATE.c.is_done.is_(True))
            .group_by(_CANDIDATE.c.kind, _CANDIDATE.c.is_shared)
        )
        return {
            (CandidateKind(kind), bool(is_shared)): (count, int(size))
            for kind, is_shared, count, size in rows
        }

    def shared_candidates(self, archive_id: int, rows_max: int) -> list[Candidate]:
        """The largest files that were left to others."""
        rows = self._connection.execute(
            sa.select(_CANDIDATE)
            .where(_CANDIDATE.c.archive_id == archive_id, _CANDIDATE.c.is_shared.is_(True))
            .order_by(_CANDIDATE.c.size.desc(), _CANDIDATE.c.name)
            .limit(rows_max)
        )
        return [
            Candidate(kind=CandidateKind(row.kind), name=row.name, size=row.size) for row in rows
        ]

    def clear_candidates(self, archive_id: int) -> None:
        """Forget what had to go; it went."""
        self._connection.execute(_CANDIDATE.delete().where(_CANDIDATE.c.archive_id == archive_id))


def _measured_files(archive_id: int, first: str, last: str) -> sa.ColumnElement[bool]:
    """The candidates from one SHA-256 to another whose fate is not known yet."""
    return sa.and_(
        _CANDIDATE.c.archive_id == archive_id,
        _CANDIDATE.c.kind == CandidateKind.FILE,
        _CANDIDATE.c.name.between(first, last),
        _CANDIDATE.c.size.is_not(None),
        _CANDIDATE.c.is_done.is_(False),
    )


def _names_of(archive_id: int) -> list[sa.Select[tuple[str]]]:
    """The files that an archive names, in each way by itself; some in several."""
    named = []
    for query in all_names():
        owner, sha256 = query.selected_columns
        named.append(query.with_only_columns(sha256).where(owner == archive_id))
    return named


def _files_of(archive_id: int) -> sa.CompoundSelect[tuple[str]]:
    return sa.union(*_names_of(archive_id))
