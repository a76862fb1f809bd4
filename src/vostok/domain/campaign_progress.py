"""How a campaign got on: how many of its builds had ended when, by the state they ended in."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

PIECES_MAX: Final = 24
"""Of the whole time; more than a picture of a phone's width shows, few enough for a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressPiece:
    """The state of things at one moment.

    Attributes:
        until: the end of the piece.
        counts: how many builds had ended by then, by the state that they are in.
    """

    until: datetime
    counts: Mapping[str, int]


def piece_seconds(began: datetime, ended: datetime) -> int:
    """The length of a piece, so that at most `PIECES_MAX` hold the whole time; at least 1."""
    return max(1, math.ceil((ended - began).total_seconds() / PIECES_MAX))


def progress(
    began: datetime, seconds: int, ended: Iterable[tuple[int, str, int]]
) -> list[ProgressPiece]:
    """What had ended at the end of each piece, the first to the last in which something did.

    Args:
        began: the beginning of the first piece.
        seconds: the length of each.
        ended: (place of a piece, state, how many builds ended in it); pieces may be left out.
    """
    by_place: dict[int, dict[str, int]] = {}
    for place, state, builds in ended:
        counts = by_place.setdefault(max(0, place), {})
        counts[state] = counts.get(state, 0) + builds
    so_far: dict[str, int] = {}
    pieces = []
    for place in range(max(by_place, default=-1) + 1):
        for state, builds in by_place.get(place, {}).items():
            so_far[state] = so_far.get(state, 0) + builds
        until = began + timedelta(seconds=(place + 1) * seconds)
        pieces.append(ProgressPiece(until=until, counts=dict(so_far)))
    return pieces
