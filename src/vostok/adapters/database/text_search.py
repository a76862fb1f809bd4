"""A text that stands somewhere in columns, in upper or lower case."""

import re
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa


def has_text(
    connection: sa.Connection, text: str, columns: Iterable[sa.ColumnElement[Any]]
) -> sa.ColumnElement[bool]:
    """Whether one of the columns has the text; nothing in it stands for other characters."""
    escaped = re.sub(r"([/%_])", r"/\1", text)
    # SQLite's own word knows no case, and takes half the time of comparing in lower case.
    is_sqlite = connection.dialect.name == "sqlite"
    return sa.or_(
        *(
            column.like(f"%{escaped}%", escape="/")
            if is_sqlite
            else column.ilike(f"%{escaped}%", escape="/")
            for column in columns
        )
    )
