"""Indices written by difference are those that are written from nothing."""

import gzip
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes import FakeContentStore

from vostok.adapters.chunked_gzip import GzipChunks
from vostok.errors import ConflictError
from vostok.services.views.index_writing import IndexWriter, WrittenIndex

PATH = "main/binary-amd64/Packages"
NUMBERS = range(1_500)


class Paragraphs:
    """Texts by id, which remember what was asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.gone: set[int] = set()

    def texts(self, numbers: Sequence[int]) -> Mapping[int, str]:
        self.asked += numbers
        return {n: text(n) for n in numbers if n not in self.gone}


def text(number: int) -> str:
    more = f"Built-Using: s{number} (= 1)\n" if number % 100 == 0 else ""
    return f"Package: p{number:04}\nVersion: {number}\n{more}"


def weights(numbers: Sequence[int]) -> dict[int, int]:
    return {number: number for number in numbers}


def entries(numbers: Sequence[int]) -> list[tuple[str, int]]:
    return [(f"p{number:04}", number) for number in numbers]


def written(
    store: FakeContentStore,
    numbers: Sequence[int],
    *before: WrittenIndex,
    paragraphs: Paragraphs | None = None,
    reads_built_using: bool = True,
) -> WrittenIndex:
    texts = (paragraphs or Paragraphs()).texts
    writer = IndexWriter(store, GzipChunks(), texts, weights)
    known = [index.file.sha256 for index in before]
    return writer.write(PATH, entries(numbers), known, reads_built_using=reads_built_using)


@pytest.fixture
def store(tmp_path: Path) -> FakeContentStore:
    return FakeContentStore(tmp_path / "files")


def test_release_gets_size_and_sha256_of_both_forms(store: FakeContentStore) -> None:
    index = written(store, NUMBERS)

    data = store.path(index.file.sha256).read_bytes()
    plain = "".join(f"{text(number)}\n" for number in NUMBERS).encode()
    assert gzip.decompress(data) == plain
    assert [(e.path, e.size, e.sha256) for e in index.entries] == [
        (f"{PATH}.gz", len(data), hashlib.sha256(data).hexdigest()),
        (PATH, len(plain), hashlib.sha256(plain).hexdigest()),
    ]


@given(
    gone=st.sets(st.sampled_from(NUMBERS), max_size=5),
    arrived=st.sets(st.integers(1_500, 1_600), max_size=5),
)
def test_by_difference_or_from_nothing_it_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, gone: set[int], arrived: set[int]
) -> None:
    store = FakeContentStore(tmp_path_factory.mktemp("files"))
    numbers = sorted({*NUMBERS, *arrived} - gone)
    before = written(store, NUMBERS)

    assert written(store, numbers, before) == written(store, numbers)


def test_only_the_texts_of_changed_pieces_are_asked_for(store: FakeContentStore) -> None:
    before, paragraphs = written(store, NUMBERS), Paragraphs()

    written(store, [n for n in NUMBERS if n != 700], before, paragraphs=paragraphs)

    assert 0 < len(paragraphs.asked) < 500
    assert all(abs(number - 700) < 500 for number in paragraphs.asked)


def test_an_index_that_is_known_as_a_whole_is_taken_over(store: FakeContentStore) -> None:
    before, paragraphs = written(store, NUMBERS), Paragraphs()

    again = written(store, NUMBERS, before, paragraphs=paragraphs, reads_built_using=False)

    assert (again.file, again.plain, again.weight) == (before.file, before.plain, before.weight)
    assert paragraphs.asked == []


def test_pieces_come_from_several_indices(store: FakeContentStore) -> None:
    first, second, paragraphs = (
        written(store, NUMBERS[:800]),
        written(store, NUMBERS),
        Paragraphs(),
    )

    written(store, NUMBERS, first, second, paragraphs=paragraphs)

    assert paragraphs.asked == []


def test_what_was_built_using_what_is_told_of_old_pieces_too(store: FakeContentStore) -> None:
    before = written(store, NUMBERS)

    index = written(store, NUMBERS[1:], before)

    assert index.built_using == {f"s{n} (= 1)".encode() for n in NUMBERS[1:] if n % 100 == 0}


def test_weights_are_summed_over_old_and_new_pieces(store: FakeContentStore) -> None:
    before = written(store, NUMBERS)

    assert written(store, NUMBERS[1:], before).weight == sum(NUMBERS)


def test_a_file_that_is_damaged_or_gone_is_made_anew(store: FakeContentStore) -> None:
    before, fresh = written(store, NUMBERS[:-1]), written(store, NUMBERS)
    path = store.path(before.file.sha256)
    data = bytearray(path.read_bytes())
    for place in range(100, len(data), 50):
        data[place] ^= 0x55

    path.write_bytes(data)
    from_damaged = written(store, NUMBERS, before)
    store.delete(before.file.sha256)
    from_nothing = written(store, NUMBERS, before)

    assert from_damaged == from_nothing == fresh


def test_a_paragraph_that_is_gone_by_now_is_told(store: FakeContentStore) -> None:
    paragraphs = Paragraphs()
    paragraphs.gone = {3}

    with pytest.raises(ConflictError, match="the paragraph 3 of an index was deleted"):
        written(store, NUMBERS, paragraphs=paragraphs)
