"""Values as people read them. All take what JSON may hold, None included, and never raise."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import takewhile

from markupsafe import Markup

from vostok.documents import CampaignView, ToolchainView

NOTHING = "\N{EN DASH}"
CHOICE_CHARACTERS_MAX = 60
_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_KIB = 1024
_THIN_SPACE = "\u202f"
_ESCAPE_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?")
# Controls but tab and newline, and what reorders text: foreign text must not lie about itself.
_UNSAFE = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n"},
    0x7F: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
    **dict.fromkeys((0x61C, 0x200E, 0x200F), 0xFFFD),
    **dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), 0xFFFD),
}
_IS_UNSAFE = re.compile("[" + "".join(map(re.escape, map(chr, _UNSAFE))) + "]")


def moment(value: object) -> datetime | None:
    """An ISO 8601 string (or a datetime) as an aware datetime in UTC; None if it is neither.

    None too for what is no moment in UTC, as the first hours of the year 1 east of Greenwich.
    """
    try:
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def clock(value: object) -> str:
    """A moment to the minute in UTC; what is no moment is shown as it stands."""
    at = moment(value)
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else str(value or NOTHING)


def clock_to_second(value: object) -> str:
    """A moment to the second in UTC, for lists of what happens within minutes."""
    at = moment(value)
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else NOTHING


def iso(value: object) -> str:
    """A moment for the `datetime` attribute, to the second."""
    at = moment(value)
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else ""


def ago(value: object, now: datetime) -> str:
    """How long before (or after) now, in one unit."""
    at = moment(value)
    if at is None:
        return ""
    seconds = (now - at).total_seconds()
    size = abs(seconds)
    if size < _MINUTE:
        return "just now"
    text = (
        f"{size // _MINUTE:.0f} min"
        if size < _HOUR
        else f"{size // _HOUR:.0f} h"
        if size < 2 * _DAY
        else f"{size // _DAY:.0f} days"
    )
    return f"{text} ago" if seconds > 0 else f"in {text}"


def duration(value: object) -> str:
    """Seconds in at most two units."""
    if not isinstance(value, int | float):
        return NOTHING
    if value < 10:  # noqa: PLR2004 - below ten seconds a tenth is worth reading
        return f"{max(0, value):.1f} s"
    seconds = round(value)
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min {seconds % _MINUTE:02} s"
    return f"{seconds // _HOUR} h {seconds % _HOUR // _MINUTE:02} min"


def lasted(start: object, end: object) -> str:
    """The time between two moments."""
    first, last = moment(start), moment(end)
    return duration((last - first).total_seconds()) if first and last else NOTHING


def grouped(value: object) -> str:
    """A number with its thousands apart."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return NOTHING
    return f"{value:,}".replace(",", _THIN_SPACE)


def byte_size(value: object) -> str:
    """Bytes in the largest binary unit that leaves a number of one or more."""
    if not isinstance(value, int | float):
        return NOTHING
    size = float(value)
    for unit in ("B", "KiB", "MiB"):
        if size < _KIB:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= _KIB
    return f"{size:.1f} GiB"


def fingerprint(value: object) -> str:
    """A key's fingerprint in groups of four."""
    text = "".join(str(value or "").split()).upper()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def raised(after: object, before: object) -> tuple[str, str]:
    """A version as what it shares with the one before, and what is new; numbers stay whole."""
    new, old = str(after or ""), str(before or "")
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(new, old, strict=False))
    shared = "".join(character for character, _ in pairs)
    if shared and new[len(shared) :][:1].isdigit():
        shared = shared.rstrip("0123456789")
    return shared, new[len(shared) :]


def readable(text: object) -> str:
    """Foreign text with escape sequences gone and control characters made visible."""
    return _visible_text(_ESCAPE_SEQUENCE.sub("", str(text or "").replace("\r\n", "\n")))


def visible(value: object) -> object:
    """What stands in a page for any value of a template: text with nothing that cannot be seen."""
    match value:
        case Markup():
            return Markup(_visible_text(str(value)))  # noqa: S704 - as safe as it was
        case str():
            return _visible_text(value)
        case _:
            return value


def _visible_text(text: str) -> str:
    """Most text has nothing to replace, which is found faster than everything is looked up."""
    if text.isprintable() or not _IS_UNSAFE.search(text):
        return text
    return text.replace("\r\n", "\n").translate(_UNSAFE)


def unseen_character(text: str) -> str:
    """The first character that a page would show as another one, as `U+202E`; empty for none."""
    found = _IS_UNSAFE.search(text.replace("\r", ""))
    return f"U+{ord(found[0]):04X}" if found else ""


def capitalize_first(text: object) -> str:
    """A sentence with its first letter large; the rest as it stands."""
    plain = str(text)
    return plain[:1].upper() + plain[1:]


def indented_json(value: object) -> str:
    """A value as JSON over several lines."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def words(value: object) -> str:
    """A list as words, a mapping as pairs, a value as itself."""
    if value is None or value in ("", [], {}, ()):
        return NOTHING
    match value:
        case dict():
            return ", ".join(f"{key}={item}" for key, item in value.items())
        case list() | tuple():
            return " ".join(str(item) for item in value)
        case _:
            return str(value)


def names_of(toolchains: Sequence[ToolchainView]) -> list[tuple[str, str]]:
    """Toolchains to choose from: (name, name with its newest revision)."""
    return [
        (found["name"], f"{found['name']} revision {found['revision']}") for found in toolchains
    ]


def campaign_choices(campaigns: Sequence[CampaignView], chosen: str) -> list[tuple[str, str]]:
    """Campaigns to choose from, none and the one that is chosen already among them."""
    choices = [("", NOTHING)] + [
        (str(found["number"]), f"{found['number']}: {found['reason'][:CHOICE_CHARACTERS_MAX]}")
        for found in campaigns
    ]
    if chosen and all(chosen != number for number, _ in choices):
        choices.append((chosen, chosen))
    return choices
