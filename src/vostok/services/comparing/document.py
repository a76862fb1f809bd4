"""How a comparison becomes a document of the API: counts of all, and a page of the differences."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vostok.documents.comparisons import (
    ComparedPackageView,
    ComparisonView,
    DifferenceView,
    SideView,
)
from vostok.domain.comparison import (
    BinaryDifference,
    Comparison,
    Group,
    PackageKind,
    ShownBinary,
    ShownSource,
    SourceDifference,
    architecture_counts,
    group_counts,
    sentence_of,
)
from vostok.domain.list_place import Place, index_behind, place_at
from vostok.services.comparing.archives import Compared
from vostok.services.comparing.sides import Side
from vostok.services.describing.records import moment_text

DIFFERENCES_PER_PAGE = 1_000
DIFFERENCES_PER_PAGE_MAX = 10_000
PLACE = (int, int, str, str, int)
"""What the parts of a place in the list are."""
_ORDER = {group: number for number, group in enumerate(Group)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which of the differences are listed: of one group or of all.

    Attributes:
        offset: how many are passed over.
        behind: the place behind which the list goes on, instead of an offset.
    """

    group: Group | None = None
    offset: int = 0
    behind: Place | None = None
    limit: int = DIFFERENCES_PER_PAGE


def comparison_document(
    compared: Compared,
    page: Page,
    selection: str | None = None,
    *,
    following: Callable[[Place], str] | None = None,
) -> ComparisonView:
    """A comparison as the API shows it.

    Args:
        compared: two sides.
        page: which of the differences are listed.
        selection: what was compared, if not everything.
        following: what the document says as `next`, given the place of its last difference.
    """
    left, right, comparison = compared.left, compared.right, compared.comparison
    listed = _listed(comparison, page.group)
    start = page.offset if page.behind is None else index_behind(listed, page.behind, _place)
    end = min(start + page.limit, len(listed))
    goes_on = start < end < len(listed)
    return {
        "left": _side(left),
        "right": _side(right),
        "selection": selection,
        "architectures": list(compared.architectures),
        "architectures_only_left": _only(left, right),
        "architectures_only_right": _only(right, left),
        "is_equal": comparison.is_equal,
        "counts": {
            "sources": _by_name(group_counts(comparison.sources)),
            "binaries": _by_name(group_counts(comparison.binaries)),
            "architectures": {
                architecture: _by_name(counts)
                for architecture, counts in architecture_counts(
                    comparison.binaries, compared.architectures
                ).items()
            },
        },
        "group": page.group,
        "total": len(listed),
        "next": following(place_at(listed, end - 1, _place)) if following and goes_on else None,
        "limit": page.limit,
        "differences": [
            _difference(found, left.label, right.label) for found in listed[start:end]
        ],
    }


def _listed(
    comparison: Comparison, only: Group | None
) -> Sequence[SourceDifference | BinaryDifference]:
    """Group by group, in each the sources first."""
    every: list[SourceDifference | BinaryDifference] = [*comparison.sources, *comparison.binaries]
    groups = [only] if only is not None else list(Group)
    return [found for group in groups for found in every if found.group is group]


def _place(found: SourceDifference | BinaryDifference) -> tuple[int, int, str, str]:
    """What the list is sorted by."""
    is_binary = isinstance(found, BinaryDifference)
    first = found.architectures[0] if isinstance(found, BinaryDifference) else ""
    return _ORDER[found.group], int(is_binary), found.name, first


def _by_name(counts: Mapping[Group, int]) -> dict[str, int]:
    return {group.value: count for group, count in counts.items()}


def _only(side: Side, other: Side) -> list[str]:
    there = other.suite.architectures
    return [name for name in side.suite.architectures if name not in there]


def _side(side: Side) -> SideView:
    return {
        "reference": side.label,
        "archive": side.archive.name,
        "suite": side.suite.name,
        "kind": side.moment,
        "number": side.number,
        "at": moment_text(side.at),
    }


def _difference(
    found: SourceDifference | BinaryDifference, left: str, right: str
) -> DifferenceView:
    architectures: Sequence[str] = ()
    if isinstance(found, BinaryDifference):
        architectures = found.architectures
    return {
        "kind": PackageKind.BINARY if architectures else PackageKind.SOURCE,
        "group": found.group,
        "name": found.name,
        "architectures": list(architectures),
        "left": _package(found.left),
        "right": _package(found.right),
        "sentence": sentence_of(found, left=left, right=right),
    }


def _package(shown: ShownSource | ShownBinary | None) -> ComparedPackageView | None:
    if shown is None:
        return None
    if isinstance(shown, ShownSource):
        return {
            "version": shown.version,
            "sha256": shown.sha256,
            "architecture": None,
            "source": None,
        }
    return {
        "version": shown.version,
        "sha256": shown.sha256,
        "architecture": shown.architecture,
        "source": shown.source,
    }
