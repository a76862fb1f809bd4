"""The API under `/api/v1`. Long work answers 202 with a job."""

import base64
import binascii
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from vostok import __version__
from vostok.bootstrap import Services
from vostok.domain.access import Principal
from vostok.domain.archive import Keep, Serve
from vostok.domain.build import Build
from vostok.domain.campaign import Plan
from vostok.domain.comparison import Group
from vostok.domain.derivation import PARENTS_MAX, DerivationMode, OnRemoval, Unbuilt
from vostok.domain.toolchain import parse_spec
from vostok.domain.toolchain_preflight import Preflight
from vostok.errors import InvalidInputError
from vostok.services.comparing import CompareRequest
from vostok.services.comparison_document import (
    DIFFERENCES_PER_PAGE,
    DIFFERENCES_PER_PAGE_MAX,
    ComparisonView,
    Page,
    comparison_document,
)
from vostok.services.deriving import DeriveRequest
from vostok.services.describing import (
    decision_document,
    derivation_document,
    job_document,
    plan_document,
    sync_plan_document,
    toolchain_document,
    workload_document,
)
from vostok.services.documents import (
    ArchiveView,
    BuildView,
    CampaignView,
    ChangedArchive,
    DeletionView,
    DerivationPlanView,
    DerivationView,
    EstimateView,
    JobView,
    PreviewView,
    PublicationView,
    SyncPlanView,
    TakenSourceView,
    ToolchainView,
)
from vostok.services.import_request import ImportRequest
from vostok.services.overview import Overview
from vostok.services.previewing import SOURCES_SHOWN_MAX, preview_document
from vostok.services.rebuilding import RebuildRequest
from vostok.services.syncing import SyncRequest
from vostok.services.toolchains import ArchivePreflight

TEXT_LENGTH_MAX = 2_000_000
KEYRING_LENGTH_MAX = 6_000_000
LIST_LENGTH_MAX = 1_000
OFFSET_MAX = 1 << 50
NUMBER_MAX = (1 << 31) - 1


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("holds a null character, which no database keeps")
    return text


Name = Annotated[str, Field(max_length=200), AfterValidator(_without_nul)]
Text = Annotated[str, Field(max_length=TEXT_LENGTH_MAX), AfterValidator(_without_nul)]
Names = Annotated[list[Name], Field(max_length=LIST_LENGTH_MAX)]
NameInPath = Annotated[Name, Path()]
NumberInPath = Annotated[int, Path(ge=1, le=NUMBER_MAX)]
IdempotencyKey = Annotated[Name | None, Header()]
Document = dict[str, Any]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ImportBody(_Body):
    """Suites to import. Without a mirror the server's own apt configuration names it.

    `mirrors` are those of architectures that lie elsewhere; `signed_by` are fingerprints.
    """

    name: Name
    suites: Annotated[list[Name], Field(min_length=1, max_length=LIST_LENGTH_MAX)]
    components: Names = ["main"]
    architectures: Names = []
    mirror: Name | None = None
    mirrors: Annotated[dict[Name, Name], Field(max_length=LIST_LENGTH_MAX)] = {}
    keyring_base64: Annotated[str, Field(max_length=KEYRING_LENGTH_MAX)] | None = None
    signed_by: Names = []
    allow_expired: bool = False
    udebs: bool = False
    translations: bool = True


class _DerivationBody(_Body):
    parents: Annotated[list[Text], Field(min_length=1, max_length=PARENTS_MAX)]
    selection: Text = "all"
    architectures: Names | None = None
    toolchain: Name | None = None
    tag: Name | None = None
    mode: DerivationMode = DerivationMode.FULL
    unbuilt: Unbuilt = Unbuilt.PARENT
    on_removal: OnRemoval = OnRemoval.DROP
    keep: Keep = Keep.NEEDED
    serve: Serve = Serve.FETCH


class SyncBody(_Body):
    """A sync with the parents. A dry run decides the same and stores nothing."""

    hold: Text | None = None
    dry_run: bool = False


class SelectionBody(_Body):
    """A selection of sources. A dry run decides the same and stores nothing."""

    selection: Text
    dry_run: bool = False


class DeriveBody(_DerivationBody):
    """An archive to derive."""

    name: Name


class DerivationEstimateBody(_DerivationBody):
    """An archive of which to say what it would be; without a name, no name is checked."""

    name: Name | None = None
    builders: int | None = None


class StorageBody(_Body):
    """Which of its parents' files an archive keeps and how it serves them; null: as before."""

    keep: Keep | None = None
    serve: Serve | None = None


class VerifyBody(_Body):
    """How large a share of the files is read, in per cent."""

    percent: Annotated[float, Field(gt=0, le=100)] = 100.0


class CollectBody(_Body):
    """A dry run removes nothing."""

    dry_run: bool = False


class ToolchainBody(_Body):
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


class PreviewBody(_Body):
    """A selection to try on a suite: `ARCHIVE/SUITE`, or an archive of one suite."""

    parent: Name
    selection: Text
    architectures: Names | None = None
    offset: Annotated[int, Field(ge=0, le=NUMBER_MAX)] = 0
    limit: Annotated[int, Field(ge=0, le=SOURCES_SHOWN_MAX)] = 1_000


class ComparisonBody(_Body):
    """Two references `ARCHIVE[/SUITE][@NUMBER or DATE]`, and which differences are listed."""

    left: Name
    right: Name
    selection: Text | None = None
    group: Group | None = None
    offset: Annotated[int, Field(ge=0, le=NUMBER_MAX)] = 0
    limit: Annotated[int, Field(ge=0, le=DIFFERENCES_PER_PAGE_MAX)] = DIFFERENCES_PER_PAGE


class CampaignBody(_Body):
    """A rebuild request. A dry run decides the same and stores nothing."""

    selection: Text
    reason: Text
    toolchain: Name | None = None
    architectures: Names | None = None
    dry_run: bool = False


class RebuildEstimateBody(_Body):
    """A rebuild of which to say what it would take. A null toolchain is the archive's own."""

    selection: Text
    reason: Text = "an estimate"
    toolchain: Name | None = None
    architectures: Names | None = None
    builders: int | None = None


def create_router(services: Services) -> APIRouter:
    """The API's routes over the services."""
    router = APIRouter(prefix="/api/v1", generate_unique_id_function=lambda route: route.name)
    bearer = HTTPBearer(auto_error=False, description="The administrator's token: admin.token")

    def principal(
        shown: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    ) -> Principal:
        return services.people.principal(None if shown is None else shown.credentials.strip())

    asker = Annotated[Principal, Depends(principal)]
    _add_archive_routes(router, services, asker)
    _add_storage_routes(router, services, asker)
    _add_selection_routes(router, services, asker)
    _add_derivation_routes(router, services, asker)
    _add_estimate_routes(router, services, asker)
    _add_comparison_routes(router, services, asker)
    _add_toolchain_routes(router, services, asker)
    _add_build_routes(router, services, asker)
    _add_job_routes(router, services, asker)
    return router


def _add_archive_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    def seen(who: Principal) -> Overview:
        return services.overview.seen_by(who)

    @router.get("/status")
    def status(request: Request, who: asker) -> Document:
        """The server's version and the builders it has heard of."""
        return {
            "version": __version__,
            "url": str(request.base_url).rstrip("/"),
            "builders": seen(who).builders(),
        }

    @router.get("/archives")
    def archives(who: asker) -> dict[str, list[ArchiveView]]:
        """All archives."""
        return {"archives": seen(who).archives()}

    @router.post("/archives/import", status_code=202)
    def import_suite(body: ImportBody, who: asker) -> JobView:
        """Import suites of somebody else's archive."""
        job = services.importing.request(
            who,
            ImportRequest(
                name=body.name,
                suites=body.suites,
                components=body.components,
                architectures=body.architectures,
                mirror=body.mirror,
                mirrors=body.mirrors,
                keyring=_decoded(body.keyring_base64),
                fingerprints=body.signed_by,
                is_expired_allowed=body.allow_expired,
                has_udebs=body.udebs,
                has_translations=body.translations,
            ),
        )
        return job_document(job)

    @router.post("/archives", status_code=202)
    def derive(body: DeriveBody, who: asker, idempotency_key: IdempotencyKey = None) -> JobView:
        """Derive an archive. Sent again with the same key, the same request is the same job."""
        request = DeriveRequest(**body.model_dump(), idempotency_key=idempotency_key)
        return job_document(services.deriving.request(who, request))

    @router.get("/archives/{name}")
    def archive(name: NameInPath, who: asker) -> ArchiveView:
        """One archive."""
        return seen(who).archive(name)

    @router.post("/archives/{name}/publications", status_code=202)
    def publish(name: NameInPath, who: asker) -> JobView:
        """Publish an archive."""
        return job_document(services.publishing.request(who, name))

    @router.get("/archives/{name}/publications")
    def publications(name: NameInPath, who: asker) -> dict[str, list[PublicationView]]:
        """The publications of an archive, the newest first."""
        return {"publications": seen(who).publications(name)}


def _add_storage_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - as above
    @router.patch("/archives/{name}")
    def change(name: NameInPath, body: StorageBody, who: asker) -> ChangedArchive:
        """Say which files an archive keeps, and how clients get those that are not here."""
        job = services.keeping.set(who, name, keep=body.keep, serve=body.serve)
        return {
            "archive": services.overview.seen_by(who).archive(name),
            "job": None if job is None else job_document(job),
        }

    @router.post("/store/stats", status_code=202)
    def store_stats(who: asker) -> JobView:
        """Count what is stored, for what and for whom; the job's result tells."""
        return job_document(services.storing.request_stats(who))

    @router.post("/store/verify", status_code=202)
    def store_verify(body: VerifyBody, who: asker) -> JobView:
        """Read files again and set corrupt ones aside; look for files that are missing."""
        return job_document(services.storing.request_verification(who, percent=body.percent))

    @router.post("/store/collect", status_code=202)
    def store_collect(body: CollectBody, who: asker) -> JobView:
        """Remove what nobody names."""
        return job_document(services.storing.request_collection(who, dry_run=body.dry_run))

    @router.get("/archives/{name}/deletion")
    def deletion(name: NameInPath, who: asker) -> DeletionView:
        """What a deletion would take away and what would stay; nothing is done."""
        return services.deleting.preview(who, name)

    @router.delete("/archives/{name}", status_code=202)
    def delete(name: NameInPath, who: asker) -> JobView:
        """Delete an archive with everything that is only its own."""
        return job_document(services.deleting.request(who, name))


def _add_selection_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - as above
    @router.post("/selections/preview", response_model=PreviewView)
    def preview(body: PreviewBody, who: asker) -> Response:
        """What a selection takes, with the reason for each source. Nothing is stored."""
        found = services.previewing.preview(who, **body.model_dump())
        # Not checked against its own description again: a list of all of Debian is long.
        return JSONResponse(
            dict(preview_document(found, selection=body.selection, offset=body.offset))
        )


def _add_derivation_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - as above
    def changed(
        who: Principal, wanted: SyncRequest, response: Response, *, dry_run: bool
    ) -> JobView | SyncPlanView:
        if dry_run:
            response.status_code = 200
            return sync_plan_document(services.syncing.plan(who, wanted))
        return job_document(services.syncing.request(who, wanted))

    @router.post("/archives/{name}/syncs", status_code=202)
    def sync(
        name: NameInPath, body: SyncBody, who: asker, response: Response
    ) -> JobView | SyncPlanView:
        """Sync an archive with its parents; with `dry_run` (200) only say what would be."""
        wanted = SyncRequest(archive=name, moves=True, hold=body.hold)
        return changed(who, wanted, response, dry_run=body.dry_run)

    @router.post("/archives/{name}/selections", status_code=202)
    def select(
        name: NameInPath, body: SelectionBody, who: asker, response: Response
    ) -> JobView | SyncPlanView:
        """Give an archive another selection; its parents stay where they are."""
        wanted = SyncRequest(archive=name, selection=body.selection)
        return changed(who, wanted, response, dry_run=body.dry_run)

    @router.post("/archives/{name}/removals", status_code=202)
    def remove(
        name: NameInPath, body: SelectionBody, who: asker, response: Response
    ) -> JobView | SyncPlanView:
        """Take sources out of an archive; they stay out at every sync."""
        wanted = SyncRequest(archive=name, remove=body.selection)
        return changed(who, wanted, response, dry_run=body.dry_run)

    @router.post("/archives/{name}/restorations", status_code=202)
    def restore(
        name: NameInPath, body: SelectionBody, who: asker, response: Response
    ) -> JobView | SyncPlanView:
        """Take removed sources in again."""
        wanted = SyncRequest(archive=name, restore=body.selection)
        return changed(who, wanted, response, dry_run=body.dry_run)

    @router.get("/archives/{name}/derivations")
    def derivations(name: NameInPath, who: asker) -> dict[str, list[DerivationView]]:
        """The derivations of an archive, the newest first."""
        found = services.syncing.derivations(who, name)
        return {"derivations": [derivation_document(derivation) for derivation in found]}

    @router.get("/archives/{name}/derivations/{number}")
    def derivation(name: NameInPath, number: NumberInPath, who: asker) -> DerivationView:
        """One derivation, with what was decided about each source that it did not leave alone."""
        found, decisions = services.syncing.decisions(who, name, number)
        return {
            **derivation_document(found),
            "decisions": [decision_document(decision) for decision in decisions],
        }

    @router.get("/archives/{name}/sources")
    def taken_sources(name: NameInPath, who: asker) -> dict[str, list[TakenSourceView]]:
        """The sources that an archive takes, with the reason of each."""
        taken = services.syncing.taken(who, name)
        return {"sources": [{"source": s, "reason": reason} for s, reason in taken.items()]}


def _add_estimate_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - as above
    @router.post("/archives/estimate")
    def estimate_derivation(body: DerivationEstimateBody, who: asker) -> DerivationPlanView:
        """Say what an archive would be and what building it would take; nothing is stored."""
        fields = body.model_dump(exclude={"name", "builders"})
        request = DeriveRequest(name=body.name or "", **fields)
        return plan_document(services.deriving.estimate(who, request, builders=body.builders))

    @router.post("/archives/{name}/campaigns/estimate")
    def estimate_rebuild(name: NameInPath, body: RebuildEstimateBody, who: asker) -> EstimateView:
        """Say what a rebuild would take; nothing is stored."""
        asked = RebuildRequest(archive=name, **body.model_dump(exclude={"builders"}))
        _, expected = services.rebuilding.estimate(who, asked, builders=body.builders)
        return workload_document(expected)


def _add_comparison_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - as above
    def document(asked: ComparisonBody, who: Principal) -> Response:
        request = CompareRequest(left=asked.left, right=asked.right, selection=asked.selection)
        page = Page(group=asked.group, offset=asked.offset, limit=asked.limit)
        compared = services.comparing.compare(who, request)
        # Not checked against its own description again: a page of it is long.
        return JSONResponse(dict(comparison_document(compared, page, asked.selection)))

    @router.get("/comparisons", response_model=ComparisonView)
    def comparison(  # noqa: PLR0913, PLR0917 - each parameter is a field of the query
        left: Name,
        right: Name,
        who: asker,
        selection: Name | None = None,
        group: Group | None = None,
        offset: Annotated[int, Query(ge=0, le=NUMBER_MAX)] = 0,
        limit: Annotated[int, Query(ge=0, le=DIFFERENCES_PER_PAGE_MAX)] = DIFFERENCES_PER_PAGE,
    ) -> Response:
        """What differs between two archives, snapshots or publications: counts, and a page."""
        asked = ComparisonBody(
            left=left, right=right, selection=selection, group=group, offset=offset, limit=limit
        )
        return document(asked, who)

    @router.post("/comparisons", response_model=ComparisonView)
    def compare(asked: ComparisonBody, who: asker) -> Response:
        """The same for a selection that is too long for an address. Nothing is stored."""
        return document(asked, who)


def _add_toolchain_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - as above
    @router.get("/toolchains")
    def toolchains(who: asker) -> dict[str, list[ToolchainView]]:
        """All toolchains at their newest revisions."""
        return {"toolchains": services.overview.seen_by(who).toolchains()}

    @router.post("/toolchains", status_code=201)
    def create(body: ToolchainBody, who: asker, response: Response) -> ToolchainView:
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
    def preflight(name: NameInPath, archive: Name, who: asker) -> Document:
        """What builds of an archive would get from a toolchain."""
        return _preflight_document(services.toolchains.preflight(who, name, archive))


def _add_build_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401, C901 - as above; a list of routes
    def seen(who: Principal) -> Overview:
        return services.overview.seen_by(who)

    @router.post("/archives/{name}/campaigns", status_code=202)
    def request_rebuild(
        name: NameInPath, body: CampaignBody, who: asker, response: Response
    ) -> Document:
        """Rebuild sources; with `dry_run` (200) only say what would be."""
        asked = RebuildRequest(archive=name, **body.model_dump(exclude={"dry_run"}))
        if body.dry_run:
            response.status_code = 200
            plan, expected = services.rebuilding.estimate(who, asked)
            return {**_plan_document(plan), "estimate": workload_document(expected)}
        campaign, job = services.rebuilding.request(who, asked)
        document = seen(who).campaign_alone(name, campaign.number)
        return {"campaign": document, "job": job_document(job)}

    @router.get("/archives/{name}/campaigns")
    def campaigns(name: NameInPath, who: asker) -> dict[str, list[CampaignView]]:
        """The campaigns of an archive, the newest first."""
        return {"campaigns": seen(who).campaigns(name)}

    @router.get("/archives/{name}/campaigns/{number}")
    def campaign(name: NameInPath, number: NumberInPath, who: asker) -> CampaignView:
        """One campaign with its builds."""
        return seen(who).campaign(name, number)

    @router.get("/builds/{build_id}")
    def build(build_id: NumberInPath, who: asker) -> BuildView:
        """One build with attempts, files, proof and events."""
        return seen(who).build(build_id)

    @router.get("/builds/{build_id}/log", response_class=Response)
    def log(
        build_id: NumberInPath,
        who: asker,
        attempt: Annotated[int | None, Query(ge=1, le=NUMBER_MAX)] = None,
        offset: Annotated[int, Query(ge=0, le=OFFSET_MAX)] = 0,
    ) -> Response:
        """A piece of a log from an offset on.

        X-Log-Size is the size of the log so far; X-Log-Complete says whether it ends with this
        piece.
        """
        piece, is_complete = seen(who).log_of(build_id, attempt, offset)
        log_bytes = seen(who).log_bytes(build_id, attempt)
        return Response(
            piece,
            media_type="text/plain; charset=utf-8",
            headers={
                "X-Log-Size": str(log_bytes),
                "Cache-Control": "no-cache",
                "X-Log-Complete": "yes" if is_complete else "no",
                "X-Content-Type-Options": "nosniff",
            },
        )

    def shown(build: Build, who: Principal) -> BuildView:
        return seen(who).build(build.id)

    @router.post("/builds/{build_id}/retry")
    def retry(build_id: NumberInPath, who: asker) -> BuildView:
        """Have a failed build tried again."""
        return shown(services.builds.retry(who, build_id), who)

    @router.post("/builds/{build_id}/cancel")
    def cancel(build_id: NumberInPath, who: asker) -> BuildView:
        """Stop a build."""
        return shown(services.builds.cancel(who, build_id), who)


def _add_job_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - as above
    @router.get("/jobs")
    def jobs(who: asker, archive: Name | None = None) -> dict[str, list[JobView]]:
        """The newest jobs."""
        return {"jobs": services.overview.seen_by(who).jobs(archive)}

    @router.get("/jobs/{job_id}")
    def job(job_id: NameInPath, who: asker) -> JobView:
        """One job."""
        return job_document(services.jobs.show(who, job_id))

    @router.post("/jobs/{job_id}/cancel")
    def cancel_job(job_id: NameInPath, who: asker) -> JobView:
        """Have a job stop at its next step."""
        return job_document(services.jobs.cancel(who, job_id))


def _decoded(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise InvalidInputError(f"keyring_base64 is not base64: {error}") from None


def _plan_document(plan: Plan) -> Document:
    return {
        "accepted": [
            {
                "source": build.source,
                "source_version": build.source_version,
                "architecture": build.architecture,
                "part": build.part,
                "rebuild_no": build.rebuild_no,
                "version": build.version,
                "version_before": build.version_before,
            }
            for build in plan.accepted
        ],
        "refused": [
            {"source": refusal.source, "code": refusal.code, "sentence": refusal.sentence}
            for refusal in plan.refused
        ],
    }


def _preflight_document(found: ArchivePreflight) -> Document:
    return {
        "toolchain": {"name": found.toolchain.name, "revision": found.toolchain.revision},
        "archive": found.archive,
        "suite": found.suite,
        "architectures": {
            architecture: _architecture_document(answer)
            for architecture, answer in found.architectures.items()
        },
        "names_compiler_itself": [
            {"source": source, "relation": relation}
            for source, relation in found.names_compiler_itself
        ],
        "problems": [
            {"architecture": architecture, "sentence": problem.sentence, "hint": problem.hint}
            for architecture, answer in found.architectures.items()
            for problem in answer.problems
        ],
    }


def _architecture_document(answer: Preflight) -> Document:
    return {
        "tools": [row.as_json() for row in answer.tools],
        "kept": [{"driver": kept.driver, "sentence": kept.sentence} for kept in answer.kept],
        "notes": list(answer.notes),
    }
