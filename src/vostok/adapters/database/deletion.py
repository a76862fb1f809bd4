"""Taking an archive's rows away, and telling which files nothing else needs."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema

HASHES_PER_QUERY_MAX = 5_000


class SqlDeletion:
    """Implements `services.ports.Deletion`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def files_of(self, archive_id: int) -> set[str]:
        """SHA-256s of every file that an archive names in any way: the candidates for removal."""
        found: set[str] = set()
        for query in self._file_queries(archive_id):
            found.update(self._connection.execute(query).scalars())
        return found

    def _file_queries(self, archive_id: int) -> list[sa.Select[Any]]:
        s = schema
        suites = sa.select(s.suite.c.id).where(s.suite.c.archive_id == archive_id)
        builds = sa.select(s.build.c.id).where(s.build.c.archive_id == archive_id)
        queries = [
            sa.select(s.publication_file.c.sha256)
            .join(s.publication, s.publication.c.id == s.publication_file.c.publication_id)
            .where(s.publication.c.suite_id.in_(suites)),
            sa.select(s.snapshot_file.c.sha256).where(s.snapshot_file.c.suite_id.in_(suites)),
            sa.select(s.publication_pool.c.sha256).where(
                s.publication_pool.c.suite_id.in_(suites)
            ),
            sa.select(s.view_file.c.sha256)
            .join(s.view, s.view.c.id == s.view_file.c.view_id)
            .where(s.view.c.suite_id.in_(suites)),
            sa.select(s.attempt_file.c.sha256)
            .join(s.attempt, s.attempt.c.id == s.attempt_file.c.attempt_id)
            .where(s.attempt.c.build_id.in_(builds)),
        ]
        queries.extend(
            sa.select(s.binary_release.c.sha256)
            .join(members, members.c.package_id == s.binary_release.c.id)
            .where(members.c.suite_id.in_(suites))
            for members in (s.suite_binary, s.delta_binary)
        )
        queries.extend(
            sa.select(s.source_file.c.sha256)
            .join(members, members.c.package_id == s.source_file.c.source_id)
            .where(members.c.suite_id.in_(suites))
            for members in (s.suite_source, s.delta_source)
        )
        return queries

    def still_needed(self, hashes: Iterable[str]) -> set[str]:
        """Those of the files that some row still names. O(candidates)."""
        s = schema
        columns = (
            s.binary_release.c.sha256,
            s.source_file.c.sha256,
            s.snapshot_file.c.sha256,
            s.publication_file.c.sha256,
            s.publication_pool.c.sha256,
            s.view_file.c.sha256,
            s.attempt_file.c.sha256,
        )
        wanted = sorted(set(hashes))
        needed: set[str] = set()
        for start in range(0, len(wanted), HASHES_PER_QUERY_MAX):
            part = wanted[start : start + HASHES_PER_QUERY_MAX]
            for column in columns:
                query = sa.select(column).distinct().where(column.in_(part))
                needed.update(self._connection.execute(query).scalars())
        return needed

    def build_ids(self, archive_id: int) -> list[int]:
        """Ids of an archive's builds; their logs are filed under them."""
        build = schema.build
        query = sa.select(build.c.id).where(build.c.archive_id == archive_id)
        return list(self._connection.execute(query).scalars())

    def delete_rows(self, archive_id: int, jobs_of: str | None = None) -> dict[str, int]:
        """Take every row of an archive away, and its ended jobs; how many of each table."""
        s = schema
        suites = sa.select(s.suite.c.id).where(s.suite.c.archive_id == archive_id)
        builds = sa.select(s.build.c.id).where(s.build.c.archive_id == archive_id)
        attempts = sa.select(s.attempt.c.id).where(s.attempt.c.build_id.in_(builds))
        publications = sa.select(s.publication.c.id).where(s.publication.c.suite_id.in_(suites))
        views = sa.select(s.view.c.id).where(s.view.c.suite_id.in_(suites))
        chroots = sa.select(s.chroot.c.id).where(s.chroot.c.archive_id == archive_id)
        ended_jobs = sa.and_(
            sa.false() if jobs_of is None else s.job.c.archive == jobs_of,
            s.job.c.finished_at.is_not(None),
        )
        deleted: dict[str, int] = {}
        for table, condition in (
            (s.chroot_package, s.chroot_package.c.chroot_id.in_(chroots)),
            (s.chroot, s.chroot.c.archive_id == archive_id),
            (s.attempt_file, s.attempt_file.c.attempt_id.in_(attempts)),
            (s.attempt, s.attempt.c.build_id.in_(builds)),
            (s.event, s.event.c.build_id.in_(builds)),
            (s.delta_binary, s.delta_binary.c.suite_id.in_(suites)),
            (s.delta_source, s.delta_source.c.suite_id.in_(suites)),
            (s.build, s.build.c.archive_id == archive_id),
            (s.campaign, s.campaign.c.archive_id == archive_id),
            (s.rebuild_counter, s.rebuild_counter.c.archive_id == archive_id),
            (s.publication_file, s.publication_file.c.publication_id.in_(publications)),
            (s.publication_pool, s.publication_pool.c.suite_id.in_(suites)),
            (s.publication, s.publication.c.suite_id.in_(suites)),
            (s.view_file, s.view_file.c.view_id.in_(views)),
            (s.view, s.view.c.suite_id.in_(suites)),
            (s.toolchain_swap, s.toolchain_swap.c.suite_id.in_(suites)),
            (s.suite_binary, s.suite_binary.c.suite_id.in_(suites)),
            (s.derivation_parent, s.derivation_parent.c.suite_id.in_(suites)),
            (s.derivation, s.derivation.c.suite_id.in_(suites)),
            (s.taken_source, s.taken_source.c.suite_id.in_(suites)),
            (s.pinned_source, s.pinned_source.c.suite_id.in_(suites)),
            (s.removed_source, s.removed_source.c.suite_id.in_(suites)),
            (s.snapshot_file, s.snapshot_file.c.suite_id.in_(suites)),
            (s.suite_source, s.suite_source.c.suite_id.in_(suites)),
            (s.snapshot, s.snapshot.c.suite_id.in_(suites)),
            (s.suite, s.suite.c.archive_id == archive_id),
            (s.job, ended_jobs),
            (s.archive, s.archive.c.id == archive_id),
        ):
            count = self._connection.execute(table.delete().where(condition)).rowcount
            if count:
                deleted[table.name] = count
        deleted.update(self._delete_unused_releases())
        return deleted

    def _delete_unused_releases(self) -> dict[str, int]:
        """Releases that no suite has any more, and their stanzas. O(all releases)."""
        s = schema
        used_sources = sa.union(
            sa.select(s.suite_source.c.package_id),
            sa.select(s.delta_source.c.package_id),
            sa.select(s.build.c.source_id),
        )
        used_binaries = sa.union(
            sa.select(s.suite_binary.c.package_id),
            sa.select(s.delta_binary.c.package_id),
            sa.select(s.chroot_package.c.binary_id),
        )
        unused_sources = s.source_release.c.id.not_in(used_sources)
        stanzas = sa.union(
            sa.select(s.source_release.c.stanza_id), sa.select(s.binary_release.c.stanza_id)
        )
        deleted = {}
        for table, condition in (
            (
                s.source_file,
                s.source_file.c.source_id.in_(
                    sa.select(s.source_release.c.id).where(unused_sources)
                ),
            ),
            (s.source_release, unused_sources),
            (s.binary_release, s.binary_release.c.id.not_in(used_binaries)),
            (s.stanza, s.stanza.c.id.not_in(stanzas)),
        ):
            count = self._connection.execute(table.delete().where(condition)).rowcount
            if count:
                deleted[table.name] = count
        return deleted
