"""Uploads of people, and the files that wait for their .changes."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import inserted_id, lock_row, moment, seconds
from vostok.adapters.database.text_search import has_text
from vostok.adapters.database.usage import add_usage
from vostok.domain.list_filter import EVERYTHING, ListFilter
from vostok.domain.package import DeltaKind, Membership, SourceMember, SourceRelease
from vostok.domain.upload import NewUpload, SentFile, Upload, UploadState
from vostok.errors import ConflictError, NotFoundError

_UPLOAD, _FILE, _SPOOL = schema.upload, schema.upload_file, schema.spool_file
_SOURCE, _SOURCE_FILE = schema.source_release, schema.source_file
_UPLOADS = (
    sa.select(
        _UPLOAD, schema.archive.c.name.label("archive"), schema.person.c.name.label("person")
    )
    .join(schema.archive, schema.archive.c.id == _UPLOAD.c.archive_id)
    .outerjoin(schema.person, schema.person.c.id == _UPLOAD.c.person_id)
)


class SqlUploads:
    """Implements `services.repositories.Uploads`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def lock(self, archive_id: int, suite_id: int) -> None:
        """Have uploads, requests and syncs of an archive wait for this transaction's end."""
        lock_row(self._connection, schema.archive, archive_id)
        lock_row(self._connection, schema.suite, suite_id)

    # The spool ----------------------------------------------------------------------------

    def put_spooled(self, archive_id: int, owner: str, file: SentFile, at: datetime) -> list[str]:
        """Note a file that came. See `services.repositories.Uploads`."""
        older = _SPOOL.delete().where(
            _SPOOL.c.archive_id == archive_id, _SPOOL.c.owner == owner, _SPOOL.c.name == file.name
        )
        replaced = list(self._connection.execute(older.returning(_SPOOL.c.sha256)).scalars())
        self._connection.execute(
            _SPOOL.insert().values(
                archive_id=archive_id,
                owner=owner,
                name=file.name,
                size=file.size,
                sha256=file.sha256,
                at=seconds(at),
            )
        )
        return replaced

    def spooled(self, archive_id: int, owner: str) -> dict[str, SentFile]:
        """The files that a sender's .changes may name, by name."""
        rows = self._connection.execute(
            sa.select(_SPOOL).where(_SPOOL.c.archive_id == archive_id, _SPOOL.c.owner == owner)
        )
        return {row.name: _sent(row) for row in rows}

    def waiting_bytes(self, *, but: tuple[int, str, str]) -> dict[int, int]:
        """Bytes that wait in the spool, by archive. See `services.repositories.Uploads`."""
        archive_id, owner, name = but
        excepted = sa.and_(
            _SPOOL.c.archive_id == archive_id, _SPOOL.c.owner == owner, _SPOOL.c.name == name
        )
        rows = self._connection.execute(
            sa.select(_SPOOL.c.archive_id, sa.func.sum(_SPOOL.c.size))
            .where(sa.not_(excepted))
            .group_by(_SPOOL.c.archive_id)
        )
        return {of_archive: int(size) for of_archive, size in rows}

    def forget_spooled(self, archive_id: int, owner: str, names: Iterable[str]) -> None:
        """Forget files that an upload has taken."""
        self._connection.execute(
            _SPOOL.delete().where(
                _SPOOL.c.archive_id == archive_id,
                _SPOOL.c.owner == owner,
                _SPOOL.c.name.in_(sorted(names)),
            )
        )

    def expire_spooled(self, before: datetime) -> list[str]:
        """Forget files that came before a moment; their SHA-256s."""
        gone = _SPOOL.delete().where(_SPOOL.c.at < seconds(before)).returning(_SPOOL.c.sha256)
        return sorted(set(self._connection.execute(gone).scalars()))

    # Records ------------------------------------------------------------------------------

    def add(self, upload: NewUpload) -> Upload:
        """Record what was judged. See `services.repositories.Uploads`."""
        values = {
            "archive_id": upload.archive_id,
            "suite_id": upload.suite_id,
            "person_id": upload.person_id,
            "uploaded_by": upload.uploaded_by,
            "signed_by": upload.signed_by,
            "changes_name": upload.changes_name,
            "changes_sha256": upload.changes_sha256,
            "signature_sha256": upload.signature,
            "source": upload.source,
            "version": upload.version,
            "state": upload.state,
            "sentence": upload.sentence,
            "at": seconds(upload.at),
        }
        upload_id = inserted_id(self._connection, _UPLOAD, values)
        if upload_id is None:
            raise ConflictError(
                f"the signature of {upload.changes_name} was accepted meanwhile",
                hint="each .changes is accepted once",
            )
        if upload.files:
            self._connection.execute(
                _FILE.insert(),
                [
                    {"upload_id": upload_id, "name": f.name, "size": f.size, "sha256": f.sha256}
                    for f in upload.files
                ],
            )
            size = sum(file.size for file in upload.files)
            add_usage(self._connection, upload.archive_id, "upload_bytes", size)
        (found,) = self._uploads(_UPLOAD.c.id == upload_id)
        return found

    def with_signature(self, signature: str) -> Upload | None:
        """The upload that was accepted with a signature."""
        found = self._uploads(_UPLOAD.c.signature_sha256 == signature)
        return found[0] if found else None

    def of_archive(
        self,
        archive_id: int,
        *,
        before: int | None = None,
        rows_max: int,
        wanted: ListFilter = EVERYTHING,
    ) -> list[Upload]:
        """The newest uploads of an archive. See `services.repositories.Uploads`."""
        conditions = [] if before is None else [_UPLOAD.c.id < before]
        if wanted.states:
            conditions.append(_UPLOAD.c.state.in_(sorted(wanted.states)))
        if wanted.text:
            columns = (
                _UPLOAD.c.source, _UPLOAD.c.version, _UPLOAD.c.changes_name, _UPLOAD.c.uploaded_by,
            )  # fmt: skip
            conditions.append(has_text(self._connection, wanted.text, columns))
        return self._uploads(_UPLOAD.c.archive_id == archive_id, *conditions, rows_max=rows_max)

    def of_id(self, archive_id: int, upload_id: int) -> Upload:
        """One upload of an archive; NotFoundError if there is none."""
        found = self._uploads(_UPLOAD.c.id == upload_id, _UPLOAD.c.archive_id == archive_id)
        if not found:
            raise NotFoundError(
                f"there is no upload {upload_id} of this archive",
                hint="see which there are: vostok upload list NAME",
            )
        return found[0]

    def files(self, upload_id: int) -> list[SentFile]:
        """The files of an upload by name, the .changes itself among them."""
        rows = self._connection.execute(
            sa.select(_FILE).where(_FILE.c.upload_id == upload_id).order_by(_FILE.c.name)
        )
        return [_sent(row) for row in rows]

    def forget_refused(self, before: datetime) -> int:
        """Forget what was refused before a moment; how many. None of it has files."""
        gone = _UPLOAD.delete().where(
            _UPLOAD.c.state == UploadState.REFUSED, _UPLOAD.c.at < seconds(before)
        )
        return self._connection.execute(gone).rowcount

    def forget_older_refusals(self, archive_id: int, uploaded_by: str, *, kept_max: int) -> int:
        """Forget what was refused of a sender but the newest. None of it has files."""
        refused = sa.and_(
            _UPLOAD.c.archive_id == archive_id,
            _UPLOAD.c.uploaded_by == uploaded_by,
            _UPLOAD.c.state == UploadState.REFUSED,
        )
        newest_gone = (
            sa.select(_UPLOAD.c.id)
            .where(refused)
            .order_by(_UPLOAD.c.id.desc())
            .limit(1)
            .offset(kept_max)
        )
        gone = _UPLOAD.delete().where(refused, _UPLOAD.c.id <= newest_gone.scalar_subquery())
        return self._connection.execute(gone).rowcount

    def _uploads(
        self, *conditions: sa.ColumnElement[bool], rows_max: int | None = None
    ) -> list[Upload]:
        query = _UPLOADS.where(*conditions).order_by(_UPLOAD.c.id.desc()).limit(rows_max)
        return [
            Upload(
                id=row.id,
                archive=row.archive,
                person=row.person,
                uploaded_by=row.uploaded_by,
                signed_by=row.signed_by,
                changes_name=row.changes_name,
                changes_sha256=row.changes_sha256,
                source=row.source,
                version=row.version,
                state=UploadState(row.state),
                sentence=row.sentence,
                at=moment(row.at),
            )
            for row in self._connection.execute(query)
        ]

    # Sources that came -------------------------------------------------------------------

    def current_sources(self, suite_id: int, names: Collection[str]) -> list[SourceMember]:
        """Uploaded sources of these names. See `services.repositories.Uploads`."""
        own = schema.delta_source
        rows = self._connection.execute(
            sa.select(
                _SOURCE.c.id, _SOURCE.c.name, _SOURCE.c.version, _SOURCE.c.architecture,
                own.c.component, sa.false().label("is_extra"),
            )
            .join(own, own.c.package_id == _SOURCE.c.id)
            .where(
                own.c.suite_id == suite_id,
                own.c.kind == DeltaKind.LOCAL_CHANGE,
                own.c.superseded_by.is_(None),
                _SOURCE.c.name.in_(sorted(names)),
            )
            .order_by(own.c.id)
        )  # fmt: skip
        return [SourceMember._make(row) for row in rows]

    def current_releases(self, suite_id: int) -> list[SourceRelease]:
        """Of each uploaded name the newest source, unless the parents took its place, by name."""
        own = schema.delta_source
        rows = self._connection.execute(
            sa.select(
                _SOURCE.c.id, _SOURCE.c.name, _SOURCE.c.version, _SOURCE.c.architecture,
                own.c.component, _SOURCE.c.directory, schema.stanza.c.text.label("stanza"),
            )
            .join(own, own.c.package_id == _SOURCE.c.id)
            .join(schema.stanza, schema.stanza.c.id == _SOURCE.c.stanza_id)
            .where(
                own.c.suite_id == suite_id,
                own.c.kind == DeltaKind.LOCAL_CHANGE,
                own.c.superseded_by.is_(None),
            )
            .order_by(_SOURCE.c.name, own.c.id)
        )  # fmt: skip
        newest = {row.name: SourceRelease(**row._mapping) for row in rows}  # noqa: SLF001 - public, but for its name
        return list(newest.values())

    # Files that are there -----------------------------------------------------------------

    def known_files(
        self, suite_id: int, base: Membership, source: str, names: Sequence[str]
    ) -> list[SentFile]:
        """Files of a source by these names. See `services.repositories.Uploads`."""
        found: dict[tuple[str, str], SentFile] = {}
        for query in self._own_and_parents(suite_id, base):
            rows = self._connection.execute(
                query.where(_SOURCE.c.name == source, _SOURCE_FILE.c.name.in_(list(names)))
            )
            for row in rows:
                found.setdefault((row.name, row.sha256), _sent(row))
        return list(found.values())

    def contradicted(
        self, suite_id: int, base: Membership, directory: str, files: Sequence[SentFile]
    ) -> SentFile | None:
        """A file that is there otherwise (I6). See `services.repositories.Uploads`."""
        wanted = {file.name: file.sha256 for file in files}
        pool = schema.publication_pool
        prefix = f"{directory}/"
        rows = [
            SentFile(name=row.path.removeprefix(prefix), size=row.size, sha256=row.sha256)
            for row in self._connection.execute(
                sa.select(pool).where(
                    pool.c.suite_id == suite_id,
                    pool.c.path.in_([f"{prefix}{name}" for name in wanted]),
                )
            )
        ]
        for query in self._own_and_parents(suite_id, base):
            found = query.where(
                _SOURCE.c.directory == directory, _SOURCE_FILE.c.name.in_(list(wanted))
            )
            rows += [_sent(row) for row in self._connection.execute(found)]
        return next((row for row in rows if wanted[row.name] != row.sha256), None)

    @staticmethod
    def _own_and_parents(suite_id: int, base: Membership) -> list[sa.Select[Any]]:
        """Files of the suite's own sources; of those that its base has, or had."""
        of_sources = sa.select(_SOURCE_FILE).join(
            _SOURCE, _SOURCE.c.id == _SOURCE_FILE.c.source_id
        )
        own, members = schema.delta_source, schema.suite_source
        parents = [base.suite_id]
        derivation = schema.derivation_parent
        of_parents = sa.select(derivation.c.members_suite_id).where(
            derivation.c.suite_id == suite_id
        )
        return [
            of_sources.join(own, own.c.package_id == _SOURCE.c.id).where(
                own.c.suite_id == suite_id
            ),
            of_sources.join(members, members.c.package_id == _SOURCE.c.id).where(
                sa.or_(members.c.suite_id.in_(parents), members.c.suite_id.in_(of_parents))
            ),
        ]


def _sent(row: sa.Row[Any]) -> SentFile:
    return SentFile(name=row.name, size=row.size, sha256=row.sha256)
