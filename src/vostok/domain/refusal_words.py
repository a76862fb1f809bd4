"""What somebody may not do, in words: `create archives`, `publish: trial`."""

from collections.abc import Mapping
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
_NAMES_NOTHING: Final = ("a ", "an ", "the ", "what ")
"""With which a subject begins where the deed alone says as much."""


def said_deed(action: str, subject: str) -> str:
    """What is done, and to what if the subject names it."""
    if action == "view":
        return f"see {subject}"
    says_as_much = subject.startswith(_NAMES_NOTHING)
    return _DEEDS[action] if says_as_much else f"{_DEEDS[action]}: {subject}"
