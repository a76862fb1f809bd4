"""The APT side: archives, their publications, and the views of running builds."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.responses import FileResponse

from vostok.bootstrap import Services
from vostok.domain.access import Principal

INDEX_CACHE = "no-cache"
IMMUTABLE_CACHE = "public, max-age=31536000, immutable"


def create_router(services: Services) -> APIRouter:
    """The routes that apt asks for."""
    router = APIRouter(include_in_schema=False)
    serving = services.serving

    def principal(authorization: Annotated[str | None, Header()] = None) -> Principal:
        scheme, _, token = (authorization or "").partition(" ")
        return services.people.principal(token if scheme.lower() == "bearer" else None)

    asker = Annotated[Principal, Depends(principal)]

    @router.api_route("/archives/{name}/dists/{suite}/{path:path}", methods=["GET", "HEAD"])
    def index(name: str, suite: str, path: str, who: asker) -> FileResponse:
        return _sent(serving.archive_index(who, name, suite, path).path, path)

    @router.api_route(
        "/archives/{name}/publications/{number}/dists/{suite}/{path:path}",
        methods=["GET", "HEAD"],
    )
    def old_index(name: str, number: int, suite: str, path: str, who: asker) -> FileResponse:
        found = serving.archive_index(who, name, suite, path, number=number)
        return _sent(found.path, path)

    @router.api_route("/archives/{name}/pool/{path:path}", methods=["GET", "HEAD"])
    def pool(name: str, path: str, who: asker) -> FileResponse:
        return _sent(serving.archive_pool_file(who, name, f"pool/{path}").path, path)

    @router.api_route(
        "/archives/{name}/publications/{number}/pool/{path:path}", methods=["GET", "HEAD"]
    )
    def old_pool(name: str, number: int, path: str, who: asker) -> FileResponse:
        del number  # the pool keeps what any kept publication names
        return _sent(serving.archive_pool_file(who, name, f"pool/{path}").path, path)

    @router.api_route("/views/{token}/{path:path}", methods=["GET", "HEAD"])
    def view(token: str, path: str) -> FileResponse:
        return _sent(serving.view_file(token, path).path, path)

    return router


def _sent(place: object, path: str) -> FileResponse:
    is_immutable = "/by-hash/" in path or path.endswith(".deb")
    return FileResponse(
        str(place),
        media_type="application/octet-stream",
        headers={
            "Cache-Control": IMMUTABLE_CACHE if is_immutable else INDEX_CACHE,
            "X-Content-Type-Options": "nosniff",
        },
    )
