"""Routes of what publications hold."""

from typing import Any

from fastapi import APIRouter

from vostok.bootstrap import Services
from vostok.entrypoints.api.parameters import NameInPath
from vostok.services.documents import NotBuiltView
from vostok.services.documents.publications import not_built_document


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of what publications hold."""

    @router.get("/archives/{name}/not-built")
    def not_built(name: NameInPath, who: asker) -> NotBuiltView:
        """Packages that an uploaded source builds no more: taken out, or held back and why."""
        return not_built_document(services.publishing.not_built(who, name))
