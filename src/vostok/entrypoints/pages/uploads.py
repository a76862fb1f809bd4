"""Uploads into an archive: what became of each, and one with its files and builds."""

from typing import Final
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from vostok.bootstrap import Services
from vostok.domain.upload import UploadState
from vostok.entrypoints.pages.addresses import path_of
from vostok.entrypoints.pages.asked import is_number, number_in_path, wants_json
from vostok.entrypoints.pages.list_pieces import list_piece
from vostok.entrypoints.pages.narrowing import narrowing
from vostok.entrypoints.pages.responses import FILE_HEADERS, data, page
from vostok.entrypoints.pages.table_columns import UPLOAD_BUILDS, UPLOADED_FILES, UPLOADS
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door, asker, reader_of, server_url
from vostok.errors import NotFoundError
from vostok.services.describing.uploads import shown_document, upload_document

ALL: Final = "/archives/{name}/uploads"
ONE: Final = f"{ALL}/{{number}}"
LISTED_MAX: Final = 100
NUMBER_MAX: Final = (1 << 31) - 1


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the pages, and the files of uploads."""
    pages = _UploadPages(services)
    for suffix in (".json", ".csv", ""):
        door.add_page(router, ALL + suffix, pages.look_at_all)
        door.add_page(router, ONE + suffix, pages.look)
    door.add_page(router, f"{ONE}/files/{{file}}", pages.file)


class _UploadPages:
    """The list, one upload, and its files as they were sent."""

    def __init__(self, services: Services) -> None:
        self._uploading = services.uploading

    def look_at_all(self, request: Request) -> Response:
        """The newest uploads, or those before one, by its number; `older` leads on."""
        name = request.path_params["name"]
        narrowed = narrowing(request, state=UploadState)
        found = self._uploading.uploads(
            asker(request),
            name,
            before=_before(request),
            rows_max=LISTED_MAX + 1,
            wanted=narrowed.wanted,
        )
        shown = [upload_document(upload) for upload in found[:LISTED_MAX]]
        older = shown[-1]["id"] if len(found) > LISTED_MAX else None
        if wants_json(request):
            return data({"uploads": shown, "older": older})
        if wants_csv(request):
            return csv_answer(request, Table(name="uploads", columns=UPLOADS, rows=shown))
        return page(
            request,
            "uploads.html",
            now=reader_of(request).now(),
            archive=reader_of(request).archive(name),
            uploads=shown,
            piece=list_piece(
                request, path_of("archives", name, "uploads"), shown, narrowed=narrowed
            ),
            before=_before(request),
            is_later=_before(request) is not None,
            older=older,
            url=urlsplit(server_url(request)),
        )

    def look(self, request: Request) -> Response:
        """One upload."""
        name, number = request.path_params["name"], _number(request)
        shown = self._uploading.upload(asker(request), name, number)
        document = shown_document(shown)
        if wants_json(request):
            return data(document)
        if wants_csv(request):
            return csv_answer(
                request,
                Table(name="files", columns=UPLOADED_FILES, rows=document["files"]),
                Table(name="builds", columns=UPLOAD_BUILDS, rows=document["builds"]),
            )
        return page(
            request,
            "upload.html",
            now=reader_of(request).now(),
            archive=reader_of(request).archive(name),
            upload=document,
            builds=[reader_of(request).build(build.id) for build in shown.builds],
            has_files=shown.upload.state is UploadState.ACCEPTED,
        )

    def file(self, request: Request) -> Response:
        """A file of an accepted upload, to be saved."""
        name, file = request.path_params["name"], request.path_params["file"]
        path = self._uploading.file(asker(request), name, _number(request), file)
        return FileResponse(
            path, media_type="application/octet-stream", filename=file, headers=dict(FILE_HEADERS)
        )


def _before(request: Request) -> int | None:
    """The number behind which the list goes on; whatever is none is passed over."""
    text = request.query_params.get("before", "")
    return min(int(text), NUMBER_MAX) if is_number(text) else None


def _number(request: Request) -> int:
    number = number_in_path(request, "number", "upload")
    if number > NUMBER_MAX:
        raise NotFoundError(f"{number} is not the number of an upload")
    return number
