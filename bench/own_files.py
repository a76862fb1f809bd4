"""An archive with thousands of files of its own, as after a mass rebuild, without building."""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

from vostok.adapters.content_store import LocalContentStore
from vostok.bootstrap import build_services
from vostok.config import Settings
from vostok.domain.package import DeltaKind, NewBinary

THREADS: Final = 16
FILE_BYTES_MAX: Final = 1_000


def give_own_files(settings: Settings, archive_name: str, count: int) -> None:
    """Stores tiny files and enters them as rebuilt binaries of a derived archive.

    The builders' way there would take days. What an archive owns afterwards is the same: a row, a
    paragraph and a file for each, all in the next publication.
    """
    store = LocalContentStore(settings.data_root / "files")
    with ThreadPoolExecutor(THREADS) as threads:
        binaries = list(threads.map(lambda number: _stored(store, number), range(count)))
    services = build_services(settings, url="")
    with services.database.write() as transaction:
        archive = transaction.archives.named(archive_name)
        suite = transaction.archives.suites(archive.id)[0]
        transaction.deltas.add(suite.id, kind=DeltaKind.REBUILD, sources=[], binaries=binaries)


def _stored(store: LocalContentStore, number: int) -> NewBinary:
    name = f"own{number}"
    content = f"no real package, but a file of its own: {name}\n".encode()
    sha256, size = store.put(iter([content]), size_max=FILE_BYTES_MAX)
    filename = f"pool/main/o/own/{name}_1_amd64.deb"
    return NewBinary(
        name=name,
        version="1",
        architecture="amd64",
        component="main",
        index_architecture="amd64",
        source_name=f"own{number // 3}",
        source_version="1",
        filename=filename,
        size=size,
        sha256=sha256,
        stanza=_paragraph(name, filename, size, sha256),
    )


def _paragraph(name: str, filename: str, size: int, sha256: str) -> str:
    return (
        f"Package: {name}\nVersion: 1\nArchitecture: amd64\n"
        "Maintainer: Bench <bench@example.org>\n"
        f"Filename: {filename}\nSize: {size}\nSHA256: {sha256}\n"
        "Description: a file of its own\n"
    )
