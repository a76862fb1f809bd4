"""What the API says of estimates."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class Spread(TypedDict):
    """An uncertain figure: below `p50` one time in two, below `p90` nine times in ten."""

    p50: float
    p90: float


class ChainLink(TypedDict):
    """A build of the critical path."""

    source: str
    hours: float


class CriticalPath(TypedDict):
    """The chain of sources that bounds the time on any number of builders."""

    hours: Spread
    sources: list[ChainLink]


class Estimate(TypedDict):
    """What builds will take; `builds` and `builders` by architecture."""

    sentence: str
    sources: int
    builds: dict[str, int]
    pool_bytes: int
    log_bytes: int
    machine_hours: Spread
    builders: dict[str, int]
    hours: Spread
    critical_path: CriticalPath
    cycles: dict[str, int]
    basis: dict[str, float]


class Actual(TypedDict):
    """What the builds of a campaign took so far."""

    attempts: int
    pool_bytes: int
    log_bytes: int
    machine_hours: float
    hours: float


class Prediction(TypedDict):
    """What was expected of a campaign, and what it took."""

    predicted: Estimate | None
    actual: Actual
