#!/usr/bin/env python3
"""Prove the versions of every scheme on all sources of suites, and compare with apt and dpkg.

Usage: PYTHONPATH=src:. scripts/prove_versions.py DIRECTORY…

The directories are as for `collect_version_shapes.py`. Besides each suite as it is, one as Ubuntu
would have made it is tried: every third source with a change, a rebuild, or an update of a stable
release. Of each scheme and purpose one line is written:

    sources: with a version and the highest binNMU of its binaries
    issued, warned, refused: what became of them, with the reasons of refusals below
    compared, wrong: lines of proofs that apt orders otherwise; must be 0
    masked: versions, listed from the manuals alone (`tests/later_versions.py`), that would be
        hidden without a word; must be 0
    unlike: where the way by shapes gave another answer than the proof; must be 0
"""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from collect_version_shapes import binnmus, fields
from tests.later_versions import is_lower, later_versions

from vostok.domain.rebuild_version.issuing import Issuer, proof_of
from vostok.domain.rebuild_version.present import ParentHabits, Present
from vostok.domain.rebuild_version.proof import Line, Proof, Verdict
from vostok.domain.rebuild_version.schemes import Marking, Purpose, VersionScheme
from vostok.domain.rebuild_version.shapes import versions_of
from vostok.domain.rebuild_version.successors import vendor_forms
from vostok.errors import ConflictError

DPKG_EVERY = 5_000
"""One of so many comparisons is asked of dpkg itself too: it takes a thousand times as long."""
REBUILD = 7
MARKINGS = (
    Marking(tag="trial"),
    Marking(scheme=VersionScheme.UBUNTU, tag="trial"),
    Marking(scheme=VersionScheme.VENDOR, vendor="acme", tag="trial"),
    Marking(scheme=VersionScheme.BINNMU, tag="trial"),
)
LATER_FORMS = ("ubuntu", "kali", "+rpt", "deepin", "acme", "local", "+local")
"""What the safe scheme must stay below, whoever makes it."""

_NEXT = frozenset({"the next one of whoever made it", "the next native version"})


@dataclass(slots=True)
class Count:
    """What one scheme does for one purpose."""

    issued: int = 0
    warned: int = 0
    compared: int = 0
    by_dpkg: int = 0
    wrong: list[str] = field(default_factory=list)
    masked: list[str] = field(default_factory=list)
    unlike: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)

    def sentence(self) -> str:
        """All numbers."""
        refused = self.refused.total()
        return (
            f"{self.issued + refused} sources, {self.issued} issued, {self.warned} warned, "
            f"{refused} refused; {self.compared} compared, {self.by_dpkg} by dpkg too, "
            f"{len(self.wrong)} wrong; {len(self.masked)} masked, {len(self.unlike)} unlike"
        )


def sources_of(directory: Path) -> list[tuple[str, int]]:
    """(version, the highest binNMU of its binaries) of each source."""
    numbers = binnmus(directory)
    return [
        (version, int(numbers.get((name, version), "+b0").removeprefix("+b")))
        for name, version in fields(directory / "Sources.xz", "Package", "Version")
    ]


def as_ubuntu(sources: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """The same as Ubuntu has them: no binNMUs, and marks on every third."""
    tails = ("build1", "ubuntu1", "ubuntu2.1", "build2", "ubuntu0.24.04.1", "ubuntu13", "build1.1")
    for place, (version, _) in enumerate(sources):
        tail = tails[place // 3 % len(tails)] if place % 3 == 0 else ""
        yield version + tail, 0


def is_spoken_of(proof: Proof, later: str) -> bool:
    """Whether the proof warns of a version, or says that it is beaten on purpose.

    Of stable updates it names one release; what holds of that holds of the next.
    """
    spoken = {Verdict.WARNED, Verdict.ON_PURPOSE}
    named = {line.version for line in proof.lines if line.verdict in spoken}
    return bool({later, re.sub(r"deb[0-9]+u1$", "deb12u1", later)} & named)


def check_line(line: Line, version: str, count: Count) -> None:
    """Compare a line of a proof with apt's order, and some with dpkg's."""
    pair = (line.version, version) if line.is_below else (version, line.version)
    count.compared += 1
    answers = [is_lower(*pair)]
    if count.compared % DPKG_EVERY == 0:
        count.by_dpkg += 1
        command = ["dpkg", "--compare-versions", pair[0], "lt", pair[1]]
        done = subprocess.run(command, check=False, timeout=10)  # noqa: S603 - versions, no shell
        answers.append(done.returncode == 0)
    if set(answers) != {line.verdict is Verdict.HOLDS}:
        count.wrong.append(f"{version}: {line}")


def check(
    present: Present, purpose: Purpose, marking: Marking, issuer: Issuer, count: Count
) -> None:
    """One source under one scheme."""
    proof = proof_of(purpose, marking, present, rebuild_no=REBUILD)
    for line in proof.lines:
        check_line(line, proof.version, count)
    try:
        issued = issuer.issue(purpose, versions_of(present), rebuild_no=REBUILD)
    except ConflictError:
        if not proof.refusal:
            count.unlike.append(present.source_version)
        first = next(line.what for line in proof.lines if line.verdict is Verdict.REFUSED)
        count.refused[first] += 1
        return
    if (issued.version, issued.warning) != (proof.version, proof.warning) or proof.refusal:
        count.unlike.append(present.source_version)
    count.issued += 1
    count.warned += bool(issued.warning)
    is_safe = marking.scheme is VersionScheme.SAFE
    is_ubuntu = marking.scheme is VersionScheme.UBUNTU
    later = later_versions(
        present.source_version,
        int(proof.base.rpartition("+b")[2]) if present.binary_versions else 0,
        makes_binnmus=present.habits.makes_binnmus,
        forms=LATER_FORMS if is_safe else (),
    )
    if not is_lower(proof.base, issued.version):
        count.masked.append(f"{issued.version} is not above {proof.base}")
    is_counted_here = is_ubuntu and not present.habits.makes_ubuntu_versions
    for version, who in later.items():
        if is_counted_here and who in _NEXT:
            continue  # which nobody else makes, by declaration
        is_coming = is_lower(proof.base, version)
        is_fix_over_binnmu = "+c0" in issued.version and "binNMU" in who
        if (
            is_coming
            and not is_lower(issued.version, version)
            and not (is_fix_over_binnmu or is_spoken_of(proof, version))
        ):
            count.masked.append(f"{issued.version} hides {version}, {who}")


def prove_all(name: str, sources: Sequence[tuple[str, int]], habits: ParentHabits) -> bool:
    """Every scheme and purpose on these sources; whether all is right."""
    is_right = True
    for marking in MARKINGS:
        issuer = Issuer(marking, habits)
        for purpose in Purpose:
            count = Count()
            for version, binnmu in sources:
                binaries = (f"{version}+b{binnmu}",) if binnmu else ()
                present = Present(source_version=version, binary_versions=binaries, habits=habits)
                check(present, purpose, marking, issuer, count)
            sys.stdout.write(f"{name} {marking.scheme} {purpose}: {count.sentence()}\n")
            for what, number in count.refused.most_common():
                sys.stdout.write(f"    refused {number}: {what}\n")
            for found in (count.wrong, count.masked, count.unlike):
                sys.stdout.writelines(f"    {example}\n" for example in found[:5])
                is_right = is_right and not found
            sys.stdout.flush()
    return is_right


def main() -> int:
    """Prove the suites one after the other."""
    is_right = True
    for directory in map(Path, sys.argv[1:]):
        sources = sources_of(directory)
        habits, strays = vendor_forms(version for version, _ in sources)
        of_debian = ParentHabits(vendor_forms=habits, stray_forms=strays)
        is_right &= prove_all(directory.name, sources, of_debian)
        made = list(as_ubuntu(sources))
        forms, others = vendor_forms(version for version, _ in made)
        undeclared = ParentHabits(makes_binnmus=False, vendor_forms=forms, stray_forms=others)
        declared = ParentHabits(
            makes_binnmus=False, makes_ubuntu_versions=False,
            vendor_forms=forms, stray_forms=others,
        )  # fmt: skip
        is_right &= prove_all(f"{directory.name}-as-ubuntu", made, undeclared)
        is_right &= prove_all(f"{directory.name}-as-ubuntu-declared", made, declared)
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
