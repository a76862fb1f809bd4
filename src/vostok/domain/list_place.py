"""Places in sorted lists: behind which item a page of one begins."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")
Place = Sequence[int | str | float]
"""What an item is sorted by, and last which of those it is that are equal in all that: 0, 1, …"""


def index_behind(items: Sequence[Item], place: Place, key: Callable[[Item], Any]) -> int:
    """Where the items begin that follow a place, also if its item is there no more. O(log items).

    Args:
        items: sorted by `key`, which gives tuples.
        place: `place_at` of an item, perhaps of an older list.
        key: what they are sorted by.
    """
    *parts, number = place
    first = bisect_left(items, tuple(parts), key=key)
    behind = bisect_right(items, tuple(parts), lo=first, key=key)
    return min(first + int(number) + 1, behind)


def place_at(items: Sequence[Item], index: int, key: Callable[[Item], Any]) -> Place:
    """The place of an item. O(log items)."""
    parts = key(items[index])
    return [*parts, index - bisect_left(items, parts, hi=index, key=key)]
