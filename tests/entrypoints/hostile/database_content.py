"""What a database holds, to see that nothing was changed."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from tests.entrypoints.installation import Installation

from vostok.adapters.database import schema

LOOKED_AT: Final = {("token", "used_at"), ("builder", "seen_at")}
"""What looking changes: when somebody was last here."""

Content = dict[str, list[tuple[object, ...]]]


def content_of(installation: Installation) -> Content:
    """Table -> rows, of all tables but those of sessions."""
    root: Path = installation.settings.data_root
    with closing(sqlite3.connect(root / "vostok.db")) as connection:
        return {
            table.name: sorted(
                connection.execute(f"select {_columns(table.name)} from {table.name}"),  # noqa: S608 - of the schema
                key=repr,
            )
            for table in schema.metadata.sorted_tables
            if table.name != "session"
        }


def changed(before: Content, after: Content) -> set[str]:
    """The tables that differ."""
    return {name for name, rows in before.items() if rows != after[name]}


def _columns(table: str) -> str:
    columns = schema.metadata.tables[table].columns
    return ", ".join(f'"{c.name}"' for c in columns if (table, c.name) not in LOOKED_AT)
