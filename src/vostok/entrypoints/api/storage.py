"""Routes of what is stored, and of what is deleted."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from vostok.bootstrap import Services
from vostok.documents import ArchiveView, ChangedArchive, DeletionView, JobView
from vostok.domain.archive import Keep, RebuildPolicy, Serve
from vostok.domain.rebuild_version.schemes import VersionScheme
from vostok.entrypoints.api.parameters import Body, Name, NameInPath
from vostok.services.deriving.archive_settings import AskedSettings, ChangedSettings
from vostok.services.describing.records import job_document


class StorageBody(Body):
    """What is to be different of an archive; null: as before.

    `keep` and `serve` are about its parents' files; `binaries` allows them in uploads; `policy`
    says when its sources may be built again; `scheme` and `vendor` how its rebuilds are
    versioned; `binnmus` and `ubuntu_versions`, of somebody else's archive, whether that makes
    binNMUs, and versions with `buildN` or `ubuntuN`. A dry run proves and refuses the same, says
    what would be, and stores nothing.
    """

    keep: Keep | None = None
    serve: Serve | None = None
    binaries: bool | None = None
    policy: RebuildPolicy | None = None
    scheme: VersionScheme | None = None
    vendor: Name = ""
    binnmus: bool | None = None
    ubuntu_versions: bool | None = None
    dry_run: bool = False


class VerifyBody(Body):
    """How large a share of the files is read, in per cent."""

    percent: Annotated[float, Field(gt=0, le=100)] = 100.0


class CollectBody(Body):
    """A dry run removes nothing."""

    dry_run: bool = False


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of what is stored and deleted."""

    @router.patch("/archives/{name}")
    def change_archive(name: NameInPath, body: StorageBody, who: asker) -> ChangedArchive:
        """Change settings of an archive: all that are asked for, or none; or try (`dry_run`)."""
        asked = AskedSettings(**body.model_dump(exclude={"dry_run"}))
        overview = services.overview.seen_by(who)
        if body.dry_run:
            planned = services.archive_settings.plan(who, name, asked)
            return _changed(planned, overview.archive_as(planned.after), dry_run=True)
        changed = services.archive_settings.set(who, name, asked)
        return _changed(changed, overview.archive(name), dry_run=False)

    @router.post("/store/statistics", status_code=202)
    def store_stats(who: asker) -> JobView:
        """Count what is stored, for what and for whom; the job's result tells."""
        return job_document(services.storing.request_stats(who))

    @router.post("/store/verifications", status_code=202)
    def verify_store(body: VerifyBody, who: asker) -> JobView:
        """Read files again and set corrupt ones aside; look for files that are missing."""
        return job_document(services.storing.request_verification(who, percent=body.percent))

    @router.post("/store/collections", status_code=202)
    def collect_store(body: CollectBody, who: asker) -> JobView:
        """Remove what nobody names."""
        return job_document(services.storing.request_collection(who, dry_run=body.dry_run))

    @router.get("/archives/{name}/deletion")
    def deletion(name: NameInPath, who: asker) -> DeletionView:
        """What a deletion would take away and what would stay; nothing is done.

        For who may delete it, as it counts what is hidden from others.
        """
        return services.deleting.preview(who, name)

    @router.delete("/archives/{name}", status_code=202)
    def delete_archive(name: NameInPath, who: asker) -> JobView:
        """Delete an archive with everything that is only its own."""
        return job_document(services.deleting.request(who, name))


def _changed(changed: ChangedSettings, archive: ArchiveView, *, dry_run: bool) -> ChangedArchive:
    ahead = changed.ahead
    return {
        "dry_run": dry_run,
        "archive": archive,
        "job": None if changed.job is None else job_document(changed.job),
        "differences": list(changed.differences),
        "ahead": None if ahead is None else {"files": ahead.files, "bytes": ahead.bytes},
        "notes": changed.notes,
    }
