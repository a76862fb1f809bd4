"""Options that several commands take, and values read from files."""

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from vostok.errors import InvalidInputError

SELECTION_BYTES_MAX: Final = 16 << 20
KEYRING_BYTES_MAX: Final = 16 << 20

ArchiveName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the archive.")]
Selection = Annotated[
    str,
    typer.Option(
        "--select",
        metavar="EXPR",
        help="Sources: all, or names and globs with commas between; @FILE reads them from a file,"
        " @- from stdin.",
    ),
]
Architectures = Annotated[
    list[str] | None,
    typer.Option("--architecture", metavar="A", help="Architecture; may be given repeatedly."),
]
ToolchainName = Annotated[
    str | None, typer.Option("--toolchain", metavar="T", help="Name of a toolchain.")
]
Wait = Annotated[
    bool, typer.Option("--wait/--no-wait", help="Wait for the job, or return at once with it.")
]


def selection_text(expression: str) -> str:
    """The selection as the server takes it: ``@FILE`` replaced by the file's items.

    A file holds items on lines or with commas between; ``#`` starts a comment.

    Raises:
        InvalidInputError: the file cannot be read, is too large, or names nothing.
    """
    if not expression.startswith("@"):
        return expression
    name = expression[1:]
    text = _bounded_content(name, bytes_max=SELECTION_BYTES_MAX)
    try:
        lines = text.decode().splitlines()
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"selection file {name} is not UTF-8 text") from error
    items = [
        item.strip() for line in lines for item in line.split("#", 1)[0].split(",") if item.strip()
    ]
    if not items:
        raise InvalidInputError(f"selection file {name} names no source")
    return ",".join(items)


def keyring_content(file: Path | None) -> bytes | None:
    """The bytes of a keyring, binary or armoured; None without a file."""
    return None if file is None else _bounded_content(str(file), bytes_max=KEYRING_BYTES_MAX)


def _bounded_content(name: str, *, bytes_max: int) -> bytes:
    try:
        if name == "-":
            content = sys.stdin.buffer.read(bytes_max + 1)
        else:
            with Path(name).open("rb") as stream:
                content = stream.read(bytes_max + 1)
    except OSError as error:
        raise InvalidInputError(f"file {name!r} cannot be read: {error.strerror}") from error
    if len(content) > bytes_max:
        raise InvalidInputError(f"file {name!r} is larger than {bytes_max} bytes")
    return content


def values_by_key(items: list[str], *, option: str) -> dict[str, str]:
    """The values of a repeated ``KEY=VALUE`` option.

    Raises:
        InvalidInputError: an item without a key or ``=``, or a key given twice.
    """
    values: dict[str, str] = {}
    for item in items:
        key, separator, value = item.partition("=")
        if not key or not separator:
            raise InvalidInputError(f"{option} {item!r} is not of the form KEY=VALUE")
        if key in values:
            raise InvalidInputError(f"{option} {key} is given twice: {values[key]!r}, {value!r}")
        values[key] = value
    return values
