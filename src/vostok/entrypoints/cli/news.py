"""``vostok archive watch|news``: what happens in an archive or a campaign, and what happened."""

import json
import sys
from enum import StrEnum
from typing import Annotated, Final

import typer

from vostok.client.messages.news import NewsItem
from vostok.entrypoints.cli.arguments import ArchiveName
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, Output, time_text

NEWS_MAX: Final = 100_000
NEWS_AT_ONCE: Final = 200
ASKED_MAX: Final = 10_000
"""Requests: of an answer most items may be of other topics than those that are asked for."""


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


OfCampaign = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="Only what is of this campaign.")
]
Cursor = Annotated[
    str | None,
    typer.Option(metavar="NEXT", help="Begin behind what --json named as `next` or `position`."),
]
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
    command(
        app,
        "news",
        examples=[
            "vostok archive news trial --on failed --limit 20",
            "vostok archive news trial --campaign 1 --output tsv",
        ],
    )(show_news)


def watch_archive(
    invocation: Invocation,
    name: ArchiveName,
    *,
    campaign: OfCampaign = None,
    on: Topics = None,
    cursor: Cursor = None,
) -> None:
    """Print what happens in an archive, a line each, until it is interrupted.

    It begins with what happens from now on. When the connection breaks it goes on where it was.
    With --json each line is a document with its position.
    """
    topics = [topic.value for topic in on or []]
    with invocation.client() as client:
        items = (
            client.archive_news_stream(name, cursor=cursor, topics=topics)
            if campaign is None
            else client.campaign_news_stream(name, campaign, cursor=cursor, topics=topics)
        )
        for item in items:
            _tell(invocation.output, item)


def show_news(  # noqa: PLR0913 - each parameter is a filter
    invocation: Invocation,
    name: ArchiveName,
    *,
    campaign: OfCampaign = None,
    on: Topics = None,
    cursor: Cursor = None,
    limit: Annotated[
        int, typer.Option(metavar="N", min=1, max=NEWS_MAX, help="At most so many.")
    ] = 100,
) -> None:
    """Show what happened in an archive, the oldest first; `watch` tells what happens from now on.

    `next` under --json is where to go on with --cursor.
    """
    topics = [topic.value for topic in on or []]
    items: list[NewsItem] = []
    is_whole = False
    with invocation.client() as client:
        for _ in range(ASKED_MAX):
            at_once = min(limit - len(items), NEWS_AT_ONCE)
            if is_whole or not at_once:
                break
            found = (
                client.archive_news(name, cursor=cursor, topics=topics, limit=at_once)
                if campaign is None
                else client.campaign_news(
                    name, campaign, cursor=cursor, topics=topics, limit=at_once
                )
            )
            items += found["items"]
            cursor, is_whole = found["next"], found["is_whole"]
    if invocation.output.is_json:
        invocation.output.document({"items": items, "next": cursor, "is_whole": is_whole})
        return
    invocation.output.table(
        [Column(title=title) for title in ("AT", "WHAT", "ON", "SENTENCE")],
        [
            [time_text(item["at"]), item["topic"], item["title"], item["sentence"]]
            for item in items
        ],
    )
    if not is_whole:
        invocation.output.note(f"there may be more: --cursor {cursor}")


def _tell(output: Output, item: NewsItem) -> None:
    if output.is_json:
        sys.stdout.write(json.dumps(item, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    else:
        told = f"{time_text(item['at'])}  {item['topic']:<10}  {item['title']}: {item['sentence']}"
        output.text(told)
