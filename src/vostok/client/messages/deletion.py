"""What the API says of deletions: its documents."""

from vostok.services.documents.deletion import DeletionView as Deletion
from vostok.services.documents.deletion import SharedFile, SharedFiles

__all__ = ["Deletion", "SharedFile", "SharedFiles"]
