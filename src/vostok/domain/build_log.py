"""What a build's log says: how it ended, at which stage, and the lines that decided it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from vostok.domain.attempt import EXCERPT_BYTES_MAX, Limits, Outcome, Stage

LINES_BEFORE = 6
LINES_AFTER = 8
LINES_SHOWN_MAX = 40
LINES_SEARCHED_MAX = 2_000
LINES_BETWEEN_MAX = 40
LINE_CHARACTERS_MAX = 500
BYTES_PER_KIBIBYTE = 1024
DIGITS_MAX = 12


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

_UNPACK_ERROR = "dpkg-source: error: "
_SUMMARY_FIELD = re.compile(r"^([A-Z][A-Za-z-]*): (.*)$")
_DEPENDS = r"(?<![\w-])(?:Pre-)?Depends: "
"""Of apt; sbuild's own «Merged Build-Depends» names what can be installed, too."""
_APT_DECISIVE = re.compile(
    rf"{_DEPENDS}|Breaks: |Conflicts: |is not installable|is not going to be installed"
    r"|Unable to (?:locate|correct|fetch)|^E: (?!Package |Failed to)|^Err:|404  "
)
_DOWNLOAD_FAILED = re.compile(
    r"^E: Failed to fetch |^E: Unable to fetch|Hash Sum mismatch|^Err:\d+ "
)
_MAKE_STOPPED = r"(?:^|\s)g?make(?:\[\d+\])?: \*\*\* |^ninja: build stopped"
_ERROR_KINDS = (
    re.compile(
        r"(?:^|[:\s])(?<!configure: )(?:fatal )?error: |undefined reference to"
        r"|: Assembler messages:"
    ),
    re.compile(
        r"^(?:FAIL|FAILED|ERROR)\b[: ]|\*\*\*Failed|^not ok \d|^# FAIL: +[1-9]|^CMake Error"
        r"|^[\w/.-]*meson\.build:\d+:\d+: ERROR|^E +\w*(?:Error|Exception)\b"
    ),
    re.compile(r"^Traceback \(most recent call last\):"),
    re.compile(r"^configure: error: (?!in )|^dpkg-(?:source|gencontrol|shlibdeps|deb): error:"),
    re.compile(r"^dh\w*: error|^dh_\w+: .*(?:cannot|missing|[Ff]ailed|error)|^E: pybuild "),
    re.compile(_MAKE_STOPPED),
)
"""Kinds of error lines, the most telling first."""
_BROKE = re.compile(rf"{_MAKE_STOPPED}|^dh\w*: error|^E: pybuild ")
_HARMLESS = re.compile(r"\(ignored\)|\berror: 0\b|error: command '.*' failed|\bWaiting for unfin")
_BUILD_BEGINS = "Command: dpkg-buildpackage "
_BUILD_ENDS = "Build finished at "


def diagnosis(*, ending: Ending, returncode: int, log: str, limits: Limits) -> Diagnosis:
    """How an sbuild run ended.

    Args:
        ending: what ended the sandbox.
        returncode: sbuild's, meaningful when it exited by itself.
        log: the log's end, or all of it.
        limits: what was allowed.
    """
    summary = _summary(log)
    if ending is not Ending.EXITED:
        ended = _killed(ending, log, limits)
    elif returncode == 0 and summary.get("Status") == "successful":
        ended = Diagnosis(outcome=Outcome.BUILT, stage=Stage.BUILD, sentence="built")
    else:
        ended = _failure(summary, returncode, log)
    return replace(ended, seconds=_seconds(summary), space_bytes=_space_bytes(summary))


def limit_sentence(ending: Ending, limits: Limits) -> str:
    """What ended a command that did not end by itself."""
    sentences = {
        Ending.EXITED: "ended by itself",
        Ending.STOPPED: "cancelled",
        Ending.WALL: f"killed: took longer than {limits.wall_seconds_max} seconds",
        Ending.SILENCE: f"killed: no line of output for {limits.silence_seconds_max} seconds",
        Ending.OUTPUT: f"killed: its log grew beyond {limits.log_bytes_max} bytes",
        Ending.MEMORY: f"killed: used more than {limits.memory_bytes_max} bytes of memory",
        Ending.PROCESSES: f"killed: ran more than {limits.processes_max} processes",
        Ending.DISK: "killed: the builder's disk was nearly full",
    }
    return sentences[ending]


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
    number = _first_error(lines)
    if number is None:
        return _clipped(lines[-(LINES_BEFORE + LINES_AFTER) :])
    return _clipped(lines[max(0, number - LINES_BEFORE) : number + LINES_AFTER + 1])


def last_lines(log: str) -> str:
    """The last lines that say something, clipped."""
    lines = [line for line in log.splitlines() if line.strip()]
    return _clipped(lines[-(LINES_BEFORE + LINES_AFTER) :])


def _killed(ending: Ending, log: str, limits: Limits) -> Diagnosis:
    is_build = f"\n{_BUILD_BEGINS}" in log
    if ending is Ending.STOPPED:
        outcome = Outcome.CANCELLED
    elif is_build and ending is not Ending.DISK:
        outcome = Outcome.FAILED
    else:
        outcome = Outcome.BUILDER_PROBLEM
    return Diagnosis(
        outcome=outcome,
        stage=Stage.BUILD if is_build else Stage.INSTALL_DEPS,
        sentence=limit_sentence(ending, limits),
        excerpt=last_lines(log),
    )


def _failure(summary: Mapping[str, str], returncode: int, log: str) -> Diagnosis:
    fail_stage = summary.get("Fail-Stage", "")
    outcome, stage = _STAGES.get(fail_stage, (Outcome.BUILDER_PROBLEM, Stage.BUILD))
    reason = _last_error(log) or f"sbuild ended with {returncode}"
    match outcome, stage:
        case Outcome.BD_UNINSTALLABLE, _:
            return _uninstallable(log)
        case Outcome.CHROOT_PROBLEM, _:
            sentence = f"the chroot could not be used ({fail_stage}): {reason}"
            excerpt = _clipped(_apt_lines(log))
        case Outcome.FAILED, Stage.UNPACK:
            errors = [line for line in log.splitlines() if line.startswith(_UNPACK_ERROR)]
            detail = errors[0].removeprefix(_UNPACK_ERROR) if errors else reason
            sentence, excerpt = f"the source could not be unpacked: {detail}", _clipped(errors)
        case Outcome.FAILED, _:
            sentence = f"the build failed: {_headline(log) or reason}"
            excerpt = error_excerpt(log)
        case _:
            where = f" at {fail_stage}" if fail_stage else ""
            sentence, excerpt = f"sbuild ended with {returncode}{where}: {reason}", ""
    return Diagnosis(
        outcome=outcome, stage=stage, sentence=_cut(sentence), excerpt=excerpt or last_lines(log)
    )


def _uninstallable(log: str) -> Diagnosis:
    lines = _apt_lines(log)
    downloads = [line.strip() for line in lines if _DOWNLOAD_FAILED.search(line)]
    if downloads:
        outcome = Outcome.BUILDER_PROBLEM
        sentence = f"build dependencies could not be downloaded: {downloads[0]}"
    else:
        outcome = Outcome.BD_UNINSTALLABLE
        relation = _unmet(lines)
        detail = f": {relation}" if relation else ""
        sentence = f"build dependencies are not installable{detail}"
    return Diagnosis(
        outcome=outcome,
        stage=Stage.INSTALL_DEPS,
        sentence=_cut(sentence),
        excerpt=_clipped(lines) or last_lines(log),
    )


def _summary(log: str) -> dict[str, str]:
    """The fields of sbuild's last Summary section; a build can print one too, so the last."""
    start = log.rfind("| Summary ")
    if start < 0:
        return {}
    found = (_SUMMARY_FIELD.match(line) for line in log[start:].splitlines())
    return {match[1]: match[2].strip() for match in found if match}


def _is_number(summary: Mapping[str, str], name: str) -> bool:
    """Whether a field has a number that can be one: a build that is killed may have printed it."""
    text = summary.get(name, "")
    return text.isdecimal() and len(text) <= DIGITS_MAX


def _seconds(summary: Mapping[str, str]) -> dict[str, float]:
    names = {"Install-Time": "install-deps", "Build-Time": "build"}
    return {
        ours: float(summary[name]) for name, ours in names.items() if _is_number(summary, name)
    }


def _space_bytes(summary: Mapping[str, str]) -> int:
    return int(summary["Space"]) * BYTES_PER_KIBIBYTE if _is_number(summary, "Space") else 0


def _build_lines(log: str) -> list[str]:
    start = max(log.rfind(f"\n{_BUILD_BEGINS}"), 0)
    end = log.find(_BUILD_ENDS, start)
    return log[start : end if end >= 0 else None].splitlines()


def _first_error(lines: list[str]) -> int | None:
    """Where the errors begin that are nearest before the place where the build broke off.

    What looks like an error long before it did not end the build: a test tries things out.
    """
    harmful = [number for number, line in enumerate(lines) if not _HARMLESS.search(line)]
    broke = next((number for number in harmful if _BROKE.search(lines[number])), len(lines))
    window = [number for number in harmful if broke - LINES_SEARCHED_MAX < number <= broke]
    for kind in _ERROR_KINDS:
        found = [number for number in window if kind.search(lines[number])]
        if found:
            return _start_of_last_group(found)
    return None


def _start_of_last_group(numbers: list[int]) -> int:
    """The first of the last numbers that lie close together."""
    start = numbers[-1]
    for number in reversed(numbers):
        if start - number > LINES_BETWEEN_MAX:
            break
        start = number
    return start


def _headline(log: str) -> str:
    lines = _build_lines(log)
    number = _first_error(lines)
    if number is None:
        return ""
    return _traceback_end(lines[number:]) or lines[number].strip()


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
        found = re.search(rf"{_DEPENDS}(.+)$", line)
        if found:
            return found[1].strip()
    return ""


def _cut(sentence: str) -> str:
    return (
        sentence if len(sentence) <= LINE_CHARACTERS_MAX else sentence[:LINE_CHARACTERS_MAX] + "…"
    )


def _clipped(lines: list[str]) -> str:
    text = "\n".join(line[:LINE_CHARACTERS_MAX] for line in lines)
    return text.encode()[:EXCERPT_BYTES_MAX].decode(errors="ignore")
