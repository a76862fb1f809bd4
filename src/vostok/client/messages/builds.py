"""What the API says of builds: its documents."""

from vostok.documents.builds import AttemptView as Attempt
from vostok.documents.builds import BuildView as Build
from vostok.documents.builds import EventView as Event
from vostok.documents.builds import FileView as UploadedFile
from vostok.documents.builds import ProofView as Proof

__all__ = ["Attempt", "Build", "Event", "Proof", "UploadedFile"]
