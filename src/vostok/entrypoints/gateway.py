"""The builder gateway: builders pull work over HTTP, each attempt under a token of its own."""

from typing import Annotated, Any, Final

import anyio
from fastapi import APIRouter, Body, Depends, Header, Path, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from vostok.adapters.callers import address_of
from vostok.bootstrap import Services
from vostok.debian.packages import check_file_name
from vostok.domain.access import Principal
from vostok.domain.attempt import claim_to_json, manifest_from_json, result_from_json
from vostok.domain.build import Attempt
from vostok.errors import NotAuthenticatedError, UnavailableError

OFFSET_MAX = 1 << 50
ID_MAX = (1 << 31) - 1
LOG_SECONDS_MAX: Final = 60
"""For a piece of a log to come, whole."""

Document = dict[str, Any]


class ClaimBody(BaseModel):
    """Who asks for work, and for which architectures."""

    builder: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
    architectures: Annotated[
        list[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]],
        Field(min_length=1, max_length=16),
    ]


def create_router(services: Services) -> APIRouter:
    """The gateway's routes over the services."""
    router = APIRouter(prefix="/builder", include_in_schema=False)

    def builder(
        request: Request, authorization: Annotated[str | None, Header()] = None
    ) -> Principal:
        token = _token(authorization)
        return services.people.principal(token, address=address_of(request))

    def attempt(
        attempt_id: Annotated[int, Path(ge=1, le=ID_MAX)],
        authorization: Annotated[str | None, Header()] = None,
    ) -> Attempt:
        return services.builds.attempt_of_token(attempt_id, _token(authorization))

    _add_builder_routes(router, services, Annotated[Principal, Depends(builder)])
    _add_attempt_routes(router, services, Annotated[Attempt, Depends(attempt)])
    return router


def _add_builder_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    @router.post("/claim", response_model=None)
    def claim(body: ClaimBody, request: Request, who: asker) -> Response | Document:
        found = services.builds.claim(
            who,
            builder=body.builder,
            architectures=body.architectures,
            url=str(request.base_url),
        )
        return Response(status_code=204) if found is None else claim_to_json(found)

    @router.get("/archives")
    def archives(who: asker) -> Document:
        return {"archive_ids": services.builds.archive_ids(who)}


def _add_attempt_routes(router: APIRouter, services: Services, current: Any) -> None:  # noqa: ANN401 - as above
    builds = services.builds
    bodies = services.attempt_bodies

    @router.post("/attempts/{attempt_id}/heartbeat")
    def heartbeat(attempt: current) -> Document:
        return {"stop": builds.heartbeat(attempt)}

    @router.put("/attempts/{attempt_id}/log")
    def append_log(
        attempt: current,
        offset: Annotated[int, Query(ge=0, le=OFFSET_MAX)],
        data: Annotated[bytes, Depends(_log_chunk)],
    ) -> Document:
        return {"size": builds.append_log(attempt, offset=offset, data=data)}

    @router.get("/attempts/{attempt_id}/source/{name}")
    def source_file(attempt: current, name: str) -> FileResponse:
        return FileResponse(builds.source_file(attempt, name).path)

    @router.put("/attempts/{attempt_id}/files/{name}", status_code=204)
    async def put_file(
        attempt: current,
        name: str,
        request: Request,
        x_content_sha256: Annotated[str, Header(pattern=r"^[0-9a-f]{64}$")],
    ) -> None:
        check_file_name(name)
        await bodies.receive(
            request.stream(),
            lambda pieces: builds.put_file(attempt, name, pieces, sha256=x_content_sha256),
        )

    @router.post("/attempts/{attempt_id}/chroots")
    def register_chroot(attempt: current, body: Annotated[Document, Body()]) -> Document:
        return {"key": builds.register_chroot(attempt, manifest_from_json(body))}

    @router.post("/attempts/{attempt_id}/result", status_code=204)
    def report(attempt: current, body: Annotated[Document, Body()]) -> None:
        builds.report(attempt, result_from_json(body))


def _token(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticatedError("a builder must show its token")
    return token.strip()


async def _log_chunk(request: Request) -> bytes:
    """The whole body, which the server bounds for this address."""
    try:
        with anyio.fail_after(LOG_SECONDS_MAX):
            return await request.body()
    except TimeoutError:
        raise UnavailableError(
            f"the piece of the log did not come in {LOG_SECONDS_MAX} seconds"
        ) from None
