"""Calls that put two things beside each other, and that prove a version."""

from vostok.client.asking import Asking, part, words
from vostok.client.messages import (
    CampaignComparison,
    CampaignComparisonRequest,
    Comparison,
    ComparisonRequest,
    VersionProof,
)
from vostok.client.messages.versions import VersionProofRequest


class ComparisonCalls(Asking):
    """Calls of comparisons and proofs; none of them changes anything."""

    def compare(self, request: ComparisonRequest) -> Comparison:
        """What differs between two archives, with one page of the differences."""
        return self._one(Comparison, "POST", "comparisons", request)

    def compare_campaigns(
        self,
        archive: str,
        first: int,
        second: int,
        request: CampaignComparisonRequest | None = None,
    ) -> CampaignComparison:
        """What became of the builds of one campaign in another, with one page of them."""
        path = f"archives/{part(archive)}/campaigns/{first}/comparisons/{second}"
        return self._one(CampaignComparison, "GET", path, query=words(request or {}))

    def explain_version(
        self, archive: str, source: str, request: VersionProofRequest | None = None
    ) -> VersionProof:
        """The version that a source would get next, proved; nothing is issued."""
        path = f"archives/{part(archive)}/versions/{part(source)}"
        return self._one(VersionProof, "GET", path, query=words(request or {}))
