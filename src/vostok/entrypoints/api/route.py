"""What every operation of the API does with a request before its own code runs."""

import inspect
import json
from collections.abc import Callable, Coroutine, Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar, Final

import anyio.to_thread
from fastapi import Depends, Header, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import Field

from vostok.domain.repeated_request import (
    KEY_CHARACTERS_MAX,
    Answer,
    RequestMark,
    request_mark,
)
from vostok.services.deed_terms import (
    AnsweredBeforeError,
    RepeatedRequestService,
    terms_of_request,
)

NAME_SHOWN_CHARACTERS: Final = 100
UNKNOWN_SHOWN_MAX: Final = 20
ARCHIVES: Final = "/api/v1/archives"
KEY_HEADER: Final = "Idempotency-Key"
REPLAYED_HEADER: Final = "Idempotent-Replayed"
TOLD_ONCE: Final = frozenset({"create_token"})
"""Operations whose answer holds a secret, which is stored nowhere."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def _idempotency_key(
    idempotency_key: Annotated[
        str | None,
        Header(
            description="Of your choice: sent again with it, the same request gets the same "
            "answer, and is done only once"
        ),
        Field(min_length=1, max_length=KEY_CHARACTERS_MAX),
    ] = None,
) -> None:
    """Describe the header, and bound it. `mark_of` is what is made of it."""


class Operation(APIRoute):
    """A route that knows which parameters a query of it may have, and what was asked before.

    A filter that is misspelt and passed over would have the answer look as if it were kept to.
    """

    repeated: ClassVar[RepeatedRequestService]

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:  # noqa: ANN401 - passed on
        if more.get("methods") and set(more["methods"]) == {"POST"}:
            keyed = Depends(_idempotency_key)
            others = [d for d in more.get("dependencies") or [] if d != keyed]
            more["dependencies"] = [*others, keyed]
        super().__init__(path, endpoint, **more)

    def get_route_handler(self) -> Handler:
        """Refuse what is unknown together with everything else that is wrong; then go on."""
        handle = super().get_route_handler()
        known = _known_parameters(self.dependant)

        async def handled(request: Request) -> Response:
            unknown = _unknown(request, known)
            if unknown:
                raise RequestValidationError([*unknown, *await self._other_faults(request)])
            if request.method != "POST" or KEY_HEADER not in request.headers:
                return await handle(request)
            return await self._once(request, handle)

        return handled

    async def _once(self, request: Request, handle: Handler) -> Response:
        """The answer to a request with a key: that of the first one, if it was done before."""
        request.state.said = await request.body()  # for `mark_of`, which cannot wait for it
        with terms_of_request() as terms:
            try:
                response = await handle(request)
            except AnsweredBeforeError as known:
                return Response(
                    known.answer.content,
                    known.answer.status,
                    {REPLAYED_HEADER: "true"},
                    known.answer.media_type,
                )
            if self.name not in TOLD_ONCE:
                answer = Answer(
                    status=response.status_code,
                    media_type=response.headers["content-type"],
                    content=bytes(response.body),
                )
                await anyio.to_thread.run_sync(self.repeated.keep, terms, answer)
            return response

    async def _other_faults(self, request: Request) -> list[Any]:
        try:
            await self._checked_only(request)
        except RequestValidationError as error:
            return list(error.errors())
        return []

    @cached_property
    def _checked_only(self) -> Handler:
        """The handler of a route that takes and checks the same, and does nothing."""

        def nothing(**_values: object) -> None:
            """Take what the operation takes."""

        signature = inspect.signature(self.endpoint)
        nothing.__signature__ = signature.replace(return_annotation=None)  # type: ignore[attr-defined]  # as `inspect` reads it
        twin = APIRoute(self.path, nothing, methods=self.methods, dependencies=self.dependencies)
        return twin.get_route_handler()


def _unknown(request: Request, known: set[str]) -> list[Mapping[str, Any]]:
    unknown = sorted(set(request.query_params) - known)
    there = f"there are {', '.join(sorted(known))}" if known else "there are none here"
    return [
        {
            "type": "unknown_parameter",
            "loc": ("query", name[:NAME_SHOWN_CHARACTERS]),
            "msg": f"no such parameter; {there}",
            "input": None,
        }
        for name in unknown[:UNKNOWN_SHOWN_MAX]
    ]


def _known_parameters(dependant: Dependant) -> set[str]:
    """The query parameters of a route and of all that it depends on."""
    known = {field.alias for field in dependant.query_params}
    return known.union(*map(_known_parameters, dependant.dependencies))


def mark_of(request: Request, person: str) -> RequestMark | None:
    """By what a request with a key is known again; None for one without."""
    key = request.headers.get(KEY_HEADER)
    if request.method != "POST" or key is None:
        return None
    body: bytes = request.state.said
    return request_mark(
        person=person,
        operation=f"POST {request.url.path}",
        key=key,
        content=request.url.query.encode() + b"\n" + body,
        archive=_archive_named(request, body),
    )


def _archive_named(request: Request, body: bytes) -> str | None:
    """The archive that is spoken of; it may be one that is only about to be."""
    if not request.url.path.startswith(ARCHIVES):
        return None
    if "name" in request.path_params:
        return str(request.path_params["name"])
    try:
        said = json.loads(body)
    except ValueError:
        return None
    name = said.get("name") if isinstance(said, dict) else None
    return name if isinstance(name, str) else None
