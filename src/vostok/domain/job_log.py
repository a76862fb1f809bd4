"""The log of a job: what it did, step after step, and when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

JOB_LINES_MAX: Final = 500
"""Of one job. What follows is left out, but for one line that says so and how the job ended."""
JOB_LINES_READ_MAX: Final = JOB_LINES_MAX + 2
"""A full log, with a request to cancel the job and its end."""
LINE_CHARACTERS_MAX: Final = 1_000
"""Of one line; a longer one is cut."""


class LineKind(StrEnum):
    """What a line tells of."""

    BEGAN = "began"
    STEP = "step"
    FACT = "fact"
    RESUMED = "resumed"
    LEFT_OUT = "left-out"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLine:
    """One line of a job's log.

    Attributes:
        number: its own; of two lines of a job the later has the higher one.
        text: one line, bounded.
        done, total, unit: of a step that counted, how far it was when it ended; total 0 where
            that was never known.
    """

    number: int
    at: datetime
    kind: LineKind
    text: str
    done: int = 0
    total: int = 0
    unit: str = ""


def line_text(text: str) -> str:
    """A text as one line of bounded length."""
    line = " ".join(text.split())
    return line if len(line) <= LINE_CHARACTERS_MAX else f"{line[: LINE_CHARACTERS_MAX - 1]}…"
