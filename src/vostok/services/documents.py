"""The documents of the API, which the pages and their `.json` show too, so they cannot disagree.

Keys that a reader can do without are not required. Moments are ISO 8601 strings in UTC.
"""

from collections.abc import Mapping
from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class ToolchainReference(TypedDict):
    """A toolchain as others name it."""

    name: str
    revision: int


class SnapshotView(TypedDict, total=False):
    """The moment of the parent that a suite stands on."""

    number: int
    at: str
    release_date: str | None
    valid_until: str | None
    is_expiry_overridden: bool
    signed_by: str


class SuiteView(TypedDict, total=False):
    """One suite of an archive with its sizes."""

    name: str
    codename: str
    components: list[str]
    architectures: list[str]
    sources: int
    binaries: int
    snapshot: SnapshotView | None
    udebs: int
    mirror: str | None
    mirrors: dict[str, str]


class PublicationView(TypedDict):
    """What clients see of a suite since one moment."""

    number: int
    at: str
    sources: NotRequired[int]
    binaries: NotRequired[int]
    bytes: NotRequired[int]
    reason: NotRequired[str]
    url: NotRequired[str]


class ParentView(TypedDict):
    """What a suite is derived from, at one moment of it."""

    archive: str
    suite: str
    number: int
    rank: int
    only: str


class SharedFile(TypedDict):
    """A file that stays, and the archives that need it."""

    sha256: str
    bytes: int
    needed_by: list[str]


class SharedFiles(TypedDict):
    """What stays; the examples are the largest."""

    files: int
    bytes: int
    examples: list[SharedFile]


class DeletionView(TypedDict):
    """What a deletion takes away, and what stays."""

    archive: str
    kind: str
    rows: dict[str, int]
    chroots: int
    files: int
    bytes: int
    logs: int
    log_bytes: int
    has_key: bool
    shared: SharedFiles


class DecisionView(TypedDict):
    """What a change of the derivation means for one source."""

    source: str
    verdict: str
    before: str | None
    after: str | None
    offered: str | None
    sentence: str


class VerdictCountView(TypedDict):
    """How many sources got a verdict, and what it means."""

    verdict: str
    count: int
    words: str


class SyncPlanView(TypedDict):
    """What a change of the derivation would do; `derivation` is `before` if nothing."""

    is_new: bool
    before: int
    derivation: int
    counts: list[VerdictCountView]
    decisions: list[DecisionView]


class DerivationView(TypedDict):
    """One derivation of an archive; shown alone it has its decisions."""

    number: int
    at: str
    requested_by: str
    reason: str
    selection: str
    taken: int
    mode: str
    unbuilt: str
    parents: list[ParentView]
    decisions: NotRequired[list[DecisionView]]


class TakenSourceView(TypedDict):
    """A source that an archive takes, and why."""

    source: str
    reason: str


class ArchiveView(TypedDict):
    """An archive; what is derived has the keys from `parent` on."""

    name: str
    kind: str
    state: str
    created_at: NotRequired[str | None]
    requested_by: NotRequired[str]
    suites: NotRequired[list[SuiteView]]
    parent: NotRequired[str | None]
    parents: NotRequired[list[ParentView]]
    derivation: NotRequired[int]
    selection: NotRequired[str | None]
    taken: NotRequired[int | None]
    mode: NotRequired[str | None]
    unbuilt: NotRequired[str | None]
    on_removal: NotRequired[str]
    keep: NotRequired[str]
    serve: NotRequired[str]
    warnings: NotRequired[list[str]]
    lost_files: NotRequired[int]
    lost: NotRequired[list[str]]
    dependencies: NotRequired[str | None]
    policy: NotRequired[str | None]
    tag: NotRequired[str | None]
    toolchain: NotRequired[ToolchainReference | None]
    stanza: NotRequired[str | None]
    key_fingerprint: NotRequired[str | None]
    campaigns: NotRequired[int]
    publications: NotRequired[int]
    last_publication: NotRequired[PublicationView | None]
    disk_bytes: NotRequired[int]


class ChangedArchive(TypedDict):
    """An archive after a change, and the job that follows from it, if one does."""

    archive: ArchiveView
    job: "JobView | None"


# How many compilation units one compiler command made. «class» is a keyword of Python,
# hence the functional form.
ProducerCount = TypedDict("ProducerCount", {"producer": str, "units": int, "class": str})


class ProofView(TypedDict, total=False):
    """Which compilers made a build's binaries, and whether that is what was asked."""

    classes: dict[str, int]
    producers: list[ProducerCount]
    verdict: str
    sentence: str
    packages_not_provable: list[str]


class FileView(TypedDict):
    """One file that an attempt made."""

    name: str
    size: int
    sha256: str


class AttemptView(TypedDict):
    """One try of a build; `outcome` is None while it runs."""

    number: int
    builder: NotRequired[str | None]
    started_at: NotRequired[str | None]
    finished_at: NotRequired[str | None]
    outcome: NotRequired[str | None]
    stage: NotRequired[str | None]
    sentence: NotRequired[str | None]
    excerpt: NotRequired[str | None]
    seconds: NotRequired[Mapping[str, float] | None]
    edition: NotRequired[int | None]
    log_name: NotRequired[str | None]
    log_url: NotRequired[str | None]
    log_bytes: NotRequired[int | None]
    files: NotRequired[list[FileView]]
    environment: NotRequired[Mapping[str, object] | None]


class EventView(TypedDict):
    """One transition of a build."""

    at: str | None
    actor: str
    state_before: str
    state_after: str
    sentence: str


class BuildView(TypedDict):
    """One build record."""

    id: int
    archive: str
    source: str
    architecture: str
    rebuild_no: int
    state: str
    suite: NotRequired[str]
    source_version: NotRequired[str]
    part: NotRequired[str]
    campaign: NotRequired[int | None]
    version: NotRequired[str | None]
    version_before: NotRequired[str | None]
    fate: NotRequired[str | None]
    sentence: NotRequired[str | None]
    score: NotRequired[float | None]
    created_at: NotRequired[str | None]
    finished_at: NotRequired[str | None]
    seconds: NotRequired[float | None]
    attempts: NotRequired[list[AttemptView]]
    proof: NotRequired[ProofView | None]
    events: NotRequired[list[EventView]]
    url: NotRequired[str]


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


class CampaignView(TypedDict):
    """One rebuild request; `builds` and `estimate` only where one campaign is asked for."""

    archive: str
    number: int
    state: str
    reason: NotRequired[str]
    requested_by: NotRequired[str]
    created_at: NotRequired[str | None]
    selection: NotRequired[str]
    architectures: NotRequired[list[str]]
    toolchain: NotRequired[ToolchainReference | None]
    dependencies: NotRequired[str]
    sentence: NotRequired[str | None]
    counts: NotRequired[dict[str, int]]
    total: NotRequired[int]
    builds: NotRequired[list[BuildView]]
    estimate: NotRequired[PredictionView]


class BuilderView(TypedDict):
    """A builder, as it last asked for work."""

    name: str
    architectures: list[str]
    seen_at: str | None


class ProgressView(TypedDict):
    """How far a job is; `total` is None or 0 while it is not known."""

    done: int
    total: int | None
    unit: NotRequired[str]


class JobError(TypedDict):
    """Why a job failed."""

    kind: str
    message: str
    hint: NotRequired[str | None]


class JobView(TypedDict):
    """Work that takes long."""

    id: str | int
    kind: str
    state: str
    archive: NotRequired[str | None]
    message: NotRequired[str | None]
    progress: NotRequired[ProgressView | None]
    error: NotRequired[JobError | None]
    result: NotRequired[Mapping[str, object] | None]
    requested_by: NotRequired[str]
    created_at: NotRequired[str | None]
    started_at: NotRequired[str | None]
    finished_at: NotRequired[str | None]


class ToolchainRevision(TypedDict):
    """One immutable revision of a toolchain."""

    revision: int
    created_at: NotRequired[str | None]
    spec: NotRequired[Mapping[str, object]]


class ToolchainView(TypedDict):
    """A toolchain at its newest revision, with the older ones."""

    name: str
    revision: int
    created_at: NotRequired[str | None]
    created_by: NotRequired[str]
    spec: NotRequired[Mapping[str, object]]
    revisions: NotRequired[list[ToolchainRevision]]


class SelectedSourceView(TypedDict):
    """A source that a selection takes, and why."""

    source: str
    version: str
    bytes: int
    reason: str


class SelectedBinariesView(TypedDict):
    """The binary packages of the selected sources on one architecture, or for `all`."""

    architecture: str
    count: int
    bytes: int


class SelectedSourcesView(TypedDict):
    """How many sources a selection takes, of how many, and how large their files are."""

    count: int
    bytes: int
    total: int


class PreviewView(TypedDict):
    """What a selection takes of a suite; `selected` is the part of it that was asked for."""

    parent: str
    number: int
    selection: str
    architectures: list[str]
    sources: SelectedSourcesView
    binaries: list[SelectedBinariesView]
    offset: int
    selected: list[SelectedSourceView]
