"""Tars of outgoing sources: what is in them, what they hold on to, and for how long."""

import tarfile
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import anyio
import pytest
from starlette.types import Message, Scope

from vostok.adapters import outgoing_tar
from vostok.adapters.outgoing_tar import OPEN_MAX, OPEN_OF_PERSON_MAX, TarMaker, TarResponse
from vostok.debian.no_change_source import Watch
from vostok.errors import InvalidInputError, UnavailableError

LARGE = bytes(range(256)) * 8192
SCOPE: Scope = {"type": "http", "asgi": {"spec_version": "2.3"}, "method": "GET", "headers": []}


@pytest.fixture
def original(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of the store; temporary files lie in a directory beside it."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "original").write_bytes(LARGE)
    return tmp_path / "original"


@pytest.fixture
def maker() -> TarMaker:
    return TarMaker()


def nothing(_place: Path, _watch: Watch) -> list[tuple[str, Path]]:
    return []


def only(file: Path) -> outgoing_tar.Make:
    return lambda _place, _watch: [("cc_1.orig.tar.xz", file)]


def send(response: TarResponse, *, pieces_max: int) -> bytes:
    """What somebody gets of an answer who takes so many pieces, and then none, but stays."""
    taken: list[bytes] = []

    async def take(message: Message) -> None:
        if len(taken) >= pieces_max:
            await anyio.sleep_forever()
        taken.append(message.get("body", b""))

    async def stay() -> Message:
        await anyio.sleep_forever()
        raise AssertionError

    anyio.run(response, SCOPE, stay, take)
    return b"".join(taken)


def test_a_tar_has_the_new_files_and_the_old_ones_and_leaves_nothing_on_the_disk(
    maker: TarMaker, original: Path
) -> None:
    long_name = "ä" * 120

    def make(place: Path, _watch: Watch) -> list[tuple[str, Path]]:
        (place / "new").write_bytes(b"new")
        return [("cc_1.orig.tar.xz", original), (long_name, place / "new")]

    tar = maker.tar("ann", make, at=7)
    there = list(Path(tempfile.gettempdir()).iterdir())
    content = b"".join(tar.pieces())
    tar.close()

    with tarfile.open(fileobj=BytesIO(content)) as opened:
        members = {m.name: (m.mtime, opened.extractfile(m)) for m in opened}
        read = {name: file.read() for name, (_, file) in members.items() if file is not None}
    assert there == []
    assert tar.size == len(content)
    assert len(content) % tarfile.RECORDSIZE == 0
    assert read == {"cc_1.orig.tar.xz": LARGE, long_name: b"new"}
    assert {at for at, _ in members.values()} == {7}


def test_a_person_and_all_together_have_so_many_tars_open(maker: TarMaker) -> None:
    tars = [maker.tar("ann", nothing, at=7) for _ in range(OPEN_OF_PERSON_MAX)]
    with pytest.raises(UnavailableError, match="of ann"):
        maker.tar("ann", nothing, at=7)
    tars += [maker.tar(f"p{n}", nothing, at=7) for n in range(OPEN_MAX - OPEN_OF_PERSON_MAX)]
    with pytest.raises(UnavailableError, match="in all"):
        maker.tar("lou", nothing, at=7)

    tars.pop(0).close()

    tars.append(maker.tar("lou", nothing, at=7))
    assert maker.open_tars == OPEN_MAX
    for tar in tars:
        tar.close()
    assert maker.open_tars == 0


def test_a_person_has_one_made_at_a_time_and_nobody_waits(maker: TarMaker) -> None:
    def again(_place: Path, _watch: Watch) -> list[tuple[str, Path]]:
        maker.tar("lou", nothing, at=7).close()
        maker.tar("ann", nothing, at=7)
        return []

    with pytest.raises(UnavailableError, match="being made"):
        maker.tar("ann", again, at=7)

    assert maker.open_tars == 0


def test_a_whole_tar_is_sent_and_gives_its_place_back(maker: TarMaker, original: Path) -> None:
    response = TarResponse(maker.tar("ann", only(original), at=7), {})

    sent = send(response, pieces_max=1000)

    assert response.headers["content-length"] == str(len(sent))
    assert maker.open_tars == 0


def test_a_tar_that_nobody_takes_is_broken_off_and_gives_its_place_back(
    maker: TarMaker, original: Path
) -> None:
    tar = maker.tar("ann", only(original), at=7)

    sent = send(TarResponse(tar, {}, silence_seconds=0.01), pieces_max=3)

    assert 0 < len(sent) < tar.size
    assert maker.open_tars == 0


@pytest.mark.parametrize("bound", ["UNPACKED_BYTES_MAX", "MAKE_SECONDS_MAX"])
def test_what_is_too_large_for_the_server_is_told_to_be_made_elsewhere(
    maker: TarMaker, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(outgoing_tar, bound, -1)

    def unpack(_place: Path, watch: Watch) -> list[tuple[str, Path]]:
        pieces: Iterator[bytes] = watch(iter([b"piece"]))
        return [(piece.decode(), Path()) for piece in pieces]

    with pytest.raises(InvalidInputError, match="unpacks at most") as caught:
        maker.tar("ann", unpack, at=7)

    assert "--output" in str(caught.value.hint)
    assert maker.open_tars == 0
