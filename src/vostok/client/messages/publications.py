"""What the API says of publications: its own documents."""

from vostok.documents.publications import NotBuiltBinaryView as NotBuiltBinary
from vostok.documents.publications import PublicationView as Publication

__all__ = ["NotBuiltBinary", "Publication"]
