"""The APT side: archives, their publications, and the views of running builds."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import FileResponse, RedirectResponse

from vostok.adapters.callers import address_of
from vostok.bootstrap import Services
from vostok.domain.access import Principal
from vostok.domain.credentials import shown_token
from vostok.errors import NotFoundError
from vostok.services.ports import ElsewhereFile, StoredFile

INDEX_CACHE = "no-cache"
IMMUTABLE_CACHE = "public, max-age=31536000, immutable"
VIEW_CACHE = "private, no-cache"
"""A view's address holds a token: no cache that others share may keep what lies under it."""

NUMBER_MAX = (1 << 31) - 1
METHODS = ["GET", "HEAD"]


def create_router(services: Services) -> APIRouter:
    """The routes that apt asks for."""
    router = APIRouter(include_in_schema=False)
    serving = services.serving

    def principal(
        request: Request, authorization: Annotated[str | None, Header()] = None
    ) -> Principal:
        token = shown_token(authorization or "")
        return services.people.principal(token, address=address_of(request))

    asker = Annotated[Principal, Depends(principal)]

    @router.api_route("/archives/{name}/dists/{suite}/{path:path}", methods=METHODS)
    def index(request: Request, name: str, suite: str, path: str, who: asker) -> Response:
        found = serving.archive_index(who, name, suite, path)
        return _sent(request, found, _index_cache(path))

    @router.api_route(
        "/archives/{name}/publications/{number:int}/dists/{suite}/{path:path}", methods=METHODS
    )
    def old_index(  # noqa: PLR0913, PLR0917 - the parts of the address
        request: Request, name: str, number: int, suite: str, path: str, who: asker
    ) -> Response:
        if not 1 <= number <= NUMBER_MAX:
            raise NotFoundError(
                f"{name} has no publication {number}",
                hint=f"see which there are: vostok publication list {name}",
            )
        found = serving.archive_index(who, name, suite, path, number=number)
        return _sent(request, found, _index_cache(path))

    @router.api_route("/archives/{name}/pool/{path:path}", methods=METHODS)
    def pool(request: Request, name: str, path: str, who: asker) -> Response:
        return _pool_answer(request, serving.archive_pool_answer(who, name, f"pool/{path}"))

    @router.api_route(
        "/archives/{name}/publications/{number:int}/pool/{path:path}", methods=METHODS
    )
    def old_pool(request: Request, name: str, number: int, path: str, who: asker) -> Response:
        del number  # the pool keeps what any kept publication names
        return _pool_answer(request, serving.archive_pool_answer(who, name, f"pool/{path}"))

    @router.api_route("/views/{token}/{path:path}", methods=METHODS)
    def view(request: Request, token: str, path: str) -> Response:
        return _sent(request, serving.view_file(token, path), VIEW_CACHE)

    return router


def _index_cache(path: str) -> str:
    """Only an address by hash shows the same bytes for ever."""
    return IMMUTABLE_CACHE if "by-hash/" in path else INDEX_CACHE


def _pool_answer(request: Request, found: StoredFile | ElsewhereFile) -> Response:
    """The file, or the way to it: only for now, as it may be here when it is asked for again."""
    if isinstance(found, ElsewhereFile):
        return RedirectResponse(found.url, 302, headers={"Cache-Control": "no-store"})
    return _sent(request, found, INDEX_CACHE)


def _for_whom(request: Request, cache: str) -> str:
    """What was given to somebody known is kept for them alone: the archive may be private."""
    return cache.replace("public", "private") if "authorization" in request.headers else cache


def _sent(request: Request, found: StoredFile, cache: str) -> Response:
    """The file, or word that the client has it already.

    The tag is the hash of the bytes. Dates are not compared: two publications in one second have
    one date, and a client that is told «not modified» would keep the older one.
    """
    headers = {
        "Cache-Control": _for_whom(request, cache),
        "ETag": f'"{found.sha256}"',
        "X-Content-Type-Options": "nosniff",
    }
    known = request.headers.get("if-none-match", "")
    if headers["ETag"] in {tag.strip().removeprefix("W/") for tag in known.split(",")}:
        return Response(status_code=304, headers=headers)
    return FileResponse(found.path, media_type="application/octet-stream", headers=headers)
