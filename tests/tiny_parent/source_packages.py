"""Real source packages out of the trees in `sources/`, as they are or changed."""

import io
import lzma
import os
import shutil
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

TREES: Final = Path(__file__).with_name("sources")
SECONDS_MAX: Final = 120
MAINTAINER: Final = "Tiny Parent <tiny@example.org>"
DISTRIBUTION: Final = "tiny"
EPOCH_SECONDS: Final = 1_609_459_200
"""1 January 2021: the date in all changelogs, so that what is made today is what was made ever."""
DATE: Final = "Fri, 01 Jan 2021 00:00:00 +0000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a version has that the one in `sources/` has not.

    Attributes:
        version: of the new changelog entry.
        text: of that entry.
        files: path in the tree -> its whole new text.
        distribution: the suite that the entry names.
        maintainer: who wrote it.
    """

    version: str
    text: str
    files: Mapping[str, str] = field(default_factory=dict)
    distribution: str = DISTRIBUTION
    maintainer: str = MAINTAINER

    def entry(self, name: str) -> str:
        """The changelog entry, with the empty line that follows it."""
        return (
            f"{name} ({self.version}) {self.distribution}; urgency=medium\n\n"
            f"  * {self.text}\n\n -- {self.maintainer}  {DATE}\n\n"
        )


def make_source(name: str, directory: Path, *edits: Edit) -> Path:
    """The `.dsc` of a source of the tiny parent, below a directory, with all its files beside it.

    The same arguments give the same bytes. A tarball of the upstream version that lies in the
    directory already is used as it is.

    Args:
        name: of a tree in `sources/`.
        directory: where it is made.
        edits: the changes on top of the tree, the oldest first.
    """
    tree = unpacked_tree(name, directory, *edits)
    run("dpkg-source", "--auto-commit", "--build", tree.name, directory=directory)
    version = edits[-1].version if edits else changelog_version(tree)
    shutil.rmtree(tree)
    return directory / f"{name}_{version}.dsc"


def unpacked_tree(name: str, directory: Path, *edits: Edit) -> Path:
    """The tree that a `.dsc` is made of, with the upstream tarball beside it if it has one.

    Changes of upstream files belong to the tarball if they come with a new upstream version.
    """
    directory.mkdir(parents=True, exist_ok=True)
    tree = directory / f"{name}.tree"
    shutil.copytree(TREES / name, tree)
    upstream = _upstream_version(changelog_version(tree))
    last = _upstream_version(edits[-1].version) if edits else upstream
    if last == upstream:
        _write_upstream_tarball(name, upstream, tree)
    for edit in edits:
        changelog = tree / "debian" / "changelog"
        changelog.write_text(edit.entry(name) + changelog.read_text())
        for path, text in edit.files.items():
            (tree / path).write_text(text)
    if last != upstream:
        _write_upstream_tarball(name, last, tree)
    _normalise(tree)
    return tree.rename(directory / f"{name}-{last or changelog_version(tree)}")


def changelog_version(tree: Path) -> str:
    """The version that the changelog of an unpacked source begins with."""
    line, _, _ = (tree / "debian" / "changelog").read_text().partition("\n")
    return line.partition("(")[2].partition(")")[0]


def _normalise(tree: Path) -> None:
    """Modes and times that do not depend on who checked the trees out, and when."""
    for path in (tree, *tree.rglob("*")):
        is_program = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if is_program else 0o644)
        os.utime(path, (EPOCH_SECONDS, EPOCH_SECONDS))


def _upstream_version(version: str) -> str:
    """Empty for a native source's."""
    return version.rpartition("-")[0]


def _write_upstream_tarball(name: str, upstream: str, tree: Path) -> None:
    target = tree.parent / f"{name}_{upstream}.orig.tar.xz"
    if not upstream or target.exists():
        return
    _normalise(tree)
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted((tree, *tree.rglob("*"))):
            place = path.relative_to(tree)
            if place.parts[:1] == ("debian",):
                continue
            member = archive.gettarinfo(path, arcname=str(f"{name}-{upstream}" / place))
            member.uid = member.gid = 0
            member.uname = member.gname = "root"
            content = io.BytesIO(path.read_bytes()) if member.isreg() else None
            archive.addfile(member, content)
    target.write_bytes(lzma.compress(output.getvalue()))


def run(
    *words: str, directory: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A command of dpkg-dev that has to succeed."""
    done = attempted(*words, directory=directory, environment=environment)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}{done.stderr}"
    return done


def attempted(
    *words: str, directory: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A command of dpkg-dev, however it ends."""
    return subprocess.run(
        words,
        cwd=directory,
        env={
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LC_ALL": "C.UTF-8",
            "SOURCE_DATE_EPOCH": str(EPOCH_SECONDS),
            **(environment or {}),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS_MAX,
    )


def source_file_names(dsc: Path) -> Sequence[str]:
    """What a `.dsc` names, itself first."""
    lines = dsc.read_text().partition("Checksums-Sha256:\n")[2].splitlines()
    names = []
    for line in lines:
        if not line.startswith(" "):
            break
        names.append(line.split()[2])
    return [dsc.name, *names]
