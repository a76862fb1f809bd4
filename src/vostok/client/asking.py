"""How all calls of the client ask: on which terms, in pages, and what comes of it."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar
from urllib.parse import quote

from vostok.client.answers import checked, checked_items

if TYPE_CHECKING:
    import httpx

    from vostok.client.transport import Query, Request

ANSWER_SECONDS_MAX: Final = 120.0
RETRIES_MAX: Final = 2
PAGE_ITEMS: Final = 1_000
ITEMS_MAX: Final = 1_000_000
"""Of one list: as many as all packages of a large archive."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen(Generic[T]):
    """What the server answered, and the ETag by which it knows what was seen."""

    value: T
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On which terms something is asked; see `Asking.given`."""

    etag: str | None = None
    idempotency_key: str | None = None


class Asking:
    """A server, and the terms on which it is asked."""

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        answer_seconds_max: float = ANSWER_SECONDS_MAX,
        retries_max: int = RETRIES_MAX,
    ) -> None:
        """Connect to nothing yet.

        Args:
            url: of the server, without `/api/v1`.
            token: of a person; None asks as nobody.
            answer_seconds_max: how long to wait for any part of an answer.
            retries_max: how often to send again what broke on its way, or came to a busy server,
                and does nothing twice; at most 3 times.
        """
        # 0.2 s that help of the command line need not wait for.
        from vostok.client.transport import Transport  # noqa: PLC0415

        self.url = url.rstrip("/")
        self._transport = Transport(
            url, token, answer_seconds_max=answer_seconds_max, retries_max=retries_max
        )
        self.terms = Terms()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def given(self, *, etag: str | None = None, idempotency_key: str | None = None) -> Self:
        """The same server, asked on these terms; it shares the connections.

        Args:
            etag: of what is changed, as it was seen: a change is made only if it is still so,
                else it raises `ChangedProblemError`. See `etag_of`.
            idempotency_key: of one deed: sent again with it, also by another process, the same
                request gets the same answer and is done once. Without one each call has its own.
        """
        other = copy(self)
        other.terms = Terms(etag=etag, idempotency_key=idempotency_key)
        return other

    def etag_of(self, path: str) -> str:
        """The ETag of what is at a path, for `given`: that of `teams/kernel` for its changes."""
        return self._document("GET", path)[1] or ""

    def ask(
        self, method: str, path: str, body: Mapping[str, object] | None = None
    ) -> dict[str, object]:
        """The answer to a request for which there is no method here, as of a newer server.

        The path is what follows `/api/v1/`, its parts quoted.
        """
        return self._document(method, path, body)[0]

    def _one(
        self,
        kind: type[T],
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        query: "Query | None" = None,
    ) -> T:
        """The answer, which is one thing."""
        return checked(kind, self._document(method, path, body, query)[0], path=path)

    def _seen(self, kind: type[T], path: str) -> Seen[T]:
        answer, etag = self._document("GET", path)
        return Seen(value=checked(kind, answer, path=path), etag=etag or "")

    def _done(self, method: str, path: str) -> None:
        self._document(method, path)

    def _listed(
        self, kind: type[T], path: str, key: str, query: Mapping[str, object] | None = None
    ) -> Iterator[T]:
        """The items of a list, of which each page is asked for when it is needed.

        It ends after `ITEMS_MAX` of them.
        """
        asked: dict[str, str | list[str]] = {"limit": str(PAGE_ITEMS), **words(query or {})}
        for _ in range(ITEMS_MAX // PAGE_ITEMS):
            answer, _etag = self._document("GET", path, query=asked)
            yield from checked_items(kind, answer, key, path=path)
            if not answer.get("next"):
                return
            asked["cursor"] = str(answer["next"])

    def _document(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        query: "Query | None" = None,
    ) -> tuple[dict[str, object], str | None]:
        return self._transport.document(self._request(method, path, body=body, query=query))

    def _stream(
        self,
        path: str,
        **more: Any,  # noqa: ANN401 - members of a request
    ) -> "AbstractContextManager[httpx.Response]":
        return self._transport.answer(self._request("GET", path, **more))

    def _request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        **more: Any,  # noqa: ANN401 - members of a request
    ) -> "Request":
        # As in `__init__`.
        from vostok.client.transport import IDEMPOTENCY_KEY, IF_MATCH, Request  # noqa: PLC0415

        terms = dict(headers or {})
        if method == "POST" and not _says_password(path):
            terms[IDEMPOTENCY_KEY] = self.terms.idempotency_key or secrets.token_urlsafe(16)
        if method != "GET" and self.terms.etag is not None:
            terms[IF_MATCH] = self.terms.etag
        return Request(method=method, path=path, headers=terms, **more)


def _says_password(path: str) -> bool:
    """Whether a person's password is said there: of that the server remembers nothing."""
    return path == "logins" or path.endswith("/password/changes")


def part(name: str | int) -> str:
    """A name as a part of an address."""
    return quote(str(name), safe="")


def words(query: Mapping[str, object]) -> dict[str, str | list[str]]:
    """Parameters of a query as they are sent; those that are None are left out."""
    return {
        name: [str(item) for item in value] if isinstance(value, list) else _word(value)
        for name, value in query.items()
        if value is not None
    }


def filtered(
    text: str, kinds: Sequence[str] = (), states: Sequence[str] = ()
) -> dict[str, object]:
    """Parameters that narrow a list; what is empty is left out."""
    return {"q": text or None, "kind": list(kinds), "state": list(states)}


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
