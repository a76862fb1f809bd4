"""A named pipe through which the processes of a machine wake its executor.

Nothing depends on it: who is not woken looks by itself a little later. So a pipe that nobody
reads, that is full or that cannot be made is no error.
"""

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

BYTES_AT_ONCE: Final = 4_096


class WakePipe:
    """Any number of processes wake the one that listens."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def wake(self) -> None:
        """Wake who listens, if somebody does. Never waits."""
        with suppress(OSError):  # nobody listens; or the pipe is full, and who reads is woken
            pipe = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
            try:
                if stat.S_ISFIFO(os.fstat(pipe).st_mode):
                    os.write(pipe, b"\0")
            finally:
                os.close(pipe)

    def listen(self, woken: Callable[[], None]) -> None:
        """Call this at each wake, as long as the process lives; many at once may be one.

        Raises:
            OSError: the pipe can neither be made nor opened.
        """
        if not self._is_there():
            self._path.unlink(missing_ok=True)
            os.mkfifo(self._path, mode=0o600)
        pipe = os.open(self._path, os.O_RDWR)  # with a writer of its own it never reads an end
        while os.read(pipe, BYTES_AT_ONCE):
            woken()

    def _is_there(self) -> bool:
        try:
            return stat.S_ISFIFO(self._path.lstat().st_mode)
        except FileNotFoundError:
            return False
