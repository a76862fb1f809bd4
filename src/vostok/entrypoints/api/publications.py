"""Routes of what publications hold."""

from typing import Any

from fastapi import APIRouter

from vostok.bootstrap import Services
from vostok.documents import NotBuiltBinaryView, PublicationView
from vostok.documents.effects import TriedPublicationView
from vostok.domain.publication import Publication
from vostok.entrypoints.api.cursors import Page, list_of
from vostok.entrypoints.api.parameters import (
    Body,
    Document,
    DryRun,
    Name,
    NameInPath,
    NumberInPath,
)
from vostok.services.describing.effects import effects_document
from vostok.services.describing.publications import not_built_document, publication_document
from vostok.services.dry_runs import DryRun as Tried


class KeepBody(Body):
    """What the publication is to be called; nothing: it is kept without a name."""

    label: Name = ""
    dry_run: bool = False


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of what publications hold."""

    def tried(name: str, found: Tried[Publication]) -> TriedPublicationView:
        result = publication_document(name, found.result)
        return {**effects_document(found.effects), "result": result}

    @router.put("/archives/{name}/publications/{number}/keep")
    def keep_publication(
        name: NameInPath, number: NumberInPath, body: KeepBody, who: asker
    ) -> PublicationView | TriedPublicationView:
        """Keep a publication: no collection takes it; or only say how it would be."""
        if body.dry_run:
            return tried(name, services.dry_runs.keep(who, name, number, label=body.label))
        kept = services.kept_publications.keep(who, name, number, label=body.label)
        return publication_document(name, kept)

    @router.delete("/archives/{name}/publications/{number}/keep")
    def release_publication(
        name: NameInPath, number: NumberInPath, who: asker, *, dry_run: DryRun = False
    ) -> PublicationView | TriedPublicationView:
        """Let a kept publication go when it is old; or only say how it would be."""
        if dry_run:
            return tried(name, services.dry_runs.release(who, name, number))
        return publication_document(name, services.kept_publications.release(who, name, number))

    @router.get(
        "/archives/{name}/not-built", response_model=list_of("binaries", NotBuiltBinaryView)
    )
    def not_built(name: NameInPath, who: asker, page: Page) -> Document:
        """Packages that an uploaded source builds no more: taken out, or held back and why."""
        found = services.publishing.not_built(who, name).each
        answer = page.of_all("binaries", found, lambda item: [item[0].name, item[0].id])
        answer["binaries"] = [not_built_document(*item) for item in answer["binaries"]]
        return answer
