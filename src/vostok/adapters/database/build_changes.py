"""Changes of build records, each with its event: one record, or many in sets."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.attempts import SqlAttempts
from vostok.adapters.database.build_rows import BUILDS, build_value
from vostok.adapters.database.given_rows import given_rows
from vostok.adapters.database.rows import moment, seconds
from vostok.domain.access import unknown
from vostok.domain.build import (
    STATE_SENTENCES,
    UNFINISHED_STATES,
    Build,
    BuildEvent,
    BuildState,
    Fate,
    check_transition,
)
from vostok.errors import ConflictError

_BUILD = schema.build
_EVENT = schema.event


class SqlBuildChanges(SqlAttempts):
    """The part of `services.repositories.Builds` that changes records."""

    def by_id(self, build_id: int) -> Build:
        """One record; NotFoundError if there is none."""
        row = self._connection.execute(BUILDS.where(_BUILD.c.id == build_id)).first()
        if row is None:
            raise unknown(f"build {build_id}")
        return build_value(row)

    def lock(self, build_ids: Collection[int]) -> list[Build]:
        """The records of these ids, which stay as they are until this transaction ends.

        By source and architecture: who changes several at once takes them in this order.
        """
        ids = ((build_id,) for build_id in sorted(set(build_ids)))
        return [
            build_value(row)
            for given in given_rows(self._connection, {"id": _BUILD.c.id.type}, ids)
            for row in self._connection.execute(
                BUILDS.where(_BUILD.c.id.in_(sa.select(given.c.id)))
                .order_by(_BUILD.c.source, _BUILD.c.architecture, _BUILD.c.id)
                .with_for_update(of=_BUILD, key_share=True)
            )
        ]

    def move(
        self,
        build: Build,
        after: BuildState,
        *,
        actor: str,
        at: datetime,
        sentence: str | None = None,
        told: str | None = None,
        fate: Fate | None = None,
    ) -> Build:
        """Take a record to another state and write the event.

        Args:
            build: the record as it was read.
            after: its next state.
            actor: who did it.
            at: when.
            sentence: why; None: what the state means.
            told: what the event says, where that is more than the record's sentence.
            fate: of its binaries; None: as it was.

        Raises:
            ConflictError: the table forbids it, the record has moved since it was read, or
                another record of the slot is live (I2).
        """
        check_transition(build.state, after)
        words = STATE_SENTENCES[after] if sentence is None else sentence
        values: dict[str, object] = {"state": after, "sentence": words}
        if fate is not None:
            values["fate"] = fate
        values["finished_at"] = None if after in UNFINISHED_STATES else seconds(at)
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
                sentence=words if told is None else told,
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
            ConflictError: the table forbids it to one of them, or another record of the slot of
                one is live (I2).
        """
        ids: dict[BuildState, list[tuple[int]]] = {}
        for build in builds:
            ids.setdefault(build.state, []).append((build.id,))
        values = {
            "state": after,
            "sentence": sentence,
            "finished_at": None if after in UNFINISHED_STATES else seconds(at),
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
                now = self._moved(update)
                self._add_events(now, before, after, actor=actor, at=at, sentence=sentence)
                moved += now
        return len(moved)

    def move_each(
        self, moves: Iterable[tuple[Build, str]], after: BuildState, *, actor: str, at: datetime
    ) -> int:
        """Take records to another state, each with its own sentence; how many there were. In sets.

        One that has moved since it was read stays where it is now.

        Raises:
            ConflictError: the table forbids it to one of them, or another record of the slot of
                one is live (I2).
        """
        words: dict[BuildState, dict[int, str]] = {}
        for build, sentence in moves:
            words.setdefault(build.state, {})[build.id] = sentence
        columns = {"id": _BUILD.c.id.type, "sentence": _BUILD.c.sentence.type}
        count = 0
        for before, sentences in words.items():
            check_transition(before, after)
            for given in given_rows(self._connection, columns, sentences.items()):
                update = (
                    _BUILD.update()
                    .where(_BUILD.c.id == given.c.id, _BUILD.c.state == before)
                    .values(
                        state=after,
                        sentence=given.c.sentence,
                        finished_at=None if after in UNFINISHED_STATES else seconds(at),
                    )
                    .returning(_BUILD.c.id)
                )
                moved = [(build_id, sentences[build_id]) for build_id in self._moved(update)]
                self._add_events_each(sorted(moved), before, after, actor=actor, at=at)
                count += len(moved)
        return count

    def _moved(self, update: sa.Executable) -> list[int]:
        try:
            with self._connection.begin_nested():
                return list(self._connection.execute(update).scalars().all())
        except sa.exc.IntegrityError:
            raise ConflictError(
                "another build of one of these sources was asked for meanwhile", hint="ask again"
            ) from None

    def rescore(
        self, builds: Iterable[Build], score: int, *, actor: str, at: datetime, with_what: str = ""
    ) -> int:
        """Give records another score, in sets, with their events; how many had another.

        One that has moved since it was read stays as it is now. `with_what` ends their sentence.
        """
        groups: dict[tuple[BuildState, int], list[tuple[int]]] = {}
        for build in builds:
            if build.score != score:
                groups.setdefault((build.state, build.score), []).append((build.id,))
        count = 0
        for (state, former), found in groups.items():
            words = f"{actor} gave it the score {score}; it was {former}{with_what}"
            for given in given_rows(self._connection, {"id": _BUILD.c.id.type}, found):
                update = (
                    _BUILD.update()
                    # Not EXISTS: SQLite would look through all that is given for every record.
                    .where(_BUILD.c.id.in_(sa.select(given.c.id)), _BUILD.c.state == state)
                    .values(score=score)
                    .returning(_BUILD.c.id)
                )
                now = self._connection.execute(update).scalars().all()
                self._add_events(now, state, state, actor=actor, at=at, sentence=words)
                count += len(now)
        return count

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
        self._insert_events(((build_id,) for build_id in sorted(build_ids)), ["build_id"], same)

    def _add_events_each(
        self,
        words: Iterable[tuple[int, str]],
        before: BuildState,
        after: BuildState,
        *,
        actor: str,
        at: datetime,
    ) -> None:
        """Events of builds, each with the sentence beside its id."""
        same = {"at": seconds(at), "actor": actor, "state_before": before, "state_after": after}
        self._insert_events(words, ["build_id", "sentence"], same)

    def _insert_events(
        self,
        rows: Iterable[Sequence[object]],
        columns: Sequence[str],
        same: Mapping[str, object],
    ) -> None:
        kinds = {name: _EVENT.c[name].type for name in columns}
        for given in given_rows(self._connection, kinds, rows):
            query = sa.select(
                *given.c,
                *(sa.literal(value, _EVENT.c[name].type) for name, value in same.items()),
            )
            self._connection.execute(_EVENT.insert().from_select([*columns, *same], query))

    def tell(self, builds: Iterable[Build], sentence: str, *, actor: str, at: datetime) -> None:
        """Write an event of records that stay in their state, in sets."""
        ids: dict[BuildState, list[int]] = {}
        for build in builds:
            ids.setdefault(build.state, []).append(build.id)
        for state, found in ids.items():
            self._add_events(found, state, state, actor=actor, at=at, sentence=sentence)

    def set_new_source(self, build_ids: Sequence[int], source_id: int) -> None:
        """Have these builds be of a no-change source, which is made now."""
        self._connection.execute(
            _BUILD.update().where(_BUILD.c.id.in_(list(build_ids))).values(new_source_id=source_id)
        )

    def set_fate(self, words: Mapping[int, str], fate: Fate, *, actor: str, at: datetime) -> None:
        """Note what became of builds' binaries, with an event where that is new, in sets."""
        columns = {"id": _BUILD.c.id.type, "sentence": _EVENT.c.sentence.type}
        same = {"at": seconds(at), "actor": actor}
        for given in given_rows(self._connection, columns, sorted(words.items())):
            events = sa.select(
                _BUILD.c.id, _BUILD.c.state, _BUILD.c.state.label("after"), given.c.sentence,
                *(sa.literal(value, _EVENT.c[name].type) for name, value in same.items()),
            ).where(_BUILD.c.id == given.c.id, _BUILD.c.fate != fate)  # fmt: skip
            into = ["build_id", "state_before", "state_after", "sentence", *same]
            self._connection.execute(_EVENT.insert().from_select(into, events))
            self._connection.execute(
                _BUILD.update().where(_BUILD.c.id.in_(sa.select(given.c.id))).values(fate=fate)
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
