"""Routes of archives: list, import, derive, publish."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from vostok import __version__
from vostok.bootstrap import Services
from vostok.debian.packages import check_component
from vostok.documents import ArchiveView, JobView, PublicationView
from vostok.documents.effects import ImportPlanView, TriedPublishingView
from vostok.documents.server import StatusView
from vostok.domain.access import Principal
from vostok.domain.archive import (
    ArchiveKind,
    ArchiveState,
    Keep,
    Serve,
    check_suite_name,
    check_tag,
)
from vostok.domain.archive_list import ArchiveList
from vostok.domain.derivation import PARENTS_MAX, DerivationMode, OnRemoval, Unbuilt
from vostok.domain.list_filter import ListFilter
from vostok.domain.rebuild_version.schemes import VersionScheme
from vostok.entrypoints.api.cursors import Page, list_of
from vostok.entrypoints.api.list_filters import filtered_by
from vostok.entrypoints.api.parameters import (
    LIST_LENGTH_MAX,
    Architectures,
    ArchiveName,
    Body,
    Document,
    DryRun,
    Name,
    NameInPath,
    Names,
    Parent,
    Selection,
    checked,
    decoded,
)
from vostok.services.deriving.derivations import DeriveRequest
from vostok.services.describing.effects import (
    effects_document,
    import_plan_document,
    planned_publication_document,
)
from vostok.services.describing.overview import Overview
from vostok.services.describing.records import job_document
from vostok.services.importing.request import ImportRequest

KEYRING_LENGTH_MAX = 6_000_000
IMPORT_PLAN: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": ImportPlanView, "description": "What is offered, of a dry run"}
}
PLANNED_PUBLICATION: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": TriedPublishingView, "description": "What would be, of a dry run"}
}


class ImportBody(Body):
    """Suites to import. Without a mirror the server's own apt configuration names it.

    `mirrors` are those of architectures that lie elsewhere; `signed_by` are fingerprints;
    `binnmus` declares whether the archive makes binNMUs, null leaves that as it is.
    """

    name: ArchiveName
    suites: Annotated[
        list[Annotated[Name, checked(check_suite_name)]],
        Field(min_length=1, max_length=LIST_LENGTH_MAX),
    ]
    components: Annotated[
        list[Annotated[Name, checked(check_component)]], Field(max_length=LIST_LENGTH_MAX)
    ] = ["main"]
    architectures: Architectures = []
    mirror: Name | None = None
    mirrors: Annotated[dict[Name, Name], Field(max_length=LIST_LENGTH_MAX)] = {}
    keyring_base64: (
        Annotated[str, Field(max_length=KEYRING_LENGTH_MAX), checked(decoded)] | None
    ) = None
    signed_by: Names = []
    allow_expired: bool = False
    allow_older: bool = False
    udebs: bool = False
    translations: bool = True
    binnmus: bool | None = None
    dry_run: bool = False


class DerivationBody(Body):
    """What an archive is to be, apart from its name.

    `is_private`: only those see it, from the first moment on, who have a right on it; what has a
    private parent is private anyway.
    """

    parents: Annotated[list[Parent], Field(min_length=1, max_length=PARENTS_MAX)]
    selection: Selection = "all"
    architectures: Architectures | None = None
    toolchain: Name | None = None
    tag: Annotated[Name, checked(check_tag)] | None = None
    mode: DerivationMode = DerivationMode.FULL
    unbuilt: Unbuilt = Unbuilt.PARENT
    on_removal: OnRemoval = OnRemoval.DROP
    keep: Keep = Keep.NEEDED
    serve: Serve = Serve.FETCH
    scheme: VersionScheme = VersionScheme.SAFE
    vendor: Name = ""
    is_private: bool = False


class DeriveBody(DerivationBody):
    """An archive to derive."""

    name: ArchiveName


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of archives."""

    def seen(who: Principal) -> Overview:
        return services.overview.seen_by(who)

    @router.get("/status")
    def status(request: Request, who: asker) -> StatusView:
        """The server's version and the builders it has heard of."""
        return {
            "version": __version__,
            "url": str(request.base_url).rstrip("/"),
            "builders": seen(who).builders(),
        }

    @router.get("/archives", response_model=list_of("archives", ArchiveView))
    def archives(
        who: asker,
        page: Page,
        wanted: Annotated[ListFilter, Depends(filtered_by(kind=ArchiveKind, state=ArchiveState))],
        by: Name | None = None,
    ) -> Document:
        """All archives, or those of kinds, in states, of a person, with a text in their names.

        By name.
        """
        found = seen(who).archives(ArchiveList(narrowed=wanted, by=by))
        return page.of_all("archives", found, lambda item: [item["name"]])

    @router.post("/imports", status_code=202, responses=IMPORT_PLAN)
    def import_archive(
        body: ImportBody, who: asker, response: Response
    ) -> JobView | ImportPlanView:
        """Import suites of somebody else's archive.

        With `dry_run` (200) only read and check their signed Release, and say what is offered.
        """
        if not body.dry_run:
            return job_document(services.importing.request(who, _import_request(body)))
        response.status_code = 200
        return import_plan_document(body.name, services.importing.plan(who, _import_request(body)))

    @router.post("/archives", status_code=202)
    def derive_archive(body: DeriveBody, who: asker) -> JobView:
        """Derive an archive."""
        return job_document(services.deriving.request(who, DeriveRequest(**body.model_dump())))

    @router.get("/archives/{name}")
    def archive(name: NameInPath, who: asker) -> ArchiveView:
        """One archive. Its ETag can be the `If-Match` of whatever changes it."""
        return seen(who).archive(name)

    _add_publication_routes(router, services, asker)


def _add_publication_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - as above
    @router.post("/archives/{name}/publications", status_code=202, responses=PLANNED_PUBLICATION)
    def publish_archive(
        name: NameInPath, who: asker, response: Response, *, dry_run: DryRun = False
    ) -> JobView | TriedPublishingView:
        """Publish an archive.

        With `dry_run` (200) only make the next publication, say what it shows, and forget it.
        """
        if not dry_run:
            return job_document(services.publishing.request(who, name))
        response.status_code = 200
        tried = services.dry_runs.publish(who, name)
        result = planned_publication_document(tried.result)
        return {**effects_document(tried.effects), "result": result}

    @router.get(
        "/archives/{name}/publications", response_model=list_of("publications", PublicationView)
    )
    def publications(name: NameInPath, who: asker, page: Page) -> Document:
        """The publications of an archive, the newest first."""
        found = services.overview.seen_by(who).publications(name)
        return page.of_all("publications", found, lambda item: [item["number"]], descending=True)


def _import_request(body: ImportBody) -> ImportRequest:
    return ImportRequest(
        name=body.name,
        suites=body.suites,
        components=body.components,
        architectures=body.architectures,
        mirror=body.mirror,
        mirrors=body.mirrors,
        keyring=None if body.keyring_base64 is None else decoded(body.keyring_base64),
        fingerprints=body.signed_by,
        is_expired_allowed=body.allow_expired,
        is_older_allowed=body.allow_older,
        has_udebs=body.udebs,
        has_translations=body.translations,
        makes_binnmus=body.binnmus,
    )
