"""What the API says of archives, and what it is asked to import."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.client.messages.derivations import Parent
from vostok.client.messages.jobs import Job
from vostok.client.messages.toolchains import ToolchainRevision


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


class Trust(TypedDict):
    """Whose signatures imports of an archive trust."""

    keyring_sha256: str | None
    fingerprints: list[str]


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
    trust: NotRequired[Trust]
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
    notes: NotRequired[list[str]]


class ImportRequest(TypedDict):
    """Import of suites of somebody else's archive; a null mirror is the server's own."""

    name: str
    suites: list[str]
    mirror: NotRequired[str | None]
    mirrors: NotRequired[dict[str, str]]
    components: NotRequired[list[str]]
    architectures: NotRequired[list[str]]
    keyring_base64: NotRequired[str | None]
    signed_by: NotRequired[list[str]]
    allow_expired: NotRequired[bool]
    allow_older: NotRequired[bool]
    udebs: NotRequired[bool]
    translations: NotRequired[bool]
    binnmus: NotRequired[bool | None]
