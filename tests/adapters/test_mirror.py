"""HTTP towards mirrors: retries, redirects, and addresses that lead nowhere."""

import pytest
from tests.adapters.file_mirror import FileMirror
from tests.adapters.http_files import HttpFiles

from vostok.adapters import mirror
from vostok.adapters.mirror import TRIES_MAX, HttpMirror
from vostok.domain.mirror_answer import MirrorAnswer
from vostok.errors import InvalidInputError, UnavailableError


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror, "PAUSE_SECONDS", 0.0)


@pytest.mark.parametrize("status", [500, 502, 503, 429, 403])
def test_a_busy_mirror_is_asked_again(status: int) -> None:
    with HttpFiles({"a": b"data"}, answers=[status, status]) as server:
        assert HttpMirror().read(f"{server.url}/a", size_max=10) == b"data"

        assert server.requests == ["a", "a", "a"]


def test_a_mirror_that_stays_busy_is_given_up_with_its_answer() -> None:
    with HttpFiles({"a": b"data"}, answers=[503] * 99) as server:
        with pytest.raises(UnavailableError, match=r"/a could not be read: .*HTTP 503") as caught:
            HttpMirror().read(f"{server.url}/a", size_max=10)

        assert len(server.requests) == TRIES_MAX
        assert caught.value.hint is not None


def test_what_is_not_there_is_asked_for_once() -> None:
    with HttpFiles({}) as server:
        with pytest.raises(Exception, match="404"):
            HttpMirror().read(f"{server.url}/a", size_max=10)

        assert server.requests == ["a"]


def test_a_redirect_is_followed() -> None:
    with HttpFiles({"a": b"data"}, redirects={"old": "/a"}) as server:
        assert HttpMirror().read(f"{server.url}/old", size_max=10) == b"data"


def test_redirects_in_a_circle_end() -> None:
    with (
        HttpFiles({}, redirects={"a": "/b", "b": "/a"}) as server,
        pytest.raises(UnavailableError),
    ):
        HttpMirror().read(f"{server.url}/a", size_max=10)


def test_a_server_that_is_not_there_is_unavailable_with_its_address() -> None:
    with HttpFiles({}) as server:
        url = server.url

    with pytest.raises(UnavailableError, match=f"{url}/a could not be read"):
        HttpMirror().read(f"{url}/a", size_max=10)


def test_a_broken_connection_is_tried_again_from_the_start() -> None:
    drops = {"a": 2}
    with HttpFiles({"a": b"data"}, bytes_before_drop=drops) as server:
        with pytest.raises(UnavailableError):
            HttpMirror().read(f"{server.url}/a", size_max=10)
        asked = len(server.requests)
        drops.clear()

        assert HttpMirror().read(f"{server.url}/a", size_max=10) == b"data"
        assert asked == TRIES_MAX


def test_files_come_as_they_lie_there() -> None:
    with HttpFiles({"a": b"data"}) as server:
        HttpMirror().read(f"{server.url}/a", size_max=10)

        assert server.headers[0]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("validators", "condition"),
    [
        ({"ETag": '"1"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}, "If-None-Match"),
        ({"ETag": 'W/"1"'}, "If-None-Match"),
        ({"Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}, "If-Modified-Since"),
    ],
)
def test_what_is_unchanged_is_not_sent_again(validators: dict[str, str], condition: str) -> None:
    with HttpFiles({"a": b"data"}, validators={"a": validators}) as server:
        mirror = HttpMirror()
        first = mirror.read_again(f"{server.url}/a", size_max=10, before=None)

        again = mirror.read_again(f"{server.url}/a", size_max=10, before=first)

        assert first.body == b"data"
        assert again is first
        assert {"If-None-Match", "If-Modified-Since"} & set(server.headers[1]) == {condition}


def test_what_changed_is_sent_whole() -> None:
    before = MirrorAnswer(body=b"old", etag='"0"')
    with HttpFiles({"a": b"data"}, validators={"a": {"ETag": '"1"'}}) as server:
        answer = HttpMirror().read_again(f"{server.url}/a", size_max=10, before=before)

    assert answer == MirrorAnswer(body=b"data", etag='"1"')


def test_a_304_that_nobody_asked_for_is_no_file() -> None:
    with HttpFiles({"a": b"data"}, answers=[304] * 99) as server, pytest.raises(UnavailableError):
        HttpMirror().read_again(f"{server.url}/a", size_max=10, before=None)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/a"])
def test_a_redirect_out_of_http_is_refused_with_where_it_leads(target: str) -> None:
    with (
        HttpFiles({}, redirects={"a": target}) as server,
        pytest.raises(InvalidInputError, match=f"/a is redirected to {target}, which is no http"),
    ):
        HttpMirror().read(f"{server.url}/a", size_max=10)


@pytest.mark.parametrize("part", ["slow_headers", "slow_bodies"])
def test_what_comes_a_byte_at_a_time_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    monkeypatch.setattr(mirror, "TRY_SECONDS_MAX", 0.2)
    with FileMirror({"a": b"data" * 1_000}) as server:
        getattr(server, part).add("a")

        with pytest.raises(UnavailableError, match="/a could not be read: it was not there in"):
            HttpMirror().read(f"{server.url}/a", size_max=10_000)


@pytest.mark.parametrize("part", ["slow_headers", "slow_bodies"])
def test_whoever_has_only_some_time_waits_no_longer_for_a_byte_at_a_time_or_for_retries(
    monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    monkeypatch.setattr(mirror, "TRY_SECONDS_MAX", 0.1)
    hurried = HttpMirror().within(0.25)
    with FileMirror({"a": b"data" * 1_000, "b": b"data"}) as server:
        getattr(server, part).add("a")

        for name in ("a", "b"):  # of the second nothing is left
            with pytest.raises(UnavailableError, match=f"/{name} was not read in the time"):
                hurried.read(f"{server.url}/{name}", size_max=10_000)

        assert HttpMirror().within(60.0).read(f"{server.url}/b", size_max=10) == b"data"
