"""Pieces of the list of a suite's sources: chosen, counted and cut by the database."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import interval_holds
from vostok.domain.archive import Suite
from vostok.domain.source_list import SourceList
from vostok.errors import InvalidInputError
from vostok.services.repositories.source_lists import ListedName

_SOURCE, _MEMBER = schema.source_release, schema.suite_source
_STANZA = schema.stanza
SECTION = "\nSection: "


class SqlSourceLists:
    """Implements `services.repositories.SourceLists`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def taken(self, suite: Suite, asked: SourceList) -> Sequence[ListedName]:
        """A piece of what a derived suite takes of its parents, by name."""
        name = _SOURCE.c.name
        columns = (name, _SOURCE.c.version, _MEMBER.c.component, _SOURCE.c.stanza_id)
        query = self._taken(suite, asked, *columns)
        if asked.after:
            query = query.where(name > asked.after)
        if asked.before:
            query = query.where(name < asked.before)
        query = query.order_by(name.desc() if asked.before else name)
        if asked.limit is not None:
            query = query.limit(asked.limit)
        found = [ListedName._make(row) for row in self._connection.execute(query)]
        return found[::-1] if asked.before else found

    def count_taken(self, suite: Suite, asked: SourceList) -> int:
        """How many sources the whole list has, of which a piece is asked for."""
        counted = self._taken(suite, asked, sa.func.count())
        return int(self._connection.execute(counted).scalar_one())

    def _taken(
        self, suite: Suite, asked: SourceList, *columns: sa.ColumnElement[Any]
    ) -> sa.Select[Any]:
        query = _taken(suite, asked, *columns)
        if not asked.section:
            return query
        is_there = _is_in_section(self._connection.dialect.name, suite, asked.section)
        return query.join(_STANZA, _STANZA.c.id == _SOURCE.c.stanza_id).where(is_there)


def _taken(suite: Suite, asked: SourceList, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    derivation = suite.derivation
    if derivation is None:
        raise InvalidInputError(f"the suite {suite.name} is not derived from another")
    query = (
        sa.select(*columns)
        .select_from(_SOURCE)
        .join(_MEMBER, _MEMBER.c.package_id == _SOURCE.c.id)
        .where(
            _MEMBER.c.suite_id == derivation.base.suite_id,
            interval_holds(_MEMBER.c.since, _MEMBER.c.until, derivation.base.number),
            _MEMBER.c.is_extra.is_(False),
            _stands(suite, derivation.number, is_all=derivation.is_all),
        )
    )
    if asked.text:  # names of sources have no capitals
        query = query.where(_SOURCE.c.name.contains(asked.text.lower(), autoescape=True))
    if asked.component:
        query = query.where(_MEMBER.c.component == asked.component)
    return query


def _stands(suite: Suite, number: int, *, is_all: bool) -> sa.ColumnElement[bool]:
    """That the derivation takes the source: it is named, or everything is that is not removed."""
    table = schema.removed_source if is_all else schema.taken_source
    names = sa.select(table.c.source).where(
        table.c.suite_id == suite.id, interval_holds(table.c.since, table.c.until, number)
    )
    return _SOURCE.c.name.not_in(names) if is_all else _SOURCE.c.name.in_(names)


def _is_in_section(dialect: str, suite: Suite, section: str) -> sa.ColumnElement[bool]:
    """That the paragraph says so, with or without a component before the slash.

    PostgreSQL unpacks a long text anew for each condition on it, so there is one.
    """
    values = [section, *(f"{component}/{section}" for component in suite.components)]
    text = _STANZA.c.text
    if dialect == "postgresql":
        behind = sa.func.split_part(text, SECTION, 2)
        return sa.func.split_part(behind, "\n", 1).in_(values)
    lines = [f"{SECTION}{value}" for value in values]
    return sa.or_(
        *(text.contains(f"{line}\n", autoescape=True) for line in lines),
        *(text.endswith(line, autoescape=True) for line in lines),
    )
