"""Documents of what builds will take, and of what they took."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.documents.derivations import ParentView


class SpreadView(TypedDict):
    """An uncertain figure: below `p50` one time in two, below `p90` nine times in ten."""

    p50: float
    p90: float


class ChainLinkView(TypedDict):
    """A build of the critical path."""

    source: str
    hours: float


class CriticalPathView(TypedDict):
    """The chain of sources, in build order, that bounds the time on any number of builders."""

    hours: SpreadView
    sources: list[ChainLinkView]


class CyclesView(TypedDict):
    """Groups of sources that need each other to build, counted as ready together."""

    count: int
    sources: int


class EstimateBasis(TypedDict):
    """From what an estimate was made: how many sources from history, how many from the model.

    `speed` is how many times slower builders here are than the model's, from history.
    """

    history: int
    model: int
    speed: float


class EstimateView(TypedDict):
    """What builds will take, if each succeeds at once; `builds` and `builders` by architecture."""

    sentence: str
    sources: int
    builds: dict[str, int]
    pool_bytes: int
    log_bytes: int
    machine_hours: SpreadView
    builders: dict[str, int]
    hours: SpreadView
    critical_path: CriticalPathView
    cycles: CyclesView
    basis: EstimateBasis


class DerivationPlanView(TypedDict):
    """What an archive would be, and what building it would take; `name` only if one was given.

    `parent_bytes` is the size of the taken sources and their binaries, as the parents have them.
    """

    name: str | None
    tag: str | None
    parents: list[ParentView]
    suite: str
    architectures: list[str]
    selection: str
    taken: int
    mode: str
    is_private: bool
    notes: list[str]
    parent_bytes: int
    estimate: EstimateView


class ActualView(TypedDict):
    """What the builds of a campaign took so far, failed attempts and all.

    `hours` is from the first attempt's begin to the last one's end.
    """

    attempts: int
    pool_bytes: int
    log_bytes: int
    machine_hours: float
    hours: float


class PredictionView(TypedDict):
    """What was expected of a campaign, and what it took; None while nothing was said."""

    predicted: EstimateView | None
    actual: ActualView
