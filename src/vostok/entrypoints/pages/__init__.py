"""The pages for people: server-rendered, whole without JavaScript, JSON at the same address."""

from vostok.entrypoints.pages.reading import PageReader
from vostok.entrypoints.pages.responses import error_response
from vostok.entrypoints.pages.routes import create_router

__all__ = ["PageReader", "create_router", "error_response"]
