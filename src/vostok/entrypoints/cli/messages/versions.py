"""What the API says of proofs of versions: its own documents."""

from vostok.services.documents.versions import VersionComparisonView as VersionComparison
from vostok.services.documents.versions import VersionProofView as VersionProof

__all__ = ["VersionComparison", "VersionProof"]
