"""Routes of outgoing sources: no-change sources made as files for other archives."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import FileResponse

from vostok.bootstrap import Services
from vostok.documents.outgoing import OutgoingPartsView, OutgoingPlanView
from vostok.domain.rebuild_version.schemes import VersionScheme
from vostok.entrypoints.api.parameters import Body, Name, NameInPath, Selection, Text
from vostok.services.describing.outgoing import outgoing_document
from vostok.services.rebuilding.outgoing import OutgoingRequest


class OutgoingBody(Body):
    """Sources that shall differ by one changelog entry, which says reason and maintainer.

    Without a distribution the entries name the archive's suite; without a scheme they are
    versioned by the archive's.
    """

    selection: Selection
    reason: Text
    maintainer: Name
    distribution: Name | None = None
    scheme: VersionScheme | None = None
    vendor: Name = ""
    dry_run: bool = False


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of outgoing sources."""
    outgoing = services.outgoing

    @router.post("/archives/{name}/outgoing")
    def request_outgoing(name: NameInPath, body: OutgoingBody, who: asker) -> OutgoingPlanView:
        """Take versions for outgoing sources; with `dry_run` only say which they would be.

        Asked again in the same words, the answer is the same.
        """
        asked = OutgoingRequest(archive=name, **body.model_dump(exclude={"dry_run"}))
        plan = outgoing.plan if body.dry_run else outgoing.request
        return outgoing_document(plan(who, asked))

    @router.get("/archives/{name}/outgoing/{source}/{version}")
    def outgoing_parts(
        name: NameInPath, source: NameInPath, version: NameInPath, who: asker
    ) -> OutgoingPartsView:
        """What the files of an outgoing source of that version are made of."""
        parts = outgoing.parts(who, name, source, version)
        return {
            "source": parts.outgoing.source,
            "source_version": parts.outgoing.source_version,
            "version": parts.outgoing.version,
            "entry": parts.entry,
            "at": int(parts.at.timestamp()),
            "files": [
                {"name": file, "size": size, "sha256": sha256}
                for file, size, sha256 in parts.files
            ],
        }

    @router.get("/archives/{name}/outgoing/{source}/{version}/{file}", response_model=None)
    def outgoing_file(
        name: NameInPath, source: NameInPath, version: NameInPath, file: NameInPath, who: asker
    ) -> FileResponse:
        """A file of the old source, fetched from a parent if it is not here."""
        found = outgoing.file(who, name, source, version, file)
        return FileResponse(found.path, media_type="application/octet-stream")
