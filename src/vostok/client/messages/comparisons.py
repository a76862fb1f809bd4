"""What the API says of comparisons."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class ComparisonRequest(TypedDict):
    """Two references, and which differences are listed."""

    left: str
    right: str
    selection: NotRequired[str | None]
    group: NotRequired[str | None]
    offset: NotRequired[int]
    limit: NotRequired[int]


class ComparedSide(TypedDict):
    """What was compared; `reference` always means the same."""

    reference: str
    archive: str
    suite: str
    kind: str
    number: int
    at: str | None


class ComparedPackage(TypedDict):
    """A package on one side; architecture and source are those of a binary."""

    version: str
    sha256: str
    architecture: str | None
    source: str | None


class Difference(TypedDict):
    """One package in which the sides differ."""

    kind: str
    group: str
    name: str
    architectures: list[str]
    left: ComparedPackage | None
    right: ComparedPackage | None
    sentence: str


class ComparisonCounts(TypedDict):
    """How many differences are in each group."""

    sources: dict[str, int]
    binaries: dict[str, int]
    architectures: dict[str, dict[str, int]]


class Comparison(TypedDict):
    """A comparison with one page of its differences; `total` counts those that can be listed."""

    left: ComparedSide
    right: ComparedSide
    selection: str | None
    architectures: list[str]
    architectures_only_left: list[str]
    architectures_only_right: list[str]
    is_equal: bool
    counts: ComparisonCounts
    group: str | None
    total: int
    offset: int
    limit: int
    differences: list[Difference]
