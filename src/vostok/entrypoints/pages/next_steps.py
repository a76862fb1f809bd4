"""What to do next after an error, as a page says it: pages in the place of commands.

Errors are one for all doors, and their hints name commands. Where a page does the same, whoever
reads pages is led there; any other command is shown as it is.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from vostok.entrypoints.pages.addresses import path_of

_ARGUMENTS: Final = r"(?P<more>(?: (?!or\b|and\b|then\b)\S*[^\s;,.]){0,12})"
_COMMAND: Final = re.compile(rf"vostok (?P<words>[a-z]+ [a-z-]+){_ARGUMENTS}")
_PLACEHOLDER: Final = re.compile(r"[A-Z]+|…|.*[<>…].*")
"""Of an argument that whoever reads has to think of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPart:
    """A part of what to do next.

    Attributes:
        text: what is shown.
        path: of the page that it leads to; empty if it does not.
        is_command: whether it is to be typed in a terminal.
    """

    text: str
    path: str = ""
    is_command: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A page that does what a command does; `{}` in its segments are the command's arguments."""

    segments: tuple[str, ...]
    text: str


_PERSON: Final = ("people", "{}")
_PAGES: Final[Mapping[str, _Page]] = {
    command: _Page(segments=segments, text=text)
    for commands, segments, text in (
        (("archive list",), ("archives",), "all archives"),
        (("archive show", "archive watch"), ("archives", "{}", ""), "the page of {}"),
        (("archive import",), ("archives", "import"), "import an archive"),
        (("archive derive",), ("archives", "derive"), "derive an archive"),
        (("archive sync",), ("archives", "{}", "sync"), "the sync of {}"),
        (("archive set",), ("archives", "{}", "settings"), "the settings of {}"),
        (("archive delete",), ("archives", "{}", "delete"), "the deletion of {}"),
        (("archive history",), ("archives", "{}", "history"), "the history of {}"),
        (("archive sources",), ("archives", "{}", "packages"), "the packages of {}"),
        (("builder list", "builder add"), ("builders",), "the builders"),
        (("builder token",), ("builders", "{}"), "the builder {}"),
        (("campaign list",), ("archives", "{}", "campaigns"), "the campaigns of {}"),
        (("campaign show",), ("archives", "{}", "campaigns", "{}"), "{}, campaign {}"),
        (("identity list", "key list", "session list", "token list"), _PERSON, "what {} has"),
        (("job list",), ("jobs",), "the jobs"),
        (("job show", "job log"), ("jobs", "{}"), "the job"),
        (("person list", "person add"), ("people",), "the persons"),
        (("person show", "person enable", "person vouch"), _PERSON, "the page of {}"),
        (("person reset-password", "robot show", "token create"), _PERSON, "the page of {}"),
        (
            ("publication list", "publication publish", "publication release"),
            ("archives", "{}", "publications"), "the publications of {}",
        ),
        (("publication not-built",), ("archives", "{}", "not-built"), "what {} lacks"),
        (("quota list", "quota set", "quota remove"), ("quotas",), "the limits"),
        (("rebuild request",), ("archives", "{}", "rebuild"), "a rebuild in {}"),
        (("robot list", "robot add"), ("robots",), "the robots"),
        (("selection preview",), ("archives", "{}", "selection"), "selections in {}"),
        (("store collect",), ("store",), "the store"),
        (("subscription letters", "subscription list"), ("me", "mail"), "what is mailed to you"),
        (("team list", "team add"), ("teams",), "the teams"),
        (("team put", "team show"), ("teams", "{}"), "the team {}"),
        (("toolchain list",), ("toolchains",), "the toolchains"),
        (("toolchain create",), ("new", "toolchain"), "make a toolchain"),
        (("toolchain show",), ("toolchains", "{}"), "the toolchain {}"),
        (("upload list",), ("archives", "{}", "uploads"), "the uploads to {}"),
        (("upload show",), ("archives", "{}", "uploads", "{}"), "{}, upload {}"),
        (("version explain",), ("archives", "{}", "versions"), "the versions of {}"),
        (("webhook list", "webhook set"), ("archives", "{}", "webhooks"), "the webhooks of {}"),
        (("webhook show",), ("archives", "{}", "webhooks", "{}"), "{}, webhook {}"),
    )
    for command in commands
}  # fmt: skip
_GRANTS: Final = frozenset({"right grant", "right list"})


def next_steps(hint: str) -> list[StepPart]:
    """A hint in parts, in their order; joined, they say all of it. O(hint)."""
    parts = [part for part in _parts(hint) if part.text]
    return [
        StepPart(text=part.text[:1].upper() + part.text[1:], path=part.path)
        if number == 0 and not part.is_command
        else part
        for number, part in enumerate(parts)
    ]


def _parts(hint: str) -> Iterator[StepPart]:
    end = 0
    for found in _COMMAND.finditer(hint):
        yield StepPart(text=hint[end : found.start()])
        yield _page_of(found) or StepPart(text=found[0], is_command=True)
        end = found.end()
    yield StepPart(text=hint[end:])


def _page_of(command: re.Match[str]) -> StepPart | None:
    """The page that does what a command does; None if none does, or it lacks an argument."""
    arguments = command["more"].split()
    if command["words"] in _GRANTS:
        return _rights_page(command["words"], arguments)
    page = _PAGES.get(command["words"])
    if page is None:
        return None
    count = page.segments.count("{}")
    named = arguments[:count]
    if len(named) < count or any(
        one.startswith("-") or _PLACEHOLDER.fullmatch(one) for one in named
    ):
        return None
    given = iter(named)
    segments = [next(given) if segment == "{}" else segment for segment in page.segments]
    return StepPart(text=page.text.format(*named), path=path_of(*segments))


def _rights_page(words: str, arguments: list[str]) -> StepPart | None:
    first = next(iter(arguments), None)
    if words == "right list":
        said, archive = "the rights", first
    elif first is None:
        return None
    else:
        said, archive = f"the right {first}", dict(pairwise(arguments)).get("--archive")
    if archive is None:
        return StepPart(text=f"{said} on the installation", path=path_of("rights"))
    return StepPart(text=f"{said} on {archive}", path=path_of("archives", archive, "rights"))
