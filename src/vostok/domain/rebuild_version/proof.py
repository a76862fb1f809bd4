"""The proof that a version is above what is there and below all that may follow it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from vostok.debian.version import Version, kept_version
from vostok.domain.rebuild_version.present import Present, base_of, rebuild_base
from vostok.domain.rebuild_version.schemes import Marking
from vostok.domain.rebuild_version.successors import Level, Successor, successors


class Verdict(StrEnum):
    """How one line of a proof came out."""

    HOLDS = "holds"
    PASSED = "passed"
    """It cannot come any more: what is there now is above it already."""
    WARNED = "warned"
    ON_PURPOSE = "on purpose"
    REFUSED = "refused"


SPOKEN = frozenset({Verdict.WARNED, Verdict.ON_PURPOSE, Verdict.REFUSED})
"""Verdicts that people are told of."""


class Line(NamedTuple):
    """One comparison: the new version against one that is there or may come."""

    what: str
    version: str
    is_below: bool
    """Whether it must be below the new version (it is there), not above (it may come)."""
    level: Level
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """All comparisons of one new version."""

    version: str
    base: str
    lines: Sequence[Line]

    @property
    def refusal(self) -> str:
        """What the version would break, or ""."""
        return self._sentence({Verdict.REFUSED})

    @property
    def warning(self) -> str:
        """What is known of the version that people should know too, or ""."""
        return self._sentence({Verdict.WARNED, Verdict.ON_PURPOSE})

    def _sentence(self, verdicts: Collection[Verdict]) -> str:
        relations = [
            _relation(self.version, line) for line in self.lines if line.verdict in verdicts
        ]
        relations.sort(key=lambda relation: " equals " not in relation)  # the plainest first
        more = f" (and {len(relations) - 1} more)" if len(relations) > 1 else ""
        return f"{relations[0]}{more}" if relations else ""


def prove(
    new: str,
    present: Present,
    marking: Marking,
    own_next: Successor,
    *,
    is_changed: bool,
) -> Proof:
    """Whether a version is above what is there, and below all that may follow.

    Args:
        new: the version.
        present: what there is.
        marking: how this archive marks versions.
        own_next: the fix that this archive may make next.
        is_changed: whether the version is of a source with a fix.
    """
    base = base_of(present, marking)
    version, there = kept_version(new), _newest(present, base.version)
    lines = [_below("the source that is there", present.source_version, version)]
    if base.version != present.source_version:
        lines.append(_below("the binaries that are there", base.version, version))
    lines += [
        _below("what was rebuilt here", own, version)
        for own in dict.fromkeys(present.own_versions)
        if own not in {base.version, present.source_version}
    ]
    if new in present.issued:
        lines.append(_below("a version that was issued here before", new, version))
    coming = [*successors(present, base, marking, new, is_changed=is_changed), own_next]
    lines += [_above(successor, version, there) for successor in coming]
    return Proof(version=new, base=base.version, lines=tuple(lines))


def prove_same(present: Present) -> Proof:
    """That a version may stay: only where nobody can have got other bytes under it."""
    version = present.source_version
    shown = Line(
        "which clients could see here already",
        version,
        is_below=True,
        level=Level.MUST,
        verdict=Verdict.REFUSED,
    )
    return Proof(version=version, base=version, lines=(shown,) if present.was_shown else ())


def _newest(present: Present, base: str) -> Version:
    """The highest that is there, whoever made it: what is below it cannot come any more."""
    found = [base, *present.own_versions]
    if present.is_ours and present.parent_version:
        found.append(rebuild_base(present.parent_version, present.binary_versions))
    return max(map(kept_version, found)) if len(found) > 1 else kept_version(base)


def _below(what: str, version: str, new: Version) -> Line:
    verdict = Verdict.HOLDS if kept_version(version) < new else Verdict.REFUSED
    return Line(what, version, is_below=True, level=Level.MUST, verdict=verdict)


def _above(successor: Successor, new: Version, there: Version) -> Line:
    return Line(
        successor.what,
        successor.version,
        is_below=False,
        level=successor.level,
        verdict=_verdict(kept_version(successor.version), successor.level, new, there),
    )


def _verdict(coming: Version, level: Level, new: Version, there: Version) -> Verdict:
    if coming > new:
        return Verdict.HOLDS
    if coming <= there:
        return Verdict.PASSED
    match level:
        case Level.MUST:
            return Verdict.REFUSED
        case Level.WARN:
            return Verdict.WARNED
        case Level.PURPOSE:
            return Verdict.ON_PURPOSE


def _relation(new: str, line: Line) -> str:
    if kept_version(new) == kept_version(line.version):
        order = "equals"
    else:
        order = "is below" if line.is_below else "is above"
    purpose = ", on purpose" if line.verdict is Verdict.ON_PURPOSE else ""
    return f"{new} {order} {line.version}, {line.what}{purpose}"
