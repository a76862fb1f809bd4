"""Places in sorted lists."""

from hypothesis import given
from hypothesis import strategies as st

from vostok.domain.list_place import index_behind, place_at

Items = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), min_size=1, max_size=12)


def key(item: tuple[str, int]) -> tuple[str, int]:
    return item


@given(items=Items.map(sorted))
def test_behind_the_place_of_an_item_is_the_next_one_also_among_equals(
    items: list[tuple[str, int]],
) -> None:
    found = [index_behind(items, place_at(items, at, key), key) for at in range(len(items))]

    assert found == list(range(1, len(items) + 1))


@given(items=Items.map(lambda items: sorted(set(items))), gone=st.data())
def test_where_an_item_is_there_no_more_its_successor_begins(
    items: list[tuple[str, int]], gone: st.DataObject
) -> None:
    at = gone.draw(st.integers(0, len(items) - 1))
    place = place_at(items, at, key)
    left = [*items[:at], *items[at + 1 :]]

    assert index_behind(left, place, key) == at
