"""OpenPGP certificates of persons, and what they sign: by Sequoia.

A library's verdict is not enough: it takes a signature that was good when it was made, and reads
past what stands around the signed text.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pysequoia
from pysequoia.packet import Packet, PacketPile, SignatureType, Tag

from vostok.debian.openpgp_packets import (
    OF_CERTIFICATES,
    SIGNATURE,
    armoured_signature,
    check_packets,
    dearmoured,
)
from vostok.domain.person import Certificate
from vostok.errors import InvalidInputError
from vostok.services.ports import SignedBytes

USER_IDS_MAX = 200
CLOCK_SKEW = timedelta(minutes=10)
"""By which a signer's clock may be ahead of ours."""

_BEGIN = b"-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = b"-----BEGIN PGP SIGNATURE-----"
_END = b"-----END PGP SIGNATURE-----"
_MARK = re.compile(rb"^-----[^\n]*-----[ \t\r]*$", re.MULTILINE)
_HEAD = re.compile(
    rb"-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\r?\n(?:Hash: [A-Za-z0-9, -]+\r?\n){0,20}\r?\n"
)
_SECRET = (Tag.SecretKey, Tag.SecretSubkey)
_SUBKEYS = (Tag.PublicSubkey, Tag.SecretSubkey)


class SequoiaCertificates:
    """Implements `services.ports.Certificates`."""

    def read(self, data: bytes, *, at: datetime) -> Certificate:
        """The one certificate in a file. See `services.ports.Certificates`."""
        data = dearmoured(data)
        check_packets(data, kinds=OF_CERTIFICATES)
        if any(packet.tag in _SECRET for packet in _packets(data)):
            raise InvalidInputError(
                "the file holds a secret key, which nobody else may see",
                hint="export the public one: gpg --armor --export ID",
            )
        try:
            found = list(pysequoia.Cert.split_bytes(data))
        except RuntimeError as error:
            raise _unreadable(error) from None
        if len(found) != 1:
            raise InvalidInputError(
                f"the file holds {len(found)} OpenPGP certificates, one is needed",
                hint="export one: gpg --armor --export ID",
            )
        return _described(found[0], at)

    def renewed(self, known: str, given: Certificate, *, at: datetime) -> Certificate:
        """A certificate with all that was known of it. See `services.ports.Certificates`."""
        before = pysequoia.Cert.from_bytes(known.encode())
        return _described(before.merge(pysequoia.Cert.from_bytes(given.armoured.encode())), at)

    def verify(self, signed: bytes, *, certificates: Sequence[str], at: datetime) -> SignedBytes:
        """The signed part of a clear-signed text. See `services.ports.Certificates`."""
        packets = _only_signature(signed)
        signature = pysequoia.Sig.from_bytes(packets)
        signed = signed[: signed.rindex(_SIGNATURE)] + armoured_signature(packets)
        if signature.created is None or signature.created.astimezone(UTC) > at + CLOCK_SKEW:
            raise InvalidInputError("the signature says that it was made in the future, or never")
        known = [pysequoia.Cert.from_bytes(text.encode()) for text in certificates]
        asked: list[str] = []

        def store(ids: list[str]) -> list[pysequoia.Cert]:
            asked.extend(ids)
            return known

        try:
            result = pysequoia.verify(signed, store=store)
        except RuntimeError as error:
            raise _bad_signature(error, asked, known) from None
        if result.bytes is None or len(result.valid_sigs) != 1:
            raise InvalidInputError("the signature covers no text")
        [valid] = result.valid_sigs
        fingerprint = valid.certificate.upper()
        [cert] = [cert for cert in known if cert.fingerprint.upper() == fingerprint]
        _check_good_now(cert, valid.signing_key.upper(), at)
        # How its lines end is not covered by the signature: it must not make it another one.
        text = bytes(result.bytes).replace(b"\r\n", b"\n")
        made = f"{fingerprint} {signature.created.astimezone(UTC).timestamp():.0f}\n".encode()
        return SignedBytes(
            text=text, fingerprint=fingerprint, digest=hashlib.sha256(made + text).hexdigest()
        )


def _described(cert: pysequoia.Cert, at: datetime) -> Certificate:
    """What is kept of a certificate that is good at that moment."""
    expires_at = _end(cert)
    fingerprint = cert.fingerprint.upper()
    if expires_at is not None and expires_at <= at:
        raise InvalidInputError(
            f"the key {fingerprint} expired at {expires_at:%Y-%m-%d %H:%M} UTC",
            hint="extend it and export it again, or use another",
        )
    return Certificate(
        fingerprint=fingerprint,
        armoured=str(cert),
        user_ids=tuple(str(user_id) for user_id in cert.user_ids[:USER_IDS_MAX]),
        expires_at=expires_at,
    )


def _only_signature(signed: bytes) -> bytes:
    """The one signature packet of a file that is a clear-signed text from first to last byte."""
    marks = [match.group().rstrip() for match in _MARK.finditer(signed)]
    if not signed.startswith(_BEGIN):
        raise InvalidInputError(
            "the file is not signed: it does not begin with a clear-signed text",
            hint="sign it: debsign FILE.changes",
        )
    if marks != [_BEGIN, _SIGNATURE, _END] or not signed.rstrip().endswith(_END):
        raise InvalidInputError(
            "the file is more than one clear-signed text, or less",
            hint="sign it anew: debsign --re-sign FILE.changes",
        )
    if _HEAD.match(signed) is None:  # programs differ in where they see the text begin
        raise InvalidInputError(
            "the clear-signed text has something other than Hash lines before it",
            hint="sign it anew: debsign --re-sign FILE.changes",
        )
    packets = dearmoured(signed[signed.rindex(_SIGNATURE) :])
    check_packets(packets, kinds={SIGNATURE})
    count = len(_packets(packets))
    if count != 1:
        raise InvalidInputError(
            f"the file has {count} signatures, one is needed",
            hint="sign it anew: debsign --re-sign FILE.changes",
        )
    return packets


def _bad_signature(
    error: Exception, asked: Sequence[str], known: Sequence[pysequoia.Cert]
) -> InvalidInputError:
    by = ", ".join(sorted({name.upper() for name in asked})) or "nobody named in it"
    ours = {cert.fingerprint.upper() for cert in known}
    ours |= {
        packet.fingerprint.upper()
        for cert in known
        for packet in _packets(bytes(cert))
        if packet.tag in _SUBKEYS and packet.fingerprint
    }
    if ours & {name.upper() for name in asked}:
        reason = str(error).splitlines()[0]
        return InvalidInputError(
            f"the signature by {by} is not good: {reason}",
            hint="the file was changed after it was signed, or is damaged: sign it again",
        )
    return InvalidInputError(
        f"the signature is by {by}, which is no key of somebody who may upload here with this "
        "token",
        hint="see whose it is: vostok key list; then register it, vostok key add, or give its "
        "owner the right, vostok right grant upload",
    )


def _check_good_now(cert: pysequoia.Cert, signing_key: str, at: datetime) -> None:
    """Nothing, if the certificate and the key of it that signed are good at this moment.

    A subkey with any revocation behind it counts as revoked, whoever made that: a certificate is
    registered by somebody who vouches for it.
    """
    fingerprint = cert.fingerprint.upper()
    expires_at = _end(cert)
    if expires_at is not None and expires_at <= at:
        raise InvalidInputError(
            f"the key {fingerprint} expired at {expires_at:%Y-%m-%d %H:%M} UTC",
            hint="sign with another that is registered here",
        )
    bindings: list[tuple[datetime, int, timedelta | None]] = []
    for packet in _behind_subkey(cert, signing_key):
        if packet.signature_type == SignatureType.SubkeyRevocation:
            raise InvalidInputError(f"the subkey {signing_key} of {fingerprint} is revoked")
        if packet.signature_type == SignatureType.SubkeyBinding and packet.signature_created:
            bindings.append((packet.signature_created, len(bindings), packet.key_validity_period))
    # Several follow one another when its end is moved, forth or back: the newest counts.
    _, _, period = max(bindings, default=(None, 0, None))
    if period is not None and _created(cert, signing_key) + period <= at:
        raise InvalidInputError(
            f"the subkey {signing_key} of {fingerprint} has expired",
            hint="extend it, export it and register it again: vostok key add",
        )


def _end(cert: pysequoia.Cert) -> datetime | None:
    """When a certificate expires; None: never.

    Raises:
        InvalidInputError: it is good no more: revoked, or of an algorithm that was broken.
    """
    fingerprint = cert.fingerprint.upper()
    try:
        is_revoked, end = cert.is_revoked, cert.expiration
    except RuntimeError as error:  # a chain of causes, the last of which says it, and a trace
        causes = [line.strip() for line in str(error).partition("Stack backtrace")[0].splitlines()]
        reason = [line for line in causes if line][-1]
        raise InvalidInputError(
            f"the key {fingerprint} is too weak: {reason}",
            hint="use another: gpg --quick-generate-key makes strong ones",
        ) from None
    if is_revoked:
        raise InvalidInputError(
            f"the key {fingerprint} is revoked by its owner",
            hint="if it is registered here, revoke it here too: vostok key revoke",
        )
    return None if end is None else end.astimezone(UTC)


def _behind_subkey(cert: pysequoia.Cert, signing_key: str) -> list[Packet]:
    """The signatures on one subkey; none if the primary key itself signed."""
    found, is_behind = [], False
    for packet in _packets(bytes(cert)):
        if packet.tag in _SUBKEYS:
            is_behind = (packet.fingerprint or "").upper() == signing_key
        elif packet.tag != Tag.Signature:
            is_behind = False
        elif is_behind:
            found.append(packet)
    return found


def _created(cert: pysequoia.Cert, signing_key: str) -> datetime:
    for packet in _packets(bytes(cert)):
        is_it = packet.tag in _SUBKEYS and (packet.fingerprint or "").upper() == signing_key
        if is_it and packet.key_created is not None:
            return packet.key_created.astimezone(UTC)
    raise InvalidInputError(f"the certificate has no subkey {signing_key}")


def _packets(data: bytes) -> list[Packet]:
    """The packets in data of which the kinds are known to be harmless."""
    try:
        return list(PacketPile.from_bytes(data))
    except RuntimeError as error:
        raise _unreadable(error) from None


def _unreadable(error: Exception) -> InvalidInputError:
    return InvalidInputError(
        f"no OpenPGP data can be read in the file: {str(error).splitlines()[0]}",
        hint="give a file as gpg --armor --export ID writes it",
    )
