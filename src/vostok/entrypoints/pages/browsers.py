"""What a browser calls itself, in words for people."""

import re
from typing import Final

UNKNOWN: Final = "an unknown browser"
OTHER_CHARACTERS_MAX: Final = 40

# The first that is found counts: each calls itself also what those after it are called.
_BROWSERS: Final = (
    ("Edge", re.compile(r"\bEdg(?:e|A|iOS)?/([0-9]{1,5})")),
    ("Opera", re.compile(r"\bOPR/([0-9]{1,5})")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/([0-9]{1,5})")),
    ("Chromium", re.compile(r"\b(?:Chromium|HeadlessChrome)/([0-9]{1,5})")),
    ("Chrome", re.compile(r"\b(?:Chrome|CriOS)/([0-9]{1,5})")),
    ("Safari", re.compile(r"\bVersion/([0-9]{1,5})[0-9.]* (?:Mobile/[0-9A-Z]{1,10} )?Safari/")),
)
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
    ("X11", "Unix"),
)


def browser_of(agent: str | None) -> str:
    """Browser and system of a User-Agent, as `Firefox 128 on Linux`; else how it begins.

    Whoever sends it chooses it: it helps its owner to know a session again, and proves nothing.

    Source: RFC 9110, 10.1.5, and what browsers send.
    """
    if not agent or not agent.strip():
        return UNKNOWN
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    for name, pattern in _BROWSERS:
        if (found := pattern.search(agent)) is not None:
            return f"{name} {found[1]} on {system}" if system else f"{name} {found[1]}"
    cut = len(agent) > OTHER_CHARACTERS_MAX
    return f"{agent[: OTHER_CHARACTERS_MAX - 1]}…" if cut else agent
