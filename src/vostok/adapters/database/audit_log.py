"""The audit log."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import moment, seconds
from vostok.adapters.database.text_search import has_text
from vostok.domain.audit import AUDIT_ROWS_MAX, DETAIL_CHARACTERS_MAX, AuditEntry, AuditFilter
from vostok.domain.rights import Team

_AUDIT = schema.audit_entry


class SqlAuditLog:
    """Implements `services.repositories.AuditLog`. Triggers keep what is written."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def note(
        self,
        *,
        at: datetime,
        actor: str,
        action: str,
        archive: str | None,
        subject: str,
        detail: str,
    ) -> None:
        """Write an entry."""
        self._connection.execute(
            _AUDIT.insert().values(
                at=seconds(at),
                actor=actor,
                action=action,
                archive=archive,
                subject=subject[:DETAIL_CHARACTERS_MAX],
                detail=detail[:DETAIL_CHARACTERS_MAX],
            )
        )

    def note_end_of_team(self, team: Team, *, at: datetime, actor: str, action: str) -> None:
        """Write an entry in each archive of a team's. See `services.repositories.AuditLog`."""
        grant, archive = schema.access_grant, schema.archive
        entry: dict[str, sa.ColumnElement[Any]] = {
            "at": sa.literal(seconds(at)),
            "actor": sa.literal(actor),
            "action": sa.literal(action),
            "archive": archive.c.name,
            "subject": sa.literal(f"team {team.name}"[:DETAIL_CHARACTERS_MAX]),
            "detail": sa.literal("what was granted to it ended: the team was deleted"),
        }
        of_team = sa.select(grant.c.archive_id).where(
            grant.c.team_id == team.id, grant.c.revoked_at.is_(None)
        )
        found = sa.select(*entry.values()).where(archive.c.id.in_(of_team))
        self._connection.execute(_AUDIT.insert().from_select(list(entry), found))

    def entries(self, wanted: AuditFilter) -> list[AuditEntry]:
        """The newest entries that a filter lets through, at most its count.

        An index leads to those of one actor, archive or action, or of an actor's one action, in a
        time; a text is looked for in what the rest of the filter leaves, up to O(entries).
        """
        query = sa.select(_AUDIT)
        for column, value in (
            (_AUDIT.c.actor, wanted.actor),
            (_AUDIT.c.archive, wanted.archive),
            (_AUDIT.c.action, wanted.action),
        ):
            if value is not None:
                query = query.where(column == value)
        if wanted.since is not None:
            query = query.where(_AUDIT.c.at >= seconds(wanted.since))
        if wanted.until is not None:
            query = query.where(_AUDIT.c.at < seconds(wanted.until))
        if wanted.before is not None:
            query = query.where(self._is_before(wanted.before))
        if wanted.after is not None:
            query = query.where(_AUDIT.c.id != wanted.after, ~self._is_before(wanted.after))
        if wanted.text:
            query = query.where(
                has_text(self._connection, wanted.text, (_AUDIT.c.subject, _AUDIT.c.detail))
            )
        if wanted.hidden:
            query = query.where(
                sa.or_(_AUDIT.c.archive.is_(None), _AUDIT.c.archive.not_in(sorted(wanted.hidden)))
            )
        order: tuple[sa.ColumnElement[Any], ...] = (_AUDIT.c.at, _AUDIT.c.id)
        if wanted.after is None:
            order = (_AUDIT.c.at.desc(), _AUDIT.c.id.desc())
        piece = query.order_by(*order).limit(min(wanted.count, AUDIT_ROWS_MAX))
        rows = self._connection.execute(piece).all()
        return [
            AuditEntry(
                number=row.id,
                at=moment(row.at),
                actor=row.actor,
                action=row.action,
                archive=row.archive,
                subject=row.subject,
                detail=row.detail,
            )
            for row in (rows if wanted.after is None else reversed(rows))
        ]

    def _is_before(self, number: int) -> sa.ColumnElement[bool]:
        at = self._connection.execute(
            sa.select(_AUDIT.c.at).where(_AUDIT.c.id == number)
        ).scalar_one_or_none()
        if at is None:  # the end of all, as somebody guesses it
            return _AUDIT.c.id < number
        return sa.tuple_(_AUDIT.c.at, _AUDIT.c.id) < sa.tuple_(sa.literal(at), sa.literal(number))
