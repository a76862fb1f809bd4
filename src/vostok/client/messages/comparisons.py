"""What the API says of comparisons: its documents; and what it is asked."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.documents.comparisons import ComparedPackageView as ComparedPackage
from vostok.documents.comparisons import ComparisonCounts
from vostok.documents.comparisons import ComparisonView as Comparison
from vostok.documents.comparisons import DifferenceView as Difference
from vostok.documents.comparisons import SideView as ComparedSide

__all__ = [
    "ComparedPackage",
    "ComparedSide",
    "Comparison",
    "ComparisonCounts",
    "ComparisonRequest",
    "Difference",
]


class ComparisonRequest(TypedDict):
    """Two references, and which differences are listed."""

    left: str
    right: str
    selection: NotRequired[str | None]
    group: NotRequired[str | None]
    cursor: NotRequired[str | None]
    limit: NotRequired[int]
