"""Calls of quotas."""

from collections.abc import Iterator, Sequence

from vostok.client.asking import Asking, Seen, filtered, part
from vostok.client.messages.quotas import Limits, Quota


class QuotaCalls(Asking):
    """Calls of quotas."""

    def quotas(self, *, text: str = "", kinds: Sequence[str] = ()) -> Iterator[Quota]:
        """Limits and usage of all archives, their owners and whoever has limits; the defaults."""
        return self._listed(Quota, "quotas", "quotas", filtered(text, kinds))

    def default_quota(self, kind: str) -> Quota:
        """The limits of archives, or of persons, that have none of their own."""
        return self._one(Quota, "GET", f"quotas/{kind}")

    def set_default_quota(self, kind: str, limits: Limits) -> Quota:
        """The same, set."""
        return self._one(Quota, "PUT", f"quotas/{kind}", limits)

    def remove_default_quota(self, kind: str) -> Quota:
        """The same, taken away."""
        return self._one(Quota, "DELETE", f"quotas/{kind}")

    def archive_quota(self, archive: str) -> Quota:
        """The limits of an archive, and what it uses."""
        return self._one(Quota, "GET", f"archives/{part(archive)}/quota")

    def seen_archive_quota(self, archive: str) -> Seen[Quota]:
        """The same with its ETag, for `given`."""
        return self._seen(Quota, f"archives/{part(archive)}/quota")

    def set_archive_quota(self, archive: str, limits: Limits) -> Quota:
        """An archive's own limits, in the place of all that held for it."""
        return self._one(Quota, "PUT", f"archives/{part(archive)}/quota", limits)

    def remove_archive_quota(self, archive: str) -> Quota:
        """What holds for an archive without limits of its own."""
        return self._one(Quota, "DELETE", f"archives/{part(archive)}/quota")

    def person_quota(self, person: str) -> Quota:
        """The limits of a person, and what their archives use."""
        return self._one(Quota, "GET", f"persons/{part(person)}/quota")

    def set_person_quota(self, person: str, limits: Limits) -> Quota:
        """A person's own limits, in the place of all that held for them."""
        return self._one(Quota, "PUT", f"persons/{part(person)}/quota", limits)

    def remove_person_quota(self, person: str) -> Quota:
        """What holds for a person without limits of their own."""
        return self._one(Quota, "DELETE", f"persons/{part(person)}/quota")

    def team_quota(self, team: str) -> Quota:
        """The limits that everybody in a team shares, and what they use."""
        return self._one(Quota, "GET", f"teams/{part(team)}/quota")

    def set_team_quota(self, team: str, limits: Limits) -> Quota:
        """What everybody in a team may have together."""
        return self._one(Quota, "PUT", f"teams/{part(team)}/quota", limits)

    def remove_team_quota(self, team: str) -> Quota:
        """A team that shares no limits."""
        return self._one(Quota, "DELETE", f"teams/{part(team)}/quota")
