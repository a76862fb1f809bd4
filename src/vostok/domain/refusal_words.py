"""What somebody may not do, in words, and who can change that: `create archives`."""

from collections.abc import Mapping, Sequence
from shlex import quote
from typing import Final

# By what is asked for, a value of `access.Action`.
_DEEDS: Final[Mapping[str, str]] = {
    "import-archive": "import archives",
    "create-archive": "create archives",
    "derive-from": "derive archives from it",
    "preview-selection": "try selections",
    "change-archive": "change the archive",
    "delete-archive": "delete the archive",
    "keep-store": "look after the store",
    "create-toolchain": "make toolchains",
    "request-rebuild": "ask for builds",
    "retry-build": "retry builds",
    "cancel-build": "cancel builds",
    "rescore-build": "set scores of builds",
    "publish": "publish",
    "sync-archive": "sync the archive",
    "select-sources": "select sources",
    "cancel-job": "cancel jobs",
    "upload": "upload",
    "grant-rights": "grant rights",
    "see-rights": "see who may do what",
    "see-audit": "read the audit log",
    "grant-everywhere": "grant rights on all archives, nor see them",
    "manage-people": "manage people",
    "vouch": "vouch for people",
    "manage-quotas": "set limits",
    "manage-builders": "manage builders",
    "admit-builder": "hand out tokens of builders",
    "subscribe": "be told by mail",
    "claim-build": "claim builds",
}
OF_ADMINISTRATOR: Final = (
    "give the administrator's token: --token, VOSTOK_TOKEN or the file admin.token"
)
"""The way out for who is no person, or where no right is enough."""
_NAMES_NOTHING: Final = ("a ", "an ", "the ", "what ")
"""With which a subject begins where the deed alone says as much."""


def said_deed(action: str, subject: str) -> str:
    """What is done, and to what if the subject names it."""
    if action == "view":
        return f"see {subject}"
    says_as_much = subject.startswith(_NAMES_NOTHING)
    return _DEEDS[action] if says_as_much else f"{_DEEDS[action]}: {subject}"


def said_limits(scopes: Sequence[str], archive: str | None) -> str:
    """What a token leaves out, of what refuses: the other scopes, the other archives."""
    said = [f"to {', '.join(scopes)}"] if scopes else []
    if archive is not None:
        said.append(f"in {archive}")
    return f"; the token is only {' '.join(said)}" if said else ""


def said_way_out(right: str, person: str, *, archive: str | None, has_guarantors: bool) -> str:
    """Who can let a person do it: by a right, on an archive or else on the installation."""
    where = "" if archive is None else f" --archive {quote(archive)}"
    command = f"vostok right grant {right} --person {quote(person)}{where}"
    if has_guarantors:
        return (
            f"an administrator grants it, if that was not done: {command}; and {_vouching(person)}"
        )
    return f"an administrator grants it: {command}"


def said_way_out_somewhere(right: str, person: str, *, has_guarantors: bool) -> str:
    """The same of something whose archive is not known yet: no command could name it."""
    granted = f"who administers its archive grants the right {right}"
    return f"{granted}; an administrator {_vouching(person)}" if has_guarantors else granted


def _vouching(person: str) -> str:
    return f"vouches for {person}: vostok person vouch {quote(person)}"


def said_other_token(person: str, scope: str | None, *, is_elsewhere: bool) -> str:
    """How a person gets a token that does it; `scope` None: that of theirs is enough."""
    good = "make one that is good there" if is_elsewhere else "make one"
    narrowed = "" if scope is None else f" --scope {scope}"
    return f"{good}: vostok token create {quote(person)} NAME{narrowed}"
