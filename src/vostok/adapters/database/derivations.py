"""Derivations of suites, and what holds for single sources from one derivation to another."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.mass_rows import insert_rows, plain_rows
from vostok.adapters.database.rows import derivation_value, interval_holds, seconds
from vostok.domain.derivation import Derivation, Parent, Pin, Removal
from vostok.domain.package import Membership
from vostok.domain.sync import Decision, Verdict
from vostok.errors import ConflictError, NotFoundError

SUITES_PER_QUERY_MAX = 500
ROWS_PER_INSERT_MAX = 5_000
NAMES_PER_QUERY_MAX = 1_000
"""Of more names all that is taken is read, and what is not wanted passed over."""

_DERIVATION = schema.derivation
_PARENT = schema.derivation_parent
_SUITE = schema.suite


class SqlDerivations:
    """Implements `services.repositories.Derivations`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, suite_id: int, derivation: Derivation) -> None:
        """Make this the suite's newest derivation.

        Raises:
            ConflictError: its number does not follow the newest one's any more.
        """
        counted = self._connection.execute(
            _SUITE.update()
            .where(_SUITE.c.id == suite_id, _SUITE.c.derivation == derivation.number - 1)
            .values(derivation=derivation.number)
        )
        if counted.rowcount != 1:
            raise ConflictError(
                f"derivation {derivation.number} does not follow the newest one any more",
                hint="somebody else changed what the suite is derived from; look, then ask again",
            )
        self._connection.execute(
            _DERIVATION.insert().values(
                suite_id=suite_id,
                number=derivation.number,
                at=seconds(derivation.at),
                requested_by=derivation.requested_by,
                reason=derivation.reason,
                selection=derivation.selection,
                is_all=derivation.is_all,
                taken=derivation.taken,
                mode=derivation.mode,
                unbuilt=derivation.unbuilt,
                base_suite_id=derivation.base.suite_id,
                base_number=derivation.base.number,
            )
        )
        self._connection.execute(
            _PARENT.insert(),
            [
                {
                    "suite_id": suite_id,
                    "derivation": derivation.number,
                    "position": position,
                    "parent_suite_id": parent.suite_id,
                    "number": parent.number,
                    "members_suite_id": parent.members.suite_id,
                    "rank": parent.rank,
                    "only": parent.only,
                }
                for position, parent in enumerate(derivation.parents)
            ],
        )

    def numbered(self, suite_id: int, number: int) -> Derivation:
        """One derivation of a suite; NotFoundError if there is none of that number."""
        row = self._connection.execute(
            sa.select(_DERIVATION).where(
                _DERIVATION.c.suite_id == suite_id, _DERIVATION.c.number == number
            )
        ).first()
        if row is None:
            raise NotFoundError(
                f"there is no derivation {number}",
                hint="see which there are: vostok archive history NAME",
            )
        parents = parents_of(self._connection, [(suite_id, number)])
        return derivation_value(row._asdict(), parents.get((suite_id, number), ()))

    def of_suite(self, suite_id: int) -> list[Derivation]:
        """All derivations of a suite, the newest first."""
        rows = self._connection.execute(
            sa.select(_DERIVATION)
            .where(_DERIVATION.c.suite_id == suite_id)
            .order_by(_DERIVATION.c.number.desc())
        ).all()
        parents = parents_of(self._connection, [(suite_id, row.number) for row in rows])
        return [
            derivation_value(row._asdict(), parents.get((suite_id, row.number), ()))
            for row in rows
        ]

    # What holds for single sources --------------------------------------------------------

    def taken(self, suite_id: int, number: int) -> dict[str, str]:
        """Source -> why it is taken, at a derivation whose selection is not «all»."""
        rows = self._holding(schema.taken_source, suite_id, number)
        return {row.source: row.reason for row in rows}

    def taken_names(
        self, suite_id: int, number: int, *, among: Collection[str] | None = None
    ) -> frozenset[str]:
        """The sources that are taken at a derivation whose selection is not «all».

        Of these names; None: of all.
        """
        taken = schema.taken_source
        query = sa.select(taken.c.source).where(
            taken.c.suite_id == suite_id, interval_holds(taken.c.since, taken.c.until, number)
        )
        if among is not None and len(among) <= NAMES_PER_QUERY_MAX:
            query = query.where(taken.c.source.in_(sorted(among)))
        found = frozenset(name for (name,) in plain_rows(self._connection, query))
        return found if among is None else found.intersection(among)

    def set_taken(self, suite_id: int, number: int, reasons: Mapping[str, str]) -> None:
        """Say which sources are taken from derivation `number` on, and why. O(taken)."""
        facts = {source: {"reason": reason} for source, reason in reasons.items()}
        self._replace(schema.taken_source, suite_id, number, facts)

    def pins(self, suite_id: int, number: int) -> dict[str, Pin]:
        """The sources that stay behind their parents at a derivation."""
        rows = self._holding(schema.pinned_source, suite_id, number)
        return {
            row.source: Pin(source=row.source, kind=row.kind, sentence=row.sentence)
            for row in rows
        }

    def set_pins(self, suite_id: int, number: int, pins: Iterable[Pin]) -> None:
        """Say which sources stay behind from derivation `number` on."""
        facts = {pin.source: {"kind": pin.kind, "sentence": pin.sentence} for pin in pins}
        self._replace(schema.pinned_source, suite_id, number, facts)

    def put_decisions(self, suite_id: int, number: int, decisions: Iterable[Decision]) -> None:
        """Keep what a sync decided when it made derivation `number`."""
        rows = [
            {
                "suite_id": suite_id,
                "derivation": number,
                "source": decision.source,
                "verdict": decision.verdict,
                "before": decision.before,
                "after": decision.after,
                "offered": decision.offered,
                "sentence": decision.sentence,
            }
            for decision in decisions
        ]
        for start in range(0, len(rows), ROWS_PER_INSERT_MAX):
            self._connection.execute(
                schema.sync_decision.insert(), rows[start : start + ROWS_PER_INSERT_MAX]
            )

    def decisions(self, suite_id: int, number: int) -> list[Decision]:
        """What was decided about each source that derivation `number` did not leave alone."""
        table = schema.sync_decision
        rows = self._connection.execute(
            sa.select(table)
            .where(table.c.suite_id == suite_id, table.c.derivation == number)
            .order_by(table.c.source)
        )
        return [
            Decision(
                source=row.source,
                verdict=Verdict(row.verdict),
                before=row.before,
                after=row.after,
                offered=row.offered,
                sentence=row.sentence,
            )
            for row in rows
        ]

    def decision_counts(self, suite_id: int) -> dict[int, dict[str, int]]:
        """Derivation -> how many decisions of each verdict were made for it."""
        table = schema.sync_decision
        rows = self._connection.execute(
            sa.select(table.c.derivation, table.c.verdict, sa.func.count().label("decisions"))
            .where(table.c.suite_id == suite_id)
            .group_by(table.c.derivation, table.c.verdict)
        )
        found: dict[int, dict[str, int]] = {}
        for row in rows:
            found.setdefault(row.derivation, {})[row.verdict] = row.decisions
        return found

    def removals(self, suite_id: int, number: int) -> dict[str, Removal]:
        """The sources that are taken out of a suite at a derivation."""
        rows = self._holding(schema.removed_source, suite_id, number)
        return {
            row.source: Removal(
                source=row.source, base_version=row.base_version, removed_by=row.removed_by
            )
            for row in rows
        }

    def set_removals(self, suite_id: int, number: int, removals: Iterable[Removal]) -> None:
        """Say which sources are taken out from derivation `number` on."""
        facts = {
            removal.source: {
                "base_version": removal.base_version,
                "removed_by": removal.removed_by,
            }
            for removal in removals
        }
        self._replace(schema.removed_source, suite_id, number, facts)

    def _holding(self, table: sa.Table, suite_id: int, number: int) -> Sequence[sa.Row[Any]]:
        return self._connection.execute(
            sa.select(table)
            .where(
                table.c.suite_id == suite_id,
                interval_holds(table.c.since, table.c.until, number),
            )
            .order_by(table.c.source)
        ).all()

    def _replace(
        self, table: sa.Table, suite_id: int, number: int, facts: Mapping[str, dict[str, str]]
    ) -> None:
        """Close what does not hold any more, open what is new; the rest is not touched."""
        known = {
            row.source: {column: getattr(row, column) for column in next(iter(facts.values()), {})}
            for row in self._holding(table, suite_id, number)
        }
        ended = [source for source in known if facts.get(source) != known[source]]
        begun = [
            (suite_id, number, source, *values.values())
            for source, values in facts.items()
            if known.get(source) != values
        ]
        for start in range(0, len(ended), ROWS_PER_INSERT_MAX):
            self._connection.execute(
                table.update()
                .where(
                    table.c.suite_id == suite_id,
                    table.c.until.is_(None),
                    table.c.source.in_(ended[start : start + ROWS_PER_INSERT_MAX]),
                )
                .values(until=number)
            )
        columns = ("suite_id", "since", "source", *next(iter(facts.values()), {}))
        insert_rows(self._connection, table, columns, begun)


def parents_of(
    connection: sa.Connection, derivations: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], list[Parent]]:
    """The parents of derivations, each given as (suite id, number), in their order."""
    found: dict[tuple[int, int], list[Parent]] = {}
    for start in range(0, len(derivations), SUITES_PER_QUERY_MAX):
        part = derivations[start : start + SUITES_PER_QUERY_MAX]
        rows = connection.execute(
            sa.select(_PARENT, _SUITE.c.name, schema.archive.c.name.label("archive"))
            .join(_SUITE, _SUITE.c.id == _PARENT.c.parent_suite_id)
            .join(schema.archive, schema.archive.c.id == _SUITE.c.archive_id)
            .where(sa.tuple_(_PARENT.c.suite_id, _PARENT.c.derivation).in_(part))
            .order_by(_PARENT.c.suite_id, _PARENT.c.derivation, _PARENT.c.position)
        )
        for row in rows:
            found.setdefault((row.suite_id, row.derivation), []).append(_parent(row))
    return found


def _parent(row: sa.Row[Any]) -> Parent:
    return Parent(
        archive=row.archive,
        suite_id=row.parent_suite_id,
        suite=row.name,
        number=row.number,
        members=Membership(suite_id=row.members_suite_id, number=row.number),
        rank=row.rank,
        only=row.only,
    )
