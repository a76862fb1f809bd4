"""OpenPGP data taken apart without unpacking anything of it (RFC 9580, 4.2 and 6.2).

Whoever sends a signature sends it before we know who that is. A library that reads packets also
reads those inside a compressed one, of which a megabyte can hold gigabytes. So the kinds of
packets are looked at here first, and only this very data is given to it.
"""

import base64
import binascii
import re
from collections.abc import Collection, Iterator
from typing import Final

from vostok.errors import InvalidInputError

PACKETS_MAX: Final = 20_000

SIGNATURE: Final = 2
OF_CERTIFICATES: Final = frozenset({SIGNATURE, 5, 6, 7, 10, 12, 13, 14, 17, 21})
"""Keys, user ids, signatures; and secret keys, which are refused with a word of their own."""

_ARMOUR = re.compile(
    rb"-----BEGIN PGP (?P<kind>[A-Z ]{1,40})-----[ \t\r]*\n"
    rb"(?:[A-Za-z]{1,40}:[^\n]{0,1000}\n){0,20}"
    rb"[ \t\r]*\n"
    rb"(?P<data>(?:[A-Za-z0-9+/]{1,76}={0,2}[ \t\r]*\n)+)"
    rb"(?:=[A-Za-z0-9+/]{4}[ \t\r]*\n)?"
    rb"-----END PGP (?P=kind)-----\s*"
)
"""The only armour that is read, so that nobody can find other data in it than is found here."""

_NEW, _OLD = 0xC0, 0x80
_LINE_CHARACTERS = 64


def dearmoured(data: bytes) -> bytes:
    """The packets in a file that is armoured, or is not.

    Raises:
        InvalidInputError: it is armoured in another way than programs do it.
    """
    if data[:1] and data[0] & _OLD:
        return data
    found = _ARMOUR.fullmatch(data.lstrip())
    if found is None:
        raise InvalidInputError(
            "no OpenPGP data can be read in the file: it is neither packets nor one armour",
            hint="give a file as gpg --armor --export ID writes it",
        )
    try:
        return base64.b64decode(b"".join(found["data"].split()), validate=True)
    except binascii.Error as error:
        raise InvalidInputError(
            f"no OpenPGP data can be read in the file: its armour holds no base64: {error}"
        ) from None


def armoured_signature(packets: bytes) -> bytes:
    """Packets as the last part of a clear-signed text."""
    text = base64.b64encode(packets)
    lines = [
        text[start : start + _LINE_CHARACTERS] for start in range(0, len(text), _LINE_CHARACTERS)
    ]
    return b"\n".join(
        (b"-----BEGIN PGP SIGNATURE-----", b"", *lines, b"-----END PGP SIGNATURE-----", b"")
    )


def check_packets(data: bytes, *, kinds: Collection[int]) -> None:
    """Nothing, if these are whole packets of these kinds, each with its length before it.

    Raises:
        InvalidInputError: one is of another kind, there are too many, or one is cut off.
    """
    for count, kind in enumerate(_kinds(data), 1):
        if kind not in kinds:
            raise InvalidInputError(
                f"the OpenPGP data holds a packet of type {kind}, which does not belong there"
            )
        if count > PACKETS_MAX:
            raise InvalidInputError(f"more than {PACKETS_MAX} OpenPGP packets in one file")


def _kinds(data: bytes) -> Iterator[int]:
    place = 0
    while place < len(data):
        first = data[place]
        if first & _NEW == _NEW:
            kind, (start, length) = first & 0x3F, _new_length(data, place + 1)
        elif first & _OLD:
            kind, (start, length) = first >> 2 & 0xF, _old_length(data, place)
        else:
            raise InvalidInputError("no OpenPGP data can be read in the file: not a packet")
        place = start + length
        if place > len(data):
            raise InvalidInputError("no OpenPGP data can be read in the file: it is cut off")
        yield kind


def _new_length(data: bytes, place: int) -> tuple[int, int]:
    """Where the body of a packet begins, and its length. Source: RFC 9580, 4.2.1."""
    first = data[place] if place < len(data) else 0
    if first < 192:  # noqa: PLR2004 - the RFC's
        return place + 1, first
    if first < 224:  # noqa: PLR2004 - the RFC's
        second = data[place + 1] if place + 1 < len(data) else 0
        return place + 2, (first - 192 << 8) + second + 192
    if first == 0xFF:  # noqa: PLR2004 - the RFC's
        return place + 5, int.from_bytes(data[place + 1 : place + 5])
    raise InvalidInputError("no OpenPGP data can be read in the file: a packet comes in parts")


def _old_length(data: bytes, place: int) -> tuple[int, int]:
    """The same for the older form of headers. Source: RFC 9580, 4.2.2."""
    width = data[place] & 3
    if width == 3:  # noqa: PLR2004 - the RFC's
        raise InvalidInputError("no OpenPGP data can be read in the file: a packet has no length")
    size = 1 << width
    return place + 1 + size, int.from_bytes(data[place + 1 : place + 1 + size])
