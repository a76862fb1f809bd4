"""The database, and the repositories of one transaction."""

from contextlib import AbstractContextManager
from typing import Protocol

from vostok.services.repositories.archives import Archives
from vostok.services.repositories.build_lists import BuildLists
from vostok.services.repositories.builders import Builders
from vostok.services.repositories.builds import Builds, Campaigns, Chroots
from vostok.services.repositories.deletion import Deletion, Tombstones
from vostok.services.repositories.deliveries import Deliveries
from vostok.services.repositories.deltas import Deltas
from vostok.services.repositories.derivations import Derivations
from vostok.services.repositories.environments import Environments
from vostok.services.repositories.fact_cache import FactCache
from vostok.services.repositories.files import Files
from vostok.services.repositories.graph_cache import GraphCache
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


class Transaction(Protocol):
    """The repositories, all in one transaction."""

    @property
    def archives(self) -> Archives: ...
    @property
    def derivations(self) -> Derivations: ...
    @property
    def members(self) -> Members: ...
    @property
    def measures(self) -> Measures: ...
    @property
    def snapshots(self) -> Snapshots: ...
    @property
    def packages(self) -> Packages: ...
    @property
    def paragraphs(self) -> Paragraphs: ...
    @property
    def listings(self) -> Listings: ...
    @property
    def graphs(self) -> GraphCache: ...
    @property
    def facts(self) -> FactCache: ...
    @property
    def rebuildable(self) -> Rebuildable: ...
    @property
    def deltas(self) -> Deltas: ...
    @property
    def toolchains(self) -> Toolchains: ...
    @property
    def campaigns(self) -> Campaigns: ...
    @property
    def builds(self) -> Builds: ...
    @property
    def build_lists(self) -> BuildLists: ...
    @property
    def queues(self) -> Queues: ...
    @property
    def quotas(self) -> Quotas: ...
    @property
    def searches(self) -> Searches: ...
    @property
    def source_lists(self) -> SourceLists: ...
    @property
    def identities(self) -> Identities: ...
    @property
    def imports(self) -> Imports: ...
    @property
    def outgoing(self) -> Outgoing: ...
    @property
    def environments(self) -> Environments: ...
    @property
    def builders(self) -> Builders: ...
    @property
    def publications(self) -> Publications: ...
    @property
    def old_publications(self) -> OldPublications: ...
    @property
    def chroots(self) -> Chroots: ...
    @property
    def deletion(self) -> Deletion: ...
    @property
    def tombstones(self) -> Tombstones: ...
    @property
    def files(self) -> Files: ...
    @property
    def people(self) -> People: ...
    @property
    def rights(self) -> RightsStore: ...
    @property
    def guarantees(self) -> Guarantees: ...
    @property
    def robots(self) -> Robots: ...
    @property
    def teams(self) -> Teams: ...
    @property
    def audit(self) -> AuditLog: ...
    @property
    def uploads(self) -> Uploads: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def news(self) -> News: ...
    @property
    def notices(self) -> Notices: ...
    @property
    def mail(self) -> Mail: ...
    @property
    def letters(self) -> Deliveries: ...
    @property
    def webhooks(self) -> Webhooks: ...
    @property
    def webhook_deliveries(self) -> Deliveries: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def job_logs(self) -> JobLogs: ...
    @property
    def repeated_requests(self) -> RepeatedRequests: ...


class Database(Protocol):
    """Where everything that must not be forgotten is."""

    def read(self) -> AbstractContextManager[Transaction]:
        """A transaction that sees one moment and changes nothing."""

    def trial(self) -> AbstractContextManager[Transaction]:
        """A writing transaction that leaves nothing behind, whatever it did."""

    def write(self) -> AbstractContextManager[Transaction]:
        """A transaction that commits at its end, or leaves nothing behind an exception."""

    def spool(self) -> AbstractContextManager[ReleaseSpool]:
        """Room for releases that are about to be stored; empty, and gone when the context ends."""
