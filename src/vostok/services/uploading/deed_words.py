"""What the audit log says of an upload that was accepted."""

from vostok.domain.counting import counted
from vostok.domain.upload import Upload
from vostok.services.audit import quoted
from vostok.services.uploading.judging import Judged


def upload_words(upload: Upload, judged: Judged, version_before: str | None, builds: int) -> str:
    """What was taken in, by whose signature, in whose place, and what is to be built of it."""
    binaries = counted(len(judged.binaries), "binary package")
    return "; ".join(
        [
            f"upload {upload.id}, {quoted(upload.changes_name)}",
            f"{judged.source.version}, "
            + (f"instead of {version_before}" if version_before else "new here"),
            f"signed by {judged.key.person} with {judged.key.fingerprint}",
            f"with {binaries}" if judged.binaries else "source only",
            f"{counted(builds, 'build')} to do",
        ]
    )
