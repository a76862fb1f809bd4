"""``vostok login`` and ``logout``: known to a server without saying the token each time."""

import re
import secrets
import socket
import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.errors import InvalidInputError, VostokError

if TYPE_CHECKING:
    from vostok.entrypoints.cli.stored_login import StoredLogin

SECRET_CHARACTERS_MAX: Final = 1_024
HOST_CHARACTERS_SHOWN: Final = 40
VISIBLE: Final = frozenset({"url"})


def register(app: typer.Typer) -> None:
    """Adds the commands."""

    @command(
        app,
        "login",
        examples=[
            "vostok login https://vostok.example.org --person lou",
            "vostok login https://vostok.example.org < token",
        ],
        visible=VISIBLE,
    )
    def log_in(
        invocation: Invocation,
        server: Annotated[
            str | None, typer.Argument(metavar="URL", help="Of the server; the same as --url.")
        ] = None,
        *,
        person: Annotated[
            str | None,
            typer.Option(metavar="NAME", help="Who you are; without: a token is asked for."),
        ] = None,
        name: Annotated[
            str | None,
            typer.Option(
                metavar="NAME",
                help="Name of the token that a password is changed for; without: says where.",
            ),
        ] = None,
        days: Annotated[
            int, typer.Option(metavar="N", help="Days that that token is good for.")
        ] = 90,
    ) -> None:
        """Sign in to a server: later commands go to it, with your token.

        Asks for a password, or for a token; from a pipe it is the first line. They are kept in
        vostok/login.json in the user's configuration directory (XDG_CONFIG_HOME, ~/.config),
        which nobody else can read. --url and --token, VOSTOK_URL and VOSTOK_TOKEN go before it.
        """
        # 0.2 s that `--help` need not wait for.
        from vostok.config import login_file  # noqa: PLC0415
        from vostok.entrypoints.cli.stored_login import store_login  # noqa: PLC0415

        url = _server(invocation, server)
        if person is None:
            login = _with_token(url.rstrip("/"))
        else:
            login = _with_password(url.rstrip("/"), person, name or _token_name(), days)
        store_login(login_file(), login)
        whom = f" as {login.person}" if login.person else ""
        invocation.output.note(f"signed in to {login.url}{whom}")

    @command(app, "logout", examples=["vostok logout"], visible=frozenset())
    def log_out(invocation: Invocation) -> None:
        """Forget the server of `vostok login`, and revoke a token made by it."""
        from vostok.config import login_file  # noqa: PLC0415 - as above
        from vostok.entrypoints.cli.stored_login import (  # noqa: PLC0415 - as above
            find_login,
            forget_login,
        )

        login = find_login(login_file())
        forget_login(login_file())
        if login is None:
            invocation.output.note("nobody was signed in")
            return
        try:
            _revoke(login)
        except VostokError as error:
            invocation.output.note(f"the token is not revoked: {error}")
        invocation.output.note(f"signed out of {login.url}")


def _server(invocation: Invocation, given: str | None) -> str:
    if given and invocation.options.url and given != invocation.options.url:
        raise InvalidInputError(
            f"two servers are named to sign in to: {given} and {invocation.options.url}",
            hint="name one: vostok login URL",
        )
    settings = invocation.settings(url=given) if given else invocation.settings()
    if settings.url is None:
        raise InvalidInputError(
            "no server is named to sign in to", hint="name it: vostok login URL"
        )
    return settings.url


def _with_token(url: str) -> "StoredLogin":
    from vostok.client import Client  # noqa: PLC0415 - as above
    from vostok.entrypoints.cli.stored_login import StoredLogin  # noqa: PLC0415 - as above

    token = _secret("token").strip()
    if not token or not token.isascii() or not token.isprintable():
        raise InvalidInputError("that is no token")
    with Client(url, token) as client:
        client.status()
    return StoredLogin(url=url, token=token)


def _with_password(url: str, person: str, name: str, days: int) -> "StoredLogin":
    from vostok.client import Client  # noqa: PLC0415 - as above
    from vostok.entrypoints.cli.stored_login import StoredLogin  # noqa: PLC0415 - as above

    with Client(url) as client:
        token = client.log_in(person, _secret("password"), name=name, days=days)
    return StoredLogin(url=url, token=token["token"], person=token["person"], name=token["name"])


def _token_name() -> str:
    """Where, and something new: a person's tokens all have different names, revoked ones too."""
    host = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname())[:HOST_CHARACTERS_SHOWN]
    return f"vostok login on {host} {secrets.token_hex(4)}"


def _revoke(login: "StoredLogin") -> None:
    from vostok.client import Client  # noqa: PLC0415 - as above

    if login.person is None or login.name is None:
        return
    with Client(login.url, login.token) as client:
        client.revoke_token(login.person, login.name)


def _secret(what: str) -> str:
    if sys.stdin.isatty():
        return str(typer.prompt(what, hide_input=True, err=True))
    return sys.stdin.readline(SECRET_CHARACTERS_MAX).rstrip("\r\n")
