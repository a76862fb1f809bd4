"""News: positions as texts, and streams merged into one sequence."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vostok.domain.build import TRANSITIONS, BuildState
from vostok.domain.news import (
    BEGINNING,
    NewsItem,
    NewsPosition,
    NewsStream,
    NewsTopic,
    StreamPiece,
    merged,
    parse_position,
    topic_of_build,
)
from vostok.errors import InvalidInputError

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
IDS = st.integers(min_value=0, max_value=(1 << 63) - 1)


def item(stream: NewsStream, number: int, minutes: int) -> NewsItem:
    return NewsItem(
        stream=stream, id=number, at=NOW + timedelta(minutes=minutes), topic=NewsTopic.BUILT,
        actor="vostok", subject="hello", title="hello", sentence="built", number=number,
    )  # fmt: skip


def piece(stream: NewsStream, minutes: list[int]) -> StreamPiece:
    items = [item(stream, number + 1, minute) for number, minute in enumerate(minutes)]
    return StreamPiece(stream=stream, items=items, reached=len(items))


@given(IDS, IDS, IDS, IDS)
def test_a_position_is_what_its_text_says(b: int, p: int, u: int, c: int) -> None:
    position = NewsPosition(builds=b, publications=p, uploads=u, campaigns=c)

    assert parse_position(str(position)) == position


@pytest.mark.parametrize(
    "text", ["", "b1", "b1.p1.u1.c", "b-1.p1.u1.c1", "b1.p1.u1.c1 ", f"b{1 << 63}.p1.u1.c1"]
)
def test_other_texts_are_no_positions(text: str) -> None:
    with pytest.raises(InvalidInputError, match="is no position"):
        parse_position(text)


@given(
    st.lists(st.integers(0, 9), max_size=9),
    st.lists(st.integers(0, 9), max_size=9),
    st.integers(1, 7),
)
def test_pages_of_any_size_tell_everything_once_and_each_stream_in_its_order(
    builds: list[int], uploads: list[int], limit: int
) -> None:
    streams = [piece(NewsStream.BUILDS, builds), piece(NewsStream.UPLOADS, uploads)]
    told, position = [], BEGINNING

    for _ in range(len(builds) + len(uploads) + 1):
        rest = [
            StreamPiece(
                stream=s.stream,
                items=[i for i in s.items if i.id > position.last(s.stream)],
                reached=s.reached,
            )
            for s in streams
        ]
        page = merged(rest, position, limit=limit, is_whole=True)
        told += [found.key for found, _ in page.items]
        position = page.position
        if page.is_whole:
            break

    assert sorted(told) == sorted(i.key for s in streams for i in s.items)
    for stream in "bu":
        of_stream = [int(key[1:]) for key in told if key[0] == stream]
        assert of_stream == sorted(of_stream)


def test_streams_are_merged_by_time() -> None:
    pieces = [piece(NewsStream.BUILDS, [1, 5]), piece(NewsStream.PUBLICATIONS, [3])]

    page = merged(pieces, BEGINNING, limit=10, is_whole=True)

    assert [(found.key, str(behind)) for found, behind in page.items] == [
        ("b1", "b1.p0.u0.c0"),
        ("p1", "b1.p1.u0.c0"),
        ("b2", "b2.p1.u0.c0"),
    ]


def test_what_was_looked_at_without_finding_anything_is_passed_over() -> None:
    empty = StreamPiece(stream=NewsStream.BUILDS, items=[], reached=70)

    assert merged([empty], BEGINNING, limit=10, is_whole=True).position.builds == 70


def test_every_step_of_a_build_has_a_topic() -> None:
    for before, following in TRANSITIONS.items():
        for after in following:
            assert topic_of_build(before, after) in NewsTopic

    assert topic_of_build(BuildState.UPLOADING, BuildState.BUILT) is NewsTopic.BUILT
    assert topic_of_build(BuildState.BUILT, BuildState.BUILT) is NewsTopic.PROGRESS
