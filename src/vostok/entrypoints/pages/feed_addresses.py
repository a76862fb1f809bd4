"""The addresses that a feed reader is given: with a token, for a reader that sends no headers."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from vostok.entrypoints.pages.addresses import path_of

FEEDS_SHOWN_MAX: Final = 50
ANY_ARCHIVE: Final = "NAME"
"""No archive is called so: names have no capitals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedAddresses:
    """What a page hands out once, when a token for feeds was made.

    Attributes:
        shown: (archive, full address of its feed); under `ANY_ARCHIVE` if none is known.
        total: how many archives there are.
    """

    shown: tuple[tuple[str, str], ...]
    total: int


def feed_addresses(url: str, token: str, archives: Iterable[str]) -> FeedAddresses:
    """The addresses of the feeds of archives.

    Args:
        url: the server's.
        token: of the scope `feed`.
        archives: their names; none: the address has `ANY_ARCHIVE` where a name belongs.
    """
    names = sorted(archives) or [ANY_ARCHIVE]
    query = urlencode({"token": token})
    return FeedAddresses(
        shown=tuple(
            (name, f"{url.rstrip('/')}{path_of('archives', name, 'feed.atom')}?{query}")
            for name in names[:FEEDS_SHOWN_MAX]
        ),
        total=len(names),
    )
