"""What the API says of searches and of the queue: its own documents."""

from vostok.documents.queues import BuildAtWorkView as BuildAtWork
from vostok.documents.queues import DrainView as Drain
from vostok.documents.queues import QueueBuilderView as QueueBuilder
from vostok.documents.queues import QueueView as Queue
from vostok.documents.queues import WaitingView as Waiting
from vostok.documents.searches import FoundArchiveView as FoundArchive
from vostok.documents.searches import FoundBuildView as FoundBuild
from vostok.documents.searches import FoundSourceView as FoundSource
from vostok.documents.searches import FoundView as Found

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
