"""Documents of what happened in an archive."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class NewsItemView(TypedDict):
    """Something that happened; `position` is the one behind it.

    `number` is that of the publication, the upload or the campaign; a build's is its id.
    """

    key: str
    position: str
    at: str
    topic: str
    archive: str
    actor: str
    subject: str
    title: str
    sentence: str
    number: int
    campaign: int | None
    version: str | None
    architecture: str | None
    state: str | None
    page: str


class NewsView(TypedDict):
    """What happened behind a position; it goes on behind `next`, also where nothing is listed.

    `is_whole` says that nothing more was there.
    """

    items: list[NewsItemView]
    next: str
    is_whole: bool
