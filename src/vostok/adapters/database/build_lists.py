"""Pieces of long lists of builds: chosen, counted, sorted and cut by the database."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from itertools import starmap
from typing import Any, Final

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.build_rows import BUILDS, build_value
from vostok.adapters.database.mass_rows import plain_rows
from vostok.adapters.database.rows import moment_or_none, parts_of
from vostok.adapters.database.rows import seconds as seconds_of
from vostok.debian.version import Version
from vostok.domain.badge import UNWANTED
from vostok.domain.build import Build, Reach
from vostok.domain.build_list import ATTENTION, BuildList, BuildOrder
from vostok.domain.campaign_comparison import PlacedBuild
from vostok.errors import NotFoundError

VERSIONS_KEPT_MAX: Final = 50_000
"""Whose orders are kept: those of one campaign for everything, about 20 MB."""

_BUILD = schema.build
_ATTEMPT = schema.attempt
_BY_SOURCE = (_BUILD.c.source, _BUILD.c.architecture, _BUILD.c.rebuild_no)


class SqlBuildLists:
    """Implements `services.repositories.BuildLists`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def of_campaign(self, campaign_id: int, asked: BuildList) -> list[Build]:
        """The builds of a piece of a campaign's list, in its order."""
        return self.with_ids(self.ids_of_campaign(campaign_id, asked))

    def ids_of_campaign(self, campaign_id: int, asked: BuildList) -> Sequence[int]:
        """The ids of the same builds."""
        ids = sa.select(_BUILD.c.id).where(*self._conditions(campaign_id, asked))
        if asked.after is not None:
            ids = ids.where(self._is_behind(asked.after))
        if asked.order is BuildOrder.VERSION:
            return self._by_version(ids, asked)
        piece = _sorted(ids, asked).limit(asked.limit).offset(asked.offset)
        return self._connection.execute(piece).scalars().all()

    def count_of_campaign(self, campaign_id: int, asked: BuildList) -> int:
        """How many builds the whole list has."""
        query = sa.select(sa.func.count()).select_from(_BUILD)
        conditions = self._conditions(campaign_id, asked)
        return self._connection.execute(query.where(*conditions)).scalar_one()

    def of_sources(self, campaign_id: int, asked: BuildList) -> list[Build]:
        """All builds of the sources of a piece of a campaign's list, source by source."""
        sources = self.sources_of_campaign(campaign_id, asked)
        rows = self._connection.execute(
            BUILDS.where(_BUILD.c.campaign_id == campaign_id, _BUILD.c.source.in_(sources))
        ).all()
        places = {source: place for place, source in enumerate(sources)}
        builds = [build_value(row) for row in rows]
        return sorted(
            builds, key=lambda build: (places[build.source], build.architecture, build.id)
        )

    def sources_of_campaign(self, campaign_id: int, asked: BuildList) -> Sequence[str]:
        """The names of these sources."""
        names = (
            sa.select(_BUILD.c.source)
            .where(*self._conditions(campaign_id, asked))
            .group_by(_BUILD.c.source)
        )
        order: list[sa.ColumnElement[Any]] = [_BUILD.c.source]
        if asked.order is BuildOrder.STATE:
            order.insert(0, sa.func.min(_attention()))
        order[0] = order[0].desc() if asked.descending else order[0]
        piece = names.order_by(*order).limit(asked.limit).offset(asked.offset)
        return self._connection.execute(piece).scalars().all()

    def count_of_sources(self, campaign_id: int, asked: BuildList) -> int:
        """How many sources the whole list has."""
        count = sa.func.count(_BUILD.c.source.distinct())
        conditions = self._conditions(campaign_id, asked)
        return self._connection.execute(sa.select(count).where(*conditions)).scalar_one()

    def places_of_campaign(self, campaign_id: int) -> Sequence[PlacedBuild]:
        """Every build, with no more of it than a comparison needs. O(builds)."""
        columns = (_BUILD.c[name] for name in PlacedBuild._fields)
        query = sa.select(*columns).where(_BUILD.c.campaign_id == campaign_id)
        return list(starmap(PlacedBuild, plain_rows(self._connection, query)))

    def extent(self, campaign_id: int) -> tuple[int, datetime | None]:
        """How many builds a campaign has, and when the last that ended did. O(builds)."""
        query = sa.select(sa.func.count(), sa.func.max(_BUILD.c.finished_at))
        found = self._connection.execute(query.where(_BUILD.c.campaign_id == campaign_id)).one()
        return found[0], moment_or_none(found[1])

    def ends(
        self, campaign_id: int, began: datetime, seconds: int
    ) -> Sequence[tuple[int, str, int]]:
        """(piece of so many seconds since it began, state, builds that ended in it). O(builds)."""
        since = sa.cast(_BUILD.c.finished_at - seconds_of(began), sa.Integer)
        place = (since // seconds).label("place")
        rows = self._connection.execute(
            sa.select(place, _BUILD.c.state, sa.func.count().label("builds"))
            .where(_BUILD.c.campaign_id == campaign_id, _BUILD.c.finished_at.is_not(None))
            .group_by(place, _BUILD.c.state)
        )
        return [(row.place, row.state, row.builds) for row in rows]

    @staticmethod
    def _conditions(campaign_id: int, asked: BuildList) -> list[sa.ColumnElement[bool]]:
        conditions: list[sa.ColumnElement[bool]] = [_BUILD.c.campaign_id == campaign_id]
        if asked.states:
            conditions.append(_BUILD.c.state.in_(sorted(asked.states)))
        if asked.text:  # names of sources have no capitals
            conditions.append(_BUILD.c.source.contains(asked.text.lower(), autoescape=True))
        if asked.architecture:
            conditions.append(_BUILD.c.architecture == asked.architecture)
        return conditions

    def _is_behind(self, build_id: int) -> sa.ColumnElement[bool]:
        """That a build comes behind another in the order of sources."""
        row = self._connection.execute(
            sa.select(*_BY_SOURCE).where(_BUILD.c.id == build_id)
        ).first()
        if row is None:
            raise NotFoundError(
                f"there is no build {build_id} after which the list could go on",
                hint="begin again without: after",
            )
        return sa.tuple_(*_BY_SOURCE) > sa.tuple_(*(sa.literal(value) for value in row))

    def _by_version(self, ids: sa.Select[Any], asked: BuildList) -> list[int]:
        """Ids in an order that databases do not know. O(list)."""
        rows = plain_rows(
            self._connection, ids.add_columns(_BUILD.c.version).order_by(*_BY_SOURCE)
        )
        ordered = sorted(rows, key=lambda row: _order_of(row[1]), reverse=asked.descending)
        return [build_id for build_id, _ in ordered[asked.offset : asked.offset + asked.limit]]

    def newest_states(self, archive_id: int) -> dict[str, int]:
        """The states of newest builds. See `services.repositories.BuildLists`."""
        place = sa.func.row_number().over(
            partition_by=(_BUILD.c.source, _BUILD.c.architecture),
            order_by=_BUILD.c.rebuild_no.desc(),
        )
        builds = (
            sa.select(_BUILD.c.state, place.label("place"))
            .where(
                _BUILD.c.archive_id == archive_id,
                _BUILD.c.reach != Reach.NOWHERE,
                _BUILD.c.state.not_in(UNWANTED),
            )
            .subquery()
        )
        rows = self._connection.execute(
            sa.select(builds.c.state, sa.func.count())
            .where(builds.c.place == 1)
            .group_by(builds.c.state)
        )
        return {state: count for state, count in rows}  # noqa: C416 - a row is no tuple to mypy

    def with_ids(self, ids: Sequence[int]) -> list[Build]:
        """The builds with some ids, in their order."""
        found: dict[int, Build] = {}
        for part in parts_of(ids):
            rows = self._connection.execute(BUILDS.where(_BUILD.c.id.in_(part)))
            found |= {row.id: build_value(row) for row in rows}
        return [found[build_id] for build_id in ids if build_id in found]


@lru_cache(maxsize=VERSIONS_KEPT_MAX)
def _order_of(version: str) -> str:
    return Version.parse(version).order


def _sorted(ids: sa.Select[Any], asked: BuildList) -> sa.Select[Any]:
    """The query in the order that is asked for."""
    key: sa.ColumnElement[Any]
    match asked.order:
        case BuildOrder.SOURCE:
            key = _BUILD.c.source
        case BuildOrder.ARCHITECTURE:
            key = _BUILD.c.architecture
        case BuildOrder.REBUILD:
            key = _BUILD.c.rebuild_no
        case BuildOrder.STATE:
            key = _attention()
        case BuildOrder.SECONDS:
            ids = _with_attempt(ids)
            key = sa.func.coalesce(_ATTEMPT.c.finished_at - _ATTEMPT.c.started_at, 0)
        case BuildOrder.COMPILER | BuildOrder.VERSION:  # the latter is not sorted here
            ids = _with_attempt(ids)
            first = _ATTEMPT.c.result["proof", "producers", 0, "producer"].as_string()
            key = sa.func.coalesce(first, "")
    return ids.order_by(key.desc() if asked.descending else key, *_BY_SOURCE)


def _attention() -> sa.ColumnElement[Any]:
    """The place of a build's state among what people should look at first."""
    places = {str(state): place for place, state in enumerate(ATTENTION)}
    return sa.case(places, value=_BUILD.c.state)


def _with_attempt(ids: sa.Select[Any]) -> sa.Select[Any]:
    """The query with each build's newest attempt."""
    is_newest = sa.and_(_ATTEMPT.c.build_id == _BUILD.c.id, _ATTEMPT.c.number == _BUILD.c.attempt)
    return ids.outerjoin(_ATTEMPT, is_newest)
