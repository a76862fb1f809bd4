"""How many statements some work sends to a database."""

from collections.abc import Callable

import sqlalchemy as sa

from vostok.adapters.database.connection import SqlDatabase


def statements_of(database: SqlDatabase, work: Callable[[], object]) -> int:
    """So many."""
    found = 0

    def count(*_event: object) -> None:
        nonlocal found
        found += 1

    sa.event.listen(database.engine, "before_cursor_execute", count)
    work()
    sa.event.remove(database.engine, "before_cursor_execute", count)
    return found
