"""The .changes of a source's upload, beside the one that dpkg-genchanges writes."""

import gzip
import subprocess
from pathlib import Path

import pytest
from tests.unit.debian.test_no_change_source import AT, CONTROL, SECONDS_MAX, Made, chunks_of, made

from vostok.debian.changelog import changelog_entry
from vostok.debian.no_change_source import (
    Digests,
    control_file,
    described,
    no_change_dsc,
    plan_no_change,
    with_changelog_entry,
)
from vostok.debian.packages import source_files
from vostok.debian.source_changes import (
    UploadedFile,
    section_and_priority,
    source_changes,
    uploaded_names,
)
from vostok.debian.version import Version
from vostok.errors import InvalidInputError

VERSIONS = {
    "3.0 (quilt)": ("2:1.0-1", "2:1.0-1Xtrial1"),
    "3.0 (native)": ("1.0", "1.0Xtrial1"),
    "1.0": ("1.0-1", "1.0-1Xtrial1"),
}


COMMENTED = b"""\
# a comment

# more
Source: tiny
# of it
Section: contrib/games

Package: x
Priority: extra
"""


def entry(version: str, text: str = "No-change rebuild: for libfoo 2") -> str:
    return changelog_entry(
        source="tiny",
        version=version,
        distribution="sid",
        text_lines=[text],
        maintainer="Ann Other <ann@example.org>",
        date=AT,
        binary_only=False,
        urgency="medium",
    )


def uploaded(path: Path) -> UploadedFile:
    digests = Digests()
    for _ in digests.noting(chunks_of(path)):
        pass
    file = digests.file(path.name)
    return UploadedFile(name=file.name, size=file.size, **file.digests)


def rebuilt(source: Made, version: str, entry: str) -> tuple[bytes, bytes | None]:
    """The .dsc of a no-change source that lies beside the old one now, and its debian/control."""
    dsc = (source.place / source.dsc).read_bytes()
    plan = plan_no_change(dsc, Version.parse(version))
    digests = Digests()
    old = source.place / plan.old_name
    changed = with_changelog_entry(chunks_of(old), plan, entry=entry, at=int(AT.timestamp()))
    (source.place / plan.new_name).write_bytes(b"".join(digests.noting(changed)))
    new = no_change_dsc(dsc, plan, digests.file(plan.new_name))
    (source.place / plan.dsc_name).write_bytes(new)
    return new, control_file(chunks_of(old), plan)


def of_dpkg(source: Made, dsc: str, *options: str) -> str:
    """What dpkg-genchanges writes for a source that is unpacked from its files."""
    tree = source.place / "unpacked"
    for command, place in (
        (["dpkg-source", "--no-check", "-x", dsc, str(tree)], source.place),
        (["dpkg-genchanges", "-S", "-q", *options], tree),
    ):
        done = subprocess.run(
            command, cwd=place, check=True, capture_output=True, text=True, timeout=SECONDS_MAX
        )
    return done.stdout


def ours(source: Made, dsc: bytes, entry: str, control: bytes | None, *, all_of_it: bool) -> str:
    fields = described(dsc)
    name = f"tiny_{Version.parse(fields['Version']).without_epoch}.dsc"
    names = [file.name for file in source_files(fields)]
    sent = [name, *uploaded_names(names, with_original=all_of_it)]
    section, priority = section_and_priority(control)
    files = [uploaded(source.place / sent_name) for sent_name in sent]
    return source_changes(dsc, entry, files, section=section, priority=priority)


@pytest.mark.parametrize("option", ["-si", "-sa"])
@pytest.mark.parametrize("source_format", VERSIONS)
def test_the_changes_are_those_that_dpkg_writes(
    tmp_path: Path, source_format: str, option: str
) -> None:
    old, new = VERSIONS[source_format]
    source = made(tmp_path, old, source_format)
    text = entry(new, "No-change rebuild: for libfoo 2; closes: #12, #7, bug#123; see #5")

    dsc, control = rebuilt(source, new, text)

    said = ours(source, dsc, text, control, all_of_it=option == "-sa")
    assert said == of_dpkg(source, f"tiny_{Version.parse(new).without_epoch}.dsc", option)
    assert ("orig" in said) == (option == "-sa" and source_format != "3.0 (native)")
    assert "\nCloses: 7 12 123\n" in said


@pytest.mark.parametrize(
    ("control", "said"),
    [
        (CONTROL.encode(), ("misc", "optional")),
        (COMMENTED, ("contrib/games", "-")),
        (None, ("-", "-")),
    ],
)  # fmt: skip
def test_section_and_priority_are_those_of_the_source(
    control: bytes | None, said: tuple[str, str]
) -> None:
    assert section_and_priority(control) == said


def test_an_upstream_tarball_and_its_signature_are_left_out_where_the_archive_has_them() -> None:
    names = [
        "a_1.orig-docs.tar.xz", "a_1.orig.tar.gz", "a_1.orig.tar.gz.asc", "a_1-2.debian.tar.xz",
    ]  # fmt: skip

    assert uploaded_names(names, with_original=False) == ["a_1-2.debian.tar.xz"]
    assert uploaded_names(names, with_original=True) == names
    assert uploaded_names(["a_1.tar.xz"], with_original=False) == ["a_1.tar.xz"]


def test_an_entry_of_another_version_is_refused(tmp_path: Path) -> None:
    source = made(tmp_path, "1.0", "3.0 (native)")

    dsc = (source.place / source.dsc).read_bytes()

    with pytest.raises(InvalidInputError, match=r"is not one of tiny 1\.0"):
        source_changes(dsc, entry("1.1"), [], section="-", priority="-")


def test_a_control_file_of_the_upstream_tarball_is_not_in_the_diff() -> None:
    plan = plan_no_change(
        b"Format: 1.0\nSource: tiny\nVersion: 1.0-1\nChecksums-Sha256:\n "
        + b"a" * 64 + b" 1 tiny_1.0.orig.tar.gz\n " + b"b" * 64 + b" 1 tiny_1.0-1.diff.gz\n",
        Version.parse("1.0-2"),
    )  # fmt: skip
    changed = b"--- a/debian/control\n+++ b/debian/control\n@@ -1,2 +1,2 @@\n Source: x\n-a\n+b\n"
    assert control_file([gzip.compress(changed)], plan) is None
