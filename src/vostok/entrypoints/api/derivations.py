"""Routes that change what an archive takes of its parents, and that tell what it took."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response

from vostok.bootstrap import Services
from vostok.documents import DerivationView, JobView, SyncPlanView, TakenSourceView
from vostok.domain.access import Principal
from vostok.domain.list_filter import ListFilter
from vostok.entrypoints.api.cursors import Page, list_of
from vostok.entrypoints.api.list_filters import filtered_by
from vostok.entrypoints.api.parameters import Body, Document, NameInPath, NumberInPath, Selection
from vostok.services.deriving.syncing import SyncRequest
from vostok.services.describing.filtering import TAKEN
from vostok.services.describing.records import (
    decision_document,
    derivation_document,
    job_document,
    sync_plan_document,
)

DRY_RUN: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": SyncPlanView, "description": "What would be, of a dry run"}
}


class SyncBody(Body):
    """A sync with the parents. A dry run decides the same and stores nothing."""

    hold: Selection | None = None
    dry_run: bool = False


class SelectionBody(Body):
    """A selection of sources. A dry run decides the same and stores nothing."""

    selection: Selection
    dry_run: bool = False


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of derivations."""

    def changed(
        who: Principal, wanted: SyncRequest, response: Response, *, dry_run: bool
    ) -> JobView | SyncPlanView:
        if dry_run:
            response.status_code = 200
            return sync_plan_document(services.syncing.plan(who, wanted))
        return job_document(services.syncing.request(who, wanted))

    @router.post("/archives/{name}/syncs", status_code=202, responses=DRY_RUN)
    def sync_archive(
        name: NameInPath, body: SyncBody, who: asker, response: Response
    ) -> JobView | SyncPlanView:
        """Sync an archive with its parents; with `dry_run` (200) only say what would be."""
        wanted = SyncRequest(archive=name, moves=True, hold=body.hold)
        return changed(who, wanted, response, dry_run=body.dry_run)

    @router.post("/archives/{name}/selections", status_code=202, responses=DRY_RUN)
    def select_sources(
        name: NameInPath, body: SelectionBody, who: asker, response: Response
    ) -> JobView | SyncPlanView:
        """Give an archive another selection; its parents stay where they are."""
        wanted = SyncRequest(archive=name, selection=body.selection)
        return changed(who, wanted, response, dry_run=body.dry_run)

    @router.post("/archives/{name}/removals", status_code=202, responses=DRY_RUN)
    def remove_sources(
        name: NameInPath, body: SelectionBody, who: asker, response: Response
    ) -> JobView | SyncPlanView:
        """Take sources out of an archive; they stay out at every sync."""
        wanted = SyncRequest(archive=name, remove=body.selection)
        return changed(who, wanted, response, dry_run=body.dry_run)

    @router.post("/archives/{name}/restorations", status_code=202, responses=DRY_RUN)
    def restore_sources(
        name: NameInPath, body: SelectionBody, who: asker, response: Response
    ) -> JobView | SyncPlanView:
        """Take removed sources in again."""
        wanted = SyncRequest(archive=name, restore=body.selection)
        return changed(who, wanted, response, dry_run=body.dry_run)

    @router.get(
        "/archives/{name}/derivations", response_model=list_of("derivations", DerivationView)
    )
    def derivations(name: NameInPath, who: asker, page: Page) -> Document:
        """The derivations of an archive, the newest first."""
        found = map(derivation_document, services.syncing.derivations(who, name))
        return page.of_all("derivations", found, lambda item: [item["number"]], descending=True)

    @router.get("/archives/{name}/derivations/{number}")
    def derivation(name: NameInPath, number: NumberInPath, who: asker) -> DerivationView:
        """One derivation, with what was decided about each source that it did not leave alone."""
        found, decisions = services.syncing.decisions(who, name, number)
        return {
            **derivation_document(found),
            "decisions": [decision_document(decision) for decision in decisions],
        }

    @router.get("/archives/{name}/sources", response_model=list_of("sources", TakenSourceView))
    def taken_sources(
        name: NameInPath,
        who: asker,
        page: Page,
        wanted: Annotated[ListFilter, Depends(filtered_by())],
    ) -> Document:
        """The sources that an archive takes by name, with the reason of each.

        `q` is a part of the name.
        """
        taken = services.syncing.taken(who, name)
        every: list[TakenSourceView] = [
            {"source": source, "reason": reason} for source, reason in taken.items()
        ]
        found = TAKEN.wanted(every, wanted)
        return page.of_all("sources", found, lambda item: [item["source"]])
