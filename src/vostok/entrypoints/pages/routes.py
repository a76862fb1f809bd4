"""The addresses of the pages. Each is a page and, with `.json`, its content as data.

Those that have tables are these with `.csv`.
"""

from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vostok.documents import AttemptView, BuildView, JobView
from vostok.domain.build import (
    CANCELLABLE_STATES,
    LIVE_STATES,
    RETRIABLE_STATES,
    BuildState,
    Reach,
)
from vostok.domain.build_change import REASON_CHARACTERS_MAX, RESCORABLE_STATES, SCORE_MAX
from vostok.domain.job import JobKind, JobState
from vostok.entrypoints.pages import (
    addresses,
    campaign_deeds,
    listing_archives,
    listing_campaigns,
    log_text,
    package_table,
)
from vostok.entrypoints.pages.asked import is_number, number_in_path, wants_json
from vostok.entrypoints.pages.build_tables import build_tables
from vostok.entrypoints.pages.campaign_data import campaign_data, rows_of_page
from vostok.entrypoints.pages.job_lines import with_ends
from vostok.entrypoints.pages.list_pieces import list_piece
from vostok.entrypoints.pages.looks import (
    UNFINISHED_ARCHIVES,
    UNFINISHED_BUILDS,
    UNFINISHED_CAMPAIGNS,
    UNFINISHED_JOBS,
)
from vostok.entrypoints.pages.narrowing import narrowing
from vostok.entrypoints.pages.parent_news import newer_states
from vostok.entrypoints.pages.quotas import gauges
from vostok.entrypoints.pages.rendering import STATIC
from vostok.entrypoints.pages.responses import data, page, plain, static_file
from vostok.entrypoints.pages.sent_once import new_key
from vostok.entrypoints.pages.table_columns import (
    BUILDS,
    CAMPAIGNS,
    JOB_LINES,
    JOBS,
    PROGRESS,
    PUBLICATIONS,
    REVISIONS,
    TOOLCHAINS,
)
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.toolchain_proofs import proofs_of
from vostok.entrypoints.pages.visits import Door, Page, reader_of, server_url, visit_of
from vostok.errors import NotFoundError
from vostok.services.describing import filtering

# Records of a slot that are shown side by side; all of them are in the JSON.
RECORDS_MAX = 12
EVENTS_MAX = 200
"""Of a record, the newest; a build that is retried day by day has more."""
# What a page lists of things that only grow; the rest is in the JSON.
LISTED_MAX = 100
PUBLICATIONS_MAX = 10
ENDED_JOBS_MAX = 5

_BUILD = "/archives/{name}/builds/{source}/{rebuild_no}/{architecture}"


def add_routes(router: APIRouter, door: Door) -> None:
    """Add all pages that are only looked at."""
    pages = _Pages()

    def add(path: str, endpoint: Page) -> None:
        door.add_page(router, path, endpoint)

    add("/", pages.home)
    add("/static/{file}", pages.static)
    for suffix in (".json", ".csv", ""):
        add(f"/toolchains{suffix}", pages.toolchains)
        add(f"/jobs{suffix}", pages.jobs)
        add(f"/toolchains/{{name}}{suffix}", pages.toolchain)
        add(f"/jobs/{{identifier}}{suffix}", pages.job)
        add(f"/archives/{{name}}/campaigns/{{number}}{suffix}", pages.campaign)
        add(f"{_BUILD}{suffix}", pages.build)
    for suffix in (".json", ".csv"):
        add(f"/jobs/{{identifier}}/log{suffix}", pages.job_log)
    for suffix in (".json", ""):
        add(f"{_BUILD}/log{suffix}", pages.log)
    add(f"{_BUILD}/attempts/{{attempt}}/{{log_name}}", pages.plain_log)
    listing_archives.add_routes(router, door)
    listing_campaigns.add_routes(router, door)
    add("/archives/{name}.json", pages.archive)
    add("/archives/{name}.csv", pages.archive)
    add("/archives/{name}.sources", pages.stanza)
    add("/archives/{name}/", pages.archive)
    add("/archives/{name}", pages.archive_without_slash)


class _Pages:
    """One method for each page: read, arrange, render."""

    def home(self, _request: Request) -> Response:
        return RedirectResponse("/archives")

    def static(self, request: Request) -> Response:
        name = request.path_params["file"]
        if name not in STATIC:
            raise NotFoundError(f"no file {name!r} belongs to the pages")
        return static_file(*STATIC[name])

    def archive(self, request: Request) -> Response:
        name = request.path_params["name"]
        archive = reader_of(request).archive(name)
        campaigns = reader_of(request).campaigns(name)
        publications = reader_of(request).publications(name)
        jobs = reader_of(request).jobs(name)
        if wants_json(request):
            return data(
                {
                    "archive": archive,
                    "campaigns": campaigns,
                    "publications": publications,
                    "jobs": jobs,
                }
            )
        if wants_csv(request):
            return csv_answer(
                request,
                Table(name="campaigns", columns=CAMPAIGNS, rows=campaigns),
                Table(name="publications", columns=PUBLICATIONS, rows=publications),
            )
        children = reader_of(request).children(name)
        return page(
            request,
            "archive.html",
            now=reader_of(request).now(),
            archive=archive,
            newer=newer_states(reader_of(request), archive),
            children=children[:LISTED_MAX],
            children_total=len(children),
            campaigns=campaigns[:LISTED_MAX],
            campaigns_total=len(campaigns),
            publications=publications[:PUBLICATIONS_MAX],
            publications_total=len(publications),
            jobs=[job for job in jobs if job["state"] in UNFINISHED_JOBS][:LISTED_MAX],
            ended=[job for job in jobs if _ended(job)][:ENDED_JOBS_MAX],
            last_import=next((job for job in jobs if job["kind"] == "import"), None),
            import_key=new_key(),
            server=server_url(request),
            stanza_url=server_url(request) + addresses.path_of("archives", name),
            gauges=gauges(archive["quota"]) if "quota" in archive else [],
            live=archive["state"] in UNFINISHED_ARCHIVES
            or any(job["state"] in UNFINISHED_JOBS for job in jobs)
            or any(campaign["state"] in UNFINISHED_CAMPAIGNS for campaign in campaigns),
        )

    def archive_without_slash(self, request: Request) -> Response:
        return RedirectResponse(addresses.archive_path(request.path_params["name"]))

    def stanza(self, request: Request) -> Response:
        archive = reader_of(request).archive(request.path_params["name"])
        stanza = archive.get("stanza")
        if not stanza:
            raise NotFoundError(
                f"archive {archive['name']} has no stanza for apt: nothing is published from it"
            )
        return plain(stanza.rstrip("\n") + "\n")

    def campaign(self, request: Request) -> Response:
        name = request.path_params["name"]
        number = number_in_path(request, "number", "campaign")
        if wants_json(request):
            return campaign_data(request, name, number)
        if wants_csv(request):
            query = package_table.table_query(request.query_params)
            rows = reader_of(request).all_builds(name, number, query.builds)
            pieces = reader_of(request).progress(name, number)["pieces"]
            return csv_answer(
                request,
                Table(name="builds", columns=BUILDS, rows=rows),
                Table(name="progress", columns=PROGRESS, rows=pieces),
            )
        query, campaign = rows_of_page(request, name, number)
        return page(
            request,
            "campaign.html",
            now=reader_of(request).now(),
            server=server_url(request),
            campaign=campaign,
            query=query,
            groups=package_table.GROUPS,
            found=campaign.get("found", 0),
            rows=campaign.get("builds", []),
            pages=package_table.page_count(campaign.get("found", 0)),
            progress=reader_of(request).progress(name, number),
            live=campaign["state"] in UNFINISHED_CAMPAIGNS,
            deeds=[
                deed
                for deed in campaign_deeds.offered(query, campaign.get("counts") or {})
                if visit_of(request).may(deed.action, name)
            ],
            told=campaign_deeds.told(request.query_params),
        )

    def build(self, request: Request) -> Response:
        slot, record = self._slot(request)
        build = reader_of(request).build(record["id"])
        if wants_json(request):
            return data({"build": build, "slot": slot})
        attempts = build.get("attempts", [])
        if wants_csv(request):
            return csv_answer(request, *build_tables(build, slot))
        running = next((attempt for attempt in attempts if not attempt.get("outcome")), None)
        unfinished = build["state"] in UNFINISHED_BUILDS
        return page(
            request,
            "build.html",
            now=reader_of(request).now(),
            build=build,
            records=_records(slot, record),
            records_total=len(slot),
            attempts=sorted(attempts, key=lambda attempt: -attempt["number"]),
            longest=max((_total_seconds(attempt) for attempt in attempts), default=0),
            glimpse=self._tail(request, build, running, log_text.GLIMPSE_BYTES)
            if running
            else None,
            running=running,
            happened=build.get("events", [])[-EVENTS_MAX:],
            live=unfinished,
            can_retry=build["state"] in RETRIABLE_STATES and not _is_followed(slot, build),
            can_cancel=build["state"] in CANCELLABLE_STATES,
            can_rescore=build["state"] in RESCORABLE_STATES,
            score_max=SCORE_MAX,
            reason_characters_max=REASON_CHARACTERS_MAX,
        )

    def log(self, request: Request) -> Response:
        _, build = self._slot(request)
        attempt = _attempt(request.query_params.get("attempt"), build)
        if wants_json(request):
            return self._log_json(request, build, attempt)
        piece = self._tail(request, build, attempt) if attempt else None
        return page(
            request,
            "log.html",
            now=reader_of(request).now(),
            build=build,
            attempt=attempt,
            attempts=build.get("attempts", []),
            piece=piece,
            live=not piece.is_complete if piece else build["state"] in UNFINISHED_BUILDS,
        )

    def plain_log(self, request: Request) -> Response:
        _, build = self._slot(request)
        attempt = _attempt(request.path_params["attempt"], build)
        if attempt is None:
            raise NotFoundError("this build has no attempt yet, so it has no log")
        if request.path_params["log_name"] != addresses.log_name(build, attempt):
            return RedirectResponse(addresses.plain_log_path(build, attempt))
        return plain(log_text.whole(self._pieces(request, build, attempt)))

    def jobs(self, request: Request) -> Response:
        archive = request.query_params.get("archive") or None
        narrowed = narrowing(request, kind=JobKind, state=JobState)
        jobs = reader_of(request).jobs(archive, narrowed.wanted)
        if wants_json(request):
            return data({"jobs": jobs})
        if wants_csv(request):
            return csv_answer(request, Table(name="jobs", columns=JOBS, rows=jobs))
        return page(
            request,
            "jobs.html",
            now=reader_of(request).now(),
            archive=archive,
            piece=list_piece(
                request,
                "/jobs",
                sorted(jobs, key=_ended),
                rows_max=LISTED_MAX,
                narrowed=narrowed.of("archive", archive or ""),
            ),
            live=any(job["state"] in UNFINISHED_JOBS for job in jobs),
        )

    def job(self, request: Request) -> Response:
        job = reader_of(request).job(request.path_params["identifier"])
        if wants_json(request):
            return data(job)
        if wants_csv(request):
            return csv_answer(request, Table(name="job", columns=JOBS, rows=[job]))
        live = job["state"] in UNFINISHED_JOBS
        return page(
            request,
            "job.html",
            now=reader_of(request).now(),
            job=job,
            lines=with_ends(reader_of(request).job_log(str(job["id"]))),
            live=live,
        )

    def job_log(self, request: Request) -> Response:
        lines = reader_of(request).job_log(request.path_params["identifier"])
        if wants_json(request):
            return data({"lines": lines})
        return csv_answer(request, Table(name="log", columns=JOB_LINES, rows=lines))

    def toolchains(self, request: Request) -> Response:
        every = reader_of(request).toolchains()
        toolchains = filtering.TOOLCHAINS.wanted(every, narrowing(request).wanted)
        if wants_json(request):
            return data({"toolchains": toolchains})
        if wants_csv(request):
            table = Table(name="toolchains", columns=TOOLCHAINS, rows=toolchains)
            return csv_answer(request, table)
        return page(
            request,
            "toolchains.html",
            now=reader_of(request).now(),
            piece=list_piece(request, "/toolchains", toolchains),
            total=len(every),
        )

    def toolchain(self, request: Request) -> Response:
        toolchain = reader_of(request).toolchain(request.path_params["name"])
        if wants_json(request):
            return data(toolchain)
        if wants_csv(request):
            revisions = toolchain.get("revisions", [])
            return csv_answer(request, Table(name="revisions", columns=REVISIONS, rows=revisions))
        return page(
            request,
            "toolchain.html",
            now=reader_of(request).now(),
            toolchain=toolchain,
            proofs=proofs_of(toolchain),
            told=request.query_params.get("told", ""),
        )

    def _slot(self, request: Request) -> tuple[list[BuildView], BuildView]:
        """All records of the addressed slot, and the one with the addressed number."""
        name, source = request.path_params["name"], request.path_params["source"]
        architecture = request.path_params["architecture"]
        rebuild_no = number_in_path(request, "rebuild_no", "build")
        slot = reader_of(request).build_slot(name, source, architecture)
        for build in slot:
            if build["rebuild_no"] == rebuild_no:
                return slot, build
        raise NotFoundError(
            f"archive {name} has no build {rebuild_no} of {source} on {architecture}",
            hint=f"vostok campaign list {name}",
        )

    def _pieces(
        self, request: Request, build: BuildView, attempt: AttemptView
    ) -> log_text.ReadPiece:
        return partial(
            reader_of(request).log,
            build["archive"],
            build["source"],
            build["rebuild_no"],
            build["architecture"],
            attempt["number"],
        )

    def _tail(
        self,
        request: Request,
        build: BuildView,
        attempt: AttemptView,
        wanted: int = log_text.TAIL_BYTES,
    ) -> log_text.LogPiece:
        return log_text.tail(
            self._pieces(request, build, attempt), attempt.get("log_bytes"), wanted
        )

    def _log_json(
        self, request: Request, build: BuildView, attempt: AttemptView | None
    ) -> Response:
        offset = request.query_params.get("offset", "")
        if attempt is None:
            return data(
                {"attempt": None, "offset": 0, "next_offset": 0, "complete": False, "text": ""}
            )
        piece = (
            log_text.increment(self._pieces(request, build, attempt), int(offset))
            if is_number(offset)
            else self._tail(request, build, attempt)
        )
        return data(
            {
                "attempt": attempt["number"],
                "offset": piece.offset,
                "next_offset": piece.next_offset,
                "complete": piece.is_complete,
                "text": piece.text,
            }
        )


def _attempt(text: str | None, build: BuildView) -> AttemptView | None:
    """The attempt that is asked for, else the newest; None if there is none yet."""
    attempts = build.get("attempts", [])
    if not text:
        return max(attempts, key=lambda attempt: attempt["number"], default=None)
    for attempt in attempts:
        if str(attempt["number"]) == text:
            return attempt
    raise NotFoundError(
        f"build {build['rebuild_no']} of {build['source']} has no attempt {text[:80]!r}",
        hint=f"vostok build show {build['id']}",
    )


def _records(slot: Sequence[BuildView], build: BuildView) -> list[BuildView]:
    """The newest records of the slot, and this one even if it is older."""
    shown = list(slot[:RECORDS_MAX])
    return shown if build in shown else [*shown[:-1], build]


def _is_followed(slot: Sequence[BuildView], build: BuildView) -> bool:
    """Whether a later rebuild has a higher version, so that no retry is offered."""
    return build.get("reach") != Reach.NOWHERE and any(
        record["rebuild_no"] > build["rebuild_no"]
        and record.get("reach") != Reach.NOWHERE
        and record["state"] != "planned"
        and not _follows_again(record, build)
        for record in slot
    )


def _follows_again(record: BuildView, build: BuildView) -> bool:
    """Whether a record is the full build after one under a profile, and can be planned again."""
    return (
        build.get("reach") == Reach.VIEW
        and record["campaign"] == build["campaign"]
        and record["state"] not in (BuildState.BUILT, *(LIVE_STATES - {BuildState.NEEDS_BUILD}))
    )


def _total_seconds(attempt: AttemptView) -> float:
    seconds = attempt.get("seconds") or {}
    stages = sum(value for name, value in seconds.items() if name != "total")
    return max(stages, seconds.get("total", 0))


def _ended(job: JobView) -> bool:
    return job["state"] not in UNFINISHED_JOBS
