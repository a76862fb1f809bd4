"""One try of a build on one builder: what the server hands out and what comes back.

The builder and the server speak JSON about these values; both ends parse it here, so that a
document that passed is a value that can be trusted: file names hold no slash, environment
variables are variables, patterns compile.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from vostok.domain.build import Part
from vostok.domain.compiler_proof import Proof
from vostok.domain.selection.regular import check_regular
from vostok.errors import InvalidInputError

EXCERPT_BYTES_MAX = 4096
FILES_MAX = 10_000
ENVIRONMENT_MAX = 1_000
FIELD_CHARACTERS_MAX = 65_536
FAULTS_SHOWN_MAX = 20
STAGES_MAX = 100
PATTERNS_MAX = 100
"""Of compilers: a server makes one for each version that a toolchain names."""
DEPTH_MAX = 20
"""Of lists and objects within each other; what a builder reports has five."""
NUMBER_MAX = 1 << 53
"""What every reader of JSON keeps exactly (RFC 8259, section 6)."""

_Value = TypeVar("_Value")


def _compilable(pattern: str) -> str:
    try:
        check_regular(pattern)
    except InvalidInputError as error:
        raise ValueError(str(error)) from error
    return pattern


def _without_percent(text: str) -> str:
    if "%" in text or "\x00" in text:
        raise ValueError("holds a percent sign or a null character")
    return text


FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+~_:-]{0,254}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
SourceName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.+-]{0,254}$")]
VersionText = Annotated[str, Field(pattern=r"^[0-9][A-Za-z0-9.+~:-]{0,254}$")]
ArchitectureName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Codename = Annotated[str, Field(pattern=r"^[a-z0-9][A-Za-z0-9.+_-]{0,62}$")]
VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")]
OptionWord = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9=.,+_-]{0,127}$")]
ProfileName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.+-]{0,127}$")]
CacheKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,128}$")]
Pattern = Annotated[str, Field(max_length=1_000), AfterValidator(_compilable)]
Text = Annotated[str, Field(max_length=FIELD_CHARACTERS_MAX)]
SourcesText = Annotated[
    str, Field(max_length=4 * FIELD_CHARACTERS_MAX), AfterValidator(_without_percent)
]
Count = Annotated[int, Field(ge=0)]
Limit = Annotated[int, Field(gt=0)]


class Outcome(StrEnum):
    """How an attempt ended."""

    BUILT = "built"
    FAILED = "failed"
    BD_UNINSTALLABLE = "bd-uninstallable"
    CHROOT_PROBLEM = "chroot-problem"
    SOURCE_UNAVAILABLE = "source-unavailable"
    CANCELLED = "cancelled"
    BUILDER_PROBLEM = "builder-problem"


class Stage(StrEnum):
    """Where an attempt ended."""

    FETCH_SOURCE = "fetch-source"
    CHROOT = "chroot"
    UNPACK = "unpack"
    INSTALL_DEPS = "install-deps"
    BUILD = "build"
    PROOF = "proof"
    UPLOAD = "upload"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file that a `.dsc` names, or the `.dsc` itself."""

    name: FileName
    size: Count
    sha256: Sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedSource:
    """The source to build; `files` holds the `.dsc` too."""

    name: SourceName
    version: VersionText
    dsc: FileName
    files: Annotated[tuple[SourceFile, ...], Field(max_length=FILES_MAX)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedView:
    """The APT source of one attempt: deb822 text with key and read-only token inline."""

    sources_deb822: SourcesText


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedToolchain:
    """The compiler that the proof must find: patterns that match a producer at its start."""

    name: Text
    revision: Count
    producers: Annotated[tuple[Pattern, ...], Field(max_length=PATTERNS_MAX)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one attempt may use; each is enforced by the builder, `memory` over the whole build."""

    wall_seconds_max: Limit
    silence_seconds_max: Limit
    log_bytes_max: Limit
    output_bytes_max: Limit
    memory_bytes_max: Limit
    processes_max: Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Everything a builder needs to make one attempt.

    `changelog_entry` is "" when the source is built as it is.
    """

    attempt_id: Count
    attempt_token: Annotated[str, Field(min_length=1, max_length=1_000)]
    archive_id: Count
    archive: Text
    codename: Codename
    build_id: Count
    attempt: Count
    rebuild_no: Count
    log_name: Text
    source: ClaimedSource
    architecture: ArchitectureName
    part: Part
    version: VersionText
    changelog_entry: Text
    view: ClaimedView
    chroot_keys: tuple[CacheKey, ...]
    environment: Annotated[Mapping[VariableName, Text], Field(max_length=ENVIRONMENT_MAX)]
    build_options: tuple[OptionWord, ...]
    build_profiles: tuple[ProfileName, ...]
    toolchain: ClaimedToolchain | None
    limits: Limits
    heartbeat_seconds: Annotated[float, Field(gt=0, le=3_600)]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledPackage:
    """One package of a chroot, as dpkg's status file names it."""

    name: Text
    version: Text
    architecture: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ChrootManifest:
    """What a chroot is made of; the server derives the cache key from it."""

    recipe: Text
    packages: Annotated[tuple[InstalledPackage, ...], Field(max_length=FILES_MAX)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptResult:
    """How an attempt ended, with the reason for people and the names of the uploaded files.

    `seconds` is by stage, and «total». `space_bytes` is the disk the build took, 0 if unknown.
    """

    outcome: Outcome
    stage: Stage
    sentence: Text
    excerpt: Text = ""
    files: Annotated[tuple[FileName, ...], Field(max_length=FILES_MAX)] = ()
    seconds: Annotated[Mapping[str, float], Field(max_length=STAGES_MAX)] = field(
        default_factory=dict
    )
    space_bytes: Count = 0
    proof: Proof | None = None
    environment: Annotated[Mapping[str, Text], Field(max_length=ENVIRONMENT_MAX)] = field(
        default_factory=dict
    )


type_of_claim: TypeAdapter[Claim] = TypeAdapter(Claim)
type_of_result: TypeAdapter[AttemptResult] = TypeAdapter(AttemptResult)
type_of_manifest: TypeAdapter[ChrootManifest] = TypeAdapter(ChrootManifest)


def claim_to_json(claim: Claim) -> dict[str, Any]:
    """The JSON document of a claim, token included."""
    return _document(type_of_claim, claim)


def claim_from_json(document: object) -> Claim:
    """The claim in a parsed JSON document; fields it does not know are ignored.

    Raises:
        InvalidInputError: a field is missing or not acceptable; every such field is named.
    """
    return _parsed(type_of_claim, document, what="claim")


def result_to_json(result: AttemptResult) -> dict[str, Any]:
    """The JSON document of a result."""
    return _document(type_of_result, result)


def result_from_json(document: object) -> AttemptResult:
    """The result in a parsed JSON document; fields it does not know are ignored.

    Null characters become U+FFFD, and halves of characters a question mark: they come from logs,
    and a database would fail on them.

    Raises:
        InvalidInputError: a field is missing or not acceptable; every such field is named.
    """
    return _parsed(type_of_result, _clean(document), what="result")


def _clean(document: object, depth: int = 0) -> object:
    """A parsed JSON document that can be kept and shown again.

    JSON as Python reads it may hold NaN, which JSON as others read it does not.
    """
    match document:
        case str():
            return document.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
        case bool() | None:
            return document
        case int() | float() if not -NUMBER_MAX <= document <= NUMBER_MAX:  # of NaN it is neither
            raise InvalidInputError(
                f"the result is not acceptable: a number is beyond {NUMBER_MAX}"
            )
        case list() | dict() if depth >= DEPTH_MAX:
            raise InvalidInputError(
                f"the result is not acceptable: it is nested deeper than {DEPTH_MAX}"
            )
        case list():
            return [_clean(item, depth + 1) for item in document]
        case dict():
            return {_clean(key): _clean(item, depth + 1) for key, item in document.items()}
        case _:
            return document


def manifest_to_json(manifest: ChrootManifest) -> dict[str, Any]:
    """The JSON document of a chroot's manifest."""
    return _document(type_of_manifest, manifest)


def manifest_from_json(document: object) -> ChrootManifest:
    """The manifest in a parsed JSON document.

    Raises:
        InvalidInputError: a field is missing or not acceptable; every such field is named.
    """
    return _parsed(type_of_manifest, document, what="chroot manifest")


def _document(adapter: TypeAdapter[_Value], value: _Value) -> dict[str, Any]:
    document: dict[str, Any] = adapter.dump_python(value, mode="json", by_alias=True)
    return document


def _parsed(adapter: TypeAdapter[_Value], document: object, *, what: str) -> _Value:
    try:
        return adapter.validate_python(document)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(step) for step in fault['loc'])}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_context=False)[:FAULTS_SHOWN_MAX]
        )
        raise InvalidInputError(f"the {what} is not acceptable: {faults}") from error
