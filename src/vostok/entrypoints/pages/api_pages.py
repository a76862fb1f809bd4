"""The pages of the API: what can be asked of it, how, and what it answers."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter
from markupsafe import Markup, escape
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vostok.bootstrap import Services
from vostok.entrypoints.pages.api_reference import ApiOperation, ApiReference, api_reference
from vostok.entrypoints.pages.asked import wants_json
from vostok.entrypoints.pages.rendering import render
from vostok.entrypoints.pages.responses import data, page
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door

WORDS_CHARACTERS_MAX: Final = 200
COLUMNS: Final = ("name", "group", "method", "path", "summary", "command")
ERROR_COLUMNS: Final = ("status", "code", "text", "hint")
PART_COLUMNS: Final = (
    "operation", "of", "status", "name", "place", "kind", "is_required", "default", "text",
)  # fmt: skip
_CODE: Final = re.compile(r"`([^`]+)`")


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the pages."""
    pages = _ApiPages(services.url)
    for suffix in (".json", ".csv", ""):
        door.add_page(router, f"/api{suffix}", pages.overview)
    for path in ("/api/", "/api/v1", "/api/v1/"):
        door.add_page(router, path, _lead_to_overview)
    for suffix in (".json", ".csv", ""):
        door.add_page(router, f"/api/{{group}}{suffix}", pages.group)


class _ApiPages:
    """What they show is made of the description once, when first asked for."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._reference: ApiReference | None = None
        self._contents: dict[str, Markup] = {}

    def overview(self, request: Request) -> Response:
        """All operations in short, or those that have some words; and what holds for all."""
        reference = self._of(request)
        words = request.query_params.get("q", "").strip()[:WORDS_CHARACTERS_MAX]
        groups = reference.with_words(words)
        rows = [
            {column: getattr(operation, column) for column in COLUMNS}
            for operations in groups.values()
            for operation in operations
        ]
        if wants_json(request):
            return data({"operations": rows, "errors": list(map(asdict, reference.errors))})
        if wants_csv(request):
            errors = map(asdict, reference.errors)
            return csv_answer(
                request,
                Table(name="operations", columns=COLUMNS, rows=rows),
                Table(name="errors", columns=ERROR_COLUMNS, rows=errors),
            )
        return page(
            request,
            "api.html",
            reference=reference,
            groups=groups,
            words=words,
            titled=_titled,
            coded=_coded,
        )

    def group(self, request: Request) -> Response:
        """The operations of a group in full."""
        group, groups = request.path_params["group"], self._of(request).groups
        if group not in groups:
            # Said as of any address: a program gets a problem, it may have forgotten «v1».
            raise HTTPException(HTTPStatus.NOT_FOUND)
        rows = (row for operation in groups[group] for row in _parts(operation))
        if wants_json(request):
            return data({"parts": list(rows)})
        if wants_csv(request):
            return csv_answer(request, Table(name="parts", columns=PART_COLUMNS, rows=rows))
        if group not in self._contents:
            text = render("api-operations.html", operations=groups[group], coded=_coded)
            self._contents[group] = Markup(text)  # noqa: S704 - its template has escaped it
        return page(
            request,
            "api-group.html",
            group=group,
            title=_titled(group),
            operations=groups[group],
            groups=list(groups),
            content=self._contents[group],
            titled=_titled,
            coded=_coded,
        )

    def _of(self, request: Request) -> ApiReference:
        if self._reference is None:
            self._reference = api_reference(request.app.openapi(), self._url)
        return self._reference


def _parts(operation: ApiOperation) -> Iterator[Mapping[str, object]]:
    """Everything that an operation takes and answers, a row for each."""
    said = [
        ("parameters", "", operation.parameters),
        ("body", "", operation.body.parts if operation.body else ()),
        *(("answer", answer.status, answer.parts) for answer in operation.answers),
    ]
    for place, status, parts in said:
        for part in parts:
            yield {"operation": operation.name, "of": place, "status": status, **asdict(part)}


def _lead_to_overview(_request: Request) -> Response:
    return RedirectResponse("/api", status_code=303)


def _titled(group: str) -> str:
    return group.replace("-", " ").capitalize()


def _coded(text: str) -> Markup:
    """A text of the description with what stands in backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped
