"""The builder's side of the builder gateway, over HTTP."""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from vostok.domain.attempt import (
    AttemptResult,
    CacheKey,
    ChrootManifest,
    Claim,
    SourceFile,
    claim_from_json,
    manifest_to_json,
    result_to_json,
)
from vostok.errors import (
    ConflictError,
    GoneError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    UnavailableError,
    VostokError,
)
from vostok.services.building.builder_ports import BuiltFile

PATIENCE_SECONDS = 900.0
BACKOFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
TIMEOUTS = httpx.Timeout(60.0, connect=10.0)
CONNECTIONS_MAX = 16
BLOCK_BYTES = 256 * 1024
DOCUMENT_BYTES_MAX = 16 * 1024 * 1024
DETAIL_CHARACTERS_MAX = 500

_Answer = TypeVar("_Answer")
_type_of_key: TypeAdapter[str] = TypeAdapter(CacheKey)
_type_of_ids: TypeAdapter[frozenset[int]] = TypeAdapter(frozenset[int])
_type_of_size: TypeAdapter[int] = TypeAdapter(int)
_type_of_flag: TypeAdapter[bool] = TypeAdapter(bool)

_KINDS: dict[int, type[VostokError]] = {
    HTTPStatus.UNAUTHORIZED: NotAllowedError,
    HTTPStatus.FORBIDDEN: NotAllowedError,
    HTTPStatus.NOT_FOUND: NotFoundError,
    HTTPStatus.CONFLICT: ConflictError,
    HTTPStatus.GONE: GoneError,
    HTTPStatus.TOO_MANY_REQUESTS: UnavailableError,
    HTTPStatus.REQUEST_TIMEOUT: UnavailableError,
}


class HttpGateway:
    """The door for one builder; safe to share between threads."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        builder: str,
        architectures: Sequence[str],
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._token = token
        self._builder = builder
        self._architectures = list(architectures)
        self._patience_seconds = patience_seconds
        # trust_env: a proxy of the environment must not see tokens.
        self._client = httpx.Client(
            base_url=f"{url.rstrip('/')}/builder",
            timeout=TIMEOUTS,
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
            trust_env=False,
        )

    def close(self) -> None:
        """Close all connections; what waits for an answer ends with UnavailableError."""
        self._client.close()

    def claim(self) -> Claim | None:
        """The next attempt, None when there is nothing to do; never retries."""
        answer = self._document(
            "POST",
            "/claim",
            json={"builder": self._builder, "architectures": self._architectures},
        )
        return None if answer is None else claim_from_json(answer)

    def archive_ids(self) -> frozenset[int]:
        """The archives that exist; never retries."""
        answer = self._document("GET", "/archives")
        return _field(_type_of_ids, answer, "archive_ids")

    def attempt(self, claim: Claim) -> "HttpAttemptGateway":
        """The door for one attempt."""
        return HttpAttemptGateway(self._client, claim, patience_seconds=self._patience_seconds)

    def _document(self, method: str, path: str, **arguments: Any) -> Any:  # noqa: ANN401 - JSON
        return _document(self._client, method, path, token=self._token, **arguments)


class HttpAttemptGateway:
    """The door for one attempt, opened by that attempt's token."""

    def __init__(self, client: httpx.Client, claim: Claim, *, patience_seconds: float) -> None:
        self._client = client
        self._path = f"/attempts/{claim.attempt_id}"
        self._token = claim.attempt_token
        self._patience_seconds = patience_seconds

    def heartbeat(self) -> bool:
        """Whether the attempt may go on; never retries."""
        answer = self._document("POST", "/heartbeat", json={})
        return not _field(_type_of_flag, answer, "stop")

    def append_log(self, offset: int, content: bytes) -> int:
        """The size of the server's copy after these bytes at `offset`; never retries."""
        answer = self._document("PUT", "/log", params={"offset": offset}, content=content)
        return _field(_type_of_size, answer, "size")

    def download_source(self, file: SourceFile, target: Path) -> None:
        """Write the file.

        Raises:
            NotFoundError: no parent has it (any more).
            InvalidInputError: its size or SHA-256 is not what the claim says.
            UnavailableError: it could not be had in time.
        """
        self._patiently(lambda: self._download(file, target))

    def upload_file(self, file: BuiltFile) -> None:
        """Hand over a file that was built."""
        headers = {"X-Content-SHA256": file.sha256, "Content-Length": str(file.size)}
        self._patiently(
            lambda: self._document(
                "PUT", f"/files/{file.name}", content=_blocks(file.path), headers=headers
            )
        )

    def chroot_key(self, manifest: ChrootManifest) -> str:
        """The cache key of a chroot with these packages."""
        answer = self._patiently(
            lambda: self._document("POST", "/chroots", json=manifest_to_json(manifest))
        )
        return _field(_type_of_key, answer, "key")

    def report(self, result: AttemptResult) -> None:
        """Hand over the result; the attempt is over then."""
        self._patiently(lambda: self._document("POST", "/result", json=result_to_json(result)))

    def _document(self, method: str, path: str, **arguments: Any) -> Any:  # noqa: ANN401 - JSON
        return _document(self._client, method, self._path + path, token=self._token, **arguments)

    def _patiently(self, call: Callable[[], _Answer]) -> _Answer:
        """Call until it works, for as long as a server may be away."""
        deadline = time.monotonic() + self._patience_seconds
        attempt = 0
        while True:
            try:
                return call()
            except UnavailableError:
                pause = BACKOFF_SECONDS[min(attempt, len(BACKOFF_SECONDS) - 1)]
                if time.monotonic() + pause > deadline:
                    raise
                time.sleep(pause)
                attempt += 1

    def _download(self, file: SourceFile, target: Path) -> None:
        digest, size = hashlib.sha256(), 0
        path = f"{self._path}/source/{file.name}"
        try:
            with (
                self._client.stream("GET", path, headers=_authorization(self._token)) as answer,
                target.open("wb") as output,
            ):
                if answer.status_code != HTTPStatus.OK:
                    answer.read()
                    raise _problem(answer)
                for block in answer.iter_bytes(BLOCK_BYTES):
                    size += len(block)
                    if size > file.size:
                        break
                    digest.update(block)
                    output.write(block)
        except httpx.TransportError as error:
            raise _unreachable(error) from error
        if size != file.size:
            more = "more than " if size > file.size else ""
            raise InvalidInputError(
                f"{file.name} has {more}{min(size, file.size)} bytes, not {file.size}"
            )
        if digest.hexdigest() != file.sha256:
            raise InvalidInputError(
                f"{file.name} has SHA-256 {digest.hexdigest()}, not {file.sha256}"
            )


def _document(
    client: httpx.Client,
    method: str,
    path: str,
    *,
    token: str,
    headers: dict[str, str] | None = None,
    **arguments: Any,  # noqa: ANN401 - handed on to httpx
) -> Any:  # noqa: ANN401 - parsed JSON, of any shape
    """The parsed answer, None for «no content»; other answers are raised as our errors."""
    try:
        answer = client.request(
            method, path, headers=_authorization(token) | (headers or {}), **arguments
        )
    except (httpx.TransportError, RuntimeError) as error:
        # RuntimeError: the client was closed by another thread, at the builder's end.
        raise _unreachable(error) from error
    if answer.status_code == HTTPStatus.NO_CONTENT:
        return None
    if answer.status_code not in {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED}:
        raise _problem(answer)
    if len(answer.content) > DOCUMENT_BYTES_MAX:
        raise InvalidInputError(f"the answer to {path} has {len(answer.content)} bytes")
    try:
        return answer.json()
    except ValueError as error:
        raise UnavailableError(f"the answer to {path} is not JSON") from error


def _authorization(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _unreachable(error: Exception) -> UnavailableError:
    return UnavailableError(f"the server does not answer: {str(error) or type(error).__name__}")


def _problem(answer: httpx.Response) -> VostokError:
    kind = _KINDS.get(answer.status_code)
    if kind is None:
        is_server_fault = answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
        kind = UnavailableError if is_server_fault else InvalidInputError
    detail = answer.text[:DETAIL_CHARACTERS_MAX]
    try:
        document = answer.json()
        detail = str(document.get("detail") or document.get("title") or detail)
    except (ValueError, AttributeError):
        pass
    return kind(f"{detail or answer.reason_phrase} (HTTP {answer.status_code})")


def _field(adapter: TypeAdapter[_Answer], document: object, name: str) -> _Answer:
    try:
        return adapter.validate_python(document.get(name) if isinstance(document, dict) else None)
    except ValidationError as error:
        raise UnavailableError(f"the server's answer has no usable {name!r}") from error


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            yield block
