"""Foreign text as error messages quote it: printable, in quotation marks, and short."""

from typing import Final

EXCERPT_CHARACTERS_MAX: Final = 60


def excerpt(text: str, at: int = 0) -> str:
    """The part of a text around a position, quoted, so that a message can hold it.

    Args:
        text: anything, also control characters and megabytes.
        at: where the fault is; what lies far from it is cut and shown as an ellipsis.
    """
    start = max(0, min(at, len(text)) - EXCERPT_CHARACTERS_MAX // 3)
    end = start + EXCERPT_CHARACTERS_MAX
    before = "…" if start else ""
    after = "…" if end < len(text) else ""
    return f"{before}{text[start:end]!a}{after}"
