"""What the API says of builders: its own documents."""

from vostok.documents.builders import KnownBuilderView as Builder
from vostok.documents.builders import NewBuilderView as NewBuilder

__all__ = ["Builder", "NewBuilder"]
