"""The version of a rebuild: above what is there, below everything that may follow it.

A capital letter sorts before every lower-case one and before `+`, so that
`1.2-3` < `1.2-3Xexp1` < `1.2-3build1` < `1.2-3ubuntu1` < `1.2-3+b1` < `1.2-4`.
"""

from collections.abc import Iterable
from enum import StrEnum

from vostok.debian.version import Version, is_binnmu_tail
from vostok.errors import ConflictError


class VersionScheme(StrEnum):
    """How an archive makes the versions of its rebuilds."""

    SAFE = "safe"
    BINNMU = "binnmu"
    UBUNTU = "ubuntu"
    VENDOR = "vendor"
    SAME = "same"


def rebuild_base(source_version: str, binary_versions: Iterable[str]) -> str:
    """The version that a rebuild's suffix is appended to.

    It is the source's version plus the highest `+bN` tail among its binaries whose version
    starts with it: a rebuild of `1.2-3` whose binaries are `1.2-3+b2` must be above them.
    Binaries with versions of their own (gcc-defaults) do not count here; they are checked on
    acceptance.
    """
    # Each of them is above the source's version: by its tail.
    candidates = [
        Version.parse(version)
        for version in binary_versions
        if version.startswith(source_version)
        and is_binnmu_tail(version.removeprefix(source_version))
    ]
    return str(max(candidates) if candidates else Version.parse(source_version))


def rebuild_version(base: str, *, tag: str, rebuild_no: int) -> str:
    """`1.2-3`, tag `exp`, number 1: `1.2-3Xexp1`."""
    return f"{base}X{tag}{rebuild_no}"


def check_raised(package: str, *, published: str, built: str) -> None:
    """Nothing, if the built version is above the published one.

    Raises:
        ConflictError: it is not, so that no client would upgrade to it.
    """
    if not Version.parse(built) > Version.parse(published):
        raise ConflictError(
            f"version not raised: {package} {built} is not above the published {published}",
            hint="this package computes its own version; it needs a sourceful upload",
        )
