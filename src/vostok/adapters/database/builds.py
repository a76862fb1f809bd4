"""Build records and their events."""

from collections.abc import Collection, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.build_changes import SqlBuildChanges
from vostok.adapters.database.build_rows import BUILDS, build_value, build_values
from vostok.adapters.database.given_rows import given_rows
from vostok.adapters.database.mass_rows import insert_rows, plain_rows
from vostok.adapters.database.rows import seconds
from vostok.domain.archive import ArchiveState
from vostok.domain.build import (
    LIVE_STATES,
    STATE_SENTENCES,
    UNFINISHED_STATES,
    Build,
    BuildState,
    Fate,
    NewBuild,
    Reach,
    RebuildForm,
)
from vostok.domain.campaign import CampaignState
from vostok.domain.rebuild_request import Record
from vostok.errors import ConflictError, NotFoundError

_BUILD = schema.build
_EVENT = schema.event
_OF_NEW_BUILDS = (
    "source_id", "source", "source_version", "architecture", "builder_architecture", "part",
    "rebuild_no", "version", "version_before", "form", "reach", "control_of", "warning",
    "new_source_id",
)  # fmt: skip
"""The columns of `_new_rows`."""
_plain = str.__str__
"""A `StrEnum` as the database's own kind of text; a third of the time of its `value`."""
_CAMPAIGN = schema.campaign
_IS_HERE = sa.and_(
    _BUILD.c.state == BuildState.BUILT,
    _BUILD.c.reach != Reach.NOWHERE,  # else it was looked at, and is not here
)


class SqlBuilds(SqlBuildChanges):
    """Implements `services.ports.Builds`."""

    def add(
        self,
        archive_id: int,
        suite_id: int,
        campaign_id: int | None,
        builds: Sequence[NewBuild],
        *,
        score: int,
        actor: str,
        at: datetime,
        why: str,
        state: BuildState = BuildState.NEEDS_BUILD,
    ) -> None:
        """New records in one state, with `why` as their first event, in sets.

        Raises:
            ConflictError: a slot has a live build already (I2), or a number was given (I3).
        """
        if not builds:
            return
        same = {
            "archive_id": archive_id, "suite_id": suite_id, "campaign_id": campaign_id,
            "state": state.value, "fate": Fate.NONE.value, "sentence": STATE_SENTENCES[state],
            "score": score, "attempt": 0,
            "created_at": seconds(at),
        }  # fmt: skip
        last = self._connection.execute(sa.select(sa.func.max(_BUILD.c.id))).scalar_one() or 0
        try:
            with self._connection.begin_nested():
                insert_rows(self._connection, _BUILD, _OF_NEW_BUILDS, _new_rows(builds), same)
        except sa.exc.IntegrityError:
            raise ConflictError(
                f"of {len(builds)} builds at least one was asked for by somebody else meanwhile",
                hint="ask again",
            ) from None
        are_new = [_BUILD.c.id > last, _BUILD.c.campaign_id == campaign_id]
        if campaign_id is None:  # others may have added some to the same archive meanwhile
            are_new += [
                _BUILD.c.archive_id == archive_id,
                ~sa.exists().where(_EVENT.c.build_id == _BUILD.c.id),
            ]
        self._connection.execute(
            _EVENT.insert().from_select(
                ["build_id", "at", "actor", "state_before", "state_after", "sentence"],
                sa.select(
                    _BUILD.c.id, sa.literal(seconds(at)), sa.literal(actor), sa.literal(""),
                    sa.literal(state.value), sa.literal(why),
                ).where(*are_new),
            )
        )  # fmt: skip

    def of_ids(self, build_ids: Collection[int]) -> dict[int, Build]:
        """The records of these ids that there are, by id. In sets."""
        ids = ((build_id,) for build_id in sorted(set(build_ids)))
        return {
            build.id: build
            for given in given_rows(self._connection, {"id": _BUILD.c.id.type}, ids)
            for build in self._many(_BUILD.c.id.in_(sa.select(given.c.id)))
        }

    def of_campaign(self, campaign_id: int) -> list[Build]:
        """The records of a campaign by source and architecture."""
        return self._many(_BUILD.c.campaign_id == campaign_id)

    def controls_of(self, build_ids: Collection[int]) -> list[Build]:
        """The controls of these builds, the oldest first."""
        found: list[Build] = []
        ids = ((build_id,) for build_id in sorted(set(build_ids)))
        for given in given_rows(self._connection, {"id": _BUILD.c.id.type}, ids):
            found += self._many(_BUILD.c.control_of.in_(sa.select(given.c.id)))
        return sorted(found, key=attrgetter("id"))

    def of_slot(self, archive_id: int, source: str, architecture: str) -> list[Build]:
        """All records of a source on one architecture, the newest first."""
        found = self._many(
            _BUILD.c.archive_id == archive_id,
            _BUILD.c.source == source,
            _BUILD.c.architecture == architecture,
        )
        return sorted(found, key=lambda build: -build.rebuild_no)

    def chosen(
        self,
        archive_id: int,
        *,
        ids: Collection[int] | None,
        states: Collection[BuildState],
        campaign: int | None,
        sources: Collection[str] | None,
    ) -> list[Build]:
        """The records of an archive to which all of this applies, by source and architecture.

        Raises:
            NotFoundError: the archive has no record of one of the ids.
        """
        conditions: list[sa.ColumnElement[bool]] = [_BUILD.c.archive_id == archive_id]
        if ids is not None:
            wanted = ((build_id,) for build_id in sorted(set(ids)))
            given = next(given_rows(self._connection, {"id": _BUILD.c.id.type}, wanted), None)
            if given is None:
                return []
            conditions.append(_BUILD.c.id.in_(sa.select(given.c.id)))
        if states:
            conditions.append(_BUILD.c.state.in_(list(states)))
        if campaign is not None:
            conditions.append(_CAMPAIGN.c.number == campaign)
        found = self._many(*conditions)
        if ids is not None and not states and campaign is None and sources is None:
            _check_all_found(ids, found)
        return found if sources is None else [b for b in found if b.source in sources]

    def records(self, archive_id: int) -> list[Record]:
        """What filters look at of every build of an archive but controls, by rebuild_no."""
        attempt = schema.attempt
        rows = self._connection.execute(
            sa.select(
                _BUILD.c.id, _BUILD.c.source, _BUILD.c.architecture, _BUILD.c.state,
                _BUILD.c.created_at, attempt.c.builder,
            )
            .outerjoin(
                attempt,
                sa.and_(attempt.c.build_id == _BUILD.c.id, attempt.c.number == _BUILD.c.attempt),
            )
            .where(_BUILD.c.archive_id == archive_id, _BUILD.c.reach != Reach.NOWHERE)
            .order_by(_BUILD.c.rebuild_no)
        )  # fmt: skip
        return [Record._make(row) for row in rows]

    def newest_of_sources(self, archive_id: int, *, above: int = 0) -> dict[str, tuple[int, int]]:
        """Source -> (rebuild_no, id) of its newest record, if its number is above that one.

        Of controls, trials and what is only planned none counts.
        """
        query = (
            sa.select(_BUILD.c.source, _BUILD.c.rebuild_no, _BUILD.c.id)
            .where(
                _BUILD.c.archive_id == archive_id,
                _BUILD.c.rebuild_no > above,
                _BUILD.c.reach != Reach.NOWHERE,
                _BUILD.c.state != BuildState.PLANNED,
            )
            .order_by(_BUILD.c.rebuild_no, _BUILD.c.id.desc())
        )
        rows = plain_rows(self._connection, query)
        return {source: (rebuild_no, build_id) for source, rebuild_no, build_id in rows}

    def live_slots(self, archive_id: int) -> dict[str, frozenset[str]]:
        """The architectures on which each source has an unfinished build."""
        query = sa.select(_BUILD.c.source, _BUILD.c.architecture).where(
            _BUILD.c.archive_id == archive_id, _BUILD.c.state.in_(LIVE_STATES)
        )
        slots: dict[str, set[str]] = {}
        for source, architecture in plain_rows(self._connection, query):
            slots.setdefault(source, set()).add(architecture)
        return {source: frozenset(architectures) for source, architectures in slots.items()}

    def with_fate(self, archive_id: int, fate: Fate) -> list[Build]:
        """Records of an archive whose binaries have that fate."""
        return self._many(_BUILD.c.archive_id == archive_id, _BUILD.c.fate == fate)

    def unaccepted_siblings(self, archive_id: int) -> dict[tuple[str, int], str]:
        """(source, rebuild_no) -> an architecture on which that rebuild is not accepted."""
        rows = self._connection.execute(
            sa.select(_BUILD.c.source, _BUILD.c.rebuild_no, _BUILD.c.architecture).where(
                _BUILD.c.archive_id == archive_id,
                _BUILD.c.state.not_in([BuildState.BUILT, BuildState.NOT_FOR_US]),
            )
        )
        return {(row.source, row.rebuild_no): row.architecture for row in rows}

    def unaccepted_uploads(self, archive_id: int) -> frozenset[tuple[str, str]]:
        """(source, version) of uploads of which a build is not accepted."""
        rows = self._connection.execute(
            sa.select(_BUILD.c.source, _BUILD.c.source_version).where(
                _BUILD.c.archive_id == archive_id,
                _BUILD.c.form == RebuildForm.AS_IS,
                _BUILD.c.state.not_in([BuildState.BUILT, BuildState.NOT_FOR_US]),
            )
        )
        return frozenset((row.source, row.source_version) for row in rows)

    def source_versions(self, build_ids: Collection[int]) -> dict[int, str]:
        """Build id -> the version of the source that it rebuilds."""
        ids = ((build_id,) for build_id in sorted(set(build_ids)))
        found: dict[int, str] = {}
        for given in given_rows(self._connection, {"id": _BUILD.c.id.type}, ids):
            rows = self._connection.execute(
                sa.select(_BUILD.c.id, _BUILD.c.source_version).where(
                    _BUILD.c.id.in_(sa.select(given.c.id))
                )
            )
            found |= {row.id: row.source_version for row in rows}
        return found

    def unfinished_of_sources(self, archive_id: int) -> dict[str, tuple[int, int | None]]:
        """Source -> id and number of the campaign of an unfinished record; None of an upload's."""
        query = (
            sa.select(_BUILD.c.source, _BUILD.c.id, _CAMPAIGN.c.number)
            .outerjoin(_CAMPAIGN, _CAMPAIGN.c.id == _BUILD.c.campaign_id)
            .where(_BUILD.c.archive_id == archive_id, _BUILD.c.state.in_(UNFINISHED_STATES))
            .order_by(_BUILD.c.source, _BUILD.c.architecture, _BUILD.c.id)
        )
        return {
            source: (build_id, number)
            for source, build_id, number in plain_rows(self._connection, query)
        }

    def unfinished(self, archive_id: int) -> list[Build]:
        """Records of an archive that still move by themselves, or are moved by others."""
        return self._many(_BUILD.c.archive_id == archive_id, _BUILD.c.state.in_(UNFINISHED_STATES))

    def full_after(self, build_ids: Collection[int]) -> list[tuple[int, Build]]:
        """(id of the build before it, record) of the full builds after these under profiles."""
        before = _BUILD.alias("before")
        query = BUILDS.add_columns(before.c.id.label("before_id")).join(
            before,
            sa.and_(
                before.c.campaign_id == _BUILD.c.campaign_id,
                before.c.source == _BUILD.c.source,
                before.c.architecture == _BUILD.c.architecture,
                before.c.reach == Reach.VIEW,
            ),
        )
        found: list[tuple[int, Build]] = []
        ids = ((build_id,) for build_id in sorted(set(build_ids)))
        for given in given_rows(self._connection, {"id": _BUILD.c.id.type}, ids):
            rows = self._connection.execute(
                query.where(
                    _BUILD.c.reach == Reach.PUBLICATION,
                    before.c.id.in_(sa.select(given.c.id)),
                ).order_by(_BUILD.c.id)
            )
            found += [(row.before_id, build_value(row)) for row in rows]
        return found

    def running(self, archive_id: int) -> bool:
        """Whether something of an archive is being built at this moment."""
        query = sa.select(_BUILD.c.id).where(
            _BUILD.c.archive_id == archive_id,
            _BUILD.c.state.in_([BuildState.BUILDING, BuildState.UPLOADING]),
        )
        return self._connection.execute(query.limit(1)).first() is not None

    def no_change_versions(self, archive_id: int, reason: str) -> dict[int, str]:
        """Id of a source -> the version of the newest no-change source made of it so."""
        rows = self._connection.execute(
            sa.select(_BUILD.c.source_id, _BUILD.c.version)
            .join(schema.campaign, schema.campaign.c.id == _BUILD.c.campaign_id)
            .where(
                schema.campaign.c.reason == reason,
                _BUILD.c.archive_id == archive_id,
                _BUILD.c.new_source_id.is_not(None),
                _BUILD.c.reach != Reach.NOWHERE,
            )
            .order_by(_BUILD.c.rebuild_no)
        )
        return {row.source_id: row.version for row in rows}

    def newest_built(self, archive_id: int) -> dict[tuple[str, str, str], str]:
        """(source, its version, architecture) -> the version that was built there last."""
        rows = self._connection.execute(
            sa.select(
                _BUILD.c.source, _BUILD.c.source_version, _BUILD.c.architecture, _BUILD.c.version
            )
            .where(_BUILD.c.archive_id == archive_id, _IS_HERE)
            .order_by(_BUILD.c.rebuild_no)
        )
        return {(source, of, architecture): version for source, of, architecture, version in rows}

    def made_versions(self, archive_id: int) -> list[tuple[str, str, str, bool]]:
        """(source, its version, version, whether it was built anywhere), by rebuild number."""
        was_built = sa.func.max(sa.case((_IS_HERE, 1), else_=0))
        query = (
            sa.select(_BUILD.c.source, _BUILD.c.source_version, _BUILD.c.version, was_built)
            .where(_BUILD.c.archive_id == archive_id)
            .group_by(
                _BUILD.c.source, _BUILD.c.source_version, _BUILD.c.rebuild_no, _BUILD.c.version
            )
            .order_by(_BUILD.c.rebuild_no)
        )
        rows = plain_rows(self._connection, query)
        return [(source, of, version, bool(built)) for source, of, version, built in rows]

    def _many(self, *conditions: sa.ColumnElement[bool]) -> list[Build]:
        order = (_BUILD.c.source, _BUILD.c.architecture, _BUILD.c.id)
        return build_values(self._connection, BUILDS.where(*conditions).order_by(*order))

    def has_next(self, architectures: Sequence[str], *, except_in: Collection[int] = ()) -> bool:
        """Whether a builder of these architectures could take something."""
        query = _waiting(architectures, except_in).limit(1)
        return self._connection.execute(query).first() is not None

    def of_source(self, archive_id: int, source: str) -> list[Build]:
        """All records of a source on all architectures, the newest rebuild first."""
        found = self._many(_BUILD.c.archive_id == archive_id, _BUILD.c.source == source)
        return sorted(found, key=lambda build: -build.rebuild_no)

    def next_to_build(
        self, architectures: Sequence[str], *, except_in: Collection[int] = ()
    ) -> Build | None:
        """The record with the highest score that a builder of these architectures can take.

        Not of the archives whose ids are in `except_in`. For a writing transaction: on PostgreSQL
        the record is locked for whoever asks.
        """
        query = _by_urgency(architectures, except_in)
        if self._connection.dialect.name == "postgresql":
            query = query.with_for_update(skip_locked=True, of=_BUILD)
        row = self._connection.execute(query).first()
        return None if row is None else build_value(row)

    def next_waiting(
        self, architectures: Sequence[str], *, except_in: Collection[int] = ()
    ) -> Build | None:
        """What `next_to_build` gives if nobody else asks; others may take it meanwhile."""
        row = self._connection.execute(_by_urgency(architectures, except_in)).first()
        return None if row is None else build_value(row)


def _new_rows(builds: Sequence[NewBuild]) -> list[tuple[object, ...]]:
    return [
        (
            source_id, source, source_version, architecture, builder_architecture, _plain(part),
            rebuild_no, version, version_before, _plain(form), _plain(reach), control_of, warning,
            new_source_id,
        )
        for (
            source_id, source, source_version, architecture, builder_architecture, part,
            rebuild_no, version, version_before, form, _, reach, new_source_id, control_of,
            warning, _,
        ) in builds
    ]  # fmt: skip


def _check_all_found(ids: Collection[int], found: Sequence[Build]) -> None:
    missing = sorted(set(ids) - {build.id for build in found})
    if missing:
        raise NotFoundError(
            f"this archive has no build {', '.join(map(str, missing[:10]))}",
            hint="builds are listed by their campaign: vostok campaign show NAME N",
        )


def _waiting(architectures: Sequence[str], except_in: Collection[int]) -> sa.Select[Any]:
    return BUILDS.where(
        _BUILD.c.archive_id.not_in(sorted(except_in)) if except_in else sa.true(),
        _BUILD.c.state == BuildState.NEEDS_BUILD,
        _BUILD.c.builder_architecture.in_(list(architectures)),
        sa.or_(_BUILD.c.form != RebuildForm.SOURCE, _BUILD.c.new_source_id.is_not(None)),
        sa.or_(_CAMPAIGN.c.state == CampaignState.READY, _is_ready_upload()),
        schema.archive.c.state == ArchiveState.ACTIVE,
    )


def _by_urgency(architectures: Sequence[str], except_in: Collection[int]) -> sa.Select[Any]:
    waiting = _waiting(architectures, except_in)
    return waiting.order_by(_BUILD.c.score.desc(), _BUILD.c.id).limit(1)


def _is_ready_upload() -> sa.ColumnElement[bool]:
    """That a build is of an upload, and the archive's toolchain has its packages."""
    swap = schema.toolchain_swap
    is_swapped = sa.exists().where(
        swap.c.suite_id == _BUILD.c.suite_id,
        swap.c.toolchain_id == schema.archive.c.toolchain_id,
    )
    return sa.and_(
        _BUILD.c.campaign_id.is_(None),
        sa.or_(schema.archive.c.toolchain_id.is_(None), is_swapped),
    )
