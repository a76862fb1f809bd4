"""What the API says of derivations: its documents; and what it is asked to make or change."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.documents.derivations import DecisionView as Decision
from vostok.documents.derivations import DerivationView as Derivation
from vostok.documents.derivations import DerivationView as DerivationWithDecisions
from vostok.documents.derivations import ParentView as Parent
from vostok.documents.derivations import SyncPlanView as SyncPlan
from vostok.documents.derivations import TakenSourceView as TakenSource
from vostok.documents.derivations import VerdictCountView as VerdictCount
from vostok.documents.estimates import DerivationPlanView as DerivationPlan

__all__ = [
    "Decision",
    "Derivation",
    "DerivationEstimateRequest",
    "DerivationPlan",
    "DerivationWithDecisions",
    "DeriveRequest",
    "Parent",
    "SyncPlan",
    "TakenSource",
    "VerdictCount",
]


class DeriveRequest(TypedDict):
    """Derivation of an archive; null means the default."""

    name: str
    parents: list[str]
    selection: NotRequired[str]
    architectures: NotRequired[list[str] | None]
    toolchain: NotRequired[str | None]
    tag: NotRequired[str | None]
    mode: NotRequired[str]
    unbuilt: NotRequired[str]
    on_removal: NotRequired[str]
    keep: NotRequired[str]
    serve: NotRequired[str]
    scheme: NotRequired[str]
    vendor: NotRequired[str]
    is_private: NotRequired[bool]


class DerivationEstimateRequest(TypedDict):
    """What an archive would be; null means the default, or that it has no name yet."""

    parents: list[str]
    name: NotRequired[str | None]
    selection: NotRequired[str]
    architectures: NotRequired[list[str] | None]
    toolchain: NotRequired[str | None]
    tag: NotRequired[str | None]
    mode: NotRequired[str]
    unbuilt: NotRequired[str]
    scheme: NotRequired[str]
    vendor: NotRequired[str]
    is_private: NotRequired[bool]
    builders: NotRequired[int | None]
