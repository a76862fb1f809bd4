"""The world as the services see it, apart from the database (`repositories`) and builders."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from vostok.domain.identity import Identity, SignInTrip
from vostok.domain.job import JobKind
from vostok.domain.mirror_answer import MirrorAnswer
from vostok.domain.person import Certificate
from vostok.domain.toolchain_preflight import PackageFacts
from vostok.domain.toolchain_source import SwapOrder
from vostok.services.repositories import Transaction


class Clock(Protocol):
    """The only source of the time."""

    def now(self) -> datetime:
        """The present moment, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFact:
    """What the store says of one of its files, without reading it."""

    sha256: str
    size: int
    at: datetime
    """When it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedFile:
    """A file that was begun and never completed, unless it is being written just now."""

    name: str
    size: int
    at: datetime
    """When it was written to last."""


class IncomingFile(Protocol):
    """A file on its way into the store. Nobody else writes it meanwhile."""

    @property
    def size(self) -> int:
        """How many bytes are here, those of an earlier, broken attempt included."""

    def write(self, data: bytes) -> None:
        """Append.

        Raises:
            InvalidInputError: the file would be larger than was announced.
            UnavailableError: the disk is full; what came is forgotten.
        """

    def restart(self) -> None:
        """Forget the bytes that came."""

    def keep(self) -> None:
        """Store the file.

        Raises:
            InvalidInputError: size or SHA-256 are not those announced; what came is forgotten.
            UnavailableError: the disk is full.
        """


class ContentStore(Protocol):
    """Files by the SHA-256 of their bytes; a stored file is whole and verified."""

    def has(self, sha256: str, *, size: int | None = None) -> bool:
        """Whether the file is here, and has that size if one is given."""

    def path(self, sha256: str) -> Path:
        """A path on this machine with the bytes; NotFoundError if the file is not here."""

    def sizes(self, hashes: Iterable[str]) -> dict[str, int]:
        """Size in bytes of those of the files that are here. O(hashes)."""

    def free_bytes(self) -> int:
        """How much more there is room for."""

    def put(
        self, chunks: Iterable[bytes], *, size_max: int, expected_sha256: str | None = None
    ) -> tuple[str, int]:
        """Store a file under its hash; (SHA-256, size in bytes). Storing it twice is one file.

        Raises:
            InvalidInputError: it is larger than `size_max`, or has another hash than expected.
            UnavailableError: the disk is full.
        """

    def incoming(
        self, sha256: str, *, size: int, seconds_max: float
    ) -> AbstractContextManager[IncomingFile | None]:
        """The file while it comes, for one process at a time; None if it is here (by now).

        Bytes that came before an error or a kill are kept for the next who asks.

        Raises:
            UnavailableError: somebody else has it for longer than `seconds_max`.
        """

    def delete(self, sha256: str) -> int:
        """Take a file away; the bytes that are free now, 0 if it was not here."""

    def delete_all(self, hashes: Iterable[str]) -> None:
        """Take files away, those that are here; they do not come back after a loss of power."""

    def groups(self) -> Iterator[list[StoredFact]]:
        """All files, in groups of bounded size, in the order of their hashes."""

    def unfinished(self) -> list[UnfinishedFile]:
        """Files that were never completed."""

    def forget_unfinished(self, name: str) -> bool:
        """Remove one of them; false if it is being written just now, or gone."""

    def set_aside(self, sha256: str) -> None:
        """Move a file away that is not what its name says, so that it counts as absent."""

    def aside(self) -> list[StoredFact]:
        """Files that were moved away, by hash."""

    def forget_aside(self, sha256: str) -> None:
        """Remove one of them."""


class WrittenFiles(Protocol):
    """What whoever writes files needs of a store: see `ContentStore`."""

    def has(self, sha256: str, *, size: int | None = None) -> bool:
        """Whether the file is here, and has that size if one is given."""

    def path(self, sha256: str) -> Path:
        """A path on this machine with the bytes; NotFoundError if the file is not here."""

    def put(
        self, chunks: Iterable[bytes], *, size_max: int, expected_sha256: str | None = None
    ) -> tuple[str, int]:
        """Store a file under its hash; (SHA-256, size in bytes)."""


class Downloads(Protocol):
    """Files of mirrors, many at once; each goes on where a broken connection left it."""

    def download(self, url: str, into: IncomingFile, *, size: int) -> None:
        """Bring the bytes of a file; `keep` is the caller's.

        Raises:
            NotFoundError: the mirror says that there is none.
            InvalidInputError: the mirror has a file of another size there; or no http address.
            UnavailableError: no answer, a broken or too slow one, after retries; or a full disk.
        """


class Mirror(Protocol):
    """Somebody else's archive, over HTTP."""

    def read(self, url: str, *, size_max: int) -> bytes:
        """A small file.

        Raises:
            NotFoundError: the mirror says that there is none.
            InvalidInputError: it is larger, or the address or a redirect is not one of HTTP.
            UnavailableError: no answer in time, or a broken one, after retries.
        """

    def read_again(self, url: str, *, size_max: int, before: MirrorAnswer | None) -> MirrorAnswer:
        """A small file, or `before` itself if the mirror says that it has no other one.

        Errors as `read`.
        """

    def within(self, seconds: float) -> "Mirror":
        """The same, for whoever has that long from now for all that is read by it.

        Then `read` raises UnavailableError, however it came: with retries, or byte by byte.
        """


class ParentMirrors(Protocol):
    """What the machine's own APT is set up with."""

    def find(self, suite: str) -> str | None:
        """The address from which this machine gets a suite of Debian."""

    def keyring(self) -> bytes:
        """The Debian archive's public keys."""

    def architecture(self) -> str:
        """This machine's own architecture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedText:
    """A text whose signature was good, and who made it. Only this text may be read."""

    text: str
    signed_by: str


class Verifier(Protocol):
    """OpenPGP signatures of others."""

    def verify(
        self, signed: bytes, *, keyring: bytes, at: datetime, fingerprints: Sequence[str] = ()
    ) -> SignedText:
        """The signed part of an inline-signed file.

        Args:
            signed: the file.
            keyring: whose keys may have signed.
            at: when their validity counts.
            fingerprints: if there are any, a key or subkey with one of them must have signed.

        Raises:
            InvalidInputError: no good signature by a key of the keyring that is neither expired
                nor revoked, or none by one of the fingerprints.
        """

    def verify_detached(
        self,
        data: bytes,
        signature: bytes,
        *,
        keyring: bytes,
        at: datetime,
        fingerprints: Sequence[str] = (),
    ) -> SignedText:
        """The whole of a file that a signature beside it covers; errors as `verify`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedBytes:
    """What one good signature covers. Only these bytes may be read.

    Attributes:
        text: the signed bytes.
        fingerprint: of the certificate's primary key, in upper case.
        digest: hexadecimal; equal for two files only if signer, moment and text are equal, however
            the rest of the signature was rewritten.
    """

    text: bytes
    fingerprint: str
    digest: str


class Certificates(Protocol):
    """OpenPGP certificates of persons, and what they sign."""

    def read(self, data: bytes, *, at: datetime) -> Certificate:
        """The one certificate in a file, armoured or not.

        Raises:
            InvalidInputError: it holds none or several, a secret key, or one that is expired or
                revoked at that moment.
        """

    def renewed(self, known: str, given: Certificate, *, at: datetime) -> Certificate:
        """A certificate with all that is known of it from before: no revocation is ever lost.

        Args:
            known: the same one, armoured, as it was registered.
            given: as its owner exports it now.
            at: when expiry and revocation count.

        Raises:
            InvalidInputError: together they are expired or revoked at that moment.
        """

    def verify(self, signed: bytes, *, certificates: Sequence[str], at: datetime) -> SignedBytes:
        """The signed part of a file that holds one clear-signed text and nothing else.

        Args:
            signed: the file.
            certificates: armoured; of those who may have signed.
            at: when expiry and revocation count, of subkeys too.

        Raises:
            InvalidInputError: it is not signed so, or not by one of the certificates as they are
                good at that moment.
        """


class Signer(Protocol):
    """The archives' own keys. They never leave it, so that it can live elsewhere."""

    def create(self, name: str) -> str:
        """A new key for an archive; its fingerprint."""

    def inline_signed(self, fingerprint: str, data: bytes) -> bytes:
        """The text with its signature around it (InRelease)."""

    def detached_signature(self, fingerprint: str, data: bytes) -> bytes:
        """The signature alone (Release.gpg), armoured."""

    def public_key(self, fingerprint: str) -> str:
        """The public key, armoured."""

    def delete(self, fingerprint: str) -> bool:
        """Destroy a key; whether there was one."""

    def fingerprints(self) -> dict[str, datetime]:
        """The keys that are here, and when each was made."""

    def forget_unfinished(self, before: datetime) -> int:
        """Remove what kills left of keys that were being made before a moment; how many."""


class LogStore(Protocol):
    """Logs of attempts, while they grow and afterwards."""

    def append(self, build_id: int, attempt: int, *, offset: int, data: bytes) -> int:
        """Write bytes at an offset; the size now. Bytes that are there already are not changed.

        Raises:
            ConflictError: the offset is beyond the end.
        """

    def read(self, build_id: int, attempt: int, *, offset: int, size_max: int) -> bytes:
        """Bytes from an offset on; none beyond the end."""

    def size(self, build_id: int, attempt: int) -> int:
        """How long a log is, in bytes."""

    def total(self, build_id: int) -> int:
        """How large the logs of all attempts of a build are together, in bytes."""

    def builds(self) -> Iterator[int]:
        """Ids of the builds that have logs."""

    def delete(self, build_id: int) -> int:
        """Take the logs of a build away; the bytes that are free now."""


class JobEngine(Protocol):
    """Durable workflows. Calls that take a transaction happen if and when it commits."""

    def enqueue_job(
        self, transaction: Transaction, *, job_id: str, kind: JobKind, partition: str
    ) -> None:
        """Have a job done; jobs of one partition one after another."""

    def forget_jobs(self, job_ids: Sequence[str]) -> None:
        """Forget jobs that have ended, with all that the engine kept of them."""

    def start_attempt(self, transaction: Transaction, attempt_id: int) -> None:
        """Have an attempt waited for, until a result, a cancellation or its builder's loss."""

    def tell_attempt(self, transaction: Transaction, attempt_id: int, message: str) -> None:
        """Wake who waits for an attempt: `result`, `cancel` or `lost`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainForm:
    """What a Release says of an index unpacked."""

    size: int
    sha256: str


class IndexFormats(Protocol):
    """Reading and writing of index files: decompression, parsing, compression."""

    def paragraphs(self, path: Path, name: str, plain: PlainForm | None = None) -> Iterator[bytes]:
        """The paragraphs of a Packages or Sources file, unpacked by its name's ending.

        Each is whole lines, its last one ended, without the empty line behind it. Nothing of them
        is checked but their length.

        Raises:
            InvalidInputError: the file cannot be unpacked, or is too large unpacked, or, said
                behind the last paragraph at the latest, is not `plain` unpacked.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownChunk:
    """A piece of an index that is compressed already, and the weight that was noted with it."""

    packed: bytes
    weight: int


class KnownIndex(Protocol):
    """A stored index that was written in pieces."""

    keys: Sequence[bytes]
    """Of its pieces, in order."""
    plain_size: int
    """Of the whole, unpacked, in bytes."""
    plain_sha256: str

    @property
    def weight(self) -> int:
        """Of all pieces together."""

    def find(self, key: bytes) -> KnownChunk | None:
        """The piece of that key."""


class IndexChunks(Protocol):
    """Compressed indices in pieces that can be taken over from one to another.

    The pieces one behind the other, and an end, are a file that `gzip` unpacks.
    """

    def packed(self, key: bytes, weight: int, plain: bytes) -> bytes:
        """A piece, compressed, always in the same way."""

    def end(self, plain_size: int, plain_sha256: str) -> bytes:
        """What stands behind the last piece: the size and the SHA-256 of the whole, unpacked."""

    def unpacked(self, packed: bytes) -> bytes:
        """The text of a piece; InvalidInputError if it is damaged."""

    def known(self, path: Path) -> KnownIndex | None:
        """An index that was written so; None if it is not there, or was written otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DebFile:
    """What a .deb says of itself."""

    control: Mapping[str, str]
    md5sum: str
    sha256: str
    size: int


class DebReader(Protocol):
    """Reading packages without running anything of them."""

    def read(self, path: Path, *, name: str = "") -> DebFile:
        """The control file of a .deb, and its hashes.

        Args:
            path: the file; it may lie anywhere under any name.
            name: what it is called in messages; "": as it lies there.

        Raises:
            InvalidInputError: it is no .deb.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapFiles:
    """The packages that swap a toolchain, as files."""

    source_files: tuple[Path, ...]
    binaries: tuple[Path, ...]


class SwapBuilder(Protocol):
    """Makes the packages by which an archive's own compiler takes the place of the parent's."""

    def build(
        self,
        order: SwapOrder,
        packages: Mapping[str, Mapping[str, PackageFacts]],
        parent_debs: Sequence[Path],
        *,
        compiler_debs: Sequence[Path],
    ) -> AbstractContextManager[SwapFiles]:
        """Source package and binaries; the files are gone when the context ends.

        Args:
            order: what to make.
            packages: architecture -> name -> what the parent has there.
            parent_debs: files of the parent's default compilers.
            compiler_debs: files of the compilers that take their place.
        """


class Passwords(Protocol):
    """Keeping passwords so that nobody can read them."""

    def hashed(self, password: str) -> str:
        """What is stored of a password."""

    def is_right(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is the hashed one; without a hash it takes as long to say no."""


class OpenIdProvider(Protocol):
    """A server that says who somebody is: OpenID Connect Core 1.0."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def issuer(self) -> str:
        """Its address, which is its name in signed answers."""

    def address_for(self, trip: SignInTrip) -> str:
        """Where a browser goes to be asked who its owner is.

        Raises:
            UnavailableError: it does not answer.
        """

    def identity(self, trip: SignInTrip, code: str) -> Identity:
        """Whom the code stands for that it gave to a browser on that trip.

        Raises:
            NotAuthenticatedError: it stands for nobody, or the answer cannot be believed.
            UnavailableError: it does not answer.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class ElsewhereFile:
    """A file that is not here, and the address at which a client gets it."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file that can be sent: where its bytes are, how many, and their hash."""

    path: Path
    size: int
    sha256: str
