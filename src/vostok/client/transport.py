"""One server over HTTP: bounded answers, errors as ours, and again what can be asked again."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, TypeVar
from urllib.parse import urlsplit

import httpx

from vostok.client.problems import (
    ServerFaultError,
    UnavailableProblemError,
    error_of_problem,
    no_server,
)
from vostok.errors import UnavailableError

CONNECT_SECONDS_MAX: Final = 5.0
ANSWER_BYTES_MAX: Final = 256 << 20
PAUSES_SECONDS: Final = (0.2, 1.0, 3.0)
"""Before the second, the third, … time that a request is sent."""
RETRIES_MAX: Final = len(PAUSES_SECONDS)
RETRY_AFTER_SECONDS_MAX: Final = 10.0
"""A server that asks for a longer pause is not waited for."""

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
IDEMPOTENCY_KEY: Final = "Idempotency-Key"
IF_MATCH: Final = "If-Match"

Query = Mapping[str, str | list[str]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request to an address below `/api/v1/`; the parts of its path are quoted already."""

    method: str
    path: str
    body: Mapping[str, object] | None = None
    query: Query | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: Callable[[], Iterator[bytes]] | None = None
    """Makes the pieces of a body that is a file, from its beginning at each call."""

    @property
    def can_be_repeated(self) -> bool:
        """Whether sent again it does nothing twice: it only asks, says a state, or has a key.

        What says a state on a condition does not: the first time may have changed what is asked.
        """
        if IDEMPOTENCY_KEY in self.headers:
            return True
        return self.method == "GET" or (
            self.method in {"PUT", "PATCH"} and IF_MATCH not in self.headers
        )


class _BrokenError(UnavailableError):
    """The connection broke, so that nobody knows whether the request was done."""


class Transport:
    """Sends requests to one server.

    Raises:
        UnavailableError: from every method, when the server cannot be reached or is too slow.
        ServerFaultError: when what it answers cannot be read.
    """

    def __init__(
        self, url: str, token: str | None, *, answer_seconds_max: float, retries_max: int
    ) -> None:
        self.url = url.rstrip("/")
        self._answer_seconds_max = answer_seconds_max
        self._retries_max = min(retries_max, RETRIES_MAX)
        # A proxy of the environment is for other machines; this one it cannot reach.
        is_local = (urlsplit(self.url).hostname or "") in _LOOPBACK
        self._http = httpx.Client(
            base_url=f"{self.url}/api/v1/",
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=httpx.Timeout(answer_seconds_max, connect=CONNECT_SECONDS_MAX),
            trust_env=not is_local,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def document(self, request: Request) -> tuple[dict[str, object], str | None]:
        """The JSON object of an answer, empty for none, and its ETag."""
        return self._again(request, self._document)

    @contextmanager
    def answer(self, request: Request) -> Iterator[httpx.Response]:
        """An answer that is no error, to be read as it comes."""
        response = self._again(request, self._begun)
        try:
            with self._own_errors():
                yield response
        finally:
            response.close()

    def _again(self, request: Request, ask: Callable[[Request], T]) -> T:
        """What `ask` makes of the request, which is sent again where that does nothing twice."""
        for pause in PAUSES_SECONDS[: self._retries_max]:
            try:
                return ask(request)
            except _BrokenError:
                if not request.can_be_repeated:
                    raise
                seconds = pause
            except UnavailableProblemError as error:
                asked = error.problem.retry_after_seconds
                if asked is None or asked > RETRY_AFTER_SECONDS_MAX or not request.can_be_repeated:
                    raise
                seconds = asked
            time.sleep(seconds)
        return ask(request)

    def _document(self, request: Request) -> tuple[dict[str, object], str | None]:
        response = self._begun(request)
        try:
            with self._own_errors():
                content = _body(response)
        finally:
            response.close()
        document = _json_object(content, url=str(response.url)) if content else {}
        return document, response.headers.get("ETag")

    def _begun(self, request: Request) -> httpx.Response:
        """The answer, of which the head has come, unless it is a problem."""
        with self._own_errors():
            response = self._http.send(
                self._http.build_request(
                    request.method,
                    request.path,
                    json=request.body,
                    params=request.query,
                    headers=request.headers,
                    content=None if request.content is None else request.content(),
                ),
                stream=True,
            )
            if response.is_success:
                return response
            try:
                problem = _problem(_body(response), response)
            finally:
                response.close()
        raise error_of_problem(response.status_code, problem)

    @contextmanager
    def _own_errors(self) -> Iterator[None]:
        try:
            yield
        except httpx.ConnectError as error:
            raise no_server(self.url) from error
        except httpx.TimeoutException as error:
            raise UnavailableError(
                f"{self.url} did not answer in {self._answer_seconds_max:.0f} s",
                hint="try again, or look at log/server.log in its data root",
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _BrokenError(
                f"the connection to {self.url} broke: {error}", hint="try again"
            ) from error


def _body(response: httpx.Response) -> bytes:
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > ANSWER_BYTES_MAX:
            raise ServerFaultError(f"{response.url} answered more than {ANSWER_BYTES_MAX} bytes")
    return bytes(content)


def _json_object(content: bytes, *, url: str) -> dict[str, object]:
    try:
        answer = json.loads(content)
    except ValueError as error:
        raise ServerFaultError(
            f"{url} answered something that is not JSON",
            hint="is this the address of a Vostok server?",
        ) from error
    if not isinstance(answer, dict):
        raise ServerFaultError(f"{url} answered JSON that is not an object")
    return answer


def _problem(content: bytes, response: httpx.Response) -> Mapping[str, object]:
    """The problem document, with the pause that the server asks for beside what is in it."""
    try:
        problem = json.loads(content)
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        request = response.request
        problem = {"detail": f"{request.method} {response.url}: {response.reason_phrase}"}
    return {**problem, "retry_after": response.headers.get("Retry-After")}
