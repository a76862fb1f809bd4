"""Routes that say what an archive, or a rebuild, would take."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from vostok.bootstrap import Services
from vostok.documents import DerivationPlanView, EstimateView
from vostok.entrypoints.api.archives import DerivationBody
from vostok.entrypoints.api.parameters import (
    Architectures,
    Body,
    Name,
    NameInPath,
    Selection,
    Text,
)
from vostok.services.deriving.derivations import DeriveRequest
from vostok.services.describing.records import plan_document, workload_document
from vostok.services.rebuilding.planning import RebuildRequest
from vostok.services.selection.estimating import BUILDERS_MAX

Builders = Annotated[int, Field(ge=1, le=BUILDERS_MAX)]


class DerivationEstimateBody(DerivationBody):
    """An archive of which to say what it would be; without a name, no name is checked."""

    name: Name | None = None
    builders: Builders | None = None


class RebuildEstimateBody(Body):
    """A rebuild of which to say what it would take. A null toolchain is the archive's own."""

    selection: Selection
    reason: Text = "an estimate"
    toolchain: Name | None = None
    architectures: Architectures | None = None
    builders: Builders | None = None


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of estimates."""

    @router.post("/estimates")
    def estimate_derivation(body: DerivationEstimateBody, who: asker) -> DerivationPlanView:
        """Say what an archive would be and what building it would take; nothing is stored."""
        fields = body.model_dump(exclude={"name", "builders"})
        request = DeriveRequest(name=body.name or "", **fields)
        return plan_document(services.deriving.estimate(who, request, builders=body.builders))

    @router.post("/archives/{name}/estimates")
    def estimate_rebuild(name: NameInPath, body: RebuildEstimateBody, who: asker) -> EstimateView:
        """Say what a rebuild would take; nothing is stored."""
        asked = RebuildRequest(archive=name, **body.model_dump(exclude={"builders"}))
        _, expected = services.rebuilding.estimate(who, asked, builders=body.builders)
        return workload_document(expected)
