"""What the API says of quotas: its own documents; and what it is asked."""

from vostok.documents.quotas import LimitsView as Limits
from vostok.documents.quotas import QuotaView as Quota

__all__ = ["Limits", "Quota"]
