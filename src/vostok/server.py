"""The server: all doors mounted into one application, and the process that serves it."""

import argparse
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from vostok import __version__
from vostok.bootstrap import Services, build_services, let_in_token_files, prepare_database
from vostok.config import Settings, load_settings
from vostok.entrypoints import api, gateway, pages, repository
from vostok.errors import (
    ConflictError,
    GoneError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    UnavailableError,
    VostokError,
)
from vostok.services.job_runner import ERROR_KINDS

PROBLEM = "application/problem+json"
STATUS_OF_KIND = {
    InvalidInputError: 422,
    NotAllowedError: 403,
    NotFoundError: 404,
    GoneError: 410,
    ConflictError: 409,
    UnavailableError: 503,
}
GRACEFUL_SECONDS = 1


def create_app(services: Services) -> FastAPI:
    """The application: API, gateway, APT repositories, pages."""
    app = FastAPI(
        title="Vostok",
        version=__version__,
        summary="Derives a Debian archive, rebuilds it, publishes the result",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.add_exception_handler(VostokError, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.include_router(api.create_router(services))
    app.include_router(gateway.create_router(services))
    app.include_router(repository.create_router(services))
    app.include_router(pages.create_router(services.overview))
    return app


def _problem(_request: Request, error: Exception) -> JSONResponse:
    base, status = next((b, s) for b, s in STATUS_OF_KIND.items() if isinstance(error, b))
    return JSONResponse(
        {
            "status": status,
            "title": ERROR_KINDS[base].replace("-", " "),
            "code": ERROR_KINDS[base],
            "detail": str(error),
            "hint": error.hint if isinstance(error, VostokError) else None,
        },
        status_code=status,
        media_type=PROBLEM,
    )


def _invalid(_request: Request, error: Exception) -> JSONResponse:
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    errors = [
        {"field": ".".join(str(part) for part in fault["loc"][1:]), "message": fault["msg"]}
        for fault in faults
    ]
    detail = "; ".join(f"{fault['field']}: {fault['message']}" for fault in errors)
    return JSONResponse(
        {
            "status": 422,
            "title": "invalid input",
            "code": "invalid-input",
            "detail": detail or "the request is not well-formed",
            "hint": None,
            "errors": errors,
        },
        status_code=422,
        media_type=PROBLEM,
    )


def run(settings: Settings, *, host: str, port: int) -> None:
    """Serve until a signal. The database is brought up to date first."""
    prepare_database(settings)
    url = settings.url or f"http://{host}:{port}"
    services = build_services(settings, url=url)
    let_in_token_files(settings, services)
    uvicorn.run(
        create_app(services),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )


def main() -> int:
    """`python -m vostok.server`, as `vostok up` starts it."""
    parser = argparse.ArgumentParser(prog="vostok server", description=__doc__)
    parser.add_argument("--data-root", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    settings = load_settings({"data_root": arguments.data_root})
    run(settings, host=arguments.host, port=arguments.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
