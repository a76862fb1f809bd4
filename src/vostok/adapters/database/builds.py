"""Build records, their attempts, files and events."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import moment, moment_or_none, seconds
from vostok.domain.build import (
    LIVE_STATES,
    STATE_SENTENCES,
    Attempt,
    AttemptFile,
    Build,
    BuildEvent,
    BuildState,
    Fate,
    NewBuild,
    Part,
    check_transition,
)
from vostok.domain.campaign import CampaignState
from vostok.errors import ConflictError, NotFoundError

_BUILD = schema.build
_ATTEMPT = schema.attempt
_EVENT = schema.event
_FILE = schema.attempt_file
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


class SqlBuilds:
    """Implements `services.ports.Builds`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(
        self,
        archive_id: int,
        suite_id: int,
        campaign_id: int,
        builds: Sequence[NewBuild],
        *,
        score: int,
        actor: str,
        at: datetime,
    ) -> None:
        """New records in state `needs-build`, with their first event, in two statements."""
        if not builds:
            return
        self._connection.execute(
            _BUILD.insert(),
            [
                {
                    "archive_id": archive_id, "suite_id": suite_id, "campaign_id": campaign_id,
                    "source_id": build.source_id, "source": build.source,
                    "source_version": build.source_version, "architecture": build.architecture,
                    "builder_architecture": build.builder_architecture, "part": build.part,
                    "rebuild_no": build.rebuild_no, "version": build.version,
                    "version_before": build.version_before, "state": BuildState.NEEDS_BUILD,
                    "fate": Fate.NONE, "sentence": STATE_SENTENCES[BuildState.NEEDS_BUILD],
                    "score": score, "attempt": 0, "created_at": seconds(at),
                }
                for build in builds
            ],
        )  # fmt: skip
        self._connection.execute(
            _EVENT.insert().from_select(
                ["build_id", "at", "actor", "state_before", "state_after", "sentence"],
                sa.select(
                    _BUILD.c.id, sa.literal(seconds(at)), sa.literal(actor), sa.literal(""),
                    _BUILD.c.state, sa.literal("requested"),
                ).where(_BUILD.c.campaign_id == campaign_id),
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

    def built_versions(self, archive_id: int) -> dict[str, str]:
        """The version of each source's newest successful rebuild."""
        rows = self._connection.execute(
            sa.select(_BUILD.c.source, _BUILD.c.version)
            .where(_BUILD.c.archive_id == archive_id, _BUILD.c.state == BuildState.BUILT)
            .order_by(_BUILD.c.rebuild_no)
        )
        return {row.source: row.version for row in rows}

    def _many(self, *conditions: sa.ColumnElement[bool]) -> list[Build]:
        rows = self._connection.execute(
            _BUILDS.where(*conditions).order_by(
                _BUILD.c.source, _BUILD.c.architecture, _BUILD.c.id
            )
        )
        return [_build(row) for row in rows]

    def next_to_build(self, architectures: Sequence[str]) -> Build | None:
        """The record with the highest score that a builder of these architectures can take."""
        query = (
            _BUILDS.where(
                _BUILD.c.state == BuildState.NEEDS_BUILD,
                _BUILD.c.builder_architecture.in_(list(architectures)),
                _CAMPAIGN.c.state == CampaignState.READY,
                schema.archive.c.state == "active",
            )
            .order_by(_BUILD.c.score.desc(), _BUILD.c.id)
            .limit(1)
        )
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

    # Attempts -----------------------------------------------------------------------------

    def add_attempt(
        self,
        build: Build,
        *,
        builder: str,
        edition: int,
        view_id: int,
        token_hash: str,
        view_token_hash: str,
        at: datetime,
    ) -> Attempt:
        """The next attempt of a build; the older ones stay as they are."""
        number = build.attempt + 1
        attempt_id = self._connection.execute(
            _ATTEMPT.insert()
            .values(
                build_id=build.id,
                number=number,
                builder=builder,
                edition=edition,
                view_id=view_id,
                token_hash=token_hash,
                view_token_hash=view_token_hash,
                started_at=seconds(at),
                seen_at=seconds(at),
                log_bytes=0,
            )
            .returning(_ATTEMPT.c.id)
        ).scalar_one()
        self._connection.execute(
            _BUILD.update().where(_BUILD.c.id == build.id).values(attempt=number)
        )
        return self.attempt(attempt_id)

    def attempt(self, attempt_id: int) -> Attempt:
        """One attempt; NotFoundError if there is none."""
        row = self._connection.execute(
            sa.select(_ATTEMPT).where(_ATTEMPT.c.id == attempt_id)
        ).first()
        if row is None:
            raise NotFoundError(f"there is no attempt {attempt_id}")
        return _attempt(row)

    def attempt_of_token(self, attempt_id: int, token_hash: str) -> Attempt | None:
        """The attempt, if that is the hash of its token and it has not ended."""
        row = self._connection.execute(
            sa.select(_ATTEMPT).where(
                _ATTEMPT.c.id == attempt_id,
                _ATTEMPT.c.token_hash == token_hash,
                _ATTEMPT.c.finished_at.is_(None),
            )
        ).first()
        return None if row is None else _attempt(row)

    def attempt_of_view_token(self, view_token_hash: str) -> Attempt | None:
        """The running attempt that may read a view with that token."""
        row = self._connection.execute(
            sa.select(_ATTEMPT).where(
                _ATTEMPT.c.view_token_hash == view_token_hash, _ATTEMPT.c.finished_at.is_(None)
            )
        ).first()
        return None if row is None else _attempt(row)

    def attempts(self, build_ids: Iterable[int]) -> dict[int, list[Attempt]]:
        """The attempts of builds, in order."""
        found: dict[int, list[Attempt]] = {}
        ids = sorted(set(build_ids))
        for start in range(0, len(ids), 10_000):
            rows = self._connection.execute(
                sa.select(_ATTEMPT)
                .where(_ATTEMPT.c.build_id.in_(ids[start : start + 10_000]))
                .order_by(_ATTEMPT.c.build_id, _ATTEMPT.c.number)
            )
            for row in rows:
                found.setdefault(row.build_id, []).append(_attempt(row))
        return found

    def current_attempt(self, build: Build) -> Attempt | None:
        """The newest attempt of a build."""
        attempts = self.attempts([build.id]).get(build.id, [])
        return attempts[-1] if attempts else None

    def saw_attempt(self, attempt_id: int, at: datetime) -> None:
        """Note that the builder of an attempt is alive."""
        self._connection.execute(
            _ATTEMPT.update().where(_ATTEMPT.c.id == attempt_id).values(seen_at=seconds(at))
        )

    def set_log_bytes(self, attempt_id: int, size: int) -> None:
        """Note how long an attempt's log is."""
        self._connection.execute(
            _ATTEMPT.update().where(_ATTEMPT.c.id == attempt_id).values(log_bytes=size)
        )

    def set_result(self, attempt_id: int, result: Mapping[str, object]) -> None:
        """Keep what the builder reported; it is judged afterwards."""
        self._connection.execute(
            _ATTEMPT.update().where(_ATTEMPT.c.id == attempt_id).values(result=dict(result))
        )

    def finish_attempt(self, attempt_id: int, *, outcome: str, at: datetime) -> None:
        """End an attempt: its tokens are worth nothing from now on."""
        self._connection.execute(
            _ATTEMPT.update()
            .where(_ATTEMPT.c.id == attempt_id, _ATTEMPT.c.finished_at.is_(None))
            .values(outcome=outcome, finished_at=seconds(at))
        )

    def silent_attempts(self, before: datetime) -> list[Attempt]:
        """Running attempts whose builder was not heard of since a moment."""
        rows = self._connection.execute(
            sa.select(_ATTEMPT)
            .join(_BUILD, _BUILD.c.id == _ATTEMPT.c.build_id)
            .where(
                _ATTEMPT.c.finished_at.is_(None),
                _ATTEMPT.c.seen_at < seconds(before),
                _BUILD.c.state.in_([BuildState.BUILDING, BuildState.CANCELLING]),
            )
        )
        return [_attempt(row) for row in rows]

    def put_file(self, attempt_id: int, file: AttemptFile) -> None:
        """Enter a file that the builder sent; sent again, the newest counts."""
        self._connection.execute(
            _FILE.delete().where(_FILE.c.attempt_id == attempt_id, _FILE.c.name == file.name)
        )
        self._connection.execute(
            _FILE.insert().values(
                attempt_id=attempt_id, name=file.name, size=file.size, sha256=file.sha256
            )
        )

    def files(self, attempt_ids: Iterable[int]) -> dict[int, list[AttemptFile]]:
        """The files of attempts by name."""
        found: dict[int, list[AttemptFile]] = {}
        ids = sorted(set(attempt_ids))
        for start in range(0, len(ids), 10_000):
            rows = self._connection.execute(
                sa.select(_FILE)
                .where(_FILE.c.attempt_id.in_(ids[start : start + 10_000]))
                .order_by(_FILE.c.name)
            )
            for row in rows:
                found.setdefault(row.attempt_id, []).append(
                    AttemptFile(name=row.name, size=row.size, sha256=row.sha256)
                )
        return found

    def builders(self) -> list[tuple[str, datetime]]:
        """Builders and when each was last heard of in an attempt."""
        rows = self._connection.execute(
            sa.select(_ATTEMPT.c.builder, sa.func.max(_ATTEMPT.c.seen_at).label("seen_at"))
            .group_by(_ATTEMPT.c.builder)
            .order_by(_ATTEMPT.c.builder)
        )
        return [(row.builder, moment(row.seen_at)) for row in rows]


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


def _attempt(row: sa.Row[Any]) -> Attempt:
    return Attempt(
        id=row.id,
        build_id=row.build_id,
        number=row.number,
        builder=row.builder,
        edition=row.edition,
        view_id=row.view_id,
        started_at=moment(row.started_at),
        seen_at=moment(row.seen_at),
        finished_at=moment_or_none(row.finished_at),
        outcome=row.outcome,
        log_bytes=row.log_bytes,
        result=row.result,
    )
