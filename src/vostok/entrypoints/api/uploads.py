"""Routes of uploads, and the door for dput, which knows tokens only as a part of the address."""

from collections.abc import Iterator
from typing import Any, Final

import anyio
import anyio.from_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from vostok.bootstrap import Services
from vostok.domain.access import Principal
from vostok.domain.upload import Upload
from vostok.entrypoints.api.parameters import NameInPath, NumberInPath
from vostok.errors import (
    ConflictError,
    GoneError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    UnavailableError,
    VostokError,
)
from vostok.services.documents.uploads import UploadView, UploadWithFilesView

SILENCE_SECONDS_MAX: Final = 60
"""A worker thread waits for the body of an upload, and there are not many of them."""

DRAINED_BYTES_MAX: Final = 64 << 20
"""Of what is refused: dput reads no answer before it has sent all."""

NOTHING_HERE: Final = "error: there is no upload address with this archive and this token\n"
"""Said in the same way of a wrong token, of one that may not upload there, and of an archive that
is not there: guessing tells nothing."""

_STATUS: Final[tuple[tuple[type[VostokError], int], ...]] = (
    (InvalidInputError, 422),
    (ConflictError, 409),
    (UnavailableError, 503),
)


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of uploads."""
    uploading = services.uploading

    @router.get("/archives/{name}/uploads")
    def uploads(name: NameInPath, who: asker) -> dict[str, list[UploadView]]:
        """The newest uploads into an archive, accepted and refused."""
        return {"uploads": [_document(upload) for upload in uploading.uploads(who, name)]}

    @router.get("/archives/{name}/uploads/{number}")
    def upload(name: NameInPath, number: NumberInPath, who: asker) -> UploadWithFilesView:
        """One upload with its files and builds."""
        shown = uploading.upload(who, name, number)
        return {
            **_document(shown.upload),
            "files": [
                {"name": file.name, "size": file.size, "sha256": file.sha256}
                for file in shown.files
            ],
            "builds": [
                {
                    "id": build.id,
                    "architecture": build.architecture,
                    "state": build.state,
                    "sentence": build.sentence,
                }
                for build in shown.builds
            ],
        }

    @router.put("/archives/{name}/uploads/files/{file}", status_code=201)
    def put_upload_file(
        name: NameInPath, file: NameInPath, request: Request, who: asker
    ) -> dict[str, UploadView | None]:
        """Send a file of an upload. The .changes comes last and is judged at once."""
        found = uploading.put(who, name, file, _chunks(request))
        return {"upload": None if found is None else _document(found)}


def create_door(services: Services) -> APIRouter:
    """`PUT /upload/ARCHIVE/TOKEN/FILE`, as dput's method `http` sends files.

    The answers are sentences for people: dput shows them with -d. None of them is 401, at which it
    would ask for a password.
    """
    door = APIRouter(include_in_schema=False)

    @door.put("/upload/{name}/{token}/{file}")
    def put(name: str, token: str, file: str, request: Request) -> Response:
        principal = services.people.find_principal(token)
        if principal is None:
            return _refused(request, 404, NOTHING_HERE)
        return _put(services, principal, name, file, request)

    return door


def _put(
    services: Services, principal: Principal, name: str, file: str, request: Request
) -> Response:
    try:
        found = services.uploading.put(principal, name, file, _chunks(request))
    except (NotAllowedError, NotFoundError, GoneError):
        return _refused(request, 404, NOTHING_HERE)
    except VostokError as error:
        status = next((code for kind, code in _STATUS if isinstance(error, kind)), 400)
        hint = f"hint: {error.hint}\n" if error.hint else ""
        return _refused(request, status, f"error: {error}\n{hint}")
    said = f"{file} came\n" if found is None else f"upload {found.id}: {found.sentence}\n"
    return PlainTextResponse(said, status_code=201)


def _refused(request: Request, status: int, text: str) -> Response:
    """The answer, once what is still being sent was read, as far as that is worth it."""
    left = DRAINED_BYTES_MAX
    try:
        for chunk in _chunks(request):
            left -= len(chunk)
            if left <= 0:
                break
    except (UnavailableError, RuntimeError):  # silence; or all was read before
        pass
    return PlainTextResponse(text, status_code=status)


def _document(upload: Upload) -> UploadView:
    return {
        "id": upload.id,
        "archive": upload.archive,
        "source": upload.source,
        "version": upload.version,
        "state": upload.state,
        "sentence": upload.sentence,
        "uploaded_by": upload.uploaded_by,
        "person": upload.person,
        "signed_by": upload.signed_by,
        "changes": upload.changes_name,
        "at": upload.at.isoformat(),
    }


def _chunks(request: Request) -> Iterator[bytes]:
    """The body of a request, read from a worker thread piece by piece as it arrives."""
    stream = request.stream()

    async def following() -> bytes | None:
        try:
            with anyio.fail_after(SILENCE_SECONDS_MAX):
                return await anext(stream, None)
        except TimeoutError:
            raise UnavailableError(
                f"nothing came of the file for {SILENCE_SECONDS_MAX} seconds"
            ) from None

    while (chunk := anyio.from_thread.run(following)) is not None:
        if chunk:
            yield chunk
