"""What is sent outside, in the database: a table for each kind of receiver, all of one shape."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database.rows import inserted_id, moment, moment_or_none, seconds
from vostok.domain.delivery import Delivery, DeliveryState, NewDelivery, SentAnswer
from vostok.domain.turns import Waiting
from vostok.errors import NotFoundError


class SqlDeliveries:
    """Implements `services.repositories.Deliveries`.

    Args:
        connection: the transaction's.
        table: holds the deliveries.
        owner: the table's column with the id of the receiver.
        receivers: ids of those that are sent to, and in what each takes turns together with
            others, from the outside in; None: all, each for itself.
        kind: what a receiver is called.
        hint: where to see the deliveries of a receiver; `{}` is its id.
    """

    def __init__(
        self,
        connection: sa.Connection,
        table: sa.Table,
        owner: sa.Column[int],
        receivers: sa.Select[Any] | None,
        *,
        kind: str,
        hint: str,
    ) -> None:
        self._connection = connection
        self._table = table
        self._owner = owner
        self._receivers = None if receivers is None else receivers.subquery("receivers")
        self._kind = kind
        self._hint = hint

    def put(self, owner: int, deliveries: Sequence[NewDelivery], *, at: datetime) -> None:
        """Have something sent, each item once whatever is asked."""
        for new in deliveries:
            values = {
                self._owner.name: owner,
                "key": new.key,
                "item": new.item,
                "topic": new.topic,
                "payload": new.payload,
                "state": DeliveryState.WAITING,
                "attempts": 0,
                "next_at": seconds(at),
                "status": None,
                "answer": "",
                "created_at": seconds(at),
            }
            inserted_id(self._connection, self._table, values)

    def newest(self, owner: int, *, before: int | None = None, rows_max: int) -> list[Delivery]:
        """The newest of one receiver. See `services.repositories.Deliveries`."""
        query = sa.select(self._table).where(self._owner == owner)
        if before is not None:
            query = query.where(self._table.c.id < before)
        rows = self._connection.execute(query.order_by(self._table.c.id.desc()).limit(rows_max))
        return [self._delivery(row) for row in rows]

    def one(self, owner: int, delivery_id: int) -> Delivery:
        """One of them; NotFoundError if there is none."""
        row = self._connection.execute(
            sa.select(self._table).where(self._owner == owner, self._table.c.id == delivery_id)
        ).first()
        if row is None:
            raise NotFoundError(
                f"{self._kind} {owner} has no delivery {delivery_id}",
                hint=f"see which there are: {self._hint.format(owner)}",
            )
        return self._delivery(row)

    def due(self, at: datetime, *, owners_max: int) -> list[Waiting]:
        """For whom something waits. See `services.repositories.Deliveries`."""
        columns: list[sa.ColumnElement[Any]] = [self._owner]
        query = sa.select(self._owner).where(self._is_due(at))
        if self._receivers is not None:
            number, *groups = self._receivers.c
            columns += groups
            query = query.add_columns(*groups).join(self._receivers, number == self._owner)
        query = (
            query.group_by(*columns)
            .order_by(sa.func.min(self._table.c.next_at), self._owner)
            .limit(owners_max)
        )
        return [
            Waiting(owner=row[0], groups=tuple(row[1:])) for row in self._connection.execute(query)
        ]

    def take(self, owner: int, at: datetime, *, until: datetime) -> Delivery | None:
        """The oldest delivery that is due. See `services.repositories.Deliveries`."""
        row = self._connection.execute(
            sa.select(self._table)
            .where(self._owner == owner, self._is_due(at))
            .order_by(self._table.c.id)
            .limit(1)
        ).first()
        if row is None:
            return None
        self._update(row.id, next_at=seconds(until))
        return self._delivery(row)

    def waiting(self, owner: int, topic: str) -> Delivery | None:
        """One of a topic that waits. See `services.repositories.Deliveries`."""
        row = self._connection.execute(
            sa.select(self._table)
            .where(
                self._owner == owner,
                self._table.c.topic == topic,
                self._table.c.state == DeliveryState.WAITING,
            )
            .limit(1)
        ).first()
        return None if row is None else self._delivery(row)

    def note_attempt(
        self, delivery: Delivery, answer: SentAnswer, *, next_at: datetime | None
    ) -> None:
        """Write down what an attempt brought. See `services.repositories.Deliveries`."""
        state = DeliveryState.WAITING if next_at is not None else DeliveryState.FAILED
        self._update(
            delivery.id,
            state=DeliveryState.DELIVERED if answer.is_taken else state,
            attempts=delivery.attempts + 1,
            next_at=None if answer.is_taken or next_at is None else seconds(next_at),
            status=answer.status,
            answer=answer.text,
        )

    def send_again(self, delivery_id: int, at: datetime) -> None:
        """Have a delivery sent as if for the first time."""
        self._update(delivery_id, state=DeliveryState.WAITING, attempts=0, next_at=seconds(at))

    def forget(self, before: datetime) -> int:
        """Forget what was delivered or given up, and came before a moment; how many."""
        gone = self._table.delete().where(
            self._table.c.state != DeliveryState.WAITING,
            self._table.c.created_at < seconds(before),
        )
        return self._connection.execute(gone).rowcount

    def _is_due(self, at: datetime) -> sa.ColumnElement[bool]:
        return sa.and_(
            self._table.c.state == DeliveryState.WAITING, self._table.c.next_at <= seconds(at)
        )

    def _update(self, delivery_id: int, **values: object) -> None:
        self._connection.execute(
            self._table.update().where(self._table.c.id == delivery_id).values(values)
        )

    def _delivery(self, row: sa.Row[Any]) -> Delivery:
        return Delivery(
            id=row.id,
            owner=getattr(row, self._owner.name),
            key=row.key,
            item=row.item,
            topic=row.topic,
            payload=row.payload,
            state=DeliveryState(row.state),
            attempts=row.attempts,
            next_at=moment_or_none(row.next_at),
            status=row.status,
            answer=row.answer,
            created_at=moment(row.created_at),
        )
