"""Reading index files and comparing them with what a suite lists already.

A paragraph is split off and hashed; only one that is new is parsed, checked and stored.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from vostok.debian.stanza import index_fields
from vostok.domain.index_plan import PartKind, PartName
from vostok.domain.snapshot import PartChange
from vostok.errors import InvalidInputError
from vostok.services.indexed_releases import binary_of_paragraph, source_of_paragraph
from vostok.services.job_runner import Reporter
from vostok.services.ports import ContentStore, IndexFormats, PlainForm
from vostok.services.repositories import ReleaseSpool

PARAGRAPHS_PER_REPORT = 1_000
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
            for number, paragraph in self._counted(index, suite):
                digest = hashlib.sha256(paragraph).digest()
                if digest in listed:
                    continue
                listed.add(digest)
                if digest in current:
                    continue
                come.append(digest)
                if digest not in self._spooled:
                    self._spooled.add(digest)
                    try:
                        _spool(part, digest, paragraph, self._spool)
                    except InvalidInputError as error:
                        raise InvalidInputError(
                            f"{suite} {index.path}, paragraph {number}: {error}", hint=error.hint
                        ) from error
        return PartChange(part=part, gone=_missing(current, listed), come=come)

    def _counted(self, index: StoredIndex, suite: str) -> Iterator[tuple[int, bytes]]:
        done = 0
        try:
            paragraphs = self._formats.paragraphs(
                self._store.path(index.sha256), index.path, index.plain
            )
            for number, paragraph in enumerate(paragraphs, start=1):
                done += len(paragraph) + 1
                if number % PARAGRAPHS_PER_REPORT == 1:
                    self._report.tell(
                        f"reading {suite} {index.path}: {number - 1} stanzas",
                        done=done,
                        total=index.plain_bytes,
                        unit="bytes",
                    )
                _check_number(number, index)
                yield number, paragraph
        except InvalidInputError as error:
            raise InvalidInputError(f"{suite} {error}", hint=error.hint) from error


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
