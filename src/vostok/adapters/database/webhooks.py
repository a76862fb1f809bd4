"""Webhooks, in the database."""

from datetime import datetime

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.deliveries import SqlDeliveries
from vostok.adapters.database.rows import lock_row, moment, seconds
from vostok.domain.archive import HIDDEN_MARK
from vostok.domain.news import NewsPosition, NewsTopic, parse_position
from vostok.domain.webhook import Webhook, WebhookState
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
                answerable=by,
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

    def set_answerable(self, number: int, name: str) -> None:
        """Have somebody answer for one from now on."""
        self._update(number, answerable=name)

    def switch_off_of(self, answerable: str, sentence: str) -> None:
        """Switch off all that one person answers for, and say why."""
        self._connection.execute(
            _HOOK.update()
            .where(_HOOK.c.answerable == answerable, _HOOK.c.state != WebhookState.OFF)
            .values(state=WebhookState.OFF, sentence=sentence)
        )

    def set_topics(self, number: int, topics: frozenset[NewsTopic]) -> None:
        """Change what one is told of."""
        self._update(number, topics=sorted(topics))

    def set_position(self, number: int, position: NewsPosition) -> None:
        """Note up to where deliveries were made."""
        self._update(number, position=str(position))

    def _update(self, number: int, **values: str | list[NewsTopic]) -> None:
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
                answerable=row.answerable,
            )
            for row in rows
        ]


def webhook_deliveries(connection: sa.Connection) -> SqlDeliveries:
    """What is sent to webhooks; to those only that are switched on."""
    return SqlDeliveries(
        connection,
        _DELIVERY,
        _DELIVERY.c.webhook_id,
        sa.select(_HOOK.c.id, _HOOK.c.answerable, _HOOK.c.archive_id).where(
            _HOOK.c.state == WebhookState.ON
        ),
        kind="webhook",
        hint="vostok webhook show NAME {}",
    )
