"""``vostok rebuild``: request, estimate; `no_change` has nochange."""

from typing import Annotated, Final

import typer

from vostok.client.messages import (
    CampaignPlan,
    PlannedBuild,
    RebuildEstimateRequest,
    RebuildRequest,
)
from vostok.domain.counting import counted
from vostok.domain.rebuild_form import FormChoice, Skew
from vostok.domain.rebuild_request import SourceTests
from vostok.entrypoints.cli.arguments import (
    ArchiveName,
    IdempotencyKey,
    Parts,
    Selection,
    ToolchainName,
    Wait,
    selection_text,
)
from vostok.entrypoints.cli.build_warnings import show_warnings
from vostok.entrypoints.cli.estimates import Builders, show_estimate
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, Output
from vostok.entrypoints.cli.waiting import computing, finished_job
from vostok.errors import InvalidInputError

SCORE_OF_REBUILDS: Final = -100

app = typer.Typer(help="Ask for new builds of what is there.")
REFUSED_SHOWN_MAX = 20


@command(
    app,
    "request",
    examples=[
        "vostok rebuild request trial --select all --reason 'try gcc 11' --dry-run",
        "vostok rebuild request trial --select 'hello,lib*' --reason 'try gcc 11'",
        "vostok rebuild request trial --failed --tests off --reason 'without tests'",
        "vostok rebuild request trial --select loopa --profile stage1 --reason 'out of the loop'",
        "vostok rebuild request trial --control 2 --reason 'is it the compiler?'",
        "vostok rebuild request trial --built-with 'gcc < 4:13' --reason 'all with gcc 13'",
    ],
)
def request_rebuild(  # noqa: PLR0913 - each parameter is an option
    invocation: Invocation,
    name: ArchiveName,
    *,
    select: Annotated[
        str | None,
        typer.Option(
            "--select",
            metavar="EXPR",
            help="Sources: all, names and globs, or any selection (docs/reference/selection.md);"
            " with a filter, all by default.",
        ),
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; shown with the campaign.")],
    toolchain: ToolchainName = None,
    architecture: Parts = None,
    failed: Annotated[
        bool, typer.Option("--failed", help="Of them those whose newest build failed.")
    ] = False,
    built_with: Annotated[
        str | None,
        typer.Option(
            metavar="'PACKAGE < VERSION'",
            help="Of them those whose newest successful build had such a package installed.",
        ),
    ] = None,
    built_on: Annotated[
        str | None, typer.Option(metavar="BUILDER", help="Of them those built on this builder.")
    ] = None,
    older_than: Annotated[
        int | None,
        typer.Option(
            metavar="CAMPAIGN", min=1, help="Of them those not built since this campaign."
        ),
    ] = None,
    control: Annotated[
        int | None,
        typer.Option(
            metavar="CAMPAIGN",
            min=1,
            help="Build the failures of this campaign again with the parent's toolchain, in what"
            " they saw then; nothing of it is published. --select: of these sources only.",
        ),
    ] = None,
    tests: Annotated[
        SourceTests | None,
        typer.Option(help="Whether tests run; by default as the toolchain says. off: nocheck."),
    ] = None,
    profile: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Build under this build profile (repeatable). Unless it is nocheck, builds see"
            " what comes of it and clients never do; a full build follows each by itself.",
        ),
    ] = None,
    build_option: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WORD", help="A word of DEB_BUILD_OPTIONS, as in parallel=2 (repeatable)."
        ),
    ] = None,
    score: Annotated[
        int,
        typer.Option(metavar="N", help="Builders take the highest first; uploads have 0."),
    ] = SCORE_OF_REBUILDS,
    form: Annotated[
        FormChoice,
        typer.Option(
            help="Whether only the binaries get a version, or a new source that differs by one "
            "changelog entry; auto: a source only where packages would break without."
        ),
    ] = FormChoice.AUTO,
    widen: Annotated[
        bool,
        typer.Option(
            "--widen", help="Take in the other architectures of sources that must agree on all."
        ),
    ] = False,
    allow_skew: Annotated[
        bool, typer.Option("--allow-skew", help="Let such sources stay behind on the others.")
    ] = False,
    idempotency_key: IdempotencyKey = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be built and what refused.")
    ] = False,
    wait: Wait = True,
) -> None:
    """Request a rebuild: a campaign with one build for each source and architecture.

    Returns when the builds are queued, not when they are built: `vostok campaign show --watch`
    waits for that.
    """
    request: RebuildRequest = {
        "selection": None if select is None else selection_text(select),
        "reason": reason,
        "toolchain": toolchain,
        "architectures": architecture or None,
        "failed": failed,
        "built_with": built_with,
        "built_on": built_on,
        "older_than": older_than,
        "control": control,
        "tests": tests,
        "score": score,
        "form": form,
        "skew": _skew(widen=widen, allow=allow_skew),
        "build_profiles": profile or [],
        "build_options": build_option or [],
    }
    if dry_run:
        show_plan(invocation, name, request)
    else:
        request_campaign(invocation, name, request, wait=wait, key=idempotency_key)


def _skew(*, widen: bool, allow: bool) -> Skew:
    if widen and allow:
        raise InvalidInputError(
            "--widen and --allow-skew exclude each other", hint="give one of them"
        )
    if widen:
        return Skew.WIDEN
    return Skew.ALLOW if allow else Skew.REFUSE


@command(
    app,
    "estimate",
    examples=[
        "vostok rebuild estimate trial --select all",
        "vostok rebuild estimate trial --select 'lib*' --architecture amd64 --builders 20",
    ],
)
def estimate_rebuild(  # noqa: PLR0913 - each parameter is an option
    invocation: Invocation,
    name: ArchiveName,
    *,
    select: Selection,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Taken for being as in a request; not stored.")
    ] = "an estimate",
    toolchain: ToolchainName = None,
    architecture: Parts = None,
    builders: Builders = None,
) -> None:
    """Say what a rebuild would take: builds, disk, machine time, time on so many builders.

    From what builds of these sources took here; what was never built here is estimated by a model
    from the sizes of sources and build dependencies, which is often wrong by a factor of two.
    Each figure of time has a p50 (half the time it is less) and a p90. Nothing is stored.
    """
    request: RebuildEstimateRequest = {
        "selection": selection_text(select),
        "reason": reason,
        "toolchain": toolchain,
        "architectures": architecture or None,
        "builders": builders,
    }
    with invocation.client() as client:
        estimate = client.estimate_rebuild(name, request)
    if invocation.output.is_json:
        invocation.output.document(estimate)
    else:
        show_estimate(invocation.output, estimate)


def request_campaign(
    invocation: Invocation,
    archive: str,
    request: RebuildRequest,
    *,
    wait: bool,
    key: str | None = None,
) -> None:
    """Make a request, and show the campaign that it became, once its builds may start."""
    output = invocation.output
    with invocation.client() as client:
        requested = client.given(idempotency_key=key).request_rebuild(archive, request)
        campaign = requested["campaign"]
        if wait:
            # Under --json the campaign is the answer, and the job only the way there.
            quiet = invocation.without_json()
            finished_job(quiet, client, requested["job"], wait=True)
            campaign = client.campaign(archive, campaign["number"])
            requested["job"] = client.job(requested["job"]["id"])
    if output.is_json:
        shown = {key: value for key, value in campaign.items() if key != "builds"}
        output.document({**requested, "campaign": shown})
        return
    number = campaign["number"]
    if requested["joined"]:
        output.note(
            f"nothing new was stored: the same was asked for already, as campaign {number}"
        )
    builds = counted(campaign["total"], "build")
    output.text(f"campaign {number} of {archive}: {builds}, {campaign['state']}")
    if (refused := requested["refused"])["count"]:
        output.note(f"{counted(refused['count'], 'source was', 'sources were')} refused:")
        for each in refused["sources"][:REFUSED_SHOWN_MAX]:
            output.note(f"  {each['source']}: {each['code']}: {each['sentence']}")
        if refused["count"] > REFUSED_SHOWN_MAX:
            output.note(f"  and {refused['count'] - REFUSED_SHOWN_MAX} more")
    output.note(f"watch it: vostok campaign show {archive} {number} --watch")


def show_plan(invocation: Invocation, archive: str, request: RebuildRequest) -> None:
    """Show what a request would do."""
    what = f"working out which builds of {archive} would be made"
    with invocation.client() as client, computing(invocation.output, what):
        plan = client.plan_rebuild(archive, request)
    if invocation.output.is_json:
        invocation.output.document(plan)
    else:
        _print_plan(invocation.output, plan)


def _seen_by(build: PlannedBuild) -> str:
    match build.get("reach"):
        case "view":
            return "builds"
        case "nowhere":
            return "nobody"
        case _:
            return "clients, after that" if build.get("state") == "planned" else "clients"


def _print_plan(output: Output, plan: CampaignPlan) -> None:
    output.heading(f"{counted(len(plan['accepted']), 'build')} would be made")
    if plan.get("joins"):
        output.note(f"the same was asked for already, as campaign {plan['joins']}")
    if plan["accepted"]:
        output.table(
            [
                Column(title="SOURCE"),
                Column(title="ARCHITECTURE"),
                Column(title="FORM"),
                Column(title="REBUILD", kind="number"),
                Column(title="VERSION"),
                Column(title="SEEN BY"),
                Column(title="WHY THIS FORM"),
            ],
            [
                [
                    build["source"],
                    build["architecture"],
                    build.get("form", ""),
                    str(build["rebuild_no"]),
                    build["version"],
                    _seen_by(build),
                    build.get("form_reason", ""),
                ]
                for build in plan["accepted"]
            ],
        )
    show_warnings(output, ((b["source"], b.get("warning", "")) for b in plan["accepted"]))
    if plan["refused"]:
        output.heading(f"\n{counted(len(plan['refused']), 'source')} would be refused")
        output.table(
            [Column(title="SOURCE"), Column(title="CODE"), Column(title="REASON")],
            [[item["source"], item["code"], item["sentence"]] for item in plan["refused"]],
        )
    if (unrecorded := plan["unrecorded"])["count"]:
        more = ", …" if unrecorded["count"] > len(unrecorded["sources"]) else ""
        sources = counted(unrecorded["count"], "source")
        output.heading(f"\nof {sources} it is not recorded with what it was built")
        output.text(", ".join(unrecorded["sources"]) + more)
    if plan["accepted"]:
        output.heading("\nit would take")
        show_estimate(output, plan["estimate"])
