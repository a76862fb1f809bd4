"""Judging a .changes: everything that can be asked of it before the archive's own state counts."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vostok.debian.buildinfo import parse_buildinfo
from vostok.debian.changes import Changes, ChangesFile, parse_changes
from vostok.debian.checksums import SHA1_DIGITS, parse_file_list
from vostok.debian.clearsigned import unsigned_text
from vostok.debian.dsc import Dsc, parse_dsc
from vostok.debian.packages import SourceFile, pool_directory
from vostok.domain.acceptance import DEBUG_SYMBOLS_SUFFIX
from vostok.domain.access import Action, Principal, is_allowed
from vostok.domain.archive import DEBUG_COMPONENT, Archive, Suite
from vostok.domain.package import Membership, NewBinary, NewSource
from vostok.domain.person import PersonKey
from vostok.domain.upload import (
    Contents,
    SentFile,
    check_binaries,
    check_distribution,
    check_name,
    check_sent,
    check_source,
    contents_of,
)
from vostok.errors import InvalidInputError
from vostok.services.people.rights import with_rights
from vostok.services.pool.files import FileService
from vostok.services.pool.own_packages import DSC_BYTES_MAX, OwnPackages
from vostok.services.ports import Certificates, Clock, ContentStore, SignedBytes
from vostok.services.repositories import Database, Transaction
from vostok.services.selection.source_limits import check_upload

BUILDINFO_BYTES_MAX = 16 << 20
READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An upload that is good as far as it goes by itself.

    Attributes:
        sent: the files that came for it, by name.
        files: of the source, the .dsc first, wherever they came from.
    """

    signed: SignedBytes
    key: PersonKey
    changes: Changes
    source: NewSource
    binaries: tuple[NewBinary, ...]
    sent: tuple[SentFile, ...]


class Judge:
    """Reads uploads. Changes nothing, but fetches what the parents have of a source."""

    def __init__(
        self,
        database: Database,
        store: ContentStore,
        files: FileService,
        packages: OwnPackages,
        certificates: Certificates,
        clock: Clock,
    ) -> None:
        self._database = database
        self._store = store
        self._files = files
        self._packages = packages
        self._certificates = certificates
        self._clock = clock

    def signer(
        self, principal: Principal, archive: Archive, data: bytes
    ) -> tuple[SignedBytes, PersonKey]:
        """What is signed, and by which registered key.

        A person's token goes with that person's keys. The installation's own token is nobody's: it
        goes with the key of anybody who may upload here.

        Raises:
            InvalidInputError: it is not signed by such a key, or the key is good no more.
        """
        with self._database.read() as transaction:
            keys = usable_keys(transaction, principal, archive)
        signed = self._certificates.verify(
            data, certificates=[key.certificate for key in keys], at=self._clock.now()
        )
        return signed, next(key for key in keys if key.fingerprint == signed.fingerprint)

    def judge(
        self,
        principal: Principal,
        archive: Archive,
        suite: Suite,
        base: Membership,
        signed: SignedBytes,
        key: PersonKey,
        *,
        name: str,
    ) -> Judged:
        """The upload that a signed text describes; `name` is that of its .changes.

        Raises:
            InvalidInputError: anything of it that does not agree with anything else of it.
            NotAllowedError: the sender's or the signer's right does not reach it.
            ConflictError: it holds binaries, and the archive takes none.
        """
        changes = parse_changes(_utf8(signed.text, "the .changes"))
        check_name(changes, name)
        check_distribution(changes, suite=suite.name, codename=suite.codename)
        contents = contents_of(
            changes, accepts_binaries=archive.accepts_binaries, archive=archive.name
        )
        with self._database.read() as transaction:
            sent = transaction.uploads.spooled(archive.id, principal.name)
            component = _component(transaction, suite, base, changes, contents)
        check_sent(changes.files, sent)
        self._check_sums(changes)
        dsc_data = self._small(contents.dsc, DSC_BYTES_MAX)
        dsc = parse_dsc(unsigned_text(dsc_data, of=contents.dsc.name), name=contents.dsc.name)
        check_source(changes, contents, dsc)
        for file in contents.buildinfos:
            self._check_buildinfo(file, changes)
        directory = pool_directory(component, changes.source)
        source = self._packages.described_source(
            dsc_data, dsc_name=contents.dsc.name, component=component, directory=directory
        )
        with self._database.read() as transaction:
            for who in _who_answers(transaction, principal, key):
                check_upload(transaction, who, archive, suite, base, source)
        self._complete(suite, base, dsc, contents)
        return Judged(
            signed=signed,
            key=key,
            changes=changes,
            source=source,
            binaries=self._binaries(suite, changes, contents, dsc, component),
            sent=tuple(sent[file.name] for file in changes.files),
        )

    def _complete(self, suite: Suite, base: Membership, dsc: Dsc, contents: Contents) -> None:
        """Have every file of the source here: sent, or known by name and hash and fetched."""
        came = {file.name for file in contents.source_files}
        missing = [file for file in dsc.files if file.name not in came]
        if missing:
            with self._database.read() as transaction:
                known = transaction.uploads.known_files(
                    suite.id, base, dsc.source, [file.name for file in missing]
                )
            for file in missing:
                _check_known(file, known, contents.dsc.name)
        for file in missing:
            self._files.ensure(file.sha256, size=file.size, name=file.name)
        sums = [(dsc.md5sums, "md5"), (dsc.sha1sums, "sha1")]
        for file in dsc.files:
            for listed, algorithm in sums:
                if file.name in listed:
                    self._check_sum(file.name, file.sha256, algorithm, listed[file.name])

    def _check_sums(self, changes: Changes) -> None:
        """The weaker sums as well: who checks only those must not get another file."""
        sha1sums = {
            file.name: file
            for file in parse_file_list(
                changes.fields.get("Checksums-Sha1", ""),
                digest_digits=SHA1_DIGITS,
                of="Checksums-Sha1",
            )
        }
        if sha1sums and sha1sums.keys() != {file.name for file in changes.files}:
            raise InvalidInputError(
                "Checksums-Sha1 of the .changes names other files than Files",
                hint="make the .changes again: dpkg-buildpackage -S",
            )
        for file in changes.files:
            self._check_sum(file.name, file.sha256, "md5", file.md5sum)
            if file.name in sha1sums:
                if sha1sums[file.name].size != file.size:
                    raise InvalidInputError(
                        f"{file.name} has two sizes in the .changes",
                        hint="make the .changes again: dpkg-buildpackage -S",
                    )
                self._check_sum(file.name, file.sha256, "sha1", sha1sums[file.name].digest)

    def _check_sum(self, name: str, sha256: str, algorithm: str, listed: str) -> None:
        found = _digest(self._store.path(sha256), algorithm)
        if found != listed:
            raise InvalidInputError(
                f"{name} has the {algorithm} {found}, listed is {listed}",
                hint="send the file again; if it stays so, make the .changes again",
            )

    def _check_buildinfo(self, file: ChangesFile, changes: Changes) -> None:
        text = unsigned_text(self._small(file, BUILDINFO_BYTES_MAX), of=file.name)
        buildinfo = parse_buildinfo(text)
        if (buildinfo.source, buildinfo.version) != (changes.source, changes.version):
            raise InvalidInputError(
                f"{file.name} is of {buildinfo.source} {buildinfo.version}, the .changes of "
                f"{changes.source} {changes.version}",
                hint="make the .changes again: dpkg-buildpackage -S",
            )
        listed = {other.name: other.sha256 for other in changes.files}
        for name, made in buildinfo.checksums.items():
            if name in listed and listed[name] != made.sha256:
                raise InvalidInputError(
                    f"{name} has another SHA-256 than {file.name} says",
                    hint="make the .changes again: dpkg-buildpackage -S",
                )

    def _binaries(
        self, suite: Suite, changes: Changes, contents: Contents, dsc: Dsc, component: str
    ) -> tuple[NewBinary, ...]:
        binaries = []
        for file in contents.debs:
            is_debug = f"{DEBUG_SYMBOLS_SUFFIX}_" in file.name
            where = DEBUG_COMPONENT if is_debug else component
            binaries.append(
                self._packages.store_binary(
                    self._store.path(file.sha256),
                    name=file.name,
                    component=where,
                    directory=pool_directory(where, changes.source),
                )
            )
        if binaries:
            check_binaries(changes, dsc, contents.debs, binaries, suite.architectures)
        return tuple(binaries)

    def _small(self, file: ChangesFile, bytes_max: int) -> bytes:
        if file.size > bytes_max:
            raise InvalidInputError(f"{file.name} has {file.size} bytes; at most {bytes_max}")
        return self._store.path(file.sha256).read_bytes()


def usable_keys(
    transaction: Transaction, principal: Principal, archive: Archive
) -> list[PersonKey]:
    """The keys with which something may be signed that comes with a token, as they are now."""
    keys = [key for key in transaction.people.keys(principal.person_id) if key.revoked_at is None]
    may = {
        person_id: is_allowed(owner, Action.UPLOAD, archive.name)
        for person_id in {key.person_id for key in keys}
        if (owner := _owner(transaction, person_id)) is not None
    }
    return [key for key in keys if may.get(key.person_id, False)]


def _owner(transaction: Transaction, person_id: int) -> Principal | None:
    """Whoever signs, with their rights; None if they are shut out."""
    person = transaction.people.by_id(person_id)
    if person.is_shut_out:
        return None
    return with_rights(
        transaction, Principal(name=person.name, role=person.role, person_id=person.id)
    )


def _who_answers(
    transaction: Transaction, principal: Principal, key: PersonKey
) -> list[Principal]:
    """The sender, if it is a person, and the signer: each must be allowed to upload it."""
    owner = _owner(transaction, key.person_id)
    senders = [principal] if principal.person_id is not None else []
    return [*senders, *([] if owner is None else [owner])]


def _check_known(file: SourceFile, known: Sequence[SentFile], dsc_name: str) -> None:
    named = [other for other in known if other.name == file.name]
    if any((other.size, other.sha256) == (file.size, file.sha256) for other in named):
        return
    if named:
        raise InvalidInputError(
            f"{file.name} has the SHA-256 {file.sha256} in {dsc_name}, but the archive or its "
            f"parents have it with {named[0].sha256}",
            hint="build from their file; an archive never gives a name other bytes",
        )
    raise InvalidInputError(
        f"{file.name} is named in {dsc_name}, but was not sent, and neither the archive nor its "
        "parents have it",
        hint="have it in the upload: dpkg-buildpackage -S -sa",
    )


def _component(
    transaction: Transaction,
    suite: Suite,
    base: Membership,
    changes: Changes,
    contents: Contents,
) -> str:
    """Where the parents have the source, else what the .changes says: `contrib/games`."""
    there = transaction.packages.sources_named(base, [changes.source])
    if there:
        return there[0].component
    prefix, slash, _ = contents.dsc.section.partition("/")
    component = prefix if slash else suite.components[0]
    if component not in suite.components:
        raise InvalidInputError(
            f"{changes.source} is for the component {component}; the archive has "
            f"{', '.join(suite.components)}",
            hint="name another Section in debian/control: without a prefix it is the first one",
        )
    return component


def _utf8(data: bytes, of: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"{of} is not UTF-8: {error.reason} at {error.start}",
            hint="write it in UTF-8: iconv -f latin1 -t utf-8",
        ) from None


def _digest(path: Path, algorithm: str) -> str:
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
