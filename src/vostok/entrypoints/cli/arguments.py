"""Options that several commands take, and values read from files."""

import re
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from vostok.errors import InvalidInputError

SELECTION_BYTES_MAX: Final = 16 << 20
KEYRING_BYTES_MAX: Final = 16 << 20

LISTS_MAX: Final = 20

_LIST: Final = re.compile(r"""\"(?:[^"]|"")*"|'(?:[^']|'')*'|(?:(?<=[\s,(])|^)@([^\s,()]+)""")
_COMMENT: Final = re.compile(r"(?:^|(?<=\s))#.*")

Search = Annotated[
    str, typer.Option("--search", metavar="TEXT", help="Only those with it in what they say.")
]
ArchiveName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the archive.")]
Selection = Annotated[
    str,
    typer.Option(
        "--select",
        metavar="EXPR",
        help="Sources: all, names and globs with commas between, or any selection"
        " (docs/reference/selection.md); @FILE in it stands for a file's, @- for stdin's.",
    ),
]
Architectures = Annotated[
    list[str] | None,
    typer.Option("--architecture", metavar="A", help="Architecture; may be given repeatedly."),
]
Parts = Annotated[
    list[str] | None,
    typer.Option(
        "--architecture",
        metavar="A",
        help="Architecture; may be given repeatedly. all: packages for all architectures anew too,"
        " also of sources whose binaries alone would be rebuilt.",
    ),
]
ToolchainName = Annotated[
    str | None, typer.Option("--toolchain", metavar="T", help="Name of a toolchain.")
]
IdempotencyKey = Annotated[
    str | None,
    typer.Option(metavar="KEY", help="Asked again with the same key, it is the same job."),
]
Wait = Annotated[
    bool, typer.Option("--wait/--no-wait", help="Wait for the job, or return at once with it.")
]


def selection_text(expression: str) -> str:
    """The selection as the server takes it: each ``@FILE`` replaced by what the file says.

    A file holds a selection of its own, mostly a list of names on lines or with commas between;
    ``#`` at the beginning of a line or after white space starts a comment. ``@-`` is standard
    input. Between quotation marks, and inside a word, ``@`` is itself.

    Raises:
        InvalidInputError: a file cannot be read, is too large, or says nothing; standard input is
            named twice.
    """
    names = [match[1] for match in _LIST.finditer(expression) if match[1]]
    if names.count("-") > 1:
        raise InvalidInputError("standard input is named twice in the selection: @-")
    if len(names) > LISTS_MAX:
        raise InvalidInputError(f"the selection names {len(names)} files, over {LISTS_MAX}")
    return _LIST.sub(lambda match: f"({_listed(match[1])})" if match[1] else match[0], expression)


def _listed(name: str) -> str:
    """What a file of a selection says, without its comments."""
    content = _bounded_content(name, bytes_max=SELECTION_BYTES_MAX)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"selection file {name} is not UTF-8 text") from error
    lines = [_COMMENT.sub("", line).strip() for line in text.splitlines()]
    kept = "\n".join(line for line in lines if line.strip(", "))
    if not kept:
        raise InvalidInputError(f"selection file {name} names no source")
    return kept


def keyring_content(file: Path | None) -> bytes | None:
    """The bytes of a keyring, binary or armoured; None without a file."""
    return None if file is None else _bounded_content(str(file), bytes_max=KEYRING_BYTES_MAX)


def file_content(file: Path, *, bytes_max: int) -> bytes:
    """The bytes of a file; ``-`` is standard input.

    Raises:
        InvalidInputError: it cannot be read, or is too large.
    """
    return _bounded_content(str(file), bytes_max=bytes_max)


def _bounded_content(name: str, *, bytes_max: int) -> bytes:
    try:
        if name == "-":
            content = sys.stdin.buffer.read(bytes_max + 1)
        else:
            with Path(name).open("rb") as stream:
                content = stream.read(bytes_max + 1)
    except OSError as error:
        raise InvalidInputError(
            f"file {name!r} cannot be read: {error.strerror}",
            hint="name a file that is here and that you may read",
        ) from error
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
