"""Controls: failed builds made again with the parent's toolchain, in what they saw then."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vostok.domain.build import LIVE_STATES, Attempt, Build, BuildState, NewBuild, Reach
from vostok.domain.rebuild_plan import Plan, Refusal

_DECIDED = frozenset({BuildState.BUILT, BuildState.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Controllable:
    """A build of which a control is asked, with what decides whether there is one."""

    build: Build
    attempt: Attempt | None
    """Its newest."""
    had_toolchain: bool
    """Whether that attempt was made with another toolchain than the parent's."""
    controls: tuple[Build, ...]
    """Those that were asked for before, the oldest first."""
    live_architectures: frozenset[str]
    """On which its source has an unfinished build."""


def plan_controls(asked: Iterable[Controllable], numbers: Mapping[str, int]) -> Plan:
    """The controls that a request makes, and what it refuses. O(asked).

    Args:
        asked: of one campaign, so that a source has one build for each architecture.
        numbers: source -> the highest number that any build of it was given.
    """
    accepted: list[NewBuild] = []
    refused: list[Refusal] = []
    for item in asked:
        reason = _refusal(item)
        if reason is not None:
            code, sentence = reason
            refused.append(Refusal(source=item.build.source, code=code, sentence=sentence))
        else:
            accepted.append(_control(item.build, numbers.get(item.build.source, 0) + 1))
    return Plan(accepted=tuple(accepted), refused=tuple(refused))


def _control(build: Build, rebuild_no: int) -> NewBuild:
    """The same build again: its version is no other, for it stands beside nothing (I6)."""
    return NewBuild(
        source_id=build.source_id,
        source=build.source,
        source_version=build.source_version,
        architecture=build.architecture,
        builder_architecture=build.builder_architecture,
        part=build.part,
        form=build.form,
        form_reason=f"as build {build.id}, which it repeats",
        new_source_id=build.new_source_id,
        reach=Reach.NOWHERE,
        control_of=build.id,
        rebuild_no=rebuild_no,
        version=build.version,
        version_before=build.version_before,
    )


def _refusal(item: Controllable) -> tuple[str, str] | None:
    build, attempt = item.build, item.attempt
    if build.state is not BuildState.FAILED:
        return "not-failed", f"build {build.id} of {build.source} is {build.state}, not failed"
    if attempt is None:
        return "never-tried", f"build {build.id} of {build.source} failed before any attempt"
    if not item.had_toolchain:
        return (
            "parents-toolchain",
            f"build {build.id} of {build.source} was made with the parent's toolchain already",
        )
    return _controlled(item, attempt) or _slot_is_taken(item)


def _controlled(item: Controllable, attempt: Attempt) -> tuple[str, str] | None:
    for control in reversed(item.controls):
        if control.state in LIVE_STATES:
            return "has-control", f"{_named(control)} is its control, and is not finished yet"
        # One asked for before the newest attempt says nothing about that.
        if control.state in _DECIDED and control.created_at >= attempt.started_at:
            return "has-control", f"{_named(control)} was its control: {control.state}"
    return None


def _slot_is_taken(item: Controllable) -> tuple[str, str] | None:
    build = item.build
    if build.architecture not in item.live_architectures:
        return None
    return (
        "already-building",
        f"a build of {build.source} for {build.architecture} is not finished yet",
    )


def _named(control: Build) -> str:
    return f"build {control.id} of campaign {control.campaign}"


def control_words(build: Build) -> str | None:
    """What a control says about the failure that it repeats; None of any other build."""
    if build.control_of is None:
        return None
    return f"control of build {build.control_of}: {_verdict(build.state)}"


def _verdict(state: BuildState) -> str:
    if state is BuildState.BUILT:
        return "built, so the failure comes with the toolchain"
    if state is BuildState.FAILED:
        return "failed here as well, so the failure is not the toolchain's"
    return f"{state}, which says nothing about the failure yet"
