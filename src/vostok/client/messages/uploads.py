"""What the API says of uploads: its own documents."""

from vostok.documents.uploads import ReceivedFileView as ReceivedFile
from vostok.documents.uploads import UploadBuildView as UploadBuild
from vostok.documents.uploads import UploadedFileView as SentFile
from vostok.documents.uploads import UploadView as Upload
from vostok.documents.uploads import UploadWithFilesView as UploadWithFiles

__all__ = ["ReceivedFile", "SentFile", "Upload", "UploadBuild", "UploadWithFiles"]
