"""How many builds of a campaign had ended when."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from vostok.domain.campaign_progress import PIECES_MAX, piece_seconds, progress

BEGAN = datetime(2026, 11, 27, tzinfo=UTC)


def test_each_piece_tells_what_had_ended_by_its_end() -> None:
    pieces = progress(BEGAN, 60, [(2, "failed", 1), (0, "built", 3), (2, "built", 4)])

    assert [(piece.until - BEGAN, dict(piece.counts)) for piece in pieces] == [
        (timedelta(seconds=60), {"built": 3}),
        (timedelta(seconds=120), {"built": 3}),
        (timedelta(seconds=180), {"built": 7, "failed": 1}),
    ]


def test_without_an_end_there_is_no_piece() -> None:
    assert progress(BEGAN, 60, []) == []


@given(seconds=st.integers(0, 10**9))
def test_the_pieces_hold_the_whole_time(seconds: int) -> None:
    length = piece_seconds(BEGAN, BEGAN + timedelta(seconds=seconds))

    assert length >= 1
    assert length * PIECES_MAX >= seconds
