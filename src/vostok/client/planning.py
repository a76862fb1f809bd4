"""Calls that only say what others would do: dry runs."""

from collections.abc import Mapping, Sequence
from typing import Final

from vostok.client.asking import Asking, part, words
from vostok.client.messages.archives import ImportRequest
from vostok.client.messages.effects import Effects, ImportPlan, PublicationPlan
from vostok.client.messages.quotas import Limits
from vostok.client.messages.rights import GrantRequest

QUOTAS: Final[Mapping[str, str]] = {
    "archive": "archives/{}/quota",
    "person": "persons/{}/quota",
    "team": "teams/{}/quota",
    "every": "quotas/{}",
}
"""Whose limits -> where they are."""
_TRIED: Final = {"dry_run": "true"}


class PlanCalls(Asking):
    """Dry runs of deeds on rights, people, limits, publications and imports."""

    def plan_grant(self, archive: str | None, request: GrantRequest) -> Effects:
        """Who would gain what by a grant on an archive, or without one on all."""
        path = "rights" if archive is None else f"archives/{part(archive)}/rights"
        return self._one(Effects, "POST", path, {**request, "dry_run": True})

    def plan_revocation(self, archive: str | None, number: int) -> Effects:
        """Who would lose what with a grant."""
        path = "rights" if archive is None else f"archives/{part(archive)}/rights"
        return self._one(Effects, "DELETE", f"{path}/{number}", query=_TRIED)

    def plan_members(
        self,
        team: str,
        *,
        persons: Sequence[str] = (),
        teams: Sequence[str] = (),
        is_putting_in: bool,
    ) -> Effects:
        """Who would gain what as a member of a team, or lose it as one no more."""
        named = {"persons": list(persons), "teams": list(teams), "dry_run": True}
        address = f"teams/{part(team)}/members"
        if is_putting_in:
            return self._one(Effects, "POST", address, named)
        return self._one(Effects, "DELETE", address, query=words(named))

    def plan_visibility(self, archive: str, *, is_private: bool) -> Effects:
        """Who would see an archive no more, or from then on."""
        body = {"is_private": is_private, "dry_run": True}
        return self._one(Effects, "PUT", f"archives/{part(archive)}/visibility", body)

    def plan_team_deletion(self, name: str) -> Effects:
        """Who would lose what with a team."""
        return self._one(Effects, "DELETE", f"teams/{part(name)}", query=_TRIED)

    def plan_disablement(self, person: str) -> Effects:
        """What of a person would end, and what would go on."""
        path = f"persons/{part(person)}/disablements"
        return self._one(Effects, "POST", path, query=_TRIED)

    def plan_quota(self, whose: str, name: str, limits: Limits | None) -> Effects:
        """Who would be over a limit.

        Args:
            whose: a key of `QUOTAS`.
            name: of the archive, person or team; of `every`: `archive` or `person`.
            limits: None: the subject's own ones are taken away.
        """
        path = QUOTAS[whose].format(part(name))
        if limits is None:
            return self._one(Effects, "DELETE", path, query=_TRIED)
        return self._one(Effects, "PUT", path, {**limits, "dry_run": True})

    def plan_kept_publication(self, archive: str, number: int, *, label: str = "") -> Effects:
        """Whether a publication could be kept so."""
        path = f"archives/{part(archive)}/publications/{number}/keep"
        return self._one(Effects, "PUT", path, {"label": label, "dry_run": True})

    def plan_released_publication(self, archive: str, number: int) -> Effects:
        """What would become of a publication that is kept no more."""
        path = f"archives/{part(archive)}/publications/{number}/keep"
        return self._one(Effects, "DELETE", path, query=_TRIED)

    def plan_publication(self, archive: str) -> PublicationPlan:
        """What the next publication of an archive would show."""
        path = f"archives/{part(archive)}/publications"
        return self._one(PublicationPlan, "POST", path, query=_TRIED)

    def plan_import(self, request: ImportRequest) -> ImportPlan:
        """What the mirrors offer of suites that are to be imported."""
        return self._one(ImportPlan, "POST", "imports", {**request, "dry_run": True})
