"""Lists of files with digest and size, as .dsc, .changes and Release have them."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from vostok.debian.excerpt import excerpt
from vostok.debian.stanza import list_lines
from vostok.errors import InvalidInputError

MD5_DIGITS: Final = 32
SHA1_DIGITS: Final = 40
SHA256_DIGITS: Final = 64
FILES_MAX: Final = 200_000
"""Lines in one list; a Release file of Debian has under 10,000."""

_SIZE: Final = re.compile(r"[0-9]{1,18}")
_DIGEST: Final = re.compile(r"[0-9a-f]+")


class ListedFile(NamedTuple):
    """One line of a list: `digest size [section priority] name`."""

    digest: str
    size: int
    extra: tuple[str, ...]
    name: str


def parse_file_list(
    value: str, *, digest_digits: int, extra_words: int = 0, of: str
) -> Iterator[ListedFile]:
    """The lines of a list of files. Names are not checked, only that none comes twice.

    Args:
        value: the field's value.
        digest_digits: hexadecimal digits of the digest.
        extra_words: words between size and name (section and priority in a .changes file).
        of: what the list is, for messages: `Checksums-Sha256`.

    Raises:
        InvalidInputError: a line is not of the form, a name comes twice, or there are too many.
    """
    seen: set[str] = set()
    words_count = extra_words + 3
    for line in list_lines(value):
        words = line.split()
        if len(words) != words_count or not _SIZE.fullmatch(words[1]):
            raise InvalidInputError(f"{excerpt(line)} in {of} is not a digest, a size and a name")
        digest, size, *extra, name = words
        check_digest(digest, digits=digest_digits, of=of)
        if name in seen:
            raise InvalidInputError(f"{of} names the file {excerpt(name)} twice")
        if len(seen) == FILES_MAX:
            raise InvalidInputError(f"{of} has more than {FILES_MAX} files")
        seen.add(name)
        yield ListedFile(digest, int(size), tuple(extra), name)


def check_digest(digest: str, *, digits: int, of: str) -> str:
    """The digest, when it is so many lower-case hexadecimal digits.

    Raises:
        InvalidInputError: it is not.
    """
    if len(digest) != digits or not _DIGEST.fullmatch(digest):
        raise InvalidInputError(
            f"{excerpt(digest)} in {of} is not a digest of {digits} hexadecimal digits"
        )
    return digest
