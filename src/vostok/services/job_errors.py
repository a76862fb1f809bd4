"""Why a job failed, as it is stored and sent."""

from collections.abc import Mapping

from vostok.errors import (
    ConflictError,
    GoneError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    UnavailableError,
    VostokError,
)

ERROR_KINDS: Mapping[type[VostokError], str] = {
    InvalidInputError: "invalid-input",
    NotAllowedError: "not-allowed",
    NotFoundError: "not-found",
    GoneError: "gone",
    ConflictError: "conflict",
    UnavailableError: "unavailable",
}


def error_document(error: VostokError) -> dict[str, str | None]:
    """An error as it is stored and sent: kind, message, hint."""
    kind = next(name for base, name in ERROR_KINDS.items() if isinstance(error, base))
    return {"kind": kind, "message": str(error), "hint": error.hint}
