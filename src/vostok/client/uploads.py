"""Calls of uploads, and of no-change sources that go elsewhere as files."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from vostok.client.answers import checked
from vostok.client.asking import Asking, filtered, part
from vostok.client.messages.outgoing import OutgoingParts, OutgoingPlan, OutgoingRequest
from vostok.client.messages.uploads import ReceivedFile, Upload, UploadWithFiles
from vostok.client.problems import ServerFaultError

SENT_PART_BYTES: Final = 1 << 20


class UploadCalls(Asking):
    """Calls of uploads and outgoing sources."""

    def uploads(
        self, archive: str, *, text: str = "", states: Sequence[str] = ()
    ) -> Iterator[Upload]:
        """The uploads into an archive, accepted and refused, the newest first."""
        path = f"archives/{part(archive)}/uploads"
        return self._listed(Upload, path, "uploads", filtered(text, states=states))

    def upload(self, archive: str, number: int) -> UploadWithFiles:
        """One upload with its files and builds."""
        return self._one(UploadWithFiles, "GET", f"archives/{part(archive)}/uploads/{number}")

    def put_upload_file(self, archive: str, file: Path) -> Upload | None:
        """Send a file of an upload; the upload as it was judged, once its .changes came."""
        path = f"archives/{part(archive)}/uploads/files/{part(file.name)}"
        request = self._request("PUT", path, content=lambda: _pieces(file))
        answer, _ = self._transport.document(request)
        return checked(ReceivedFile, answer, path=path)["upload"]

    def upload_file(
        self, archive: str, number: int, name: str, place: Path, *, bytes_max: int
    ) -> None:
        """Write a file of an accepted upload as it was sent.

        Raises:
            ServerFaultError: it has more than that many bytes.
        """
        path = f"archives/{part(archive)}/uploads/{number}/files/{part(name)}"
        self._receive(path, place, bytes_max=bytes_max)

    def request_outgoing(self, archive: str, request: OutgoingRequest) -> OutgoingPlan:
        """Versions for no-change sources that go elsewhere, taken, or in a dry run only told."""
        return self._one(OutgoingPlan, "POST", f"archives/{part(archive)}/outgoing", request)

    def outgoing_parts(self, archive: str, source: str, version: str) -> OutgoingParts:
        """What the files of an outgoing source of that version are made of."""
        return self._one(OutgoingParts, "GET", _outgoing(archive, source, version))

    def outgoing_file(  # noqa: PLR0913 - what names the file, and where it goes
        self, archive: str, source: str, version: str, name: str, place: Path, *, bytes_max: int
    ) -> None:
        """Write a file of the old source.

        Raises:
            ServerFaultError: it has more than that many bytes.
        """
        path = f"{_outgoing(archive, source, version)}/{part(name)}"
        self._receive(path, place, bytes_max=bytes_max)

    def _receive(self, path: str, place: Path, *, bytes_max: int) -> None:
        left = bytes_max
        with self._stream(path) as response, place.open("wb") as file:
            for chunk in response.iter_bytes():
                left -= len(chunk)
                if left < 0:
                    raise ServerFaultError(f"{response.url} sent more than {bytes_max} bytes")
                file.write(chunk)


def _outgoing(archive: str, source: str, version: str) -> str:
    return f"archives/{part(archive)}/outgoing/{part(source)}/{part(version)}"


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as content:
        yield from iter(lambda: content.read(SENT_PART_BYTES), b"")
