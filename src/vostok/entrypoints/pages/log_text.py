"""Pieces of logs: the tail for a page, the increments for a live one, the whole as it is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vostok.entrypoints.pages.filters import readable

TAIL_BYTES = 256 * 1024
GLIMPSE_BYTES = 8 * 1024
# What one request for a tail or an increment reads at most, should the log have grown meanwhile.
READ_BYTES_MAX = 8 * 1024 * 1024
# A builder cuts logs at 100 MiB; beyond twice that something is wrong, and the stream ends.
WHOLE_BYTES_MAX = 200 * 1024 * 1024

# A byte offset -> the piece from there on, and whether the log ends with it.
ReadPiece = Callable[[int], tuple[bytes, bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPiece:
    """Text of a log between two byte offsets."""

    offset: int
    next_offset: int
    is_complete: bool
    text: str


def tail(read: ReadPiece, size: int | None, wanted: int = TAIL_BYTES) -> LogPiece:
    """The last lines of a log, whole ones only.

    Args:
        read: gives the pieces.
        size: bytes of the log as far as known; without it the log is read from its beginning,
            at most READ_BYTES_MAX of it.
        wanted: bytes to show at most.
    """
    start = max(0, (size or 0) - wanted)
    content, is_complete = _collected(read, start)
    cut = max(0, len(content) - wanted)
    if start + cut > 0:
        newline = content.find(b"\n", cut)
        cut = newline + 1 if newline >= 0 else cut
    shown = content[cut:] if is_complete else _whole_characters(content[cut:])
    begin = start + cut
    return LogPiece(
        offset=begin,
        next_offset=begin + len(shown),
        is_complete=is_complete,
        text=readable(shown.decode(errors="replace")),
    )


def increment(read: ReadPiece, offset: int) -> LogPiece:
    """What was written since a byte offset; a character still being written is left for later."""
    content, is_complete = read(offset)
    shown = content if is_complete else _whole_characters(content)
    return LogPiece(
        offset=offset,
        next_offset=offset + len(shown),
        is_complete=is_complete,
        text=readable(shown.decode(errors="replace")),
    )


def whole(read: ReadPiece) -> Iterator[bytes]:
    """The log's bytes as they are, piece by piece, up to what is written now."""
    offset = 0
    while offset < WHOLE_BYTES_MAX:
        content, is_complete = read(offset)
        if content:
            yield content
        offset += len(content)
        if is_complete or not content:
            return


def _collected(read: ReadPiece, start: int) -> tuple[bytes, bool]:
    content = bytearray()
    while len(content) < READ_BYTES_MAX:
        piece, is_complete = read(start + len(content))
        content += piece
        if is_complete or not piece:
            return bytes(content), is_complete
    return bytes(content), False


def _whole_characters(content: bytes) -> bytes:
    """The bytes without a UTF-8 sequence that is cut off at the end (at most three bytes)."""
    for back in range(1, min(4, len(content)) + 1):
        byte = content[-back]
        if byte < 0x80:  # noqa: PLR2004 - ASCII: nothing is cut
            break
        if byte >= 0xC0:  # noqa: PLR2004 - the first byte of a sequence
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4  # noqa: PLR2004 - RFC 3629
            return content[:-back] if back < length else content
    return content
