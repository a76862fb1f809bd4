"""``vostok team``: persons and teams that are granted rights together."""

from collections.abc import Sequence
from typing import Annotated, NamedTuple

import typer

from vostok.client.messages.rights import Team
from vostok.entrypoints.cli.arguments import Search
from vostok.entrypoints.cli.effects import DryRun, show_effects
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, Output, time_text
from vostok.errors import InvalidInputError

app = typer.Typer(help="Persons and teams that are granted rights together.")

Persons = Annotated[
    list[str] | None, typer.Option("--person", metavar="PERSON", help="A person; repeatable.")
]
Teams = Annotated[
    list[str] | None, typer.Option("--team", metavar="TEAM", help="A team; repeatable.")
]
TeamName = Annotated[str, typer.Argument(metavar="TEAM", help="Name of the team.")]


@command(app, "add", examples=["vostok team add kernel"])
def add_team(invocation: Invocation, team: TeamName) -> None:
    """Add a team, without members."""
    with invocation.client() as client:
        found = client.add_team(team)
    _show_team(invocation.output, found)


@command(app, "list", examples=["vostok team list", "vostok team list --search meg"])
def list_teams(invocation: Invocation, search: Search = "") -> None:
    """List the teams."""
    with invocation.client() as client:
        teams = list(client.teams(text=search))
    if invocation.output.is_json:
        invocation.output.document({"teams": teams})
        return
    invocation.output.table(
        [Column(title=title) for title in ("NAME", "PERSONS", "TEAMS", "ADDED")],
        [
            [
                team["name"],
                ", ".join(team["persons"]),
                ", ".join(team["teams"]),
                time_text(team["created_at"]),
            ]
            for team in teams
        ],
    )


@command(app, "show", examples=["vostok team show kernel"])
def show_team(invocation: Invocation, team: TeamName) -> None:
    """Show a team with its members."""
    with invocation.client() as client:
        found = client.team(team)
    _show_team(invocation.output, found)


@command(app, "put", examples=["vostok team put kernel --person lou --team drivers"])
def put_into_team(
    invocation: Invocation,
    team: TeamName,
    *,
    person: Persons = None,
    inner: Teams = None,
    dry_run: DryRun = False,
) -> None:
    """Make persons and other teams members of a team: all of them, or none."""
    members = _named(person, inner)
    _change_members(invocation, team, members, is_putting_in=True, is_trial=dry_run)


@command(app, "take", examples=["vostok team take kernel --person lou"])
def take_out_of_team(
    invocation: Invocation,
    team: TeamName,
    *,
    person: Persons = None,
    inner: Teams = None,
    dry_run: DryRun = False,
) -> None:
    """Let persons and teams be members no more: all of them, or none."""
    members = _named(person, inner)
    _change_members(invocation, team, members, is_putting_in=False, is_trial=dry_run)


@command(app, "delete", examples=["vostok team delete kernel"])
def delete_team(invocation: Invocation, team: TeamName, *, dry_run: DryRun = False) -> None:
    """Take a team away, and with it all that was granted to it. Its members stay."""
    with invocation.client() as client:
        if dry_run:
            plan = client.plan_team_deletion(team)
            show_effects(invocation.output, plan, nothing="nobody would lose anything")
            return
        client.delete_team(team)
    if invocation.output.is_json:
        invocation.output.document({"name": team, "state": "deleted"})
    else:
        invocation.output.text(f"the team {team} is deleted")


class _Members(NamedTuple):
    """Who is put into a team, or taken out of it: names."""

    persons: Sequence[str]
    teams: Sequence[str]


def _named(persons: Sequence[str] | None, teams: Sequence[str] | None) -> _Members:
    if not persons and not teams:
        raise InvalidInputError("nobody is named", hint="say who: --person or --team")
    return _Members(persons or [], teams or [])


def _change_members(
    invocation: Invocation, team: str, members: _Members, *, is_putting_in: bool, is_trial: bool
) -> None:
    persons, teams = members
    with invocation.client() as client:
        if is_trial:
            plan = client.plan_members(
                team, persons=persons, teams=teams, is_putting_in=is_putting_in
            )
            nothing = (
                "nobody would gain anything" if is_putting_in else "nobody would lose anything"
            )
            show_effects(invocation.output, plan, nothing=nothing)
            return
        change = client.put_into_team if is_putting_in else client.take_out_of_team
        found = change(team, persons=persons, teams=teams)
    _show_team(invocation.output, found)


def _show_team(output: Output, team: Team) -> None:
    if output.is_json:
        output.document(team)
        return
    output.heading(team["name"])
    output.fields(
        [
            ("persons", ", ".join(team["persons"]) or "none"),
            ("teams", ", ".join(team["teams"]) or "none"),
            ("added", f"{time_text(team['created_at'])} by {team['created_by']}"),
        ]
    )
    if members := team["members"]:
        output.heading("\nmembers")
        output.table(
            [Column(title=title) for title in ("KIND", "NAME", "PUT IN", "BY")],
            [
                [
                    member["kind"],
                    member["name"],
                    time_text(member["put_in_at"]) if member["put_in_at"] else "",
                    member["put_in_by"] or "",
                ]
                for member in members
            ],
        )
