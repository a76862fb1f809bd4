"""What a derived suite has of its own, and since which edition and publication."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.bulk import IncomingBinaries, IncomingSources
from vostok.adapters.database.given_rows import given_rows
from vostok.adapters.database.rows import interval_holds, lock_row, parts_of, seconds
from vostok.adapters.database.swaps import SqlSwaps
from vostok.domain.package import (
    BinaryMember,
    DeltaKind,
    Membership,
    NewBinary,
    NewSource,
    OwnBinary,
    SourceRelease,
)
from vostok.domain.sync import LocalChange

NAMES_PER_QUERY_MAX = 10_000

_BINARY = schema.binary_release
_NAMED = _BINARY.alias("named")
_SOURCE = schema.source_release
_DELTA = schema.delta_binary
_DELTA_SOURCE = schema.delta_source


class SqlDeltas(SqlSwaps):
    """Implements `services.repositories.Deltas`."""

    def add(
        self,
        suite_id: int,
        *,
        kind: DeltaKind,
        sources: Sequence[NewSource],
        binaries: Sequence[NewBinary],
        build_id: int | None = None,
        toolchain_id: int | None = None,
        base_version: str | None = None,
        superseded_by: int | None = None,
        is_view_only: bool = False,
    ) -> None:
        """Store releases made here; no edition and no publication shows them yet.

        Raises:
            ConflictError: a binary has the name, version and architecture of one that the
                archive has already, and other bytes (I6).
        """
        self.lock(suite_id)  # so that ids rise as they commit
        mark = {
            "kind": kind,
            "build_id": build_id,
            "toolchain_id": toolchain_id,
            "superseded_by": superseded_by,
        }
        IncomingSources(self._connection).add(
            suite_id, {**mark, "base_version": base_version}, sources
        )
        IncomingBinaries(self._connection).add(
            suite_id, {**mark, "is_view_only": is_view_only}, binaries
        )

    def lock(self, suite_id: int) -> None:
        """Have others who add to the suite, or change what it takes, wait for the end of this."""
        lock_row(self._connection, schema.suite, suite_id)

    def has_shown(self, suite_id: int, toolchain_id: int | None) -> bool:
        """Whether clients see something made in a suite, or will with the next publication."""
        query = sa.select(_DELTA.c.id).where(
            _DELTA.c.suite_id == suite_id,
            _DELTA.c.superseded_by.is_(None),
            _DELTA.c.until_publication.is_(None),
            _DELTA.c.is_view_only.is_(False),
            sa.or_(_DELTA.c.toolchain_id.is_(None), _DELTA.c.toolchain_id == toolchain_id),
        )
        return self._connection.execute(query.limit(1)).first() is not None

    def has_pending(self, suite_id: int) -> bool:
        """Whether something waits for the next edition."""
        query = sa.select(_DELTA.c.id).where(
            _DELTA.c.suite_id == suite_id,
            _DELTA.c.since_edition.is_(None),
            _DELTA.c.superseded_by.is_(None),
        )
        return self._connection.execute(query.limit(1)).first() is not None

    def cut_edition(self, suite_id: int, at: datetime) -> int:
        """The next edition, which shows all that waited for it; its number."""
        suite = schema.suite
        number: int = self._connection.execute(
            suite.update()
            .where(suite.c.id == suite_id)
            .values(edition=suite.c.edition + 1, edition_at=seconds(at))
            .returning(suite.c.edition)
        ).scalar_one()
        self._connection.execute(
            _DELTA.update()
            .where(
                _DELTA.c.suite_id == suite_id,
                _DELTA.c.since_edition.is_(None),
                _DELTA.c.superseded_by.is_(None),
            )
            .values(since_edition=number)
        )
        self._close_superseded(suite_id, "edition", number)
        self._close_older(suite_id, "edition", number)
        return number

    def edition_at(self, suite_id: int) -> float | None:
        """When the newest edition was cut, in seconds since 1970."""
        suite = schema.suite
        query = sa.select(suite.c.edition_at).where(suite.c.id == suite_id)
        at: float | None = self._connection.execute(query).scalar_one()
        return at

    def publish(self, suite_id: int, number: int, delta_ids: Iterable[int]) -> None:
        """Show these binaries from publication `number` on, in the place of older ones."""
        ids = sorted(delta_ids)
        for start in range(0, len(ids), 10_000):
            self._connection.execute(
                _DELTA.update()
                .where(_DELTA.c.id.in_(ids[start : start + 10_000]))
                .values(since_publication=number)
            )
        self._close_superseded(suite_id, "publication", number)
        self._close_older(suite_id, "publication", number)

    def _close_superseded(self, suite_id: int, what: str, number: int) -> None:
        """End what the parents' own version has taken the place of."""
        self._connection.execute(
            _DELTA.update()
            .where(
                _DELTA.c.suite_id == suite_id,
                _DELTA.c.superseded_by.is_not(None),
                _DELTA.c[f"since_{what}"].is_not(None),
                _DELTA.c[f"until_{what}"].is_(None),
            )
            .values({f"until_{what}": number})
        )

    def _close_older(self, suite_id: int, what: str, number: int) -> None:
        """End what is older than the newest shown of its name. One sort: O(own binaries)."""
        shown = sa.case((_DELTA.c[f"since_{what}"].is_not(None), _DELTA.c.id))
        like = (_BINARY.c.name, _BINARY.c.architecture, sa.func.coalesce(_DELTA.c.toolchain_id, 0))
        current = (
            sa.select(
                _DELTA.c.id, sa.func.max(shown).over(partition_by=like).label("newest_shown")
            )
            .join(_BINARY, _BINARY.c.id == _DELTA.c.package_id)
            .where(_DELTA.c.suite_id == suite_id, _DELTA.c[f"until_{what}"].is_(None))
            .subquery()
        )
        replaced = sa.select(current.c.id).where(current.c.id < current.c.newest_shown)
        self._connection.execute(
            _DELTA.update()
            .where(_DELTA.c.id.in_(replaced.scalar_subquery()))
            .values({f"until_{what}": number})
        )

    def binaries_in_edition(
        self,
        suite_id: int,
        edition: int,
        toolchain_id: int | None,
        *,
        names: Collection[str] | None = None,
    ) -> list[OwnBinary]:
        """Own binaries that a view shows: those of no toolchain, and those of this one.

        All, or those of these names: then it costs the names.
        """
        conditions = [
            interval_holds(_DELTA.c.since_edition, _DELTA.c.until_edition, edition),
            sa.or_(_DELTA.c.toolchain_id.is_(None), _DELTA.c.toolchain_id == toolchain_id),
        ]
        if names is None:
            return self._binaries(suite_id, *conditions)
        found: list[OwnBinary] = []
        wanted = ((name,) for name in sorted(set(names)))
        for given in given_rows(self._connection, {"name": _BINARY.c.name.type}, wanted):
            of_names = sa.select(_NAMED.c.id).where(_NAMED.c.name.in_(sa.select(given.c.name)))
            found += self._binaries(suite_id, *conditions, _DELTA.c.package_id.in_(of_names))
        return sorted(found, key=attrgetter("delta_id"))

    def published_binaries(self, suite_id: int, publication: int) -> list[OwnBinary]:
        """Own binaries that a publication shows."""
        return self._binaries(
            suite_id,
            interval_holds(_DELTA.c.since_publication, _DELTA.c.until_publication, publication),
        )

    def unpublished_binaries(self, suite_id: int) -> list[OwnBinary]:
        """Accepted own binaries that no publication has shown and none newer replaced."""
        return self._binaries(
            suite_id,
            _DELTA.c.since_publication.is_(None),
            _DELTA.c.until_publication.is_(None),
            _DELTA.c.superseded_by.is_(None),
            _DELTA.c.is_view_only.is_(False),
        )

    def own_binaries_of(self, suite_id: int, source: str) -> list[OwnBinary]:
        """All accepted own binaries of a source that nothing newer replaced in the view."""
        return self._binaries(
            suite_id,
            _BINARY.c.source_name == source,
            _DELTA.c.until_edition.is_(None),
            _DELTA.c.superseded_by.is_(None),
        )

    def accepted_binaries(self, suite_id: int) -> list[OwnBinary]:
        """All accepted own binaries that nothing newer replaced in the view, shown yet or not."""
        return self._binaries(
            suite_id, _DELTA.c.until_edition.is_(None), _DELTA.c.superseded_by.is_(None)
        )

    def binaries_of_versions(
        self, suite_id: int, versions: Mapping[str, str | None], *, edition: int | None = None
    ) -> list[OwnBinary]:
        """Own binaries of sources in these versions. See `services.repositories.Deltas`."""
        conditions: list[sa.ColumnElement[bool]] = [
            _DELTA.c.toolchain_id.is_(None),
            _BINARY.c.source_name.in_(list(versions)),
        ]
        if edition is not None:
            conditions.append(_DELTA.c.since_edition <= edition)
        return [
            binary
            for binary in self._binaries(suite_id, *conditions)
            if versions[binary.source_name] in (None, binary.source_version)
        ]

    def _binaries(self, suite_id: int, *conditions: sa.ColumnElement[bool]) -> list[OwnBinary]:
        rows = self._connection.execute(
            sa.select(
                _DELTA.c.id.label("delta_id"),
                _DELTA.c.package_id.label("binary_id"),
                _DELTA.c.kind,
                _DELTA.c.toolchain_id,
                _DELTA.c.build_id,
                _DELTA.c.component,
                _DELTA.c.superseded_by.is_not(None).label("is_superseded"),
                _BINARY.c.name,
                _BINARY.c.version,
                _BINARY.c.architecture,
                _BINARY.c.source_name,
                _BINARY.c.source_version,
                _BINARY.c.filename,
                _BINARY.c.size,
                _BINARY.c.sha256,
                _BINARY.c.stanza_id.label("paragraph_id"),
                schema.stanza.c.text.label("stanza"),
            )
            .join(_BINARY, _BINARY.c.id == _DELTA.c.package_id)
            .join(schema.stanza, schema.stanza.c.id == _BINARY.c.stanza_id)
            .where(_DELTA.c.suite_id == suite_id, *conditions)
            .order_by(_DELTA.c.id)
        )
        return [
            OwnBinary(**{**row._mapping, "kind": DeltaKind(row.kind)})  # noqa: SLF001 - public, but for its name
            for row in rows
        ]

    def own_sources(self, suite_id: int) -> list[SourceRelease]:
        """Every source release made here."""
        rows = self._connection.execute(
            sa.select(_SOURCE, schema.stanza.c.text, _DELTA_SOURCE.c.component)
            .join(_DELTA_SOURCE, _DELTA_SOURCE.c.package_id == _SOURCE.c.id)
            .join(schema.stanza, schema.stanza.c.id == _SOURCE.c.stanza_id)
            .where(_DELTA_SOURCE.c.suite_id == suite_id)
            .order_by(_DELTA_SOURCE.c.id)
        )
        return [
            SourceRelease(
                id=row.id,
                name=row.name,
                version=row.version,
                architecture=row.architecture,
                component=row.component,
                directory=row.directory,
                stanza=row.text,
            )
            for row in rows
        ]

    # Beside the parents -------------------------------------------------------------------

    def local_changes(self, suite_id: int) -> dict[str, LocalChange]:
        """The newest source of somebody's own for each name, unless the parents took its place."""
        rows = self._connection.execute(
            sa.select(_SOURCE.c.name, _SOURCE.c.version, _DELTA_SOURCE.c.base_version)
            .join(_DELTA_SOURCE, _DELTA_SOURCE.c.package_id == _SOURCE.c.id)
            .where(
                _DELTA_SOURCE.c.suite_id == suite_id,
                _DELTA_SOURCE.c.kind == DeltaKind.LOCAL_CHANGE,
                _DELTA_SOURCE.c.superseded_by.is_(None),
            )
            .order_by(_DELTA_SOURCE.c.id)
        )
        return {
            row.name: LocalChange(
                source=row.name, version=row.version, base_version=row.base_version
            )
            for row in rows
        }

    def supersede(
        self, suite_id: int, derivation: int, sources: Iterable[str], kinds: Iterable[DeltaKind]
    ) -> None:
        """Let the parents' own packages of these sources stand in the place of what was made here.

        Views and publications that are there show what they showed; the next ones do not.
        """
        names, which = sorted(set(sources)), list(kinds)
        for table, release, column in (
            (_DELTA_SOURCE, _SOURCE, _SOURCE.c.name),
            (_DELTA, _BINARY, _BINARY.c.source_name),
        ):
            for start in range(0, len(names), NAMES_PER_QUERY_MAX):
                part = names[start : start + NAMES_PER_QUERY_MAX]
                of_sources = sa.select(release.c.id).where(column.in_(part))
                self._connection.execute(
                    table.update()
                    .where(
                        table.c.suite_id == suite_id,
                        table.c.kind.in_(which),
                        table.c.superseded_by.is_(None),
                        table.c.package_id.in_(of_sources),
                    )
                    .values(superseded_by=derivation)
                )

    def contradicting(self, suite_id: int, base: Membership) -> BinaryMember | None:
        """A binary of a base that was made here as well, under the same version, with other bytes.

        O(own binaries).
        """
        like, members = _BINARY.alias("like"), schema.suite_binary
        row = self._connection.execute(
            sa.select(
                like.c.id, like.c.name, like.c.version, like.c.architecture, like.c.source_name,
                like.c.source_version, like.c.sha256, members.c.component,
                members.c.index_architecture,
            )
            .select_from(_DELTA)
            .join(_BINARY, _BINARY.c.id == _DELTA.c.package_id)
            .join(
                like,
                sa.and_(
                    like.c.name == _BINARY.c.name,
                    like.c.version == _BINARY.c.version,
                    like.c.architecture == _BINARY.c.architecture,
                    like.c.sha256 != _BINARY.c.sha256,
                ),
            )
            .join(members, members.c.package_id == like.c.id)
            .where(
                _DELTA.c.suite_id == suite_id,
                members.c.suite_id == base.suite_id,
                interval_holds(members.c.since, members.c.until, base.number),
            )
            .limit(1)
        ).first()  # fmt: skip
        return None if row is None else BinaryMember._make(row)

    def set_base_versions(self, suite_id: int, versions: Mapping[str, str]) -> None:
        """Note what local changes are compared with from now on: source -> parents' version."""
        for source, version in versions.items():
            of_source = sa.select(_SOURCE.c.id).where(_SOURCE.c.name == source)
            self._connection.execute(
                _DELTA_SOURCE.update()
                .where(
                    _DELTA_SOURCE.c.suite_id == suite_id,
                    _DELTA_SOURCE.c.kind == DeltaKind.LOCAL_CHANGE,
                    _DELTA_SOURCE.c.superseded_by.is_(None),
                    _DELTA_SOURCE.c.package_id.in_(of_source),
                )
                .values(base_version=version)
            )

    def own_bytes_of(self, suite_ids: Collection[int]) -> dict[int, int]:
        """How large the packages made here are. See `services.repositories.Deltas`."""
        found: dict[int, int] = {}
        for part in parts_of(suite_ids):
            files = (
                sa.select(
                    _DELTA.c.suite_id, _BINARY.c.sha256, sa.func.max(_BINARY.c.size).label("size")
                )
                .join(_DELTA, _DELTA.c.package_id == _BINARY.c.id)
                .where(_DELTA.c.suite_id.in_(part))
                .group_by(_DELTA.c.suite_id, _BINARY.c.sha256)
                .subquery()
            )
            rows = self._connection.execute(
                sa.select(files.c.suite_id, sa.func.sum(files.c.size)).group_by(files.c.suite_id)
            )
            found |= {suite_id: int(size) for suite_id, size in rows}
        return found
