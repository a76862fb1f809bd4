"""The server: all doors mounted into one application, and the process that serves it."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from vostok import __version__
from vostok.adapters.outgoing_tar import TAR_TYPE
from vostok.bootstrap import (
    Services,
    build_services,
    let_in_token_files,
    prepare_database,
    spare_collector,
)
from vostok.config import Settings, load_settings
from vostok.entrypoints import api, feeds, gateway, pages, repository
from vostok.entrypoints.problems import add_error_answers, described_errors, problem
from vostok.entrypoints.request_bounds import RequestBounds
from vostok.entrypoints.response_headers import DEFAULTS, SafeHeaders
from vostok.services.building.builds import LOG_CHUNK_BYTES_MAX

GRACEFUL_SECONDS = 1
COMPRESSED_BYTES_MIN = 1_024
COMPRESSION_LEVEL = 5
NOT_COMPRESSED = (
    *DEFAULT_EXCLUDED_CONTENT_TYPES,
    "application/octet-stream",
    TAR_TYPE,
    "text/plain",
)
"""Files of repositories and in tars are compressed already; logs are read at offsets while they
grow."""


def add_api(app: FastAPI, services: Services) -> None:
    """Add the API and its description. It takes longer than all the rest of an application."""
    app.include_router(api.create_router(services))
    api.add_description(app, described_errors())


def create_app(
    services: Services, *, add_api: Callable[[FastAPI, Services], None] = add_api
) -> FastAPI:
    """The application: API, gateway, APT repositories, pages.

    Args:
        services: of the installation that it serves.
        add_api: adds the API; whoever makes many applications in one process may share it.
    """
    app = FastAPI(
        title="Vostok",
        version=__version__,
        summary="Derives a Debian archive, rebuilds it, publishes the result",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    add_error_answers(app, pages.error_response, services.sessions.look_for_nothing, DEFAULTS)
    app.add_middleware(
        RequestBounds,
        log_bytes_max=LOG_CHUNK_BYTES_MAX,
        file_bytes_max=services.builds.output_bytes_max,
        upload_bytes_max=services.spool.file_bytes_max,
        nothing_there=problem(404, "not-found", "no address holds a null character"),
    )
    app.add_middleware(
        GZipMiddleware,
        minimum_size=COMPRESSED_BYTES_MIN,
        compresslevel=COMPRESSION_LEVEL,
        exclude_content_types=NOT_COMPRESSED,
    )
    app.add_middleware(SafeHeaders)
    add_api(app, services)
    app.include_router(gateway.create_router(services))
    app.include_router(api.create_upload_door(services))
    app.include_router(feeds.create_router(services))
    app.include_router(repository.create_router(services))
    app.include_router(pages.create_router(services))
    return app


def run(settings: Settings, *, host: str, port: int) -> None:
    """Serve until a signal. The database is brought up to date first."""
    prepare_database(settings)
    url = settings.url or f"http://{host}:{port}"
    services = build_services(settings, url=url)
    let_in_token_files(settings, services)
    app = create_app(services)
    spare_collector()
    uvicorn.run(
        app,
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
