"""Routes of toolchains."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from vostok.bootstrap import Services
from vostok.documents import ToolchainView
from vostok.documents.preflights import PreflightView
from vostok.domain.list_filter import ListFilter
from vostok.domain.toolchain import parse_spec
from vostok.entrypoints.api.cursors import Page, list_of
from vostok.entrypoints.api.list_filters import filtered_by
from vostok.entrypoints.api.parameters import (
    LIST_LENGTH_MAX,
    Body,
    Document,
    Name,
    NameInPath,
    Names,
    Text,
)
from vostok.services.describing.filtering import TOOLCHAINS
from vostok.services.describing.preflight import preflight_document
from vostok.services.describing.records import toolchain_document


class ToolchainBody(Body):
    """A toolchain; an equal newest revision is not made twice."""

    name: Name
    compilers: Annotated[dict[Name, Name], Field(max_length=LIST_LENGTH_MAX)] = {}
    cflags: Names = []
    cxxflags: Names = []
    cppflags: Names = []
    fflags: Names = []
    ldflags: Names = []
    environment: Annotated[dict[Name, Text], Field(max_length=LIST_LENGTH_MAX)] = {}
    build_options: Names = []
    build_profiles: Names = []
    packages: Names = []


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of toolchains."""

    @router.get("/toolchains", response_model=list_of("toolchains", ToolchainView))
    def toolchains(
        who: asker, page: Page, wanted: Annotated[ListFilter, Depends(filtered_by())]
    ) -> Document:
        """All toolchains at their newest revisions, by name; or some of them."""
        found = TOOLCHAINS.wanted(services.overview.seen_by(who).toolchains(), wanted)
        return page.of_all("toolchains", found, lambda item: [item["name"]])

    @router.post(
        "/toolchains",
        status_code=201,
        responses={200: {"model": ToolchainView, "description": "The newest one is equal"}},
    )
    def create_toolchain(body: ToolchainBody, who: asker, response: Response) -> ToolchainView:
        """Store a toolchain: 201 for a new revision, 200 if the newest one is equal."""
        fields = body.model_dump(exclude={"name"})
        revision, is_new = services.toolchains.create(who, body.name, parse_spec(**fields))
        if not is_new:
            response.status_code = 200
        return toolchain_document([revision])

    @router.get("/toolchains/{name}")
    def toolchain(name: NameInPath, who: asker) -> ToolchainView:
        """One toolchain with its revisions."""
        return services.overview.seen_by(who).toolchain(name)

    @router.get("/toolchains/{name}/preflight")
    def preflight(name: NameInPath, archive: Name, who: asker) -> PreflightView:
        """What builds of an archive would get from a toolchain."""
        return preflight_document(services.toolchains.preflight(who, name, archive))
