"""Lists in pages: one way for all of them.

A cursor says behind which item a page begins, not how many came before it. So what is added or
taken away meanwhile neither repeats nor hides an item that was there all the time.
"""

import base64
import binascii
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import Field, create_model

from vostok.domain.list_place import Place
from vostok.entrypoints.api.parameters import checked

PAGE_ITEMS: Final = 100
PAGE_ITEMS_MAX: Final = 1_000
CURSOR_CHARACTERS_MAX: Final = 2_000
INTEGER_MAX: Final = (1 << 63) - 1

Item = TypeVar("Item")
CursorField = Annotated[str, Field(max_length=CURSOR_CHARACTERS_MAX)]
"""A cursor in a body."""


def cursor_at(name: str, place: Place) -> str:
    """The cursor of the page that begins behind a place of a list."""
    text = json.dumps([name, *place])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(
    cursor: str | None, name: str, kinds: Sequence[type], *, where: str = "query"
) -> Place | None:
    """Behind which item of a list the page begins; None for the first page.

    Args:
        cursor: `next` of the page before.
        name: of the list; a cursor of another one is refused.
        kinds: what the parts of a place are.
        where: the part of the request that the cursor is in.

    Raises:
        RequestValidationError: the cursor is none that this list has given.
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not _is_place(found, name, kinds):
        raise RequestValidationError(
            [
                {
                    "type": "cursor_parsing",
                    "loc": (where, "cursor"),
                    "msg": "it is none that this list has given; leave it out to begin anew",
                    "input": None,
                }
            ]
        )
    return found[1:]


def _is_place(found: list[Any], name: str, kinds: Sequence[type]) -> bool:
    """Whether it is of this list, and there is nothing in it that no database can compare with."""
    if [*found[:1], *map(type, found[1:])] != [name, *kinds]:
        return False
    return all(map(_can_be_stored, found[1:]))


def _can_be_stored(part: object) -> bool:
    """Whether a part of a place can be one: a number in bounds; text that UTF-8 and SQL know."""
    if isinstance(part, str):
        return "\0" not in part and not any("\ud800" <= letter <= "\udfff" for letter in part)
    if isinstance(part, float):
        return math.isfinite(part)
    return not isinstance(part, int) or abs(part) <= INTEGER_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """Which page of a list is asked for, and the answer that will name the next one."""

    request: Request
    response: Response
    limit: int
    cursor: str | None

    def place(self, name: str, kinds: Sequence[type]) -> Place | None:
        """Behind which item of a list the page begins, as `place_of` says."""
        return place_of(self.cursor, name, kinds)

    def next_at(self, name: str, place: Place) -> str:
        """The cursor of the next page, which the answer's link has too."""
        return self.linked(cursor_at(name, place))

    def linked(self, following: str) -> str:
        """The cursor of the next page, when the answer's link has it too."""
        query = [(k, v) for k, v in self.request.query_params.multi_items() if k != "cursor"]
        address = f"{self.request.url.path}?{urlencode([*query, ('cursor', following)])}"
        self.response.headers["Link"] = f'<{address}>; rel="next"'
        return following

    def unchecked(self, document: Mapping[str, Any]) -> JSONResponse:
        """A long answer, not checked against its own description again, with its link."""
        return JSONResponse(dict(document), headers=dict(self.response.headers))

    def of_sorted(
        self, name: str, items: Sequence[Item], place: Callable[[Item], Place]
    ) -> dict[str, Any]:
        """The answer with the items that follow the cursor, of which one more was looked for."""
        shown = items[: self.limit]
        following = None
        if len(items) > self.limit:
            following = self.next_at(name, place(shown[-1]))
        return {name: list(shown), "next": following}

    def of_all(
        self,
        name: str,
        items: Iterable[Item],
        place: Callable[[Item], Place],
        *,
        descending: bool = False,
    ) -> dict[str, Any]:
        """The answer with a page of a list that is there whole. O(list)."""
        placed = [(list(place(item)), item) for item in items]
        placed.sort(key=itemgetter(0), reverse=descending)
        if placed:
            behind = self.place(name, [type(part) for part in placed[0][0]])
            if behind is not None:
                begin = list(behind)
                placed = [p for p in placed if (p[0] < begin if descending else p[0] > begin)]
        found = [item for _, item in placed[: self.limit + 1]]
        return self.of_sorted(name, found, place)


def page_of(
    *,
    usual: int = PAGE_ITEMS,
    least: int = 1,
    most: int = PAGE_ITEMS_MAX,
    check: Callable[[str], object] = str,
) -> Callable[..., PageRequest]:
    """The dependency of a route that gives pages.

    Args:
        usual: items of a page, if nobody says how many.
        least: 0 where a document has more than its list: then it comes without items.
        most: items of a page.
        check: the rule of the domain for a cursor that is not ours alone.
    """

    def asked(
        request: Request,
        response: Response,
        limit: Annotated[
            int, Query(ge=least, le=most, description="How many items a page may have")
        ] = usual,
        cursor: Annotated[
            Annotated[str, Field(max_length=CURSOR_CHARACTERS_MAX), checked(check)] | None,
            Query(description="`next` of the page before; without one, the first page"),
        ] = None,
    ) -> PageRequest:
        return PageRequest(request=request, response=response, limit=limit, cursor=cursor)

    return asked


Page = Annotated[PageRequest, Depends(page_of())]


def list_of(name: str, view: type) -> Any:  # noqa: ANN401 - a type, made at run time
    """The type of an answer with a page of a list."""
    title = f"{name.title().replace('_', '')}Page"
    fields: dict[str, Any] = {name: (list[view], ...), "next": (str | None, ...)}  # type: ignore[valid-type]  # made at run time
    return create_model(title, **fields)
