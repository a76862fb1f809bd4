"""One package as a rebuild makes it: a real .deb, small, in a version above the present one."""

import subprocess
from pathlib import Path
from typing import Final

from vostok.adapters.content_store import LocalContentStore
from vostok.adapters.deb_reader import AptDebReader
from vostok.bootstrap import build_services
from vostok.config import Settings
from vostok.domain.package import DeltaKind
from vostok.services.pool.own_packages import OwnPackages

DEB_SECONDS_MAX: Final = 60


def rebuilt_deb(root: Path, source: str, architecture: str) -> Path:
    """A package that nobody else has, of a source that everybody does.

    Args:
        root: takes the file.
        source: whose rebuild it is.
        architecture: of the package.
    """
    name, version = f"{source}-rebuilt", "1-1+b1"
    tree = root / f"{name}.tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN" / "control").write_text(
        f"Package: {name}\nSource: {source} (1-1)\nVersion: {version}\n"
        f"Architecture: {architecture}\nMaintainer: Bench <bench@example.org>\n"
        "Section: misc\nPriority: optional\nDescription: rebuilt for a measurement\n"
    )
    file = root / f"{name}_{version}_{architecture}.deb"
    subprocess.run(  # noqa: S603 - our own words
        ["/usr/bin/dpkg-deb", "--root-owner-group", "--build", tree, file],
        check=True, timeout=DEB_SECONDS_MAX, capture_output=True,
    )  # fmt: skip
    return file


def accept_rebuilt(settings: Settings, archive_name: str, deb: Path, component: str) -> None:
    """Have a package wait for an archive's next publication, as an accepted build's do."""
    packages = OwnPackages(LocalContentStore(settings.data_root / "files"), AptDebReader())
    directory = f"pool/{component}/r/rebuilt"
    binary = packages.store_binary(deb, name=deb.name, component=component, directory=directory)
    with build_services(settings, url="").database.write() as transaction:
        archive = transaction.archives.named(archive_name)
        suite = transaction.archives.suites(archive.id)[0]
        transaction.deltas.add(suite.id, kind=DeltaKind.REBUILD, sources=[], binaries=[binary])
