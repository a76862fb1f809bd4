"""Which thing an address of the API is of, and on which condition a request is to change it."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from fastapi import Request

from vostok.domain.revision import Thing, ThingKind
from vostok.errors import InvalidInputError
from vostok.services.revisions import REVISIONS_NAMED_MAX, Condition

CONDITION_HEADER: Final = "If-Match"
API: Final = "/api/v1"

Parameters = Mapping[str, str]


def _named(kind: ThingKind, parameter: str) -> Callable[[Parameters], Thing]:
    return lambda given: Thing(kind=kind, name=given[parameter])


def _webhook(given: Parameters) -> Thing:
    number = given["number"]
    # What is no number is refused where parameters are; until then it is the number of none.
    return Thing(
        kind=ThingKind.WEBHOOK,
        name=given["name"],
        number=int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0,  # noqa: PLR2004 - digits of an INTEGER
    )


THINGS: Final[Mapping[str, Callable[[Parameters], Thing]]] = {
    "/archives/{name}/webhooks/{number}": _webhook,
    "/archives/{name}": _named(ThingKind.ARCHIVE, "name"),
    "/persons/{person}/quota": _named(ThingKind.PERSON_LIMITS, "person"),
    "/persons/{person}": _named(ThingKind.PERSON, "person"),
    "/robots/{robot}": _named(ThingKind.PERSON, "robot"),
    "/teams/{team}/quota": _named(ThingKind.TEAM_LIMITS, "team"),
    "/teams/{team}": _named(ThingKind.TEAM, "team"),
    "/quotas/{subject}": _named(ThingKind.DEFAULT_LIMITS, "subject"),
    "/builders/{builder}": _named(ThingKind.BUILDER, "builder"),
    "/toolchains/{name}": _named(ThingKind.TOOLCHAIN, "name"),
    "/rights": lambda _given: Thing(kind=ThingKind.GENERAL_RIGHTS),
}
"""Beginning of a path -> the thing that is changed by whatever lies below; the longest first."""
NEW_REVISIONS: Final = f"{API}/toolchains"
"""Where the thing that gets another revision is named in the body."""
SHOWING: Final = frozenset(
    {f"{API}{path}" for path in THINGS}
    | {f"{API}/archives/{{name}}/rights", f"{API}/archives/{{name}}/quota"}
)
"""Where a thing is read: there its revision is told."""


def has_condition(path: str) -> bool:
    """Whether what lies at a path may be changed on a condition."""
    return path == NEW_REVISIONS or _thing_maker(path) is not None


def shown_thing(request: Request) -> Thing | None:
    """The thing that a request reads."""
    path: str = request.scope["route"].path
    return _thing_of(path, request) if request.method == "GET" and path in SHOWING else None


def condition_of(request: Request) -> Condition | None:
    """On which condition something is to be changed; None for a request without one.

    Raises:
        InvalidInputError: what is to be changed has no revision.
    """
    said = request.headers.get(CONDITION_HEADER)
    if request.method == "GET" or said is None:
        return None
    path: str = request.scope["route"].path
    thing = _toolchain_in(request) if path == NEW_REVISIONS else _thing_of(path, request)
    if thing is None:
        raise InvalidInputError(
            f"{CONDITION_HEADER} is for changes of what has a revision: see its ETag",
            hint=f"send this request without {CONDITION_HEADER}",
            reason="no-revision",
        )
    tags = [] if said.strip() == "*" else _tags(said)
    revisions = [tag.rpartition(".")[0] for tag in tags[:REVISIONS_NAMED_MAX]]
    return Condition(thing=thing, revisions=revisions)


def _thing_maker(path: str) -> Callable[[Parameters], Thing] | None:
    below = path.removeprefix(API) + "/"
    return next((made for at, made in THINGS.items() if below.startswith(f"{at}/")), None)


def _thing_of(path: str, request: Request) -> Thing | None:
    made = _thing_maker(path)
    return None if made is None else made(request.path_params)


def _toolchain_in(request: Request) -> Thing | None:
    """The toolchain that a body names; without one the body is refused anyway."""
    try:
        said = json.loads(request.state.said)
    except ValueError:
        return None
    name = said.get("name") if isinstance(said, dict) else None
    return Thing(kind=ThingKind.TOOLCHAIN, name=name) if isinstance(name, str) else None


def _tags(said: str) -> list[str]:
    """The strong tags of a header; a weak one is never a match where something is changed."""
    return [tag.strip().strip('"') for tag in said.split(",")]
