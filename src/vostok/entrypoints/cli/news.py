"""``vostok archive watch``: the news of an archive or a campaign, while they happen."""

import json
import sys
from enum import StrEnum
from typing import Annotated

import typer

from vostok.client.messages.news import NewsItem
from vostok.entrypoints.cli.arguments import ArchiveName
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Output, time_text


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
    ENDED = "ended"
    JOB_FAILED = "job-failed"
    UNDECIDED = "undecided"


Topics = Annotated[
    list[Topic] | None,
    typer.Option("--on", metavar="TOPIC", help="Only this: "
                 "built, failed, stopped, progress, published, accepted, refused, requested, "
                 "ended, job-failed, undecided; may be given repeatedly."),
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
    topics = [topic.value for topic in on or []]
    with invocation.client() as client:
        items = (
            client.archive_news_stream(name, after=after, topics=topics)
            if campaign is None
            else client.campaign_news_stream(name, campaign, after=after, topics=topics)
        )
        for item in items:
            _tell(invocation.output, item)


def _tell(output: Output, item: NewsItem) -> None:
    if output.is_json:
        sys.stdout.write(json.dumps(item, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    else:
        told = f"{time_text(item['at'])}  {item['topic']:<10}  {item['title']}: {item['sentence']}"
        output.text(told)
