"""Documents of archives and their suites."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.documents.derivations import ParentView
from vostok.documents.jobs import JobView
from vostok.documents.publications import PublicationView
from vostok.documents.quotas import QuotaView
from vostok.documents.toolchains import ToolchainReference


class SnapshotView(TypedDict, total=False):
    """The moment of the parent that a suite stands on."""

    number: int
    at: str
    release_date: str | None
    valid_until: str | None
    is_expiry_overridden: bool
    signed_by: str


class SuiteView(TypedDict, total=False):
    """One suite of an archive with its sizes.

    `counted` says of what: of the `snapshot` of an image, of the newest `publication` of what is
    derived, or before there is one of its `selection`, whose binaries are not counted: null.
    """

    name: str
    codename: str
    components: list[str]
    architectures: list[str]
    counted: str
    sources: int
    binaries: int | None
    snapshot: SnapshotView | None
    udebs: int
    mirror: str | None
    mirrors: dict[str, str]


class TrustView(TypedDict):
    """Whose signatures imports of an archive trust; a null digest stands for Debian's keys."""

    keyring_sha256: str | None
    fingerprints: list[str]


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
    trust: NotRequired[TrustView]
    is_private: NotRequired[bool]
    accepts_binaries: NotRequired[bool]
    warnings: NotRequired[list[str]]
    lost_files: NotRequired[int]
    lost: NotRequired[list[str]]
    dependencies: NotRequired[str | None]
    policy: NotRequired[str | None]
    scheme: NotRequired[str]
    vendor: NotRequired[str]
    makes_binnmus: NotRequired[bool]
    makes_ubuntu_versions: NotRequired[bool]
    tag: NotRequired[str | None]
    toolchain: NotRequired[ToolchainReference | None]
    stanza: NotRequired[str | None]
    key_fingerprint: NotRequired[str | None]
    campaigns: NotRequired[int]
    publications: NotRequired[int]
    last_publication: NotRequired[PublicationView | None]
    disk_bytes: NotRequired[int]
    quota: NotRequired[QuotaView]


class AheadView(TypedDict):
    """Files that an archive keeps ahead of need, here already or not."""

    files: int
    bytes: int


class ChangedArchive(TypedDict):
    """An archive after a change, and the job that follows from it, if one does.

    `differences` says of each setting that is another from what to what. Of a dry run all is as
    it would be; there is no job, and `ahead` is what one would see to.
    """

    dry_run: NotRequired[bool]
    archive: ArchiveView
    job: JobView | None
    differences: NotRequired[list[str]]
    ahead: NotRequired[AheadView | None]
    notes: NotRequired[list[str]]
