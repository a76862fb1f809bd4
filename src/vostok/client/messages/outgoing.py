"""What the API says of outgoing sources: its documents; and how it is asked for them."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.documents.outgoing import OutgoingPartsView as OutgoingParts
from vostok.documents.outgoing import OutgoingPlanView as OutgoingPlan
from vostok.documents.outgoing import OutgoingSourceView as OutgoingSource

__all__ = ["OutgoingParts", "OutgoingPlan", "OutgoingRequest", "OutgoingSource"]


class OutgoingRequest(TypedDict):
    """No-change sources of the selected ones, for another archive."""

    selection: str
    reason: str
    maintainer: str
    distribution: NotRequired[str | None]
    scheme: NotRequired[str | None]
    vendor: NotRequired[str]
    dry_run: NotRequired[bool]
