"""What a build's log says: how it ended, at which stage, and the lines that decided it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from vostok.domain.attempt import EXCERPT_BYTES_MAX, Limits, Outcome, Stage

LINES_BEFORE = 6
LINES_AFTER = 8
LINES_SHOWN_MAX = 40
LINE_CHARACTERS_MAX = 500
BYTES_PER_KIBIBYTE = 1024


class Ending(StrEnum):
    """What ended a command in the sandbox."""

    EXITED = "exited"
    STOPPED = "stopped"
    WALL = "wall"
    SILENCE = "silence"
    OUTPUT = "output"
    MEMORY = "memory"
    PROCESSES = "processes"
    DISK = "disk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """How a stage of an attempt ended, for the result."""

    outcome: Outcome
    stage: Stage
    sentence: str
    excerpt: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
    space_bytes: int = 0


_STAGES: Mapping[str, tuple[Outcome, Stage]] = {
    "create-session": (Outcome.CHROOT_PROBLEM, Stage.CHROOT),
    "run-chroot-setup-commands": (Outcome.CHROOT_PROBLEM, Stage.CHROOT),
    "chroot-setup": (Outcome.CHROOT_PROBLEM, Stage.CHROOT),
    "resolver setup": (Outcome.CHROOT_PROBLEM, Stage.CHROOT),
    "apt-get-clean": (Outcome.CHROOT_PROBLEM, Stage.CHROOT),
    "apt-get-update": (Outcome.CHROOT_PROBLEM, Stage.CHROOT),
    "apt-get-upgrade": (Outcome.CHROOT_PROBLEM, Stage.CHROOT),
    "apt-get-dist-upgrade": (Outcome.CHROOT_PROBLEM, Stage.CHROOT),
    "install-core": (Outcome.CHROOT_PROBLEM, Stage.INSTALL_DEPS),
    "install-essential": (Outcome.CHROOT_PROBLEM, Stage.INSTALL_DEPS),
    "fetch-src": (Outcome.BUILDER_PROBLEM, Stage.UNPACK),
    "check-space": (Outcome.BUILDER_PROBLEM, Stage.UNPACK),
    "install-deps": (Outcome.BD_UNINSTALLABLE, Stage.INSTALL_DEPS),
    "install-deps-env": (Outcome.BD_UNINSTALLABLE, Stage.INSTALL_DEPS),
    "arch-check": (Outcome.FAILED, Stage.UNPACK),
    "unpack": (Outcome.FAILED, Stage.UNPACK),
    "check-unpacked-version": (Outcome.FAILED, Stage.UNPACK),
    "hack-binNMU": (Outcome.FAILED, Stage.UNPACK),
    "build": (Outcome.FAILED, Stage.BUILD),
    "parse-changes": (Outcome.FAILED, Stage.BUILD),
}
"""sbuild's Fail-Stage -> what it means here; what is not listed is the builder's problem."""

_SUMMARY_FIELD = re.compile(r"^([A-Z][A-Za-z-]*): (.*)$")
_PURGE = "Not cleaning session"
_APT_DECISIVE = re.compile(
    r"Depends: |Breaks: |Conflicts: |is not installable|is not going to be installed"
    r"|Unable to (?:locate|correct|fetch)|^E: (?!Package installation|Failed to)|^Err:|404  "
)
_DOWNLOAD_FAILED = re.compile(
    r"^E: Failed to fetch |^E: Unable to fetch|Hash Sum mismatch|^Err:\d+ "
)
_FIRST_ERRORS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:^|[:\s])(?:fatal )?error: (?!command '.*' failed)|undefined reference to"
        r"|: Assembler messages:",
        r"^Traceback \(most recent call last\):",
        r"^(?:FAIL|FAILED|ERROR)\b[: ]|\*\*\*Failed|^not ok \d|tests? failed\b"
        r"|^CMake Error|^[\w/.-]*meson\.build:\d+:\d+: ERROR",
        r"^dpkg-source: error:|^dpkg-gencontrol: error:|^dpkg-shlibdeps: error:",
        r"^dh[_\w]*: (?:error|warning: .*aborting)|^dh_\w+: .*(?:cannot|missing|failed)",
        r"make(?:\[\d+\])?: \*\*\* ",
        r"^(?:E|dpkg-buildpackage): error",
    )
)
"""Kinds of error lines, the most telling first; within a kind the first line counts."""
_NEVER_FIRST = re.compile(r"Error \d+ \(ignored\)|-W\w*error|error: unused|\berror: 0\b")
_CONTEXT_END = "Build finished at "


def diagnosis(*, ending: Ending, returncode: int, log: str, limits: Limits) -> Diagnosis:
    """How an sbuild run ended.

    Args:
        ending: what ended the sandbox.
        returncode: sbuild's, meaningful when it exited by itself.
        log: the log's end, or all of it.
        limits: what was allowed.
    """
    summary = _summary(log)
    seconds = _seconds(summary)
    space_bytes = int(summary.get("Space", "0") or 0) if _is_number(summary, "Space") else 0
    if ending is not Ending.EXITED:
        outcome = Outcome.CANCELLED if ending is Ending.STOPPED else Outcome.FAILED
        return Diagnosis(
            outcome=outcome,
            stage=Stage.BUILD if _reached_build(log) else Stage.INSTALL_DEPS,
            sentence=limit_sentence(ending, limits),
            excerpt=last_lines(log),
            seconds=seconds,
        )
    if returncode == 0 and summary.get("Status") == "successful":
        return Diagnosis(
            outcome=Outcome.BUILT,
            stage=Stage.BUILD,
            sentence="built",
            seconds=seconds,
            space_bytes=space_bytes * BYTES_PER_KIBIBYTE,
        )
    outcome, stage, sentence, excerpt = _failure(summary, returncode, log)
    return Diagnosis(
        outcome=outcome,
        stage=stage,
        sentence=sentence,
        excerpt=excerpt,
        seconds=seconds,
        space_bytes=space_bytes * BYTES_PER_KIBIBYTE,
    )


def limit_sentence(ending: Ending, limits: Limits) -> str:
    """What ended a command that did not end by itself."""
    match ending:
        case Ending.EXITED:
            return "ended by itself"
        case Ending.STOPPED:
            return "cancelled"
        case Ending.WALL:
            return f"killed: took longer than {limits.wall_seconds_max} seconds"
        case Ending.SILENCE:
            return f"killed: no line of output for {limits.silence_seconds_max} seconds"
        case Ending.OUTPUT:
            return f"killed: its log grew beyond {limits.log_bytes_max} bytes"
        case Ending.MEMORY:
            return f"killed: used more than {limits.memory_bytes_max} bytes of memory"
        case Ending.PROCESSES:
            return f"killed: ran more than {limits.processes_max} processes"
        case Ending.DISK:
            return "killed: the builder's disk was nearly full"


def chroot_diagnosis(*, ending: Ending, returncode: int, log: str, limits: Limits) -> Diagnosis:
    """How an mmdebstrap run ended that made no chroot."""
    if ending is Ending.STOPPED:
        return Diagnosis(outcome=Outcome.CANCELLED, stage=Stage.CHROOT, sentence="cancelled")
    if ending is not Ending.EXITED:
        sentence = f"the chroot could not be made: {limit_sentence(ending, limits)}"
    else:
        lines = [line for line in log.splitlines() if line.startswith(("E: ", "Err:", "W: "))]
        first = next((line for line in lines if line.startswith("E: ")), "")
        reason = first.removeprefix("E: ") or f"mmdebstrap ended with {returncode}"
        sentence = f"the chroot could not be made: {reason[:LINE_CHARACTERS_MAX]}"
    return Diagnosis(
        outcome=Outcome.CHROOT_PROBLEM,
        stage=Stage.CHROOT,
        sentence=sentence,
        excerpt=last_lines(log),
    )


def error_excerpt(log: str) -> str:
    """About 15 lines around the first real error of a build, not around its consequences.

    Returns:
        At most EXCERPT_BYTES_MAX bytes in UTF-8; the end of the build if no error is found.
    """
    lines = _build_lines(log)
    for pattern in _FIRST_ERRORS:
        for number, line in enumerate(lines):
            if pattern.search(line) and not _NEVER_FIRST.search(line):
                start = max(0, number - LINES_BEFORE)
                return _clipped(lines[start : number + LINES_AFTER + 1])
    return _clipped(lines[-(LINES_BEFORE + LINES_AFTER) :])


def last_lines(log: str) -> str:
    """The last lines that say something, clipped."""
    lines = [line for line in log.splitlines() if line.strip()]
    return _clipped(lines[-(LINES_BEFORE + LINES_AFTER) :])


def _failure(
    summary: Mapping[str, str], returncode: int, log: str
) -> tuple[Outcome, Stage, str, str]:
    fail_stage = summary.get("Fail-Stage", "")
    outcome, stage = _STAGES.get(fail_stage, (Outcome.BUILDER_PROBLEM, Stage.BUILD))
    reason = _last_error(log) or f"sbuild ended with {returncode}"
    match outcome:
        case Outcome.BD_UNINSTALLABLE:
            lines = _apt_lines(log)
            downloads = [line for line in lines if _DOWNLOAD_FAILED.search(line)]
            if downloads:
                sentence = f"build dependencies could not be downloaded: {downloads[0].strip()}"
                return Outcome.BUILDER_PROBLEM, stage, _cut(sentence), _clipped(lines)
            detail = _unmet(lines)
            sentence = f"build dependencies are not installable{f': {detail}' if detail else ''}"
            return outcome, stage, _cut(sentence), _clipped(lines) or last_lines(log)
        case Outcome.CHROOT_PROBLEM:
            sentence = f"the chroot could not be used ({fail_stage}): {reason}"
            return outcome, stage, _cut(sentence), _clipped(_apt_lines(log)) or last_lines(log)
        case Outcome.FAILED if stage is Stage.UNPACK:
            errors = [line for line in log.splitlines() if line.startswith("dpkg-source: error: ")]
            detail = errors[0].removeprefix("dpkg-source: error: ") if errors else reason
            sentence = f"the source could not be unpacked: {detail}"
            return outcome, stage, _cut(sentence), _clipped(errors) or last_lines(log)
        case Outcome.FAILED:
            excerpt = error_excerpt(log)
            return outcome, stage, _cut(f"the build failed: {_headline(log) or reason}"), excerpt
        case _:
            where = f" at {fail_stage}" if fail_stage else ""
            sentence = f"sbuild ended with {returncode}{where}: {reason}"
            return outcome, stage, _cut(sentence), last_lines(log)


def _summary(log: str) -> dict[str, str]:
    """The fields of sbuild's last Summary section; a build can print one too, so the last."""
    start = log.rfind("| Summary ")
    if start < 0:
        return {}
    found = (_SUMMARY_FIELD.match(line) for line in log[start:].splitlines())
    return {match[1]: match[2].strip() for match in found if match}


def _is_number(summary: Mapping[str, str], name: str) -> bool:
    return summary.get(name, "").isdecimal()


def _seconds(summary: Mapping[str, str]) -> dict[str, float]:
    names = {"Install-Time": "install-deps", "Build-Time": "build"}
    return {ours: float(summary[name]) for name, ours in names.items() if _is_number(summary, name)}


def _reached_build(log: str) -> bool:
    return "\nCommand: dpkg-buildpackage " in log


def _build_lines(log: str) -> list[str]:
    start = max(log.rfind("\nCommand: dpkg-buildpackage "), 0)
    end = log.find(_CONTEXT_END, start)
    return log[start : end if end >= 0 else None].splitlines()


def _headline(log: str) -> str:
    lines = _build_lines(log)
    for pattern in _FIRST_ERRORS:
        for number, line in enumerate(lines):
            if pattern.search(line) and not _NEVER_FIRST.search(line):
                return _traceback_end(lines[number:]) or line.strip()
    return ""


def _traceback_end(lines: list[str]) -> str:
    """The exception that a traceback ends with, "" if these lines begin none."""
    if not lines[0].startswith("Traceback "):
        return ""
    return next((line for line in lines[1:200] if line and not line.startswith(" ")), "")


def _last_error(log: str) -> str:
    errors = [line for line in log.splitlines() if line.startswith("E: ")]
    return errors[-1].removeprefix("E: ") if errors else ""


def _apt_lines(log: str) -> list[str]:
    lines = [line for line in log.splitlines() if _APT_DECISIVE.search(line)]
    return list(dict.fromkeys(lines))[:LINES_SHOWN_MAX]


def _unmet(lines: list[str]) -> str:
    """The first relation that apt could not satisfy, without sbuild's dummy package."""
    for line in lines:
        found = re.search(r"Depends: (.+)$", line)
        if found:
            return found[1].strip()
    return ""


def _cut(sentence: str) -> str:
    return sentence if len(sentence) <= LINE_CHARACTERS_MAX else sentence[:LINE_CHARACTERS_MAX] + "…"


def _clipped(lines: list[str]) -> str:
    text = "\n".join(line[:LINE_CHARACTERS_MAX] for line in lines)
    return text.encode()[:EXCERPT_BYTES_MAX].decode(errors="ignore")
