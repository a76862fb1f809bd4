"""``vostok rebuild nochange``: sources that differ by one changelog entry, here or elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from vostok.client.messages import RebuildRequest
from vostok.client.messages.outgoing import OutgoingRequest
from vostok.domain.rebuild_form import FormChoice, Skew
from vostok.domain.rebuild_request import ALREADY_MADE, SourceTests
from vostok.domain.rebuild_version.schemes import VersionScheme
from vostok.entrypoints.cli.arguments import (
    ArchiveName,
    IdempotencyKey,
    Selection,
    ToolchainName,
    Wait,
    selection_text,
)
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.outgoing import make_outgoing
from vostok.entrypoints.cli.rebuild import SCORE_OF_REBUILDS, request_campaign, show_plan
from vostok.errors import InvalidInputError

_OF_OUTPUT = frozenset({"maintainer", "distribution", "scheme", "vendor", "with_orig"})


def register(app: typer.Typer) -> None:
    """Add the command to a group."""
    command(
        app,
        "nochange",
        examples=[
            "vostok rebuild nochange trial --select 'lib*' --reason 'for the new libc' --dry-run",
            "vostok rebuild nochange trial --select all --reason 'for the new libc'",
            "vostok rebuild nochange trial --select all --reason 'for the new libc' --output out",
        ],
    )(make_no_change_sources)


def make_no_change_sources(  # noqa: PLR0913 - each parameter is an option
    invocation: Invocation,
    name: ArchiveName,
    *,
    select: Selection,
    reason: Annotated[
        str,
        typer.Option(
            metavar="TEXT", help="Why; shown with the campaign. With --output: in the changelog."
        ),
    ],
    toolchain: ToolchainName = None,
    tests: Annotated[
        SourceTests | None,
        typer.Option(help="Whether tests run; by default as the toolchain says. off: nocheck."),
    ] = None,
    score: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help=f"Builders take the highest first; uploads have 0, these {SCORE_OF_REBUILDS}.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="DIR",
            help="Build nothing here: write the sources' files with a .changes of each into this"
            " directory, to sign and send to another archive.",
        ),
    ] = None,
    maintainer: Annotated[
        str | None,
        typer.Option(
            metavar="'NAME <ADDRESS>'",
            help="Who changes the sources; by default DEBFULLNAME and DEBEMAIL. With --output.",
        ),
    ] = None,
    distribution: Annotated[
        str | None,
        typer.Option(
            metavar="SUITE",
            help="What the changelog and .changes name; by default this archive's suite. With"
            " --output.",
        ),
    ] = None,
    scheme: Annotated[
        VersionScheme | None,
        typer.Option(
            help="How they are versioned; by default as rebuilds in this archive. With --output."
        ),
    ] = None,
    vendor: Annotated[
        str | None,
        typer.Option(metavar="WORD", help="The word of the scheme vendor. With --output."),
    ] = None,
    with_orig: Annotated[
        bool,
        typer.Option(
            "--with-orig",
            help="Upstream tarballs too, for an archive that lacks them (as dpkg's -sa). With"
            " --output.",
        ),
    ] = False,
    idempotency_key: IdempotencyKey = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be made and what refused.")
    ] = False,
    wait: Wait = True,
) -> None:
    """Make sources that differ by one changelog entry only, and build them on all architectures.

    Every other byte is the old one: the upstream tarball, or, of a native source, every file
    but the changelog. A new source is for all architectures; one that has such a source for the
    same reason is left alone, so that the command can be given again. Returns when the sources
    are made and their builds queued.

    With --output nothing is built: what stands in the directory already is verified and not made
    again. If some source cannot be made, the others are, and the exit code is 8.
    """
    if output is not None:
        _refuse(idempotency_key=idempotency_key, toolchain=toolchain, tests=tests, score=score)
        asked: OutgoingRequest = {
            "selection": selection_text(select),
            "reason": reason,
            "maintainer": _maintainer() if maintainer is None else maintainer,
            "distribution": distribution,
            "scheme": scheme,
            "vendor": vendor or "",
            "dry_run": dry_run,
        }
        make_outgoing(invocation, name, asked, output, with_original=with_orig)
        return
    _refuse(
        maintainer=maintainer, distribution=distribution, scheme=scheme, vendor=vendor,
        with_orig=with_orig or None,
    )  # fmt: skip
    request: RebuildRequest = {
        "selection": selection_text(select),
        "reason": reason,
        "toolchain": toolchain,
        "architectures": None,
        "failed": False,
        "built_with": None,
        "built_on": None,
        "older_than": None,
        "control": None,
        "tests": tests,
        "score": SCORE_OF_REBUILDS if score is None else score,
        "no_change": True,
        "form": FormChoice.SOURCE,
        "skew": Skew.REFUSE,
    }
    if dry_run:
        show_plan(invocation, name, request)
    elif idempotency_key is not None or not _is_all_made(invocation, name, request):
        request_campaign(invocation, name, request, wait=wait, key=idempotency_key)


def _maintainer() -> str:
    """Who changes the sources, as dch finds it."""
    # 0.2 s that `--help` need not wait for.
    from vostok.config import developer_of_environment  # noqa: PLC0415

    found = developer_of_environment()
    if found is None:
        raise InvalidInputError(
            "it is not known who signs the sources",
            hint="say it: --maintainer 'Name <address>', or set DEBFULLNAME and DEBEMAIL",
        )
    return found


def _refuse(**given: object) -> None:
    """Nothing, if none of the options is given that have no meaning beside the others."""
    for option, value in given.items():
        if value is not None:
            with_it = option in _OF_OUTPUT
            raise InvalidInputError(
                f"--{option.replace('_', '-')} is for sources "
                f"{'of another archive' if with_it else 'that are built here'}",
                hint="give it with --output DIR" if with_it else "leave it out, or --output",
            )


def _is_all_made(invocation: Invocation, archive: str, request: RebuildRequest) -> bool:
    """Whether all selected sources have a no-change source already; it is said, then."""
    with invocation.client() as client:
        plan = client.plan_rebuild(archive, request)
    if plan["accepted"] or not plan["refused"]:
        return False
    if any(refused["code"] != ALREADY_MADE for refused in plan["refused"]):
        return False
    if invocation.output.is_json:
        invocation.output.document(plan)
    else:
        invocation.output.note(f"nothing new to make: {plan['refused'][0]['sentence']}")
    return True
