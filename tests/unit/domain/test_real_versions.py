"""Every scheme on one real version of each shape that Debian's sources have."""

from pathlib import Path

import pytest
from tests.later_versions import is_lower, later_versions

from vostok.debian.version import Version
from vostok.domain.rebuild_version.issuing import issue_version, proof_of
from vostok.domain.rebuild_version.present import ParentHabits, Present
from vostok.domain.rebuild_version.proof import Line, Verdict
from vostok.domain.rebuild_version.schemes import Marking, Purpose, VersionScheme
from vostok.errors import ConflictError

REAL = Path(__file__).parents[2] / "real_versions.txt"
MARKINGS = {
    "safe": Marking(tag="trial"),
    "ubuntu": Marking(scheme=VersionScheme.UBUNTU, tag="trial"),
    "vendor": Marking(scheme=VersionScheme.VENDOR, vendor="acme", tag="trial"),
    "binnmu": Marking(scheme=VersionScheme.BINNMU, tag="trial"),
}
REBUILD = 7


def real_sources(*, with_binnmus: bool = True) -> list[tuple[str, int]]:
    """(version, the highest number of a binNMU of it) of the collected ones."""
    found = []
    for line in REAL.read_text().splitlines():
        if not line.startswith("#"):
            version, tail, _suite = line.split()
            found.append((version, int(tail.removeprefix("+b")) if tail != "-" else 0))
    return [(version, number if with_binnmus else 0) for version, number in found]


def present_of(version: str, binnmu: int, habits: ParentHabits) -> Present:
    binaries = (f"{version}+b{binnmu}",) if binnmu else ()
    return Present(source_version=version, binary_versions=binaries, habits=habits)


def is_true(line: Line, version: str) -> bool:
    """Whether the comparison came out as apt orders the two."""
    pair = (line.version, version) if line.is_below else (version, line.version)
    return is_lower(*pair) == (line.verdict is Verdict.HOLDS)


def test_the_collection_has_what_makes_versions_hard() -> None:
    versions = [version for version, _ in real_sources()]

    assert len(set(versions)) > 500
    for hard in ("~", "+deb", "~deb", "+nmu", ":", "+really", "+b"):
        assert any(hard in version for version in versions), hard
    assert sum(binnmu > 0 for _, binnmu in real_sources()) > 100
    assert any("-" not in version for version in versions)


@pytest.mark.debian
@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("scheme", list(MARKINGS))
def test_a_version_is_above_what_is_there_and_below_what_may_follow(
    scheme: str, purpose: Purpose
) -> None:
    is_binnmu = scheme == "binnmu"  # over parents that make none, and so have none
    habits = ParentHabits(makes_binnmus=not is_binnmu)
    forms = ["ubuntu", "kali", "+rpt"] if scheme == "safe" else []

    for source, binnmu in real_sources(with_binnmus=not is_binnmu):
        present = present_of(source, binnmu, habits)
        base = f"{source}+b{binnmu}" if binnmu else source
        new = issue_version(purpose, MARKINGS[scheme], present, rebuild_no=REBUILD).version

        assert is_lower(base, new), (base, new)
        is_fix = purpose is Purpose.CHANGED and binnmu > 0
        later = later_versions(source, binnmu, makes_binnmus=not is_binnmu, forms=forms)
        beaten = {
            version: who
            for version, who in later.items()
            if is_lower(base, version) and not is_lower(new, version)
        }
        assert not beaten or (is_fix and all("binNMU" in who for who in beaten.values())), beaten


@pytest.mark.debian
@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("scheme", list(MARKINGS))
def test_no_line_of_a_proof_is_against_apt(scheme: str, purpose: Purpose) -> None:
    habits = ParentHabits(vendor_forms=("kali", "ubuntu"), stray_forms=("acme",))

    for source, binnmu in real_sources():
        present = present_of(source, binnmu, habits)
        proof = proof_of(purpose, MARKINGS[scheme], present, rebuild_no=REBUILD)

        wrong = [line for line in proof.lines if not is_true(line, proof.version)]
        assert not wrong, (proof.version, wrong)


@pytest.mark.debian
def test_a_binnmu_is_refused_where_the_parent_may_make_the_same() -> None:
    for source, binnmu in real_sources():
        present = present_of(source, binnmu, ParentHabits())

        with pytest.raises(ConflictError) as caught:
            issue_version(Purpose.BINARY_ONLY, MARKINGS["binnmu"], present, rebuild_no=REBUILD)

        theirs = f"{source}+b{binnmu + 1}"
        assert f"{theirs} equals {theirs}, the parent's next binNMU" in str(caught.value)


@pytest.mark.parametrize("purpose", [Purpose.NO_CHANGE, Purpose.CHANGED])
@pytest.mark.parametrize("scheme", list(MARKINGS))
def test_no_source_is_versioned_as_dpkg_takes_for_a_binnmu(scheme: str, purpose: Purpose) -> None:
    for source, binnmu in real_sources():
        present = present_of(source, binnmu, ParentHabits(makes_binnmus=False))

        new = proof_of(purpose, MARKINGS[scheme], present, rebuild_no=REBUILD).version

        assert not Version.parse(new).binnmu_tail, new


@pytest.mark.parametrize("purpose", [Purpose.BINARY_ONLY, Purpose.NO_CHANGE])
def test_a_trial_keeps_every_version_where_nobody_saw_it(purpose: Purpose) -> None:
    marking = Marking(scheme=VersionScheme.SAME, tag="trial")

    for source, _ in real_sources():
        unseen = Present(source_version=source, was_shown=False)

        assert issue_version(purpose, marking, unseen, rebuild_no=REBUILD).version == source
        with pytest.raises(ConflictError, match="clients could see"):
            issue_version(purpose, marking, Present(source_version=source), rebuild_no=REBUILD)
