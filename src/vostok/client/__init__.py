"""A client of Vostok's API: `/api/v1` as typed calls.

    from vostok.client import Client

    with Client("http://127.0.0.1:8600", token) as vostok:
        for archive in vostok.archives():
            print(archive["name"], archive["state"])

A method is named as its operation in the description of the API. Answers are dictionaries of the
types in `vostok.client.messages`, checked when they come; lists are iterators, which ask for a
page when it is needed. What the server refuses is raised as an error of `vostok.errors`, with
the whole problem in it.
"""

from vostok.client.archives import ArchiveCalls
from vostok.client.asking import Seen
from vostok.client.builders import BuilderCalls
from vostok.client.builds import BuildCalls, LogPart
from vostok.client.campaigns import CampaignCalls
from vostok.client.comparisons import ComparisonCalls
from vostok.client.derivations import DerivationCalls
from vostok.client.finding import FindingCalls
from vostok.client.jobs import JobCalls
from vostok.client.news import NewsCalls
from vostok.client.people import PeopleCalls
from vostok.client.planning import PlanCalls
from vostok.client.problems import (
    ChangedProblemError,
    ConflictProblemError,
    FieldFault,
    GoneProblemError,
    InvalidInputProblemError,
    NotAllowedProblemError,
    NotAuthenticatedProblemError,
    NotFoundProblemError,
    Problem,
    ProblemError,
    ServerFaultError,
    UnavailableProblemError,
    WorkFailedError,
)
from vostok.client.quotas import QuotaCalls
from vostok.client.rights import RightCalls
from vostok.client.robots import RobotCalls
from vostok.client.subscriptions import SubscriptionCalls
from vostok.client.toolchains import ToolchainCalls
from vostok.client.uploads import UploadCalls
from vostok.client.ways_in import WayInCalls

__all__ = [
    "ChangedProblemError",
    "Client",
    "ConflictProblemError",
    "FieldFault",
    "GoneProblemError",
    "InvalidInputProblemError",
    "LogPart",
    "NotAllowedProblemError",
    "NotAuthenticatedProblemError",
    "NotFoundProblemError",
    "Problem",
    "ProblemError",
    "Seen",
    "ServerFaultError",
    "UnavailableProblemError",
    "WorkFailedError",
]


class Client(
    ArchiveCalls,
    DerivationCalls,
    ComparisonCalls,
    CampaignCalls,
    BuildCalls,
    ToolchainCalls,
    JobCalls,
    UploadCalls,
    NewsCalls,
    FindingCalls,
    SubscriptionCalls,
    PeopleCalls,
    RightCalls,
    RobotCalls,
    QuotaCalls,
    WayInCalls,
    BuilderCalls,
    PlanCalls,
):
    """One server. Every call raises the error that the server's answer stands for.

    Raises:
        UnavailableError: from every method, when the server cannot be reached or is too slow.
        ServerFaultError: from every method, when its answer is not what it should be.
    """
