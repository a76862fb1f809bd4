"""Binaries of the tiny sources without a chroot: their build dependencies lie in a directory."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.tiny_parent.source_packages import run


@dataclass(frozen=True, slots=True, kw_only=True)
class Sysroot:
    """Packages of one architecture laid out below a directory, where the sources look for them.

    Any architecture will do on any machine: nothing of the packages is compiled, and the build
    tool among them is a script.
    """

    directory: Path
    architecture: str

    def unpack(self, packages: Iterable[Path]) -> None:
        """Lay more packages out, over those that are there."""
        self.directory.mkdir(parents=True, exist_ok=True)
        for package in packages:
            run("dpkg-deb", "--extract", str(package), ".", directory=self.directory)

    def build(
        self, dsc: Path, target: Path, *, rule: str = "binary", profiles: str = ""
    ) -> list[Path]:
        """The packages that a target of `debian/rules` makes, in a directory of their own.

        Args:
            dsc: with its files beside it.
            target: the directory, empty or new.
            rule: `binary`, `binary-arch` or `binary-indep`.
            profiles: build profiles, separated by spaces.
        """
        target.mkdir(parents=True, exist_ok=True)
        tree = target / "tree"
        run("dpkg-source", "--no-check", "--extract", str(dsc), str(tree), directory=target)
        run(
            *("dpkg-architecture", "--host-arch", self.architecture, "--force"),
            *("--command", f"debian/rules {rule}"),
            directory=tree,
            environment={"SYSROOT": str(self.directory), "DEB_BUILD_PROFILES": profiles},
        )
        shutil.rmtree(tree)
        return sorted(target.glob("*.deb"))
