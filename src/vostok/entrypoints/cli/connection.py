"""Where the server is, and the token for it: given, or found in the data root of this machine."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from vostok.config import SYSTEM_DATA_ROOT, Settings
from vostok.entrypoints.cli.client import Client, no_server
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
    """The server that the settings name, else the one that runs on this machine.

    The data root's token goes only to this machine, or to the address the data root names: a
    URL given for another server must not collect it.

    Raises:
        UnavailableError: no URL is given and no server runs here.
        NotAllowedError: this user may not read the administrator's token.
    """
    root = _running_data_root(settings)
    address = _small_file(root / "address")
    url = settings.url or address
    if url is None:
        raise no_server(f"http://{settings.host}:{settings.port} (data root {root})")
    if settings.token is not None:
        return Connection(url=url, token=settings.token)
    is_own = url == address or urlsplit(url).hostname in _LOOPBACK
    return Connection(url=url, token=_admin_token(root) if is_own else None)


def _running_data_root(settings: Settings) -> Path:
    """The data root of the settings; if none was set and nothing runs there, the system's."""
    root = settings.data_root
    if "data_root" in settings.model_fields_set or (root / "address").exists():
        return root
    return SYSTEM_DATA_ROOT if (SYSTEM_DATA_ROOT / "address").exists() else root


def _admin_token(root: Path) -> str | None:
    file = root / "admin.token"
    try:
        return _small_file(file)
    except PermissionError as error:
        owner = file.stat().st_uid if os.access(root, os.X_OK) else root.stat().st_uid
        raise NotAllowedError(
            f"the administrator's token {file} is readable only by the user with id {owner}",
            hint="run this as that user (sudo), or give a token of your own in VOSTOK_TOKEN",
        ) from error


def _small_file(file: Path) -> str | None:
    try:
        with file.open(encoding="ascii") as stream:
            text = stream.read(_SMALL_FILE_BYTES_MAX)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"{file} holds something else than text") from error
    return text.strip() or None
