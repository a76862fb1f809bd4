"""One API for all the applications of a test process: making it takes longer than most tests.

Its routes are those of `vostok.server.add_api`. Only the services behind them are stood in for,
and with every request they are those of the installation that was asked: nothing of it is kept.
"""

from contextvars import ContextVar
from functools import cache
from typing import Any, cast

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from vostok import server
from vostok.bootstrap import Services

_asked: ContextVar[Services] = ContextVar("the services of the installation that was asked")


def add_shared_api(app: FastAPI, services: Services) -> None:
    """Add the API to one installation's application."""
    shared = _shared(app.title, app.version, app.summary)
    app.router.routes.extend(shared.routes)
    app.openapi = shared.openapi  # type: ignore[method-assign]  # as FastAPI's documentation has it
    app.add_middleware(_AskedOf, services=services)


@cache
def _shared(title: str, version: str, summary: str | None) -> FastAPI:
    """An application with nothing but the API. It is never asked: others have its routes."""
    app = FastAPI(title=title, version=version, summary=summary, openapi_url=None)
    server.add_api(app, cast("Services", _WhoIsAsked()))
    return app


class _AskedOf:
    """Has a request answered by the services of its own installation, in whatever thread."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        before = _asked.set(self._services)
        try:
            await self._app(scope, receive, send)
        finally:
            _asked.reset(before)


class _WhoIsAsked:
    """The services, or a part of them, before any request says whose: named, and not yet known."""

    def __init__(self, *path: str) -> None:
        self._path = path

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the services have
        if _asked.get(None) is None:
            return _WhoIsAsked(*self._path, name)
        return getattr(self._found(), name)

    def __call__(self, *arguments: object, **more: object) -> Any:  # noqa: ANN401 - as above
        return self._found()(*arguments, **more)

    def _found(self) -> Any:  # noqa: ANN401 - as above
        found: Any = _asked.get()
        for name in self._path:
            found = getattr(found, name)
        return found
