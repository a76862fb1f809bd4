"""What the API says of deletions: its documents."""

from vostok.documents.deletion import DeletionView as Deletion
from vostok.documents.deletion import SharedFile, SharedFiles

__all__ = ["Deletion", "SharedFile", "SharedFiles"]
