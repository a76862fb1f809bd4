"""``vostok campaign compare``: what fails now and what builds now, counts first."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from vostok.client.messages import (
    Campaign,
    CampaignComparison,
    CampaignComparisonRequest,
    ComparedBuild,
    ComparedBuilds,
)
from vostok.domain.campaign_comparison import CampaignGroup, sentence_of
from vostok.domain.counting import counted
from vostok.entrypoints.cli.arguments import ArchiveName
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, Output, seconds_text, time_text

if TYPE_CHECKING:
    from vostok.client import Client

BUILDS_PER_PAGE: Final = 10_000
PAGES_MAX: Final = 200
"""Of one list: more than two archives, or two campaigns, can differ in."""
ROWS_PER_GROUP: Final = 100


def register(app: typer.Typer) -> None:
    """Register the command in its group."""
    command(
        app,
        "compare",
        examples=[
            "vostok campaign compare trial 1 2",
            "vostok campaign compare trial 1 2 --only now-fails --limit 0",
            "vostok campaign compare trial 1 2 --all --json",
        ],
    )(compare_campaigns)


def compare_campaigns(  # noqa: PLR0913 - each parameter is an option
    invocation: Invocation,
    name: ArchiveName,
    first: Annotated[int, typer.Argument(metavar="N", min=1, help="Number of one campaign.")],
    second: Annotated[
        int, typer.Argument(metavar="M", min=1, help="Number of the campaign that is «now».")
    ],
    *,
    only: Annotated[
        CampaignGroup | None, typer.Option(help="Only the builds of this group.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="List what was built in both too, not only its count.")
    ] = False,
    limit: Annotated[
        int,
        typer.Option(min=0, metavar="N", help="Rows shown of each group; 0: all. Not for --json."),
    ] = ROWS_PER_GROUP,
) -> None:
    """Compare two campaigns: per source and architecture, what fails in M and what did in N.

    With an excerpt of the log of what fails in M.
    """
    request: CampaignComparisonRequest = {
        "group": None if only is None else only.value,
        "all": every,
        "limit": BUILDS_PER_PAGE if invocation.output.is_json else 0,
    }
    with invocation.client() as client:
        found = client.compare_campaigns(name, first, second, request)
        if invocation.output.is_json:
            builds = found["builds"]
            if found["next"] is not None:
                rest: CampaignComparisonRequest = {**request, "cursor": found["next"]}
                builds += _listed(client, found, rest, found["total"])
            whole = {**found, "limit": len(builds), "next": None, "builds": builds}
            invocation.output.document(whole)
        else:
            _show(invocation.output, client, request, found, rows_max=limit)


def _listed(
    client: "Client",
    found: CampaignComparison,
    request: CampaignComparisonRequest,
    rows_max: int,
) -> list[ComparedBuilds]:
    """The first of the builds that are asked for, page by page."""
    first, second = found["first"], found["second"]
    builds: list[ComparedBuilds] = []
    for _ in range(PAGES_MAX):
        page = client.compare_campaigns(
            first["archive"],
            first["number"],
            second["number"],
            {**request, "limit": min(BUILDS_PER_PAGE, rows_max - len(builds))},
        )
        builds += page["builds"]
        if page["next"] is None or len(builds) >= rows_max:
            break
        request = {**request, "cursor": page["next"]}
    return builds


def _show(
    output: Output,
    client: "Client",
    request: CampaignComparisonRequest,
    found: CampaignComparison,
    *,
    rows_max: int,
) -> None:
    first, second = found["first"]["number"], found["second"]["number"]
    output.fields([("N", _campaign(found["first"])), ("M", _campaign(found["second"]))])
    output.text("")
    _show_counts(output, found)
    for group in CampaignGroup:
        total = found["counts"].get(group, 0)
        if not total or not _is_listed(group, request):
            continue
        rows = min(total, rows_max or total)
        listed = _listed(client, found, {**request, "group": group.value}, rows)
        output.heading(f"\n{group}: {sentence_of(group, first=first, second=second)}")
        _show_group(output, listed)
        if rows < total:
            output.note(f"{total - rows} more: --only {group} --limit 0")


def _is_listed(group: CampaignGroup, request: CampaignComparisonRequest) -> bool:
    if request["group"] is not None:
        return request["group"] == group
    return request["all"] or group is not CampaignGroup.BUILT_IN_BOTH


def _campaign(campaign: Campaign) -> str:
    toolchain = campaign["toolchain"]
    with_toolchain = f", {toolchain['name']} revision {toolchain['revision']}" if toolchain else ""
    return (
        f"campaign {campaign['number']} of {time_text(campaign['created_at'])}{with_toolchain}: "
        f"{campaign['state']}, {counted(campaign['total'], 'build')}: {campaign['reason']}"
    )


def _show_counts(output: Output, found: CampaignComparison) -> None:
    first, second = found["first"]["number"], found["second"]["number"]
    output.table(
        [
            Column(title="GROUP"),
            Column(title="BUILDS", kind="number"),
            Column(title="MEANING"),
        ],
        [
            [
                group,
                str(found["counts"].get(group, 0)),
                sentence_of(group, first=first, second=second),
            ]
            for group in CampaignGroup
        ],
    )


def _show_group(output: Output, listed: Sequence[ComparedBuilds]) -> None:
    output.table(
        [
            Column(title="SOURCE"),
            Column(title="ARCHITECTURE"),
            *_columns("N"),
            *_columns("M"),
        ],
        [
            [
                builds["source"],
                builds["architecture"],
                *_build(builds["first"]),
                *_build(builds["second"]),
            ]
            for builds in listed
        ],
    )
    for builds in listed:
        if (excerpt := builds["excerpt"]) and (build := builds["second"]):
            output.text(f"\n{builds['source']} {builds['architecture']}, build {build['id']}:")
            output.text("\n".join(f"  {line}" for line in excerpt.splitlines()))


def _columns(side: str) -> list[Column]:
    return [
        Column(title=f"ID IN {side}", kind="number"),
        Column(title=f"STATE IN {side}", kind="state"),
        Column(title=f"VERSION IN {side}"),
        Column(title=f"ENDED IN {side}"),
        Column(title=f"SECONDS IN {side}", kind="number"),
    ]


def _build(build: ComparedBuild | None) -> list[str]:
    """The cells of a build in the order of `_columns`."""
    if build is None:
        return ["", "-", "", "", ""]
    return [
        str(build["id"]),
        build["state"],
        build["version"],
        time_text(build["finished_at"]),
        seconds_text(build["seconds"]),
    ]
