"""``vostok build retry|cancel|rescore``: one build by its id, or many of an archive."""

from typing import Annotated

import typer

from vostok.client.messages import Build, BuildChoice, ChangedBuilds
from vostok.domain.build import BuildState
from vostok.domain.counting import counted
from vostok.entrypoints.cli.arguments import selection_text
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, Output
from vostok.errors import ConflictError, InvalidInputError

app = typer.Typer()
"""Holds the commands until they are added to those of builds."""

BuildIds = Annotated[
    list[int] | None,
    typer.Argument(metavar="[ID]...", help="Builds' ids, as in `vostok campaign show`."),
]
OfArchive = Annotated[
    str | None,
    typer.Option("--archive", metavar="NAME", help="Archive whose builds are chosen."),
]
InStates = Annotated[
    list[BuildState] | None,
    typer.Option("--state", help="Those in this state; may be given repeatedly."),
]
OfSources = Annotated[
    str | None,
    typer.Option("--select", metavar="EXPR", help="Those of these sources; `all` is a selection."),
]
OfCampaign = Annotated[
    int | None, typer.Option("--campaign", metavar="N", min=1, help="Those of this campaign.")
]
OnArchitecture = Annotated[
    str | None,
    typer.Option("--architecture", metavar="A", help="Those on this architecture, or `all`."),
]
WithText = Annotated[
    str, typer.Option("--text", metavar="TEXT", help="Those with this in the source's name.")
]
Why = Annotated[
    str | None,
    typer.Option(
        "--reason", metavar="TEXT", help="Why, for the builds' events and the audit log."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show which builds it would be.")]


@command(
    app,
    "retry",
    examples=[
        "vostok build retry 7",
        "vostok build retry --archive trial --campaign 2 --state chroot-problem",
        "vostok build retry --archive trial --select 'lib*' --architecture arm64 --dry-run",
        "vostok build retry 7 --reason 'the mirror is back'",
    ],
)
def retry_builds(  # noqa: PLR0913 - each parameter is an option
    invocation: Invocation,
    ids: BuildIds = None,
    *,
    archive: OfArchive = None,
    state: InStates = None,
    select: OfSources = None,
    campaign: OfCampaign = None,
    architecture: OnArchitecture = None,
    text: WithText = "",
    reason: Why = None,
    dry_run: DryRun = False,
) -> None:
    """Try failed builds once more; their attempts so far are kept.

    Either ids, or --archive with at least one of --state, --select and --campaign; with all of
    what is given. A policy that forbids rebuilds does not forbid this. The sources must still be
    the archive's, and not have been rebuilt since. The next attempt sees the newest edition of
    the view.
    """
    choice = _choice(
        ids, state, select, campaign, architecture, text=text, reason=reason, dry_run=dry_run
    )
    _change(invocation, "retry", ids or [], archive, choice)


@command(
    app,
    "cancel",
    examples=[
        "vostok build cancel 7",
        "vostok build cancel --archive trial --campaign 2 --reason 'wrong toolchain'",
    ],
)
def cancel_builds(  # noqa: PLR0913 - each parameter is an option
    invocation: Invocation,
    ids: BuildIds = None,
    *,
    archive: OfArchive = None,
    state: InStates = None,
    select: OfSources = None,
    campaign: OfCampaign = None,
    architecture: OnArchitecture = None,
    text: WithText = "",
    reason: Why = None,
    dry_run: DryRun = False,
) -> None:
    """Cancel builds; those that are running are stopped within seconds.

    Either ids, or --archive with at least one of --state, --select and --campaign.
    """
    choice = _choice(
        ids, state, select, campaign, architecture, text=text, reason=reason, dry_run=dry_run
    )
    _change(invocation, "cancel", ids or [], archive, choice)


@command(
    app,
    "rescore",
    examples=[
        "vostok build rescore --score 50 7 8",
        "vostok build rescore --score 10 --archive trial --campaign 2 --select 'gcc*'",
    ],
)
def rescore_builds(  # noqa: PLR0913 - each parameter is an option
    invocation: Invocation,
    ids: BuildIds = None,
    *,
    score: Annotated[
        int, typer.Option(metavar="N", help="The new score; rebuilds have -100, uploads 0.")
    ],
    archive: OfArchive = None,
    state: InStates = None,
    select: OfSources = None,
    campaign: OfCampaign = None,
    architecture: OnArchitecture = None,
    text: WithText = "",
    reason: Why = None,
    dry_run: DryRun = False,
) -> None:
    """Give builds another score: builders take those with the highest first.

    Either ids, or --archive with at least one of --state, --select and --campaign.
    """
    choice = _choice(
        ids, state, select, campaign, architecture, text=text, reason=reason, dry_run=dry_run
    )
    choice["score"] = score
    _change(invocation, "rescore", ids or [], archive, choice)


def register(builds: typer.Typer) -> None:
    """Add these commands to those of builds."""
    builds.registered_commands.extend(app.registered_commands)


def _choice(  # noqa: PLR0913 - each parameter is an option
    ids: list[int] | None,
    states: list[BuildState] | None,
    select: str | None,
    campaign: int | None,
    architecture: str | None,
    *,
    text: str,
    reason: str | None,
    dry_run: bool,
) -> BuildChoice:
    return {
        "ids": ids or None,
        "states": [str(state) for state in states or []],
        "selection": None if select is None else selection_text(select),
        "campaign": campaign,
        "architecture": architecture,
        "text": text,
        "reason": reason,
        "dry_run": dry_run,
    }


def _change(
    invocation: Invocation, change: str, ids: list[int], archive: str | None, choice: BuildChoice
) -> None:
    is_narrowed = bool(choice["states"]) or choice["selection"] or choice["campaign"]
    if not ids and not (archive and is_narrowed):
        raise InvalidInputError(
            "no builds are named",
            hint=f"vostok build {change} ID, or --archive NAME with --state, --select or "
            "--campaign",
        )
    with invocation.client() as client:
        is_narrowed = is_narrowed or choice["architecture"] or choice["text"]
        is_one = len(ids) == 1 and archive is None and not is_narrowed and not choice["dry_run"]
        if is_one and change == "retry":
            _print_one(invocation.output, client.retry_build(ids[0], reason=choice["reason"]))
            return
        if is_one and change == "cancel":
            _print_one(invocation.output, client.cancel_build(ids[0], reason=choice["reason"]))
            return
        name = archive or client.build(ids[0])["archive"]
        changes = {
            "retry": client.retry_builds,
            "cancel": client.cancel_builds,
            "rescore": client.rescore_builds,
        }
        changed = changes[change](name, choice)
    for refused in changed["refused"] if is_one else []:
        raise ConflictError(
            refused["sentence"],
            hint=f"look at it: vostok build show {refused['id']}",
            reason=refused["code"],
        )
    _print_many(invocation.output, changed)


def _print_one(output: Output, build: Build) -> None:
    if output.is_json:
        output.document(build)
    else:
        output.text(
            f"build {build['id']} ({build['source']} {build['version']}"
            f" {build['architecture']}) is {build['state']}"
        )


_DONE = {"retry": "tried again", "cancel": "cancelled", "rescore": "rescored"}


def _print_many(output: Output, changed: ChangedBuilds) -> None:
    if output.is_json:
        output.document(changed)
        return
    is_, are = ("would be", "would be") if changed["dry_run"] else ("is", "are")
    builds = counted(len(changed["changed"]), f"build {is_}", f"builds {are}")
    output.heading(f"{builds} {_DONE[changed['change']]}")
    if changed["dry_run"] and changed["changed"]:
        output.table(
            [
                Column(title="ID", kind="number"),
                Column(title="SOURCE"),
                Column(title="ARCHITECTURE"),
                Column(title="VERSION"),
                Column(title="STATE", kind="state"),
                Column(title="SCORE", kind="number"),
            ],
            [
                [
                    str(build["id"]),
                    build["source"],
                    build["architecture"],
                    build["version"],
                    build["state"],
                    str(build["score"]),
                ]
                for build in changed["changed"]
            ],
        )
    if changed["refused"]:
        stay = counted(len(changed["refused"]), "stays as it is", "stay as they are")
        output.heading(f"\n{stay}")
        output.table(
            [Column(title="ID", kind="number"), Column(title="CODE"), Column(title="REASON")],
            [
                [str(refused["id"]), refused["code"], refused["sentence"]]
                for refused in changed["refused"]
            ],
        )
    if changed["left_alone"]:
        output.note(f"{changed['left_alone']} others are in states that this is not for")
