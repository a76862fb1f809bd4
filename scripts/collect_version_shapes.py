#!/usr/bin/env python3
"""Collect the shapes that versions have in a Debian-format archive, for the tests of versions.

Usage: scripts/collect_version_shapes.py DIRECTORY… > tests/real_versions.txt

Each directory is named for a suite and has its `Sources.xz` and `Packages.xz`, as they lie under
`dists/SUITE/main/` on a mirror. A shape is a version without what its numbers, words and commits
are: `2:1.18.4-2` and `7.2-1` have one. The first of each shape is written, with the highest
binNMU of its binaries and the suite that it is from.
"""

import lzma
import re
import sys
from collections.abc import Iterator
from pathlib import Path

EPOCH = re.compile(r"^[0-9]+:")
COMMIT = re.compile(r"(?=[0-9]*[a-f])[0-9a-f]{6,}")
UPSTREAM = re.compile(r"^(?P<upstream>.*)-(?P<revision>[^-]*)$")


def fields(path: Path, *names: str) -> Iterator[list[str]]:
    """The values of fields of each paragraph, "" where one has none."""
    patterns = [re.compile(rf"^{name}: (.*)$", re.MULTILINE) for name in names]
    with lzma.open(path, "rt", encoding="utf-8") as file:
        paragraphs = file.read().split("\n\n")
    for paragraph in paragraphs:
        found = [pattern.search(paragraph) for pattern in patterns]
        if found[0]:
            yield [match[1] if match else "" for match in found]


def binnmus(directory: Path) -> dict[tuple[str, str], str]:
    """(source, its version) -> the highest `+bN` of its binaries."""
    found: dict[tuple[str, str], int] = {}
    index = directory / "Packages.xz"
    for package, source, version in fields(index, "Package", "Source", "Version"):
        name, _, of = source.partition(" ")
        number = re.search(r"\+b([0-9]+)$", version)
        if number:
            key = (name or package, of.strip("()") or version[: number.start()])
            found[key] = max(found.get(key, 0), int(number[1]))
    return {key: f"+b{number}" for key, number in found.items()}


def shape(version: str, binnmu: str) -> str:
    """The version with every number that decides nothing as 1, and whether it has a binNMU."""
    match = UPSTREAM.match(EPOCH.sub("", version))
    if match is None:
        upstream, revision = EPOCH.sub("", version), ""
    else:
        upstream, revision = match["upstream"], "-" + re.sub("[0-9]+", "1", match["revision"])
    words = COMMIT.sub("h", upstream)
    words = re.sub(r"[0-9]+(?:[.][0-9]+)*", "1", words)
    words = re.sub(r"[a-gi-z]{3,}", "w", re.sub(r"(?:[.]?(?:h|1))+", "1", words))
    return f"{words}{revision}{'+b' if binnmu else ''}"


def main() -> None:
    """Write one example of each shape: version, binNMU or `-`, suite."""
    seen: set[str] = set()
    lines = []
    for directory in map(Path, sys.argv[1:]):
        numbers = binnmus(directory)
        for name, version in fields(directory / "Sources.xz", "Package", "Version"):
            tail = numbers.get((name, version), "")
            form = shape(version, tail)
            if form not in seen:
                seen.add(form)
                lines.append(f"{version} {tail or '-'} {directory.name}")
    sys.stdout.write("\n".join(sorted(lines)) + "\n")


if __name__ == "__main__":
    main()
