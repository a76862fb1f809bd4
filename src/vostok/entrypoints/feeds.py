"""News as Atom feeds (RFC 4287), for whoever follows archives in a feed reader."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Final
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree as ET

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from vostok.adapters.callers import address_of
from vostok.bootstrap import Services
from vostok.domain.access import Principal, TokenScope
from vostok.domain.credentials import shown_token
from vostok.domain.news import NewsItem
from vostok.domain.session import cookie_name
from vostok.errors import NotAuthenticatedError, NotFoundError
from vostok.services.telling.news import NewsFeed, page_address

ENTRIES_MAX: Final = 100
TOKEN_CHARACTERS_MAX: Final = 200
NUMBER_MAX: Final = (1 << 31) - 1
ATOM: Final = "http://www.w3.org/2005/Atom"
MEDIA_TYPE: Final = "application/atom+xml; charset=utf-8"

# What XML 1.0 cannot hold in any form (its section 2.2).
_IMPOSSIBLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_AUTHORITY: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")

ET.register_namespace("", ATOM)


def create_router(services: Services) -> APIRouter:
    """The feeds. Of private archives they are read as apt reads those, with a token.

    Whoever has signed in to the pages reads them too. A feed reader that sends no headers has a
    token in the address, one that is good for feeds and nothing else.
    """
    router = APIRouter(include_in_schema=False)
    news, url = services.news, services.url.rstrip("/")

    cookie = cookie_name(is_secure=url.startswith("https:"))

    def principal(
        request: Request,
        authorization: Annotated[str | None, Header()] = None,
        token: Annotated[str | None, Query(max_length=TOKEN_CHARACTERS_MAX)] = None,
    ) -> Principal:
        address = address_of(request)
        if token is not None:
            _refuse_foreign_page(request)
            return _feed_reader(services.people.principal(token, address=address))
        secret = request.cookies.get(cookie)
        session = None
        if secret and authorization is None:
            session = services.sessions.find(secret, address=address)
        if session is not None:
            return session.principal
        shown = shown_token(authorization or "")
        found = services.people.principal(shown, address=address)
        return _feed_reader(found) if TokenScope.FEED in found.scopes else found

    asker = Annotated[Principal, Depends(principal)]

    @router.api_route("/archives/{name}/feed.atom", methods=["GET", "HEAD"])
    def archive_feed(request: Request, name: str, who: asker) -> Response:
        feed = news.newest(who, name, None, limit=ENTRIES_MAX)
        return _sent(request, atom_document(feed, url))

    @router.api_route("/archives/{name}/campaigns/{number:int}/feed.atom", methods=["GET", "HEAD"])
    def campaign_feed(request: Request, name: str, number: int, who: asker) -> Response:
        if not 1 <= number <= NUMBER_MAX:
            raise NotFoundError(
                f"{name} has no campaign {number}",
                hint=f"see which there are: vostok campaign list {name}",
            )
        feed = news.newest(who, name, number, limit=ENTRIES_MAX)
        return _sent(request, atom_document(feed, url))

    return router


def _refuse_foreign_page(request: Request) -> None:
    """Refuse a token that a page elsewhere put into an address, before it is looked at.

    Such a page could have a visitor's browser show wrong ones until nobody at the visitor's
    address is let in. Feed readers send no such header. Source: Fetch Metadata Request Headers.

    Raises:
        NotAuthenticatedError: the browser says that it was a page of another origin.
    """
    if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        raise NotAuthenticatedError(
            "a page elsewhere put the token into the address",
            hint="open the address in a feed reader, or type it",
        )


def _feed_reader(principal: Principal) -> Principal:
    """Whom a token for feeds stands for, where feeds are read.

    Raises:
        NotAuthenticatedError: it is another token: addresses lie around in too many places.
    """
    if TokenScope.FEED not in principal.scopes:
        raise NotAuthenticatedError(
            "the token in the address is not one for feeds",
            hint="make one: vostok token create PERSON NAME --scope feed --archive ARCHIVE",
        )
    return replace(principal, scopes=frozenset({TokenScope.READ}))


def atom_document(feed: NewsFeed, url: str) -> bytes:
    """The feed as a document.

    Args:
        feed: what it tells.
        url: the server's, without a slash at its end.
    """
    archive, campaign = quote(feed.archive, safe=""), feed.campaign
    of_what = "" if campaign is None else f"/campaigns/{campaign}"
    tag = _tagger(feed, url)
    root = ET.Element(f"{{{ATOM}}}feed")
    _add(root, "id", tag(of_what.lstrip("/") or "feed"))
    _add(root, "title", feed.title)
    _add(root, "updated", max([feed.created_at, *(i.at for i in feed.items)]).isoformat())
    _add(_add(root, "author"), "name", "Vostok")
    _add(root, "generator", "Vostok")
    page = f"{url}/archives/{archive}{of_what or '/'}"
    _add(root, "link", rel="alternate", type="text/html", href=page)
    _add(root, "link", rel="self", type="application/atom+xml",
         href=f"{url}/archives/{archive}{of_what}/feed.atom")  # fmt: skip
    for item in feed.items:
        _add_entry(root, item, tag(item.key), page_address(feed.archive, item, url))
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def _add_entry(root: ET.Element, item: NewsItem, tag: str, page: str) -> None:
    entry = _add(root, "entry")
    _add(entry, "id", tag)
    _add(entry, "title", item.title)
    _add(entry, "updated", item.at.isoformat())
    _add(entry, "published", item.at.isoformat())
    _add(_add(entry, "author"), "name", item.actor or "Vostok")
    _add(entry, "category", term=item.topic)
    _add(entry, "link", rel="alternate", type="text/html", href=page)
    _add(entry, "summary", item.sentence, type="text")


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    """An element behind the parent's others; what XML cannot hold is replaced."""
    clean = {key: _possible(value) for key, value in attributes.items()}
    element = ET.SubElement(parent, f"{{{ATOM}}}{name}", clean)
    if text:
        element.text = _possible(text)
    return element


def _possible(text: str) -> str:
    return _IMPOSSIBLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _tagger(feed: NewsFeed, url: str) -> Callable[[str], str]:
    """Names that stay the same for ever (RFC 4151), whatever archive gets the name later.

    The authority is the server's host name on the day when the archive was made.
    """
    host = (urlsplit(url).hostname or "").lower()
    authority = host if _AUTHORITY.fullmatch(host) else "localhost"
    day = feed.created_at.date().isoformat()

    def tag(key: str) -> str:
        return f"tag:{authority},{day}:archives/{feed.archive_id}/{key}"

    return tag


def _sent(request: Request, document: bytes) -> Response:
    """The document, or word that the reader has it already."""
    tag = f'"{hashlib.sha256(document).hexdigest()}"'
    is_known_reader = bool(
        "authorization" in request.headers or request.cookies or "token" in request.query_params
    )
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache" if is_known_reader else "no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    known = request.headers.get("if-none-match", "")
    # The compression that some clients get marks their tag as weak.
    if tag in {part.strip().removeprefix("W/") for part in known.split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(document, media_type=MEDIA_TYPE, headers=headers)
