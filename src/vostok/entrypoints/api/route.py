"""What every operation of the API does with a request before its own code runs."""

import hashlib
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
from vostok.entrypoints.api.body_bounds import check_body, faults_of_untaken
from vostok.entrypoints.api.conditions import CONDITION_HEADER, has_condition
from vostok.errors import (
    GoneError,
    NotAllowedError,
    NotFoundError,
    VostokError,
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
HTTP_OK: Final = 200
NOT_MODIFIED: Final = 304
TAG_DIGITS: Final = 16
REPLAYED_HEADER: Final = "Idempotent-Replayed"
TAGS_CHARACTERS_MAX: Final = 4_000
TOLD_ONCE: Final = frozenset(
    {
        "add_builder", "add_webhook", "create_token", "renew_builder_token", "reset_password",
        "vouch",
    }
)  # fmt: skip
"""Operations whose answer holds a secret, which is stored nowhere."""
TAKES_JSON_OR_NOTHING: Final = frozenset({"POST", "PATCH", "DELETE"})
"""Methods whose operations take JSON or no body at all; with PUT files are sent as they are."""
SECRET_SAID: Final = frozenset({"change_password", "log_in"})
"""Operations whose body holds a secret that a person chose: not even a digest of it is kept."""

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


def _if_match(
    if_match: Annotated[
        str | None,
        Header(
            max_length=TAGS_CHARACTERS_MAX,
            description="ETags of what is changed: it is done only if one of them still holds in "
            "all that people set of it, else the answer is 412",
        ),
    ] = None,
) -> None:
    """Describe the header, and bound it. `conditions.condition_of` is what is made of it."""


def _if_none_match(
    if_none_match: Annotated[
        str | None,
        Header(
            max_length=TAGS_CHARACTERS_MAX,
            description="ETags of answers that are known: if it is one of them, the answer is 304",
        ),
    ] = None,
) -> None:
    """Describe the header, and bound it."""


class Operation(APIRoute):
    """A route that knows which parameters a query of it may have, and what was asked before.

    A filter that is misspelt and passed over would have the answer look as if it were kept to.
    """

    repeated: ClassVar[RepeatedRequestService]

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:  # noqa: ANN401 - passed on
        methods = set(more.get("methods") or ())
        headers = {
            _idempotency_key: methods == {"POST"},
            _if_match: "GET" not in methods and has_condition(path),
            _if_none_match: methods == {"GET"},
        }
        others = [d for d in more.get("dependencies") or [] if d.dependency not in headers]
        taken = [Depends(header) for header, is_taken in headers.items() if is_taken]
        more["dependencies"] = [*others, *taken]
        if methods == {"GET"}:
            known = {NOT_MODIFIED: {"description": "It is known already, by its ETag"}}
            more["responses"] = known | (more.get("responses") or {})
        super().__init__(path, endpoint, **more)

    def get_route_handler(self) -> Handler:
        """Refuse what is unknown together with everything else that is wrong; then go on."""
        handle = super().get_route_handler()
        known = _known_parameters(self.dependant)

        async def handled(request: Request) -> Response:
            unknown = _unknown(request, known)
            has_key = request.method == "POST" and KEY_HEADER in request.headers
            is_conditional = CONDITION_HEADER in request.headers
            if request.method == "POST" and (has_key or is_conditional):
                # For `mark_of` and `condition_of`, which cannot wait.
                request.state.said = await request.body()
            if self.body_field is not None:
                await check_body(request)
            elif request.method in TAKES_JSON_OR_NOTHING:
                unknown += await faults_of_untaken(request, known)
            if unknown:
                raise RequestValidationError([*unknown, *await self._other_faults(request)])
            if request.method == "GET":
                return _with_tag(request, await handle(request))
            if has_key:
                return await self._once(request, handle)
            if is_conditional:
                with terms_of_request():
                    return await handle(request)
            return await handle(request)

        return handled

    async def _once(self, request: Request, handle: Handler) -> Response:
        """The answer to a request with a key: that of the first one, if it was done before."""
        with terms_of_request() as terms:
            try:
                response = await handle(request)
            except AnsweredBeforeError as known:
                return _replayed(known.answer)
            except (NotAllowedError, NotFoundError, GoneError):
                raise  # the answer before is not for who may no more do, or see, what it tells of
            except VostokError:
                if terms.known is None:
                    raise
            if terms.known is not None:
                return _replayed(terms.known)
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


def _replayed(answer: Answer) -> Response:
    return Response(answer.content, answer.status, {REPLAYED_HEADER: "true"}, answer.media_type)


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
    """By what a request with a key is known again; None for one without, or that is forgotten."""
    key = request.headers.get(KEY_HEADER)
    if request.method != "POST" or key is None or request.scope["route"].name in SECRET_SAID:
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


def _with_tag(request: Request, response: Response) -> Response:
    """The answer with its ETag, or 304 if that is known already. A stream or a file has none.

    The tag of what people edit is its revision and a hash of the answer, with a point between
    them.
    """
    is_document = response.headers.get("content-type") == "application/json"
    if response.status_code != HTTP_OK or not is_document:
        return response
    digest = hashlib.sha256(response.body).hexdigest()[:TAG_DIGITS]
    revision: str | None = getattr(request.state, "revision", None)
    tag = f'"{digest}"' if revision is None else f'"{revision}.{digest}"'
    response.headers["ETag"] = tag
    response.headers.setdefault("Cache-Control", "private, no-cache")
    known = [
        text.strip().removeprefix("W/")
        for text in request.headers.get("if-none-match", "").split(",")
    ]
    if tag not in known and "*" not in known:
        return response
    kept = {name: response.headers[name] for name in ("ETag", "Cache-Control")}
    return Response(status_code=NOT_MODIFIED, headers=kept)
