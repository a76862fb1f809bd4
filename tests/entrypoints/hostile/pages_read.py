"""What a page holds, as a browser reads it, and all pages of a server, found by their links."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin, urlsplit

from httpx2 import Response
from starlette.routing import Match, Route
from tests.entrypoints.hostile.foreign_text import MARK
from tests.entrypoints.installation import URL, Installation
from tests.entrypoints.pages.visitor import Visitor

from vostok.entrypoints.pages import create_router

LOOKED_AT_MAX: Final = 2_000
OF_ROUTE_MAX: Final = 2
"""Addresses that are looked at of one route: pages of the same kind are filled by one template."""
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_ADDRESSES: Final = frozenset(
    {"href", "src", "action", "formaction", "data", "poster", "xlink:href"}
)
_NOT_OURS: Final = frozenset({"style", "iframe", "object", "embed", "base", "svg:script", "math"})


class PageParts(HTMLParser):
    """What is wrong in a page that foreign text stands in, its links, and its forms."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.links: list[str] = []
        self.forms: list[tuple[str, str, dict[str, str]]] = []
        self.feed(text)
        self.close()
        if found := _UNSEEN.search(text):
            self.faults.append(f"character {found[0]!r} in {text[found.start() - 60 :][:80]!r}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Judge an element."""
        given = {name: value or "" for name, value in attrs}
        if MARK in tag or tag in _NOT_OURS:
            self.faults.append(f"element {tag}")
        if tag == "script" and not given.get("src", "").startswith("/static/"):
            self.faults.append("script within the page")
        for name, value in given.items():
            self._judge(tag, name, value)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "form":
            self.forms.append((given.get("method", "get"), given.get("action", ""), {}))
        if tag in {"input", "select", "textarea"} and "name" in given and self.forms:
            self.forms[-1][2][given["name"]] = given.get("value", "")

    def _judge(self, tag: str, name: str, value: str) -> None:
        if MARK in name or name.startswith("on") or name in {"style", "srcdoc"}:
            self.faults.append(f"attribute {name} of {tag}")
        scheme = urlsplit(value.strip()).scheme if name in _ADDRESSES else ""
        if scheme not in {"", "http", "https", "mailto", "data"} or (scheme, tag) == ("data", "a"):
            self.faults.append(f"{name}={value[:60]!r} of {tag}")

    def handle_comment(self, data: str) -> None:
        """No comment holds what is foreign."""
        if MARK in data:
            self.faults.append("comment")


@dataclass(frozen=True, kw_only=True)
class Looked:
    """All pages of a server, as one visitor saw them.

    Attributes:
        visitor: who looked.
        answers: address -> answer.
        of_route: route -> addresses at which something was there.
    """

    visitor: Visitor
    answers: dict[str, Response]
    of_route: dict[str, list[str]]

    @cached_property
    def pages(self) -> dict[str, PageParts]:
        """Address -> what is in the page."""
        return {
            address: PageParts(answer.text)
            for address, answer in self.answers.items()
            if is_page(answer)
        }

    def forms(self, method: str) -> dict[str, dict[str, str]]:
        """Address of each form -> its fields with what is written in them."""
        return {
            urljoin(address, action).partition("?")[0]: fields
            for address, page in self.pages.items()
            for of, action, fields in page.forms
            if of == method
        }


class Walk:
    """Goes through all pages of a server by their links, some of each kind."""

    def __init__(self, installation: Installation, visitor: Visitor) -> None:
        self._routes = [
            route
            for route in create_router(installation.services).routes
            if isinstance(route, Route) and "GET" in (route.methods or ())
        ]
        self._visitor = visitor

    def looked(self, begin: list[str]) -> Looked:
        """What is seen from these addresses on."""
        waiting, seen, counts = list(reversed(begin)), set(begin), Counter[str]()
        answers: dict[str, Response] = {}
        of_route: dict[str, list[str]] = {}
        while waiting and len(answers) < LOOKED_AT_MAX:
            address = waiting.pop()
            route = self._route_of(address)
            if counts[route] >= OF_ROUTE_MAX and address not in begin:
                continue
            answer = answers[address] = self._visitor.client.get(address)
            if answer.status_code == 200:
                counts[route] += 1
                of_route.setdefault(route, []).append(address)
            if is_page(answer):
                read = PageParts(answer.text)
                links = {urljoin(address, link).partition("#")[0] for link in read.links}
                new = sorted(link for link in links - seen if _is_here(link))
                waiting += new
                seen |= set(new)
        return Looked(visitor=self._visitor, answers=answers, of_route=of_route)

    def _route_of(self, address: str) -> str:
        path = urlsplit(address).path
        scope = {"type": "http", "path": path, "method": "GET"}
        for route in self._routes:
            if route.matches(scope)[0] is Match.FULL:
                return route.path
        return path


def is_page(answer: Response) -> bool:
    """Whether a browser shows it as a page."""
    return answer.headers.get("content-type", "").startswith("text/html")


def faults_of(answer: Response) -> list[str]:
    """What is wrong in an answer that foreign text stands in."""
    found = PageParts(answer.text).faults if is_page(answer) else []
    if answer.status_code >= 500:
        found = [*found, f"status {answer.status_code}"]
    return found + header_faults(answer.headers)


def _is_here(link: str) -> bool:
    return link.startswith(("/", URL)) and not urlsplit(link).path.endswith("/events")


def header_faults(headers: Mapping[str, str]) -> list[str]:
    """Headers that foreign text has come into, and those that are missing."""
    faults = [f"header {name}: {value[:80]}" for name, value in headers.items() if MARK in name]
    faults += [f"cookie {value[:80]}" for name, value in headers.items()
               if name.lower() == "set-cookie" and value.startswith(MARK)]  # fmt: skip
    if headers.get("x-content-type-options") != "nosniff":
        faults.append("no nosniff")
    policy = headers.get("content-security-policy", "")
    if "frame-ancestors 'none'" not in policy or "default-src 'none'" not in policy:
        faults.append("no policy")
    if "unsafe" in policy or "*" in policy:
        faults.append(f"policy {policy}")
    return faults
