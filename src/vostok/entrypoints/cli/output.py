"""What people and programs see: data on stdout, everything else on stderr.

Text from the server may come from a package's build. It is shown with its control characters
replaced, so that no log can drive the terminal of who reads it.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

KIBI: Final = 1024

_STYLES: Final[Mapping[str, str]] = {
    "built": "green",
    "succeeded": "green",
    "finished": "green",
    "active": "green",
    "published": "green",
    "asked": "green",
    "building": "blue",
    "uploading": "blue",
    "running": "blue",
    "preparing": "blue",
    "importing": "blue",
    "deriving": "blue",
    "failed": "bold red",
    "failed-to-upload": "bold red",
    "chroot-problem": "bold red",
    "source-unavailable": "bold red",
    "bd-uninstallable": "red",
    "other": "bold red",
    "mixed": "red",
    "dep-wait": "yellow",
    "needs-build": "yellow",
    "planned": "yellow",
    "queued": "yellow",
    "pending": "yellow",
    "cancelling": "yellow",
    "deleting": "yellow",
    "cancelled": "dim",
    "superseded": "dim",
    "not-for-us": "dim",
}
_CONTROLS: Final = {
    code: "\N{REPLACEMENT CHARACTER}"
    for code in (*range(0x20), *range(0x7F, 0xA0))
    if chr(code) not in "\n\t"
}


class OutputForm(StrEnum):
    """In which form data goes to stdout."""

    TABLE = "table"
    JSON = "json"
    TSV = "tsv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table; `kind` says how its values are aligned and coloured.

    Attributes:
        characters_max: of a value on a terminal, where a longer one ends in `…`; None: all.
    """

    title: str
    kind: Literal["text", "number", "state"] = "text"
    characters_max: int | None = None


class _Console(Console):
    """A console that leaves it to the command to end when the reader has gone."""

    def on_broken_pipe(self) -> None:
        """Raise again what is being handled; the library would exit with 1, as for a bug."""
        raise BrokenPipeError from None


class Output:
    """Writes to stdout and stderr in the form that was asked for."""

    def __init__(self, *, is_json: bool, is_tsv: bool = False) -> None:
        self.is_json = is_json
        self.is_tsv = is_tsv
        self.console: Console = _Console(
            highlight=False, markup=False, emoji=False, soft_wrap=True
        )
        self.notes: Console = _Console(
            stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True
        )

    def document(self, value: object) -> None:
        """The answer for programs: one JSON document on stdout."""
        sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    def note(self, sentence: str) -> None:
        """A sentence for people on stderr."""
        self.notes.print(Text(printable(sentence)))

    def text(self, text: str) -> None:
        """Text for people on stdout; of a table for programs it is no part."""
        (self.notes if self.is_tsv else self.console).print(Text(printable(text)))

    def heading(self, text: str) -> None:
        """The first line of what is shown of one thing."""
        (self.notes if self.is_tsv else self.console).print(Text(printable(text), style="bold"))

    def fields(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Names and values below each other; pairs with an empty value are left out."""
        if self.is_tsv:
            _write_tabbed(pairs)
            return
        shown = [(name, printable(value)) for name, value in pairs if value]
        width = max((len(name) for name, _ in shown), default=0)
        for name, value in shown:
            lines = value.splitlines() or [""]
            indented = ("\n" + " " * (width + 2)).join(lines)
            style = _STYLES.get(value.split(" ", 1)[0], "") if name == "state" else ""
            self.console.print(Text.assemble((f"{name:<{width}}  ", "dim"), (indented, style)))

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
        """A table; aligned plain text when stdout is no terminal, or one tab between cells."""
        if self.is_tsv:
            _write_tabbed([[column.title for column in columns], *rows])
            return
        cells = [[printable(cell).replace("\n", " ") for cell in row] for row in rows]
        if self.console.is_terminal:
            short = [[_cut(*pair) for pair in zip(columns, row, strict=True)] for row in cells]
            self.console.print(_rich_table(columns, short), soft_wrap=False)
            return
        widths = [
            max([len(column.title), *(len(row[index]) for row in cells)])
            for index, column in enumerate(columns)
        ]
        for row in [[column.title for column in columns], *cells]:
            line = "  ".join(
                cell.rjust(width) if column.kind == "number" else cell.ljust(width)
                for cell, width, column in zip(row, widths, columns, strict=True)
            )
            sys.stdout.write(line.rstrip() + "\n")


def _cut(column: Column, cell: str) -> str:
    count = column.characters_max
    return cell if count is None or len(cell) <= count else f"{cell[: count - 1]}…"


def _write_tabbed(rows: Iterable[Sequence[str]]) -> None:
    """Rows for programs: a tab between cells, in which tabs and newlines are spaces."""
    for row in rows:
        cells = (printable(cell).replace("\t", " ").replace("\n", " ") for cell in row)
        sys.stdout.write("\t".join(cells) + "\n")


def printable(text: str) -> str:
    """The text with control characters other than newline and tab replaced."""
    return text.translate(_CONTROLS)


def state_style(state: str) -> str:
    """The colour of a state."""
    return _STYLES.get(state, "")


def time_text(moment: str | None) -> str:
    """An ISO 8601 time in UTC to the second; empty for None."""
    if not moment:
        return ""
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def bytes_text(size_bytes: int | None) -> str:
    """A size in the largest unit that leaves at least one before the point."""
    if size_bytes is None:
        return ""
    value = float(size_bytes)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < KIBI:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= KIBI
    return f"{value:.1f} TiB"


def seconds_text(seconds: float | None) -> str:
    """A duration in whole seconds; empty for None."""
    return "" if seconds is None else f"{seconds:.0f}"


def _rich_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(
            Text(column.title),
            justify="right" if column.kind == "number" else "left",
            no_wrap=column.kind != "text",
            overflow="fold",
        )
    for row in rows:
        table.add_row(
            *(
                Text(cell, style=state_style(cell) if column.kind == "state" else "")
                for cell, column in zip(row, columns, strict=True)
            )
        )
    return table
