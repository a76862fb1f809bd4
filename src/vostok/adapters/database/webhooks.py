"""Webhooks and their deliveries, in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import inserted_id, lock_row, moment, moment_or_none, seconds
from vostok.domain.archive import HIDDEN_MARK
from vostok.domain.news import NewsPosition, NewsTopic, parse_position
from vostok.domain.webhook import (
    Delivery,
    DeliveryState,
    NewDelivery,
    SentAnswer,
    Webhook,
    WebhookState,
)
from vostok.errors import NotFoundError

_HOOK, _DELIVERY = schema.webhook, schema.webhook_delivery
_HOOKS = sa.select(_HOOK, schema.archive.c.name.label("archive")).join(
    schema.archive, schema.archive.c.id == _HOOK.c.archive_id
)


class SqlWebhooks:
    """Implements `services.repositories.Webhooks`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(
        self,
        archive_id: int,
        address: str,
        topics: frozenset[NewsTopic],
        *,
        nonce: str,
        position: NewsPosition,
        by: str,
        at: datetime,
    ) -> Webhook:
        """A new one, switched on."""
        number = self._connection.execute(
            _HOOK.insert()
            .values(
                archive_id=archive_id,
                address=address,
                topics=sorted(topics),
                nonce=nonce,
                state=WebhookState.ON,
                sentence="is told of what happens",
                position=str(position),
                created_by=by,
                created_at=seconds(at),
            )
            .returning(_HOOK.c.id)
        ).scalar_one()
        return self.numbered(archive_id, number)

    def of_archive(self, archive_id: int) -> list[Webhook]:
        """Those of an archive, the oldest first."""
        return self._hooks(_HOOK.c.archive_id == archive_id)

    def numbered(self, archive_id: int, number: int) -> Webhook:
        """One of them; NotFoundError if there is none."""
        found = self._hooks(_HOOK.c.archive_id == archive_id, _HOOK.c.id == number)
        if not found:
            raise NotFoundError(
                f"the archive has no webhook {number}",
                hint="see which there are: vostok webhook list NAME",
            )
        return found[0]

    def switched_on(self) -> list[Webhook]:
        """All that are told of news, of archives that people see."""
        return self._hooks(
            _HOOK.c.state == WebhookState.ON, schema.archive.c.name.not_like(f"{HIDDEN_MARK}%")
        )

    def lock(self, number: int) -> Webhook | None:
        """One, while nobody else changes it. See `services.repositories.Webhooks`."""
        lock_row(self._connection, _HOOK, number)
        found = self._hooks(_HOOK.c.id == number)
        return found[0] if found else None

    def set_state(self, number: int, state: WebhookState, sentence: str) -> None:
        """Switch one on or off, and say why."""
        self._update(number, state=state, sentence=sentence)

    def set_position(self, number: int, position: NewsPosition) -> None:
        """Note up to where deliveries were made."""
        self._update(number, position=str(position))

    def _update(self, number: int, **values: str) -> None:
        self._connection.execute(_HOOK.update().where(_HOOK.c.id == number).values(values))

    def remove(self, number: int) -> None:
        """Take one away with its deliveries."""
        self._connection.execute(_DELIVERY.delete().where(_DELIVERY.c.webhook_id == number))
        self._connection.execute(_HOOK.delete().where(_HOOK.c.id == number))

    def _hooks(self, *conditions: sa.ColumnElement[bool]) -> list[Webhook]:
        rows = self._connection.execute(_HOOKS.where(*conditions).order_by(_HOOK.c.id))
        return [
            Webhook(
                number=row.id,
                archive_id=row.archive_id,
                archive=row.archive,
                address=row.address,
                topics=frozenset(map(NewsTopic, row.topics)),
                nonce=row.nonce,
                state=WebhookState(row.state),
                sentence=row.sentence,
                position=parse_position(row.position),
                created_by=row.created_by,
                created_at=moment(row.created_at),
            )
            for row in rows
        ]

    # Deliveries -------------------------------------------------------------------------

    def put_deliveries(
        self, number: int, deliveries: Sequence[NewDelivery], *, at: datetime
    ) -> None:
        """Have items sent, each once whatever is asked."""
        for new in deliveries:
            values = {
                "webhook_id": number,
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
            inserted_id(self._connection, _DELIVERY, values)

    def deliveries(self, number: int, *, before: int | None, rows_max: int) -> list[Delivery]:
        """The newest of one webhook. See `services.repositories.Webhooks`."""
        query = sa.select(_DELIVERY).where(_DELIVERY.c.webhook_id == number)
        if before is not None:
            query = query.where(_DELIVERY.c.id < before)
        rows = self._connection.execute(query.order_by(_DELIVERY.c.id.desc()).limit(rows_max))
        return [_delivery(row) for row in rows]

    def delivery(self, number: int, delivery_id: int) -> Delivery:
        """One of them; NotFoundError if there is none."""
        row = self._connection.execute(
            sa.select(_DELIVERY).where(
                _DELIVERY.c.webhook_id == number, _DELIVERY.c.id == delivery_id
            )
        ).first()
        if row is None:
            raise NotFoundError(
                f"webhook {number} has no delivery {delivery_id}",
                hint=f"see which there are: vostok webhook show NAME {number}",
            )
        return _delivery(row)

    def due(self, at: datetime, *, webhooks_max: int) -> list[int]:
        """Numbers of webhooks for which something is to be sent now."""
        query = (
            sa.select(_DELIVERY.c.webhook_id)
            .join(_HOOK, _HOOK.c.id == _DELIVERY.c.webhook_id)
            .where(
                _DELIVERY.c.state == DeliveryState.WAITING,
                _DELIVERY.c.next_at <= seconds(at),
                _HOOK.c.state == WebhookState.ON,
            )
            .group_by(_DELIVERY.c.webhook_id)
            .order_by(sa.func.min(_DELIVERY.c.next_at))
            .limit(webhooks_max)
        )
        return list(self._connection.execute(query).scalars())

    def take(self, number: int, at: datetime, *, until: datetime) -> Delivery | None:
        """The oldest delivery that is due. See `services.repositories.Webhooks`."""
        row = self._connection.execute(
            sa.select(_DELIVERY)
            .where(
                _DELIVERY.c.webhook_id == number,
                _DELIVERY.c.state == DeliveryState.WAITING,
                _DELIVERY.c.next_at <= seconds(at),
            )
            .order_by(_DELIVERY.c.id)
            .limit(1)
        ).first()
        if row is None:
            return None
        self._connection.execute(
            _DELIVERY.update().where(_DELIVERY.c.id == row.id).values(next_at=seconds(until))
        )
        return _delivery(row)

    def note_attempt(
        self, delivery: Delivery, answer: SentAnswer, *, next_at: datetime | None
    ) -> None:
        """Write down what an attempt brought. See `services.repositories.Webhooks`."""
        state = DeliveryState.WAITING if next_at is not None else DeliveryState.FAILED
        self._connection.execute(
            _DELIVERY.update()
            .where(_DELIVERY.c.id == delivery.id)
            .values(
                state=DeliveryState.DELIVERED if answer.is_taken else state,
                attempts=delivery.attempts + 1,
                next_at=None if answer.is_taken or next_at is None else seconds(next_at),
                status=answer.status,
                answer=answer.text,
            )
        )

    def send_again(self, delivery_id: int, at: datetime) -> None:
        """Have a delivery sent as if for the first time."""
        self._connection.execute(
            _DELIVERY.update()
            .where(_DELIVERY.c.id == delivery_id)
            .values(state=DeliveryState.WAITING, attempts=0, next_at=seconds(at))
        )

    def forget(self, before: datetime) -> int:
        """Forget what was delivered or given up, and came before a moment; how many."""
        gone = _DELIVERY.delete().where(
            _DELIVERY.c.state != DeliveryState.WAITING, _DELIVERY.c.created_at < seconds(before)
        )
        return self._connection.execute(gone).rowcount


def _delivery(row: sa.Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        webhook=row.webhook_id,
        key=row.key,
        item=row.item,
        topic=NewsTopic(row.topic),
        payload=row.payload,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        next_at=moment_or_none(row.next_at),
        status=row.status,
        answer=row.answer,
        created_at=moment(row.created_at),
    )
