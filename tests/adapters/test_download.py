"""Downloads from mirrors that break off, lie, stall, and never end."""

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.adapters.file_mirror import FileMirror

from vostok.adapters import download as downloads_module
from vostok.adapters.content_store import LocalContentStore
from vostok.adapters.download import CONNECTIONS_MAX, REDIRECTS_MAX, TRIES_MAX, HttpDownloads
from vostok.errors import InvalidInputError, NotFoundError, UnavailableError, VostokError

DATA = bytes(range(256)) * 4096
DIGEST = hashlib.sha256(DATA).hexdigest()
SECONDS = 20.0


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads_module, "PAUSE_SECONDS", 0.0)


@pytest.fixture
def mirror() -> Iterator[FileMirror]:
    with FileMirror({"a": DATA}) as server:
        yield server


@pytest.fixture
def downloads() -> Iterator[HttpDownloads]:
    made = HttpDownloads()
    yield made
    made.close()


@pytest.fixture
def store(tmp_path: Path) -> LocalContentStore:
    return LocalContentStore(tmp_path / "files")


def fetch(store: LocalContentStore, downloads: HttpDownloads, url: str) -> None:
    with store.incoming(DIGEST, size=len(DATA), seconds_max=SECONDS) as incoming:
        assert incoming is not None
        downloads.download(url, incoming, size=len(DATA))
        incoming.keep()


def test_a_file_comes_whole(
    mirror: FileMirror, downloads: HttpDownloads, store: LocalContentStore
) -> None:
    fetch(store, downloads, f"{mirror.url}/a")

    assert store.path(DIGEST).read_bytes() == DATA


def test_a_broken_connection_is_gone_on_with_where_it_broke(
    mirror: FileMirror, downloads: HttpDownloads, store: LocalContentStore
) -> None:
    mirror.drops["a"] = [300_000, 200_000]

    fetch(store, downloads, f"{mirror.url}/a")

    assert [part for _, part in mirror.requests] == ["", "bytes=300000-", "bytes=500000-"]
    assert store.path(DIGEST).read_bytes() == DATA


@pytest.mark.parametrize("kind", ["without_parts", "wrong_parts"])
def test_a_mirror_that_cannot_send_parts_sends_all_of_it(
    mirror: FileMirror, downloads: HttpDownloads, store: LocalContentStore, kind: str
) -> None:
    mirror.drops["a"] = [300_000]
    getattr(mirror, kind).add("a")

    fetch(store, downloads, f"{mirror.url}/a")

    assert store.path(DIGEST).read_bytes() == DATA


def test_a_connection_that_always_breaks_is_given_up_and_what_came_is_kept(
    mirror: FileMirror, downloads: HttpDownloads, store: LocalContentStore
) -> None:
    mirror.drops["a"] = [1000] * 99

    with pytest.raises(UnavailableError, match="/a could not be read"):
        fetch(store, downloads, f"{mirror.url}/a")

    assert len(mirror.requests) == TRIES_MAX
    assert [file.size for file in store.unfinished()] == [1000 * TRIES_MAX]


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_not_there_is_asked_for_once(
    mirror: FileMirror, downloads: HttpDownloads, store: LocalContentStore, status: int
) -> None:
    mirror.statuses["a"] = [status]

    with pytest.raises(NotFoundError, match=f"HTTP {status}"):
        fetch(store, downloads, f"{mirror.url}/a")

    assert len(mirror.requests) == 1


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_a_busy_mirror_is_asked_again(
    mirror: FileMirror, downloads: HttpDownloads, store: LocalContentStore, status: int
) -> None:
    mirror.statuses["a"] = [status, status]

    fetch(store, downloads, f"{mirror.url}/a")

    assert store.has(DIGEST)


def test_a_file_of_another_size_is_refused_before_it_comes(
    mirror: FileMirror, downloads: HttpDownloads, store: LocalContentStore
) -> None:
    mirror.files["a"] = DATA[:-1]

    with pytest.raises(InvalidInputError, match="has 1048575 bytes, the index says 1048576"):
        fetch(store, downloads, f"{mirror.url}/a")

    assert len(mirror.requests) == 1
    assert not store.has(DIGEST)


@pytest.mark.parametrize("there", [DATA[:-1], DATA + b"x", DATA[:-1] + b"x"])
def test_other_bytes_without_a_word_of_their_size_are_never_stored(
    mirror: FileMirror, downloads: HttpDownloads, store: LocalContentStore, there: bytes
) -> None:
    mirror.files["a"] = there
    mirror.without_size.add("a")

    with pytest.raises(InvalidInputError):
        fetch(store, downloads, f"{mirror.url}/a")

    assert not store.has(DIGEST)


def test_a_mirror_that_never_ends_is_cut_off_at_the_size_of_the_file(
    mirror: FileMirror, downloads: HttpDownloads, store: LocalContentStore
) -> None:
    mirror.endless.add("a")

    with pytest.raises(InvalidInputError, match="more than the 1048576 bytes"):
        fetch(store, downloads, f"{mirror.url}/a")

    assert sum(file.size for file in store.unfinished()) <= len(DATA)


def test_headers_that_come_a_byte_at_a_time_are_not_waited_for(
    mirror: FileMirror,
    downloads: HttpDownloads,
    store: LocalContentStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(downloads_module, "HEADERS_SECONDS_MAX", 0.2)
    mirror.slow_headers.add("a")

    with pytest.raises(UnavailableError, match="did not answer in time"):
        fetch(store, downloads, f"{mirror.url}/a")


def test_a_body_that_comes_a_byte_at_a_time_is_given_up(
    mirror: FileMirror,
    downloads: HttpDownloads,
    store: LocalContentStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(downloads_module, "PACE_SECONDS", 0.2)
    mirror.slow_bodies.add("a")

    with pytest.raises(UnavailableError, match=r"bytes came in \d+ s"):
        fetch(store, downloads, f"{mirror.url}/a")


def test_a_redirect_is_followed_and_a_circle_of_them_ends(
    mirror: FileMirror, downloads: HttpDownloads, store: LocalContentStore
) -> None:
    mirror.redirects |= {"circle": "/circle", "old": "/a"}

    with pytest.raises(UnavailableError, match=f"more than {REDIRECTS_MAX} redirects"):
        fetch(store, downloads, f"{mirror.url}/circle")
    fetch(store, downloads, f"{mirror.url}/old")

    assert store.has(DIGEST)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/a"])
def test_a_redirect_out_of_http_is_refused(
    mirror: FileMirror, downloads: HttpDownloads, store: LocalContentStore, target: str
) -> None:
    mirror.redirects["old"] = target

    with pytest.raises(InvalidInputError, match="no http address"):
        fetch(store, downloads, f"{mirror.url}/old")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "x", "", "http://", "http://[::1"])
def test_an_address_that_is_none_is_refused(
    downloads: HttpDownloads, store: LocalContentStore, url: str
) -> None:
    with pytest.raises(InvalidInputError):
        fetch(store, downloads, url)


def test_a_server_that_is_not_there_is_unavailable_with_its_address(
    downloads: HttpDownloads, store: LocalContentStore
) -> None:
    with FileMirror({}) as server:
        url = f"{server.url}/a"

    with pytest.raises(UnavailableError, match=f"{url} could not be read"):
        fetch(store, downloads, url)


def test_many_files_come_at_once_and_no_more_than_the_bound(
    downloads: HttpDownloads, store: LocalContentStore
) -> None:
    files = {f"{number}": b"%d" % number for number in range(3 * CONNECTIONS_MAX)}
    errors: list[VostokError] = []

    def bring(url: str, data: bytes) -> None:
        digest = hashlib.sha256(data).hexdigest()
        try:
            with store.incoming(digest, size=len(data), seconds_max=SECONDS) as incoming:
                assert incoming is not None
                downloads.download(url, incoming, size=len(data))
                incoming.keep()
        except VostokError as error:
            errors.append(error)

    with FileMirror(files) as server:
        server.pause_seconds = 0.05
        threads = [
            threading.Thread(target=bring, args=(f"{server.url}/{name}", data))
            for name, data in files.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SECONDS)

        assert errors == []
        assert 1 < server.at_once_max <= CONNECTIONS_MAX
    assert sum(len(group) for group in store.groups()) == len(files)
