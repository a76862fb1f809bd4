"""Routes of campaigns: request, list, show, compare."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from vostok.bootstrap import Services
from vostok.documents import CampaignComparisonView, CampaignView
from vostok.documents.rebuild_requests import (
    CampaignPlanView,
    RequestedCampaignView,
)
from vostok.domain.access import Principal
from vostok.domain.build import BuildState
from vostok.domain.build_change import SCORE_MAX
from vostok.domain.build_list import LISTED, LISTED_MAX, BuildList
from vostok.domain.campaign import SCORE_OF_REBUILDS, CampaignKind, CampaignPhase
from vostok.domain.campaign_comparison import CampaignGroup
from vostok.domain.list_filter import ListFilter
from vostok.domain.rebuild_form import FormChoice, Skew
from vostok.domain.rebuild_request import Filters, SourceTests
from vostok.entrypoints.api.cursors import Page, PageRequest, list_of, page_of
from vostok.entrypoints.api.list_filters import filtered_by
from vostok.entrypoints.api.parameters import (
    NUMBER_MAX,
    Architectures,
    Body,
    Document,
    Name,
    NameInPath,
    Names,
    NumberInPath,
    Selection,
    Text,
)
from vostok.errors import InvalidInputError
from vostok.services.comparing.campaigns import (
    COMPARED_PER_PAGE,
    COMPARED_PER_PAGE_MAX,
    PLACE,
    CampaignCompareRequest,
)
from vostok.services.describing.filtering import CAMPAIGNS
from vostok.services.describing.overview import Overview
from vostok.services.describing.rebuild_plans import plan_document, refused_document
from vostok.services.describing.records import job_document
from vostok.services.rebuilding.planning import RebuildRequest

NAME_PART_MAX = 200
Builds = Annotated[PageRequest, Depends(page_of(usual=LISTED, least=0, most=LISTED_MAX))]
ComparedPage = Annotated[
    PageRequest, Depends(page_of(usual=COMPARED_PER_PAGE, least=0, most=COMPARED_PER_PAGE_MAX))
]


class CampaignBody(Body):
    """A rebuild request.

    Filters without a selection are among all sources, a control among the failures. `all` among
    the architectures asks for the packages for all architectures of every source.

    A dry run decides the same and stores nothing.
    """

    selection: Selection | None = None
    reason: Text
    toolchain: Name | None = None
    architectures: Architectures | None = None
    failed: bool = False
    built_with: Name | None = None
    built_on: Name | None = None
    older_than: Annotated[int, Field(ge=1, le=NUMBER_MAX)] | None = None
    control: Annotated[int, Field(ge=1, le=NUMBER_MAX)] | None = None
    tests: SourceTests | None = None
    score: Annotated[int, Field(ge=-SCORE_MAX, le=SCORE_MAX)] = SCORE_OF_REBUILDS
    no_change: bool = False
    form: FormChoice = FormChoice.AUTO
    skew: Skew = Skew.REFUSE
    build_profiles: Names = []
    build_options: Names = []
    dry_run: bool = False


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of campaigns."""

    def seen(who: Principal) -> Overview:
        return services.overview.seen_by(who)

    @router.post(
        "/archives/{name}/campaigns",
        status_code=202,
        response_model=RequestedCampaignView,
        responses={200: {"model": CampaignPlanView, "description": "What would be, of a dry run"}},
    )
    def request_rebuild(name: NameInPath, body: CampaignBody, who: asker) -> Response:
        """Rebuild sources; with `dry_run` (200) only say what would be."""
        asked = _asked(name, body)
        if body.dry_run:
            # Not checked against its own description again: of a whole archive it is long.
            return JSONResponse(dict(plan_document(*services.rebuilding.estimate(who, asked))))
        answered = services.rebuilding.answer(who, asked)
        campaign, job, is_joined = answered.requested
        document: RequestedCampaignView = {
            "campaign": seen(who).campaign_alone(name, campaign.number),
            "job": job_document(job),
            "joined": is_joined,
            "refused": refused_document(answered.refused),
        }
        return JSONResponse(dict(document), status_code=202)

    @router.get("/archives/{name}/campaigns", response_model=list_of("campaigns", CampaignView))
    def campaigns(
        name: NameInPath,
        who: asker,
        page: Page,
        wanted: Annotated[
            ListFilter, Depends(filtered_by(kind=CampaignKind, state=CampaignPhase))
        ],
    ) -> Document:
        """The campaigns of an archive, or some of them, the newest first."""
        found = CAMPAIGNS.wanted(seen(who).campaigns(name), wanted)
        return page.of_all("campaigns", found, lambda item: [item["number"]], descending=True)

    @router.get("/archives/{name}/campaigns/{number}")
    def campaign(  # noqa: PLR0913 - each parameter is a field of the path or the query
        name: NameInPath,
        number: NumberInPath,
        who: asker,
        page: Builds,
        *,
        state: Annotated[list[BuildState], Query(max_length=len(BuildState))] = [],  # noqa: B006 - FastAPI copies it
        q: Annotated[str, Query(max_length=NAME_PART_MAX)] = "",
    ) -> CampaignView:
        """One campaign with a page of its builds, by source.

        `state` and `q`, a part of the source's name, choose among them; `found` says how many
        there are.
        """
        behind = page.place("builds", [int])
        asked = BuildList(
            states=frozenset(map(str, state)),
            text=q,
            after=None if behind is None else int(behind[0]),
            limit=page.limit + 1,
        )
        document = seen(who).campaign(name, number, asked)
        found = document.get("builds", [])
        shown = found[: page.limit]
        goes_on = shown and len(found) > len(shown)
        following = page.next_at("builds", [shown[-1]["id"]]) if goes_on else None
        return {**document, "builds": shown, "next": following}

    @router.get(
        "/archives/{name}/campaigns/{number}/comparisons/{other}",
        response_model=CampaignComparisonView,
    )
    def compare_campaigns(  # noqa: PLR0913 - each parameter is a field of the path or the query
        name: NameInPath,
        number: NumberInPath,
        other: NumberInPath,
        who: asker,
        page: ComparedPage,
        *,
        group: CampaignGroup | None = None,
        all: bool = False,  # noqa: A002 - the name in the query
    ) -> Response:
        """What fails or builds in the campaign `other`, beside the campaign `number`.

        Counts of all by group, and a page; what was built in both only with `all` or `group`.
        """
        asked = CampaignCompareRequest(
            archive=name,
            first=number,
            second=other,
            group=group,
            has_unchanged=all,
            behind=page.place("builds", PLACE),
            limit=page.limit,
        )
        return page.unchecked(
            services.comparing_campaigns.compare(
                who, asked, following=lambda place: page.next_at("builds", place)
            )
        )


def _asked(name: str, body: CampaignBody) -> RebuildRequest:
    filters = Filters(**body.model_dump(include=set(Filters.__slots__)))
    if body.selection is None and filters.is_empty and body.control is None:
        raise InvalidInputError(
            "the request names no sources", hint="select some, or all: --select all"
        )
    return RebuildRequest(
        archive=name,
        selection=body.selection or "all",
        filters=filters,
        is_no_change=body.no_change,
        **body.model_dump(exclude={"selection", "dry_run", "no_change", *Filters.__slots__}),
    )
