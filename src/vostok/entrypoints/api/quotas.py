"""Routes of quotas. An archive's own are below its address, so that they can have conditions."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import Field

from vostok.bootstrap import Services
from vostok.documents.effects import TriedQuotaView
from vostok.documents.quotas import QuotaView
from vostok.domain.access import Principal
from vostok.domain.list_filter import ListFilter
from vostok.domain.quota import LIMIT_MAX, Limits, Subject, SubjectKind, UsedQuota
from vostok.entrypoints.api.cursors import Page, list_of
from vostok.entrypoints.api.list_filters import filtered_by
from vostok.entrypoints.api.parameters import Body, Document, DryRun, NameInPath
from vostok.services.describing.effects import effects_document
from vostok.services.describing.filtering import QUOTAS
from vostok.services.describing.quotas import quota_document
from vostok.services.dry_runs import DryRun as Tried

Limit = Annotated[int, Field(ge=0, le=LIMIT_MAX)] | None
DefaultInPath = Annotated[
    Literal["archive", "person"],
    Path(description="Whom the default limits are for: those that have none of their own"),
]


class LimitsBody(Body):
    """How much there may be; what is left out or null has no limit.

    At least one must be given; archives have no number of archives.
    """

    archives: Limit = None
    builds: Limit = None
    bytes: Limit = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changes:
    """What is done to limits, or tried."""

    services: Services

    def set(
        self, who: Principal, subject: Subject, body: LimitsBody
    ) -> QuotaView | TriedQuotaView:
        if body.dry_run:
            return _tried(self.services.dry_runs.set_limits(who, subject, _limits(body)))
        return quota_document(self.services.quotas.set(who, subject, _limits(body)))

    def remove(
        self, who: Principal, subject: Subject, *, dry_run: bool
    ) -> QuotaView | TriedQuotaView:
        if dry_run:
            return _tried(self.services.dry_runs.remove_limits(who, subject))
        return quota_document(self.services.quotas.remove(who, subject))


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of quotas."""
    service, changes = services.quotas, _Changes(services=services)

    @router.get("/quotas", response_model=list_of("quotas", QuotaView))
    def quotas(
        who: asker,
        page: Page,
        wanted: Annotated[ListFilter, Depends(filtered_by(kind=SubjectKind))],
    ) -> Document:
        """Limits and usage of all archives, their owners and whoever has limits; the defaults."""
        found = QUOTAS.wanted(map(quota_document, service.all(who)), wanted)
        return page.of_all("quotas", found, lambda item: [item["kind"], item["name"]])

    @router.get("/quotas/{subject}")
    def default_quota(subject: DefaultInPath, who: asker) -> QuotaView:
        """The limits of archives, or of persons, that have none of their own."""
        return quota_document(service.of(who, _default(subject)))

    @router.put("/quotas/{subject}")
    def set_default_quota(
        subject: DefaultInPath, body: LimitsBody, who: asker
    ) -> QuotaView | TriedQuotaView:
        """Set the limits of archives, or of persons, that have none of their own."""
        return changes.set(who, _default(subject), body)

    @router.delete("/quotas/{subject}")
    def remove_default_quota(
        subject: DefaultInPath, who: asker, *, dry_run: DryRun = False
    ) -> QuotaView | TriedQuotaView:
        """Let archives, or persons, have no limits but their own."""
        return changes.remove(who, _default(subject), dry_run=dry_run)

    _add_archive_routes(router, services, asker)
    _add_owner_routes(router, services, asker)


def _add_archive_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - as above
    service, changes = services.quotas, _Changes(services=services)

    @router.get("/archives/{name}/quota")
    def archive_quota(name: NameInPath, who: asker) -> QuotaView:
        """The limits of an archive and what it uses, for whoever sees it.

        The ETag can be the `If-Match` of whatever changes the archive.
        """
        return quota_document(service.of(who, _archive(name)))

    @router.put("/archives/{name}/quota")
    def set_archive_quota(
        name: NameInPath, body: LimitsBody, who: asker
    ) -> QuotaView | TriedQuotaView:
        """Give an archive limits of its own, in the place of all that held for it."""
        return changes.set(who, _archive(name), body)

    @router.delete("/archives/{name}/quota")
    def remove_archive_quota(
        name: NameInPath, who: asker, *, dry_run: DryRun = False
    ) -> QuotaView | TriedQuotaView:
        """Take an archive's own limits away: the default ones hold then."""
        return changes.remove(who, _archive(name), dry_run=dry_run)


def _add_owner_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - as above
    service, changes = services.quotas, _Changes(services=services)

    @router.get("/persons/{person}/quota")
    def person_quota(person: NameInPath, who: asker) -> QuotaView:
        """The limits of a person and what their archives use, for themselves too."""
        return quota_document(service.of(who, _person(person)))

    @router.put("/persons/{person}/quota")
    def set_person_quota(
        person: NameInPath, body: LimitsBody, who: asker
    ) -> QuotaView | TriedQuotaView:
        """Give a person limits of their own, in the place of all that held for them."""
        return changes.set(who, _person(person), body)

    @router.delete("/persons/{person}/quota")
    def remove_person_quota(
        person: NameInPath, who: asker, *, dry_run: DryRun = False
    ) -> QuotaView | TriedQuotaView:
        """Take a person's own limits away: the default ones hold then."""
        return changes.remove(who, _person(person), dry_run=dry_run)

    @router.get("/teams/{team}/quota")
    def team_quota(team: NameInPath, who: asker) -> QuotaView:
        """The limits that everybody in a team shares, and what they use."""
        return quota_document(service.of(who, _team(team)))

    @router.put("/teams/{team}/quota")
    def set_team_quota(
        team: NameInPath, body: LimitsBody, who: asker
    ) -> QuotaView | TriedQuotaView:
        """Set what everybody in a team, and in the teams within it, may have together."""
        return changes.set(who, _team(team), body)

    @router.delete("/teams/{team}/quota")
    def remove_team_quota(
        team: NameInPath, who: asker, *, dry_run: DryRun = False
    ) -> QuotaView | TriedQuotaView:
        """Let a team share no limits."""
        return changes.remove(who, _team(team), dry_run=dry_run)


def _tried(tried: Tried[UsedQuota]) -> TriedQuotaView:
    return {**effects_document(tried.effects), "result": quota_document(tried.result)}


def _limits(body: LimitsBody) -> Limits:
    return Limits(archives=body.archives, builds=body.builds, bytes=body.bytes)


def _default(name: str) -> Subject:
    return Subject(kind=SubjectKind.DEFAULT, name=name)


def _archive(name: str) -> Subject:
    return Subject(kind=SubjectKind.ARCHIVE, name=name)


def _person(name: str) -> Subject:
    return Subject(kind=SubjectKind.PERSON, name=name)


def _team(name: str) -> Subject:
    return Subject(kind=SubjectKind.TEAM, name=name)
