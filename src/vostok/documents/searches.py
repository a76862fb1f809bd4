"""Documents of what a search found."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class FoundArchiveView(TypedDict):
    """An archive whose name has the text."""

    name: str
    kind: str
    state: str


class FoundSourceView(TypedDict):
    """A source whose name has the text, in one suite that has it now."""

    name: str
    version: str
    archive: str
    suite: str
    component: str
    is_derived: bool


class FoundBuildView(TypedDict):
    """The newest record of a source on one architecture of an archive."""

    archive: str
    source: str
    version: str
    rebuild_no: int
    architecture: str
    state: str
    campaign: int | None


class FoundView(TypedDict):
    """What was found, of each kind exact names first; `more` names the kinds that have more.

    `text` is what was looked for, without capitals.
    """

    text: str
    archives: list[FoundArchiveView]
    sources: list[FoundSourceView]
    builds: list[FoundBuildView]
    more: list[str]
