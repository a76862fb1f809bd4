"""Documents of dry runs: what a deed would answer, and what it would do to whom."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.documents.people import PersonView
from vostok.documents.publications import PublicationView
from vostok.documents.quotas import QuotaView
from vostok.documents.rights import GrantView, TeamView, VisibilityView


class EffectView(TypedDict):
    """One thing that would be otherwise, or that one may want to think of.

    `code` is `gains`, `loses` (rights), `sees`, `sees-no-more`, `over-limit`, `within-limit`,
    `ends` or `stays`.
    """

    code: str
    subject: str
    sentence: str


class EffectsView(TypedDict):
    """What a deed would do. `effects` are the first 1,000; `effects_total` says how many."""

    dry_run: bool
    effects: list[EffectView]
    effects_total: int


class TriedGrantView(EffectsView):
    """A grant as it would be; a new one has a number that another will get."""

    result: GrantView


class TriedVisibilityView(EffectsView):
    """Who would see an archive."""

    result: VisibilityView


class TriedTeamView(EffectsView):
    """A team that would be deleted, or have these members."""

    result: TeamView


class TriedPersonView(EffectsView):
    """A person as they would be."""

    result: PersonView


class TriedQuotaView(EffectsView):
    """Limits as they would be."""

    result: QuotaView


class TriedPublicationView(EffectsView):
    """A publication as it would be."""

    result: PublicationView


class PlannedPublicationView(TypedDict):
    """What publishing would make; without news (`is_new`) there would be no new publication."""

    message: str
    publication: int
    is_new: bool
    sources: int | None
    binaries: int | None
    indices: int | None


class TriedPublishingView(EffectsView):
    """What clients would see."""

    result: PlannedPublicationView


class SuiteOfferView(TypedDict):
    """A suite as its mirror offers it now; `indices` and `bytes` are what would be fetched."""

    suite: str
    codename: str
    mirror: str
    date: str
    valid_until: str | None
    signed_by: str
    components: list[str]
    architectures: list[str]
    indices: int
    bytes: int
    is_unchanged: bool
    is_older: bool


class ImportPlanView(TypedDict):
    """What mirrors offer of the suites that are to be imported."""

    dry_run: bool
    archive: str
    suites: list[SuiteOfferView]
    bytes: int
