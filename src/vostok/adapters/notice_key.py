"""The installation's own key for what it tells outside, in a file that only its user reads."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

KEY_BYTES: Final = 32


class NoticeKey:
    """The key, made when it is first needed; all processes on a data root have the same."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __call__(self) -> bytes:
        """The key. It appears whole or not at all, and the first one stays."""
        try:
            return self._file.read_bytes()
        except FileNotFoundError:
            return self._made()

    def _made(self) -> bytes:
        fresh = self._file.with_name(f"{self._file.name}.{secrets.token_hex(8)}")
        place = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(place, "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):  # another process was first
                os.link(fresh, self._file)
        finally:
            fresh.unlink()
        return self._file.read_bytes()
