"""What the API says of the server itself: its documents."""

from vostok.services.documents.builds import BuilderView as BuilderSeen
from vostok.services.documents.server import StatusView as Status

__all__ = ["BuilderSeen", "Status"]
