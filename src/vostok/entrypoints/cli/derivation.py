"""``vostok archive``: sync, select, remove, restore, history, sources."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Final

import typer

from vostok.client.messages import Decision, Job, SyncPlan
from vostok.entrypoints.cli.arguments import ArchiveName, Search, Selection, Wait, selection_text
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, Output, time_text
from vostok.entrypoints.cli.waiting import computing, finished_job

if TYPE_CHECKING:
    from vostok.client import Client

DECISIONS_SHOWN_MAX: Final = 200
UNCHANGED: Final = "unchanged"

app = typer.Typer()
"""Holds the commands until they are added to those of archives."""

DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only say what would become of each source.")
]
ShowAll = Annotated[bool, typer.Option("--all", help="Print every decision, however many.")]


@command(
    app,
    "sync",
    examples=[
        "vostok archive sync trial --dry-run",
        "vostok archive sync trial --hold 'glibc or gcc-*'",
    ],
)
def sync_archive(  # noqa: PLR0913 - each parameter is an option
    invocation: Invocation,
    name: ArchiveName,
    *,
    hold: Annotated[
        str | None, typer.Option(metavar="EXPR", help="Sources that stay where they are.")
    ] = None,
    dry_run: DryRun = False,
    show_all: ShowAll = False,
    wait: Wait = True,
) -> None:
    """Sync an archive with its parents: newer versions come, local changes are never lost."""
    held = None if hold is None else selection_text(hold)
    if dry_run:
        _plan(invocation, name, lambda c: c.plan_sync(name, hold=held), show_all=show_all)
    else:
        _change(
            invocation,
            name,
            lambda c: c.sync_archive(name, hold=held),
            show_all=show_all,
            wait=wait,
        )


@command(
    app,
    "select",
    examples=[
        "vostok archive select trial hello,tree --dry-run",
        "vostok archive select trial @sources.txt",
    ],
)
def select_sources(  # noqa: PLR0913 - each parameter is an option
    invocation: Invocation,
    name: ArchiveName,
    expression: Annotated[str, typer.Argument(metavar="EXPR", help="The new selection.")],
    *,
    dry_run: DryRun = False,
    show_all: ShowAll = False,
    wait: Wait = True,
) -> None:
    """Give an archive another selection; its parents stay where they are."""
    selection = selection_text(expression)
    if dry_run:
        _plan(invocation, name, lambda c: c.plan_selection(name, selection), show_all=show_all)
    else:
        _change(
            invocation,
            name,
            lambda c: c.select_sources(name, selection),
            show_all=show_all,
            wait=wait,
        )


@command(app, "remove", examples=["vostok archive remove trial --select 'section = games'"])
def remove_sources(  # noqa: PLR0913 - each parameter is an option
    invocation: Invocation,
    name: ArchiveName,
    *,
    select: Selection,
    dry_run: DryRun = False,
    show_all: ShowAll = False,
    wait: Wait = True,
) -> None:
    """Take sources and what is built from them out of an archive; they stay out at every sync."""
    selection = selection_text(select)
    if dry_run:
        _plan(invocation, name, lambda c: c.plan_removal(name, selection), show_all=show_all)
    else:
        _change(
            invocation,
            name,
            lambda c: c.remove_sources(name, selection),
            show_all=show_all,
            wait=wait,
        )


@command(
    app,
    "restore",
    examples=[
        "vostok archive restore trial hello,tree",
        "vostok archive restore trial 'section = games'",
    ],
)
def restore_sources(  # noqa: PLR0913 - each parameter is an option
    invocation: Invocation,
    name: ArchiveName,
    expression: Annotated[
        str, typer.Argument(metavar="EXPR", help="Which of the removed sources; or all.")
    ],
    *,
    dry_run: DryRun = False,
    show_all: ShowAll = False,
    wait: Wait = True,
) -> None:
    """Take removed sources in again, as the parents had them at the last sync."""
    selection = selection_text(expression)
    if dry_run:
        _plan(invocation, name, lambda c: c.plan_restoration(name, selection), show_all=show_all)
    else:
        _change(
            invocation,
            name,
            lambda c: c.restore_sources(name, selection),
            show_all=show_all,
            wait=wait,
        )


@command(
    app,
    "history",
    examples=["vostok archive history trial", "vostok archive history trial 3"],
)
def show_history(
    invocation: Invocation,
    name: ArchiveName,
    number: Annotated[
        int | None, typer.Argument(metavar="N", help="One derivation, with its decisions.")
    ] = None,
) -> None:
    """List the derivations of an archive, or show what was decided in one of them."""
    output = invocation.output
    with invocation.client() as client:
        if number is not None:
            one = client.derivation(name, number)
            if output.is_json:
                output.document(one)
                return
            output.heading(f"derivation {one['number']} of {name}: {one['reason']}")
            if not one["decisions"]:
                output.text("every source stayed as it was, or came when the archive was derived")
            _print_decisions(output, one["decisions"], show_all=True)
            return
        derivations = list(client.derivations(name))
    if output.is_json:
        output.document({"derivations": derivations})
        return
    output.table(
        [
            Column(title="NUMBER", kind="number"),
            Column(title="AT"),
            Column(title="BY"),
            Column(title="TAKEN", kind="number"),
            Column(title="PARENTS"),
            Column(title="REASON"),
        ],
        [
            [
                str(derivation["number"]),
                time_text(derivation["at"]),
                derivation["requested_by"],
                str(derivation["taken"]),
                ", ".join(
                    f"{p['archive']}/{p['suite']}@{p['number']}" for p in derivation["parents"]
                ),
                derivation["reason"],
            ]
            for derivation in derivations
        ],
    )


@command(
    app,
    "sources",
    examples=["vostok archive sources trial", "vostok archive sources trial --json"],
)
def list_sources(invocation: Invocation, name: ArchiveName, search: Search = "") -> None:
    """List the sources that an archive takes, and why each."""
    with invocation.client() as client:
        sources = list(client.taken_sources(name, text=search))
    if invocation.output.is_json:
        invocation.output.document({"sources": sources})
        return
    invocation.output.table(
        [Column(title="SOURCE"), Column(title="TAKEN BECAUSE")],
        [[source["source"], source["reason"]] for source in sources],
    )


def register(archives: typer.Typer) -> None:
    """Add these commands to those of archives."""
    archives.registered_commands.extend(app.registered_commands)


def _plan(
    invocation: Invocation, name: str, ask: "Callable[[Client], SyncPlan]", *, show_all: bool
) -> None:
    output = invocation.output
    what = f"working out what would become of each source of {name}"
    with invocation.client() as client, computing(output, what):
        plan = ask(client)
    if output.is_json:
        output.document(plan)
    else:
        _print_plan(output, plan, show_all=show_all)


def _change(
    invocation: Invocation,
    name: str,
    ask: "Callable[[Client], Job]",
    *,
    show_all: bool,
    wait: bool,
) -> None:
    output = invocation.output
    with invocation.client() as client:
        ended = finished_job(invocation, client, ask(client), wait=wait)
        if ended is None or output.is_json:
            return
        output.text(ended["message"] or "done")
        derivation = (ended.get("result") or {}).get("derivation")
        if isinstance(derivation, int):
            one = client.derivation(name, derivation)
            _print_decisions(output, one["decisions"], show_all=show_all)


def _print_plan(output: Output, plan: SyncPlan, *, show_all: bool) -> None:
    if not plan["is_new"]:
        output.heading("nothing would change")
    else:
        output.heading(f"derivation {plan['derivation']} would follow {plan['before']}")
    for count in plan["counts"]:
        output.text(f"{count['count']:>7} {count['verdict']}: {count['words']}")
    _print_decisions(output, plan["decisions"], show_all=show_all)


def _print_decisions(output: Output, decisions: list[Decision], *, show_all: bool) -> None:
    shown = [d for d in decisions if show_all or d["verdict"] != UNCHANGED]
    listed = shown if show_all else shown[:DECISIONS_SHOWN_MAX]
    if listed:
        output.table(
            [Column(title="SOURCE"), Column(title="VERDICT", kind="state"), Column(title="WHY")],
            [[d["source"], d["verdict"], d["sentence"]] for d in listed],
        )
    if len(listed) < len(shown):
        output.note(f"{len(shown) - len(listed)} more: --all prints them")
