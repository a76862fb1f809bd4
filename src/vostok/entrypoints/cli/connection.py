"""Where the server is, and the token for it: given, or found in the data root of this machine."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from vostok.client import Client
from vostok.client.problems import no_server
from vostok.config import SYSTEM_DATA_ROOT, Settings, login_file
from vostok.entrypoints.cli.stored_login import find_login
from vostok.errors import InvalidInputError, NotAllowedError

_SMALL_FILE_BYTES_MAX: Final = 4_096
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A server's URL, and the token it is asked with; None asks as nobody."""

    url: str
    token: str | None


def connect(settings: Settings) -> Client:
    """A client of the server that `find_connection` finds."""
    connection = find_connection(settings)
    return Client(connection.url, connection.token)


def find_connection(settings: Settings) -> Connection:
    """The server that the settings name, else that of `vostok login`, else this machine's.

    The data root's token goes only to this machine, or to the address the data root names: a
    URL given for another server must not collect it.

    Raises:
        UnavailableError: no URL is given and no server runs here.
        NotAllowedError: this user may not read the administrator's token.
    """
    login = None if "data_root" in settings.model_fields_set else find_login(login_file())
    if login is not None and settings.url in {None, login.url}:
        return Connection(url=login.url, token=settings.token or login.token)
    url = find_url(settings)
    if settings.token is not None:
        return Connection(url=url, token=settings.token)
    root = _running_data_root(settings)
    is_own = url == _small_file(root / "address") or urlsplit(url).hostname in _LOOPBACK
    return Connection(url=url, token=_admin_token(root) if is_own else None)


def find_url(settings: Settings) -> str:
    """The URL that the settings name, else that of the server that runs on this machine.

    Raises:
        UnavailableError: no URL is given and no server runs here.
    """
    root = _running_data_root(settings)
    url = settings.url or _small_file(root / "address")
    if url is None:
        raise no_server(f"http://{settings.host}:{settings.port} (data root {root})")
    return url


def _running_data_root(settings: Settings) -> Path:
    """The data root of the settings; if none was set and nothing runs there, the system's."""
    root = settings.data_root
    if "data_root" in settings.model_fields_set or _small_file(root / "address"):
        return root
    return SYSTEM_DATA_ROOT if _small_file(SYSTEM_DATA_ROOT / "address") else root


def _admin_token(root: Path) -> str | None:
    return _small_file(
        root / "admin.token",
        hint="run this as the user who runs vostok up (sudo), or set VOSTOK_TOKEN",
    )


def _small_file(file: Path, *, hint: str | None = None) -> str | None:
    """The text of a file of one line; None if there is none.

    Raises:
        NotAllowedError: it is there, or may be, but this user may not read it.
    """
    try:
        with file.open(encoding="ascii") as stream:
            text = stream.read(_SMALL_FILE_BYTES_MAX)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        raise NotAllowedError(
            f"{file} may not be read by the user with id {os.geteuid()}", hint=hint
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"{file} holds something else than text") from error
    return text.strip() or None
