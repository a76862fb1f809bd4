import re
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from vostok.documents import ArchiveView, BuildView, ProgressPieceView
from vostok.domain.build_list import BuildOrder
from vostok.entrypoints.pages import filters, log_text, package_table, pictures, proofs
from vostok.entrypoints.pages.families import in_family_order

NOW = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)
UNSEEN = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
counts = st.dictionaries(
    st.sampled_from(["built", "failed", "building", "needs-build", "cancelled", "dep-wait"]),
    st.integers(0, 10**6),
)


@given(counts)
def test_a_bar_is_full_its_parts_do_not_overlap_and_each_can_be_seen(
    numbers: dict[str, int],
) -> None:
    bar = pictures.counts_bar(numbers)

    present = {state for state, count in numbers.items() if count}
    assert {part.label for part in bar.segments} == present
    assert all(part.width > 0.7 for part in bar.segments)
    for left, right in pairwise(bar.segments):
        assert right.x == pytest.approx(left.x + left.width, abs=0.01)
    if bar.segments:
        assert bar.segments[-1].x + bar.segments[-1].width == pytest.approx(100, abs=0.01)


@given(counts)
def test_a_bars_sentence_has_every_count(numbers: dict[str, int]) -> None:
    sentence = pictures.counts_bar(numbers).sentence

    for state, count in numbers.items():
        assert (f"{filters.grouped(count)} {state}" in sentence) == (count > 0)


def test_a_picture_over_time_has_moments_between_its_ends_and_says_what_has_not_ended() -> None:
    pieces: list[ProgressPieceView] = [
        {"until": "2026-11-22T21:00:00Z", "ended": 1, "counts": {"built": 1}},
        {"until": "2026-11-22T22:00:00Z", "ended": 3, "counts": {"built": 2, "failed": 1}},
    ]

    areas = pictures.progress_areas(
        {
            "began_at": "2026-11-22T20:00:00Z",
            "piece_seconds": 3600,
            "total": 4,
            "pieces": pieces,
        }
    )

    assert [filters.clock(moment)[11:16] for moment in areas.moments] == [
        "20:00", "20:30", "21:00", "21:30", "22:00",
    ]  # fmt: skip
    assert areas.waiting == 1
    built, failed = areas.layers
    assert built.points == (
        "0.0000,1.0000 0.5000,0.7500 1.0000,0.5000 1.0000,1.0000 0.5000,1.0000 0.0000,1.0000"
    )
    assert (built.text, failed.text) == ("2", "1")
    assert built.pattern != failed.pattern


def test_times_by_stage_follow_the_builders_order_and_name_what_no_stage_has() -> None:
    seconds = {"build": 20.0, "total": 40.0, "chroot": 2.0, "install-deps": 8.0}

    bar = pictures.stages_bar(seconds)

    assert [part.label for part in bar.segments] == ["chroot", "install-deps", "build", "other"]
    assert [part.width for part in bar.segments] == [5, 20, 50, 25]
    assert bar.sentence == (
        "time by stage: chroot 2.0 s, install-deps 8.0 s, build 20 s, other 10 s"
    )


def test_a_shorter_attempt_has_a_shorter_bar() -> None:
    bar = pictures.stages_bar({"build": 25.0}, longest=100.0)

    assert [part.width for part in bar.segments] == [25]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2026-11-22T21:29:31Z", "just now"),
        ("2026-11-22T21:00:00+00:00", "30 min ago"),
        ("2026-11-22T20:30:00", "1 h ago"),
        ("2026-11-21T00:30:00+03:00", "2 days ago"),
        ("2026-11-22T21:35:00Z", "in 5 min"),
        ("not a moment", ""),
        ("0001-01-01T00:00:00+14:00", ""),
        (None, ""),
    ],
)
def test_how_long_ago_is_said_in_one_unit(value: object, text: str) -> None:
    assert filters.ago(value, NOW) == text


def test_a_moment_is_shown_in_utc_whatever_its_zone() -> None:
    assert filters.clock("2026-11-22T23:05:59+02:00") == "2026-11-22 21:05 UTC"
    assert filters.iso("2026-11-22T23:05:59+02:00") == "2026-11-22T21:05:59Z"
    assert filters.clock("yesterday") == "yesterday"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (59.4, "59 s"),
        (60, "1 min 00 s"),
        (3599.2, "59 min 59 s"),
        (3600, "1 h 00 min"),
        (90_061, "25 h 01 min"),
        (None, "\N{EN DASH}"),
    ],
)
def test_a_duration_has_at_most_two_units(seconds: object, text: str) -> None:
    assert filters.duration(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.5 KiB"),
        (48_300_000, "46.1 MiB"),
        (2**41, "2048.0 GiB"),
    ],
)
def test_a_size_is_in_binary_units(size: int, text: str) -> None:
    assert filters.byte_size(size) == text


@pytest.mark.parametrize(
    ("before", "after", "split"),
    [
        ("2.10-3", "2.10-3Xtrial1", ("2.10-3", "Xtrial1")),
        ("2.10-3Xtrial1", "2.10-3Xtrial2", ("2.10-3Xtrial", "2")),
        ("2.10-3Xtrial1", "2.10-3Xtrial12", ("2.10-3Xtrial", "12")),
        ("1.9", "1.10", ("1.", "10")),
        (None, "1.9", ("", "1.9")),
        ("1.9", None, ("", "")),
    ],
)
def test_what_is_new_in_a_version_begins_at_a_whole_number(
    before: str | None, after: str | None, split: tuple[str, str]
) -> None:
    assert filters.raised(after, before) == split


@given(st.text())
def test_readable_text_has_no_control_and_nothing_that_turns_its_direction(text: str) -> None:
    shown = filters.readable(text)

    assert not re.search(UNSEEN, shown)


@given(st.text())
def test_no_value_of_a_template_has_a_control_or_turns_the_direction(text: str) -> None:
    for value in (text, Markup(text)):  # noqa: S704 - as a macro gives it
        shown = filters.visible(value)

        assert type(shown) is type(value)
        assert not re.search(UNSEEN, str(shown))


@pytest.mark.parametrize("value", ["Grüße, 世界\tけいじ\n", 7, None, True])
def test_other_values_stand_as_they_are(value: object) -> None:
    assert filters.visible(value) is value


@given(st.text(), st.integers(1, 40))
def test_pieces_of_a_log_join_to_its_text_wherever_they_are_cut(text: str, size: int) -> None:
    content = text.encode()

    def read(offset: int) -> tuple[bytes, bool]:
        # What is written so far never ends in the middle of what the next call adds.
        piece = content[offset : offset + max(4, size)]
        return piece, offset + len(piece) >= len(content)

    offset, shown = 0, []
    for _ in range(len(content) + 1):
        piece = log_text.increment(read, offset)
        offset = piece.next_offset
        shown.append(piece.text)
        if piece.is_complete:
            break

    assert offset == len(content)
    # Escape sequences and line ends may be cut in two; the rest is the same.
    if not set(text) & set("\x1b\r"):
        assert "".join(shown) == filters.readable(text)


@given(st.lists(st.text(st.characters(categories=["L", "N"])), max_size=40), st.integers(1, 200))
def test_a_tail_is_the_end_of_the_log_in_whole_lines(lines: list[str], wanted: int) -> None:
    content = "".join(f"{line}\n" for line in lines).encode()

    tail = log_text.tail(lambda offset: (content[offset:], True), len(content), wanted)

    assert content[tail.offset : tail.next_offset].decode() == tail.text
    assert tail.next_offset == len(content)
    assert len(tail.text.encode()) <= wanted
    assert tail.offset == 0 or content[tail.offset - 1 : tail.offset] == b"\n"


def test_the_tail_of_a_log_that_grew_meanwhile_is_still_its_end() -> None:
    content = b"".join(b"%06d\n" % number for number in range(1000))

    tail = log_text.tail(lambda offset: (content[offset : offset + 100], False), 0, 70)

    assert tail.next_offset == len(content)
    assert tail.text.endswith("000999\n")
    assert not tail.is_complete


def test_a_whole_log_ends_where_nothing_more_is_written() -> None:
    content = b"x" * 1000

    pieces = list(log_text.whole(lambda offset: (content[offset : offset + 300], False)))

    assert b"".join(pieces) == content


parameters = st.dictionaries(st.sampled_from(["state", "q", "sort", "page", "other"]), st.text())


@given(parameters)
def test_a_tables_link_to_itself_asks_for_the_same(given_parameters: dict[str, str]) -> None:
    query = package_table.table_query(given_parameters)

    address = query.address(page=query.page)

    assert package_table.table_query(dict(parse_qsl(address.removeprefix("?")))) == query


def test_sorting_twice_by_a_column_turns_it_round() -> None:
    once = package_table.table_query({"sort": "seconds", "q": "a b"})

    assert once.sorted_by("seconds") == "?q=a+b&sort=-seconds"
    assert package_table.table_query({"sort": "-seconds"}).sorted_by("seconds") == "?sort=seconds"


@pytest.mark.parametrize(
    ("state", "meant"),
    [
        (
            "trouble",
            {"failed", "failed-to-upload", "chroot-problem", "source-unavailable",
             "bd-uninstallable"},
        ),
        ("unfinished", {"needs-build", "dep-wait", "building", "uploading", "cancelling"}),
        ("built", {"built"}),
        ("", set[str]()),
    ],
)  # fmt: skip
def test_a_filter_asks_for_exactly_the_states_it_names(state: str, meant: set[str]) -> None:
    assert package_table.table_query({"state": state}).builds.states == meant


def test_failures_come_first_where_nothing_else_is_asked() -> None:
    assert package_table.table_query({}).builds.order is BuildOrder.STATE


def proof_of(verdict: str, *producers: tuple[str, int, str]) -> dict[str, Any]:
    rows = [
        {"producer": producer, "units": units, "class": kind}
        for producer, units, kind in producers
    ]
    return {"verdict": verdict, "producers": rows}


@pytest.mark.parametrize(
    ("proof", "text"),
    [
        (proof_of("asked", ("GNU C17 11.3.0 -O2", 3, "asked")), "GCC 11.3.0"),
        (
            proof_of(
                "mixed",
                ("GNU C++17 12.2.0 -g", 1, "other-compiler"),
                ("GNU GIMPLE 11.3.0", 9, "lto"),
                ("GNU AS 2.40", 90, "assembler"),
            ),
            "GCC 11.3.0, GCC 12.2.0",
        ),
        (proof_of("asked", ("Debian clang version 14.0.6", 2, "asked")), "clang 14.0.6"),
        (proof_of("no-compiled-code"), "no compiled code"),
        (proof_of("not-provable"), "not provable"),
        (None, ""),
    ],
)
def test_the_compilers_of_a_proof_are_named_in_few_words(
    build_of: Callable[..., BuildView], proof: object, text: str
) -> None:
    assert proofs.compilers_found(build_of(proof=proof)) == text


def archive_of(name: str, parent: str | None) -> ArchiveView:
    return {"name": name, "kind": "derived", "state": "active", "parent": parent}


def test_archives_stand_after_their_parents() -> None:
    archives = [
        archive_of("a", "trial/bookworm"),
        archive_of("trial", "debian/bookworm"),
        archive_of("zebra", "hidden/bookworm"),
        archive_of("debian", None),
        archive_of("b", "debian/bookworm"),
    ]

    ordered = [(member.archive["name"], member.depth) for member in in_family_order(archives)]

    assert ordered == [("debian", 0), ("b", 1), ("trial", 1), ("a", 2), ("zebra", 0)]


def test_archives_that_are_each_others_parents_are_still_listed_once() -> None:
    archives = [archive_of("a", "b/x"), archive_of("b", "a/x")]

    ordered = [member.archive["name"] for member in in_family_order(archives)]

    assert sorted(ordered) == ["a", "b"]
