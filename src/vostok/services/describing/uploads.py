"""Documents of uploads."""

from vostok.documents.uploads import UploadView, UploadWithFilesView
from vostok.domain.upload import Upload
from vostok.services.uploading.uploads import Shown


def shown_document(shown: Shown) -> UploadWithFilesView:
    """One upload with its files and builds."""
    return {
        **upload_document(shown.upload),
        "files": [
            {"name": file.name, "size": file.size, "sha256": file.sha256} for file in shown.files
        ],
        "builds": [
            {
                "id": build.id,
                "architecture": build.architecture,
                "state": build.state,
                "sentence": build.sentence,
            }
            for build in shown.builds
        ],
    }


def upload_document(upload: Upload) -> UploadView:
    """One upload."""
    return {
        "id": upload.id,
        "archive": upload.archive,
        "source": upload.source,
        "version": upload.version,
        "state": upload.state,
        "sentence": upload.sentence,
        "uploaded_by": upload.uploaded_by,
        "person": upload.person,
        "signed_by": upload.signed_by,
        "changes": upload.changes_name,
        "at": upload.at.isoformat(),
    }
