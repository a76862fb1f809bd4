"""A person who signs and uploads, as dput does it: all files, then the .changes."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pysequoia
import pytest
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.packages import TinyBinary, TinySource, checksum_lines, source_package

from vostok.adapters.clock import SystemClock
from vostok.domain.access import Principal, Role, TokenScope
from vostok.domain.upload import Upload, UploadState
from vostok.errors import VostokError
from vostok.services.people.persons import TokenRequest

Change = Callable[[str], str]


@functools.cache
def key_of(name: str) -> pysequoia.Tsk:
    return pysequoia.Tsk.generate(user_id=f"{name} <{name}@example.org>", validity_seconds=None)


def signed(name: str, text: bytes) -> bytes:
    """The text, clear-signed by a person."""
    return bytes(pysequoia.sign(key_of(name).signer(), text, mode=pysequoia.SignatureMode.CLEAR))


def as_is(text: str) -> str:
    return text


def local(version: str = "1.2-3+local1", *, name: str = "hello", **more: str) -> TinySource:
    """A changed hello."""
    return TinySource(name=name, version=version, binaries=(TinyBinary(name=name),), **more)  # type: ignore[arg-type]  # texts


def changes_text(
    source: TinySource,
    files: Mapping[str, bytes],
    *,
    distribution: str = "bookworm",
    architectures: str = "source",
) -> str:
    """What dpkg-genchanges writes."""
    return (
        "Format: 1.8\nDate: Thu, 01 Jan 2026 00:00:00 +0000\n"
        f"Source: {source.name}\nArchitecture: {architectures}\nVersion: {source.version}\n"
        f"Distribution: {distribution}\nUrgency: medium\nMaintainer: Ann <ann@example.org>\n"
        f"Changes:\n {source.name} ({source.version}) {distribution}; urgency=medium\n .\n"
        "   * Local change.\n"
        f"Checksums-Sha1:{checksum_lines(dict(files), 'sha1')}\n"
        f"Checksums-Sha256:{checksum_lines(dict(files), 'sha256')}\n"
        f"Files:{checksum_lines(dict(files), 'md5', 'misc optional ')}\n"
    )


@dataclass(slots=True)
class Uploader:
    """A person with a key and a token."""

    world: Installation
    name: str = "richard"
    role: Role = Role.DEVELOPER
    token: str = field(init=False)
    principal: Principal = field(init=False)

    def __post_init__(self) -> None:
        people = self.world.people
        # Signatures are made now, and none is taken from the future.
        self.world.clock.advance(
            max(0.0, (SystemClock().now() - self.world.clock.last).total_seconds())
        )
        people.add(ADMINISTRATOR, self.name, email=f"{self.name}@example.org", role=self.role)
        certificate = str(key_of(self.name).extract_certificate()).encode()
        people.add_key(ADMINISTRATOR, self.name, certificate)
        request = TokenRequest(
            person=self.name, name="dput", scopes=frozenset({TokenScope.UPLOAD})
        )
        self.token = people.create_token(ADMINISTRATOR, request)[1]
        self.principal = people.principal(self.token, address="192.0.2.1")

    def send(self, name: str, data: bytes, *, archive: str = "trial") -> Upload | None:
        return self.world.uploading.put(self.principal, archive, name, [data])

    def upload(  # noqa: PLR0913 - each may be a lie
        self,
        source: TinySource,
        *,
        files: Mapping[str, bytes] | None = None,
        sent: Mapping[str, bytes] | None = None,
        change: Change = as_is,
        change_signed: Callable[[bytes], bytes] = bytes,
        by: str | None = None,
        distribution: str = "bookworm",
        architectures: str = "source",
    ) -> Upload:
        """Send a source and its .changes; parts of it may be others than they should be."""
        files = source_package(source) if files is None else files
        text = changes_text(source, files, distribution=distribution, architectures=architectures)
        for name, data in (files if sent is None else sent).items():
            assert self.send(name, data) is None
        version = source.version.rpartition(":")[2]
        data = change_signed(signed(by or self.name, change(text).encode()))
        found = self.send(f"{source.name}_{version}_source.changes", data)
        assert found is not None
        return found


def refusal(richard: Uploader, **more: object) -> str:
    """Why the upload of a changed hello is refused; nothing is left of it but the record."""
    world = richard.world
    source = more.pop("source", local())
    with pytest.raises(VostokError) as caught:
        richard.upload(source, **more)  # type: ignore[arg-type]  # given by tests
    [newest, *_] = world.uploading.uploads(ADMINISTRATOR, "trial")
    assert newest.state is UploadState.REFUSED
    assert newest.sentence.startswith(str(caught.value))
    with world.database.read() as transaction:
        assert transaction.deltas.local_changes(world.suite().id) == {}
    return str(caught.value)
