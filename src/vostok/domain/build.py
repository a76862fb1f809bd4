"""The record of one build: its states, the table of transitions, and its attempts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from vostok.errors import ConflictError


class BuildState(StrEnum):
    """What a build waits for, or how it ended."""

    PLANNED = "planned"
    NEEDS_BUILD = "needs-build"
    DEP_WAIT = "dep-wait"
    BD_UNINSTALLABLE = "bd-uninstallable"
    BUILDING = "building"
    UPLOADING = "uploading"
    BUILT = "built"
    FAILED = "failed"
    CHROOT_PROBLEM = "chroot-problem"
    SOURCE_UNAVAILABLE = "source-unavailable"
    FAILED_TO_UPLOAD = "failed-to-upload"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    NOT_FOR_US = "not-for-us"


class Fate(StrEnum):
    """What became of a built build's binaries."""

    NONE = "none"
    PENDING = "pending"
    PUBLISHED = "published"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class Part(StrEnum):
    """Which binaries of a source a build makes."""

    ANY = "any"
    ALL = "all"


class RebuildForm(StrEnum):
    """What a build is made from, and so what carries its version."""

    BINARY_ONLY = "binary-only"
    """The source as it is; only the binaries get a version of their own."""
    SOURCE = "source"
    """A new source that differs by one changelog entry, made here before the build starts."""
    AS_IS = "as-is"
    """The source as it is, with its own version: somebody uploaded it."""


class Reach(StrEnum):
    """How far the binaries of a build get when they are accepted."""

    PUBLICATION = "publication"
    VIEW = "view"
    """Seen by builds, never by clients: made under a profile that changes binaries."""
    NOWHERE = "nowhere"
    """Only looked at: a control, or a trial under an old version."""


_S = BuildState


class Cause(NamedTuple):
    """Who takes a build from one state to another, and why."""

    who: str
    why: str


_TAKEN = Cause("a builder", "took it for its next attempt")
_CANCELLED = Cause(
    "who cancels it, or vostok", "not wanted any more, or its campaign could not be made ready"
)
_RETRIED = Cause("who retries it", "for another attempt, in the newest edition of the view")
_PLANNED_AGAIN = Cause("who retries the build before it", "it follows that one again")
_NO_FILE = Cause("vostok", "no parent has a file of which its no-change source is to be made")
_NO_SOURCE = Cause("vostok", "its no-change source cannot be made: the reason is named")
_OVERTAKEN = Cause(
    "who uploads, syncs or asks again", "another version of the source takes its place"
)
_RESERVED = Cause("nobody yet", "")
_UNSUCCESSFUL = MappingProxyType({_S.NEEDS_BUILD: _RETRIED, _S.PLANNED: _PLANNED_AGAIN})
_WITHOUT_VERDICT = MappingProxyType({**_UNSUCCESSFUL, _S.CANCELLED: _CANCELLED})

CAUSES: Mapping[BuildState, Mapping[BuildState, Cause]] = MappingProxyType(
    {
        _S.PLANNED: {
            _S.NEEDS_BUILD: Cause("vostok", "the build before it, under a profile, has a verdict"),
            _S.SOURCE_UNAVAILABLE: _NO_FILE,
            _S.FAILED: _NO_SOURCE,
            _S.CANCELLED: _CANCELLED,
            _S.SUPERSEDED: _OVERTAKEN,
        },
        _S.NEEDS_BUILD: {
            _S.PLANNED: _PLANNED_AGAIN,
            _S.BUILDING: _TAKEN,
            _S.DEP_WAIT: _RESERVED,
            _S.BD_UNINSTALLABLE: _RESERVED,
            _S.SOURCE_UNAVAILABLE: _NO_FILE,
            _S.FAILED: _NO_SOURCE,
            _S.CANCELLED: _CANCELLED,
            _S.SUPERSEDED: _OVERTAKEN,
            _S.NOT_FOR_US: _RESERVED,
        },
        _S.DEP_WAIT: dict.fromkeys(
            (_S.NEEDS_BUILD, _S.BD_UNINSTALLABLE, _S.CANCELLED, _S.SUPERSEDED), _RESERVED
        ),
        _S.BD_UNINSTALLABLE: _WITHOUT_VERDICT,
        _S.BUILDING: {
            _S.NEEDS_BUILD: Cause(
                "the builder, or vostok", "its attempt had no verdict, or was lost"
            ),
            _S.UPLOADING: Cause("the builder", "it sent what it built"),
            _S.FAILED: Cause("the builder, or vostok", "a verdict, or no more attempts"),
            _S.BD_UNINSTALLABLE: Cause("the builder", "apt names the relation"),
            _S.CHROOT_PROBLEM: Cause("the builder", "the log says what was missing"),
            _S.SOURCE_UNAVAILABLE: Cause("the builder", "a file could not be had from here"),
            _S.CANCELLING: Cause("who cancels it, or overtakes it", "its builder is told to stop"),
        },
        _S.UPLOADING: {
            _S.BUILT: Cause("the builder", "everything it sent was accepted"),
            _S.FAILED_TO_UPLOAD: Cause("vostok", "something that it sent was refused"),
        },
        _S.BUILT: {},
        _S.FAILED: _UNSUCCESSFUL,
        _S.CHROOT_PROBLEM: _WITHOUT_VERDICT,
        _S.SOURCE_UNAVAILABLE: _WITHOUT_VERDICT,
        _S.FAILED_TO_UPLOAD: _UNSUCCESSFUL,
        _S.CANCELLING: {
            _S.CANCELLED: Cause("the builder, or vostok", "its attempt has stopped, or was lost"),
            _S.SUPERSEDED: Cause(
                "the builder, or vostok",
                "the same, and another version of the source has taken its place",
            ),
        },
        _S.CANCELLED: _UNSUCCESSFUL,
        _S.SUPERSEDED: {},
        _S.NOT_FOR_US: {_S.NEEDS_BUILD: _RESERVED},
    }
)
"""From each state to those that may follow, with who does it and why.

`built` has no way out (invariant I1). What nobody does yet is of `dep-wait` and `not-for-us`,
which are for when build dependencies are known before a builder takes the build.
"""

TRANSITIONS: Mapping[BuildState, frozenset[BuildState]] = MappingProxyType(
    {before: frozenset(causes) for before, causes in CAUSES.items()}
)
RESERVED = frozenset(
    (before, after)
    for before, causes in CAUSES.items()
    for after, cause in causes.items()
    if cause is _RESERVED
)
"""Pairs that the table allows and nothing makes yet."""

LIVE_STATES = frozenset({_S.NEEDS_BUILD, _S.DEP_WAIT, _S.BUILDING, _S.UPLOADING, _S.CANCELLING})
"""States in which a build still moves by itself; one build per slot may be in them (I2)."""

UNFINISHED_STATES = LIVE_STATES | {_S.PLANNED}
"""The same, and what waits for the build before it."""

RETRIABLE_STATES = frozenset(
    {
        _S.BD_UNINSTALLABLE,
        _S.FAILED,
        _S.CHROOT_PROBLEM,
        _S.SOURCE_UNAVAILABLE,
        _S.FAILED_TO_UPLOAD,
        _S.CANCELLED,
    }
)
CANCELLABLE_STATES = frozenset(
    state for state, following in TRANSITIONS.items() if following & {_S.CANCELLED, _S.CANCELLING}
) - {_S.CANCELLING}

STATE_SENTENCES = MappingProxyType(
    {
        _S.PLANNED: "waits for the end of the build under a profile that comes before it",
        _S.NEEDS_BUILD: "waits for a builder",
        _S.DEP_WAIT: "waits for a build dependency that is being built",
        _S.BD_UNINSTALLABLE: "a build dependency cannot be installed: look at the relation named",
        _S.BUILDING: "is being built",
        _S.UPLOADING: "was built; its files are being checked",
        _S.BUILT: "was built and accepted",
        _S.FAILED: "failed to build: its log says where",
        _S.CHROOT_PROBLEM: "the build environment could not be made: the administrator must look",
        _S.SOURCE_UNAVAILABLE: "no parent has a file of the source: retry when the mirror has it",
        _S.FAILED_TO_UPLOAD: "was built, but its files were refused: the reason is named",
        _S.CANCELLING: "is being stopped",
        _S.CANCELLED: "was cancelled: retry it if it is still wanted",
        _S.SUPERSEDED: "a newer source took its place",
        _S.NOT_FOR_US: "is not built on this architecture",
    }
)


def check_transition(before: BuildState, after: BuildState) -> None:
    """Nothing, if the table allows the step.

    Raises:
        ConflictError: it does not.
    """
    if after not in TRANSITIONS[before]:
        raise ConflictError(
            f"a build that is {before} cannot become {after}",
            hint="look at it again: vostok build show ID",
        )


class Build(NamedTuple):
    """One record: (archive, suite, source release, architecture or `all`, `rebuild_no`).

    There may be 43,000 in one hand.
    """

    id: int
    archive_id: int
    archive: str
    suite_id: int
    suite: str
    source_id: int
    source: str
    source_version: str
    architecture: str
    """The slot's architecture: one, or `all`."""
    builder_architecture: str
    part: Part
    form: RebuildForm
    new_source_id: int | None
    """The no-change source that is built in the source's place, once it is made."""
    reach: Reach
    control_of: int | None
    """Id of the failed build that this one repeats with the parent's toolchain."""
    warning: str
    """What its version is not proved against, or ""."""
    rebuild_no: int
    campaign_id: int | None
    """None for the builds of an upload."""
    campaign: int | None
    version: str
    version_before: str
    state: BuildState
    fate: Fate
    sentence: str
    score: int
    attempt: int
    """Number of the newest attempt, 0 for none; a stale attempt's commit is fenced by it."""
    created_at: datetime
    finished_at: datetime | None

    @property
    def built_source_id(self) -> int:
        """The source release that builders get: the no-change source if there is one."""
        return self.source_id if self.new_source_id is None else self.new_source_id


def built_words(build: Build, packages: int) -> str:
    """What a build that was accepted says of itself."""
    made = f"built {packages} package{'' if packages == 1 else 's'}"
    match build.reach:
        case Reach.PUBLICATION:
            return made
        case Reach.VIEW:
            return f"{made}, which builds see and clients never will"
        case Reach.NOWHERE:
            return f"{made}, only to see whether it builds"


def fate_of_built(
    build: Build, *, superseded_by: int | None, held_by: str | None
) -> tuple[Fate, str]:
    """What becomes of the binaries of a build at its acceptance, with the sentence of its event.

    Args:
        build: it.
        superseded_by: the derivation in which the archive has another version of its source, or
            none.
        held_by: an architecture on which the same rebuild is not accepted: all are published
            together.
    """
    if build.reach is not Reach.PUBLICATION:
        return Fate.NONE, ""
    if superseded_by is None and held_by is not None:
        return Fate.PENDING, (
            f"its binaries are held by {build.source} on {held_by}, which is not built yet"
        )
    if superseded_by is None:
        return Fate.PENDING, "its binaries wait for the next publication"
    return Fate.REPLACED, (
        f"its binaries are kept, but nobody will see them: since derivation {superseded_by} the "
        f"archive has another version of {build.source}, or none"
    )


class NewBuild(NamedTuple):
    """A build record to store; its number and state come with it. A request has 43,000."""

    source_id: int
    source: str
    source_version: str
    architecture: str
    builder_architecture: str
    part: Part
    rebuild_no: int
    version: str
    version_before: str
    form: RebuildForm = RebuildForm.BINARY_ONLY
    form_reason: str = ""
    """Why it has this form; a plan shows it, a record does not keep it."""
    reach: Reach = Reach.PUBLICATION
    new_source_id: int | None = None
    """If its no-change source was made already."""
    control_of: int | None = None
    warning: str = ""
    is_planned: bool = False
    """Whether it starts only when the build before it of its slot, under a profile, is built."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of a build on one builder. Attempts are appended, never overwritten."""

    id: int
    build_id: int
    number: int
    builder: str
    edition: int
    view_id: int
    started_at: datetime
    seen_at: datetime
    finished_at: datetime | None
    outcome: str | None
    log_bytes: int
    result: dict[str, object] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFile:
    """A file that a builder returned."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildEvent:
    """One transition of a record: when, by whom, from where to where, why."""

    at: datetime
    actor: str
    state_before: str
    state_after: str
    sentence: str
