"""How quotas become the documents of the API."""

from vostok.documents.quotas import QuotaView
from vostok.domain.quota import UsedQuota


def quota_document(used: UsedQuota) -> QuotaView:
    """Limits and what is used of them, as the API shows them."""
    limits, usage, quota = used.limits, used.usage, used.quota
    return {
        "kind": str(used.subject.kind),
        "name": str(used.subject.name),
        "is_own": used.is_own,
        "limits": {
            "archives": limits.archives,
            "builds": limits.builds,
            "bytes": limits.bytes,
        },
        "usage": {
            "archives": usage.archives,
            "builds": usage.builds,
            "bytes": usage.bytes,
            "build_bytes": usage.build_bytes,
            "log_bytes": usage.log_bytes,
            "upload_bytes": usage.upload_bytes,
            "fetched_bytes": usage.fetched_bytes,
        },
        "set_by": None if quota is None else quota.set_by,
        "set_at": None if quota is None else quota.set_at.isoformat(),
    }
