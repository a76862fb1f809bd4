"""Routes that change many builds of an archive at once."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from vostok.bootstrap import Services
from vostok.documents import ChangedBuildsView
from vostok.domain.access import Principal
from vostok.domain.build import BuildState
from vostok.domain.build_change import CHOSEN_IDS_MAX, SCORE_MAX, BuildChange
from vostok.entrypoints.api.parameters import (
    NUMBER_MAX,
    Body,
    Name,
    NameInPath,
    Selection,
    Text,
)
from vostok.services.building.build_changes import BuildChoice
from vostok.services.describing.build_changes import changes_document

Number = Annotated[int, Field(ge=1, le=NUMBER_MAX)]


class ChoiceBody(Body):
    """The builds that are meant: those to which everything that is given applies.

    `text` is part of a source's name, `architecture` one of the archive's, or `all`. The builds'
    events and the audit log say the `reason`. A dry run decides the same and changes nothing.
    """

    ids: Annotated[list[Number], Field(max_length=CHOSEN_IDS_MAX, fail_fast=True)] | None = None
    states: Annotated[list[BuildState], Field(max_length=len(BuildState))] = []
    selection: Selection | None = None
    campaign: Number | None = None
    architecture: Name | None = None
    text: Name = ""
    reason: Text | None = None
    dry_run: bool = False


class RescoreBody(ChoiceBody):
    """The same, and the score that they get."""

    score: Annotated[int, Field(ge=-SCORE_MAX, le=SCORE_MAX)]


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of changes of many builds."""
    changes = services.build_changes

    def _planned(
        who: Principal, change: BuildChange, choice: BuildChoice, body: ChoiceBody
    ) -> ChangedBuildsView:
        return changes_document(
            changes.plan(who, change, choice, reason=body.reason), dry_run=True
        )

    @router.post("/archives/{name}/retries")
    def retry_builds(name: NameInPath, body: ChoiceBody, who: asker) -> ChangedBuildsView:
        """Have failed builds tried again; with `dry_run` only say which."""
        choice = _choice(name, body)
        if body.dry_run:
            return _planned(who, BuildChange.RETRY, choice, body)
        return changes_document(changes.retry(who, choice, reason=body.reason), dry_run=False)

    @router.post("/archives/{name}/cancellations")
    def cancel_builds(name: NameInPath, body: ChoiceBody, who: asker) -> ChangedBuildsView:
        """Stop builds; with `dry_run` only say which."""
        choice = _choice(name, body)
        if body.dry_run:
            return _planned(who, BuildChange.CANCEL, choice, body)
        return changes_document(changes.cancel(who, choice, reason=body.reason), dry_run=False)

    @router.post("/archives/{name}/scores")
    def rescore_builds(name: NameInPath, body: RescoreBody, who: asker) -> ChangedBuildsView:
        """Give builds another score, the highest being built first; with `dry_run` say which."""
        choice = _choice(name, body)
        if body.dry_run:
            return _planned(who, BuildChange.RESCORE, choice, body)
        done = changes.rescore(who, choice, body.score, reason=body.reason)
        return changes_document(done, dry_run=False)


def _choice(name: str, body: ChoiceBody) -> BuildChoice:
    return BuildChoice(
        archive=name,
        ids=body.ids,
        states=body.states,
        selection=body.selection,
        campaign=body.campaign,
        architecture=body.architecture,
        text=body.text,
    )
