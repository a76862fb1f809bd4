"""Counts and times as stacked bars: the arithmetic; the templates draw them as inline SVG."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vostok.documents import CampaignProgressView
from vostok.entrypoints.pages.filters import byte_size, clock, duration, grouped, moment
from vostok.entrypoints.pages.looks import PICTURE, look_of, rank

# Narrower than this (in per cent of the bar) a segment could not be seen: one failure among
# thirty thousand builds must be.
SEGMENT_PERCENT_MIN = 0.8
# Odd, so that a phone can show every other one and has the edges still.
MOMENTS_SHOWN = 5
# Stages in the order in which a builder goes through them, each with a step of the ramp.
STAGES = ("fetch-source", "chroot", "unpack", "install-deps", "build", "upload")
_STAGE_PATTERNS = ("dots", "plain", "cross", "back", "plain", "rows", "dots")


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One part of a bar; `x` and `width` are per cent of the bar, `text` its size for people."""

    label: str
    text: str
    fill: str
    pattern: str
    x: float
    width: float
    meaning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A stacked bar with the sentence that says the same to those who do not see it."""

    segments: tuple[Segment, ...]
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    label: str
    size: float
    text: str
    fill: str
    pattern: str
    meaning: str = ""


def counts_bar(counts: Mapping[str, int] | None, noun: str = "builds") -> Bar:
    """How many things are in each state, what is done first."""
    named = sorted((counts or {}).items(), key=lambda item: (rank(item[0], PICTURE), item[0]))
    present = [(word, count) for word, count in named if count > 0]
    looks = [(word, count, look_of(word)) for word, count in present]
    parts = [
        _Part(
            label=word,
            size=count,
            text=grouped(count),
            fill=look.tone,
            pattern=look.pattern,
            meaning=look.meaning,
        )
        for word, count, look in looks
    ]
    total = sum(count for _, count in present)
    if not parts:
        return Bar(segments=(), sentence=f"no {noun}")
    listing = ", ".join(f"{grouped(count)} {word}" for word, count in present)
    return Bar(segments=_placed(parts, total), sentence=f"{grouped(total)} {noun}: {listing}")


def bytes_bar(amounts: Iterable[tuple[str, int, str, str]], noun: str) -> Bar:
    """What takes how much room.

    Args:
        amounts: (label, bytes, fill, pattern) of each part; what has none is left out.
        noun: what all of it is called.
    """
    parts = [
        _Part(label=label, size=size, text=byte_size(size), fill=fill, pattern=pattern)
        for label, size, fill, pattern in amounts
        if size > 0
    ]
    total = sum(part.size for part in parts)
    if not parts:
        return Bar(segments=(), sentence=f"no {noun}")
    listing = ", ".join(f"{part.label} {part.text}" for part in parts)
    return Bar(
        segments=_placed(parts, total), sentence=f"{byte_size(int(total))} {noun}: {listing}"
    )


def stages_bar(seconds: Mapping[str, float] | None, longest: float | None = None) -> Bar:
    """Where an attempt's time went.

    Args:
        seconds: stage -> seconds; `total` may exceed their sum, the rest is «other».
        longest: seconds that fill the whole width, so that bars of one page compare.
    """
    stages = {name: float(value) for name, value in (seconds or {}).items() if name != "total"}
    rest = float((seconds or {}).get("total", 0)) - sum(stages.values())
    ordered = sorted(stages.items(), key=lambda item: (rank(item[0], STAGES), item[0]))
    if rest > 0.5:  # noqa: PLR2004 - less is rounding, not a stage
        ordered.append(("other", rest))
    parts = [
        _Part(
            label=name,
            size=value,
            text=duration(value),
            fill=f"stage-{rank(name, STAGES) + 1}",
            pattern=_STAGE_PATTERNS[rank(name, STAGES)],
        )
        for name, value in ordered
        if value > 0
    ]
    if not parts:
        return Bar(segments=(), sentence="no times recorded")
    listing = ", ".join(f"{part.label} {part.text}" for part in parts)
    whole = max(longest or 0, sum(part.size for part in parts))
    return Bar(segments=_placed(parts, whole), sentence=f"time by stage: {listing}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One layer of a picture over time; `points` of a polygon in a box of 1 by 1.

    `text` is its size at the end, for people.
    """

    label: str
    text: str
    fill: str
    pattern: str
    points: str
    meaning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Areas:
    """Layers one upon the other, with the sentence that says the same.

    Attributes:
        layers: from the bottom to the top.
        sentence: for those who do not see it.
        moments: ISO 8601, at equal distances from the left edge to the right one.
        waiting: how many had not ended at the right edge; above all layers.
    """

    layers: tuple[Area, ...]
    sentence: str
    moments: tuple[str, ...] = ()
    waiting: int = 0


def progress_areas(progress: CampaignProgressView) -> Areas:
    """How many builds had ended when: a layer for each state, what is done well at the bottom."""
    pieces, total = progress["pieces"], max(1, progress["total"])
    if not pieces:
        return Areas(layers=(), sentence="no build has ended yet")
    states = sorted(pieces[-1]["counts"], key=lambda state: (rank(state, PICTURE), state))
    below = [0.0] * (len(pieces) + 1)
    layers = []
    for state in states:
        heights = [0.0, *(piece["counts"].get(state, 0) / total for piece in pieces)]
        above = [low + height for low, height in zip(below, heights, strict=True)]
        look = look_of(state)
        layers.append(
            Area(
                label=state,
                text=grouped(pieces[-1]["counts"][state]),
                fill=look.tone,
                pattern=look.pattern,
                points=_outline(below, above),
                meaning=look.meaning,
            )
        )
        below = above
    listing = ", ".join(f"{grouped(pieces[-1]['counts'][state])} {state}" for state in states)
    sentence = (
        f"from {clock(progress['began_at'])} to {clock(pieces[-1]['until'])} "
        f"{grouped(pieces[-1]['ended'])} of {grouped(progress['total'])} builds ended: {listing}"
    )
    return Areas(
        layers=tuple(layers),
        sentence=sentence,
        moments=_moments(progress["began_at"], pieces[-1]["until"]),
        waiting=max(0, progress["total"] - pieces[-1]["ended"]),
    )


def _moments(began: str, until: str) -> tuple[str, ...]:
    """The edges and the moments between them; the edges alone if one is no moment."""
    first, last = moment(began), moment(until)
    if first is None or last is None:
        return (began, until)
    step = (last - first) / (MOMENTS_SHOWN - 1)
    return tuple((first + step * place).isoformat() for place in range(MOMENTS_SHOWN))


def _outline(below: Sequence[float], above: Sequence[float]) -> str:
    """The polygon between two lines, there above and back below; heights grow upwards."""
    step = 1 / (len(below) - 1)
    there = [(place * step, 1 - height) for place, height in enumerate(above)]
    back = [(place * step, 1 - height) for place, height in enumerate(below)][::-1]
    return " ".join(f"{x:.4f},{max(0.0, y):.4f}" for x, y in [*there, *back])


def share(done: object, total: object) -> float | None:
    """Per cent of a total, within 0 and 100; None when the total is not known."""
    if not isinstance(done, int | float) or not isinstance(total, int | float) or total <= 0:
        return None
    return round(min(100.0, max(0.0, 100 * done / total)), 1)


def _placed(parts: Iterable[_Part], whole: float) -> tuple[Segment, ...]:
    """Segments side by side; the widest give what the narrowest need to be seen."""
    known = list(parts)
    shares = [max(SEGMENT_PERCENT_MIN, 100 * part.size / whole) for part in known]
    filled = min(100.0, 100 * sum(part.size for part in known) / whole)
    scale = max(filled, SEGMENT_PERCENT_MIN * len(known)) / sum(shares)
    scale = min(1.0, scale)
    placed: list[Segment] = []
    x = 0.0
    for part, wide in zip(known, shares, strict=True):
        width = wide * scale
        placed.append(
            Segment(
                label=part.label,
                text=part.text,
                fill=part.fill,
                pattern=part.pattern,
                x=round(x, 3),
                width=round(width, 3),
                meaning=part.meaning,
            )
        )
        x += width
    return tuple(placed)
