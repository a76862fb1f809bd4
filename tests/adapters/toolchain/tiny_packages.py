"""Miniature binary packages, made by dpkg-deb."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

SECONDS_MAX = 60

MakeDeb = Callable[[str, Mapping[str, str | bytes]], Path]
"""From the control file and the tree to a file: a text is a link's target, bytes are a file."""


def tiny_package(directory: Path, control: str, tree: Mapping[str, str | bytes]) -> Path:
    """A `.deb` in the directory, named for its package alone."""
    name = control.split("\n", 1)[0].removeprefix("Package: ")
    root = directory / "trees" / name
    scripts = root / "DEBIAN"
    scripts.mkdir(parents=True)
    (scripts / "control").write_text(
        f"{control}Maintainer: GCC <gcc@example.org>\nDescription: {name}\n of the tests\n"
    )
    (scripts / "postinst").write_text("#!/bin/sh\nset -e\n")
    (scripts / "postinst").chmod(0o755)
    for path, content in tree.items():
        member = root / path
        member.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            member.symlink_to(content)
        else:
            member.write_bytes(content)
            member.chmod(0o755 if "bin/" in path else 0o644)
    file = directory / f"{name}.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "--build", str(root), str(file)],
        check=True,
        capture_output=True,
        timeout=SECONDS_MAX,
    )
    return file
