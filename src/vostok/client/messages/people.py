"""What the API says of persons, their keys and tokens: its documents; and what it is asked."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.documents.people import AccessTokenView as AccessToken
from vostok.documents.people import IdentityView as Identity
from vostok.documents.people import NewRobotView as NewRobot
from vostok.documents.people import NewTokenView as NewToken
from vostok.documents.people import OneTimePasswordView as OneTimePassword
from vostok.documents.people import PersonKeyView as PersonKey
from vostok.documents.people import PersonView as Person
from vostok.documents.people import PersonWithAccessView as PersonWithAccess
from vostok.documents.people import SessionView as Session

__all__ = [
    "AccessToken",
    "Identity",
    "NewRobot",
    "NewToken",
    "OneTimePassword",
    "Person",
    "PersonKey",
    "PersonWithAccess",
    "Session",
    "TokenRequest",
]


class TokenRequest(TypedDict):
    """A token; without `days` it has no end, without `archive` and `scopes` it is for all.

    `scope` names one, `scopes` several.
    """

    name: str
    scope: NotRequired[str]
    scopes: NotRequired[list[str]]
    archive: NotRequired[str | None]
    days: NotRequired[int | None]
