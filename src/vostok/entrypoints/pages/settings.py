"""The settings of an archive: what each does, what a change would do, and the change itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.documents import ArchiveView
from vostok.documents.rights import AuditEntryView
from vostok.domain.access import Action, require
from vostok.domain.archive import ArchiveKind, ArchiveState
from vostok.domain.revision import archive_thing
from vostok.entrypoints.pages import setting_fields
from vostok.entrypoints.pages.addresses import job_path, path_of
from vostok.entrypoints.pages.asked import wants_json
from vostok.entrypoints.pages.meanwhile import changes_of, if_still_so, seen_in
from vostok.entrypoints.pages.responses import data, page, status_of
from vostok.entrypoints.pages.visits import Door, Form, asker, reader_of, redirection
from vostok.errors import ChangedError, ConflictError, InvalidInputError, VostokError
from vostok.services.deriving.archive_settings import AskedSettings, ChangedSettings

CHANGES: Final = frozenset({Action.CHANGE_ARCHIVE})
LATELY_MAX: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a form that was sent.

    Attributes:
        typed: the fields as they are to be shown; None: as the archive is.
        error: why nothing was done, and `place` has the fault.
        meanwhile: what others changed since the form was shown.
        clashes: field -> what it was set to by others, where something else was typed.
        planned: what would be done.
        done: what was done.
        is_nothing: whether nothing differed, so that nothing was to be done.
    """

    typed: setting_fields.Values | None = None
    error: VostokError | None = None
    place: str = ""
    meanwhile: Sequence[AuditEntryView] = ()
    clashes: setting_fields.Values = field(default_factory=dict)
    planned: ChangedSettings | None = None
    done: ChangedSettings | None = None
    is_nothing: bool = False


def settings_path(archive: str) -> str:
    """The page of an archive's settings."""
    return path_of("archives", archive, "settings")


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the page and its form."""
    pages = _Pages(services)
    for suffix in (".json", ""):
        door.add_page(router, f"/archives/{{name}}/settings{suffix}", pages.look)
    door.add_deed(router, "/archives/{name}/settings", pages.sent)


class _Pages:
    """The form, what it would do, and the deed."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def look(self, request: Request) -> Response:
        return self._shown(request, Outcome())

    def sent(self, request: Request, sent: Form) -> Response:
        archive = _archive(request)
        now = setting_fields.values_of(archive)
        seen, typed = setting_fields.seen_by(sent, now), setting_fields.typed_in(sent, now)
        outcome = Outcome(typed=typed)
        asked: AskedSettings | None = None
        try:
            fields = self._fields(request, archive)
            asked = setting_fields.asked_settings(fields, typed, seen)
            if asked is None:
                return self._shown(request, replace(outcome, is_nothing=True))
            with if_still_so(self._services, request, seen_in(sent), setting_fields.PARTS):
                outcome = self._done(request, sent, outcome, asked)
        except ChangedError as error:
            return self._shown(request, self._changed(request, sent, seen, typed, error))
        except (InvalidInputError, ConflictError) as error:
            is_of_scheme = asked is not None and asked.scheme is not None
            outcome = replace(outcome, error=error, place="scheme" if is_of_scheme else "form")
        done = outcome.done
        if done is not None and not done.notes:
            job = done.job
            return redirection(settings_path(archive["name"]) if job is None else job_path(job.id))
        return self._shown(request, outcome)

    def _done(
        self, request: Request, sent: Form, outcome: Outcome, asked: AskedSettings
    ) -> Outcome:
        """Tried if that is asked for, else done."""
        settings, name = self._services.archive_settings, request.path_params["name"]
        if sent.text("do") != "save":
            return replace(outcome, planned=settings.plan(asker(request), name, asked))
        return replace(outcome, typed=None, done=settings.set(asker(request), name, asked))

    def _changed(
        self,
        request: Request,
        sent: Form,
        seen: setting_fields.Values,
        typed: setting_fields.Values,
        error: ChangedError,
    ) -> Outcome:
        """What was typed, over what others have set meanwhile."""
        now = setting_fields.values_of(_archive(request))
        clashes = {
            name: value
            for name, value in now.items()
            if seen[name] not in {typed[name], value} and typed[name] != value
        }
        return Outcome(
            typed=setting_fields.merged(typed, seen, now),
            error=error,
            place="meanwhile",
            meanwhile=changes_of(self._services, request, CHANGES, since=seen_in(sent).at),
            clashes=clashes,
        )

    def _fields(self, request: Request, archive: ArchiveView) -> list[setting_fields.SettingField]:
        """What can be set; nothing while the archive is being made or deleted."""
        if archive["state"] != ArchiveState.ACTIVE:
            return []
        mark = ""
        if archive["kind"] == ArchiveKind.DERIVED:
            mark = self._services.archive_settings.mark(asker(request), archive["name"])
        return setting_fields.fields_of(archive, mark)

    def _shown(self, request: Request, outcome: Outcome) -> Response:
        name: str = request.path_params["name"]
        # The revision first: a change between the two is then told, never passed over.
        revision = self._services.revisions.of(asker(request), archive_thing(name)).revision
        archive = _archive(request)
        values = setting_fields.values_of(archive)
        fields = self._fields(request, archive)
        if wants_json(request):
            shown = {each.name: values[each.name] for each in fields}
            return data({"archive": name, "revision": revision, "settings": shown})
        return page(
            request,
            "settings.html",
            200 if outcome.error is None else status_of(outcome.error),
            now=reader_of(request).now(),
            archive=archive,
            revision=revision,
            fields=fields,
            values=values,
            typed=values if outcome.typed is None else outcome.typed,
            outcome=outcome,
            lately=changes_of(self._services, request, CHANGES, since=None)[:LATELY_MAX],
        )


def _archive(request: Request) -> ArchiveView:
    """The archive, for whoever may change it."""
    name: str = request.path_params["name"]
    archive = reader_of(request).archive(name)
    require(asker(request), Action.CHANGE_ARCHIVE, name)
    return archive
