"""How a failure reaches the person and the shell: ``error:``, ``hint:`` and the exit code."""

from collections.abc import Mapping, Sequence
from typing import Final

from vostok.entrypoints.cli.messages import JobError, JobId
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


class WorkFailedError(VostokError):
    """The server did the work, and it ended in failure: a failed job or build."""


class ServerFaultError(VostokError):
    """The server failed in a way that it did not foresee."""


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

_ERRORS_BY_STATUS: Final[Mapping[int, type[VostokError]]] = {
    400: InvalidInputError,
    401: NotAllowedError,
    403: NotAllowedError,
    404: NotFoundError,
    409: ConflictError,
    410: GoneError,
    412: ConflictError,
    413: InvalidInputError,
    422: InvalidInputError,
    429: UnavailableError,
    502: UnavailableError,
    503: UnavailableError,
    504: UnavailableError,
}

_ERRORS_BY_KIND: Final[Mapping[str, type[VostokError]]] = {
    "invalidinput": InvalidInputError,
    "notfound": NotFoundError,
    "gone": GoneError,
    "notallowed": NotAllowedError,
    "conflict": ConflictError,
    "unavailable": UnavailableError,
}


def exit_code(error: VostokError) -> int:
    """The exit code for this kind of error; `EXIT_BUG` for a kind not in the table."""
    return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), EXIT_BUG)


def error_of_problem(status: int, problem: Mapping[str, object]) -> VostokError:
    """The error that an RFC 9457 problem document stands for."""
    detail = problem.get("detail") or problem.get("title") or "no reason given"
    message = str(detail)
    faults = problem.get("errors")
    if isinstance(faults, Sequence) and not isinstance(faults, str):
        sentences = [
            f"{fault.get('field')}: {fault.get('detail')}"
            for fault in faults
            if isinstance(fault, Mapping)
        ]
        message = "\n  ".join([message, *(item for item in sentences if item not in message)])
    hint = problem.get("hint")
    hint_text = str(hint) if hint else None
    kind = _ERRORS_BY_STATUS.get(status)
    if kind is not None:
        return kind(message, hint=hint_text)
    return ServerFaultError(
        f"the server failed with status {status}: {message}",
        hint=hint_text or "see log/server.log in its data root",
    )


def error_of_job(error: JobError | None, *, job_id: JobId) -> VostokError:
    """The error that a failed job stands for: its own kind if that is known, else failed work."""
    hint = f"vostok job show {job_id}"
    if error is None:
        return WorkFailedError(f"job {job_id} failed without a reason", hint=hint)
    name = error["kind"].lower().replace("-", "").replace("_", "").removesuffix("error")
    kind = _ERRORS_BY_KIND.get(name, WorkFailedError)
    return kind(error["message"], hint=error.get("hint") or hint)
