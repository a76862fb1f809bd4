"""The database as the services see it: repositories of one transaction."""

from vostok.services.repositories.archives import Archives
from vostok.services.repositories.build_lists import BuildLists
from vostok.services.repositories.builders import Builders
from vostok.services.repositories.builds import Builds, Campaigns, Chroots
from vostok.services.repositories.database import Database, Transaction
from vostok.services.repositories.deletion import Deletion, Tombstones
from vostok.services.repositories.deliveries import Deliveries
from vostok.services.repositories.deltas import Deltas
from vostok.services.repositories.derivations import Derivations
from vostok.services.repositories.environments import Environments
from vostok.services.repositories.files import Files
from vostok.services.repositories.guarantees import Guarantees
from vostok.services.repositories.identities import Identities
from vostok.services.repositories.imports import Imports
from vostok.services.repositories.jobs import JobLogs, Jobs
from vostok.services.repositories.listings import Listings
from vostok.services.repositories.mail import Mail
from vostok.services.repositories.news import News
from vostok.services.repositories.notices import Notices
from vostok.services.repositories.outgoing import Outgoing
from vostok.services.repositories.packages import (
    Measures,
    Members,
    Packages,
    Paragraphs,
    Rebuildable,
)
from vostok.services.repositories.people import People
from vostok.services.repositories.publications import Publications
from vostok.services.repositories.queues import Queues
from vostok.services.repositories.quotas import Quotas
from vostok.services.repositories.repeated_requests import RepeatedRequests
from vostok.services.repositories.retention import OldPublications
from vostok.services.repositories.rights import AuditLog, RightsStore, Teams
from vostok.services.repositories.robots import Robots
from vostok.services.repositories.searches import Searches
from vostok.services.repositories.sessions import Sessions
from vostok.services.repositories.snapshots import ReleaseSpool, Snapshots
from vostok.services.repositories.source_lists import SourceLists
from vostok.services.repositories.toolchains import Toolchains
from vostok.services.repositories.uploads import Uploads
from vostok.services.repositories.webhooks import Webhooks

__all__ = [
    "Archives",
    "AuditLog",
    "BuildLists",
    "Builders",
    "Builds",
    "Campaigns",
    "Chroots",
    "Database",
    "Deletion",
    "Deliveries",
    "Deltas",
    "Derivations",
    "Environments",
    "Files",
    "Guarantees",
    "Identities",
    "Imports",
    "JobLogs",
    "Jobs",
    "Listings",
    "Mail",
    "Measures",
    "Members",
    "News",
    "Notices",
    "OldPublications",
    "Outgoing",
    "Packages",
    "Paragraphs",
    "People",
    "Publications",
    "Queues",
    "Quotas",
    "Rebuildable",
    "ReleaseSpool",
    "RepeatedRequests",
    "RightsStore",
    "Robots",
    "Searches",
    "Sessions",
    "Snapshots",
    "SourceLists",
    "Teams",
    "Tombstones",
    "Toolchains",
    "Transaction",
    "Uploads",
    "Webhooks",
]
