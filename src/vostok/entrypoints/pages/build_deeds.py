"""What the pages do to builds, to one or to those of a campaign that a filter leaves."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.documents import BuildView
from vostok.domain.access import Principal, require
from vostok.domain.build import BuildState
from vostok.domain.build_change import REASON_CHARACTERS_MAX, SCORE_MAX, BuildChange
from vostok.entrypoints.pages.addresses import build_path, campaign_path
from vostok.entrypoints.pages.asked import number_in_path, wants_json
from vostok.entrypoints.pages.campaign_deeds import DONE, USUAL_STATE, state_words
from vostok.entrypoints.pages.package_table import TableQuery, table_query
from vostok.entrypoints.pages.responses import data, page, status_of
from vostok.entrypoints.pages.scores import typed_score
from vostok.entrypoints.pages.table_columns import CHANGED_BUILDS, REFUSED_BUILDS
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door, Form, asker, reader_of, redirection
from vostok.errors import ConflictError, InvalidInputError, NotFoundError
from vostok.services.building.build_changes import ACTIONS, BuildChoice, ChangedBuilds
from vostok.services.describing.build_changes import changes_document

SHOWN_MAX: Final = 100
"""Builds of each list on the page that asks whether to go on; of the others the number is told."""

_BUILD: Final = "/archives/{name}/builds/{source}/{rebuild_no}/{architecture}"
_CAMPAIGN: Final = "/archives/{name}/campaigns/{number}"


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the forms, and the pages that ask whether to go on."""
    for change in BuildChange:
        _add_for_one(router, door, change, services)
        _add_for_many(router, door, change, services)


def _add_for_one(router: APIRouter, door: Door, change: BuildChange, services: Services) -> None:
    def done(request: Request, sent: Form) -> Response:
        build = _addressed(request)
        _change_one(services, asker(request), change, build, sent)
        return redirection(build_path(build))

    door.add_deed(router, f"{_BUILD}/{change}", done)


def _add_for_many(router: APIRouter, door: Door, change: BuildChange, services: Services) -> None:
    def asked(request: Request) -> Response:
        return shown(request, _meant(request, change, request.query_params))

    def shown(
        request: Request,
        meant: _Meant,
        *,
        fault: InvalidInputError | None = None,
        sent: Form | None = None,
    ) -> Response:
        require(asker(request), ACTIONS[change], meant.archive)
        campaign = reader_of(request).campaign_alone(meant.archive, meant.campaign)
        found = services.build_changes.plan(asker(request), change, meant.choice)
        if wants_json(request) or wants_csv(request):
            return _tables(request, found)
        return page(
            request,
            "build-changes.html",
            200 if fault is None else status_of(fault),
            now=reader_of(request).now(),
            change=change.value,
            done=DONE[change],
            campaign=campaign,
            query=meant.query,
            whole=meant.query.address(),
            reason_characters_max=REASON_CHARACTERS_MAX,
            score_max=SCORE_MAX,
            fault=fault,
            sent=sent or Form([]),
            state_words=state_words(meant.query.state),
            changed=found.changed[:SHOWN_MAX],
            changed_total=len(found.changed),
            refused=found.refused[:SHOWN_MAX],
            refused_total=len(found.refused),
            codes=dict(Counter(refused.code for refused in found.refused).most_common()),
        )

    def done(request: Request, sent: Form) -> Response:
        given = {name: sent.text(name) for name in ("state", "architecture", "q")}
        meant = _meant(request, change, given)
        try:
            found = _change_many(services, asker(request), change, meant.choice, sent)
        except InvalidInputError as fault:  # of a field; what is not there the page says itself
            return shown(request, meant, fault=fault, sent=sent)
        return redirection(
            campaign_path(meant.archive, meant.campaign),
            **{DONE[change]: len(found.changed), "refused": len(found.refused) or None},
        )

    for suffix in (".json", ".csv", ""):
        door.add_page(router, f"{_CAMPAIGN}/{change}{suffix}", asked)
    door.add_deed(router, f"{_CAMPAIGN}/{change}", done)


def _tables(request: Request, found: ChangedBuilds) -> Response:
    """Both lists whole, for programs."""
    document = changes_document(found, dry_run=True)
    if wants_json(request):
        return data(document)
    return csv_answer(
        request,
        Table(name="changed", columns=CHANGED_BUILDS, rows=document["changed"]),
        Table(name="refused", columns=REFUSED_BUILDS, rows=document["refused"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meant:
    """The builds of a campaign that a filter leaves."""

    archive: str
    campaign: int
    query: TableQuery

    @property
    def choice(self) -> BuildChoice:
        """The same, for the service.

        Raises:
            InvalidInputError: there is no such state.
        """
        return BuildChoice(
            archive=self.archive,
            campaign=self.campaign,
            states=[_state(word) for word in sorted(self.query.states)],
            architecture=self.query.architecture or None,
            text=self.query.text,
        )


def _meant(request: Request, change: BuildChange, given: Mapping[str, str]) -> _Meant:
    state = given.get("state") or USUAL_STATE[change]
    return _Meant(
        archive=request.path_params["name"],
        campaign=number_in_path(request, "number", "campaign"),
        query=table_query(
            {
                "state": state,
                "architecture": given.get("architecture", ""),
                "q": given.get("q", ""),
            }
        ),
    )


def _change_one(
    services: Services, who: Principal, change: BuildChange, build: BuildView, sent: Form
) -> None:
    match change:
        case BuildChange.RETRY:
            services.builds.retry(who, build["id"], reason=_reason(sent))
        case BuildChange.CANCEL:
            services.builds.cancel(who, build["id"], reason=_reason(sent))
        case BuildChange.RESCORE:
            choice = BuildChoice(archive=build["archive"], ids=[build["id"]])
            for refused in _change_many(services, who, change, choice, sent).refused:
                raise ConflictError(refused.sentence, hint=refused.hint, reason=refused.code)


def _change_many(
    services: Services, who: Principal, change: BuildChange, choice: BuildChoice, sent: Form
) -> ChangedBuilds:
    changes, reason = services.build_changes, _reason(sent)
    match change:
        case BuildChange.RETRY:
            return changes.retry(who, choice, reason=reason)
        case BuildChange.CANCEL:
            return changes.cancel(who, choice, reason=reason)
        case BuildChange.RESCORE:
            require(who, ACTIONS[change], choice.archive)
            return changes.rescore(who, choice, typed_score(sent.text("score")), reason=reason)


def _reason(sent: Form) -> str | None:
    """What was typed into the field, which may stay empty."""
    return sent.text("reason").strip() or None


def _state(word: str) -> BuildState:
    try:
        return BuildState(word)
    except ValueError:
        raise InvalidInputError(f"{word[:60]!r} is not a state of builds") from None


def _addressed(request: Request) -> BuildView:
    """The build whose page the form was on.

    Raises:
        NotFoundError: there is none, as far as whoever asks may know.
    """
    name, source = request.path_params["name"], request.path_params["source"]
    architecture = request.path_params["architecture"]
    rebuild_no = number_in_path(request, "rebuild_no", "build")
    for build in reader_of(request).build_slot(name, source, architecture):
        if build["rebuild_no"] == rebuild_no:
            return build
    raise NotFoundError(f"archive {name} has no build {rebuild_no} of {source} on {architecture}")
