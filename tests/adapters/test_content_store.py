"""The directory behind a content store: what a crash or a full disk leaves."""

import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from vostok.adapters import content_store
from vostok.adapters.content_store import TEMPORARY_PREFIX, LocalContentStore
from vostok.errors import UnavailableError

DATA = b"some bytes"
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "files"


def temporary_files(root: Path) -> list[Path]:
    return list(root.glob(f"{TEMPORARY_PREFIX}*"))


def test_a_file_lies_under_the_first_digits_of_its_hash(root: Path) -> None:
    LocalContentStore(root).put([DATA], size_max=100)

    assert [p for p in root.rglob("*") if p.is_file()] == [root / DIGEST[:2] / DIGEST]


def test_another_process_sees_what_is_stored(root: Path) -> None:
    LocalContentStore(root).put([DATA], size_max=100)

    assert LocalContentStore(root).has(DIGEST)


def test_nothing_is_to_be_seen_before_a_file_is_whole(root: Path) -> None:
    store = LocalContentStore(root)
    seen: list[bool] = []

    def chunks() -> Iterator[bytes]:
        yield DATA
        seen.append(store.has(DIGEST))

    store.put(chunks(), size_max=100)

    assert seen == [False]
    assert store.has(DIGEST)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_says_so_and_leaves_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    store = LocalContentStore(root)

    def full(_descriptor: int) -> None:
        raise OSError(number, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(UnavailableError, match="is full") as caught:
        store.put([DATA], size_max=100)

    assert caught.value.hint is not None
    assert temporary_files(root) == []
    assert not store.has(DIGEST)


def test_another_error_of_the_disk_is_a_fault(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LocalContentStore(root)

    def broken(_descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)

    with pytest.raises(OSError, match="Input/output error"):
        store.put([DATA], size_max=100)
    assert temporary_files(root) == []


def test_a_file_is_flushed_before_it_gets_its_name(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalContentStore(root)
    flushed: list[bool] = []
    flush = os.fsync

    def noted(descriptor: int) -> None:
        flushed.append(store.has(DIGEST))
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    store.put([DATA], size_max=100)

    assert flushed == [False, False, True]  # the file, its new directory, its name


def test_many_files_are_listed_and_told_as_few_are(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalContentStore(root)
    here = [store.put([bytes([number])], size_max=1)[0] for number in range(40)]
    (root / here[0][:2] / here[0]).write_bytes(b"")
    asked = [*here[:30], *(hashlib.sha256(f"{n}".encode()).hexdigest() for n in range(40))]
    singly = store.sizes(asked)

    monkeypatch.setattr(content_store, "ASKED_FOR_SINGLY_MAX", 10)

    assert store.sizes(asked) == singly == dict.fromkeys(here[1:30], 1)
