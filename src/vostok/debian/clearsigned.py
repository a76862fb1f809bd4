"""Texts that may be clear-signed (RFC 9580, 7), as .dsc files are."""

from typing import Final

from vostok.debian.excerpt import excerpt
from vostok.errors import InvalidInputError

_BEGIN: Final = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE: Final = "-----BEGIN PGP SIGNATURE-----"
_END: Final = "-----END PGP SIGNATURE-----"
ARMOUR_HEADERS_MAX: Final = 20


def check_one_signed_text(data: bytes, *, of: str) -> None:
    """Nothing, if a file has at most one clear-signed text. It is not looked at otherwise.

    Of two texts, each well signed, readers might take different ones. In a signed text such a line
    begins with `- ` (RFC 9580, 7.2), so it is not mistaken for the beginning of another.

    Args:
        data: the file.
        of: what it is, for the message.

    Raises:
        InvalidInputError: it has more than one.
    """
    count = sum(line.rstrip() == _BEGIN.encode() for line in data.split(b"\n"))
    if count > 1:
        raise InvalidInputError(
            f"{of} has {count} clear-signed texts one after the other; only one can be meant",
            hint="tell who runs the archive, or use another mirror",
        )


def unsigned_text(data: bytes, *, of: str) -> str:
    """The text of a file, without the signature around it if there is one.

    The signature is not verified; but nothing outside what it covers is given back, so that no
    reader takes another text for the signed one.

    Args:
        data: the file.
        of: what it is, for messages: `hello_2.10-3.dsc`.

    Raises:
        InvalidInputError: it is not UTF-8, or something stands around the signed text.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"{of} is not UTF-8: {error.reason} at {error.start}") from None
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if not any(line.startswith("-----") for line in lines):
        return text
    return _signed_part(lines, of)


def _signed_part(lines: list[str], of: str) -> str:
    marks = [line.rstrip() for line in lines if line.startswith("-----")]
    first = lines[0].rstrip()
    if marks != [_BEGIN, _SIGNATURE, _END] or first != _BEGIN:
        raise InvalidInputError(
            f"{of} is more than one clear-signed text, or less: {excerpt(', '.join(marks))}",
            hint="sign it anew: debsign --re-sign FILE.changes",
        )
    begin = next((n for n, line in enumerate(lines[:ARMOUR_HEADERS_MAX]) if not line.strip()), 0)
    end = next(n for n, line in enumerate(lines) if line.rstrip() == _SIGNATURE)
    tail = next(n for n, line in enumerate(lines) if line.rstrip() == _END)
    if not 0 < begin < end or any(line.strip() for line in lines[tail + 1 :]):
        raise InvalidInputError(f"{of} has something beside its clear-signed text")
    return "\n".join(line.removeprefix("- ") for line in lines[begin + 1 : end]) + "\n"
