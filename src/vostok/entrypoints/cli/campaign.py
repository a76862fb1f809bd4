"""``vostok campaign``: list, show. For compare see `comparing_campaigns`."""

import time
from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from vostok.client.messages import Build, Campaign
from vostok.client.patience import Patience, intervals
from vostok.client.problems import WorkFailedError
from vostok.domain.campaign import CampaignKind, CampaignPhase
from vostok.domain.counting import counted
from vostok.entrypoints.cli.arguments import ArchiveName, Search
from vostok.entrypoints.cli.build_warnings import show_warnings
from vostok.entrypoints.cli.estimates import show_prediction
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import (
    Column,
    Output,
    printable,
    seconds_text,
    state_style,
    time_text,
)
from vostok.errors import UnavailableError

if TYPE_CHECKING:
    from vostok.client import Client

app = typer.Typer(help="Rebuild requests and what came of them.")

BAR_WIDTH: Final = 40
SHOWN_LIVE_MAX: Final = 200
"""Builds that are listed while a campaign is watched: more than a screen has lines."""

REASON_CHARACTERS_SHOWN: Final = 80
"""In a list on a terminal; `campaign show` and `--json` tell all of it."""
_ENDED: Final = frozenset({"finished", "failed"})
_UNSUCCESSFUL: Final = frozenset(
    {"failed", "failed-to-upload", "chroot-problem", "source-unavailable", "bd-uninstallable"}
)
_INTERESTING: Final = _UNSUCCESSFUL | {"building", "uploading"}
"""What is listed of a campaign that is watched."""
_STATE_ORDER: Final = ("built", *sorted(_UNSUCCESSFUL), "uploading", "building")


@command(
    app,
    "list",
    examples=["vostok campaign list trial", "vostok campaign list trial --kind control"],
)
def list_campaigns(
    invocation: Invocation,
    name: ArchiveName,
    *,
    search: Search = "",
    kind: Annotated[
        list[CampaignKind] | None, typer.Option(help="Only of this kind; repeatable.")
    ] = None,
    state: Annotated[
        list[CampaignPhase] | None, typer.Option(help="Only in this state; repeatable.")
    ] = None,
) -> None:
    """List the campaigns of an archive."""
    with invocation.client() as client:
        campaigns = list(client.campaigns(name, text=search, kinds=kind or [], states=state or []))
    if invocation.output.is_json:
        invocation.output.document({"campaigns": campaigns})
        return
    invocation.output.table(
        [
            Column(title="NUMBER", kind="number"),
            Column(title="STATE", kind="state"),
            Column(title="BUILDS", kind="number"),
            Column(title="COUNTS"),
            Column(title="CREATED"),
            Column(title="REASON", characters_max=REASON_CHARACTERS_SHOWN),
        ],
        [
            [
                str(campaign["number"]),
                campaign["state"],
                str(campaign["total"]),
                _counts_text(campaign["counts"]),
                time_text(campaign["created_at"]),
                campaign["reason"],
            ]
            for campaign in campaigns
        ],
    )


@command(
    app,
    "show",
    examples=["vostok campaign show trial 1", "vostok campaign show trial 1 --watch --fail"],
)
def show_campaign(
    invocation: Invocation,
    name: ArchiveName,
    number: Annotated[int, typer.Argument(metavar="N", min=1, help="Number of the campaign.")],
    *,
    watch: Annotated[
        bool, typer.Option("--watch", help="Show changes until it has finished.")
    ] = False,
    fail: Annotated[
        bool, typer.Option("--fail", help="Exit with 8 if a build ended without success.")
    ] = False,
) -> None:
    """Show a campaign: its counts, and each package with versions, state and compiler.

    With --watch it returns when the campaign has finished. That alone is success, whatever
    became of the builds; add --fail to have failed builds in the exit code.
    """
    with invocation.client() as client:
        if watch:
            _watch(client, name, number, invocation.output)
        campaign = client.campaign(name, number)
    if invocation.output.is_json:
        invocation.output.document(campaign)
    else:
        _show(invocation.output, campaign)
    if fail:
        _refuse_unsuccessful(campaign)


def _refuse_unsuccessful(campaign: Campaign) -> None:
    count = sum(campaign["counts"].get(state, 0) for state in _UNSUCCESSFUL)
    if count or campaign["state"] == "failed":
        archive, number = campaign["archive"], campaign["number"]
        builds = counted(campaign["total"], "build")
        raise WorkFailedError(
            f"{count} of {builds} of campaign {number} of {archive} failed",
            hint="see why: vostok build show ID",
        )


def _watch(client: "Client", archive: str, number: int, output: Output) -> None:
    """Return once the campaign has ended; meanwhile what changes is shown on stderr."""
    patience = Patience()
    is_live = output.notes.is_terminal
    shown = ""
    campaign = client.campaign_progress(archive, number, _INTERESTING, limit=SHOWN_LIVE_MAX)
    live = Live(console=output.notes, transient=True, auto_refresh=False)
    with live if is_live else nullcontext():
        for seconds in intervals():
            counts = _counts_text(campaign["counts"])
            if is_live:
                live.update(_live_view(campaign, output.notes), refresh=True)
            elif counts != shown:
                output.note(f"campaign {campaign['number']}: {counts or campaign['state']}")
            shown = counts
            if campaign["state"] in _ENDED:
                break
            time.sleep(seconds)
            try:
                campaign = client.campaign_progress(
                    archive, number, _INTERESTING, limit=SHOWN_LIVE_MAX
                )
                patience.answered()
            except UnavailableError as error:
                patience.bear(error)


def _live_view(campaign: Campaign, console: Console) -> Group:
    """What fits on the screen: the counts, then the builds that are at work or have failed."""
    room = max(console.height - 5, 1)
    interesting = [build for build in campaign.get("builds", []) if build["state"] in _INTERESTING]
    lines = [
        Text.assemble(
            (f"{build['state']:<20}", state_style(build["state"])),
            printable(f"{build['source']} {build['version']} {build['architecture']}"),
        )
        for build in interesting[:room]
    ]
    return Group(_bar(campaign), *lines)


def _show(output: Output, campaign: Campaign) -> None:
    output.heading(f"campaign {campaign['number']} of {campaign['archive']}")
    toolchain = campaign["toolchain"]
    output.fields(
        [
            ("state", campaign["state"]),
            ("", campaign["sentence"] or ""),
            ("reason", campaign["reason"]),
            ("requested", f"{time_text(campaign['created_at'])} by {campaign['requested_by']}"),
            ("selection", campaign["selection"]),
            ("architectures", ", ".join(campaign["architectures"])),
            *_asked(campaign.get("request") or {}),
            ("score", str(campaign.get("score", ""))),
            (
                "toolchain",
                f"{toolchain['name']} revision {toolchain['revision']}" if toolchain else "",
            ),
        ]
    )
    if output.console.is_terminal:
        output.console.print(_bar(campaign))
    else:
        output.text(f"{_plain_bar(campaign)}  {_counts_text(campaign['counts'])}")
    if prediction := campaign.get("estimate"):
        show_prediction(output, prediction)
    if builds := campaign.get("builds"):
        output.text("")
        _show_builds(output, builds)
        show_warnings(output, ((b["source"], b.get("warning", "")) for b in builds))


def _asked(request: Mapping[str, object]) -> list[tuple[str, str]]:
    """What was asked beside selection, architectures and toolchain."""
    names = (
        "failed", "built_with", "built_on", "older_than", "control", "tests", "build_profiles",
        "build_options",
    )  # fmt: skip
    return [(name.replace("_", " "), _words(request[name])) for name in names if request.get(name)]


def _words(asked: object) -> str:
    if isinstance(asked, list):
        return " ".join(map(str, asked))
    return "yes" if asked is True else str(asked)


def _show_builds(output: Output, builds: list[Build]) -> None:
    output.table(
        [
            Column(title="ID", kind="number"),
            Column(title="SOURCE"),
            Column(title="ARCHITECTURE"),
            Column(title="REBUILD", kind="number"),
            Column(title="VERSION"),
            Column(title="STATE", kind="state"),
            Column(title="SECONDS", kind="number"),
            Column(title="COMPILER FOUND"),
        ],
        [
            [
                str(build["id"]),
                build["source"],
                build["architecture"],
                str(build["rebuild_no"]),
                f"{build['version_before'] or '-'} → {build['version']}",
                build["state"],
                seconds_text(build["seconds"]),
                _finding(build),
            ]
            for build in builds
        ],
    )


def _finding(build: Build) -> str:
    """What the proof found; of a control what it says, of a build that failed why it did."""
    proof = build.get("proof")
    if proof:
        return proof.get("sentence", "")
    if control := build.get("control"):
        return control
    return (build["sentence"] or "") if build["state"] in _UNSUCCESSFUL else ""


def _ordered(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    known = [(state, counts[state]) for state in _STATE_ORDER if counts.get(state)]
    others = [
        (state, count) for state, count in sorted(counts.items()) if state not in _STATE_ORDER
    ]
    return known + [(state, count) for state, count in others if count]


def _counts_text(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in _ordered(counts))


def _shares(campaign: Campaign) -> list[tuple[str, int]]:
    """States with their parts of a bar of `BAR_WIDTH` cells; each state has at least one."""
    total = max(sum(campaign["counts"].values()), 1)
    return [
        (state, max(1, round(BAR_WIDTH * count / total)))
        for state, count in _ordered(campaign["counts"])
    ]


def _bar(campaign: Campaign) -> Text:
    bar = Text()
    for state, width in _shares(campaign):
        bar.append("█" * width, style=state_style(state))
    bar.append("  ")
    for index, (state, count) in enumerate(_ordered(campaign["counts"])):
        bar.append(", " if index else "")
        bar.append(f"{count} {state}", style=state_style(state))
    return bar


def _plain_bar(campaign: Campaign) -> str:
    cells = ""
    for state, width in _shares(campaign):
        mark = "#" if state == "built" else "!" if state in _UNSUCCESSFUL else "."
        cells += mark * width
    return f"[{cells}]"
