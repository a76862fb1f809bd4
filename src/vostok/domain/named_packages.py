"""What a toolchain names of an archive's own: sources that were uploaded and built there."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from vostok.debian.architecture import builds_on, has_all_part
from vostok.domain.named_source import NamedSource
from vostok.domain.package import OwnBinary, SourceMember
from vostok.domain.publication import ALL
from vostok.domain.toolchain_preflight import Problem

VERSIONS_NAMED_MAX = 5
"""In one hint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnOfSource:
    """What an archive has of a source that was uploaded to it.

    Attributes:
        sources: uploaded, the newest last.
        binaries: accepted ones of the source in any version, the oldest first.
    """

    sources: Sequence[SourceMember]
    binaries: Sequence[OwnBinary]


def found_named(
    named: NamedSource, own: OwnOfSource, *, archive: str, architecture: str, builds_all: bool
) -> tuple[list[OwnBinary], Problem | None]:
    """The packages that a build on an architecture gets of a named source, or why it gets none.

    Neither packages nor a problem for a source that does not build there.

    Args:
        named: the source.
        own: what there is of it.
        archive: its name, for messages.
        architecture: of the build.
        builds_all: whether packages of architecture `all` are built in the archive.
    """
    if not own.sources:
        return [], Problem(
            sentence=f"no source {named.source} was uploaded to {archive}",
            hint=f"upload it: vostok upload put {archive} FILE.changes",
        )
    there = {source.version: source for source in own.sources}
    source = own.sources[-1] if named.version is None else there.get(named.version)
    if source is None:
        versions = ", ".join([*there][-VERSIONS_NAMED_MAX:])
        return [], Problem(
            sentence=f"{named.source} {named.version} was not uploaded to {archive}",
            hint=f"{archive} has {versions}",
        )
    wanted = [architecture] if builds_on(source.architecture, architecture) else []
    if has_all_part(source.architecture) and builds_all:
        wanted.append(ALL)
    found = _newest_of_each(
        binary
        for binary in own.binaries
        if binary.source_version == source.version and binary.architecture in wanted
    )
    missing = [name for name in wanted if name not in {b.architecture for b in found}]
    if missing:
        return [], Problem(
            sentence=f"{named.source} {source.version} is in {archive}, but not built yet on "
            f"{', '.join(missing)}",
            hint=f"see its builds: vostok upload list {archive}, then vostok upload show",
        )
    return found, None


def with_named(
    own: Sequence[OwnBinary],
    of_versions: Iterable[OwnBinary],
    *,
    named: Collection[NamedSource],
    hidden: Collection[NamedSource],
) -> list[OwnBinary]:
    """A view's own packages as a toolchain has them.

    Args:
        own: as the view's edition has them.
        of_versions: packages of the sources that are named in one version, in that version.
        named: by the toolchain of the view.
        hidden: by the toolchain that the view does without: its packages are the parents' again.
    """
    pinned = {name.source for name in named if name.version is not None}
    hides = {name.source for name in hidden}
    kept = [
        binary
        for binary in own
        if binary.toolchain_id is not None or binary.source_name not in pinned | hides
    ]
    return [*kept, *_newest_of_each(of_versions)]


def versions_of(named: Iterable[NamedSource]) -> Mapping[str, str]:
    """Source -> version, of those that are named in one version."""
    return {name.source: name.version for name in named if name.version is not None}


def _newest_of_each(binaries: Iterable[OwnBinary]) -> list[OwnBinary]:
    return list({(binary.name, binary.architecture): binary for binary in binaries}.values())
