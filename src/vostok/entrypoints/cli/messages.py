"""What is said over the API ``/api/v1``, as far as the command line says or reads it.

Answers are printed whole under ``--json``, so they stay the dictionaries they came as.
"""

from typing import NotRequired, TypedDict

from vostok.entrypoints.cli.estimate_messages import Estimate, Prediction

JobId = int | str


class BuilderSeen(TypedDict):
    """A builder that has asked for work; `seen_at` is when it last did."""

    name: str
    architectures: list[str]
    seen_at: str


class Status(TypedDict):
    """The server itself."""

    version: str
    url: str
    builders: list[BuilderSeen]


class Progress(TypedDict):
    """How far a job is; `total` is None while it is not known."""

    done: int
    total: int | None
    unit: str


class JobError(TypedDict):
    """Why a job failed."""

    kind: str
    message: str
    hint: str | None


class Job(TypedDict):
    """Long work that the server does."""

    id: JobId
    kind: str
    archive: str | None
    state: str
    message: str | None
    progress: Progress | None
    error: JobError | None
    result: NotRequired[dict[str, object] | None]
    requested_by: str
    created_at: str
    started_at: str | None
    finished_at: str | None


class StorageRequest(TypedDict):
    """What an archive is to keep and how it is to serve; None changes nothing."""

    keep: str | None
    serve: str | None


class Amount(TypedDict):
    """How many files, and their bytes."""

    files: int
    bytes: int


class ArchiveUse(TypedDict):
    """What an archive names: alone, together with others, and its logs."""

    name: str
    exclusive: Amount
    shared: Amount
    logs: Amount


class StoreStats(TypedDict):
    """What is stored, for what and for whom."""

    files: int
    bytes: int
    uses: dict[str, Amount]
    archives: list[ArchiveUse]
    logs: Amount
    unfinished: Amount
    aside: Amount
    keys_nobody_names: int
    lost_files: int
    lost: list[str]


class Verified(TypedDict):
    """What reading files again brought to light."""

    message: str
    files: int
    bytes: int
    corrupt_files: int
    corrupt: list[str]
    missing_files: int
    missing: list[str]


class Collected(TypedDict):
    """What nobody named."""

    message: str
    dry_run: bool
    orphans: Amount
    unfinished: Amount
    aside: Amount
    logs: Amount
    keys: int
    tombstones: list[str]


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


class Deletion(TypedDict):
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


class ToolchainRevision(TypedDict):
    """One immutable revision of a toolchain, by name and number."""

    name: str
    revision: int


class Snapshot(TypedDict):
    """The state of a suite at one moment."""

    number: int
    at: str
    release_date: NotRequired[str | None]
    valid_until: NotRequired[str | None]
    is_expiry_overridden: NotRequired[bool]
    signed_by: NotRequired[str]


class Suite(TypedDict):
    """One suite of an archive."""

    name: str
    codename: str
    components: list[str]
    architectures: list[str]
    sources: int
    binaries: int
    snapshot: Snapshot | None
    udebs: NotRequired[int]
    mirror: str | None
    mirrors: NotRequired[dict[str, str]]


class Parent(TypedDict):
    """What a suite is derived from, at one moment of it."""

    archive: str
    suite: str
    number: int
    rank: int
    only: str


class Archive(TypedDict):
    """An archive, external or derived; what only derived ones have is None for the others."""

    name: str
    kind: str
    state: str
    created_at: str
    suites: list[Suite]
    parent: NotRequired[str | None]
    parents: NotRequired[list[Parent]]
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
    toolchain: NotRequired[ToolchainRevision | None]
    stanza: NotRequired[str | None]
    key_fingerprint: NotRequired[str | None]
    campaigns: NotRequired[int | None]
    publications: NotRequired[int | None]
    disk_bytes: NotRequired[int | None]


class ChangedArchive(TypedDict):
    """An archive after a change, and the job that follows from it, if one does."""

    archive: Archive
    job: Job | None


class ToolchainSpecification(TypedDict):
    """What a toolchain changes: compilers by tool, flags, environment, options, profiles."""

    compilers: dict[str, str]
    cflags: list[str]
    cxxflags: list[str]
    ldflags: list[str]
    cppflags: list[str]
    fflags: list[str]
    environment: dict[str, str]
    build_options: list[str]
    build_profiles: list[str]


class Toolchain(TypedDict):
    """The newest revision of a toolchain."""

    name: str
    revision: int
    created_at: str
    spec: ToolchainSpecification
    revisions: NotRequired[list[dict[str, object]]]


# "from" is a keyword, so these two are written in the functional form.
PreflightTool = TypedDict(
    "PreflightTool",
    {"tool": str, "package": str, "version": str, "command": str, "from": str},
    total=False,
)


class KeptDriver(TypedDict):
    """A driver that keeps the parent's compiler, and why."""

    driver: str
    sentence: str


class PreflightArchitecture(TypedDict):
    """What builds of one architecture would get."""

    tools: list[PreflightTool]
    kept: list[KeptDriver]


class NamedCompiler(TypedDict):
    """A taken source that names a compiler in its build dependencies."""

    source: str
    relation: str


class PreflightProblem(TypedDict):
    """Why a toolchain cannot be used; the hint names what could be."""

    architecture: str
    sentence: str
    hint: str


class Preflight(TypedDict):
    """What builds in an archive would get from a toolchain."""

    toolchain: ToolchainRevision | str
    archive: str
    suite: str
    architectures: dict[str, PreflightArchitecture]
    names_compiler_itself: list[NamedCompiler]
    problems: list[PreflightProblem]


class UploadedFile(TypedDict):
    """A file that an attempt uploaded."""

    name: str
    size: int
    sha256: str


class Attempt(TypedDict):
    """One try of a build."""

    number: int
    builder: str
    started_at: str
    finished_at: str | None
    outcome: str | None
    stage: NotRequired[str | None]
    sentence: NotRequired[str | None]
    excerpt: NotRequired[str | None]
    seconds: NotRequired[dict[str, float] | None]
    edition: NotRequired[int | None]
    log_url: NotRequired[str | None]
    log_bytes: NotRequired[int | None]
    files: NotRequired[list[UploadedFile]]
    environment: NotRequired[dict[str, object] | None]


class Proof(TypedDict, total=False):
    """Which compilers made a build's binaries."""

    classes: dict[str, int]
    producers: list[dict[str, object]]
    verdict: str
    sentence: str
    packages_not_provable: list[str]


class Build(TypedDict):
    """One build record; a campaign lists it without its attempts."""

    id: int
    archive: str
    suite: str
    source: str
    source_version: str
    architecture: str
    part: str
    rebuild_no: int
    campaign: int | None
    version: str
    version_before: str | None
    state: str
    fate: str | None
    sentence: str | None
    score: NotRequired[int]
    created_at: str
    finished_at: str | None
    seconds: float | None
    attempts: NotRequired[list[Attempt]]
    proof: NotRequired[Proof | None]
    url: NotRequired[str | None]


class Campaign(TypedDict):
    """One rebuild request; `builds` only when it was asked for by number."""

    archive: str
    number: int
    reason: str
    requested_by: str
    created_at: str
    selection: str
    architectures: list[str]
    toolchain: ToolchainRevision | None
    state: str
    sentence: str | None
    counts: dict[str, int]
    total: int
    builds: NotRequired[list[Build]]
    estimate: NotRequired[Prediction]


class PlannedBuild(TypedDict):
    """A build that a request would make."""

    source: str
    architecture: str
    part: str
    rebuild_no: int
    version: str


class RefusedSource(TypedDict):
    """A selected source that a request would not rebuild, and why."""

    source: str
    code: str
    sentence: str


class ImportRequest(TypedDict):
    """Import of suites of somebody else's archive; a null mirror is the server's own."""

    name: str
    mirror: str | None
    mirrors: dict[str, str]
    suites: list[str]
    components: list[str]
    architectures: list[str]
    keyring_base64: str | None
    signed_by: list[str]
    allow_expired: bool
    udebs: bool
    translations: bool


class Decision(TypedDict):
    """What a change of the derivation means for one source."""

    source: str
    verdict: str
    before: str | None
    after: str | None
    offered: str | None
    sentence: str


class VerdictCount(TypedDict):
    """How many sources got a verdict, and what it means."""

    verdict: str
    count: int
    words: str


class SyncPlan(TypedDict):
    """What a change of the derivation would do; `derivation` is `before` if nothing."""

    is_new: bool
    before: int
    derivation: int
    counts: list[VerdictCount]
    decisions: list[Decision]


class Derivation(TypedDict):
    """One derivation of an archive."""

    number: int
    at: str
    requested_by: str
    reason: str
    selection: str
    taken: int
    parents: list[Parent]


class DerivationWithDecisions(Derivation):
    """One derivation with what was decided when it was made."""

    decisions: list[Decision]


class TakenSource(TypedDict):
    """A source that an archive takes, and why."""

    source: str
    reason: str


class DerivationChange(TypedDict):
    """What is to be different; a dry run only says what that would mean."""

    dry_run: bool
    hold: NotRequired[str]
    selection: NotRequired[str]


class DeriveRequest(TypedDict):
    """Derivation of an archive; null means the default."""

    name: str
    parents: list[str]
    selection: str
    architectures: list[str] | None
    toolchain: str | None
    tag: str | None
    mode: str
    unbuilt: str
    on_removal: str
    keep: str
    serve: str


class DerivationEstimateRequest(TypedDict):
    """What an archive would be; null means the default, or that it has no name yet."""

    name: str | None
    parents: list[str]
    selection: str
    architectures: list[str] | None
    toolchain: str | None
    tag: str | None
    mode: str
    unbuilt: str
    builders: int | None


class RebuildRequest(TypedDict):
    """Rebuild of the selected sources; null means what the archive says."""

    selection: str
    reason: str
    toolchain: str | None
    architectures: list[str] | None


class RebuildEstimateRequest(RebuildRequest):
    """Rebuild of which to say what it would take; null builders are those that are known."""

    builders: int | None


class CampaignPlan(TypedDict):
    """What a request would do."""

    accepted: list[PlannedBuild]
    refused: list[RefusedSource]
    estimate: Estimate


class DerivationPlan(TypedDict):
    """What an archive would be, and what building it would take."""

    name: str | None
    tag: str | None
    parents: list[Parent]
    suite: str
    architectures: list[str]
    selection: str
    taken: int
    mode: str
    parent_bytes: int
    estimate: Estimate


class PreviewRequest(TypedDict):
    """A selection to try; null architectures mean all of the suite."""

    parent: str
    selection: str
    architectures: list[str] | None
    limit: int


class SelectedSource(TypedDict):
    """A source that a selection takes, and why."""

    source: str
    version: str
    bytes: int
    reason: str


class SelectedBinaries(TypedDict):
    """Binary packages of the selected sources on one architecture."""

    architecture: str
    count: int
    bytes: int


class SelectedSources(TypedDict):
    """How many sources a selection takes, of how many."""

    count: int
    bytes: int
    total: int


class Preview(TypedDict):
    """What a selection takes; `selected` may be the first part of it."""

    parent: str
    number: int
    selection: str
    architectures: list[str]
    sources: SelectedSources
    binaries: list[SelectedBinaries]
    offset: int
    selected: list[SelectedSource]


class RequestedCampaign(TypedDict):
    """A campaign just made, and the job that makes its builds."""

    campaign: Campaign
    job: Job | None


class Publication(TypedDict):
    """One numbered publication of an archive."""

    number: int
    at: str
    sources: int
    binaries: int
    bytes: int
    reason: str | None
    url: str | None


class ComparisonRequest(TypedDict):
    """Two references, and which differences are listed."""

    left: str
    right: str
    selection: str | None
    group: str | None
    offset: int
    limit: int


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
