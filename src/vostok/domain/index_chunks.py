"""Cutting indices into pieces that stay the same while the archive changes elsewhere.

A piece begins at a name whose checksum says so: what comes or goes changes the piece that it
stands in, and moves no other. So a new index takes over, compressed as they are, all pieces that
one before it has already.
"""

import hashlib
import zlib
from array import array
from collections.abc import Sequence
from itertools import pairwise

NAMES_PER_CHUNK = 64
"""On average: about 60 KiB of text, twice what a compressor looks back."""

CHUNK_ENTRIES_MAX = 1_024
"""No piece has more, whatever the names are, so that memory is bounded."""

KEY_BYTES = 16
_FORM = b"vostok-chunk-1"
"""Changes with how pieces are compressed, so that none of another form is taken over."""


def key_of(paragraph_ids: Sequence[int]) -> bytes:
    """What a piece is known by: a paragraph's id stands for its text for ever."""
    ids = array("q", paragraph_ids)
    return hashlib.blake2b(ids.tobytes(), digest_size=KEY_BYTES, person=_FORM).digest()


def chunks_of(entries: Sequence[tuple[str, int]]) -> list[list[int]]:
    """The paragraphs of each piece of an index, in order. O(entries).

    Args:
        entries: (name of the package, id of the paragraph) in the order of the index. Equal names
            stand together, and in one piece unless there are too many of them.
    """
    names = [name for name, _ in entries]
    ids = [paragraph_id for _, paragraph_id in entries]
    checksums = map(zlib.crc32, map(str.encode, names))
    starts = [
        place
        for place, checksum in enumerate(checksums)
        if not checksum % NAMES_PER_CHUNK and place and names[place] != names[place - 1]
    ]
    return [
        ids[part : min(part + CHUNK_ENTRIES_MAX, end)]
        for start, end in pairwise([0, *starts, len(ids)])
        for part in range(start, end, CHUNK_ENTRIES_MAX)
    ]
