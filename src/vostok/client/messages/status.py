"""What the API says of the server itself: its documents."""

from vostok.documents.builds import BuilderView as BuilderSeen
from vostok.documents.server import StatusView as Status

__all__ = ["BuilderSeen", "Status"]
