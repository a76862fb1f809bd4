"""What every mirror does: the fake, and HTTP against a server of this process."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.adapters.http_files import HttpFiles
from tests.fakes import FakeMirror

from vostok.adapters import mirror as http_mirror
from vostok.adapters.mirror import HttpMirror
from vostok.errors import InvalidInputError, NotFoundError, UnavailableError
from vostok.services.ports import Mirror

BIG = bytes(range(256)) * 4096


@dataclass
class World:
    """A mirror, and the files behind it."""

    mirror: Mirror
    base: str

    def url(self, name: str) -> str:
        return f"{self.base}/{name}"


@pytest.fixture(params=["fake", "http"])
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    files = {"Release": b"Suite: stable\n", "big": BIG, "empty": b"", "broken": BIG}
    if request.param == "fake":
        base = "http://mirror.example.org"
        fake = FakeMirror({f"{base}/{name}": data for name, data in files.items()})
        fake.bytes_before_drop[f"{base}/broken"] = 5000
        yield World(fake, base)
        return
    monkeypatch.setattr(http_mirror, "PAUSE_SECONDS", 0.0)
    with HttpFiles(files, bytes_before_drop={"broken": 5000}) as server:
        yield World(HttpMirror(), server.url)


def test_a_small_file_is_read_whole(world: World) -> None:
    assert world.mirror.read(world.url("Release"), size_max=100) == b"Suite: stable\n"
    assert world.mirror.read(world.url("empty"), size_max=0) == b""


def test_a_file_over_its_bound_is_refused(world: World) -> None:
    with pytest.raises(InvalidInputError, match="larger than 13 bytes"):
        world.mirror.read(world.url("Release"), size_max=13)


def test_a_large_file_is_read_whole(world: World) -> None:
    assert world.mirror.read(world.url("big"), size_max=len(BIG)) == BIG


@pytest.mark.parametrize("name", ["nope", "dists/../nope"])
def test_what_is_not_there_is_not_found(world: World, name: str) -> None:
    with pytest.raises(NotFoundError, match="HTTP 404"):
        world.mirror.read(world.url(name), size_max=10)


def test_a_connection_that_breaks_is_no_whole_file(world: World) -> None:
    with pytest.raises(UnavailableError, match="broken could not be read"):
        world.mirror.read(world.url("broken"), size_max=len(BIG))


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://mirror.example.org/x", "x", ""])
def test_an_address_that_is_not_of_http_is_refused(world: World, url: str) -> None:
    with pytest.raises(InvalidInputError):
        world.mirror.read(url, size_max=10)
