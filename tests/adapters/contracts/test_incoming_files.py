"""What every content store does with a file that comes in pieces: the fake, and the directory."""

import hashlib
from pathlib import Path

import pytest
from tests.fakes import FakeContentStore

from vostok.adapters.content_store import LocalContentStore
from vostok.errors import InvalidInputError
from vostok.services.ports import ContentStore, IncomingFile

DATA = b"some bytes"
DIGEST = hashlib.sha256(DATA).hexdigest()
SECONDS = 5.0


@pytest.fixture(params=[FakeContentStore, LocalContentStore])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ContentStore:
    made: ContentStore = request.param(tmp_path / "files")
    return made


def begun(file: IncomingFile | None) -> IncomingFile:
    assert file is not None
    return file


def receive(store: ContentStore, *pieces: bytes, size: int = len(DATA)) -> None:
    with store.incoming(DIGEST, size=size, seconds_max=SECONDS) as incoming:
        file = begun(incoming)
        for piece in pieces:
            file.write(piece)
        file.keep()


def test_pieces_become_the_file(store: ContentStore) -> None:
    receive(store, b"some ", b"bytes")

    assert store.path(DIGEST).read_bytes() == DATA
    assert store.unfinished() == []


def test_a_file_that_is_here_does_not_come_again(store: ContentStore) -> None:
    store.put([DATA], size_max=100)

    with store.incoming(DIGEST, size=len(DATA), seconds_max=SECONDS) as incoming:
        assert incoming is None


def break_off(store: ContentStore) -> None:
    """Receive the first half, and then an error."""
    with store.incoming(DIGEST, size=len(DATA), seconds_max=SECONDS) as incoming:
        begun(incoming).write(b"some ")
        raise RuntimeError("the line broke")


def test_what_came_before_an_error_is_there_for_the_next(store: ContentStore) -> None:
    with pytest.raises(RuntimeError, match="the line broke"):
        break_off(store)

    assert not store.has(DIGEST)
    assert [file.size for file in store.unfinished()] == [5]
    with store.incoming(DIGEST, size=len(DATA), seconds_max=SECONDS) as incoming:
        file = begun(incoming)
        assert file.size == 5
        file.write(b"bytes")
        file.keep()
    assert store.path(DIGEST).read_bytes() == DATA


@pytest.mark.parametrize(
    ("pieces", "words"), [((b"some ", b"bytez"), "SHA-256"), ((b"some ",), "5 bytes came")]
)
def test_other_bytes_than_announced_are_not_kept_and_forgotten(
    store: ContentStore, pieces: tuple[bytes, ...], words: str
) -> None:
    with pytest.raises(InvalidInputError, match=words):
        receive(store, *pieces)

    assert not store.has(DIGEST)
    with store.incoming(DIGEST, size=len(DATA), seconds_max=SECONDS) as incoming:
        assert begun(incoming).size == 0


def test_more_bytes_than_announced_are_refused(store: ContentStore) -> None:
    with pytest.raises(InvalidInputError, match="more than the 10 bytes"):
        receive(store, DATA, b"!")

    assert not store.has(DIGEST)


def test_a_file_can_begin_anew(store: ContentStore) -> None:
    with store.incoming(DIGEST, size=len(DATA), seconds_max=SECONDS) as incoming:
        file = begun(incoming)
        file.write(b"other")
        file.restart()
        file.write(DATA)
        file.keep()

    assert store.has(DIGEST, size=len(DATA))


def test_an_unfinished_file_can_be_forgotten(store: ContentStore) -> None:
    with pytest.raises(RuntimeError):
        break_off(store)
    [left] = store.unfinished()

    assert store.forget_unfinished(left.name)
    assert not store.forget_unfinished(left.name)
    assert store.unfinished() == []


def test_only_unfinished_files_can_be_forgotten(store: ContentStore) -> None:
    for name in ("../vostok.db", DIGEST):
        with pytest.raises(InvalidInputError):
            store.forget_unfinished(name)


def test_a_file_of_another_size_than_is_known_is_not_here(store: ContentStore) -> None:
    store.put([DATA], size_max=100)

    assert store.has(DIGEST, size=len(DATA))
    assert not store.has(DIGEST, size=len(DATA) + 1)


def test_sizes_are_those_of_the_files_that_are_here(store: ContentStore) -> None:
    store.put([DATA], size_max=100)
    empty, _ = store.put([], size_max=0)

    strangers = [f"{number:064x}" for number in range(20_000)]

    assert store.sizes([DIGEST, empty, "0" * 64]) == {DIGEST: len(DATA), empty: 0}
    assert store.sizes([DIGEST, empty, *strangers]) == {DIGEST: len(DATA), empty: 0}


def test_all_files_are_listed_in_the_order_of_their_hashes(store: ContentStore) -> None:
    stored = [store.put([b"%d" % number], size_max=100) for number in range(40)]

    listed = [(fact.sha256, fact.size) for group in store.groups() for fact in group]

    assert listed == sorted(stored)


def test_files_are_deleted_together(store: ContentStore) -> None:
    stored = [store.put([b"%d" % number], size_max=100)[0] for number in range(5)]

    store.delete_all([*stored[:4], "0" * 64])
    store.delete_all(stored[:4])

    assert [store.has(sha256) for sha256 in stored] == [False] * 4 + [True]


def test_a_file_that_was_set_aside_is_absent_until_it_comes_again(store: ContentStore) -> None:
    store.put([DATA], size_max=100)

    store.set_aside(DIGEST)
    store.set_aside(DIGEST)

    assert not store.has(DIGEST)
    assert [fact.sha256 for fact in store.aside()] == [DIGEST]
    receive(store, DATA)
    assert store.has(DIGEST)
    store.forget_aside(DIGEST)
    assert store.aside() == []
    assert store.has(DIGEST)
