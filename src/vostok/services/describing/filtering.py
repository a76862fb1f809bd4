"""By what the things of each list are known, and in what kind and state they are.

Of lists that are read whole; those of uploads and jobs are narrowed by the database.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from vostok.documents import CampaignView, TakenSourceView, ToolchainView
from vostok.documents.builders import KnownBuilderView
from vostok.documents.people import AccessTokenView, PersonKeyView, PersonView
from vostok.documents.quotas import QuotaView
from vostok.documents.rights import GrantView, TeamView
from vostok.documents.webhooks import WebhookView
from vostok.domain.list_filter import ListFilter
from vostok.domain.person import PersonState
from vostok.domain.rights import HolderKind

View = TypeVar("View")


def _nothing(_: object) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known(Generic[View]):
    """How the documents of a list are narrowed.

    Attributes:
        words: in one of which a text is looked for.
        kind: of one; empty where there are none.
        state: of one; empty where there are none.
    """

    words: Callable[[View], Iterable[str | None]]
    kind: Callable[[View], str] = _nothing
    state: Callable[[View], str] = _nothing

    def wanted(self, documents: Iterable[View], wanted: ListFilter) -> list[View]:
        """Those of the documents that are wanted. O(list)."""
        if not wanted.is_narrowed:
            return list(documents)
        return [
            each
            for each in documents
            if wanted.admits(self.words(each), kind=self.kind(each), state=self.state(each))
        ]


def _toolchain_words(toolchain: ToolchainView) -> Iterable[str]:
    spec = toolchain["spec"]
    return toolchain["name"], *spec["compilers"].values(), *spec["packages"]


PERSONS: Final[Known[PersonView]] = Known(
    words=lambda each: (each["name"], each["email"], each["purpose"], each["answerable"]),
    kind=lambda each: each["kind"],
    state=lambda each: PersonState.DISABLED if each["is_shut_out"] else PersonState.ACTIVE,
)
ROBOTS: Final[Known[PersonView]] = Known(
    words=PERSONS.words,
    state=lambda each: PersonState.DISABLED if each["is_shut_out"] else PersonState.ACTIVE,
)
KEYS: Final[Known[PersonKeyView]] = Known(words=lambda each: (each["person"], each["fingerprint"]))
TOKENS: Final[Known[AccessTokenView]] = Known(
    words=lambda each: (each["person"], each["name"], each["archive"], *each["scopes"])
)
GRANTS: Final[Known[GrantView]] = Known(
    words=lambda each: (
        each["person"], each["team"], each["right"], each["archive"], each["component"],
        each["selection"], *each["sources"], each["granted_by"],
    ),
    kind=lambda each: HolderKind.PERSON if each["team"] is None else HolderKind.TEAM,
)  # fmt: skip
QUOTAS: Final[Known[QuotaView]] = Known(
    words=lambda each: (each["name"], each["set_by"]), kind=lambda each: each["kind"]
)
TAKEN: Final[Known[TakenSourceView]] = Known(words=lambda each: (each["source"],))
TEAMS: Final[Known[TeamView]] = Known(words=lambda each: (each["name"], *each["persons"]))
TOOLCHAINS: Final[Known[ToolchainView]] = Known(words=_toolchain_words)
CAMPAIGNS: Final[Known[CampaignView]] = Known(
    words=lambda each: (
        str(each["number"]), each["reason"], each.get("requested_by"), each.get("selection"),
    ),
    kind=lambda each: each["kind"],
    state=lambda each: each["state"],
)  # fmt: skip
BUILDERS: Final[Known[KnownBuilderView]] = Known(
    words=lambda each: (each["name"], *each["architectures"], each["reason"]),
    state=lambda each: each["state"],
)
WEBHOOKS: Final[Known[WebhookView]] = Known(
    words=lambda each: (each["address"], *each["topics"], each["created_by"]),
    state=lambda each: each["state"],
)
