"""Tables of pages as comma-separated values."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from vostok.entrypoints.pages.tables import Table, csv_answer
from vostok.errors import NotFoundError


def request(query: str = "") -> Request:
    return Request({"type": "http", "path": "/t.csv", "query_string": query.encode()})


async def text_of(table: Table, query: str = "") -> str:
    answer = csv_answer(request(query), table)
    pieces = [piece async for piece in answer.body_iterator]  # type: ignore[attr-defined]  # it is a stream
    return b"".join(pieces).decode()


@pytest.mark.anyio
async def test_lines_end_and_texts_are_quoted_as_the_standard_says() -> None:
    rows = [{"name": 'a "quoted", name', "is": {"new": True}, "tags": ["x", "y"], "size": -3}]
    table = Table(name="t", columns=("name", "is.new", "tags", "size", "none"), rows=rows)

    text = await text_of(table)

    assert text == ('name,is.new,tags,size,none\r\n"a ""quoted"", name",yes,x y,-3,\r\n')


@pytest.mark.anyio
@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
async def test_no_text_is_a_formula_for_a_spreadsheet(first: str) -> None:
    table = Table(name="t", columns=("reason",), rows=[{"reason": f"{first}cmd|' /C calc'!A0"}])

    [_, [cell]] = list(csv.reader(io.StringIO(await text_of(table), newline="")))

    assert cell == f"'{first}cmd|' /C calc'!A0"


@pytest.mark.anyio
async def test_rows_are_read_while_they_are_sent() -> None:
    read: list[int] = []

    def rows() -> Iterator[Mapping[str, Any]]:
        for number in range(2_000):
            read.append(number)
            yield {"n": number}

    answer = csv_answer(request(), Table(name="t", columns=("n",), rows=rows()))
    pieces = answer.body_iterator  # type: ignore[attr-defined]  # it is a stream
    first = await anext(aiter(pieces))

    assert first.startswith(b"n\r\n0\r\n")
    assert len(read) < 1_000


def test_a_table_that_is_not_there_is_named() -> None:
    with pytest.raises(NotFoundError, match="no table 'x'") as caught:
        csv_answer(request("table=x"), Table(name="t", columns=(), rows=[]))

    assert caught.value.hint == "it has: t"


@given(cells=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\n"))))
def test_what_is_written_is_read_again(cells: list[str]) -> None:
    table = Table(name="t", columns=("c",), rows=[{"c": cell} for cell in cells])

    read = list(csv.reader(io.StringIO(_collected(table), newline="")))

    assert [row[0].removeprefix("'") if row else "" for row in read[1:]] == [
        cell.removeprefix("'") for cell in cells
    ]


def _collected(table: Table) -> str:
    return anyio.run(text_of, table)
