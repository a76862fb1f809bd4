"""What dpkg-gencontrol makes of `${source:Version}` under the versions that are issued here."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vostok.debian.changelog import changelog_entry
from vostok.debian.stanza import Stanza, parse_stanza
from vostok.domain.rebuild_version.issuing import issue_version
from vostok.domain.rebuild_version.present import ParentHabits, Present
from vostok.domain.rebuild_version.schemes import Marking, Purpose, VersionScheme

SECONDS_MAX = 60
THERE = "1:1.2-3"
AT = datetime(2026, 1, 1, tzinfo=UTC)
CONTROL = """\
Source: foo
Maintainer: Ann <ann@example.org>
Section: misc
Priority: optional

Package: foo
Architecture: any
Depends: foo-data (= ${source:Version}), foo-bin (= ${binary:Version})
Description: wants both

Package: foo-bin
Architecture: any
Description: is wanted

Package: foo-data
Architecture: all
Depends: foo-bin (>= ${source:Version})
Description: is wanted
"""
SCHEMES = [
    Marking(tag="trial"),
    Marking(scheme=VersionScheme.BINNMU, tag="trial"),
    Marking(scheme=VersionScheme.UBUNTU, tag="trial"),
    Marking(scheme=VersionScheme.VENDOR, vendor="acme", tag="trial"),
]


def entry(version: str, *, binary_only: bool) -> str:
    return changelog_entry(
        source="foo",
        version=version,
        distribution="sid",
        text_lines=["A rebuild."],
        maintainer="Ann <ann@example.org>",
        date=AT,
        binary_only=binary_only,
    )


def binary(tree: Path, package: str) -> Stanza:
    """The control file that a package gets."""
    (tree / "out/DEBIAN").mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["dpkg-gencontrol", f"-p{package}", "-Pout"],
        cwd=tree, check=True, capture_output=True, timeout=SECONDS_MAX,
    )  # fmt: skip
    return parse_stanza((tree / "out/DEBIAN/control").read_text())


@pytest.mark.debian
@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("marking", SCHEMES, ids=lambda marking: marking.scheme)
def test_packages_want_each_other_in_the_versions_that_they_will_have(
    marking: Marking, purpose: Purpose, tmp_path: Path
) -> None:
    makes_binnmus = marking.scheme is not VersionScheme.BINNMU
    present = Present(
        source_version=THERE,
        binary_versions=(f"{THERE}+b2",) if makes_binnmus else (),
        habits=ParentHabits(makes_binnmus=makes_binnmus),
    )
    version = issue_version(purpose, marking, present, rebuild_no=7).version
    is_alone = purpose is Purpose.BINARY_ONLY
    changelog = entry(version, binary_only=is_alone) + entry(THERE, binary_only=False)
    (tmp_path / "debian").mkdir()
    (tmp_path / "debian/control").write_text(CONTROL)
    (tmp_path / "debian/changelog").write_text(changelog)

    foo, data = binary(tmp_path, "foo"), binary(tmp_path, "foo-data")

    of_all = THERE if is_alone else version  # a binary-only rebuild leaves that package alone
    assert foo["Version"] == version
    assert foo["Depends"] == f"foo-data (= {of_all}), foo-bin (= {version})"
    assert data["Depends"] == f"foo-bin (>= {of_all})"
    assert foo.get("Source", "foo") == (f"foo ({THERE})" if is_alone else "foo")
