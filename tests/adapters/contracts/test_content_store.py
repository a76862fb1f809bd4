"""What every content store does: the fake, and the directory of this machine."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fakes import FakeContentStore

from vostok.adapters.content_store import LocalContentStore
from vostok.errors import InvalidInputError, NotFoundError
from vostok.services.ports import ContentStore

DATA = b"some bytes"
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(params=[FakeContentStore, LocalContentStore])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ContentStore:
    made: ContentStore = request.param(tmp_path / "files")
    return made


def test_what_was_put_is_there_under_its_hash(store: ContentStore) -> None:
    stored = store.put([b"some ", b"bytes"], size_max=100)

    assert stored == (DIGEST, len(DATA))
    assert store.has(DIGEST)
    assert store.path(DIGEST).read_bytes() == DATA


def test_what_was_not_put_is_not_there(store: ContentStore) -> None:
    assert not store.has(DIGEST)
    with pytest.raises(NotFoundError, match=DIGEST):
        store.path(DIGEST)


def test_putting_twice_is_putting_once(store: ContentStore) -> None:
    first = store.put([DATA], size_max=100)

    assert store.put([DATA], size_max=100) == first
    assert store.delete(DIGEST) == len(DATA)
    assert not store.has(DIGEST)


def test_a_file_may_be_exactly_as_large_as_its_bound(store: ContentStore) -> None:
    assert store.put([DATA], size_max=len(DATA)) == (DIGEST, len(DATA))


def test_a_file_over_its_bound_is_refused_and_not_kept(store: ContentStore) -> None:
    with pytest.raises(InvalidInputError, match="larger than 9 bytes"):
        store.put([b"some ", b"bytes"], size_max=9)

    assert not store.has(DIGEST)


def test_other_bytes_than_announced_are_refused_and_not_kept(store: ContentStore) -> None:
    with pytest.raises(InvalidInputError, match="SHA-256"):
        store.put([DATA], size_max=100, expected_sha256="0" * 64)

    assert not store.has(DIGEST)
    assert not store.has("0" * 64)


def test_the_bytes_announced_are_accepted(store: ContentStore) -> None:
    assert store.put([DATA], size_max=100, expected_sha256=DIGEST) == (DIGEST, len(DATA))


def test_an_error_of_the_source_goes_through_and_leaves_nothing(store: ContentStore) -> None:
    with pytest.raises(NotFoundError, match="in the middle"):
        store.put(breaking(), size_max=100)

    assert not store.has(hashlib.sha256(b"some ").hexdigest())


def breaking() -> "list[bytes]":
    def chunks() -> object:
        yield b"some "
        raise NotFoundError("in the middle")

    return chunks()  # type: ignore[return-value]  # any iterable will do


def test_deleting_says_how_many_bytes_are_free_and_nothing_the_second_time(
    store: ContentStore,
) -> None:
    store.put([DATA], size_max=100)

    assert [store.delete(DIGEST), store.delete(DIGEST)] == [len(DATA), 0]


def test_an_empty_file_is_a_file(store: ContentStore) -> None:
    digest, size = store.put([], size_max=0)

    assert (size, store.path(digest).read_bytes()) == (0, b"")


@settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(chunks=st.lists(st.binary(max_size=50), max_size=8))
def test_pieces_make_the_same_file_however_they_are_cut(
    store: ContentStore, chunks: list[bytes]
) -> None:
    whole = b"".join(chunks)

    digest, size = store.put(chunks, size_max=len(whole))

    assert (digest, size) == (hashlib.sha256(whole).hexdigest(), len(whole))
    assert store.path(digest).read_bytes() == whole
