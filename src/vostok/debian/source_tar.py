"""Tarballs of source packages, in which one changelog entry is added while they stream by.

Every other member keeps its bytes: header, extensions, contents and place. What readers of tar
could take for different things is refused, so that nothing can hide.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from vostok.debian.excerpt import excerpt
from vostok.errors import InvalidInputError

BLOCK_BYTES: Final = 512
RECORD_BYTES: Final = 20 * BLOCK_BYTES
"""Tarballs are padded to a multiple of this, as GNU tar does."""

TAR_BYTES_MAX: Final = 16 << 30
"""Of one unpacked tarball."""

MEMBERS_MAX: Final = 2_000_000
EXTENSION_BYTES_MAX: Final = 1 << 20
"""Of one pax header or long name."""

CHANGELOG_BYTES_MAX: Final = 64 << 20

_CHANGELOG: Final = (b"debian", b"changelog")
_CONTROL: Final = (b"debian", b"control")
_FILES: Final = frozenset({b"0", b"\0", b"7"})
_HARD_LINK, _SYMBOLIC_LINK, _DIRECTORY = b"1", b"2", b"5"
_WITHOUT_CONTENTS: Final = frozenset({_HARD_LINK, _SYMBOLIC_LINK, b"3", b"4", _DIRECTORY, b"6"})
_PAX, _PAX_FOR_ALL, _LONG_NAME, _LONG_LINK = b"x", b"g", b"L", b"K"
_EXTENSIONS: Final = frozenset({_PAX, _LONG_NAME, _LONG_LINK})


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Bytes of a stream, so many at a time."""

    chunks: Iterator[bytes]
    _buffer: bytearray = field(default_factory=bytearray)

    def read(self, count: int) -> bytes:
        """So many bytes, or fewer at the end."""
        while len(self._buffer) < count:
            chunk = next(self.chunks, None)
            if chunk is None:
                break
            self._buffer += chunk
        found = bytes(self._buffer[:count])
        del self._buffer[:count]
        return found

    def copied(self, count: int) -> Iterator[bytes]:
        """So many bytes in pieces.

        Raises:
            InvalidInputError: the stream ends before.
        """
        while count > 0:
            piece = self.read(min(count, RECORD_BYTES * 10))
            if not piece:
                raise InvalidInputError("the tarball is cut off")
            count -= len(piece)
            yield piece

    def exactly(self, count: int) -> bytes:
        """So many bytes; raises as `copied`."""
        return b"".join(self.copied(count))

    def drain(self) -> None:
        """Read to the end, so that what is packed is found to be whole."""
        self._buffer.clear()
        for _ in self.chunks:
            pass


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    """One member: its raw headers (extensions first), and what they say."""

    extensions: bytes
    header: bytes
    kind: bytes
    path: tuple[bytes, ...]
    link: tuple[bytes, ...]
    size: int
    pax: frozenset[bytes]
    """Keywords of its pax header."""

    @property
    def padded_size(self) -> int:
        return _padded(self.size)

    @property
    def name(self) -> str:
        return excerpt(b"/".join(self.path).decode(errors="replace"))


def with_changelog_entry(
    chunks: Iterable[bytes], entry: bytes, *, at: int, has_top_directory: bool
) -> Iterator[bytes]:
    """An unpacked tarball with an entry put before its debian/changelog.

    Args:
        chunks: of the tarball.
        entry: with the empty line that ends it.
        at: what the changelog's time of change becomes, in seconds since 1970.
        has_top_directory: whether `debian` lies in the one directory at the top, as in native
            packages, and not at the top itself.

    Raises:
        InvalidInputError: there is not exactly one regular debian/changelog that nothing else in
            the tarball stands for, or the tarball is not well-formed or passes a bound. It may
            come at the end only: what was yielded before is worth nothing then.
    """
    reader = _Reader(chunks=iter(chunks))
    places = _Places(has_top_directory=has_top_directory)
    length = 0
    for member in _members(reader):
        if places.is_changelog(member):
            old = reader.exactly(member.padded_size)[: member.size]
            pieces: Iterable[bytes] = _changed(member, entry + old, at=at)
        else:
            pieces = _unchanged(member, reader)
        for piece in pieces:
            length += len(piece)
            yield piece
    places.check()
    reader.drain()
    end = length + 2 * BLOCK_BYTES
    yield bytes(2 * BLOCK_BYTES + -end % RECORD_BYTES)


def control_file(
    chunks: Iterable[bytes], *, has_top_directory: bool, bytes_max: int
) -> bytes | None:
    """The contents of debian/control in an unpacked tarball; None if it has none, or a larger one.

    Read no farther than to it.

    Raises:
        InvalidInputError: the tarball is not well-formed up to there.
    """
    reader = _Reader(chunks=iter(chunks))
    for member in _members(reader):
        path = member.path[1:] if has_top_directory else member.path
        if path == _CONTROL and member.kind in _FILES:
            small = member.size <= bytes_max
            return reader.exactly(member.padded_size)[: member.size] if small else None
        for _ in reader.copied(member.padded_size):
            pass
    return None


def _unchanged(member: _Member, reader: _Reader) -> Iterator[bytes]:
    yield member.extensions + member.header
    yield from reader.copied(member.padded_size)


def _changed(member: _Member, contents: bytes, *, at: int) -> Iterator[bytes]:
    header = bytearray(member.header)
    header[124:136] = b"%011o\0" % len(contents)
    header[136:148] = b"%011o\0" % at
    header[148:156] = b"%06o\0 " % _checksum(header)
    yield member.extensions + bytes(header)
    yield contents
    yield bytes(-len(contents) % BLOCK_BYTES)


@dataclass(slots=True, kw_only=True)
class _Places:
    """Where the changelog is, and that nothing else leads to it."""

    has_top_directory: bool
    _top: bytes | None = None
    _is_found: bool = False

    def is_changelog(self, member: _Member) -> bool:
        """Whether a member is the changelog.

        Raises:
            InvalidInputError: the member makes it unclear what the changelog is.
        """
        if not member.path:
            return False
        if self.has_top_directory:
            self._check_top(member)
        prefix = (self._top,) if self._top is not None else ()
        changelog = (*prefix, *_CHANGELOG)
        if member.kind == _HARD_LINK and member.link == changelog:
            raise InvalidInputError(f"{member.name} is a hard link to debian/changelog")
        if member.kind != _DIRECTORY and member.path in (prefix, (*prefix, b"debian")):
            raise InvalidInputError(f"{member.name} is no directory")
        if member.path != changelog:
            return False
        if self._is_found:
            raise InvalidInputError("debian/changelog is there twice")
        if member.kind not in _FILES:
            raise InvalidInputError("debian/changelog is no regular file")
        if member.size > CHANGELOG_BYTES_MAX:
            raise InvalidInputError(
                f"debian/changelog has {member.size} bytes; at most {CHANGELOG_BYTES_MAX}"
            )
        if any(key == b"size" or key.startswith(b"GNU.sparse") for key in member.pax):
            raise InvalidInputError("debian/changelog has its size in a pax header")
        self._is_found = True
        return True

    def check(self) -> None:
        """Nothing, if the changelog was found."""
        if not self._is_found:
            raise InvalidInputError("there is no debian/changelog")

    def _check_top(self, member: _Member) -> None:
        if self._top is None:
            self._top = member.path[0]
        elif member.path[0] != self._top:
            raise InvalidInputError(f"{member.name} lies beside the directory at the top")


def _members(reader: _Reader) -> Iterator[_Member]:
    """The members; before the next is asked for, the contents must have been read."""
    for _ in range(MEMBERS_MAX):
        member = _next_member(reader)
        if member is None:
            return
        yield member
    raise InvalidInputError(f"the tarball has more than {MEMBERS_MAX} members")


def _next_member(reader: _Reader) -> _Member | None:
    raw = b""
    said: dict[bytes, bytes] = {}
    while True:
        header = reader.read(BLOCK_BYTES)
        if not header or header == bytes(BLOCK_BYTES):
            if raw:
                raise InvalidInputError("the tarball ends behind an extended header")
            return None
        size = _checked_size(header)
        kind = header[156:157]
        if kind == _PAX_FOR_ALL and not raw:
            return _for_all(reader, header, size)
        if kind not in _EXTENSIONS:
            return _member(raw, header, size, said)
        contents = _extension(reader, size)
        raw += header + contents
        if len(raw) > EXTENSION_BYTES_MAX:
            raise InvalidInputError(f"extended headers have more than {EXTENSION_BYTES_MAX} bytes")
        said |= _said(kind, contents[:size])


def _for_all(reader: _Reader, header: bytes, size: int) -> _Member:
    """A header for all members that follow, passed on like a member without a name."""
    contents = _extension(reader, size)
    if not _pax_records(contents[:size]).keys() <= {b"comment"}:
        raise InvalidInputError("a pax header changes all members that follow")
    return _Member(
        extensions=header, header=contents, kind=_PAX_FOR_ALL, path=(), link=(), size=0,
        pax=frozenset(),
    )  # fmt: skip


def _member(raw: bytes, header: bytes, size: int, said: dict[bytes, bytes]) -> _Member:
    kind = header[156:157]
    if b"size" in said:
        size = _decimal(said[b"size"])
    name = said.get(b"path", _own_name(header))
    if kind not in _FILES | _WITHOUT_CONTENTS:
        raise InvalidInputError(f"{_shown(name)} is of the kind {kind!r}, which is not known here")
    if kind in _WITHOUT_CONTENTS and size:
        raise InvalidInputError(f"{_shown(name)} is no file and has {size} bytes of contents")
    if kind in _FILES and name.endswith(b"/"):
        raise InvalidInputError(f"{_shown(name)} is a directory and a file")
    return _Member(
        extensions=raw,
        header=header,
        kind=kind,
        path=_path(name),
        link=_path(said.get(b"linkpath", _text(header[157:257]))) if kind == _HARD_LINK else (),
        size=size,
        pax=frozenset(said),
    )


def _extension(reader: _Reader, size: int) -> bytes:
    if size > EXTENSION_BYTES_MAX:
        raise InvalidInputError(f"an extended header has {size} bytes")
    return reader.exactly(_padded(size))


def _said(kind: bytes, contents: bytes) -> dict[bytes, bytes]:
    if kind == _PAX:
        return _pax_records(contents)
    return {b"path" if kind == _LONG_NAME else b"linkpath": contents.split(b"\0", 1)[0]}


def _pax_records(contents: bytes) -> dict[bytes, bytes]:
    """Keyword -> value. Source: POSIX.1-2017, pax, «pax Extended Header»."""
    records: dict[bytes, bytes] = {}
    while contents:
        length, space, _ = contents.partition(b" ")
        count = _decimal(length)
        record = contents[len(length) + 1 : count]
        key, equals, value = record[:-1].partition(b"=")
        if not space or not equals or not record.endswith(b"\n") or count > len(contents):
            raise InvalidInputError("a pax header is not well-formed")
        records[key] = value
        contents = contents[count:]
    return records


def _decimal(text: bytes) -> int:
    if not text.isdigit() or len(text) > 18:  # noqa: PLR2004 - more than any size
        raise InvalidInputError(f"{text[:20]!r} in a pax header is no number")
    return int(text)


def _checked_size(header: bytes) -> int:
    """The size that a header names.

    Raises:
        InvalidInputError: it is no header.
    """
    if len(header) != BLOCK_BYTES:
        raise InvalidInputError("the tarball is cut off")
    if _number(header[148:156]) != _checksum(header):
        raise InvalidInputError("the checksum of a header of the tarball is wrong")
    size = _number(header[124:136])
    if size > TAR_BYTES_MAX:
        raise InvalidInputError(f"a member of the tarball has {size} bytes")
    return size


def _number(digits: bytes) -> int:
    """Octal digits, or binary after a byte 0x80. Source: GNU tar's «Basic Tar Format»."""
    if digits[:1] == b"\x80":
        return int.from_bytes(digits[1:], "big")
    text = digits.strip(b" \0")
    if not set(text) <= set(b"01234567"):
        raise InvalidInputError("a header of the tarball has no number where one must be")
    return int(text or b"0", 8)


def _checksum(header: bytes | bytearray) -> int:
    """The sum of all bytes, those of the checksum itself counted as blanks."""
    return sum(header) - sum(header[148:156]) + 8 * ord(" ")


def _own_name(header: bytes) -> bytes:
    name = _text(header[:100])
    if header[257:263] == b"ustar\0" and (prefix := _text(header[345:500])):
        return prefix + b"/" + name
    return name


def _text(raw: bytes) -> bytes:
    return raw.split(b"\0", 1)[0]


def _path(name: bytes) -> tuple[bytes, ...]:
    parts = tuple(part for part in name.split(b"/") if part not in (b"", b"."))
    if name.startswith(b"/") or b".." in parts or b"\0" in name:
        raise InvalidInputError(f"{_shown(name)} leads out of the tarball")
    return parts


def _shown(name: bytes) -> str:
    return excerpt(name.decode(errors="replace"))


def _padded(size: int) -> int:
    return size + -size % BLOCK_BYTES
