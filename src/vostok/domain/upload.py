"""Uploads of people: what is asked of a .changes and its files before an archive takes them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from vostok.debian.architecture import builds_on, has_all_part
from vostok.debian.changes import Changes, ChangesFile
from vostok.debian.dsc import Dsc
from vostok.debian.packages import binary_file_name, package_list
from vostok.debian.version import Version
from vostok.domain.acceptance import DEBUG_SYMBOLS_SUFFIX
from vostok.domain.build import Part
from vostok.domain.package import NewBinary
from vostok.errors import ConflictError, InvalidInputError

CHANGES_BYTES_MAX: Final = 4 << 20
SPOOL_FILES_MAX: Final = 2_000
"""Files of one sender in one archive that wait for a .changes."""
REFUSALS_KEPT_MAX: Final = 500
"""Of one sender in one archive; older ones are forgotten, as all are after a while."""
REFUSAL_CHARACTERS_MAX: Final = 2_000
SCORE_OF_UPLOADS: Final = 0
"""Above that of rebuilds: somebody waits for it."""


class UploadState(StrEnum):
    """What became of a .changes."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """A file that was sent, or belongs to an upload."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUpload:
    """A .changes that was judged, to be recorded.

    Attributes:
        signed_by: fingerprint of the key; empty if that was not found out.
        signature: that no other file may be accepted with; None for what is refused.
        source: empty if that was not found out; `version` too.
    """

    archive_id: int
    suite_id: int | None
    person_id: int | None
    uploaded_by: str
    signed_by: str
    changes_name: str
    changes_sha256: str
    signature: str | None
    source: str
    version: str
    state: UploadState
    sentence: str
    at: datetime
    files: tuple[SentFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A .changes that was judged: accepted whole, or not at all."""

    id: int
    archive: str
    person: str | None
    uploaded_by: str
    signed_by: str
    changes_name: str
    changes_sha256: str
    source: str
    version: str
    state: UploadState
    sentence: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadSlot:
    """One build that an uploaded source needs."""

    part: Part
    architecture: str
    builder_architecture: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The files of a .changes by what they are."""

    dsc: ChangesFile
    source_files: tuple[ChangesFile, ...]
    buildinfos: tuple[ChangesFile, ...]
    debs: tuple[ChangesFile, ...]


def contents_of(changes: Changes, *, accepts_binaries: bool, archive: str) -> Contents:
    """The files of an upload, sorted.

    Args:
        changes: that names them.
        accepts_binaries: whether the archive takes binaries beside their source.
        archive: its name, for messages.

    Raises:
        InvalidInputError: there is no source, a file that belongs to neither source nor
            binaries, or something that makes it another kind of upload.
        ConflictError: it holds binaries, and the archive takes none.
    """
    if "source" not in changes.architectures:
        raise InvalidInputError(
            f"{changes.source} {changes.version} comes without its source",
            hint="build it so: dpkg-buildpackage -S",
        )
    if changes.binary_only or changes.source_version_in_parens is not None:
        raise InvalidInputError(
            "the .changes is of a binary-only rebuild, which no person uploads",
            hint="upload a source: dpkg-buildpackage -S; or ask for one: vostok rebuild request",
        )
    found: dict[str, list[ChangesFile]] = {".dsc": [], ".buildinfo": [], ".deb": [], "": []}
    for file in changes.files:
        ending = next((e for e in (".dsc", ".buildinfo", ".deb") if file.name.endswith(e)), "")
        found[ending].append(file)
    if len(found[".dsc"]) != 1:
        raise InvalidInputError(
            f"the .changes names {len(found['.dsc'])} .dsc files, one is needed",
            hint="make the .changes again: dpkg-buildpackage -S",
        )
    if found[".deb"] and not accepts_binaries:
        raise ConflictError(
            f"{archive} takes sources only, and the .changes names {found['.deb'][0].name}",
            hint="upload the source alone: dpkg-buildpackage -S; or have binaries allowed: "
            f"vostok archive set {archive} --binaries yes",
        )
    _check_file_names(changes, found[".buildinfo"])
    return Contents(
        dsc=found[".dsc"][0],
        source_files=tuple(found[""]),
        buildinfos=tuple(found[".buildinfo"]),
        debs=tuple(found[".deb"]),
    )


def _check_file_names(changes: Changes, buildinfos: Iterable[ChangesFile]) -> None:
    stem = f"{changes.source}_{changes.version.without_epoch}_"
    for file in buildinfos:
        if not file.name.startswith(stem):
            raise InvalidInputError(
                f"{file.name} is no .buildinfo of this upload: {stem}…",
                hint="make the .changes again: dpkg-buildpackage -S",
            )


def check_distribution(changes: Changes, *, suite: str, codename: str) -> None:
    """Nothing, if the upload is meant for the suite.

    Raises:
        InvalidInputError: it is meant for another.
    """
    if changes.distribution not in (suite, codename):
        names = suite if suite == codename else f"{suite} or {codename}"
        raise InvalidInputError(
            f"the .changes is for the distribution {changes.distribution}, the archive's is "
            f"{names}",
            hint=f"name it in the changelog: dch --distribution {suite} --force-distribution",
        )


def check_name(changes: Changes, name: str) -> None:
    """Nothing, if a .changes is named after what it describes, as those who look for it do.

    Raises:
        InvalidInputError: it is named after something else.
    """
    stem = f"{changes.source}_{changes.version.without_epoch}_"
    if not name.startswith(stem):
        raise InvalidInputError(
            f"{name} describes {changes.source} {changes.version}, so it should be named "
            f"{stem}….changes",
            hint="make the .changes again: dpkg-buildpackage -S",
        )


def check_source(changes: Changes, contents: Contents, dsc: Dsc) -> None:
    """Nothing, if a .dsc and the .changes that names it are of one thing.

    Raises:
        InvalidInputError: they do not agree, or a file belongs to neither.
    """
    for what, said, found in (
        ("source", changes.source, dsc.source),
        ("version", str(changes.version), str(dsc.version)),
    ):
        if said != found:
            raise InvalidInputError(
                f"the .changes has {what} {said}, its {contents.dsc.name} {found}",
                hint="make the .changes again: dpkg-buildpackage -S",
            )
    for name in changes.binaries:
        if not {name, name.removesuffix(DEBUG_SYMBOLS_SUFFIX)} & dsc.binaries:
            raise InvalidInputError(
                f"the .changes names the binary package {name}, which {contents.dsc.name} does "
                "not build",
                hint="make the .changes again: dpkg-buildpackage -S",
            )
    listed = {file.name: file for file in dsc.files}
    for file in contents.source_files:
        known = listed.get(file.name)
        if known is None:
            raise InvalidInputError(
                f"{file.name} is neither a file that {contents.dsc.name} names nor a package",
                hint="a source upload has the files of its .dsc: dpkg-buildpackage -S",
            )
        if (file.size, file.sha256) != (known.size, known.sha256):
            raise InvalidInputError(
                f"{file.name} has {file.size} bytes and SHA-256 {file.sha256} in the .changes, "
                f"{known.size} and {known.sha256} in {contents.dsc.name}",
                hint="make the .changes again: dpkg-buildpackage -S",
            )
        if file.md5sum != dsc.md5sums[file.name]:
            raise InvalidInputError(
                f"{file.name} has another MD5 sum in the .changes than in {contents.dsc.name}",
                hint="make the .changes again: dpkg-buildpackage -S",
            )


def check_sent(wanted: Iterable[ChangesFile], sent: Mapping[str, SentFile]) -> None:
    """Nothing, if all files of a .changes came, with the sizes and bytes that it says.

    Raises:
        InvalidInputError: one did not, or came otherwise.
    """
    for file in wanted:
        here = sent.get(file.name)
        if here is None:
            raise InvalidInputError(
                f"{file.name} is named in the .changes but was not sent",
                hint="send all files, then the .changes",
            )
        if (file.size, file.sha256) != (here.size, here.sha256):
            raise InvalidInputError(
                f"{file.name} came with {here.size} bytes and SHA-256 {here.sha256}, the "
                f".changes says {file.size} and {file.sha256}",
                hint="send the file again, then the .changes",
            )


def check_above(source: str, version: str, present: Mapping[str, str], suggested: str) -> None:
    """Nothing, if a version is above all that is or was there.

    Args:
        source: its name.
        version: uploaded.
        present: version -> whose it is, as in «which the parents have».
        suggested: a version that would do.

    Raises:
        ConflictError: it is not; the highest is named.
    """
    highest = max(present, key=Version.parse, default=None)
    if highest is not None and not Version.parse(version) > Version.parse(highest):
        raise ConflictError(
            f"{source} {version} is not above {highest}, {present[highest]}",
            hint=f"give it a higher version, for example {suggested}",
        )


def check_of_source(source: str, version: str) -> None:
    """Nothing, if a source can have a version.

    Raises:
        InvalidInputError: it ends as a binary-only rebuild's does, and dpkg takes that off.

    Source: dpkg's Dpkg::Substvars, `source:Version`.
    """
    parsed = Version.parse(version)
    if parsed.binnmu_tail:
        raise InvalidInputError(
            f"{source} {version} ends with {parsed.binnmu_tail} as a binary-only rebuild: dpkg "
            f"would have its binaries say that they are of {source} {parsed.without_binnmu}",
            hint="give it another version: dch --newversion",
        )


def epoch_words(version: str, present: Iterable[str]) -> str:
    """What a version does that has a higher epoch than all others, as a sentence, or ""."""
    epoch = Version.parse(version).epoch
    known = max((Version.parse(other).epoch for other in present), default=epoch)
    if epoch <= known:
        return ""
    others = f"only {known}" if known else "none"
    return (
        f"{version} has the epoch {epoch}, and what is there has {others}: it is above every "
        "later version of the parents, for ever, until they raise their epoch too"
    )


def upload_slots(
    source_architecture: str, architectures: Sequence[str], architecture_of_all: str
) -> list[UploadSlot]:
    """The builds that an uploaded source needs: one for each architecture, and one for `all`."""
    slots = [
        UploadSlot(part=Part.ANY, architecture=name, builder_architecture=name)
        for name in architectures
        if builds_on(source_architecture, name)
    ]
    if has_all_part(source_architecture) and architecture_of_all in architectures:
        slots.append(
            UploadSlot(part=Part.ALL, architecture="all", builder_architecture=architecture_of_all)
        )
    return slots


def check_binaries(
    changes: Changes,
    dsc: Dsc,
    files: Sequence[ChangesFile],
    binaries: Sequence[NewBinary],
    architectures: Sequence[str],
) -> None:
    """Nothing, if uploaded binaries are whole parts of the source that comes with them.

    Args:
        changes: that names them.
        dsc: their source.
        files: of the binaries, in the .changes.
        binaries: as they were read from their files, in the same order.
        architectures: of the suite.

    Raises:
        InvalidInputError: one is of another source, version or architecture, lies about its name,
            or a package of its architecture is missing.
    """
    version = str(dsc.version)
    for file, binary in zip(files, binaries, strict=True):
        asked = (
            ("source", dsc.source, binary.source_name),
            ("source version", version, binary.source_version),
            (
                "file name",
                binary_file_name(binary.name, binary.version, binary.architecture),
                file.name,
            ),
        )
        for what, wanted, found in asked:
            if wanted != found:
                raise InvalidInputError(
                    f"{binary.name} has {what} {found}, not {wanted}",
                    hint="build it from this very source, or upload the source alone",
                )
        if binary.architecture not in {*architectures, "all"}:
            raise InvalidInputError(
                f"{file.name} is for {binary.architecture}, the archive has "
                f"{', '.join(architectures)}",
                hint="build for those only, or upload the source alone: dpkg-buildpackage -S",
            )
    made = {binary.architecture for binary in binaries}
    if set(changes.architectures) != {"source", *made}:
        raise InvalidInputError(
            f"the .changes has the architectures {' '.join(changes.architectures)}, its files "
            f"{' '.join(sorted({'source', *made}))}",
            hint="make the .changes again: dpkg-buildpackage -S",
        )
    _check_complete(dsc, binaries, made)


def _check_complete(dsc: Dsc, binaries: Sequence[NewBinary], made: Iterable[str]) -> None:
    listed = package_list(dsc.fields)
    known = {package.name for package in listed}
    here = {(binary.name, binary.architecture) for binary in binaries}
    for name, architecture in sorted(here):
        if not {name, name.removesuffix(DEBUG_SYMBOLS_SUFFIX)} & known:
            raise InvalidInputError(
                f"{name} is no package that {dsc.source} says it builds",
                hint="name it in debian/control, or upload the source alone: dpkg-buildpackage -S",
            )
        del architecture
    for package in listed:
        if package.profiles or package.package_type != "deb":
            continue
        for architecture in sorted(made):
            is_wanted = builds_on(" ".join(package.architectures), architecture)
            if is_wanted and (package.name, architecture) not in here:
                raise InvalidInputError(
                    f"{package.name} for {architecture} is missing: binaries of an architecture "
                    "come all or not at all",
                    hint="build all of them, or upload the source alone: dpkg-buildpackage -S",
                )
