"""What a server refuses, as errors: each is of a kind of `vostok.errors` and keeps the problem."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from vostok.client.messages.jobs import JobError, JobId
from vostok.errors import (
    ConflictError,
    GoneError,
    InvalidInputError,
    NotAllowedError,
    NotAuthenticatedError,
    NotFoundError,
    UnavailableError,
    VostokError,
)

HTTP_CHANGED: Final = 412


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFault:
    """What is wrong with one field of a request."""

    field: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An RFC 9457 problem document, as the server sent it.

    Attributes:
        status: of HTTP.
        code: the kind of problem, which stays the same.
        detail: a sentence with the values in it.
        hint: what to do next.
        reason: a stable code of what refused it; None where nobody can act on it.
        faults: every fault of the input.
        changed: of 412, what is not as it was seen.
        now: of 412, what of it is now; what was seen is known to who saw it.
        retry_after_seconds: after which the same may work; None where the server says nothing.
    """

    status: int
    code: str
    detail: str
    hint: str | None = None
    reason: str | None = None
    faults: Sequence[FieldFault] = ()
    changed: Sequence[str] = ()
    now: Mapping[str, object] = field(default_factory=dict)
    retry_after_seconds: float | None = None


class ProblemError(VostokError):
    """The server refused a request. It is also an error of one of the kinds of `vostok.errors`."""

    def __init__(self, problem: Problem) -> None:
        sentences = [f"{fault.field}: {fault.detail}" for fault in problem.faults]
        told = [sentence for sentence in sentences if sentence not in problem.detail]
        super().__init__(
            "\n  ".join([problem.detail, *told]), hint=problem.hint, reason=problem.reason
        )
        self.problem = problem


class InvalidInputProblemError(ProblemError, InvalidInputError):
    """The server takes no such input; `problem.faults` names each field."""


class NotAllowedProblemError(ProblemError, NotAllowedError):
    """Whoever the token stands for has no right to it."""


class NotAuthenticatedProblemError(ProblemError, NotAuthenticatedError):
    """No token was shown, or none that is known there."""


class NotFoundProblemError(ProblemError, NotFoundError):
    """There is none, as far as whoever asks may know."""


class GoneProblemError(ProblemError, GoneError):
    """It was deleted."""


class ConflictProblemError(ProblemError, ConflictError):
    """It is not in the state that this begins from."""


class ChangedProblemError(ConflictProblemError):
    """Somebody changed it since it was seen; `problem.changed` names what is otherwise."""


class UnavailableProblemError(ProblemError, UnavailableError):
    """Something did not answer the server in time; the same may work later."""


class ServerFaultError(VostokError):
    """The server failed in a way that it did not foresee, or is no server of Vostok."""


class WorkFailedError(VostokError):
    """The server did the work, and it ended in failure: a failed job or build."""


_KINDS: Final[Mapping[int, type[ProblemError]]] = {
    400: InvalidInputProblemError,
    401: NotAuthenticatedProblemError,
    403: NotAllowedProblemError,
    404: NotFoundProblemError,
    408: UnavailableProblemError,
    409: ConflictProblemError,
    410: GoneProblemError,
    HTTP_CHANGED: ChangedProblemError,
    413: InvalidInputProblemError,
    422: InvalidInputProblemError,
    429: UnavailableProblemError,
    502: UnavailableProblemError,
    503: UnavailableProblemError,
    504: UnavailableProblemError,
}

_KINDS_OF_JOBS: Final[Mapping[str, type[VostokError]]] = {
    "invalidinput": InvalidInputError,
    "notfound": NotFoundError,
    "gone": GoneError,
    "notallowed": NotAllowedError,
    "conflict": ConflictError,
    "unavailable": UnavailableError,
}


def error_of_problem(status: int, document: Mapping[str, object]) -> VostokError:
    """The error that an RFC 9457 problem document stands for."""
    problem = _problem(status, document)
    kind = _KINDS.get(status)
    if kind is not None:
        return kind(problem)
    return ServerFaultError(
        f"the server failed with status {status}: {problem.detail}",
        hint=problem.hint or "see log/server.log in its data root",
    )


def error_of_job(error: JobError | None, *, job_id: JobId) -> VostokError:
    """The error that a failed job stands for: its own kind if that is known, else failed work."""
    hint = f"vostok job show {job_id}"
    if error is None:
        return WorkFailedError(f"job {job_id} failed without a reason", hint=hint)
    name = error["kind"].lower().replace("-", "").replace("_", "").removesuffix("error")
    kind = _KINDS_OF_JOBS.get(name, WorkFailedError)
    return kind(error["message"], hint=error.get("hint") or hint)


def no_server(url: str) -> UnavailableError:
    """The error for a server that is not running."""
    return UnavailableError(
        f"no Vostok server answers at {url}",
        hint="start one here: vostok up; or go to another: vostok login URL --person NAME",
    )


def _problem(status: int, document: Mapping[str, object]) -> Problem:
    detail = document.get("detail") or document.get("title") or "no reason given"
    return Problem(
        status=status,
        code=str(document.get("code") or ""),
        detail=str(detail),
        hint=_text(document.get("hint")),
        reason=_text(document.get("reason")),
        faults=[
            FieldFault(
                field=str(fault.get("field")),
                code=str(fault.get("code") or ""),
                detail=str(fault.get("detail")),
            )
            for fault in _items(document.get("errors"))
            if isinstance(fault, Mapping)
        ],
        changed=[str(part) for part in _items(document.get("changed"))],
        now=_object(document.get("now")),
        retry_after_seconds=_seconds(document.get("retry_after")),
    )


def _object(value: object) -> Mapping[str, object]:
    return {str(key): inner for key, inner in value.items()} if isinstance(value, Mapping) else {}


def _seconds(value: object) -> float | None:
    text = str(value)
    return float(text) if text.isdecimal() else None


def _text(value: object) -> str | None:
    return str(value) if value else None


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
