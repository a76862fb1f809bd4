"""The last imports of an archive, as requests that bring the same suites up to date."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import ArchiveKind, Suite
from vostok.domain.job import Job, JobKind, JobState
from vostok.errors import ConflictError
from vostok.services.importing.request import ImportRequest
from vostok.services.importing.suites import ImportService
from vostok.services.repositories import Database, Transaction

UDEB_INDICES = "/debian-installer/"
TRANSLATIONS = "/i18n/Translation-"


class ImportAgainService:
    """Asks once more for what was imported last."""

    def __init__(self, database: Database, importing: ImportService) -> None:
        self._database = database
        self._importing = importing

    def requests(self, principal: Principal, name: str) -> list[ImportRequest]:
        """What brings all suites of an archive up to date: one request, if one made them.

        Suites that were asked for with other components, architectures, mirrors or indices than
        the first are requests of their own. Each suite is read where it was; whom to trust is
        remembered with the archive. That a Release may be expired or older is asked each time.

        Raises:
            ConflictError: nothing was imported into it.
        """
        require(principal, Action.IMPORT_ARCHIVE, name)
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
            if archive.kind is not ArchiveKind.EXTERNAL:
                raise ConflictError(
                    f"{name} is a derived archive; nothing was imported into it",
                    hint=f"bring it up to date: vostok archive sync {name}",
                )
            suites = transaction.archives.suites(archive.id)
            jobs = transaction.jobs.newest(
                name, kinds={JobKind.IMPORT}, states={JobState.SUCCEEDED}
            )
            asked = [(_request(transaction, name, suite, jobs), suite.name) for suite in suites]
        if not asked:
            raise ConflictError(
                f"no import into {name} has succeeded yet",
                hint="import it: vostok archive import",
            )
        return _grouped(asked)

    def request(self, principal: Principal, name: str) -> list[Job]:
        """The jobs that import the same once more, done one after the other; all of them or none.

        Raises:
            ConflictError: see `requests`.
        """
        return self._importing.request_all(principal, self.requests(principal, name))


def _grouped(asked: Iterable[tuple[ImportRequest, str]]) -> list[ImportRequest]:
    """Requests that differ in their suites only, as one."""
    groups: list[tuple[ImportRequest, list[str]]] = []
    for request, suite in asked:
        for known, suites in groups:
            if known == request:
                suites.append(suite)
                break
        else:
            groups.append((request, [suite]))
    return [replace(request, suites=tuple(suites)) for request, suites in groups]


def _request(
    transaction: Transaction, name: str, suite: Suite, jobs: Sequence[Job]
) -> ImportRequest:
    """What one suite was last asked for with, without its name.

    Jobs are listed up to a bound, so an import of long ago may not be among them: then what the
    newest snapshot was made of tells.
    """
    told = next((job.arguments for job in jobs if _has_imported(job, suite)), None)
    if told is not None:
        has_udebs = bool(told.get("has_udebs", False))
        has_translations = bool(told.get("has_translations", True))
    else:
        paths = [f"/{file.path}" for file in transaction.snapshots.files(suite.id, suite.snapshot)]
        has_udebs = any(UDEB_INDICES in path for path in paths)
        has_translations = not paths or any(TRANSLATIONS in path for path in paths)
    newest = transaction.snapshots.find(suite.id, suite.snapshot)
    return ImportRequest(
        name=name,
        suites=(),
        components=suite.components,
        architectures=suite.architectures,
        mirrors=dict(suite.mirrors),
        has_udebs=has_udebs or (newest is not None and newest.udebs > 0),
        has_translations=has_translations,
    )


def _has_imported(job: Job, suite: Suite) -> bool:
    """Whether a job imported a suite, by its name or by its codename."""
    asked = job.arguments.get("suites", [])
    names = {suite.name, suite.codename}
    return isinstance(asked, list) and any(each["suite"] in names for each in asked)
