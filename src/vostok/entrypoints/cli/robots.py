"""``vostok robot``: programs that act by tokens of their own."""

from typing import Annotated

import typer

from vostok.client.messages.people import Person
from vostok.domain.person import PersonState
from vostok.entrypoints.cli.arguments import Search
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, Output, time_text
from vostok.entrypoints.cli.people import show_access, shut_out_text
from vostok.errors import InvalidInputError

app = typer.Typer(help="Robots: programs that act by tokens and keys of their own.")

RobotName = Annotated[
    str, typer.Argument(metavar="ROBOT", help="Name of the robot; it ends in -robot.")
]


@command(
    app,
    "add",
    examples=["vostok robot add nightly-robot --purpose 'asks for the nightly rebuild of trial'"],
)
def add_robot(
    invocation: Invocation,
    robot: RobotName,
    *,
    purpose: Annotated[str, typer.Option(metavar="TEXT", help="What it does, on one line.")],
    answerable: Annotated[
        str | None,
        typer.Option(metavar="PERSON", help="Who answers for it; without it, you do."),
    ] = None,
) -> None:
    """Make a robot. It has no password; it comes in by tokens: `vostok token create ROBOT NAME`.

    A robot begins with nothing, and does what is granted to it (`vostok right grant`). Everybody
    makes some for which they answer; with another person who answers, who manages people does.
    Made by others than administrators, it may do no more than who made it.
    """
    with invocation.client() as client:
        found = client.add_robot(robot, purpose=purpose, answerable=answerable)
    _show(invocation.output, found)
    if not invocation.output.is_json:
        invocation.output.text(found["may_use"])


@command(app, "list", examples=["vostok robot list", "vostok robot list --search nightly"])
def list_robots(
    invocation: Invocation,
    *,
    search: Search = "",
    state: Annotated[
        list[PersonState] | None, typer.Option(help="Only in this state; repeatable.")
    ] = None,
) -> None:
    """List the robots for which you answer, or on which you may act."""
    with invocation.client() as client:
        robots = list(client.robots(text=search, states=state or []))
    if invocation.output.is_json:
        invocation.output.document({"robots": robots})
        return
    invocation.output.table(
        [Column(title=title) for title in ("NAME", "ANSWERS", "ADDED", "DISABLED", "PURPOSE")],
        [
            [
                robot["name"],
                robot["answerable"] or "",
                time_text(robot["created_at"]),
                shut_out_text(robot),
                robot["purpose"] or "",
            ]
            for robot in robots
        ],
    )


@command(app, "show", examples=["vostok robot show nightly-robot"])
def show_robot(invocation: Invocation, robot: RobotName) -> None:
    """Show a robot with its keys and tokens."""
    with invocation.client() as client:
        found = client.robot(robot)
    show_access(invocation.output, found)


@command(
    app,
    "set",
    examples=[
        "vostok robot set nightly-robot --purpose 'asks for the nightly rebuild of exp'",
        "vostok robot set nightly-robot --answerable meg",
    ],
)
def set_robot(
    invocation: Invocation,
    robot: RobotName,
    *,
    purpose: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What it does, on one line.")
    ] = None,
    answerable: Annotated[
        str | None, typer.Option(metavar="PERSON", help="Who answers for it from now on.")
    ] = None,
) -> None:
    """Change what a robot is for, or who answers for it. What is not named stays as it is.

    Somebody else answers for it when who manages people says so.
    """
    if purpose is None and answerable is None:
        raise InvalidInputError("nothing is to be changed", hint="give --purpose or --answerable")
    with invocation.client() as client:
        found = client.change_robot(robot, purpose=purpose, answerable=answerable)
    _show(invocation.output, found)


@command(app, "delete", examples=["vostok robot delete nightly-robot"])
def delete_robot(invocation: Invocation, robot: RobotName) -> None:
    """Delete a robot: its tokens, keys, rights and memberships end. Its name stays taken.

    To shut it out for a while: `vostok person disable ROBOT`.
    """
    with invocation.client() as client:
        client.delete_robot(robot)
    if invocation.output.is_json:
        invocation.output.document({"deleted": robot})
    else:
        invocation.output.text(f"{robot} is deleted; what it did keeps its name")


def _show(output: Output, robot: Person) -> None:
    if output.is_json:
        output.document(robot)
        return
    output.heading(robot["name"])
    output.fields(
        [
            ("purpose", robot["purpose"] or ""),
            ("answers", robot["answerable"] or ""),
            ("added", f"{time_text(robot['created_at'])} by {robot['created_by']}"),
        ]
    )
