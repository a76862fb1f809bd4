"""Writing the index files of an APT repository into the content store, and signing them."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from vostok.debian.indices import IndexEntry, index_path, parse_release, render_release
from vostok.domain.archive import Archive, Suite
from vostok.domain.package import ListedBinary, ListedSource
from vostok.domain.publication import IndexFile
from vostok.domain.whole_copy import RELEASE_PATH, linked_indices
from vostok.errors import ConflictError
from vostok.services.ports import IndexChunks, Signer, WrittenFiles
from vostok.services.repositories import Transaction
from vostok.services.views.index_writing import INDEX_BYTES_MAX, IndexWriter, Weights, WrittenIndex

SIGNED_FILES = ("InRelease", "Release", "Release.gpg")


class RepositoryWriter:
    """Turns packages into index files."""

    def __init__(self, store: WrittenFiles, chunks: IndexChunks, signer: Signer) -> None:
        self._store = store
        self._chunks = chunks
        self._signer = signer

    def packages_indices(
        self,
        transaction: Transaction,
        binaries: Iterable[ListedBinary],
        suite: Suite,
        *,
        reads_built_using: bool,
    ) -> list[WrittenIndex]:
        """Packages of every component and architecture, stored.

        Paragraphs stand in the order of their names. O(binaries), of which what no similar index
        has is compressed.
        """
        parts: dict[tuple[str, str], list[ListedBinary]] = defaultdict(list)
        for binary in binaries:
            parts[binary.component, binary.index_architecture].append(binary)
        entries = {
            index_path(component, "Packages", architecture): sorted(parts[component, architecture])
            for component in suite.all_components
            for architecture in suite.architectures
        }
        return self._written(
            transaction, suite, entries, _weightless, reads_built_using=reads_built_using
        )

    def sources_indices(
        self, transaction: Transaction, sources: Iterable[ListedSource], suite: Suite
    ) -> list[WrittenIndex]:
        """Sources of every component, stored; each weighs the bytes of its files. O(sources)."""
        parts: dict[str, list[ListedSource]] = defaultdict(list)
        for source in sources:
            parts[source.component].append(source)
        entries = {
            index_path(component, "Sources"): sorted(parts[component])
            for component in suite.all_components
        }
        weights = transaction.listings.source_bytes
        return self._written(transaction, suite, entries, weights, reads_built_using=False)

    def _written(
        self,
        transaction: Transaction,
        suite: Suite,
        entries: Mapping[str, Sequence[ListedBinary] | Sequence[ListedSource]],
        weights: Weights,
        *,
        reads_built_using: bool,
    ) -> list[WrittenIndex]:
        similar = transaction.publications.similar_indices(suite.id)
        writer = IndexWriter(self._store, self._chunks, transaction.listings.texts, weights)
        return [
            writer.write(
                path,
                [(entry.name, entry.paragraph_id) for entry in listed],
                similar.get(f"{path}.gz", ()),
                reads_built_using=reads_built_using,
            )
            for path, listed in entries.items()
        ]

    def whole_copy(
        self, suite: Suite, files: Sequence[IndexFile]
    ) -> tuple[list[IndexFile], list[IndexEntry]] | None:
        """The indices of a suite that shows a snapshot as it is: the snapshot's own files.

        None if they cannot be taken as they are; see `domain.whole_copy`.
        """
        texts = [file for file in files if file.path == RELEASE_PATH]
        if not texts or not self._store.has(texts[0].sha256):
            return None
        release = parse_release(self._store.path(texts[0].sha256).read_text())
        linked = linked_indices(suite, files, release)
        if linked is None:
            return None
        empty = [
            self._empty(path)
            for component in suite.all_components
            if component not in suite.components
            for path in (
                index_path(component, "Sources"),
                *(index_path(component, "Packages", a) for a in suite.architectures),
            )
        ]
        return (
            linked[0] + [index.file for index in empty],
            linked[1] + [entry for index in empty for entry in index.entries],
        )

    def release(
        self,
        archive: Archive,
        suite: Suite,
        entries: Sequence[IndexEntry],
        *,
        at: datetime,
        description: str,
    ) -> list[IndexFile]:
        """Release, InRelease and Release.gpg, with the archive's own names and key."""
        if archive.key_fingerprint is None:
            raise ConflictError(
                f"the archive {archive.name} has no signing key yet",
                hint="it gets one when it is derived; see how that went: vostok job list",
            )
        text = render_release(
            origin=archive.name,
            label=archive.name,
            suite=suite.name,
            codename=suite.codename,
            date=at,
            valid_until=None,
            architectures=suite.architectures,
            components=suite.all_components,
            description=description,
            snapshots=None,
            files=entries,
        ).encode()
        key = archive.key_fingerprint
        contents = (
            self._signer.inline_signed(key, text),
            text,
            self._signer.detached_signature(key, text),
        )
        return [
            self._store_file(path, data) for path, data in zip(SIGNED_FILES, contents, strict=True)
        ]

    def are_stored(self, files: Iterable[IndexFile]) -> bool:
        """Whether all files are still here: another archive's deletion may have taken one."""
        return all(self._store.has(file.sha256) for file in files)

    def _empty(self, path: str) -> WrittenIndex:
        writer = IndexWriter(self._store, self._chunks, _textless, _weightless)
        return writer.write(path, [], [], reads_built_using=False)

    def _store_file(self, path: str, data: bytes) -> IndexFile:
        sha256 = hashlib.sha256(data).hexdigest()
        if not self._store.has(sha256):
            self._store.put([data], size_max=INDEX_BYTES_MAX, expected_sha256=sha256)
        return IndexFile(path=path, size=len(data), sha256=sha256)


def _weightless(_paragraph_ids: Sequence[int]) -> dict[int, int]:
    return {}


def _textless(_paragraph_ids: Sequence[int]) -> dict[int, str]:
    return {}
