"""``vostok rebuild nochange --output``: no-change sources as files, to sign and send elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vostok.client.messages.outgoing import OutgoingPlan, OutgoingRequest, OutgoingSource
from vostok.client.problems import WorkFailedError
from vostok.domain.counting import counted
from vostok.entrypoints.cli.invocation import Invocation
from vostok.entrypoints.cli.output import Column, Output
from vostok.entrypoints.cli.waiting import progress_of
from vostok.errors import (
    ConflictError,
    GoneError,
    InvalidInputError,
    NotFoundError,
    UnavailableError,
    VostokError,
)

if TYPE_CHECKING:
    from vostok.client import Client


@dataclass(kw_only=True)
class _Made:
    """What became of the sources of one run."""

    made: list[OutgoingSource] = field(default_factory=list)
    stood: list[OutgoingSource] = field(default_factory=list)
    failed: list[dict[str, str]] = field(default_factory=list)


def make_outgoing(
    invocation: Invocation,
    archive: str,
    request: OutgoingRequest,
    directory: Path,
    *,
    with_original: bool,
) -> None:
    """Ask for the sources and make the files of those that are not in the directory yet.

    Raises:
        ConflictError: none of the sources can be made.
        WorkFailedError: some could not be made; the others are there.
    """
    with invocation.client() as client:
        plan = client.request_outgoing(archive, request)
        if request["dry_run"]:
            _show_plan(invocation.output, plan)
            return
        if not plan["sources"]:
            sentences = [refused["sentence"] for refused in plan["refused"][:3]]
            raise ConflictError(f"none of the sources can be made: {'; '.join(sentences)}")
        made = _all_made(
            client, invocation.output, archive, plan, directory, with_original=with_original
        )
    _show_made(invocation.output, directory, plan, made)
    if made.failed:
        raise WorkFailedError(
            f"{len(made.failed)} of {counted(len(plan['sources']), 'source')} could not be made",
            hint="give the same command again: it makes only what is missing",
        )


def _all_made(  # noqa: PLR0913 - what one run is about
    client: "Client",
    output: Output,
    archive: str,
    plan: OutgoingPlan,
    place: Path,
    *,
    with_original: bool,
) -> _Made:
    # Reading package files loads apt's library, which other commands need not wait for.
    from vostok.entrypoints.cli.outgoing_directory import outgoing_directory  # noqa: PLC0415
    from vostok.entrypoints.cli.outgoing_making import OutgoingMaker  # noqa: PLC0415

    found = _Made()
    sources = plan["sources"]
    with (
        outgoing_directory(place) as directory,
        progress_of(output, "rebuild nochange", "sources") as tell,
    ):
        maker = OutgoingMaker(client, archive, directory)
        for done, planned in enumerate(sources):
            source, version = planned["source"], planned["version"]
            tell("making the sources", done, len(sources))
            if directory.is_standing(source, version, with_original=with_original):
                found.stood.append(planned)
                continue
            try:
                maker.make(planned, with_original=with_original)
            except VostokError as error:
                found.failed.append(_failed(client, planned, error))
            else:
                found.made.append(planned)
    return found


def _failed(client: "Client", planned: OutgoingSource, error: VostokError) -> dict[str, str]:
    """What is said of a source that was not made; raises if it was the server that is gone."""
    match error:
        case UnavailableError():
            client.status()
            code = "source-unavailable"
        case NotFoundError() | GoneError():
            code = "source-unavailable"
        case InvalidInputError():
            code = "cannot-be-made"
        case _:
            raise error
    return {
        "source": planned["source"],
        "source_version": planned["source_version"],
        "code": code,
        "sentence": str(error),
    }


def _show_made(output: Output, directory: Path, plan: OutgoingPlan, made: _Made) -> None:
    if output.is_json:
        output.document(
            {
                "directory": str(directory),
                "made": made.made,
                "stood": made.stood,
                "failed": made.failed,
                "refused": plan["refused"],
            }
        )
        return
    output.text(
        f"{counted(len(made.made), 'source was', 'sources were')} made in {directory}, "
        f"{len(made.stood)} stood there already"
    )
    _show_refused(output, "could not be made", made.failed)
    _show_refused(output, "refused", plan["refused"])
    if made.made or made.stood:
        output.note(
            f"sign and send them: debsign {directory}/*_source.changes && "
            f"dput HOST {directory}/*_source.changes"
        )


def _show_plan(output: Output, plan: OutgoingPlan) -> None:
    if output.is_json:
        output.document(plan)
        return
    output.heading(f"{counted(len(plan['sources']), 'source')} would be made")
    if plan["sources"]:
        output.table(
            [
                Column(title="SOURCE"),
                Column(title="VERSION NOW"),
                Column(title="NEW VERSION"),
                Column(title="WARNING"),
            ],
            [
                [s["source"], s["source_version"], s["version"], s["warning"]]
                for s in plan["sources"]
            ],
        )
    _show_refused(output, "would be refused", plan["refused"])


def _show_refused(output: Output, what: str, items: Sequence[Mapping[str, object]]) -> None:
    if not items:
        return
    output.heading(f"\n{counted(len(items), 'source')} {what}")
    output.table(
        [Column(title="SOURCE"), Column(title="CODE"), Column(title="REASON")],
        [[str(item[key]) for key in ("source", "code", "sentence")] for item in items],
    )
