"""What the API says of publications: its own documents."""

from vostok.services.documents.publications import NotBuiltBinaryView as NotBuiltBinary
from vostok.services.documents.publications import PublicationView as Publication

__all__ = ["NotBuiltBinary", "Publication"]
