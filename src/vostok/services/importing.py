"""Importing a suite of somebody else's archive as a snapshot."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from vostok.debian.architecture import check_architecture
from vostok.debian.indices import (
    IndexEntry,
    Release,
    best_variant,
    index_path,
    parse_release,
)
from vostok.debian.packages import check_component
from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import (
    Archive,
    ArchiveKind,
    ArchiveState,
    Suite,
    check_archive_name,
    check_suite_name,
)
from vostok.domain.job import Job, JobKind
from vostok.domain.package import NewBinary, NewSource
from vostok.domain.snapshot import Snapshot
from vostok.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError
from vostok.services.indexed_releases import binary_of_paragraph, source_of_paragraph
from vostok.services.job_runner import Carry, JobService, Reporter, Step
from vostok.services.ports import (
    Clock,
    ContentStore,
    IndexFormats,
    Mirror,
    ParentMirrors,
    Verifier,
)
from vostok.services.repositories import Database, Transaction

RELEASE_BYTES_MAX = 16 << 20
INDEX_BYTES_MAX = 2 << 30
KEYRING_BYTES_MAX = 4 << 20
STANZAS_PER_REPORT = 500

Item = TypeVar("Item")


class ImportService:
    """Imports suites: what is asked is checked at once, the rest is a job of three steps."""

    def __init__(
        self,
        database: Database,
        jobs: JobService,
        store: ContentStore,
        mirror: Mirror,
        parents: ParentMirrors,
        verifier: Verifier,
        formats: IndexFormats,
        clock: Clock,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._store = store
        self._mirror = mirror
        self._parents = parents
        self._verifier = verifier
        self._formats = formats
        self._clock = clock

    def request(
        self,
        principal: Principal,
        *,
        name: str,
        suite: str,
        components: Sequence[str],
        architectures: Sequence[str],
        mirror: str | None,
        keyring: bytes | None,
    ) -> Job:
        """A job that imports a suite; the archive is as before until it has succeeded.

        `mirror` is the directory that holds `dists`, by default this machine's own mirror; one
        of the OpenPGP keys in `keyring` must have signed, by default one of Debian's.
        """
        require(principal, Action.IMPORT_ARCHIVE, name)
        check_archive_name(name)
        check_suite_name(suite)
        if keyring is not None and len(keyring) > KEYRING_BYTES_MAX:
            raise InvalidInputError(f"the keyring is larger than {KEYRING_BYTES_MAX} bytes")
        address = mirror or self._parents.find(suite)
        if address is None:
            raise InvalidInputError(
                f"this machine's apt knows no mirror for the suite {suite}",
                hint="name one: --mirror http://mirror.example.org/debian",
            )
        arguments = {
            "name": name,
            "suite": suite,
            "components": list(dict.fromkeys(map(check_component, components))) or ["main"],
            "architectures": list(dict.fromkeys(map(check_architecture, architectures)))
            or [self._parents.architecture()],
            "mirror": address.rstrip("/"),
            "keyring": None if keyring is None else base64.b64encode(keyring).decode(),
        }
        with self._database.write() as transaction:
            self._check_kind(transaction, name)
            return self._jobs.submit(
                transaction, JobKind.IMPORT, archive=name, arguments=arguments, principal=principal
            )

    @staticmethod
    def _check_kind(transaction: Transaction, name: str) -> None:
        archive = transaction.archives.find(name)
        if archive is not None and archive.kind is not ArchiveKind.EXTERNAL:
            raise ConflictError(
                f"{name} is a derived archive; nothing can be imported into it",
                hint="import under another name",
            )

    def steps(self) -> list[Step]:
        """The parts of an import job."""
        return [
            Step(name="release", do=self._read_release),
            Step(name="indices", do=self._fetch_indices),
            Step(name="snapshot", do=self._store_snapshot),
        ]

    def _read_release(self, job: Job, _carry: Carry, report: Reporter) -> Carry:
        arguments: Mapping[str, Any] = job.arguments
        base = f"{arguments['mirror']}/dists/{arguments['suite']}"
        report.tell("reading InRelease")
        try:
            signed = self._mirror.read(f"{base}/InRelease", size_max=RELEASE_BYTES_MAX)
        except NotFoundError as error:
            raise NotFoundError(
                f"the mirror {arguments['mirror']} has no suite {arguments['suite']}",
                hint="check the suite's name and the mirror's address: --suite, --mirror",
            ) from error
        keyring = arguments["keyring"]
        keys = base64.b64decode(str(keyring)) if keyring else self._parents.keyring()
        verified = self._verifier.verify(signed, keyring=keys, at=self._clock.now())
        release = parse_release(verified.text)
        _check_release(release, arguments, self._clock.now())
        digest = hashlib.sha256(verified.text.encode()).hexdigest()
        entries = {
            path: _entry_document(best_variant(release, path)) for path in _wanted(arguments)
        }
        return {
            "release_sha256": digest,
            "release_date": release.date.timestamp(),
            "codename": release.codename or str(arguments["suite"]),
            "by_hash": release.acquire_by_hash,
            "signed_by": verified.signed_by,
            "entries": entries,
            "is_unchanged": self._find_current(arguments, digest) is not None,
        }

    def _find_current(self, arguments: Mapping[str, Any], digest: str) -> Snapshot | None:
        """The newest snapshot, if it is of this Release and of what is asked for."""
        with self._database.read() as transaction:
            archive = transaction.archives.find(arguments["name"])
            if archive is None:
                return None
            suite = transaction.archives.find_suite(archive.id, arguments["suite"])
            if suite is None or suite.snapshot == 0:
                return None
            snapshot = transaction.snapshots.find(suite.id, suite.snapshot)
        is_current = (
            snapshot is not None
            and snapshot.release_sha256 == digest
            and suite.components == tuple(arguments["components"])
            and suite.architectures == tuple(arguments["architectures"])
        )
        return snapshot if is_current else None

    def _fetch_indices(self, job: Job, carry: Carry, report: Reporter) -> Carry:
        if carry["is_unchanged"]:
            return carry
        base = f"{job.arguments['mirror']}/dists/{job.arguments['suite']}"
        total = sum(entry["size"] for entry in carry["entries"].values())
        done = 0
        for entry in carry["entries"].values():
            self._fetch_index(
                base, entry, report, by_hash=carry["by_hash"], done=done, total=total
            )
            done += entry["size"]
        return carry

    def _fetch_index(
        self,
        base: str,
        entry: Mapping[str, Any],
        report: Reporter,
        *,
        by_hash: bool,
        done: int,
        total: int,
    ) -> None:
        path, sha256 = entry["path"], entry["sha256"]
        if self._store.has(sha256):
            return
        directory = path.rpartition("/")[0]
        address = f"{base}/{directory}/by-hash/SHA256/{sha256}" if by_hash else f"{base}/{path}"

        def counted(chunks: Iterable[bytes]) -> Iterator[bytes]:
            here = 0
            for chunk in chunks:
                here += len(chunk)
                report.tell(f"fetching {path}", done=done + here, total=total, unit="bytes")
                yield chunk

        try:
            with self._mirror.stream(address) as chunks:
                self._store.put(counted(chunks), size_max=entry["size"], expected_sha256=sha256)
        except InvalidInputError as error:
            raise UnavailableError(
                f"{path} is not what InRelease promises: {error}",
                hint="the mirror may be in the middle of an update; import again later",
            ) from error
        except NotFoundError as error:
            raise UnavailableError(
                f"the mirror lacks {path}, which its InRelease names",
                hint="the mirror may be in the middle of an update; import again later",
            ) from error

    def _store_snapshot(self, job: Job, carry: Carry, report: Reporter) -> Carry:
        arguments: Mapping[str, Any] = job.arguments
        label = f"{arguments['name']}/{arguments['suite']}"
        if carry["is_unchanged"]:
            return {"message": f"{label} has not changed since the last import"}
        # There already if this step was cut off behind its commit.
        snapshot = self._find_current(arguments, carry["release_sha256"])
        if snapshot is None:
            snapshot = self._new_snapshot(job, carry, report, label)
        self._forget_indices(entry["sha256"] for entry in carry["entries"].values())
        return {
            "message": f"{label}: snapshot {snapshot.number} with {snapshot.sources} sources "
            f"and {snapshot.binaries} binaries",
            "snapshot": snapshot.number,
            "sources": snapshot.sources,
            "binaries": snapshot.binaries,
        }

    def _new_snapshot(self, job: Job, carry: Carry, report: Reporter, label: str) -> Snapshot:
        arguments: Mapping[str, Any] = job.arguments
        sources = list(
            _told(self._sources(carry, arguments), report, f"reading Sources of {label}")
        )
        binaries = list(
            _told(self._binaries(carry, arguments), report, f"reading Packages of {label}")
        )
        report.tell(f"storing {label}", done=len(sources) + len(binaries), unit="stanzas")
        with self._database.write() as transaction:
            return transaction.snapshots.add(
                self._suite(transaction, job, carry),
                at=self._clock.now(),
                release_date=_moment(carry["release_date"]),
                release_sha256=carry["release_sha256"],
                signed_by=carry["signed_by"],
                sources=sources,
                binaries=binaries,
            )

    def _forget_indices(self, hashes: Iterable[str]) -> None:
        """Delete index files that were read, but not one that is published here too."""
        read = list(hashes)
        with self._database.read() as transaction:
            needed = transaction.deletion.still_needed(read)
        for sha256 in read:
            if sha256 not in needed:
                self._store.delete(sha256)

    def _suite(self, transaction: Transaction, job: Job, carry: Carry) -> Suite:
        """The suite to store into, made together with its archive at the first import."""
        arguments: Mapping[str, Any] = job.arguments
        self._check_kind(transaction, arguments["name"])
        archive = transaction.archives.find(arguments["name"]) or self._new_archive(
            transaction, arguments["name"], job.requested_by
        )
        suite = transaction.archives.find_suite(archive.id, arguments["suite"])
        if suite is None:
            return transaction.archives.add_suite(
                archive_id=archive.id,
                name=arguments["suite"],
                codename=carry["codename"],
                components=arguments["components"],
                architectures=arguments["architectures"],
                mirror=arguments["mirror"],
            )
        transaction.archives.set_suite_source(
            suite.id,
            codename=carry["codename"],
            components=arguments["components"],
            architectures=arguments["architectures"],
            mirror=arguments["mirror"],
        )
        return suite

    def _new_archive(self, transaction: Transaction, name: str, requested_by: str) -> Archive:
        archive = transaction.archives.add(
            name=name, kind=ArchiveKind.EXTERNAL, at=self._clock.now(), requested_by=requested_by
        )
        transaction.archives.set_state(archive.id, ArchiveState.ACTIVE)
        return archive

    def _sources(self, carry: Carry, arguments: Mapping[str, Any]) -> Iterator[NewSource]:
        for component in arguments["components"]:
            entry = carry["entries"][index_path(component, "Sources")]
            path = self._store.path(entry["sha256"])
            for stanza in self._formats.stanzas(path, entry["path"]):
                yield source_of_paragraph(stanza, component)

    def _binaries(self, carry: Carry, arguments: Mapping[str, Any]) -> Iterator[NewBinary]:
        for component in arguments["components"]:
            for architecture in arguments["architectures"]:
                entry = carry["entries"][index_path(component, "Packages", architecture)]
                path = self._store.path(entry["sha256"])
                for stanza in self._formats.stanzas(path, entry["path"]):
                    yield binary_of_paragraph(stanza, component, architecture)


def _wanted(arguments: Mapping[str, Any]) -> list[str]:
    paths = [index_path(component, "Sources") for component in arguments["components"]]
    return paths + [
        index_path(component, "Packages", architecture)
        for component in arguments["components"]
        for architecture in arguments["architectures"]
    ]


def _check_release(release: Release, arguments: Mapping[str, Any], now: datetime) -> None:
    label = f"the suite {arguments['suite']}"
    asked_suite = str(arguments["suite"]).removesuffix("/updates")
    named = [name for name in (release.suite, release.codename) if name]
    if named and asked_suite not in {name.removesuffix("/updates") for name in named}:
        raise InvalidInputError(
            f"the mirror's InRelease of {label} is that of {' or '.join(named)}",
            hint="check the mirror; a signed index of another suite is not taken for this one",
        )
    if release.codename:
        check_suite_name(release.codename)
    for what, asked, there in (
        ("component", arguments["components"], _components(release)),
        ("architecture", arguments["architectures"], release.architectures),
    ):
        missing = [name for name in asked if name not in there]
        if missing:
            raise InvalidInputError(
                f"{label} has no {what} {', '.join(missing)}",
                hint=f"it has {', '.join(there)}: --{what}",
            )
    if release.valid_until is not None and release.valid_until < now:
        raise UnavailableError(
            f"the InRelease of {label} was valid until {release.valid_until:%Y-%m-%d %H:%M} UTC",
            hint="the mirror is out of date; name another: --mirror URL",
        )


def _components(release: Release) -> list[str]:
    """The components by which indices are named: `main` where a Release says `updates/main`."""
    return [component.rpartition("/")[2] for component in release.components]


def _entry_document(entry: IndexEntry) -> dict[str, Any]:
    if entry.size > INDEX_BYTES_MAX:
        raise InvalidInputError(f"{entry.path} has {entry.size} bytes; at most {INDEX_BYTES_MAX}")
    return {"path": entry.path, "size": entry.size, "sha256": entry.sha256}


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _told(items: Iterable[Item], report: Reporter, message: str) -> Iterator[Item]:
    for count, item in enumerate(items):
        if count % STANZAS_PER_REPORT == 0:
            report.tell(message, done=count, unit="stanzas")
        yield item
