"""Badges: small pictures that pages elsewhere show of an archive or a campaign."""

import hashlib
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.domain.badge import Badge, BadgeTone
from vostok.entrypoints.pages.asked import number_in_path
from vostok.entrypoints.pages.responses import FILE_HEADERS
from vostok.entrypoints.pages.visits import Door, asker

MEDIA_TYPE: Final = "image/svg+xml"

# Dark enough for white letters: 4.5 to 1 and more (WCAG 2.2, 1.4.3).
_COLOURS: Final = {
    BadgeTone.GOOD: "#1d6640",
    BadgeTone.MIXED: "#7f4d08",
    BadgeTone.BAD: "#9c2a20",
    BadgeTone.BUSY: "#1d5797",
    BadgeTone.QUIET: "#596267",
}
_LABEL_COLOUR: Final = "#2b343a"
_FONT: Final = "Verdana,DejaVu Sans,sans-serif"
# Of letters of 11 pixels; `textLength` fits those of other fonts to it.
_NARROW, _WIDE = frozenset(" ijlt/-.|"), frozenset("mw%")
_NARROW_WIDTH, _LETTER_WIDTH, _WIDE_WIDTH = 4.4, 7.0, 10.5
_SPACE: Final = 7
_HEIGHT: Final = 20


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the badges; whoever may not see an archive is told that there is none."""
    badges = services.badges

    def of_archive(request: Request) -> Response:
        return _sent(request, badges.of_archive(asker(request), request.path_params["name"]))

    def of_campaign(request: Request) -> Response:
        number = number_in_path(request, "number", "campaign")
        name = request.path_params["name"]
        return _sent(request, badges.of_campaign(asker(request), name, number))

    door.add_page(router, "/archives/{name}/badge.svg", of_archive)
    door.add_page(router, "/archives/{name}/campaigns/{number}/badge.svg", of_campaign)


def badge_svg(badge: Badge) -> str:
    """The picture, complete in itself: no script, no style sheet, no font from elsewhere."""
    left, right = _width(badge.label), _width(badge.message)
    title = quoteattr(badge.title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{_HEIGHT}" '
        f'viewBox="0 0 {left + right} {_HEIGHT}" role="img" aria-label={title}>'
        f"<title>{escape(badge.title)}</title>"
        f'<rect width="{left + right}" height="{_HEIGHT}" rx="3" fill="{_COLOURS[badge.tone]}"/>'
        f'<path d="M3 0h{left - 3}v{_HEIGHT}h-{left - 3}a3 3 0 0 1-3-3v-14a3 3 0 0 1 3-3z" '
        f'fill="{_LABEL_COLOUR}"/>'
        f'<g fill="#fff" font-family="{_FONT}" font-size="11" aria-hidden="true">'
        f"{_text(badge.label, 0, left)}{_text(badge.message, left, right)}</g></svg>"
    )


def _width(text: str) -> int:
    widths = (
        _NARROW_WIDTH if letter in _NARROW else _WIDE_WIDTH if letter in _WIDE else _LETTER_WIDTH
        for letter in text
    )
    return round(sum(widths)) + 2 * _SPACE


def _text(text: str, start: int, width: int) -> str:
    return (
        f'<text x="{start + _SPACE}" y="14" textLength="{width - 2 * _SPACE}" '
        f'lengthAdjust="spacingAndGlyphs">{escape(text)}</text>'
    )


def _sent(request: Request, badge: Badge) -> Response:
    """The picture, or word that whoever asks has it already.

    It is asked for again each time it is shown: who may not see the archive any more is told
    nothing, and what it says is some seconds old at most. Pages elsewhere may show those of
    public archives.
    """
    content = badge_svg(badge).encode()
    is_for_one = badge.is_private or bool(request.cookies)
    tag = f'"{hashlib.sha256(content).hexdigest()}"'
    headers = {
        **FILE_HEADERS,
        "ETag": tag,
        "Cache-Control": "private, no-cache" if is_for_one else "no-cache",
        "Cross-Origin-Resource-Policy": "same-origin" if badge.is_private else "cross-origin",
    }
    known = request.headers.get("if-none-match", "")
    # The compression that some clients get marks their tag as weak.
    if tag in {part.strip().removeprefix("W/") for part in known.split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=MEDIA_TYPE, headers=headers)
