"""Pages taken apart, what the fake reader has, and the addresses of two builds of it."""

from html.parser import HTMLParser
from typing import Any, Protocol

BUILD = "/archives/trial/builds/hello/2/amd64"
RUNNING = "/archives/trial/builds/hello/3/amd64"
VOID = {"meta", "link", "input", "br", "img"}


class World(Protocol):
    """The lists of the fake reader that these tests change or compare with."""

    archives_: list[Any]
    campaigns_: list[Any]
    publications_: list[Any]
    jobs_: list[Any]
    job_lines: list[Any]
    toolchains_: list[Any]
    slot: list[Any]
    logs: dict[int, bytes]
    growing: set[int]
    error: Exception | None


class Outline(HTMLParser):
    """The tags of a page, and what stands in them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.inline: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"script", "style"} and data.strip():
            self.inline.append(data)

    def attributes(self, name: str) -> list[str]:
        return [attributes[name] for _, attributes in self.tags if name in attributes]
