"""Long lists in pages: every item is on one of them, and a text narrows the list."""

from math import ceil
from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from vostok.entrypoints.pages.list_pieces import ListPiece, list_piece, with_text


def asking(query: str) -> Request:
    return Request(
        {"type": "http", "path": "/people", "query_string": query.encode(), "headers": []}
    )


@given(count=st.integers(0, 50), rows_max=st.integers(1, 12))
def test_the_pages_hold_every_item_once_and_lead_to_one_another(count: int, rows_max: int) -> None:
    items = list(range(count))
    first: ListPiece[int] = list_piece(asking(""), "/people", items, rows_max=rows_max)

    pieces = [
        list_piece(
            asking(urlsplit(first.address(number)).query), "/people", items, rows_max=rows_max
        )
        for number in range(1, first.pages + 1)
    ]

    assert [row for piece in pieces for row in piece.rows] == items
    assert first == pieces[0]
    assert first.pages == max(1, ceil(count / rows_max))
    assert [piece.page for piece in pieces] == list(range(1, first.pages + 1))


def test_a_page_that_is_not_there_is_the_last_or_the_first() -> None:
    asked = ("page=9", "page=0", "page=-1", "page=x", "page=" + "9" * 40)

    pages = [list_piece(asking(query), "/people", range(25), rows_max=10).page for query in asked]

    assert pages == [3, 1, 1, 1, 1]


def test_a_text_is_found_in_any_word_in_upper_and_lower_case_and_stays_in_addresses() -> None:
    people = [("ann", "ann@example.org"), ("lou", "LOU@printers.example"), ("meg", "m@home.test")]
    request = asking("q=+Printers&page=1")

    found = with_text(request, people, lambda person: person)
    piece = list_piece(request, "/people", found)

    assert found == [people[1]]
    assert with_text(asking("q="), people, lambda person: person) == people
    assert (piece.text, piece.query, piece.found) == ("Printers", "?q=Printers", 1)
    assert piece.address(2) == "/people?q=Printers&page=2"
