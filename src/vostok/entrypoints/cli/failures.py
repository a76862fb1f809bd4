"""How a failure reaches the person and the shell: ``error:``, ``hint:`` and the exit code."""

from collections.abc import Mapping
from typing import Final

from vostok.client.problems import ServerFaultError, WorkFailedError
from vostok.errors import (
    ConflictError,
    GoneError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    UnavailableError,
    VostokError,
)

EXIT_BUG: Final = 1
EXIT_USAGE: Final = 2
EXIT_INTERRUPTED: Final = 130


EXIT_CODES: Final[Mapping[type[VostokError], int]] = {
    ServerFaultError: EXIT_BUG,
    InvalidInputError: EXIT_USAGE,
    NotFoundError: 3,
    GoneError: 4,
    NotAllowedError: 5,
    ConflictError: 6,
    UnavailableError: 7,
    WorkFailedError: 8,
}


def exit_code(error: VostokError) -> int:
    """The exit code for this kind of error; `EXIT_BUG` for a kind not in the table."""
    return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), EXIT_BUG)
