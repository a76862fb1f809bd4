"""The audit log: who did what, on what, and when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

AUDIT_ROWS_MAX: Final = 1_001
DETAIL_CHARACTERS_MAX: Final = 2_000
AUDIT_TEXT_CHARACTERS_MAX: Final = 200
"""Of a text that is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Something that somebody did. Never changed; it outlives the archive that it names.

    Attributes:
        number: its own; of two entries of one moment the later has the higher one.
        actor: the person's name, or that of one of the installation's own tokens.
        action: of `vostok.domain.access.Action`.
        archive: the archive's name; None for what is of no archive.
        subject: what it was done to.
        detail: one sentence with the values.
    """

    number: int
    at: datetime
    actor: str
    action: str
    archive: str | None
    subject: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries are asked for; None: all.

    Attributes:
        since, until: only entries from that moment on, and before that moment.
        text: only entries with it in what they say, or in on what; in upper or lower case
            (beyond ASCII only on PostgreSQL: SQLite knows no other letters).
        before: the number of an entry: only what is older, the next page after it.
        after: the number of an entry: only what is newer, and of that the oldest: the page
            before it.
        hidden: archives that the reader does not know of.
    """

    actor: str | None = None
    archive: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None
    before: int | None = None
    after: int | None = None
    count: int = 50
    hidden: frozenset[str] = frozenset()
