"""Where indices are cut: never depending on what stands far away."""

from hypothesis import given
from hypothesis import strategies as st

from vostok.domain.index_chunks import CHUNK_ENTRIES_MAX, NAMES_PER_CHUNK, chunks_of, key_of

NAMES = [f"package-{number:05}" for number in range(4_000)]
ENTRIES = [(name, number) for number, name in enumerate(NAMES)]


def test_pieces_hold_every_entry_once_and_in_order() -> None:
    assert [number for chunk in chunks_of(ENTRIES) for number in chunk] == list(range(4_000))


def test_pieces_have_about_the_size_that_is_aimed_at() -> None:
    assert NAMES_PER_CHUNK / 2 < len(ENTRIES) / len(chunks_of(ENTRIES)) < NAMES_PER_CHUNK * 2


@given(st.sets(st.integers(0, 3_999), min_size=1, max_size=3))
def test_what_goes_changes_at_most_two_pieces(gone: set[int]) -> None:
    before = {key_of(chunk) for chunk in chunks_of(ENTRIES)}

    after = [key_of(chunk) for chunk in chunks_of([e for e in ENTRIES if e[1] not in gone])]

    assert len(before) - len(before.intersection(after)) <= 2 * len(gone)
    assert len(set(after) - before) <= len(gone)


@given(st.integers(0, 3_999))
def test_another_version_of_a_package_changes_its_own_piece_alone(place: int) -> None:
    before = [key_of(chunk) for chunk in chunks_of(ENTRIES)]
    changed = [(name, 9_999 if number == place else number) for name, number in ENTRIES]

    after = [key_of(chunk) for chunk in chunks_of(changed)]

    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1


def test_a_piece_is_bounded_also_where_no_name_begins_one() -> None:
    chunks = chunks_of([("same", number) for number in range(3 * CHUNK_ENTRIES_MAX + 1)])

    assert [len(chunk) for chunk in chunks] == [CHUNK_ENTRIES_MAX] * 3 + [1]


def test_equal_names_stand_in_one_piece() -> None:
    twice = [(name, 2 * number + more) for name, number in ENTRIES for more in (0, 1)]

    assert all(len(chunk) % 2 == 0 for chunk in chunks_of(twice))


def test_nothing_has_no_pieces() -> None:
    assert chunks_of([]) == []


def test_the_order_of_paragraphs_counts_for_a_key() -> None:
    assert key_of([1, 2]) != key_of([2, 1])
    assert key_of([1, 2]) == key_of((1, 2))
