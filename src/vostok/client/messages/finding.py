"""What the API says of searches and of the queue: its own documents."""

from vostok.services.documents.queues import BuildAtWorkView as BuildAtWork
from vostok.services.documents.queues import DrainView as Drain
from vostok.services.documents.queues import QueueBuilderView as QueueBuilder
from vostok.services.documents.queues import QueueView as Queue
from vostok.services.documents.queues import WaitingView as Waiting
from vostok.services.documents.searches import FoundArchiveView as FoundArchive
from vostok.services.documents.searches import FoundBuildView as FoundBuild
from vostok.services.documents.searches import FoundSourceView as FoundSource
from vostok.services.documents.searches import FoundView as Found

__all__ = [
    "BuildAtWork",
    "Drain",
    "Found",
    "FoundArchive",
    "FoundBuild",
    "FoundSource",
    "Queue",
    "QueueBuilder",
    "Waiting",
]
