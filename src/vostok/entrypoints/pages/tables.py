"""Tables for programs: what a page shows in rows, as comma-separated values (RFC 4180).

A page that has tables answers at its address with `.csv` too; of several, `?table=` names one.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from vostok.entrypoints.pages.responses import FILE_HEADERS
from vostok.errors import NotFoundError

ROWS_PER_PIECE: Final = 500
# What a spreadsheet takes for the beginning of a formula (OWASP, «CSV Injection»).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of a page.

    Attributes:
        name: by which it is asked for, if the page has several.
        columns: keys of the rows; `toolchain.name` is the key `name` of the value `toolchain`.
        rows: documents, read while they are sent, so that a long table is never whole in memory.
    """

    name: str
    columns: Sequence[str]
    rows: Iterable[Mapping[str, Any]]


def wants_csv(request: Request) -> bool:
    """Whether a page's table is asked for."""
    return request.url.path.endswith(".csv")


def csv_answer(request: Request, *tables: Table) -> Response:
    """The table that is asked for: the first, or the one that `?table=` names.

    Raises:
        NotFoundError: the page has none of that name.
    """
    asked = request.query_params.get("table") or tables[0].name
    for table in tables:
        if table.name == asked:
            headers = {
                **FILE_HEADERS,
                "Content-Disposition": f'attachment; filename="{table.name}.csv"',
            }
            return StreamingResponse(
                _pieces(table), media_type="text/csv; charset=utf-8; header=present",
                headers=headers,
            )  # fmt: skip
    raise NotFoundError(
        f"this page has no table {asked[:40]!r}",
        hint=f"it has: {', '.join(table.name for table in tables)}",
    )


def _pieces(table: Table) -> Iterator[bytes]:
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(table.columns)
    places = [column.split(".") for column in table.columns]
    for number, row in enumerate(table.rows, start=1):
        writer.writerow([_cell(_value(row, place)) for place in places])
        if number % ROWS_PER_PIECE == 0:
            yield lines.getvalue().encode()
            lines.seek(0)
            lines.truncate()
    yield lines.getvalue().encode()


def _value(row: Mapping[str, Any], place: Sequence[str]) -> object:
    first, *further = place
    value = row.get(first)
    for key in further:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _cell(value: object) -> object:
    """A value as it stands in a cell; text never begins as a formula does."""
    if type(value) is str:  # most are, of a million cells
        return f"'{value}" if value.startswith(_FORMULA) else value
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return value
        case Mapping():
            text = " ".join(f"{key}={item}" for key, item in value.items())
        case list() | tuple():
            text = " ".join(map(str, value))
        case _:
            text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
