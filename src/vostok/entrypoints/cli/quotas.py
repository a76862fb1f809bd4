"""``vostok quota``: how much archives, persons and teams may have, and how much they have."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final

import typer

from vostok.client.messages.effects import Effects
from vostok.client.messages.quotas import Limits, Quota
from vostok.domain.quota import SubjectKind
from vostok.entrypoints.cli.arguments import Search
from vostok.entrypoints.cli.effects import DryRun, show_effects
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, Output, bytes_text, time_text
from vostok.errors import InvalidInputError

if TYPE_CHECKING:
    from vostok.client import Client

GIB: Final = 1 << 30
NO_LIMIT: Final = "none"

app = typer.Typer(help="How much archives, persons and teams may have.")


class Kind(StrEnum):
    """All of one kind that have no limits of their own."""

    ARCHIVE = "archive"
    PERSON = "person"


OfArchive = Annotated[str | None, typer.Option("--archive", metavar="ARCHIVE", help="An archive.")]
OfPerson = Annotated[
    str | None,
    typer.Option("--person", metavar="PERSON", help="A person: all archives that they made."),
]
OfTeam = Annotated[
    str | None,
    typer.Option("--team", metavar="TEAM", help="A team: all archives of everybody in it."),
]
OfEvery = Annotated[
    Kind | None,
    typer.Option("--every", help="Each archive, or person, without limits of its own."),
]


@command(app, "list", examples=["vostok quota list", "vostok quota list --output tsv"])
def list_quotas(
    invocation: Invocation,
    *,
    search: Search = "",
    kind: Annotated[
        list[SubjectKind] | None, typer.Option(help="Only of this kind; repeatable.")
    ] = None,
) -> None:
    """List limits and usage of archives, of persons and of teams."""
    with invocation.client() as client:
        quotas = list(client.quotas(text=search, kinds=kind or []))
    if invocation.output.is_json:
        invocation.output.document({"quotas": quotas})
        return
    invocation.output.table(
        [
            Column(title="OF"),
            *(Column(title=title, kind="number") for title in ("ARCHIVES", "BUILDS", "BYTES")),
            Column(title="LIMITS"),
        ],
        [[_name(found), *_numbers(found), _whose(found)] for found in quotas],
    )


@command(
    app,
    "show",
    examples=["vostok quota show --archive trial", "vostok quota show --person lou"],
)
def show_quota(
    invocation: Invocation,
    *,
    archive: OfArchive = None,
    person: OfPerson = None,
    team: OfTeam = None,
    every: OfEvery = None,
) -> None:
    """Show the limits of an archive, a person or a team, and what is used of them."""
    who = _named(archive, person, team, every)
    with invocation.client() as client:
        found = who.calls(client).get()
    _show(invocation.output, found)


@command(
    app,
    "set",
    examples=[
        "vostok quota set --archive trial --builds 5000 --gib 20",
        "vostok quota set --person lou --archives 5",
        "vostok quota set --every person --archives 10 --gib 200",
        "vostok quota set --team kernel --gib none",
    ],
)
def set_quota(  # noqa: PLR0913 - each parameter is an option
    invocation: Invocation,
    *,
    archive: OfArchive = None,
    person: OfPerson = None,
    team: OfTeam = None,
    every: OfEvery = None,
    archives: Annotated[
        str | None,
        typer.Option(metavar="N", help="At most so many derived archives; none: no limit."),
    ] = None,
    builds: Annotated[
        str | None,
        typer.Option(metavar="N", help="At most so many unfinished builds; none: no limit."),
    ] = None,
    gib: Annotated[
        str | None,
        typer.Option(metavar="N", help="At most so many GiB of files and logs; none: no limit."),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Set limits. What is not named stays as it is.

    Limits of an archive, a person or a team stand in the place of all that hold for --every. A
    person's are for all archives that they made together, a team's for all archives of everybody
    in it and in the teams within it. What is there beyond a limit stays; no more is let in.
    """
    who = _named(archive, person, team, every)
    if archives is None and builds is None and gib is None:
        raise InvalidInputError("no limit is named", hint="give --archives, --builds or --gib")
    given = {"archives": archives, "builds": builds, "bytes": gib}
    asked: Limits = {"archives": _count(archives), "builds": _count(builds), "bytes": _bytes(gib)}
    with invocation.client() as client:
        calls = who.calls(client)
        known = calls.get()["limits"]
        limits: Limits = {
            "archives": known["archives"] if given["archives"] is None else asked["archives"],
            "builds": known["builds"] if given["builds"] is None else asked["builds"],
            "bytes": known["bytes"] if given["bytes"] is None else asked["bytes"],
        }
        if dry_run:
            _show_plan(invocation, client.plan_quota(who.option, who.name, limits))
            return
        found = calls.put(limits)
    _show(invocation.output, found)


@command(
    app,
    "remove",
    examples=["vostok quota remove --person lou", "vostok quota remove --every archive"],
)
def remove_quota(  # noqa: PLR0913 - each parameter is an option
    invocation: Invocation,
    *,
    archive: OfArchive = None,
    person: OfPerson = None,
    team: OfTeam = None,
    every: OfEvery = None,
    dry_run: DryRun = False,
) -> None:
    """Take limits away: those for --every hold then, if there are any."""
    who = _named(archive, person, team, every)
    with invocation.client() as client:
        if dry_run:
            _show_plan(invocation, client.plan_quota(who.option, who.name, None))
            return
        found = who.calls(client).remove()
    _show(invocation.output, found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Calls:
    """What the client does with the limits of one subject."""

    get: Callable[[], Quota]
    put: Callable[[Limits], Quota]
    remove: Callable[[], Quota]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """Whose limits are meant."""

    option: str
    name: str

    def calls(self, client: "Client") -> _Calls:
        """The client's methods for these limits."""
        get, put, remove = {
            "archive": (
                client.archive_quota, client.set_archive_quota, client.remove_archive_quota,
            ),
            "person": (client.person_quota, client.set_person_quota, client.remove_person_quota),
            "team": (client.team_quota, client.set_team_quota, client.remove_team_quota),
            "every": (
                client.default_quota, client.set_default_quota, client.remove_default_quota,
            ),
        }[self.option]  # fmt: skip
        return _Calls(
            get=partial(get, self.name),
            put=partial(put, self.name),
            remove=partial(remove, self.name),
        )


def _named(
    archive: str | None, person: str | None, team: str | None, every: Kind | None
) -> _Named:
    """What exactly one of the options names."""
    given = {"archive": archive, "person": person, "team": team, "every": every}
    found = [_Named(option=o, name=str(n)) for o, n in given.items() if n is not None]
    if len(found) != 1:
        raise InvalidInputError(
            "limits are of one archive, person or team, or of every one",
            hint="give one of: --archive, --person, --team, --every",
        )
    return found[0]


def _show_plan(invocation: Invocation, plan: Effects) -> None:
    show_effects(invocation.output, plan, nothing="nobody would be over a limit")


def _count(text: str | None) -> int | None:
    if text in {None, NO_LIMIT}:
        return None
    if not str(text).isascii() or not str(text).isdigit():
        raise InvalidInputError(f"{text!r} is no number", hint=f"give a number, or {NO_LIMIT}")
    return int(str(text))


def _bytes(text: str | None) -> int | None:
    if text in {None, NO_LIMIT}:
        return None
    try:
        size = float(str(text)) * GIB
        return round(size)
    except (ValueError, OverflowError):
        raise InvalidInputError(
            f"{text!r} is no number of GiB", hint=f"for example 20 or 0.5, or {NO_LIMIT}"
        ) from None


def _name(found: Quota) -> str:
    kind = "every" if found["kind"] == "default" else found["kind"]
    return f"{kind} {found['name']}"


def _whose(found: Quota) -> str:
    if found["set_by"] is None:
        return NO_LIMIT
    own = "own" if found["is_own"] else "default"
    return f"{own}, by {found['set_by']}, {time_text(found['set_at'])}"


def _numbers(found: Quota) -> list[str]:
    """Archives, builds and bytes, each as `used of limit`."""
    limits, usage = found["limits"], found["usage"]
    is_archive = found["kind"] == "archive"
    is_default = found["kind"] == "default"
    counts = [
        (None if is_archive else usage["archives"], limits["archives"]),
        (usage["builds"], limits["builds"]),
    ]
    shown = [
        (None if used is None else str(used), None if limit is None else str(limit))
        for used, limit in counts
    ]
    size = None if limits["bytes"] is None else bytes_text(limits["bytes"])
    shown.append((bytes_text(usage["bytes"]), size))
    return [_of(None if is_default else used, limit) for used, limit in shown]


def _of(used: str | None, limit: str | None) -> str:
    if used is None:
        return limit or "-"
    return used if limit is None else f"{used} of {limit}"


def _show(output: Output, found: Quota) -> None:
    if output.is_json:
        output.document(found)
        return
    output.heading(_name(found))
    archives, builds, size = _numbers(found)
    usage = found["usage"]
    parts = [
        f"{bytes_text(count)} {what}"
        for what, count in (
            ("of builds", usage["build_bytes"]), ("of logs", usage["log_bytes"]),
            ("of uploads", usage["upload_bytes"]), ("fetched ahead", usage["fetched_bytes"]),
        )
        if count
    ]  # fmt: skip
    output.fields(
        [
            ("archives", "" if found["kind"] == "archive" else archives),
            ("builds", builds),
            ("bytes", size),
            ("made of", ", ".join(parts)),
            ("limits", _whose(found)),
        ]
    )
