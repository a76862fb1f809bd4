"""``vostok audit``: who did what since when."""

from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Final

import typer

from vostok.client.messages.rights import AuditFilter
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, time_text
from vostok.errors import InvalidInputError

ENTRIES_MAX: Final = 100_000
ENTRIES_AT_ONCE_MAX: Final = 1_000
COLUMNS: Final = ("NUMBER", "AT", "WHO", "ACTION", "ARCHIVE", "ON", "WHAT")

app = typer.Typer(help="Who did what.")


@command(
    app,
    "list",
    examples=[
        "vostok audit list --archive trial",
        "vostok audit list --actor lou --since 2026-11-01 --until 2026-12-01",
        "vostok audit list --search libfoo --limit 10000 --output tsv",
    ],
)
def list_audit(  # noqa: PLR0913 - each parameter is a filter
    invocation: Invocation,
    *,
    actor: Annotated[str | None, typer.Option(metavar="NAME", help="Only what they did.")] = None,
    archive: Annotated[
        str | None, typer.Option(metavar="ARCHIVE", help="Only what was done in it.")
    ] = None,
    action: Annotated[
        str | None, typer.Option(metavar="ACTION", help="Only deeds of this kind.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Only since then: a day, or 2026-11-27T08:30, in UTC."),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only before then, written as that.")
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(
            "--search", metavar="TEXT", help="Only with it in what was done, or on what."
        ),
    ] = None,
    before: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Only those older than entry N.")
    ] = None,
    limit: Annotated[
        int, typer.Option(metavar="N", min=1, max=ENTRIES_MAX, help="At most so many.")
    ] = 50,
) -> None:
    """Show who did what, the newest first. Nobody can change what is written there."""
    which: AuditFilter = {
        "actor": actor, "archive": archive, "action": action, "q": text, "before": before,
        "since": _moment(since), "until": _moment(until),
        "limit": min(limit, ENTRIES_AT_ONCE_MAX),
    }  # fmt: skip
    with invocation.client() as client:
        entries = list(islice(client.audit(which), limit))
    if invocation.output.is_json:
        invocation.output.document({"entries": entries})
        return
    invocation.output.table(
        [Column(title=title) for title in COLUMNS],
        [
            [
                str(entry["number"]),
                time_text(entry["at"]),
                entry["actor"],
                entry["action"],
                entry["archive"] or "",
                entry["subject"],
                entry["detail"],
            ]
            for entry in entries
        ],
    )


def _moment(text: str | None) -> str | None:
    """A moment as the API takes it: what says no zone is in UTC.

    Raises:
        InvalidInputError: it is none.
    """
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(
            f"{text[:40]!r} is no moment", hint="for example: 2026-11-01 or 2026-11-01T08:30"
        ) from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat()
