"""Rows that a statement is given as one JSON value, for `INSERT … SELECT` of tens of thousands.

One parameter in the place of hundreds of thousands: both databases read JSON faster than their
drivers bind values one by one.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

ROWS_PER_STATEMENT_MAX = 50_000


def given_rows(
    connection: sa.Connection,
    columns: Mapping[str, sa.types.TypeEngine[Any]],
    rows: Iterable[Sequence[object]],
) -> Iterator[sa.Subquery]:
    """The rows as tables to select from, each of them of at most `ROWS_PER_STATEMENT_MAX` rows.

    Args:
        connection: says which database it is for.
        columns: name -> type, in the order of each row's values: texts and integers.
        rows: they come out in their order.
    """
    remaining = iter(rows)
    while batch := list(islice(remaining, ROWS_PER_STATEMENT_MAX)):
        text = json.dumps(batch, ensure_ascii=False, separators=(",", ":"))
        if connection.dialect.name == "postgresql":
            yield _of_postgresql(columns, text)
        else:
            yield _of_sqlite(columns, text)


def _of_sqlite(columns: Mapping[str, sa.types.TypeEngine[Any]], text: str) -> sa.Subquery:
    rows = sa.func.json_each(sa.literal(text, sa.Text)).table_valued("value")
    return sa.select(
        *(
            sa.type_coerce(sa.func.json_extract(rows.c.value, f"$[{place}]"), kind).label(name)
            for place, (name, kind) in enumerate(columns.items())
        )
    ).subquery("given")


def _of_postgresql(columns: Mapping[str, sa.types.TypeEngine[Any]], text: str) -> sa.Subquery:
    array = sa.cast(sa.literal(text, sa.Text), JSONB)
    rows = sa.func.jsonb_array_elements(array).table_valued(sa.column("value", JSONB))
    return sa.select(
        *(
            sa.cast(rows.c.value[place].astext, kind).label(name)
            for place, (name, kind) in enumerate(columns.items())
        )
    ).subquery("given")
