"""What the API says of builds."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


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


class Event(TypedDict):
    """One transition of a build."""

    at: str
    actor: str
    state_before: str
    state_after: str
    sentence: str


class Build(TypedDict):
    """One build record; a campaign lists it without its attempts."""

    id: int
    archive: str
    suite: str
    source: str
    source_version: str
    architecture: str
    part: str
    form: NotRequired[str]
    reach: NotRequired[str]
    build_profiles: NotRequired[list[str]]
    build_options: NotRequired[list[str]]
    follows: NotRequired[int | None]
    followed_by: NotRequired[int | None]
    warning: NotRequired[str]
    rebuild_no: int
    campaign: int | None
    version: str
    version_before: str | None
    state: str
    fate: str | None
    sentence: str | None
    control: NotRequired[str | None]
    score: NotRequired[int]
    created_at: str
    finished_at: str | None
    seconds: float | None
    attempts: NotRequired[list[Attempt]]
    proof: NotRequired[Proof | None]
    url: NotRequired[str | None]
    events: NotRequired[list[Event]]
