"""Documents of what differs between two archives, snapshots or publications."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class SideView(TypedDict):
    """What was compared; `reference` always means the same snapshot or publication."""

    reference: str
    archive: str
    suite: str
    kind: str
    number: int
    at: str | None


class ComparedPackageView(TypedDict):
    """A package on one side; `architecture` and `source` are those of a binary."""

    version: str
    sha256: str
    architecture: str | None
    source: str | None


class DifferenceView(TypedDict):
    """One package in which two sides differ; a side that does not have it is None."""

    kind: str
    group: str
    name: str
    architectures: list[str]
    left: ComparedPackageView | None
    right: ComparedPackageView | None
    sentence: str


class ComparisonCounts(TypedDict):
    """How many differences are in each group: of sources, of binaries, and in each index."""

    sources: dict[str, int]
    binaries: dict[str, int]
    architectures: dict[str, dict[str, int]]


class ComparisonView(TypedDict):
    """A comparison; the counts are of all differences, `differences` is one page of them.

    `total` counts the differences that can be paged through, of one group if that was asked.
    """

    left: SideView
    right: SideView
    selection: str | None
    architectures: list[str]
    architectures_only_left: list[str]
    architectures_only_right: list[str]
    is_equal: bool
    counts: ComparisonCounts
    group: str | None
    total: int
    next: str | None
    limit: int
    differences: list[DifferenceView]
