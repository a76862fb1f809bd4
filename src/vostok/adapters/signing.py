"""OpenPGP: the archives' own keys, and other people's signatures."""

import os
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pysequoia

from vostok.domain.counting import counted
from vostok.errors import InvalidInputError, NotFoundError
from vostok.services.ports import SignedText

SUFFIX = ".tsk"
CERTIFICATES_KEPT = 1_000
"""In memory: lists of archives show the public keys of all of them."""


class LocalSigner:
    """Implements `services.ports.Signer` with keys in a directory of this machine, mode 0600."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._certificates: dict[str, str] = {}
        root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def create(self, name: str) -> str:
        """A new key, without an end date: archives outlive the default of three years."""
        key = pysequoia.Tsk.generate(
            user_id=f"{name} (Vostok archive signing key)", validity_seconds=None
        )
        fingerprint = key.extract_certificate().fingerprint.upper()
        place = self._place(fingerprint)
        temporary = place.with_suffix(f".{secrets.token_hex(4)}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(bytes(key))
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(place)
        return fingerprint

    def inline_signed(self, fingerprint: str, data: bytes) -> bytes:
        """InRelease."""
        signer = self._key(fingerprint).signer()
        return bytes(pysequoia.sign(signer, data, mode=pysequoia.SignatureMode.CLEAR))

    def detached_signature(self, fingerprint: str, data: bytes) -> bytes:
        """Release.gpg."""
        signer = self._key(fingerprint).signer()
        return bytes(pysequoia.sign(signer, data, mode=pysequoia.SignatureMode.DETACHED))

    def public_key(self, fingerprint: str) -> str:
        """The public key, armoured."""
        if not self._place(fingerprint).exists():  # another process may have destroyed it
            self._certificates.pop(fingerprint, None)
        found = self._certificates.get(fingerprint)
        if found is None:
            found = str(self._key(fingerprint).extract_certificate())
            if len(self._certificates) >= CERTIFICATES_KEPT:
                self._certificates.clear()
            self._certificates[fingerprint] = found
        return found

    def delete(self, fingerprint: str) -> bool:
        """Destroy a key; whether there was one."""
        try:
            self._place(fingerprint).unlink()
        except FileNotFoundError:
            return False
        return True

    def fingerprints(self) -> dict[str, datetime]:
        """The keys that are here, and when each was made."""
        return {
            place.stem: datetime.fromtimestamp(place.stat().st_mtime, UTC)
            for place in self._root.glob(f"*{SUFFIX}")
        }

    def forget_unfinished(self, before: datetime) -> int:
        """Remove what kills left of keys that were being made before a moment; how many."""
        left = [
            place
            for place in self._root.iterdir()
            if place.suffix != SUFFIX and place.stat().st_mtime < before.timestamp()
        ]
        for place in left:
            place.unlink(missing_ok=True)
        return len(left)

    def _key(self, fingerprint: str) -> pysequoia.Tsk:
        try:
            return pysequoia.Tsk.from_bytes(self._place(fingerprint).read_bytes())
        except FileNotFoundError:
            raise NotFoundError(f"the signing key {fingerprint} is not here") from None

    def _place(self, fingerprint: str) -> Path:
        return self._root / f"{fingerprint}{SUFFIX}"


class SequoiaVerifier:
    """Implements `services.ports.Verifier`."""

    def verify(
        self, signed: bytes, *, keyring: bytes, at: datetime, fingerprints: Sequence[str] = ()
    ) -> SignedText:
        """The signed part alone: what stands before and after it is not looked at."""
        return _verified(signed, None, keyring, at, fingerprints)

    def verify_detached(
        self,
        data: bytes,
        signature: bytes,
        *,
        keyring: bytes,
        at: datetime,
        fingerprints: Sequence[str] = (),
    ) -> SignedText:
        """The data, if one of the signatures is good: archives have several in one file."""
        signatures = _signatures(signature)
        for number, one in enumerate(signatures, start=1):
            try:
                return _verified(data, one, keyring, at, fingerprints)
            except InvalidInputError:
                if number == len(signatures):
                    raise
        raise InvalidInputError("the file of the signature holds none")


def _signatures(data: bytes) -> list[pysequoia.Sig]:
    try:
        pile = pysequoia.packet.PacketPile.from_bytes(data)
        packets = [p for p in pile if p.tag == pysequoia.packet.Tag.Signature]
        return [pysequoia.Sig.from_bytes(_framed(packet.body)) for packet in packets]
    except RuntimeError as error:
        raise InvalidInputError(
            f"the signature cannot be read: {str(error).splitlines()[0]}"
        ) from None


def _framed(body: bytes) -> bytes:
    """A signature packet of its own: header with a length of four octets (RFC 4880, 4.2.2.3)."""
    return b"\xc2\xff" + len(body).to_bytes(4) + body


def _verified(
    signed: bytes,
    signature: pysequoia.Sig | None,
    keyring: bytes,
    at: datetime,
    fingerprints: Sequence[str],
) -> SignedText:
    certificates = _certificates(keyring)
    usable = [cert for cert in certificates if _is_usable(cert, at)]
    asked: list[str] = []

    def store(ids: list[str]) -> list[pysequoia.Cert]:
        asked.extend(ids)
        return usable

    try:
        if signature is None:
            result = pysequoia.verify(signed, store=store)
        else:
            result = pysequoia.verify(signed, store=store, signature=signature)
    except RuntimeError as error:
        raise InvalidInputError(
            f"the signature is not good: {str(error).splitlines()[0]}",
            hint=_hint(asked, certificates, usable),
        ) from None
    signers = sorted({sig.certificate.upper() for sig in result.valid_sigs})
    if result.bytes is None:
        raise InvalidInputError("the signature covers no text")
    keys = {*signers, *(sig.signing_key.upper() for sig in result.valid_sigs)}
    if fingerprints and not keys & {fingerprint.upper() for fingerprint in fingerprints}:
        raise InvalidInputError(
            f"the signature is by {', '.join(signers)}, and not by {', '.join(fingerprints)}",
            hint="name the key that signs, if you trust it: --signed-by FINGERPRINT",
        )
    return SignedText(
        text=bytes(result.bytes).decode(errors="replace"), signed_by=", ".join(signers)
    )


def _certificates(keyring: bytes) -> list[pysequoia.Cert]:
    try:
        return list(pysequoia.Cert.split_bytes(keyring))
    except RuntimeError as error:
        raise InvalidInputError(
            f"the keyring holds no OpenPGP keys: {str(error).splitlines()[0]}",
            hint="give a file as gpg --export writes it",
        ) from None


def _is_usable(cert: pysequoia.Cert, at: datetime) -> bool:
    expiration = cert.expiration
    if expiration is not None and expiration.astimezone(UTC) <= at:
        return False
    return not cert.is_revoked


def _hint(
    asked: list[str], certificates: list[pysequoia.Cert], usable: list[pysequoia.Cert]
) -> str:
    made_by = f"it was made by {', '.join(sorted(set(asked)))}; " if asked else ""
    dead = len(certificates) - len(usable)
    expired = f" ({dead} of them expired or revoked)" if dead else ""
    held = f"the keyring holds {counted(len(certificates), 'key')}{expired}"
    return f"{made_by}{held}; name another: --keyring FILE"
