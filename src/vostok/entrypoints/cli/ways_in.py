"""Passwords, sessions and identities of persons: ``vostok person``, ``session``, ``identity``."""

import sys
from typing import Annotated, Final

import typer

from vostok.client.messages.people import OneTimePassword
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, time_text
from vostok.errors import InvalidInputError

PASSWORD_CHARACTERS_MAX: Final = 1_000
SECONDS_OF_DAY: Final = 86_400

session_app = typer.Typer(help="Sessions of persons at the pages.")
identity_app = typer.Typer(help="Identities at other servers, by which persons sign in.")

PersonName = Annotated[str, typer.Argument(metavar="PERSON", help="Name of the person.")]
IdentityNumber = Annotated[
    int, typer.Argument(metavar="NUMBER", help="Number of the identity, as the list has it.")
]


def register(person_app: typer.Typer) -> None:
    """Adds the commands for passwords."""

    @command(person_app, "set-password", examples=["vostok person set-password richard"])
    def set_password(invocation: Invocation, person: PersonName) -> None:
        """Give another person a password to sign in with. Their sessions end.

        It is asked for twice and not shown; without a terminal it is the first line of standard
        input. It has at least 12 characters.
        """
        password = _secret(f"password of {person}", is_new=True)
        with invocation.client() as client:
            found = client.set_password(person, password)
        _told(invocation, found, f"{found['name']} signs in with the new password")

    @command(person_app, "reset-password", examples=["vostok person reset-password richard"])
    def reset_password(invocation: Invocation, person: PersonName) -> None:
        """Give another person a password for choosing their own, and show it, once.

        Their sessions end. The password alone goes to standard output. Whoever has it signs in at
        the page, or calls `vostok person change-password`, and chooses another one.
        """
        with invocation.client() as client:
            found = client.reset_password(person)
        _tell_password(invocation, found)

    @command(person_app, "vouch", examples=["vostok person vouch richard"])
    def vouch(invocation: Invocation, person: PersonName) -> None:
        """Say that a person is who they are said to be; show a password for choosing their own.

        Only administrators do. Somebody who manages people by a grant has handed the person a way
        in, and could have kept one; until now the person could do no more than they. All that the
        person has ends: sessions, tokens, keys and webhooks.
        """
        with invocation.client() as client:
            found = client.vouch(person)
        _tell_password(invocation, found)

    @command(person_app, "change-password", examples=["vostok person change-password richard"])
    def change_password(invocation: Invocation, person: PersonName) -> None:
        """Change your own password: the old one is proof enough. All your sessions end.

        Both are asked for and not shown; without a terminal they are the first two lines of
        standard input. Tokens and keys stay.
        """
        old = _secret("password now", is_new=False)
        new = _secret("new password", is_new=True)
        with invocation.client() as client:
            found = client.change_password(person, old=old, new=new)
        _told(invocation, found, f"{found['name']} signs in with the new password")


@command(session_app, "list", examples=["vostok session list richard"])
def list_sessions(invocation: Invocation, person: PersonName) -> None:
    """List the sessions of a person, the newest first."""
    with invocation.client() as client:
        sessions = list(client.sessions(person))
    if invocation.output.is_json:
        invocation.output.document({"sessions": sessions})
        return
    titles = ("ID", "BEGUN", "ENDS", "FROM", "BROWSER")
    invocation.output.table(
        [Column(title=title) for title in titles],
        [
            [
                session["id"],
                time_text(session["created_at"]),
                time_text(session["expires_at"]),
                session["address"] or "",
                session["agent"] or "",
            ]
            for session in sessions
        ],
    )


@command(
    session_app,
    "end",
    examples=["vostok session end richard 0123456789abcdef", "vostok session end richard --all"],
)
def end_session(
    invocation: Invocation,
    person: PersonName,
    session: Annotated[
        str | None, typer.Argument(metavar="ID", help="Of the session, as the list has it.")
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="End all of them.")] = False,
) -> None:
    """End a session of a person, or all of them. Tokens stay."""
    if (session is None) is not every:
        raise InvalidInputError(
            "either one session is ended or all",
            hint=f"give its ID or --all; see: vostok session list {person}",
        )
    with invocation.client() as client:
        if session is None:
            client.end_sessions(person)
        else:
            client.end_session(person, session)
    invocation.output.note(f"ended: {'all sessions' if session is None else session} of {person}")


@command(identity_app, "list", examples=["vostok identity list richard"])
def list_identities(invocation: Invocation, person: PersonName) -> None:
    """List the identities by which a person signs in, or did."""
    with invocation.client() as client:
        identities = list(client.identities(person))
    if invocation.output.is_json:
        invocation.output.document({"identities": identities})
        return
    titles = ("NUMBER", "SERVER", "SUBJECT", "LINKED", "UNLINKED")
    invocation.output.table(
        [Column(title=title) for title in titles],
        [
            [
                str(identity["number"]),
                identity["issuer"],
                identity["subject"],
                time_text(identity["linked_at"]),
                time_text(identity["unlinked_at"]) if identity["unlinked_at"] else "",
            ]
            for identity in identities
        ],
    )


@command(identity_app, "unlink", examples=["vostok identity unlink richard 3"])
def unlink_identity(invocation: Invocation, person: PersonName, number: IdentityNumber) -> None:
    """Have nobody sign in by an identity any more. It is remembered; link it to undo this."""
    with invocation.client() as client:
        found = client.unlink_identity(person, number)
    _told(invocation, found, f"nobody signs in as {person} by {found['issuer']} {number} any more")


@command(identity_app, "link", examples=["vostok identity link richard 3"])
def link_identity(invocation: Invocation, person: PersonName, number: IdentityNumber) -> None:
    """Have a person sign in again by an identity that was unlinked."""
    with invocation.client() as client:
        found = client.link_identity(person, number)
    _told(invocation, found, f"{person} signs in by {found['issuer']} {number} again")


def _tell_password(invocation: Invocation, found: OneTimePassword) -> None:
    if invocation.output.is_json:
        invocation.output.document(found)
        return
    if found["password"] is None:
        invocation.output.text(f"{found['name']} may do what was granted to it")
        invocation.output.note(f"make it a token: vostok token create {found['name']} NAME")
        return
    invocation.output.text(found["password"])
    days = found["good_for_seconds"] // SECONDS_OF_DAY
    invocation.output.note(
        f"{found['name']} chooses their own with it, within {days} days; it is shown only now"
    )


def _told(invocation: Invocation, document: object, sentence: str) -> None:
    if invocation.output.is_json:
        invocation.output.document(document)
    else:
        invocation.output.text(sentence)


def _secret(what: str, *, is_new: bool) -> str:
    if sys.stdin.isatty():
        return str(typer.prompt(what, hide_input=True, confirmation_prompt=is_new, err=True))
    return sys.stdin.readline(PASSWORD_CHARACTERS_MAX + 2).rstrip("\r\n")
