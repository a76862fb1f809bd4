"""The `.diff.gz` of source format 1.0, in which one changelog entry is added as it streams by."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from vostok.debian.excerpt import excerpt
from vostok.errors import InvalidInputError

DIFF_BYTES_MAX: Final = 4 << 30
LINE_BYTES_MAX: Final = 64 << 20

_HUNK: Final = re.compile(
    rb"@@ -(?P<old>[0-9]{1,9})(?:,(?P<olds>[0-9]{1,9}))?"
    rb" \+(?P<new>[0-9]{1,9})(?:,(?P<news>[0-9]{1,9}))? @@(?P<rest>[^\n]*\n?)"
)


@dataclass(slots=True, kw_only=True)
class _Hunk:
    """Where a hunk begins and how many lines it has, in the old and in the new file."""

    old: int
    olds: int
    new: int
    news: int
    rest: bytes

    @property
    def heading(self) -> bytes:
        return b"@@ -%d,%d +%d,%d @@%s" % (self.old, self.olds, self.new, self.news, self.rest)

    def count_down(self, line: bytes) -> None:
        """Note a line of the hunk."""
        match line[:1]:
            case b"+":
                self.news -= 1
            case b"-":
                self.olds -= 1
            case b" " | b"\n" | b"\t":
                self.olds -= 1
                self.news -= 1
            case b"\\":
                pass
            case _:
                raise InvalidInputError(
                    f"the line {excerpt(line.decode(errors='replace'))} cannot be in a hunk"
                )
        if self.olds < 0 or self.news < 0:
            raise InvalidInputError("a hunk of the diff has more lines than its heading says")


def with_changelog_entry(chunks: Iterable[bytes], entry: bytes) -> Iterator[bytes]:
    """An unpacked diff that puts an entry before debian/changelog as well; the rest is the same.

    Args:
        chunks: of the diff.
        entry: with the empty line that ends it.

    Raises:
        InvalidInputError: the diff does not change debian/changelog from its first line on, or
            changes it twice, or is not well-formed. It may come at the end only.
    """
    added = [b"+" + line for line in entry.splitlines(keepends=True)]
    is_changelog, is_done = False, False
    hunk: _Hunk | None = None
    for line in _lines(chunks):
        if hunk is not None and (hunk.olds or hunk.news):
            hunk.count_down(line)
            yield line
            continue
        found = _HUNK.fullmatch(line)
        if found is None:
            hunk = None if not line.startswith(b"\\") else hunk
            if line.startswith(b"+++ "):
                is_changelog = _names(line, b"changelog")
                if is_changelog and is_done:
                    raise InvalidInputError("the diff changes debian/changelog twice")
            yield line
            continue
        hunk = _hunk(found)
        if is_changelog and is_done:
            yield _moved(hunk, by=len(added)).heading
        elif is_changelog:
            _check_first(hunk)
            is_done = True
            yield _longer(hunk, by=len(added)).heading
            yield from added
        else:
            yield line
    if not is_done:
        raise InvalidInputError(
            "the diff does not change debian/changelog: it is the upstream tarball's, which stays"
        )
    if hunk is not None and (hunk.olds or hunk.news):
        raise InvalidInputError("the diff is cut off within a hunk")


def control_file(chunks: Iterable[bytes], *, bytes_max: int) -> bytes | None:
    """The contents of debian/control, where an unpacked diff makes that file.

    None if it does not, as where the upstream tarball has it, or makes a larger one.
    """
    found = bytearray()
    is_control, is_new = False, False
    for line in _lines(chunks):
        if line.startswith(b"+++ "):
            if found:
                break
            is_control, is_new = _names(line, b"control"), False
        elif is_control and (hunk := _HUNK.fullmatch(line)):
            is_new = (int(hunk["old"]), int(hunk["olds"] or 1)) == (0, 0)
        elif is_control and is_new and line.startswith(b"+"):
            found += line[1:]
            if len(found) > bytes_max:
                return None
    return bytes(found) or None


def _check_first(hunk: _Hunk) -> None:
    is_new_file = (hunk.old, hunk.olds) == (0, 0)
    if not is_new_file and hunk.old != 1:
        raise InvalidInputError(
            f"the diff changes debian/changelog from line {hunk.old} on: its beginning is "
            "the upstream tarball's"
        )


def _hunk(found: re.Match[bytes]) -> _Hunk:
    return _Hunk(
        old=int(found["old"]),
        olds=int(found["olds"] or 1),
        new=int(found["new"]),
        news=int(found["news"] or 1),
        rest=found["rest"],
    )


def _longer(hunk: _Hunk, *, by: int) -> _Hunk:
    return _Hunk(
        old=hunk.old, olds=hunk.olds, new=max(hunk.new, 1), news=hunk.news + by, rest=hunk.rest
    )


def _moved(hunk: _Hunk, *, by: int) -> _Hunk:
    return _Hunk(old=hunk.old, olds=hunk.olds, new=hunk.new + by, news=hunk.news, rest=hunk.rest)


def _names(line: bytes, name: bytes) -> bool:
    """Whether a line `+++ foo-1.0/debian/NAME` names it: patches go one level deep."""
    path = line[4:].split(b"\t")[0].strip()
    parts = [part for part in path.split(b"/") if part not in (b"", b".")]
    return parts[1:] == [b"debian", name]


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines with their ends."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        if len(rest) > LINE_BYTES_MAX:
            raise InvalidInputError(f"a line of the diff is longer than {LINE_BYTES_MAX} bytes")
        yield from (line + b"\n" for line in whole)
    if rest:
        yield rest
