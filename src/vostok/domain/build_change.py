"""What people change of builds that are there, one or many: retry, cancel, rescore."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from vostok.domain.build import (
    CANCELLABLE_STATES,
    RETRIABLE_STATES,
    UNFINISHED_STATES,
    Build,
    BuildState,
)
from vostok.errors import InvalidInputError

SCORE_MAX = 1_000_000
"""The highest score, and with a minus the lowest."""

CHOSEN_IDS_MAX = 50_000

REASON_CHARACTERS_MAX = 500

RESCORABLE_STATES = frozenset(BuildState) - {
    BuildState.UPLOADING,
    BuildState.BUILT,
    BuildState.CANCELLING,
    BuildState.SUPERSEDED,
    BuildState.NOT_FOR_US,
}
"""Those that wait for a builder, or may do so again."""


class BuildChange(StrEnum):
    """What is done with a build."""

    RETRY = "retry"
    CANCEL = "cancel"
    RESCORE = "rescore"


STATES_OF_CHANGE: Mapping[BuildChange, frozenset[BuildState]] = MappingProxyType(
    {
        BuildChange.RETRY: RETRIABLE_STATES,
        BuildChange.CANCEL: CANCELLABLE_STATES,
        BuildChange.RESCORE: RESCORABLE_STATES,
    }
)
"""The states from which each change is possible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedBuild:
    """A build that stays as it is, and why."""

    build: Build
    code: str
    sentence: str
    hint: str


def by_state(
    builds: Iterable[Build], change: BuildChange
) -> tuple[list[Build], list[RefusedBuild]]:
    """The builds whose state allows a change, and those whose state does not."""
    possible: list[Build] = []
    refused: list[RefusedBuild] = []
    for build in builds:
        if build.state in STATES_OF_CHANGE[change]:
            possible.append(build)
        else:
            refused.append(_in_wrong_state(build, change))
    return possible, refused


def _in_wrong_state(build: Build, change: BuildChange) -> RefusedBuild:
    match change:
        case BuildChange.RETRY:
            sentence = f"build {build.id} is {build.state}; only what failed can be retried"
            is_over = build.state not in UNFINISHED_STATES
            hint = hint_to_request(build) if is_over else f"watch it: vostok build show {build.id}"
        case BuildChange.CANCEL:
            sentence = f"build {build.id} is {build.state} and cannot be cancelled"
            hint = f"look at it: vostok build show {build.id}"
        case BuildChange.RESCORE:
            sentence = f"build {build.id} is {build.state}: no builder will be asked for it"
            hint = f"look at it: vostok build show {build.id}"
    return RefusedBuild(build=build, code="wrong-state", sentence=sentence, hint=hint)


def hint_to_request(build: Build) -> str:
    """How to have a new build of the same source."""
    return (
        f"ask for a new one: vostok rebuild request {build.archive} "
        f"--select {build.source} --reason TEXT"
    )


def reason_words(reason: str | None) -> str:
    """How a sentence ends that says what somebody did: `: wrong flags`; "" without a reason.

    Raises:
        InvalidInputError: the reason is empty or too long.
    """
    if reason is None:
        return ""
    said = " ".join(reason.split())
    if not said or len(said) > REASON_CHARACTERS_MAX:
        raise InvalidInputError(
            f"a reason has 1 to {REASON_CHARACTERS_MAX} characters, this one has {len(said)}",
            hint="say why: --reason TEXT; or leave it out",
        )
    return f": {said}"


def check_score(score: int) -> int:
    """The score, if builds can have it.

    Raises:
        InvalidInputError: it is beyond `SCORE_MAX`.
    """
    if abs(score) > SCORE_MAX:
        raise InvalidInputError(
            f"the score {score} is not between -{SCORE_MAX} and {SCORE_MAX}",
            hint="rebuilds have -100 and uploads 0 unless something else is asked",
        )
    return score
