"""Writing an index by difference: pieces that one before it has are taken over as they are."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from vostok.debian.built_using import list_built_using
from vostok.debian.indices import IndexEntry
from vostok.domain.index_chunks import chunks_of, key_of
from vostok.domain.publication import IndexFile
from vostok.errors import ConflictError, InvalidInputError
from vostok.services.ports import IndexChunks, KnownIndex, WrittenFiles

INDEX_BYTES_MAX = 4 << 30
KNOWN_MAX = 4
"""Of earlier indices that are looked into for pieces."""

PARAGRAPHS_AT_ONCE_MAX = 4_000
"""Texts that are held in memory, about 6 MB of them, unless one piece has more."""

Texts = Callable[[Sequence[int]], Mapping[int, str]]
Weights = Callable[[Sequence[int]], Mapping[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenIndex:
    """An index that is stored.

    Attributes:
        file: the compressed one.
        plain: the same unpacked, as Release names it.
        weight: of all its paragraphs.
        built_using: items of Built-Using fields, if they were asked for.
    """

    file: IndexFile
    plain: IndexEntry
    weight: int
    built_using: frozenset[bytes]

    @property
    def entries(self) -> tuple[IndexEntry, IndexEntry]:
        """What Release says of it: packed and plain, as apt checks both."""
        packed = IndexEntry(path=self.file.path, size=self.file.size, sha256=self.file.sha256)
        return packed, self.plain


@dataclass(slots=True)
class _Sums:
    """What is summed up while an index is written."""

    digest: "hashlib._Hash"
    built_using: set[bytes] | None
    size: int = 0
    weight: int = 0


class IndexWriter:
    """Writes one index.

    Args:
        store: where it is stored, and those before it are.
        chunks: how its pieces are compressed.
        texts: paragraph id -> text, for those that are asked for.
        weights: paragraph id -> its weight, 0 if it is not there; noted for each piece.
    """

    def __init__(
        self, store: WrittenFiles, chunks: IndexChunks, texts: Texts, weights: Weights
    ) -> None:
        self._store = store
        self._chunks = chunks
        self._texts = texts
        self._weights = weights

    def write(
        self,
        path: str,
        entries: Sequence[tuple[str, int]],
        before: Sequence[str],
        *,
        reads_built_using: bool,
    ) -> WrittenIndex:
        """Store an index; O(entries) to see what changed, and then only that is compressed.

        Args:
            path: of the plain index, below `dists/SUITE`.
            entries: (name of the package, paragraph id) in order.
            before: SHA-256s of compressed indices that may share pieces, the likeliest first.
            reads_built_using: fill `built_using`; each piece is unpacked for it anyway, unless
                the whole index is known.
        """
        known = self._known(before)
        pieces = chunks_of(entries)
        keys = tuple(map(key_of, pieces))
        if not reads_built_using:
            for sha256, index in known:
                if index.keys == keys:
                    return self._taken_over(path, sha256, index)
        sums = _Sums(hashlib.sha256(), set() if reads_built_using else None)
        members = self._members(pieces, keys, [index for _, index in known], sums)
        sha256, size = self._store.put(self._summed(members, sums), size_max=INDEX_BYTES_MAX)
        return WrittenIndex(
            file=IndexFile(path=f"{path}.gz", size=size, sha256=sha256),
            plain=IndexEntry(path=path, size=sums.size, sha256=sums.digest.hexdigest()),
            weight=sums.weight,
            built_using=frozenset(sums.built_using or ()),
        )

    def _known(self, before: Sequence[str]) -> list[tuple[str, KnownIndex]]:
        found = []
        for sha256 in dict.fromkeys(before):
            is_here = self._store.has(sha256)
            index = self._chunks.known(self._store.path(sha256)) if is_here else None
            if index is not None:
                found.append((sha256, index))
            if len(found) == KNOWN_MAX:
                break
        return found

    def _taken_over(self, path: str, sha256: str, index: KnownIndex) -> WrittenIndex:
        size = self._store.path(sha256).stat().st_size
        return WrittenIndex(
            file=IndexFile(path=f"{path}.gz", size=size, sha256=sha256),
            plain=IndexEntry(path=path, size=index.plain_size, sha256=index.plain_sha256),
            weight=index.weight,
            built_using=frozenset(),
        )

    def _summed(self, members: Iterator[tuple[bytes, bytes]], sums: _Sums) -> Iterator[bytes]:
        """The compressed members, while their texts are summed up; then the end."""
        for packed, plain in members:
            sums.digest.update(plain)
            sums.size += len(plain)
            if sums.built_using is not None:
                sums.built_using |= list_built_using(plain)
            yield packed
        yield self._chunks.end(sums.size, sums.digest.hexdigest())

    def _members(
        self,
        pieces: Sequence[Sequence[int]],
        keys: Sequence[bytes],
        known: Sequence[KnownIndex],
        sums: _Sums,
    ) -> Iterator[tuple[bytes, bytes]]:
        """(packed, plain) of each piece; the texts of several are asked for at once."""
        waiting: list[tuple[bytes, Sequence[int], tuple[bytes, bytes] | None]] = []
        missing = 0
        for key, piece in zip(keys, pieces, strict=True):
            taken = self._taken(key, known, sums)
            if taken is None:
                missing += len(piece)
            elif not waiting:
                yield taken
                continue
            waiting.append((key, piece, taken))
            if missing >= PARAGRAPHS_AT_ONCE_MAX or len(waiting) >= PARAGRAPHS_AT_ONCE_MAX // 40:
                yield from self._packed(waiting, sums)
                waiting, missing = [], 0
        yield from self._packed(waiting, sums)

    def _taken(
        self, key: bytes, known: Sequence[KnownIndex], sums: _Sums
    ) -> tuple[bytes, bytes] | None:
        for index in known:
            chunk = index.find(key)
            if chunk is None:
                continue
            try:
                plain = self._chunks.unpacked(chunk.packed)
            except InvalidInputError:  # damaged on the disk: it is made anew
                continue
            sums.weight += chunk.weight
            return chunk.packed, plain
        return None

    def _packed(
        self,
        waiting: Sequence[tuple[bytes, Sequence[int], tuple[bytes, bytes] | None]],
        sums: _Sums,
    ) -> Iterator[tuple[bytes, bytes]]:
        wanted = [number for _, piece, taken in waiting if taken is None for number in piece]
        texts = self._texts(wanted) if wanted else {}
        weights = self._weights(wanted) if wanted else {}
        for key, piece, taken in waiting:
            if taken is not None:
                yield taken
                continue
            try:
                plain = "".join(f"{texts[number]}\n" for number in piece).encode()
            except KeyError as error:
                raise ConflictError(
                    f"the paragraph {error} of an index was deleted while it was written"
                ) from error
            weight = sum(weights.get(number, 0) for number in piece)
            sums.weight += weight
            yield self._chunks.packed(key, weight, plain), plain
