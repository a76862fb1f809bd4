"""The pages for people: server-rendered, whole without JavaScript, JSON at the same address."""

from vostok.entrypoints.pages.door import create_reading_router, create_router
from vostok.entrypoints.pages.reading import PageReader
from vostok.entrypoints.pages.responses import error_response

__all__ = ["PageReader", "create_reading_router", "create_router", "error_response"]
