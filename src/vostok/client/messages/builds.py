"""What the API says of builds: its documents."""

from vostok.services.documents.builds import AttemptView as Attempt
from vostok.services.documents.builds import BuildView as Build
from vostok.services.documents.builds import EventView as Event
from vostok.services.documents.builds import FileView as UploadedFile
from vostok.services.documents.builds import ProofView as Proof

__all__ = ["Attempt", "Build", "Event", "Proof", "UploadedFile"]
