"""Outgoing sources as the API's documents."""

from vostok.documents.outgoing import OutgoingPlanView
from vostok.domain.outgoing import OutgoingPlan


def outgoing_document(plan: OutgoingPlan) -> OutgoingPlanView:
    """What a request for outgoing sources gets."""
    return {
        "sources": [
            {
                "source": source.source,
                "source_version": source.source_version,
                "version": source.version,
                "warning": source.warning,
                "is_new": source.rebuild_no is not None,
            }
            for source in plan.sources
        ],
        "refused": [
            {"source": refusal.source, "code": refusal.code, "sentence": refusal.sentence}
            for refusal in plan.refused
        ],
    }
