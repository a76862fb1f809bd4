"""Lists that are read whole and shown in pages: a page of them, of those with a text in them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request

from vostok.entrypoints.pages.asked import is_number
from vostok.entrypoints.pages.narrowing import Choice, Narrowing, narrowing

ROWS_MAX: Final = 200
TEXT_MAX: Final = 200
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPiece(Generic[Item]):
    """What a page shows of a list, and where the rest is."""

    path: str
    text: str
    """What is looked for; empty for everything."""
    rows: Sequence[Item]
    found: int
    """How many have the text, on all pages."""
    page: int
    pages: int
    narrowed: Narrowing
    """What the text and other fields leave out."""

    @property
    def choices(self) -> Sequence[Choice]:
        """Fields beside that of the text."""
        return self.narrowed.choices

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(self.narrowed.given)

    @property
    def query(self) -> str:
        """What leads to the whole of what was found, as JSON and CSV: `?…` or nothing."""
        return f"?{urlencode(self.narrowed.given)}" if self.is_narrowed else ""

    def address(self, page: int) -> str:
        """Another page of the same."""
        return f"{self.path}?{urlencode([*self.narrowed.given, ('page', page)])}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """Which page of a list is shown, and where the others are."""

    page: int
    pages: int
    address: Callable[[int], str]


def page_asked(request: Request) -> int:
    """The page that is asked for, from 1."""
    asked = request.query_params.get("page", "")
    return max(1, int(asked)) if is_number(asked) else 1


def page_count(rows: int, *, rows_max: int) -> int:
    """Pages that hold so many rows; at least one."""
    return max(1, -(-rows // rows_max))


def text_asked(request: Request) -> str:
    """What is looked for."""
    return request.query_params.get("q", "").strip()[:TEXT_MAX]


def with_text(
    request: Request, items: Iterable[Item], words: Callable[[Item], Iterable[str]]
) -> list[Item]:
    """Those in one of whose words the text stands that is looked for; case does not matter."""
    text = text_asked(request).casefold()
    if not text:
        return list(items)
    return [item for item in items if any(text in word.casefold() for word in words(item))]


def list_piece(
    request: Request,
    path: str,
    found: Sequence[Item],
    *,
    rows_max: int = ROWS_MAX,
    narrowed: Narrowing | None = None,
) -> ListPiece[Item]:
    """The page that is asked for, or the last one.

    Args:
        request: says in its query which page.
        path: of the list, which a form may have been sent away from.
        found: the whole list, of those that are looked for.
        rows_max: on a page.
        narrowed: what the list was narrowed by, if not by a text alone.
    """
    pages = page_count(len(found), rows_max=rows_max)
    page = min(page_asked(request), pages)
    return ListPiece(
        path=path,
        text=text_asked(request),
        rows=found[(page - 1) * rows_max : page * rows_max],
        found=len(found),
        page=page,
        pages=pages,
        narrowed=narrowed or narrowing(request),
    )
