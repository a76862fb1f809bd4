"""The documents of the API, which the pages and their `.json` show too, so they cannot disagree.

Keys that a reader can do without are not required. Moments are ISO 8601 strings in UTC.
"""

from vostok.documents.archives import ArchiveView, ChangedArchive, SnapshotView, SuiteView
from vostok.documents.build_changes import (
    ChangedBuildsView,
    ChosenBuildView,
    RefusedBuildView,
)
from vostok.documents.builds import (
    AttemptView,
    BuilderView,
    BuildView,
    CampaignProgressView,
    CampaignView,
    EventView,
    FileView,
    ProducerCount,
    ProgressPieceView,
    ProofView,
    RequestView,
)
from vostok.documents.campaign_comparisons import (
    CampaignComparisonView,
    ComparedBuildsView,
    ComparedBuildView,
)
from vostok.documents.deletion import DeletionView, SharedFile, SharedFiles
from vostok.documents.derivations import (
    DecisionView,
    DerivationView,
    ParentView,
    SyncPlanView,
    TakenSourceView,
    VerdictCountView,
)
from vostok.documents.estimates import (
    ActualView,
    ChainLinkView,
    CriticalPathView,
    CyclesView,
    DerivationPlanView,
    EstimateBasis,
    EstimateView,
    PredictionView,
    SpreadView,
)
from vostok.documents.jobs import JobError, JobLineView, JobResult, JobView, ProgressView
from vostok.documents.publications import NotBuiltBinaryView, PublicationView
from vostok.documents.queues import (
    BuildAtWorkView,
    DrainView,
    QueueBuilderView,
    QueueView,
    WaitingView,
)
from vostok.documents.selections import (
    PreviewView,
    SelectedBinariesView,
    SelectedSourcesView,
    SelectedSourceView,
)
from vostok.documents.toolchains import (
    ToolchainReference,
    ToolchainRevision,
    ToolchainSpec,
    ToolchainView,
)
from vostok.documents.versions import VersionComparisonView, VersionProofView

__all__ = [
    "ActualView",
    "ArchiveView",
    "AttemptView",
    "BuildAtWorkView",
    "BuildView",
    "BuilderView",
    "CampaignComparisonView",
    "CampaignProgressView",
    "CampaignView",
    "ChainLinkView",
    "ChangedArchive",
    "ChangedBuildsView",
    "ChosenBuildView",
    "ComparedBuildView",
    "ComparedBuildsView",
    "CriticalPathView",
    "CyclesView",
    "DecisionView",
    "DeletionView",
    "DerivationPlanView",
    "DerivationView",
    "DrainView",
    "EstimateBasis",
    "EstimateView",
    "EventView",
    "FileView",
    "JobError",
    "JobLineView",
    "JobResult",
    "JobView",
    "NotBuiltBinaryView",
    "ParentView",
    "PredictionView",
    "PreviewView",
    "ProducerCount",
    "ProgressPieceView",
    "ProgressView",
    "ProofView",
    "PublicationView",
    "QueueBuilderView",
    "QueueView",
    "RefusedBuildView",
    "RequestView",
    "SelectedBinariesView",
    "SelectedSourceView",
    "SelectedSourcesView",
    "SharedFile",
    "SharedFiles",
    "SnapshotView",
    "SpreadView",
    "SuiteView",
    "SyncPlanView",
    "TakenSourceView",
    "ToolchainReference",
    "ToolchainRevision",
    "ToolchainSpec",
    "ToolchainView",
    "VerdictCountView",
    "VersionComparisonView",
    "VersionProofView",
    "WaitingView",
]
