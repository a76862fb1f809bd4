"""Lists in pages: one way for all of them.

A cursor says behind which item a page begins, not how many came before it. So what is added or
taken away meanwhile neither repeats nor hides an item that was there all the time.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import create_model

PAGE_ITEMS: Final = 100
PAGE_ITEMS_MAX: Final = 1_000
CURSOR_CHARACTERS_MAX: Final = 2_000

Item = TypeVar("Item")
Place = Sequence[int | str | float]
"""What an item is sorted by, its last part its own: nothing else in the list has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """Which page of a list is asked for, and the answer that will name the next one."""

    request: Request
    response: Response
    limit: int
    cursor: str | None

    def place(self, name: str, kinds: Sequence[type]) -> Place | None:
        """Behind which item of a list the page begins; None for the first page.

        Args:
            name: of the list; a cursor of another one is refused.
            kinds: what the parts of a place are.

        Raises:
            RequestValidationError: the cursor is none that this list has given.
        """
        if self.cursor is None:
            return None
        try:
            padded = self.cursor + "=" * (-len(self.cursor) % 4)
            found = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (binascii.Error, ValueError, RecursionError):
            found = None
        if not isinstance(found, list) or [*found[:1], *map(type, found[1:])] != [name, *kinds]:
            raise RequestValidationError(
                [
                    {
                        "type": "cursor_parsing",
                        "loc": ("query", "cursor"),
                        "msg": "it is none that this list has given; leave it out to begin anew",
                        "input": None,
                    }
                ]
            )
        return found[1:]

    def of_sorted(
        self, name: str, items: Sequence[Item], place: Callable[[Item], Place]
    ) -> dict[str, Any]:
        """The answer with the items that follow the cursor, of which one more was looked for."""
        shown = items[: self.limit]
        following = None
        if len(items) > self.limit:
            text = json.dumps([name, *place(shown[-1])])
            following = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
            query = [(k, v) for k, v in self.request.query_params.multi_items() if k != "cursor"]
            address = f"{self.request.url.path}?{urlencode([*query, ('cursor', following)])}"
            self.response.headers["Link"] = f'<{address}>; rel="next"'
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


def _page_request(
    request: Request,
    response: Response,
    limit: Annotated[
        int, Query(ge=1, le=PAGE_ITEMS_MAX, description="How many items a page may have")
    ] = PAGE_ITEMS,
    cursor: Annotated[
        str | None,
        Query(
            max_length=CURSOR_CHARACTERS_MAX,
            description="`next` of the page before; without one, the first page",
        ),
    ] = None,
) -> PageRequest:
    return PageRequest(request=request, response=response, limit=limit, cursor=cursor)


Page = Annotated[PageRequest, Depends(_page_request)]


def list_of(name: str, view: type) -> Any:  # noqa: ANN401 - a type, made at run time
    """The type of an answer with a page of a list."""
    title = f"{name.title().replace('_', '')}Page"
    fields: dict[str, Any] = {name: (list[view], ...), "next": (str | None, ...)}  # type: ignore[valid-type]  # made at run time
    return create_model(title, **fields)
