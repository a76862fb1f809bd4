"""The addresses that are measured: every page with its tables, and every list of the API."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One address; `{archive}` and the like are filled in."""

    address: str
    goes_on: bool = False
    """Whether its second piece is asked for too."""


_CAMPAIGN: Final = "/archives/{archive}/campaigns/1"
_NARROW: Final = "selection=section+%3D+python"

_ADDRESSES: Final = (
    "/archives", "/archives.json", "/archives.csv", "/archives?q=team",
    "/archives/{archive}/", "/archives/{archive}.json", "/archives/{archive}.csv",
    "/archives/{archive}.csv?table=publications", "/archives/debian/", "/archives/team-001/",
    _CAMPAIGN, f"{_CAMPAIGN}?page=84", f"{_CAMPAIGN}?state=trouble", f"{_CAMPAIGN}?state=failed",
    f"{_CAMPAIGN}?state=failed&page=6", f"{_CAMPAIGN}?state=built&sort=-seconds",
    f"{_CAMPAIGN}?state=waiting", f"{_CAMPAIGN}?q=a", f"{_CAMPAIGN}?q=python",
    f"{_CAMPAIGN}?q=zzzz", f"{_CAMPAIGN}?architecture=all", f"{_CAMPAIGN}?q=a&page=40",
    f"{_CAMPAIGN}?sort=source", f"{_CAMPAIGN}?sort=-source&page=80",
    f"{_CAMPAIGN}?sort=version", f"{_CAMPAIGN}?sort=-version&page=84",
    f"{_CAMPAIGN}?sort=seconds", f"{_CAMPAIGN}?sort=compiler", f"{_CAMPAIGN}?sort=rebuild",
    f"{_CAMPAIGN}?sort=architecture",
    f"{_CAMPAIGN}.json", f"{_CAMPAIGN}.json?state=failed", f"{_CAMPAIGN}.csv",
    f"{_CAMPAIGN}.csv?state=failed",
    f"{_CAMPAIGN}.csv?table=progress", "/archives/{archive}/campaigns/3",
    f"{_CAMPAIGN}/matrix", f"{_CAMPAIGN}/matrix?page=100", f"{_CAMPAIGN}/matrix?sort=source",
    f"{_CAMPAIGN}/matrix?q=a", f"{_CAMPAIGN}/matrix?state=failed", f"{_CAMPAIGN}/matrix.csv",
    f"{_CAMPAIGN}/retry?state=trouble", f"{_CAMPAIGN}/cancel?state=waiting",
    f"{_CAMPAIGN}/rescore?state=waiting", f"{_CAMPAIGN}/compare?with=2",
    "/archives/{archive}/campaigns/4",
    "{build}", "{build}.json", "{build}.csv", "{build}/log", "{build}/log.json",
    "/jobs", "/jobs.json", "/jobs.csv", "/jobs?archive={archive}", "/jobs/{job}",
    "/jobs/{job}.json",
    "/toolchains", "/toolchains.json",
    "/queue", "/queue.json", "/queue.csv", "/queue.csv?table=at-work",
    "/builders", "/builders.json", "/builders/builder-01",
    "/search?q=a", "/search?q=e", "/search.json?q=a", "/search?q=python", "/search?q=openssl",
    "/search?q=nothing-of-this-name", "/search?q=team",
    "/people", "/people?page=5", "/people?q=99", "/people.json", "/people.csv",
    "/people/person0001",
    "/teams", "/teams.json", "/teams.csv", "/teams/group019",
    "/rights", "/archives/{archive}/rights", "/archives/team-001/rights",
    "/archives/team-001/rights.json",
    "/audit", "/audit.json", "/audit.csv", "/audit?archive={archive}", "/audit?actor=person0001",
    "/audit?action=publish", "/audit?action=derive&archive=team-001", "/audit?before=100",
    "/audit?after=50000",
    "/audit?actor=person0001&action=publish", "/audit?action=no-such",
    "/quotas", "/quotas.json", "/quotas/archive/{archive}",
    "/archives/{archive}/packages", "/archives/{archive}/packages?q=a",
    "/archives/{archive}/packages?q=python", "/archives/{archive}/packages?section=python",
    "/archives/{archive}/packages?section=utils", "/archives/{archive}/packages?section=zope",
    "/archives/{archive}/packages?component=main", "/archives/{archive}/packages?after=python-x",
    "/archives/{archive}/packages?before=python-x", "/archives/{archive}/not-built",
    "/archives/{archive}/packages?show=removed", "/archives/{archive}/packages?show=changed",
    "/archives/{archive}/packages.json", "/archives/{archive}/packages.csv",
    "/archives/team-001/packages", "/archives/team-001/packages?section=libs",
    "/archives/{archive}/history", "/archives/{archive}/history/1",
    "/archives/{archive}/sync", "/archives/{archive}/sync.json",
    f"/archives/team-002/sync?{_NARROW}", f"/archives/team-002/sync.csv?{_NARROW}",
    "/archives/{archive}/delete", "/archives/team-001/delete",
    "/archives/{archive}/rebuild", f"/archives/{{archive}}/rebuild?{_NARROW}",
    "/archives/{archive}/webhooks", "/people/person0001/mail", "/people/person0001/mail.json",
    "/compare?left={archive}&right=debian/sid", "/compare?left=team-001&right=debian/sid",
    "/compare.csv?left=team-001&right=debian/sid", "/archives/derive",
    f"/archives/derive?parent=debian/sid&{_NARROW}", "/sign-in",
)  # fmt: skip
PAGES: Final = tuple(Asked(address=address) for address in _ADDRESSES)

_LISTS: Final = (
    "/status", "/archives", "/archives?limit=1000", "/archives/{archive}",
    "/archives/{archive}/publications", "/archives/{archive}/deletion",
    "/archives/{archive}/derivations", "/archives/{archive}/sources",
    "/archives/{archive}/sources?limit=1000", "/comparisons?left=team-001&right=debian/sid",
    "/toolchains", "/archives/{archive}/campaigns",
    "/archives/{archive}/campaigns/1?limit=500", "/archives/{archive}/campaigns/1?limit=0",
    "/archives/{archive}/campaigns/1?state=failed&limit=500",
    "/archives/{archive}/campaigns/1?q=a&limit=500",
    "/archives/{archive}/campaigns/1",
    "/archives/{archive}/campaigns/1/comparisons/2", "/builds/{id}", "/builds/{id}/log",
    "/archives/{archive}/not-built", "/jobs", "/jobs?archive={archive}", "/jobs?limit=1000",
    "/jobs/{job}", "/search?q=a", "/search?q=python", "/queue",
    "/archives/{archive}/news", "/archives/{archive}/campaigns/1/news",
    "/archives/{archive}/webhooks",
    "/subscriptions?person=person0001", "/letters?person=person0001",
    "/archives/{archive}/uploads", "/persons", "/persons?limit=1000", "/persons/person0001",
    "/keys", "/tokens", "/archives/team-001/rights", "/rights", "/teams", "/teams?limit=1000",
    "/teams/group019", "/audit", "/audit?limit=1000", "/audit?actor=person0001",
    "/audit?action=derive&archive=team-001", "/quotas", "/quotas?limit=1000",
    "/archives/{archive}/quota", "/builders",
)  # fmt: skip
LISTS: Final = tuple(
    Asked(address=f"/api/v1{address}", goes_on="limit=" not in address) for address in _LISTS
)
