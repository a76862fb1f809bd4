"""Reading index files and comparing them with what a suite lists already.

A paragraph is split off and hashed; only one that is new is parsed, checked and stored.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from vostok.debian.stanza import index_fields
from vostok.domain.index_plan import PartKind, PartName
from vostok.domain.snapshot import PartChange
from vostok.errors import InvalidInputError
from vostok.services.importing.indexed_releases import binary_of_paragraph, source_of_paragraph
from vostok.services.job_log import Reporter
from vostok.services.ports import ContentStore, IndexFormats, PlainForm
from vostok.services.repositories import ReleaseSpool

BYTES_AT_ONCE = 1 << 20
PARAGRAPHS_MAX = 2_000_000
"""Of one part; Debian's largest has 80,000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredIndex:
    """An index file in the content store; the ending of its path says how it is packed."""

    path: str
    sha256: str
    plain_bytes: int
    """Its size unpacked as far as it is known, else 0."""
    plain_sha256: str
    """The SHA-256 of what it holds unpacked, likewise, else empty: then the size is not known."""

    @property
    def plain(self) -> PlainForm | None:
        """What is known of it unpacked."""
        if not self.plain_sha256:
            return None
        return PlainForm(size=self.plain_bytes, sha256=self.plain_sha256)


class IndexReader:
    """Reads the parts of suites, one after the other, into one spool."""

    def __init__(
        self,
        store: ContentStore,
        formats: IndexFormats,
        report: Reporter,
        spool: ReleaseSpool,
    ) -> None:
        self._store = store
        self._formats = formats
        self._report = report
        self._spool = spool
        self._spooled: set[bytes] = set()

    def change(
        self,
        part: PartName,
        indices: Sequence[StoredIndex],
        current: Mapping[bytes, int],
        *,
        suite: str,
    ) -> PartChange:
        """How a part differs from what it lists now.

        Args:
            part: which.
            indices: the files that list it.
            current: SHA-256 of each stanza that it lists now -> id of its release.
            suite: for messages.

        Raises:
            InvalidInputError: a paragraph is malformed; the message names suite, index, paragraph.
        """
        come: list[bytes] = []
        listed: set[bytes] = set()
        for index in indices:
            for begun, paragraphs in self._batches(index, suite):
                digests = [hashlib.sha256(paragraph).digest() for paragraph in paragraphs]
                fresh = set(digests).difference(current).difference(listed)
                listed.update(digests)
                if not fresh:  # mostly nothing is new, and then nothing else is done
                    continue
                for number, digest in enumerate(digests):
                    if digest in fresh:
                        fresh.remove(digest)
                        come.append(digest)
                        place = f"{suite} {index.path}, paragraph {begun + number + 1}"
                        self._take(part, digest, paragraphs[number], place)
        return PartChange(part=part, gone=_missing(current, listed), come=come)

    def _take(self, part: PartName, digest: bytes, paragraph: bytes, place: str) -> None:
        if digest in self._spooled:
            return
        self._spooled.add(digest)
        try:
            _spool(part, digest, paragraph, self._spool)
        except InvalidInputError as error:
            raise InvalidInputError(f"{place}: {error}", hint=error.hint) from error

    def _batches(self, index: StoredIndex, suite: str) -> Iterator[tuple[int, list[bytes]]]:
        """The paragraphs, many at a time, each time with how many came before."""
        begun = done = 0
        step = f"reading {index.path} of {suite}"
        try:
            paragraphs = self._formats.paragraphs(
                self._store.path(index.sha256), index.path, index.plain
            )
            for batch in _batched(paragraphs):
                self._report.tell(
                    f"reading {suite} {index.path}: {begun} stanzas",
                    step=step,
                    done=done,
                    total=index.plain_bytes,
                    unit="bytes",
                )
                yield begun, batch
                begun += len(batch)
                done += sum(map(len, batch)) + len(batch)
                _check_number(begun, index)
            self._report.tell(step, done=begun, total=begun, unit="stanzas")
        except InvalidInputError as error:
            raise InvalidInputError(f"{suite} {error}", hint=error.hint) from error


def _batched(paragraphs: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Some at a time: few where they are long."""
    batch: list[bytes] = []
    size = 0
    for paragraph in paragraphs:
        batch.append(paragraph)
        size += len(paragraph)
        if size > BYTES_AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _check_number(number: int, index: StoredIndex) -> None:
    if number > PARAGRAPHS_MAX:
        raise InvalidInputError(f"{index.path} has more than {PARAGRAPHS_MAX} paragraphs")


def _spool(part: PartName, digest: bytes, paragraph: bytes, spool: ReleaseSpool) -> None:
    fields = index_fields(paragraph)
    text = paragraph.decode()
    if part.kind is PartKind.SOURCES:
        spool.add_source(digest, source_of_paragraph(fields, text, part.component))
    else:
        spool.add_binary(
            digest, binary_of_paragraph(fields, text, part.component, part.architecture)
        )


def _missing(current: Mapping[bytes, int], listed: Collection[bytes]) -> list[int]:
    return [release_id for digest, release_id in current.items() if digest not in listed]
