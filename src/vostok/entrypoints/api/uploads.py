"""Routes of uploads, and the door for dput, which knows tokens only as a part of the address."""

from contextlib import suppress
from functools import partial
from typing import Annotated, Any, Final

import anyio
import anyio.to_thread
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import FileResponse, PlainTextResponse
from starlette.requests import ClientDisconnect

from vostok.adapters.callers import address_of
from vostok.bootstrap import Services
from vostok.documents.uploads import ReceivedFileView, UploadView, UploadWithFilesView
from vostok.domain.access import Action, Principal, is_allowed
from vostok.domain.list_filter import ListFilter
from vostok.domain.upload import Upload, UploadState
from vostok.entrypoints.api.cursors import Page, list_of
from vostok.entrypoints.api.list_filters import filtered_by
from vostok.entrypoints.api.parameters import Document, NameInPath, NumberInPath
from vostok.errors import (
    ConflictError,
    GoneError,
    HiddenError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    TooManyFailuresError,
    UnavailableError,
    VostokError,
)
from vostok.services.describing.uploads import shown_document, upload_document

DRAINED_BYTES_MAX: Final = 64 << 20
"""Of what is refused: dput reads no answer before it has sent all."""

DRAIN_SECONDS_MAX: Final = 60

UNAVAILABLE: Final = 503

NOTHING_HERE: Final = "error: there is no upload address with this archive and this token\n"
"""Said in the same way of a wrong token, of one that may not upload there, and of an archive that
is not there: guessing tells nothing."""

_STATUS: Final[tuple[tuple[type[VostokError], int], ...]] = (
    (InvalidInputError, 422),
    (ConflictError, 409),
    (NotAllowedError, 403),
    (TooManyFailuresError, 429),
    (UnavailableError, UNAVAILABLE),
)


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of uploads."""
    uploading = services.uploading
    receiving = _Receiving(services)

    @router.get("/archives/{name}/uploads", response_model=list_of("uploads", UploadView))
    def uploads(
        name: NameInPath,
        who: asker,
        page: Page,
        wanted: Annotated[ListFilter, Depends(filtered_by(state=UploadState))],
    ) -> Document:
        """The uploads into an archive, accepted and refused, the newest first."""
        behind = page.place("uploads", [int])
        found = uploading.uploads(
            who,
            name,
            before=None if behind is None else int(behind[0]),
            rows_max=page.limit + 1,
            wanted=wanted,
        )
        shown = [upload_document(upload) for upload in found]
        return page.of_sorted("uploads", shown, lambda item: [item["id"]])

    @router.get("/archives/{name}/uploads/{number}")
    def upload(name: NameInPath, number: NumberInPath, who: asker) -> UploadWithFilesView:
        """One upload with its files and builds."""
        return shown_document(uploading.upload(who, name, number))

    @router.get("/archives/{name}/uploads/{number}/files/{file}", response_model=None)
    def upload_file(
        name: NameInPath, number: NumberInPath, file: NameInPath, who: asker
    ) -> FileResponse:
        """A file of an accepted upload as it was sent, its .buildinfo and .changes among them."""
        path = uploading.file(who, name, number, file)
        return FileResponse(path, media_type="application/octet-stream")

    @router.put("/archives/{name}/uploads/files/{file}", status_code=201)
    async def put_upload_file(
        name: NameInPath, file: NameInPath, request: Request, who: asker
    ) -> ReceivedFileView:
        """Send a file of an upload. The .changes comes last and is judged at once."""
        found = await receiving.put(who, name, file, request)
        return {"upload": None if found is None else upload_document(found)}


def create_door(services: Services) -> APIRouter:
    """`PUT /upload/ARCHIVE/TOKEN/FILE`, as dput's method `http` sends files.

    The answers are sentences for people: dput shows them with -d. None of them is 401, at which it
    would ask for a password.
    """
    door = APIRouter(include_in_schema=False)
    receiving = _Receiving(services)

    @door.put("/upload/{name}/{token}/{file}")
    async def put(name: str, token: str, file: str, request: Request) -> Response:
        whoever = partial(services.people.find_principal, token, address=address_of(request))
        principal = None
        try:
            principal = await anyio.to_thread.run_sync(whoever)
            if principal is None:
                return await _refused(request, 404, NOTHING_HERE)
            found = await receiving.put(principal, name, file, request)
        except VostokError as error:
            if isinstance(error, HiddenError):
                await anyio.to_thread.run_sync(services.sessions.look_for_nothing)
            may_upload = principal is not None and is_allowed(principal, Action.UPLOAD, name)
            status, said = _told(error, may_upload=may_upload)
            if status == UNAVAILABLE:  # slow, or not now: nothing to wait for
                return PlainTextResponse(said, status_code=status, headers={"Connection": "close"})
            return await _refused(request, status, said)
        said = f"{file} came\n" if found is None else f"upload {found.id}: {found.sentence}\n"
        return PlainTextResponse(said, status_code=201)

    return door


class _Receiving:
    """Takes files in, some at once."""

    def __init__(self, services: Services) -> None:
        self._uploading = services.uploading
        self._bodies = services.uploaded_bodies

    async def put(
        self, principal: Principal, name: str, file: str, request: Request
    ) -> Upload | None:
        """What `UploadService.put` makes of the body.

        Raises:
            VostokError: it was refused, or its sender is too slow or one of too many.
        """
        return await self._bodies.receive(
            request.stream(),
            lambda pieces: self._uploading.put(principal, name, file, pieces),
        )


def _told(error: VostokError, *, may_upload: bool) -> tuple[int, str]:
    """The status and the sentences for an error; who may not upload there learns nothing."""
    is_hidden = isinstance(error, NotFoundError | GoneError)
    if is_hidden or (isinstance(error, NotAllowedError) and not may_upload):
        return 404, NOTHING_HERE
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 400)
    hint = f"hint: {error.hint}\n" if error.hint else ""
    return status, f"error: {error}\n{hint}"


async def _refused(request: Request, status: int, text: str) -> Response:
    """The answer, once what is still being sent was read, as far as that is worth it."""
    left = DRAINED_BYTES_MAX
    # What ends it: time, all was read before, it is too large to be read, the sender left.
    with (
        anyio.move_on_after(DRAIN_SECONDS_MAX),
        suppress(RuntimeError, HTTPException, ClientDisconnect),
    ):
        async for chunk in request.stream():
            left -= len(chunk)
            if left <= 0:
                break
    return PlainTextResponse(text, status_code=status)
