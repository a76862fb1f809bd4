"""Build records and their events."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.attempts import SqlAttempts
from vostok.adapters.database.given_rows import given_rows
from vostok.adapters.database.rows import moment, moment_or_none, seconds
from vostok.domain.archive import ArchiveState
from vostok.domain.build import (
    LIVE_STATES,
    STATE_SENTENCES,
    Build,
    BuildEvent,
    BuildState,
    Fate,
    NewBuild,
    Part,
    Reach,
    RebuildForm,
    check_transition,
)
from vostok.domain.campaign import CampaignState
from vostok.errors import ConflictError, NotFoundError

_BUILD = schema.build
_EVENT = schema.event
_OF_NEW_BUILDS = (
    "source_id", "source", "source_version", "architecture", "builder_architecture", "part",
    "rebuild_no", "version", "version_before", "form", "reach", "control_of", "warning",
)  # fmt: skip
_CAMPAIGN = schema.campaign
_BUILDS = (
    sa.select(
        _BUILD,
        schema.archive.c.name.label("archive"),
        schema.suite.c.name.label("suite"),
        _CAMPAIGN.c.number.label("campaign"),
    )
    .join(schema.archive, schema.archive.c.id == _BUILD.c.archive_id)
    .join(schema.suite, schema.suite.c.id == _BUILD.c.suite_id)
    .outerjoin(_CAMPAIGN, _CAMPAIGN.c.id == _BUILD.c.campaign_id)
)


class SqlBuilds(SqlAttempts):
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
    ) -> None:
        """New records in state `needs-build`, with their first event, in sets.

        Raises:
            ConflictError: a slot has a live build already (I2), or a number was given (I3).
        """
        if not builds:
            return
        same = {
            "archive_id": archive_id, "suite_id": suite_id, "campaign_id": campaign_id,
            "state": BuildState.NEEDS_BUILD, "fate": Fate.NONE,
            "sentence": STATE_SENTENCES[BuildState.NEEDS_BUILD], "score": score, "attempt": 0,
            "created_at": seconds(at),
        }  # fmt: skip
        columns = {name: _BUILD.c[name].type for name in _OF_NEW_BUILDS}
        rows = map(attrgetter(*_OF_NEW_BUILDS), builds)
        try:
            with self._connection.begin_nested():
                for given in given_rows(self._connection, columns, rows):
                    query = sa.select(
                        *given.c,
                        *(sa.literal(value, _BUILD.c[name].type) for name, value in same.items()),
                    )
                    self._connection.execute(_BUILD.insert().from_select([*columns, *same], query))
        except sa.exc.IntegrityError:
            raise ConflictError(
                f"of {len(builds)} builds at least one was asked for by somebody else meanwhile",
                hint="ask again",
            ) from None
        self._connection.execute(
            _EVENT.insert().from_select(
                ["build_id", "at", "actor", "state_before", "state_after", "sentence"],
                sa.select(
                    _BUILD.c.id, sa.literal(seconds(at)), sa.literal(actor), sa.literal(""),
                    _BUILD.c.state, sa.literal("requested"),
                ).where(
                    _BUILD.c.archive_id == archive_id,
                    _BUILD.c.campaign_id.is_(None)
                    if campaign_id is None
                    else _BUILD.c.campaign_id == campaign_id,
                    ~sa.exists().where(_EVENT.c.build_id == _BUILD.c.id),
                ),
            )
        )  # fmt: skip

    def by_id(self, build_id: int) -> Build:
        """One record; NotFoundError if there is none."""
        row = self._connection.execute(_BUILDS.where(_BUILD.c.id == build_id)).first()
        if row is None:
            raise NotFoundError(
                f"there is no build {build_id}",
                hint="builds are listed by their campaign: vostok campaign show NAME N",
            )
        return _build(row)

    def of_campaign(self, campaign_id: int) -> list[Build]:
        """The records of a campaign by source and architecture."""
        return self._many(_BUILD.c.campaign_id == campaign_id)

    def of_slot(self, archive_id: int, source: str, architecture: str) -> list[Build]:
        """All records of a source on one architecture, the newest first."""
        found = self._many(
            _BUILD.c.archive_id == archive_id,
            _BUILD.c.source == source,
            _BUILD.c.architecture == architecture,
        )
        return sorted(found, key=lambda build: -build.rebuild_no)

    def live_slots(self, archive_id: int) -> dict[str, frozenset[str]]:
        """The architectures on which each source has an unfinished build."""
        rows = self._connection.execute(
            sa.select(_BUILD.c.source, _BUILD.c.architecture).where(
                _BUILD.c.archive_id == archive_id, _BUILD.c.state.in_(LIVE_STATES)
            )
        )
        slots: dict[str, set[str]] = {}
        for row in rows:
            slots.setdefault(row.source, set()).add(row.architecture)
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

    def unfinished(self, archive_id: int) -> list[Build]:
        """Records of an archive that still move by themselves."""
        return self._many(_BUILD.c.archive_id == archive_id, _BUILD.c.state.in_(LIVE_STATES))

    def running(self, archive_id: int) -> bool:
        """Whether something of an archive is being built at this moment."""
        query = sa.select(_BUILD.c.id).where(
            _BUILD.c.archive_id == archive_id,
            _BUILD.c.state.in_([BuildState.BUILDING, BuildState.UPLOADING]),
        )
        return self._connection.execute(query.limit(1)).first() is not None

    def built_versions(self, archive_id: int) -> dict[tuple[str, str], str]:
        """(source, its version) -> the version of its newest successful rebuild."""
        rows = self._connection.execute(
            sa.select(_BUILD.c.source, _BUILD.c.source_version, _BUILD.c.version)
            .where(_BUILD.c.archive_id == archive_id, _BUILD.c.state == BuildState.BUILT)
            .order_by(_BUILD.c.rebuild_no)
        )
        return {(row.source, row.source_version): row.version for row in rows}

    def _many(self, *conditions: sa.ColumnElement[bool]) -> list[Build]:
        rows = self._connection.execute(
            _BUILDS.where(*conditions).order_by(
                _BUILD.c.source, _BUILD.c.architecture, _BUILD.c.id
            )
        )
        return [_build(row) for row in rows]

    def has_next(self, architectures: Sequence[str]) -> bool:
        """Whether a builder of these architectures could take something."""
        return self._connection.execute(_waiting(architectures).limit(1)).first() is not None

    def of_source(self, archive_id: int, source: str) -> list[Build]:
        """All records of a source on all architectures, the newest rebuild first."""
        found = self._many(_BUILD.c.archive_id == archive_id, _BUILD.c.source == source)
        return sorted(found, key=lambda build: -build.rebuild_no)

    def next_to_build(self, architectures: Sequence[str]) -> Build | None:
        """The record with the highest score that a builder of these architectures can take.

        For a writing transaction: on PostgreSQL the record is locked for whoever asks.
        """
        query = _waiting(architectures).order_by(_BUILD.c.score.desc(), _BUILD.c.id).limit(1)
        if self._connection.dialect.name == "postgresql":
            query = query.with_for_update(skip_locked=True, of=_BUILD)
        row = self._connection.execute(query).first()
        return None if row is None else _build(row)

    def move(
        self,
        build: Build,
        after: BuildState,
        *,
        actor: str,
        at: datetime,
        sentence: str | None = None,
        fate: Fate | None = None,
    ) -> Build:
        """Take a record to another state and write the event.

        Raises:
            ConflictError: the table forbids it, the record has moved since it was read, or
                another record of the slot is live (I2).
        """
        check_transition(build.state, after)
        words = STATE_SENTENCES[after] if sentence is None else sentence
        values: dict[str, object] = {"state": after, "sentence": words}
        if fate is not None:
            values["fate"] = fate
        values["finished_at"] = None if after in LIVE_STATES else seconds(at)
        try:
            with self._connection.begin_nested():
                moved = self._connection.execute(
                    _BUILD.update()
                    .where(
                        _BUILD.c.id == build.id,
                        _BUILD.c.state == build.state,
                        _BUILD.c.attempt == build.attempt,
                    )
                    .values(values)
                )
        except sa.exc.IntegrityError:
            raise ConflictError(
                f"another build of {build.source} for {build.architecture} is not finished yet",
                hint="wait for it, or cancel it: vostok build cancel ID",
            ) from None
        if moved.rowcount != 1:
            raise ConflictError(
                f"build {build.id} has moved on from {build.state}",
                hint=f"look at it again: vostok build show {build.id}",
            )
        self._connection.execute(
            _EVENT.insert().values(
                build_id=build.id,
                at=seconds(at),
                actor=actor,
                state_before=build.state,
                state_after=after,
                sentence=words,
            )
        )
        return self.by_id(build.id)

    def move_all(
        self,
        builds: Iterable[Build],
        after: BuildState,
        *,
        actor: str,
        at: datetime,
        sentence: str,
    ) -> int:
        """Take records to another state in sets, with their events; how many there were.

        One that has moved since it was read stays where it is now.

        Raises:
            ConflictError: the table forbids it to one of them.
        """
        ids: dict[BuildState, list[tuple[int]]] = {}
        for build in builds:
            ids.setdefault(build.state, []).append((build.id,))
        values = {
            "state": after,
            "sentence": sentence,
            "finished_at": None if after in LIVE_STATES else seconds(at),
        }
        moved: list[int] = []
        for before, found in ids.items():
            check_transition(before, after)
            for given in given_rows(self._connection, {"id": _BUILD.c.id.type}, found):
                update = (
                    _BUILD.update()
                    .where(_BUILD.c.id.in_(sa.select(given.c.id)), _BUILD.c.state == before)
                    .values(values)
                    .returning(_BUILD.c.id)
                )
                now = list(self._connection.execute(update).scalars().all())
                self._add_events(now, before, after, actor=actor, at=at, sentence=sentence)
                moved += now
        return len(moved)

    def _add_events(
        self,
        build_ids: Sequence[int],
        before: BuildState,
        after: BuildState,
        *,
        actor: str,
        at: datetime,
        sentence: str,
    ) -> None:
        same = {
            "at": seconds(at), "actor": actor, "state_before": before, "state_after": after,
            "sentence": sentence,
        }  # fmt: skip
        rows = ((build_id,) for build_id in sorted(build_ids))
        for given in given_rows(self._connection, {"build_id": _BUILD.c.id.type}, rows):
            query = sa.select(
                given.c.build_id,
                *(sa.literal(value, _EVENT.c[name].type) for name, value in same.items()),
            )
            self._connection.execute(_EVENT.insert().from_select(["build_id", *same], query))

    def set_fate(self, build_ids: Iterable[int], fate: Fate) -> None:
        """Note what became of builds' binaries."""
        ids = sorted(set(build_ids))
        for start in range(0, len(ids), 10_000):
            self._connection.execute(
                _BUILD.update()
                .where(_BUILD.c.id.in_(ids[start : start + 10_000]))
                .values(fate=fate)
            )

    def events(self, build_id: int) -> list[BuildEvent]:
        """What happened to a record, the oldest first."""
        rows = self._connection.execute(
            sa.select(_EVENT).where(_EVENT.c.build_id == build_id).order_by(_EVENT.c.id)
        )
        return [
            BuildEvent(
                at=moment(row.at),
                actor=row.actor,
                state_before=row.state_before,
                state_after=row.state_after,
                sentence=row.sentence,
            )
            for row in rows
        ]


def _waiting(architectures: Sequence[str]) -> sa.Select[Any]:
    return _BUILDS.where(
        _BUILD.c.state == BuildState.NEEDS_BUILD,
        _BUILD.c.builder_architecture.in_(list(architectures)),
        sa.or_(_CAMPAIGN.c.state == CampaignState.READY, _is_ready_upload()),
        schema.archive.c.state == ArchiveState.ACTIVE,
    )


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


def _build(row: sa.Row[Any]) -> Build:
    return Build(
        id=row.id,
        archive_id=row.archive_id,
        archive=row.archive,
        suite_id=row.suite_id,
        suite=row.suite,
        source_id=row.source_id,
        source=row.source,
        source_version=row.source_version,
        architecture=row.architecture,
        builder_architecture=row.builder_architecture,
        part=Part(row.part),
        form=RebuildForm(row.form),
        new_source_id=row.new_source_id,
        reach=Reach(row.reach),
        control_of=row.control_of,
        warning=row.warning,
        rebuild_no=row.rebuild_no,
        campaign_id=row.campaign_id,
        campaign=row.campaign,
        version=row.version,
        version_before=row.version_before,
        state=BuildState(row.state),
        fate=Fate(row.fate),
        sentence=row.sentence,
        score=row.score,
        attempt=row.attempt,
        created_at=moment(row.created_at),
        finished_at=moment_or_none(row.finished_at),
    )
