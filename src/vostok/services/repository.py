"""Writing the index files of an APT repository into the content store, and signing them."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from vostok.debian.indices import IndexEntry, index_path, parse_release, render_release
from vostok.domain.archive import Archive, Suite
from vostok.domain.package import IndexedBinary, SourceRelease
from vostok.domain.publication import IndexFile
from vostok.domain.whole_copy import RELEASE_PATH, linked_indices
from vostok.errors import ConflictError
from vostok.services.ports import ContentStore, IndexFormats, Signer

INDEX_BYTES_MAX = 4 << 30
SIGNED_FILES = ("InRelease", "Release", "Release.gpg")


class RepositoryWriter:
    """Turns packages into index files."""

    def __init__(self, store: ContentStore, formats: IndexFormats, signer: Signer) -> None:
        self._store = store
        self._formats = formats
        self._signer = signer

    def packages_indices(
        self, binaries: Iterable[IndexedBinary], suite: Suite
    ) -> tuple[list[IndexFile], list[IndexEntry]]:
        """Packages of every component and architecture; files stored, and entries of Release.

        Paragraphs stand in the order of their names. O(binaries).
        """
        parts: dict[tuple[str, str], list[IndexedBinary]] = defaultdict(list)
        for binary in binaries:
            parts[binary.component, binary.index_architecture].append(binary)
        texts = {
            index_path(component, "Packages", architecture): _joined(
                sorted(parts[component, architecture], key=lambda b: (b.name, b.filename))
            )
            for component in suite.all_components
            for architecture in suite.architectures
        }
        return self._stored(texts)

    def sources_indices(
        self, sources: Iterable[SourceRelease], suite: Suite
    ) -> tuple[list[IndexFile], list[IndexEntry]]:
        """Sources of every component. O(sources)."""
        parts: dict[str, list[SourceRelease]] = defaultdict(list)
        for source in sources:
            parts[source.component].append(source)
        texts = {
            index_path(component, "Sources"): _joined(
                sorted(parts[component], key=lambda s: (s.name, s.version))
            )
            for component in suite.all_components
        }
        return self._stored(texts)

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
        empty = {
            path: ""
            for component in suite.all_components
            if component not in suite.components
            for path in (
                index_path(component, "Sources"),
                *(index_path(component, "Packages", a) for a in suite.architectures),
            )
        }
        own_files, own_entries = self._stored(empty)
        return linked[0] + own_files, linked[1] + own_entries

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
            raise ConflictError(f"the archive {archive.name} has no signing key yet")
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

    def _stored(self, texts: dict[str, str]) -> tuple[list[IndexFile], list[IndexEntry]]:
        """Store each index compressed; Release names the plain one too, as apt checks both."""
        files: list[IndexFile] = []
        entries: list[IndexEntry] = []
        for path, text in texts.items():
            plain = text.encode()
            packed = self._store_file(f"{path}.gz", self._formats.gzipped(plain))
            files.append(packed)
            entries.append(IndexEntry(path=packed.path, size=packed.size, sha256=packed.sha256))
            entries.append(
                IndexEntry(path=path, size=len(plain), sha256=hashlib.sha256(plain).hexdigest())
            )
        return files, entries

    def _store_file(self, path: str, data: bytes) -> IndexFile:
        sha256 = hashlib.sha256(data).hexdigest()
        if not self._store.has(sha256):
            self._store.put([data], size_max=INDEX_BYTES_MAX, expected_sha256=sha256)
        return IndexFile(path=path, size=len(data), sha256=sha256)


def _joined(packages: Sequence[IndexedBinary] | Sequence[SourceRelease]) -> str:
    return "".join(f"{package.stanza}\n" for package in packages)
