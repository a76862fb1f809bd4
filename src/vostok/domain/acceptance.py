"""Whether what a builder returned is what was asked of it. Builders are not trusted."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from vostok.debian.changes import Changes
from vostok.debian.relations import parse_relations
from vostok.debian.stanza import parse_stanza
from vostok.debian.version import Version
from vostok.domain.build import AttemptFile, Build, RebuildForm
from vostok.domain.package import NewBinary
from vostok.domain.rebuild_version.issuing import check_raised
from vostok.errors import InvalidInputError

DEBUG_SYMBOLS_SUFFIX = "-dbgsym"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a source's binaries before its build is accepted."""

    package_list: frozenset[str]
    """Names in the source's Package-List."""
    names: frozenset[str]
    """Names of binaries that the source has, in the parent or here."""
    versions: Mapping[tuple[str, str], str]
    """(name, architecture) -> the version that builds and clients see now."""


def check_upload(
    build: Build, changes: Changes, files: Sequence[AttemptFile], profiles: Collection[str] = ()
) -> None:
    """Nothing, if the .changes describes exactly the files and the build that was asked for.

    Args:
        build: what was asked for.
        changes: what the builder says that it made.
        files: what it sent.
        profiles: those under which it was to build.

    Raises:
        InvalidInputError: the first thing that does not agree.
    """
    _check_identity(build, changes)
    made_under = set(changes.fields.get("Built-For-Profiles", "").split())
    if made_under != set(profiles):
        raise InvalidInputError(
            f"the .changes was built for the profiles {' '.join(sorted(made_under)) or 'none'}, "
            f"asked was {' '.join(sorted(profiles)) or 'none'}"
        )
    sent = {file.name: file for file in files if not file.name.endswith(".changes")}
    listed = {file.name: file for file in changes.files}
    for name in sorted(listed.keys() - sent.keys()):
        raise InvalidInputError(f"{name} is named in the .changes but was not sent")
    for name in sorted(sent.keys() - listed.keys()):
        raise InvalidInputError(f"{name} was sent but is not named in the .changes")
    for name, file in listed.items():
        if (file.size, file.sha256) != (sent[name].size, sent[name].sha256):
            raise InvalidInputError(
                f"{name} has {sent[name].size} bytes and SHA-256 {sent[name].sha256}, "
                f"the .changes says {file.size} and {file.sha256}"
            )


_KINDS = ("a whole source", "a binary-only rebuild")


def _check_identity(build: Build, changes: Changes) -> None:
    is_binary_only = build.form is RebuildForm.BINARY_ONLY
    source_version = build.source_version if is_binary_only else build.version
    asked = (
        ("source", build.source, changes.source),
        ("version", build.version, str(changes.version)),
        ("source version", source_version, str(changes.source_version)),
    )
    for what, wanted, found in asked:
        if wanted != found:
            raise InvalidInputError(f"the .changes has {what} {found}, asked was {wanted}")
    if changes.binary_only is not is_binary_only:
        found, wanted = _KINDS[changes.binary_only], _KINDS[is_binary_only]
        raise InvalidInputError(f"the .changes is of {found}, asked was {wanted}")
    allowed = {build.architecture}
    strange = set(changes.architectures) - allowed
    if strange:
        raise InvalidInputError(
            f"the .changes has architecture {', '.join(sorted(strange))}, "
            f"asked was {', '.join(sorted(allowed))}"
        )


def check_binary(build: Build, binary: NewBinary, file_name: str, known: Known) -> bool:
    """Whether the binary is one that the source was not known to build.

    Raises:
        InvalidInputError: it is of another source or architecture, or its file's name lies.
        ConflictError: its version is not above the one that is there now.
    """
    is_binary_only = build.form is RebuildForm.BINARY_ONLY
    source_version = build.source_version if is_binary_only else build.version
    asked = (
        ("source", build.source, binary.source_name),
        ("source version", source_version, binary.source_version),
        ("architecture", build.architecture, binary.architecture),
        ("file name", _file_name(binary), file_name),
    )
    for what, wanted, found in asked:
        if wanted != found:
            raise InvalidInputError(f"{binary.name} has {what} {found}, asked was {wanted}")
    present = known.versions.get((binary.name, binary.architecture))
    if present is not None:
        check_raised(binary.name, published=present, built=binary.version)
    plain = binary.name.removesuffix(DEBUG_SYMBOLS_SUFFIX)
    return not {plain, binary.name} & (known.package_list | known.names)


def _file_name(binary: NewBinary) -> str:
    version = Version.parse(binary.version).without_epoch
    return f"{binary.name}_{version}_{binary.architecture}.deb"


def check_complete(build: Build, binaries: Sequence[NewBinary]) -> None:
    """Nothing, if the build made at least one binary.

    Raises:
        InvalidInputError: it made none.
    """
    if not binaries:
        raise InvalidInputError(
            f"the build of {build.source} for {build.architecture} made no binary package"
        )


def check_relations(binaries: Sequence[NewBinary], known: Known) -> None:
    """Nothing, if no built package wants an `all` package in a version that nobody has.

    The `all` packages of a source stay as they are when its other part is rebuilt. A dependency
    on one of them by `${binary:Version}` names the rebuild's version instead.

    Raises:
        InvalidInputError: such a package; nobody could install it.
    """
    built = {binary.name for binary in binaries}
    for binary in binaries:
        stanza = parse_stanza(binary.stanza)
        for field in ("Pre-Depends", "Depends"):
            for group in parse_relations(stanza.get(field, "")):
                for relation in group:
                    present = known.versions.get((relation.name, "all"))
                    is_exact = relation.operator == "=" and len(group) == 1
                    if relation.name in built or present is None or not is_exact:
                        continue
                    if relation.version != Version.parse(present):
                        raise InvalidInputError(
                            f"{binary.name} depends on {relation}, but {relation.name} is for all "
                            f"architectures and stays at {present}: nobody could install it",
                            hint="this source needs a no-change source upload",
                        )
