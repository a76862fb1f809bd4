"""Searches by name through all archives at once: three statements, each bounded."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import interval_holds
from vostok.domain.archive import HIDDEN_MARK, ArchiveKind
from vostok.domain.package import DeltaKind
from vostok.domain.search import FoundArchive, FoundBuild, FoundSource

_ARCHIVE, _SUITE = schema.archive, schema.suite
_SOURCE, _MEMBER = schema.source_release, schema.suite_source
_DERIVATION, _BUILD = schema.derivation, schema.build
_CAMPAIGN = schema.campaign


class SqlSearches:
    """Implements `services.repositories.Searches`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def archives(self, text: str, hidden: Collection[str], limit: int) -> Sequence[FoundArchive]:
        """Archives whose name has the text."""
        name = _ARCHIVE.c.name
        rows = self._connection.execute(
            sa.select(name, _ARCHIVE.c.kind, _ARCHIVE.c.state)
            .where(name.contains(text, autoescape=True), *_seen(hidden))
            .order_by(*_closeness(name, text))
            .limit(limit)
        )
        return [FoundArchive._make(row) for row in rows]

    def sources(self, text: str, hidden: Collection[str], limit: int) -> Sequence[FoundSource]:
        """Current sources of images and what derived archives take."""
        names = self._names(text, hidden, limit)
        found = sa.union_all(
            _in_images(names, hidden), _in_derived(names, hidden), _own(names, hidden)
        ).subquery()
        rows = self._connection.execute(
            sa.select(found)
            .order_by(*_closeness(found.c.name, text), found.c.archive)
            .limit(limit)
        )
        return [FoundSource._make(row) for row in rows]

    def _names(self, text: str, hidden: Collection[str], limit: int) -> Sequence[str]:
        """So many names of sources that have the text, the closest; from an index alone."""
        name = _SOURCE.c.name
        query = sa.select(name).where(name.contains(text, autoescape=True))
        if hidden:  # else a name that must not be known would take the place of another
            query = query.where(
                sa.or_(
                    *(
                        sa.exists()
                        .where(
                            table.c.package_id == _SOURCE.c.id,
                            _SUITE.c.id == table.c.suite_id,
                            _ARCHIVE.c.id == _SUITE.c.archive_id,
                            *_seen(hidden),
                        )
                        .correlate(_SOURCE)
                        for table in (_MEMBER, schema.delta_source)
                    )
                )
            )
        query = query.group_by(name).order_by(*_closeness(name, text)).limit(limit)
        return self._connection.execute(query).scalars().all()

    def builds(self, text: str, hidden: Collection[str], limit: int) -> Sequence[FoundBuild]:
        """The newest records of the sources whose name has the text."""
        newest = (
            sa.select(
                _BUILD.c.archive_id, _BUILD.c.source, _BUILD.c.architecture,
                sa.func.max(_BUILD.c.rebuild_no).label("rebuild_no"),
            )
            .join(_ARCHIVE, _ARCHIVE.c.id == _BUILD.c.archive_id)
            .where(
                _BUILD.c.source.contains(text, autoescape=True),
                *_seen(hidden),
            )
            .group_by(_BUILD.c.archive_id, _BUILD.c.source, _BUILD.c.architecture)
            .order_by(*_closeness(_BUILD.c.source, text), _BUILD.c.archive_id)
            .limit(limit)
            .subquery()
        )  # fmt: skip
        rows = self._connection.execute(
            sa.select(
                _ARCHIVE.c.name, _BUILD.c.source, _BUILD.c.version, _BUILD.c.rebuild_no,
                _BUILD.c.architecture, _BUILD.c.state, _CAMPAIGN.c.number,
            )
            .select_from(newest)
            .join(
                _BUILD,
                sa.and_(
                    _BUILD.c.archive_id == newest.c.archive_id,
                    _BUILD.c.source == newest.c.source,
                    _BUILD.c.rebuild_no == newest.c.rebuild_no,
                    _BUILD.c.architecture == newest.c.architecture,
                ),
            )
            .join(_ARCHIVE, _ARCHIVE.c.id == _BUILD.c.archive_id)
            .outerjoin(_CAMPAIGN, _CAMPAIGN.c.id == _BUILD.c.campaign_id)
            .order_by(
                *_closeness(_BUILD.c.source, text), _ARCHIVE.c.name, _BUILD.c.architecture
            )
        )  # fmt: skip
        return [FoundBuild._make(row) for row in rows]


def _closeness(name: sa.ColumnElement[str], text: str) -> tuple[sa.ColumnElement[Any], ...]:
    """`domain.search.closeness` in SQL."""
    rank = sa.case((name == text, 0), (name.startswith(text, autoescape=True), 1), else_=2)
    return rank, name


def _in_images(names: Sequence[str], hidden: Collection[str]) -> sa.Select[Any]:
    """What the suites of images have at their newest snapshot."""
    return (
        _columns(_MEMBER.c.component, is_derived=False)
        .select_from(_SOURCE)
        .join(_MEMBER, _MEMBER.c.package_id == _SOURCE.c.id)
        .join(_SUITE, _SUITE.c.id == _MEMBER.c.suite_id)
        .join(_ARCHIVE, _ARCHIVE.c.id == _SUITE.c.archive_id)
        .where(
            *_shown(names, hidden),
            _ARCHIVE.c.kind == ArchiveKind.EXTERNAL,
            _MEMBER.c.is_extra.is_(False),
            interval_holds(_MEMBER.c.since, _MEMBER.c.until, _SUITE.c.snapshot),
        )
    )


def _in_derived(names: Sequence[str], hidden: Collection[str]) -> sa.Select[Any]:
    """What derived suites take of their bases: what is named, or all that is not removed."""
    return (
        _columns(_MEMBER.c.component, is_derived=True)
        .select_from(_SOURCE)
        .join(_MEMBER, _MEMBER.c.package_id == _SOURCE.c.id)
        .join(_DERIVATION, _DERIVATION.c.base_suite_id == _MEMBER.c.suite_id)
        .join(
            _SUITE,
            sa.and_(
                _SUITE.c.id == _DERIVATION.c.suite_id,
                _SUITE.c.derivation == _DERIVATION.c.number,
            ),
        )
        .join(_ARCHIVE, _ARCHIVE.c.id == _SUITE.c.archive_id)
        .where(
            *_shown(names, hidden),
            _MEMBER.c.is_extra.is_(False),
            interval_holds(_MEMBER.c.since, _MEMBER.c.until, _DERIVATION.c.base_number),
            sa.or_(
                sa.and_(_DERIVATION.c.is_all.is_(True), ~_told_in(schema.removed_source)),
                sa.and_(_DERIVATION.c.is_all.is_(False), _told_in(schema.taken_source)),
            ),
            ~_changed_here(),
        )
    )


def _own(names: Sequence[str], hidden: Collection[str]) -> sa.Select[Any]:
    """The newest source of each name that a derived archive has of its own, while it stands."""
    delta = schema.delta_source
    later, of_later = schema.delta_source.alias("later"), _SOURCE.alias("of_later")
    has_later = sa.exists().where(
        later.c.suite_id == delta.c.suite_id,
        later.c.id > delta.c.id,
        later.c.kind == DeltaKind.LOCAL_CHANGE,
        of_later.c.id == later.c.package_id,
        of_later.c.name == _SOURCE.c.name,
    )
    return (
        _columns(delta.c.component, is_derived=True)
        .select_from(_SOURCE)
        .join(delta, delta.c.package_id == _SOURCE.c.id)
        .join(_SUITE, _SUITE.c.id == delta.c.suite_id)
        .join(_ARCHIVE, _ARCHIVE.c.id == _SUITE.c.archive_id)
        .where(
            *_shown(names, hidden),
            delta.c.kind == DeltaKind.LOCAL_CHANGE,
            delta.c.superseded_by.is_(None),
            ~has_later,
        )
    )


def _columns(component: sa.ColumnElement[str], *, is_derived: bool) -> sa.Select[Any]:
    """The columns of `FoundSource`."""
    return sa.select(
        _SOURCE.c.name.label("name"),
        _SOURCE.c.version.label("version"),
        _ARCHIVE.c.name.label("archive"),
        _SUITE.c.name.label("suite"),
        component.label("component"),
        (sa.true() if is_derived else sa.false()).label("is_derived"),
    )


def _shown(names: Sequence[str], hidden: Collection[str]) -> list[sa.ColumnElement[bool]]:
    """That a source has one of the names, and the archive may be known."""
    return [_SOURCE.c.name.in_(names), *_seen(hidden)]


def _seen(hidden: Collection[str]) -> list[sa.ColumnElement[bool]]:
    """That the archive may be known, and is not a deleted one whose rows still go."""
    name = _ARCHIVE.c.name
    return [name.not_in(sorted(hidden)), ~name.startswith(HIDDEN_MARK, autoescape=True)]


def _told_in(table: sa.Table) -> sa.ColumnElement[bool]:
    """That a table of sources names this one for the current derivation."""
    return sa.exists().where(
        table.c.suite_id == _SUITE.c.id,
        table.c.source == _SOURCE.c.name,
        interval_holds(table.c.since, table.c.until, _DERIVATION.c.number),
    )


def _changed_here() -> sa.ColumnElement[bool]:
    """That the archive has a source of its own in the place of this one."""
    delta, own = schema.delta_source, _SOURCE.alias("own")
    return sa.exists().where(
        delta.c.suite_id == _SUITE.c.id,
        delta.c.kind == DeltaKind.LOCAL_CHANGE,
        delta.c.superseded_by.is_(None),
        own.c.id == delta.c.package_id,
        own.c.name == _SOURCE.c.name,
    )
