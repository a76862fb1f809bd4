"""Index files from a real web server that breaks off, lacks files, or is amid an update."""

import gzip
import hashlib
import lzma
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.adapters.http_files import HttpFiles

from vostok.adapters import download
from vostok.adapters.content_store import LocalContentStore
from vostok.adapters.download import HttpDownloads
from vostok.debian.indices import IndexEntry
from vostok.domain.index_plan import IndexOffer
from vostok.errors import UnavailableError
from vostok.services.importing.index_fetching import IndexFetcher
from vostok.services.importing.release_reading import PlacedOffer

TEXT = b"Package: hello\n" * 20_000
PATH = "main/binary-amd64/Packages"
FORMS = {f"{PATH}.xz": lzma.compress(TEXT), f"{PATH}.gz": gzip.compress(TEXT, mtime=0)}
BY_HASH = {
    path: f"main/binary-amd64/by-hash/SHA256/{hashlib.sha256(data).hexdigest()}"
    for path, data in FORMS.items()
}


class Told:
    """Takes what would be reported."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def tell(
        self, message: str, *, step: str = "", done: int = 0, total: int = 0, unit: str = ""
    ) -> None:
        self.messages.append(f"{step}: {message} {done} of {total} {unit}")


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAUSE_SECONDS", 0.0)


@pytest.fixture
def downloads() -> Iterator[HttpDownloads]:
    made = HttpDownloads()
    yield made
    made.close()


def offer(server: HttpFiles, *, is_by_hash: bool = False) -> PlacedOffer:
    variants = tuple(
        IndexEntry(path=path, size=len(data), sha256=hashlib.sha256(data).hexdigest())
        for path, data in FORMS.items()
    )
    return PlacedOffer(
        base=server.url,
        is_by_hash=is_by_hash,
        offer=IndexOffer(path=PATH, variants=variants, plain_bytes=len(TEXT)),
    )


def fetched(tmp_path: Path, downloads: HttpDownloads, placed: PlacedOffer) -> str:
    """The path of the form that came, whose bytes are in the store."""
    store = LocalContentStore(tmp_path / "files")
    (entry,) = IndexFetcher(store, downloads).fetch([placed], Told())  # type: ignore[arg-type]  # as a reporter
    assert store.path(entry.sha256).read_bytes() == FORMS[entry.path]
    return entry.path


def test_the_best_form_is_fetched(tmp_path: Path, downloads: HttpDownloads) -> None:
    with HttpFiles(FORMS) as server:
        assert fetched(tmp_path, downloads, offer(server)) == f"{PATH}.xz"
        assert server.requests == [f"{PATH}.xz"]


def test_it_is_fetched_by_its_hash_where_that_is_offered(
    tmp_path: Path, downloads: HttpDownloads
) -> None:
    by_hash = {BY_HASH[path]: data for path, data in FORMS.items()}
    with HttpFiles({**by_hash, f"{PATH}.xz": b"that of tomorrow"}) as server:
        assert fetched(tmp_path, downloads, offer(server, is_by_hash=True)) == f"{PATH}.xz"
        assert server.requests == [BY_HASH[f"{PATH}.xz"]]


def test_amid_an_update_it_is_looked_for_by_its_hash(
    tmp_path: Path, downloads: HttpDownloads
) -> None:
    by_hash = {BY_HASH[path]: data for path, data in FORMS.items()}
    with HttpFiles({**by_hash, f"{PATH}.xz": b"that of tomorrow"}) as server:
        assert fetched(tmp_path, downloads, offer(server)) == f"{PATH}.xz"


def test_bytes_of_the_right_length_and_wrong_content_are_found_out(
    tmp_path: Path, downloads: HttpDownloads
) -> None:
    wrong = {path: b"x" * len(data) for path, data in FORMS.items()}
    with HttpFiles(wrong) as server:
        with pytest.raises(UnavailableError, match=r"Packages\.xz is not what InRelease promises"):
            fetched(tmp_path, downloads, offer(server))

        server.files = FORMS
        assert fetched(tmp_path, downloads, offer(server)) == f"{PATH}.xz"


def test_the_next_form_is_taken_where_the_best_is_missing_or_wrong(
    tmp_path: Path, downloads: HttpDownloads
) -> None:
    form = f"{PATH}.gz"
    for number, best in enumerate(({}, {f"{PATH}.xz": b"that of tomorrow"})):
        with HttpFiles({**best, form: FORMS[form]}) as server:
            assert fetched(tmp_path / str(number), downloads, offer(server)) == form


def test_a_mirror_that_lacks_all_forms_is_told_so(
    tmp_path: Path, downloads: HttpDownloads
) -> None:
    with (
        HttpFiles({}) as server,
        pytest.raises(UnavailableError, match=r"the mirror lacks main/binary-amd64/Packages\.xz"),
    ):
        fetched(tmp_path, downloads, offer(server))


def test_a_connection_that_broke_off_goes_on_at_the_next_try(
    tmp_path: Path, downloads: HttpDownloads
) -> None:
    drops = {f"{PATH}.xz": 10}
    with HttpFiles(FORMS, bytes_before_drop=drops) as server:
        with pytest.raises(UnavailableError, match="could not be read"):
            fetched(tmp_path, downloads, offer(server))
        assert 1 < len(server.requests) <= download.TRIES_MAX

        drops.clear()
        assert fetched(tmp_path, downloads, offer(server)) == f"{PATH}.xz"
