"""Archives, suites, parents."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from vostok.adapters.database import schema
from vostok.adapters.database.derivations import parents_of
from vostok.adapters.database.rows import (
    SUITES,
    archive_value,
    lock_row,
    parts_of,
    seconds,
    suite_value,
)
from vostok.adapters.database.tombstones import find_tombstone
from vostok.domain.access import unknown_archive
from vostok.domain.archive import (
    HIDDEN_MARK,
    Archive,
    ArchiveKind,
    ArchiveState,
    DependencyMode,
    Keep,
    RebuildPolicy,
    Serve,
    Suite,
    SuiteRole,
)
from vostok.domain.derivation import OnRemoval
from vostok.domain.rebuild_version.schemes import VersionScheme
from vostok.errors import ConflictError

_ARCHIVE = schema.archive
_SUITE = schema.suite


class SqlArchives:
    """Implements `services.ports.Archives`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(
        self,
        *,
        name: str,
        kind: ArchiveKind,
        at: datetime,
        requested_by: str,
        tag: str = "",
        policy: RebuildPolicy = RebuildPolicy.NEVER,
        toolchain_id: int | None = None,
        keep: Keep = Keep.NEEDED,
        serve: Serve = Serve.FETCH,
        scheme: VersionScheme = VersionScheme.SAFE,
        vendor: str = "",
    ) -> Archive:
        """A new archive in state `preparing`; the tombstone of its name is taken away."""
        values = {
            "name": name,
            "kind": kind,
            "state": ArchiveState.PREPARING,
            "created_at": seconds(at),
            "requested_by": requested_by,
            "tag": tag,
            "policy": policy,
            "toolchain_id": toolchain_id,
            "key_fingerprint": None,
            "keep": keep,
            "serve": serve,
            "scheme": scheme,
            "vendor": vendor,
        }
        try:
            with self._connection.begin_nested():
                row = self._connection.execute(
                    _ARCHIVE.insert().values(values).returning(_ARCHIVE)
                ).one()
        except IntegrityError:
            raise ConflictError(
                f"there is an archive {name} already",
                hint=f"choose another name, or look at it: vostok archive show {name}",
            ) from None
        self._connection.execute(schema.tombstone.delete().where(schema.tombstone.c.name == name))
        return archive_value(row)

    def find(self, name: str) -> Archive | None:
        """The archive of that name."""
        if name.startswith(HIDDEN_MARK):
            return None
        row = self._connection.execute(sa.select(_ARCHIVE).where(_ARCHIVE.c.name == name)).first()
        return None if row is None else archive_value(row)

    def named(self, name: str) -> Archive:
        """The archive of that name; NotFoundError if there is none, GoneError if it went."""
        archive = self.find(name)
        if archive is None:
            tombstone = find_tombstone(self._connection, name)
            if tombstone is not None:
                raise tombstone.gone()
            raise unknown_archive(name)
        return archive

    def by_id(self, archive_id: int) -> Archive | None:
        """The archive of that id."""
        row = self._connection.execute(
            sa.select(_ARCHIVE).where(_ARCHIVE.c.id == archive_id)
        ).first()
        return None if row is None else archive_value(row)

    def all(self) -> list[Archive]:
        """All archives by name, but for those that are hidden while they are deleted."""
        rows = self._connection.execute(
            sa.select(_ARCHIVE)
            .where(_ARCHIVE.c.name.not_like(f"{HIDDEN_MARK}%"))
            .order_by(_ARCHIVE.c.name)
        )
        return [archive_value(row) for row in rows]

    def set_state(self, archive_id: int, state: ArchiveState) -> None:
        """Mark how far the archive is."""
        self._update(archive_id, state=state)

    def set_key(self, archive_id: int, fingerprint: str) -> None:
        """Remember the archive's signing key."""
        self._update(archive_id, key_fingerprint=fingerprint)

    def _update(self, archive_id: int, **values: str | bool) -> None:
        self._connection.execute(
            _ARCHIVE.update().where(_ARCHIVE.c.id == archive_id).values(values)
        )

    def set_storage(self, archive_id: int, *, keep: Keep, serve: Serve) -> None:
        """Say how the archive gets and gives files that only its parents have."""
        self._update(archive_id, keep=keep, serve=serve)

    def set_accepts_binaries(self, archive_id: int, *, is_accepted: bool) -> None:
        """Say whether uploads may hold binaries beside their source."""
        self._update(archive_id, accepts_binaries=is_accepted)

    def set_policy(self, archive_id: int, policy: RebuildPolicy) -> None:
        """Say when sources of the archive may be built again."""
        self._update(archive_id, policy=policy)

    def lock(self, archive_id: int) -> None:
        """Have others who lock the archive wait until this transaction ends."""
        lock_row(self._connection, schema.archive, archive_id)

    def set_scheme(self, archive_id: int, *, scheme: VersionScheme, vendor: str) -> None:
        """Say how the archive makes the versions of its rebuilds."""
        self._update(archive_id, scheme=scheme, vendor=vendor)

    def set_makes_binnmus(self, archive_id: int, *, makes_binnmus: bool) -> None:
        """Say whether an external archive may rebuild as `+bN` itself."""
        self._update(archive_id, makes_binnmus=makes_binnmus)

    def set_makes_ubuntu_versions(self, archive_id: int, *, are_made: bool) -> None:
        """Say whether an external archive may make `buildN` and `ubuntuN` itself."""
        self._update(archive_id, makes_ubuntu_versions=are_made)

    def add_suite(
        self,
        *,
        archive_id: int,
        name: str,
        codename: str,
        components: Sequence[str],
        architectures: Sequence[str],
        mirror: str | None = None,
        mirrors: Mapping[str, str] | None = None,
        role: SuiteRole = SuiteRole.SUITE,
        dependencies: DependencyMode = DependencyMode.OWN,
        on_removal: OnRemoval = OnRemoval.DROP,
    ) -> Suite:
        """A new suite, empty, at snapshot, derivation, edition and publication 0."""
        suite_id = self._connection.execute(
            _SUITE.insert()
            .values(
                archive_id=archive_id,
                role=role,
                name=name,
                codename=codename,
                components=list(components),
                architectures=list(architectures),
                mirror=mirror,
                mirrors=dict(mirrors or {}),
                snapshot=0,
                derivation=0,
                edition=0,
                publication=0,
                dependencies=dependencies,
                on_removal=on_removal,
            )
            .returning(_SUITE.c.id)
        ).scalar_one()
        return self.suite(suite_id)

    def suite(self, suite_id: int) -> Suite:
        """The suite of that id."""
        (found,) = self._suites(SUITES.where(_SUITE.c.id == suite_id))
        return found

    def suites(self, archive_id: int) -> list[Suite]:
        """The suites of an archive that people see, in the order in which they came."""
        return self._suites(
            SUITES.where(
                _SUITE.c.archive_id == archive_id, _SUITE.c.role == SuiteRole.SUITE
            ).order_by(_SUITE.c.id)
        )

    def suites_of(self, archive_ids: Collection[int]) -> dict[int, list[Suite]]:
        """The suites of several archives. See `services.repositories.Archives`."""
        found: dict[int, list[Suite]] = {}
        for part in parts_of(archive_ids):
            query = SUITES.where(_SUITE.c.archive_id.in_(part), _SUITE.c.role == SuiteRole.SUITE)
            for suite in self._suites(query.order_by(_SUITE.c.id)):
                found.setdefault(suite.archive_id, []).append(suite)
        return found

    def children_of(self, archive_id: int) -> list[Archive]:
        """The archives whose first parent is this one, by name."""
        parent, of_parent = schema.derivation_parent, _SUITE.alias("of_parent")
        is_first = sa.and_(
            parent.c.suite_id == _SUITE.c.id,
            parent.c.derivation == _SUITE.c.derivation,
            parent.c.position == 0,
        )
        children = (
            sa.select(_SUITE.c.archive_id)
            .join(parent, is_first)
            .join(of_parent, of_parent.c.id == parent.c.parent_suite_id)
            .where(of_parent.c.archive_id == archive_id, _SUITE.c.role == SuiteRole.SUITE)
        )
        rows = self._connection.execute(
            sa.select(_ARCHIVE)
            .where(_ARCHIVE.c.id.in_(children), _ARCHIVE.c.name.not_like(f"{HIDDEN_MARK}%"))
            .order_by(_ARCHIVE.c.name)
        )
        return [archive_value(row) for row in rows]

    def find_suite(
        self, archive_id: int, name: str, role: SuiteRole = SuiteRole.SUITE
    ) -> Suite | None:
        """The suite of that name or codename."""
        found = self._suites(
            SUITES.where(
                _SUITE.c.archive_id == archive_id,
                _SUITE.c.role == role,
                sa.or_(_SUITE.c.name == name, _SUITE.c.codename == name),
            ).order_by(_SUITE.c.name != name)
        )
        return found[0] if found else None

    def _suites(self, query: sa.Select[Any]) -> list[Suite]:
        rows = self._connection.execute(query).all()
        parents = parents_of(
            self._connection, [(row.id, row.derivation) for row in rows if row.derivation]
        )
        return [suite_value(row, parents.get((row.id, row.derivation), ())) for row in rows]

    def set_snapshot(self, suite_id: int, number: int) -> None:
        """Note the number of an image's newest snapshot."""
        self._connection.execute(
            _SUITE.update().where(_SUITE.c.id == suite_id).values(snapshot=number)
        )

    def set_suite_source(
        self,
        suite_id: int,
        *,
        codename: str,
        components: Sequence[str],
        architectures: Sequence[str],
        mirror: str,
        mirrors: Mapping[str, str],
    ) -> None:
        """Note what the newest import of an external suite held."""
        self._connection.execute(
            _SUITE.update()
            .where(_SUITE.c.id == suite_id)
            .values(
                codename=codename,
                components=list(components),
                architectures=list(architectures),
                mirror=mirror,
                mirrors=dict(mirrors),
            )
        )

    def derived_from(self, archive_id: int) -> list[str]:
        """Names of the archives that have, or had, a suite of this one as parent."""
        child, parent = _SUITE.alias("child"), schema.derivation_parent
        rows = self._connection.execute(
            sa.select(_ARCHIVE.c.name)
            .distinct()
            .join(child, child.c.archive_id == _ARCHIVE.c.id)
            .join(parent, parent.c.suite_id == child.c.id)
            .join(_SUITE, _SUITE.c.id == parent.c.parent_suite_id)
            .where(_SUITE.c.archive_id == archive_id, _ARCHIVE.c.id != archive_id)
            .order_by(_ARCHIVE.c.name)
        )
        return [row.name for row in rows]
