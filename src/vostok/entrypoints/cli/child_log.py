"""The log of a child process: a file of bounded size, its last lines at hand."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

LOG_BYTES_MAX: Final = 10 << 20
LOGS_KEPT: Final = 3
TAIL_BYTES_MAX: Final = 8_192
LAST_LINES_MAX: Final = 15
LINE_BYTES_MAX: Final = 8_192


class ChildLog:
    """What a child writes. The file is renamed to NAME.1 when full, and so on to `LOGS_KEPT`.

    A full disk loses lines of the log but never stops the child that writes them.
    """

    def __init__(
        self,
        file: Path,
        *,
        name: str,
        echo: Callable[[str], None] | None = None,
        bytes_max: int = LOG_BYTES_MAX,
    ) -> None:
        self.file = file
        self._name = name
        self._echo = echo
        self._bytes_max = bytes_max
        self._tail = b""
        self._unfinished = b""

    def write(self, chunk: bytes) -> None:
        """Appends a chunk, which need not end with a line."""
        self._tail = (self._tail + chunk)[-TAIL_BYTES_MAX:]
        with contextlib.suppress(OSError):
            self._rotate(len(chunk))
            with self.file.open("ab") as stream:
                stream.write(chunk)
        if self._echo is not None:
            self._echo_lines(chunk)

    def last_lines(self) -> list[str]:
        """The last lines that were written since this process began."""
        return self._tail.decode(errors="replace").splitlines()[-LAST_LINES_MAX:]

    def _rotate(self, added_bytes: int) -> None:
        if not self.file.exists() or self.file.stat().st_size + added_bytes <= self._bytes_max:
            return
        for number in range(LOGS_KEPT, 0, -1):
            older = self.file.with_name(f"{self.file.name}.{number}")
            newer = (
                self.file.with_name(f"{self.file.name}.{number - 1}") if number > 1 else self.file
            )
            if newer.exists():
                newer.replace(older)

    def _echo_lines(self, chunk: bytes) -> None:
        *lines, rest = (self._unfinished + chunk).split(b"\n")
        if len(rest) > LINE_BYTES_MAX:
            lines, rest = [*lines, rest], b""
        self._unfinished = rest
        for line in lines:
            if self._echo is not None:
                self._echo(f"{self._name} | {line.decode(errors='replace')}")
