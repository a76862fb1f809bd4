"""``vostok archive watch``: the news of an archive or a campaign, while they happen."""

import json
import sys
import time
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import quote, urlencode

import typer

from vostok.entrypoints.cli.arguments import ArchiveName
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Output, time_text
from vostok.errors import GoneError, UnavailableError

if TYPE_CHECKING:
    from vostok.entrypoints.cli.client import Client

LINE_CHARACTERS_MAX: Final = 1 << 20


class Topic(StrEnum):
    """What there is to be told of."""

    BUILT = "built"
    FAILED = "failed"
    STOPPED = "stopped"
    PROGRESS = "progress"
    PUBLISHED = "published"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REQUESTED = "requested"


Topics = Annotated[
    list[Topic] | None,
    typer.Option("--on", metavar="TOPIC", help="Only this: "
                 "built, failed, stopped, progress, published, accepted, refused, requested;"
                 " may be given repeatedly."),
]  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands to those of archives."""
    command(
        app,
        "watch",
        examples=[
            "vostok archive watch trial --on built --on failed",
            "vostok archive watch trial --campaign 1",
        ],
    )(watch_archive)


def watch_archive(
    invocation: Invocation,
    name: ArchiveName,
    *,
    campaign: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Only what is of this campaign.")
    ] = None,
    on: Topics = None,
    after: Annotated[
        str | None,
        typer.Option(metavar="POSITION", help="Begin behind this position, as --json names it."),
    ] = None,
) -> None:
    """Print what happens in an archive, a line each, until it is interrupted.

    It begins with what happens from now on. When the connection breaks it goes on where it was.
    With --json each line is a document with its position.
    """
    # 0.2 s that `--help` need not wait for.
    from vostok.entrypoints.cli.waiting import Patience, intervals  # noqa: PLC0415

    place = f"archives/{quote(name, safe='')}"
    place += "/news/stream" if campaign is None else f"/campaigns/{campaign}/news/stream"
    query = urlencode([("topic", topic.value) for topic in on or []])
    path = f"{place}?{query}" if query else place
    patience, pauses = Patience(), intervals()
    with invocation.client() as client:
        while True:
            try:
                for event in _events(client, path, after):
                    patience.answered()
                    after = event.get("id", after)
                    if "data" in event:
                        _tell(invocation.output, event)
            except UnavailableError as error:
                patience.bear(error)
            time.sleep(next(pauses))


def _events(client: "Client", path: str, last: str | None) -> Iterator[dict[str, str]]:
    """The events of a stream, those without data too: they say how far it is."""
    headers = {} if last is None else {"Last-Event-ID": last}
    fields: dict[str, str] = {}
    for line in client.receive_lines(path, headers, characters_max=LINE_CHARACTERS_MAX):
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            yield fields
            fields = {}


def _tell(output: Output, event: dict[str, str]) -> None:
    item: dict[str, Any] = json.loads(event["data"])
    if event.get("event") == "end":
        raise GoneError(item["detail"], hint="see which archives there are: vostok archive list")
    if output.is_json:
        sys.stdout.write(json.dumps(item, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    else:
        told = f"{time_text(item['at'])}  {item['topic']:<9}  {item['title']}: {item['sentence']}"
        output.text(told)
