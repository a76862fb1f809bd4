"""Routes of builders as people manage them; builders themselves speak to the gateway."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field

from vostok.bootstrap import Services
from vostok.documents.builders import KnownBuilderView, NewBuilderView
from vostok.domain.builder import (
    REASON_CHARACTERS_MAX,
    BuilderState,
    check_builder_name,
    check_reason,
)
from vostok.domain.list_filter import ListFilter
from vostok.entrypoints.api.cursors import Page, list_of
from vostok.entrypoints.api.list_filters import filtered_by
from vostok.entrypoints.api.parameters import Body, Document, Name, NameInPath, checked
from vostok.services.building.builders import KnownBuilder
from vostok.services.describing.builders import builder_document
from vostok.services.describing.filtering import BUILDERS


class BuilderBody(Body):
    """A builder to add."""

    name: Annotated[Name, checked(check_builder_name)]


class ReasonBody(Body):
    """Why it is done, for everybody who looks at the builders."""

    reason: Annotated[str, Field(max_length=REASON_CHARACTERS_MAX), checked(check_reason)]


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of builders."""
    service = services.builders

    def document(known: KnownBuilder) -> KnownBuilderView:
        return builder_document(known, services.overview.now())

    @router.get("/builders", response_model=list_of("builders", KnownBuilderView))
    def builders(
        who: asker,
        page: Page,
        wanted: Annotated[ListFilter, Depends(filtered_by(state=BuilderState))],
    ) -> Document:
        """All builders by name with what they do, those that were removed too; or some of them."""
        found = BUILDERS.wanted(map(document, service.all(who)), wanted)
        return page.of_all("builders", found, lambda item: [item["name"]])

    @router.post("/builders", status_code=201)
    def add_builder(body: BuilderBody, who: asker) -> NewBuilderView:
        """Admit a builder; its token is told only in this answer. A removed one comes back."""
        known, token = service.add(who, body.name)
        return {**document(known), "token": token}

    @router.get("/builders/{builder}")
    def builder(builder: NameInPath, who: asker) -> KnownBuilderView:
        """One builder with what it does."""
        return document(service.one(who, builder))

    @router.post("/builders/{builder}/pauses")
    def pause_builder(builder: NameInPath, body: ReasonBody, who: asker) -> KnownBuilderView:
        """Hand a builder nothing more; what it builds it finishes."""
        return document(service.pause(who, builder, body.reason))

    @router.post("/builders/{builder}/resumptions")
    def resume_builder(builder: NameInPath, who: asker) -> KnownBuilderView:
        """Hand a paused builder builds again."""
        return document(service.resume(who, builder))

    @router.post("/builders/{builder}/removals")
    def remove_builder(builder: NameInPath, body: ReasonBody, who: asker) -> KnownBuilderView:
        """Let a builder in no more: its token stops, what it was building is built elsewhere."""
        return document(service.remove(who, builder, body.reason))

    @router.post("/builders/{builder}/token", status_code=201)
    def renew_builder_token(builder: NameInPath, who: asker) -> NewBuilderView:
        """Replace a builder's token; the new one is told only in this answer."""
        token = service.renew_token(who, builder)
        return {**document(service.one(who, builder)), "token": token}

    @router.delete("/builders/{builder}/token")
    def revoke_builder_token(builder: NameInPath, who: asker) -> KnownBuilderView:
        """Let a builder's token open nothing any more."""
        return document(service.revoke_token(who, builder))
