"""``vostok person``, ``vostok key``, ``vostok token``: who may ask for something."""

import base64
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from vostok.client.messages.people import (
    AccessToken,
    Person,
    PersonKey,
    PersonWithAccess,
    TokenRequest,
)
from vostok.domain.credentials import apt_line
from vostok.domain.person import PersonKind, PersonState
from vostok.entrypoints.cli.arguments import Search, file_content
from vostok.entrypoints.cli.effects import DryRun, show_effects
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, Output, time_text
from vostok.errors import InvalidInputError

CERTIFICATE_BYTES_MAX: Final = 1 << 20

person_app = typer.Typer(help="Persons who may ask for something.")
key_app = typer.Typer(help="OpenPGP keys that persons sign uploads with.")
token_app = typer.Typer(help="Tokens by which persons are known.")


class PersonRole(StrEnum):
    """What a person may do."""

    ADMINISTRATOR = "administrator"
    DEVELOPER = "developer"
    MEMBER = "member"


class Scope(StrEnum):
    """What a token is good for."""

    EVERYTHING = "everything"
    READ = "read"
    UPLOAD = "upload"
    REBUILD = "rebuild"
    RETRY = "retry"
    MERGE = "merge"
    CREATE = "create"
    ADMINISTER = "administer"
    BUILDERS = "builders"
    FEED = "feed"


PersonName = Annotated[str, typer.Argument(metavar="PERSON", help="Name of the person.")]
MaybePerson = Annotated[
    str | None, typer.Argument(metavar="PERSON", help="Name of the person; all without one.")
]


@command(person_app, "add", examples=["vostok person add richard --email richard@example.org"])
def add_person(
    invocation: Invocation,
    person: PersonName,
    *,
    email: Annotated[str, typer.Option(metavar="ADDRESS", help="Address, for people to read.")],
    role: Annotated[PersonRole, typer.Option(help="What they may do.")] = PersonRole.MEMBER,
) -> None:
    """Add a person. They come in by a token, a password or an identity, once they have one.

    A member may do what is granted to them (`vostok right grant`), and nothing else. A developer
    uploads, asks for rebuilds, cancels and retries builds, publishes and makes toolchains in all
    archives that are there. An administrator does everything.
    """
    with invocation.client() as client:
        found = client.add_person(person, email=email, role=role.value)
    _show_person(invocation.output, found)


@command(
    person_app,
    "list",
    examples=["vostok person list", "vostok person list --kind robot --state active"],
)
def list_persons(
    invocation: Invocation,
    *,
    search: Search = "",
    kind: Annotated[
        list[PersonKind] | None, typer.Option(help="Only of this kind; repeatable.")
    ] = None,
    state: Annotated[
        list[PersonState] | None, typer.Option(help="Only in this state; repeatable.")
    ] = None,
) -> None:
    """List the persons, robots among them."""
    with invocation.client() as client:
        persons = list(client.persons(text=search, kinds=kind or [], states=state or []))
    if invocation.output.is_json:
        invocation.output.document({"persons": persons})
        return
    invocation.output.table(
        [
            Column(title="NAME"),
            Column(title="ROLE"),
            Column(title="ADDRESS"),
            Column(title="ADDED"),
            Column(title="DISABLED"),
        ],
        [
            [
                person["name"],
                person["role"],
                person["email"] or f"robot, {person['answerable']} answers",
                time_text(person["created_at"]),
                shut_out_text(person),
            ]
            for person in persons
        ],
    )


@command(person_app, "show", examples=["vostok person show richard"])
def show_person(invocation: Invocation, person: PersonName) -> None:
    """Show a person with their keys and tokens."""
    with invocation.client() as client:
        found = client.person(person)
    show_access(invocation.output, found)


@command(person_app, "disable", examples=["vostok person disable richard"])
def disable_person(invocation: Invocation, person: PersonName, *, dry_run: DryRun = False) -> None:
    """Shut a person out: their tokens and keys are good for nothing. What they did stays."""
    with invocation.client() as client:
        if dry_run:
            plan = client.plan_disablement(person)
            nothing = f"{person} has nothing that would end"
            show_effects(invocation.output, plan, nothing=nothing)
            return
        found = client.disable_person(person)
    _show_person(invocation.output, found)


@command(person_app, "enable", examples=["vostok person enable richard"])
def enable_person(invocation: Invocation, person: PersonName) -> None:
    """Let a person in again, with the tokens and keys that were not revoked."""
    with invocation.client() as client:
        found = client.enable_person(person)
    _show_person(invocation.output, found)


# Keys -------------------------------------------------------------------------------------


@command(
    key_app,
    "add",
    examples=[
        "vostok key add richard --file richard.asc",
    ],
)
def add_key(
    invocation: Invocation,
    person: PersonName,
    *,
    file: Annotated[
        Path,
        typer.Option(metavar="FILE", help="OpenPGP certificate, armoured or not; - is stdin."),
    ],
) -> None:
    """Register the certificate that a person signs uploads with.

    `gpg --armor --export ID > FILE` writes one.
    One that the person has already is renewed: after its end was moved, or a subkey added or
    revoked. Refused are secret keys, several certificates in one file, expired or revoked ones,
    one that is registered for somebody else, and one that was revoked here as this person's.
    Unless an administrator registers it, one of its user IDs must have the person's address.
    """
    data = file_content(file, bytes_max=CERTIFICATE_BYTES_MAX)
    with invocation.client() as client:
        key = client.add_key(person, certificate_base64=base64.b64encode(data).decode())
    if invocation.output.is_json:
        invocation.output.document(key)
    else:
        invocation.output.text(f"{key['person']} signs with {key['fingerprint']}")


def _whole(person: str, search: str) -> str:
    """The person whose things are listed, all of them.

    Raises:
        InvalidInputError: something is looked for too.
    """
    if search:
        raise InvalidInputError(
            f"what one person has is not searched; --search {search} looks at what all have",
            hint=f"leave {person} out",
        )
    return person


@command(key_app, "list", examples=["vostok key list", "vostok key list richard"])
def list_keys(invocation: Invocation, person: MaybePerson = None, search: Search = "") -> None:
    """List the keys of a person, or of all."""
    with invocation.client() as client:
        keys = (
            list(client.keys(text=search))
            if person is None
            else client.person(_whole(person, search))["keys"]
        )
    if invocation.output.is_json:
        invocation.output.document({"keys": keys})
    else:
        _print_keys(invocation.output, keys)


@command(
    key_app,
    "revoke",
    examples=["vostok key revoke richard 0123456789ABCDEF0123456789ABCDEF01234567"],
)
def revoke_key(
    invocation: Invocation,
    person: PersonName,
    fingerprint: Annotated[str, typer.Argument(metavar="FINGERPRINT", help="Of the whole key.")],
) -> None:
    """Accept nothing any more that a key signs. What was accepted stays."""
    with invocation.client() as client:
        key = client.revoke_key(person, fingerprint)
    if invocation.output.is_json:
        invocation.output.document(key)
    else:
        invocation.output.text(f"{key['fingerprint']} of {key['person']} is revoked here")


# Tokens -----------------------------------------------------------------------------------


@command(
    token_app,
    "create",
    examples=[
        "vostok token create richard 'dput on laptop' --scope upload --archive trial",
        "vostok token create nightly-robot cron --scope rebuild --scope retry --days 90",
    ],
)
def create_token(  # noqa: PLR0913 - each parameter is an option
    invocation: Invocation,
    person: PersonName,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Says where the token lies.")],
    *,
    scope: Annotated[
        list[Scope] | None,
        typer.Option(
            help="What it is good for, of what the person may do; repeated for several; without: "
            "everything."
        ),
    ] = None,
    archive: Annotated[
        str | None, typer.Option(metavar="ARCHIVE", help="Only archive it changes something in.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(metavar="N", help="Days that it is good for; without: no end.")
    ] = None,
) -> None:
    """Create a token and show it, once: only its hash is kept.

    The token alone goes to standard output. Each scope but feed also reads; upload: send sources;
    rebuild: ask for builds; retry: retry and cancel builds, and publish; merge: sync; create:
    import and derive archives, make toolchains; administer: settings, syncs, scores, deletion;
    builders: add and pause them; feed: only read feeds, whose addresses hold it. To grant rights
    and manage people is for everything only.
    """
    scopes = list(dict.fromkeys(scope or [Scope.EVERYTHING]))
    request: TokenRequest = {
        "name": name,
        "scopes": [one.value for one in scopes],
        "archive": archive,
        "days": days,
    }
    with invocation.client() as client:
        token, url = client.create_token(person, request), client.url
    if invocation.output.is_json:
        invocation.output.document(token)
        return
    invocation.output.text(token["token"])
    where = f" in {token['archive']}" if token["archive"] else ""
    until = f" until {time_text(token['expires_at'])}" if token["expires_at"] else ""
    invocation.output.note(f"{token['name']} of {token['person']}: {token['scope']}{where}{until}")
    invocation.output.note("it is shown only now: keep it where nobody else reads it")
    if scopes == [Scope.READ]:
        line = apt_line(url, person, "TOKEN", archive)
        invocation.output.note(f"for apt, in a file below /etc/apt/auth.conf.d/: {line}")


@command(token_app, "list", examples=["vostok token list", "vostok token list richard"])
def list_tokens(invocation: Invocation, person: MaybePerson = None, search: Search = "") -> None:
    """List what is known of the tokens of a person, or of all persons."""
    with invocation.client() as client:
        tokens = (
            list(client.tokens(text=search))
            if person is None
            else client.person(_whole(person, search))["tokens"]
        )
    if invocation.output.is_json:
        invocation.output.document({"tokens": tokens})
    else:
        _print_tokens(invocation.output, tokens)


@command(token_app, "revoke", examples=["vostok token revoke richard 'dput on laptop'"])
def revoke_token(
    invocation: Invocation,
    person: PersonName,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the token.")],
) -> None:
    """Let a token open nothing any more."""
    with invocation.client() as client:
        token = client.revoke_token(person, name)
    if invocation.output.is_json:
        invocation.output.document(token)
    else:
        invocation.output.text(f"{token['name']} of {token['person']} is revoked")


def _moment(text: str | None) -> str:
    return time_text(text) if text else ""


def shut_out_text(person: Person) -> str:
    """Since when somebody is shut out, or with whom a robot is; empty if they may come in."""
    if person["is_shut_out"] and not person["disabled_at"]:
        return f"as {person['answerable']} is"
    return _moment(person["disabled_at"])


def _show_person(output: Output, person: Person, *, more: Sequence[tuple[str, str]] = ()) -> None:
    if output.is_json:
        output.document(person)
        return
    output.heading(person["name"])
    if person["kind"] == "robot":
        what = [("robot", person["purpose"] or ""), ("answers", person["answerable"] or "")]
    else:
        what = [("address", person["email"] or "")]
    output.fields(
        [
            *what,
            ("role", person["role"]),
            ("added", f"{time_text(person['created_at'])} by {person['created_by']}"),
            ("disabled", shut_out_text(person)),
            *more,
        ]
    )


def show_access(output: Output, person: PersonWithAccess) -> None:
    """A person, or a robot, with what they sign and come in with."""
    guarantors = _with_names("no more than", person["guarantors"])
    vouched = _with_names("vouches for", person["vouches_for"])
    robots = _with_names("robots", person["robots"])
    _show_person(output, person, more=[*guarantors, *vouched, *robots])
    if output.is_json:
        return
    if person["may_use"]:
        output.text(person["may_use"])
    if teams := person["teams"]:
        output.heading("\nteams")
        output.table(
            [Column(title=title) for title in ("TEAM", "PUT IN", "BY")],
            [[one["name"], _moment(one["put_in_at"]), one["put_in_by"] or ""] for one in teams],
        )
    if keys := person["keys"]:
        output.heading("\nkeys")
        _print_keys(output, keys)
    if tokens := person["tokens"]:
        output.heading("\ntokens")
        _print_tokens(output, tokens)


def _with_names(title: str, names: Sequence[str]) -> list[tuple[str, str]]:
    return [(title, ", ".join(names))] if names else []


def _print_keys(output: Output, keys: Sequence[PersonKey]) -> None:
    output.table(
        [
            Column(title="PERSON"),
            Column(title="FINGERPRINT"),
            Column(title="ADDED"),
            Column(title="REVOKED"),
        ],
        [
            [
                key["person"],
                key["fingerprint"],
                time_text(key["added_at"]),
                _moment(key["revoked_at"]),
            ]
            for key in keys
        ],
    )


def _print_tokens(output: Output, tokens: Sequence[AccessToken]) -> None:
    titles = ("PERSON", "NAME", "SCOPE", "ARCHIVE", "CREATED", "EXPIRES", "USED", "REVOKED")
    output.table(
        [Column(title=title) for title in titles],
        [
            [
                token["person"],
                token["name"],
                token["scope"],
                token["archive"] or "all",
                time_text(token["created_at"]),
                _moment(token["expires_at"]),
                _moment(token["used_at"]),
                _moment(token["revoked_at"]),
            ]
            for token in tokens
        ],
    )
