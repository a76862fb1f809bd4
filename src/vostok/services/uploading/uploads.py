"""Uploads of people: files come, then a .changes is judged and taken in whole, or not at all."""

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from vostok.debian.excerpt import excerpt
from vostok.debian.packages import check_file_name
from vostok.domain.access import SYSTEM, Action, Principal, require
from vostok.domain.archive import Archive, Suite
from vostok.domain.build import Build, NewBuild, RebuildForm
from vostok.domain.job import Job, JobKind
from vostok.domain.list_filter import EVERYTHING, ListFilter
from vostok.domain.package import DeltaKind, SourceMember
from vostok.domain.quota import Asked
from vostok.domain.upload import (
    CHANGES_BYTES_MAX,
    REFUSAL_CHARACTERS_MAX,
    REFUSALS_KEPT_MAX,
    SCORE_OF_UPLOADS,
    NewUpload,
    SentFile,
    Upload,
    UploadSlot,
    UploadState,
)
from vostok.errors import (
    ConflictError,
    GoneError,
    InvalidInputError,
    NotFoundError,
    UnavailableError,
    VostokError,
)
from vostok.services.audit import note
from vostok.services.building.builds import BuildService
from vostok.services.job_log import Reporter
from vostok.services.job_runner import Carry, JobService, Step
from vostok.services.people.quotas import hold_room, told_to_everybody
from vostok.services.pool.own_packages import OwnPackages
from vostok.services.ports import Clock, ContentStore, SignedBytes
from vostok.services.publishing.publications import PublishService
from vostok.services.repositories import Database, Transaction
from vostok.services.toolchains.swapping import SwapService
from vostok.services.uploading.deed_words import upload_words
from vostok.services.uploading.held_against import (
    all_slots,
    check_binaries_raised,
    check_unused,
    present_version,
    slots_left,
    taking_uploads,
)
from vostok.services.uploading.judging import Judge, Judged, usable_keys
from vostok.services.uploading.spooling import SpoolService, bounded, check_there
from vostok.services.versions.uploads import check_version
from vostok.services.views.editions import base_of

UPLOADS_LISTED_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An upload with its files and, once it is accepted, its builds."""

    upload: Upload
    files: tuple[SentFile, ...]
    builds: tuple[Build, ...]


class UploadService:
    """The door for uploads."""

    def __init__(
        self,
        database: Database,
        store: ContentStore,
        spool: SpoolService,
        judge: Judge,
        packages: OwnPackages,
        builds: BuildService,
        jobs: JobService,
        swaps: SwapService,
        publishing: PublishService,
        clock: Clock,
    ) -> None:
        self._database = database
        self._store = store
        self._spool = spool
        self._judge = judge
        self._packages = packages
        self._builds = builds
        self._jobs = jobs
        self._swaps = swaps
        self._publishing = publishing
        self._clock = clock

    def put(
        self, principal: Principal, name: str, file_name: str, chunks: Iterable[bytes]
    ) -> Upload | None:
        """Take a file in; of a .changes, the upload that it became.

        Raises:
            VostokError: it was refused. Of a .changes that is recorded, unless it could not be
                judged now (UnavailableError).
        """
        require(principal, Action.UPLOAD, name)
        check_file_name(file_name)
        with self._database.read() as transaction:
            archive = taking_uploads(transaction.archives.named(name))
        if file_name.endswith(".changes"):
            return self._take_changes(principal, archive, file_name, chunks)
        self._spool.put(principal, archive, file_name, chunks)
        return None

    def uploads(
        self,
        principal: Principal,
        name: str,
        *,
        before: int | None = None,
        rows_max: int = UPLOADS_LISTED_MAX,
        wanted: ListFilter = EVERYTHING,
    ) -> list[Upload]:
        """The newest uploads of an archive, accepted and refused; of those before an id."""
        require(principal, Action.VIEW, name)
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
            return transaction.uploads.of_archive(
                archive.id, before=before, rows_max=rows_max, wanted=wanted
            )

    def upload(self, principal: Principal, name: str, upload_id: int) -> Shown:
        """One upload with its files."""
        require(principal, Action.VIEW, name)
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
            found = transaction.uploads.of_id(archive.id, upload_id)
            return Shown(
                upload=found,
                files=tuple(transaction.uploads.files(upload_id)),
                builds=_builds_of(transaction, archive, found),
            )

    def file(self, principal: Principal, name: str, upload_id: int, file_name: str) -> Path:
        """A file of an accepted upload as it was sent, its .buildinfo and .changes among them.

        Raises:
            NotFoundError: there is no such upload, or it has no such file.
        """
        shown = self.upload(principal, name, upload_id)
        for file in shown.files:
            if file.name == file_name:
                return self._store.path(file.sha256)
        raise NotFoundError(
            f"upload {upload_id} has no file {excerpt(file_name)}",
            hint=f"see which it has: vostok upload show {name} {upload_id}",
        )

    # Judging ------------------------------------------------------------------------------

    def _take_changes(
        self, principal: Principal, archive: Archive, file_name: str, chunks: Iterable[bytes]
    ) -> Upload:
        data = b"".join(bounded(chunks, CHANGES_BYTES_MAX))
        record = NewUpload(
            archive_id=archive.id,
            suite_id=None,
            person_id=principal.person_id,
            uploaded_by=principal.name,
            signed_by="",
            changes_name=file_name,
            changes_sha256=hashlib.sha256(data).hexdigest(),
            signature=None,
            source="",
            version="",
            state=UploadState.REFUSED,
            sentence="",
            at=self._clock.now(),
        )
        stem = file_name.removesuffix(".changes").split("_")
        if len(stem) > 1:  # only what it calls itself, for whoever looks for a refused one
            record = replace(record, source=stem[0], version=stem[1])
        try:
            if len(data) > CHANGES_BYTES_MAX:
                raise InvalidInputError(
                    f"a .changes may have at most {CHANGES_BYTES_MAX} bytes",
                    hint="upload in parts: one source each",
                )
            signed, key = self._judge.signer(principal, archive, data)
            record = replace(record, signed_by=signed.fingerprint, person_id=key.person_id)
            self._check_new(signed)
            with self._database.read() as transaction:
                suite = transaction.archives.suites(archive.id)[0]
            judged = self._judge.judge(
                principal, archive, suite, base_of(suite), signed, key, name=file_name
            )
            self._store.put([data], size_max=CHANGES_BYTES_MAX)
            try:
                return self._take_in(principal, archive, record, judged, len(data))
            except VostokError:
                self._spool.drop([record.changes_sha256])
                raise
        except UnavailableError:
            raise
        except VostokError as error:
            told = told_to_everybody(error, archive)
            hint = f"; {told.hint}" if told.hint else ""
            sentence = f"{told}{hint}"[:REFUSAL_CHARACTERS_MAX]
            with suppress(GoneError), self._database.write() as transaction:
                transaction.archives.lock(archive.id)
                check_there(transaction, archive)
                transaction.uploads.add(replace(record, sentence=sentence))
                transaction.uploads.forget_older_refusals(
                    archive.id, record.uploaded_by, kept_max=REFUSALS_KEPT_MAX
                )
            raise

    def _check_new(self, signed: SignedBytes) -> None:
        with self._database.read() as transaction:
            check_unused(transaction, signed)

    # Acceptance ---------------------------------------------------------------------------

    def _take_in(
        self,
        principal: Principal,
        archive: Archive,
        record: NewUpload,
        judged: Judged,
        changes_bytes: int,
    ) -> Upload:
        """Everything of an upload in one transaction, judged again by what is there then."""
        now, source = self._clock.now(), judged.source
        with self._database.write() as transaction:
            archive, suite = self._locked(transaction, archive)
            transaction.deletion.hold_names()
            warning = self._check_now(transaction, principal, archive, suite, judged)
            slots = slots_left(judged, suite)
            version_before = present_version(transaction, suite, source.name)
            number = transaction.campaigns.last_rebuild_number(archive.id, source.name) + 1
            transaction.campaigns.take_rebuild_numbers(archive.id, {source.name: number})
            self._builds.supersede(
                transaction,
                archive.id,
                [source.name],
                actor=principal.name,
                reason=f"{source.name} {source.version} was uploaded ({record.changes_name})",
            )
            # What it replaces needs no room any more.
            hold_room(transaction, principal, archive, _asked(judged, slots, changes_bytes))
            stored = _stored(transaction, suite, judged)
            builds = [
                NewBuild(
                    source_id=stored.id,
                    source=stored.name,
                    source_version=stored.version,
                    architecture=slot.architecture,
                    builder_architecture=slot.builder_architecture,
                    part=slot.part,
                    rebuild_no=number,
                    version=stored.version,
                    version_before=version_before,
                    form=RebuildForm.AS_IS,
                )
                for slot in slots
            ]
            self._prepare(transaction, principal, archive, suite)
            if judged.binaries:
                reason = f"{source.name} {source.version} was uploaded"
                self._publishing.submit(transaction, archive, SYSTEM, reason)
            sent = [*judged.sent, _itself(record, changes_bytes)]
            transaction.uploads.forget_spooled(
                archive.id, principal.name, [file.name for file in judged.sent]
            )
            upload = transaction.uploads.add(
                replace(
                    record,
                    suite_id=suite.id,
                    signature=judged.signed.digest,
                    source=source.name,
                    version=source.version,
                    state=UploadState.ACCEPTED,
                    sentence=_sentence(judged, slots, warning),
                    at=now,
                    files=tuple(sent),
                )
            )
            transaction.builds.add(
                archive.id, suite.id, None, builds,
                score=SCORE_OF_UPLOADS, actor=principal.name, at=now,
                why=f"came with upload {upload.id}, {record.changes_name}",
            )  # fmt: skip
            note(
                transaction, self._clock, principal, Action.UPLOAD, archive=archive.name,
                subject=source.name,
                detail=upload_words(upload, judged, version_before, len(builds)),
            )  # fmt: skip
            return upload

    @staticmethod
    def _locked(transaction: Transaction, archive: Archive) -> tuple[Archive, Suite]:
        """Archive and suite as they are, and stay until the transaction's end."""
        check_there(transaction, archive)
        [suite, *_] = transaction.archives.suites(archive.id)
        transaction.uploads.lock(archive.id, suite.id)
        return check_there(transaction, archive), transaction.archives.suite(suite.id)

    def _check_now(
        self,
        transaction: Transaction,
        principal: Principal,
        archive: Archive,
        suite: Suite,
        judged: Judged,
    ) -> str:
        """What its version would hide, or "", if what is there at this moment lets it in."""
        check_unused(transaction, judged.signed)
        keys = usable_keys(transaction, principal, archive)
        if judged.key.fingerprint not in {key.fingerprint for key in keys}:
            raise ConflictError(
                f"the key {judged.key.fingerprint} was revoked meanwhile",
                hint="sign it with a key that is registered: vostok key list",
            )
        if judged.binaries and not archive.accepts_binaries:
            raise ConflictError(
                f"{archive.name} takes sources only since a moment ago",
                hint="upload the source alone: dpkg-buildpackage -S",
            )
        base, source = base_of(suite), judged.source
        warning = check_version(transaction, archive, suite, source.name, source.version)
        if not all_slots(judged, suite):
            raise InvalidInputError(
                f"{source.name} builds on {source.architecture}, the archive has "
                f"{', '.join(suite.architectures)}",
                hint="change Architecture in debian/control, or upload it to another archive",
            )
        named = [SentFile(name=n, size=s, sha256=h) for n, s, h in source.files]
        wrong = transaction.uploads.contradicted(suite.id, base, source.directory, named)
        if wrong is not None:
            raise ConflictError(
                f"{source.directory}/{wrong.name} is there with the SHA-256 {wrong.sha256}",
                hint="an archive never gives a name other bytes: use another version",
            )
        self._packages.check_stored(source, judged.binaries)
        self._spool.check_here(judged.sent)
        check_binaries_raised(transaction, suite, judged)
        return warning

    def _prepare(
        self, transaction: Transaction, principal: Principal, archive: Archive, suite: Suite
    ) -> None:
        """A job that makes the default toolchain's packages, if they are not there."""
        toolchain_id = archive.toolchain_id
        if toolchain_id is None or (
            transaction.deltas.swap_suffix(suite.id, toolchain_id) is not None
        ):
            return
        self._jobs.submit(
            transaction,
            JobKind.PREPARE_TOOLCHAIN,
            archive=archive.name,
            arguments={"archive": archive.name},
            principal=principal,
            asked="what the builds of an upload need",
        )

    # The job ------------------------------------------------------------------------------

    def steps(self) -> list[Step]:
        """The parts of the job that makes the packages that uploads are built with."""
        return [Step(name="toolchain", do=self._swap_toolchain)]

    def _swap_toolchain(self, job: Job, _carry: Carry, report: Reporter) -> Carry:
        with self._database.read() as transaction:
            archive = transaction.archives.named(str(job.arguments["archive"]))
            suite = transaction.archives.suites(archive.id)[0]
        if archive.toolchain_id is not None:
            self._swaps.prepare(archive, suite, archive.toolchain_id, report)
        return {"message": f"the toolchain of {archive.name} is ready; what waits may start"}


def _stored(transaction: Transaction, suite: Suite, judged: Judged) -> SourceMember:
    """The upload as deltas of the suite; its source."""
    there = transaction.packages.sources_named(base_of(suite), [judged.source.name])
    transaction.deltas.add(
        suite.id,
        kind=DeltaKind.LOCAL_CHANGE,
        sources=[judged.source],
        binaries=judged.binaries,
        base_version=there[0].version if there else None,
    )
    return transaction.uploads.current_sources(suite.id, [judged.source.name])[-1]


def _asked(judged: Judged, slots: Sequence[UploadSlot], changes_bytes: int) -> Asked:
    size = sum(file.size for file in judged.sent) + changes_bytes
    return Asked(builds=len(slots), bytes=size)


def _itself(record: NewUpload, size: int) -> SentFile:
    return SentFile(name=record.changes_name, size=size, sha256=record.changes_sha256)


def _sentence(judged: Judged, slots: Iterable[UploadSlot], warning: str) -> str:
    where = ", ".join(slot.architecture for slot in slots)
    count = len(judged.binaries)
    came = f" with {count} package{'s' if count > 1 else ''}" if count else ""
    built = f"; it is built for {where}" if where else ""
    hidden = f"; warning: {warning}" if warning else ""
    return f"{judged.source.name} {judged.source.version}{came} was accepted{built}{hidden}"


def _builds_of(transaction: Transaction, archive: Archive, upload: Upload) -> tuple[Build, ...]:
    """The builds that an accepted upload was given: no campaign asked for them."""
    if upload.state is not UploadState.ACCEPTED:
        return ()
    return tuple(
        build
        for build in transaction.builds.of_source(archive.id, upload.source)
        if build.campaign_id is None and build.version == upload.version
    )
