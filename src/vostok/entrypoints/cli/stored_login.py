"""The server and token of who signed in, in a file that only they can read."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from vostok.errors import InvalidInputError, NotAllowedError

_BYTES_MAX: Final = 8_192
_MODE: Final = 0o600
_DIRECTORY_MODE: Final = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLogin:
    """A server, and a token for it; whose and under which name, if signing in made it."""

    url: str
    token: str
    person: str | None = None
    name: str | None = None


def find_login(file: Path) -> StoredLogin | None:
    """What is stored; None if nobody is signed in.

    Raises:
        InvalidInputError: the file is not one of ours.
        NotAllowedError: others can read it, or this user cannot.
    """
    try:
        with file.open(encoding="utf-8") as stream:
            if os.fstat(stream.fileno()).st_mode & 0o077:
                raise NotAllowedError(
                    f"{file} can be read by others", hint=f"chmod 600 {file}, or vostok logout"
                )
            found = json.loads(stream.read(_BYTES_MAX))
        return StoredLogin(**found)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        raise NotAllowedError(f"{file} may not be read") from error
    except (ValueError, TypeError) as error:
        raise InvalidInputError(
            f"{file} is not as vostok login writes it", hint="sign in again: vostok login"
        ) from error


def store_login(file: Path, login: StoredLogin) -> None:
    """Store it in the place of what is there: whole, or not at all."""
    file.parent.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(asdict(login), stream)
    new.replace(file)


def forget_login(file: Path) -> None:
    """Take it away; no error if there is none."""
    file.unlink(missing_ok=True)
