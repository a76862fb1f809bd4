"""The pool of the tiny parent: all its sources and binaries, in a first and a second edition."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.tiny_parent.binary_packages import Sysroot
from tests.tiny_parent.source_packages import Edit, make_source, source_file_names

NAMES: Final = ("cc", "libfoo", "bar", "brk", "dw", "amdonly", "indep", "loopa", "loopb")
"""In an order in which each finds what it builds with; loopa begins without loopb."""
STAGED: Final = "loopa"
ONE_ARCHITECTURE: Final = {"amdonly": "amd64"}
LATER: Final = {
    "libfoo": Edit(version="1.2-4", text="New revision.", files={"foo.data": "data, revised\n"}),
    "brk": Edit(version="1-2", text="New revision; still in the old style."),
}
"""What the second edition has in the place of the first one's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TinyParent:
    """Its pools lie below `directory`, one for each edition.

    Attributes:
        architectures: of its binaries. `all` packages are made with the first.
    """

    directory: Path
    architectures: tuple[str, ...]

    @property
    def first(self) -> Path:
        """A directory with everything in `pool/`."""
        return self.directory / "1"

    @property
    def second(self) -> Path:
        """The same with a newer libfoo and a newer brk."""
        return self.directory / "2"

    def make(self) -> None:
        """Make both editions; takes some seconds."""
        pool = self.first / "pool"
        pool.mkdir(parents=True)
        for name in NAMES:
            for package in self._binaries(name, make_source(name, pool)):
                self.sysroot(package.parent.name).unpack([package])
                package.rename(pool / package.name)
        self.make_edition(self.second, LATER)

    def make_edition(self, directory: Path, later: Mapping[str, Edit]) -> None:
        """Make the first edition once more, with newer versions of some sources in it."""
        pool = directory / "pool"
        shutil.copytree(self.first / "pool", pool)
        for name, edit in later.items():
            _remove(name, pool)
            for package in self._binaries(name, make_source(name, pool, edit)):
                package.rename(pool / package.name)

    def sysroot(self, architecture: str) -> Sysroot:
        """All packages of the first edition, for builds outside of a chroot."""
        directory = self.directory / "sysroot" / architecture
        return Sysroot(directory=directory, architecture=architecture)

    def _binaries(self, name: str, dsc: Path) -> list[Path]:
        """Those for each architecture in a directory of its name."""
        made: list[Path] = []
        for architecture in self.architectures:
            if ONE_ARCHITECTURE.get(name, architecture) == architecture:
                made += self.sysroot(architecture).build(
                    dsc,
                    self.directory / "building" / dsc.stem / architecture,
                    rule="binary" if architecture == self.architectures[0] else "binary-arch",
                    profiles="stage1" if name == STAGED else "",
                )
        return made


def _remove(name: str, pool: Path) -> None:
    """Take a source out of a pool, with its binaries; its upstream tarball stays."""
    (dsc,) = pool.glob(f"{name}_*.dsc")
    version = dsc.stem.partition("_")[2]
    for file in source_file_names(dsc):
        if ".orig.tar." not in file:
            (pool / file).unlink()
    for package in pool.glob(f"{name}*_{version}_*.deb"):
        package.unlink()
