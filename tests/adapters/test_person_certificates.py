"""Certificates of persons and their signatures: what is taken, and all that is refused."""

import base64
import bz2
from collections.abc import Callable
from datetime import datetime, timedelta

import pysequoia
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vostok.adapters.clock import SystemClock
from vostok.adapters.person_certificates import SequoiaCertificates
from vostok.errors import InvalidInputError

NOW = SystemClock().now() + timedelta(hours=1)
"""Whenever the tests run, keys and signatures that they make exist by then."""
TEXT = b"Format: 1.8\nSource: hello\n"
LATER = NOW + timedelta(days=400)


def key(*, days: int | None = None) -> pysequoia.Tsk:
    return pysequoia.Tsk.generate(
        user_id="Ann <ann@example.org>",
        validity_seconds=None if days is None else days * 86_400,
    )


def public(tsk: pysequoia.Tsk) -> str:
    return str(tsk.extract_certificate())


def signed(tsk: pysequoia.Tsk, text: bytes = TEXT) -> bytes:
    return bytes(pysequoia.sign(tsk.signer(), text, mode=pysequoia.SignatureMode.CLEAR))


def read(data: bytes, *, at: datetime = NOW) -> str:
    return SequoiaCertificates().read(data, at=at).fingerprint


def verified(data: bytes, *tsks: pysequoia.Tsk, at: datetime = NOW) -> bytes:
    found = SequoiaCertificates().verify(data, certificates=[public(tsk) for tsk in tsks], at=at)
    return found.text


def test_a_certificate_is_read_armoured_and_not() -> None:
    ann = key()

    found = SequoiaCertificates().read(public(ann).encode(), at=NOW)

    assert found.fingerprint == ann.extract_certificate().fingerprint.upper()
    assert found.user_ids == ("Ann <ann@example.org>",)
    assert found.expires_at is None
    assert read(bytes(ann.extract_certificate())) == found.fingerprint
    assert "PRIVATE" not in found.armoured


@pytest.mark.parametrize("form", [bytes, lambda tsk: str(tsk).encode()])
def test_a_secret_key_is_refused(form: Callable[[pysequoia.Tsk], bytes]) -> None:
    with pytest.raises(InvalidInputError, match="secret key"):
        read(form(key()))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no OpenPGP data|0 OpenPGP"),
        (b"\x00\xff not a key", "no OpenPGP data"),
        (b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxx\n", "no OpenPGP data"),
        (bytes(key().extract_certificate()) + bytes(key().extract_certificate()), "holds 2"),
    ],
)
def test_what_is_not_one_certificate_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(InvalidInputError, match=why):
        read(data)


def test_an_expired_certificate_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="expired at"):
        read(public(key(days=1)).encode(), at=LATER)


def test_a_revoked_certificate_is_refused() -> None:
    ann = key()
    cert = ann.extract_certificate()
    revoked = pysequoia.Cert.from_bytes(bytes(cert) + bytes(cert.revoke(ann.certifier())))

    with pytest.raises(InvalidInputError, match="revoked by its owner"):
        read(bytes(revoked))


def test_a_renewed_certificate_forgets_no_revocation() -> None:
    ann, certificates = key(), SequoiaCertificates()
    cert = ann.extract_certificate()
    revoked = pysequoia.Cert.from_bytes(bytes(cert) + bytes(cert.revoke(ann.certifier())))
    plain = certificates.read(bytes(cert), at=NOW)

    with pytest.raises(InvalidInputError, match="revoked by its owner") as caught:
        certificates.renewed(str(revoked), plain, at=NOW)

    assert certificates.renewed(public(ann), plain, at=NOW).fingerprint == plain.fingerprint
    assert "vostok key revoke" in str(caught.value.hint)


def test_a_renewed_certificate_ends_when_its_owner_said_last() -> None:
    ann, certificates = key(days=1), SequoiaCertificates()
    cert = ann.extract_certificate()
    extended = cert.set_expiration(NOW + timedelta(days=900), ann.certifier())
    data = signed(ann)

    renewed = certificates.renewed(
        public(ann), certificates.read(bytes(extended), at=NOW), at=LATER
    )

    with pytest.raises(InvalidInputError, match="expired at"):
        certificates.verify(data, certificates=[public(ann)], at=LATER)
    assert renewed.expires_at is not None
    assert renewed.expires_at > LATER
    shown = certificates.verify(data, certificates=[renewed.armoured], at=NOW)
    assert shown.fingerprint == renewed.fingerprint


def test_a_signed_text_is_given_back_without_its_signature() -> None:
    ann = key()

    assert verified(signed(ann), key(), ann).rstrip(b"\n") == TEXT.rstrip(b"\n")


def test_one_signed_text_has_one_digest_and_another_has_another() -> None:
    ann = key()
    certificates, first = SequoiaCertificates(), signed(ann)

    digests = [
        certificates.verify(data, certificates=[public(ann)], at=NOW).digest
        for data in (first, first + b"\n", signed(ann, TEXT + b"X: y\n"))
    ]

    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(
    "change",
    [
        lambda data: b"Format: 1.0\n" + data,
        lambda data: data + b"Format: 1.0\n",
        lambda data: data + data,
        lambda data: data.replace(b"hello", b"evil!"),
        lambda data: data[: len(data) // 2],
        lambda data: b"\n" + data,
        lambda _: TEXT,
        lambda _: b"",
        lambda _: b"\x00" * 100,
        lambda data: data.replace(b"-----END", b"-----BEGIN PGP SIGNATURE-----\n-----END"),
    ],
)
def test_anything_around_or_instead_of_one_signed_text_is_refused(
    change: Callable[[bytes], bytes],
) -> None:
    ann = key()

    with pytest.raises(InvalidInputError):
        verified(change(signed(ann)), ann)


@pytest.mark.parametrize("more", [b"Source: evil\n", b" \nSource: evil\n", b"\t\n", b"Hash: \n"])
def test_nothing_but_hashes_stands_before_the_signed_text(more: bytes) -> None:
    ann = key()
    head = b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n"
    data = signed(ann)
    assert data.startswith(head)

    with pytest.raises(InvalidInputError, match="something other than Hash lines"):
        verified(data.replace(head, head + more), ann)


def test_a_message_that_is_signed_in_another_form_is_refused() -> None:
    ann = key()
    inline = bytes(pysequoia.sign(ann.signer(), TEXT, mode=pysequoia.SignatureMode.INLINE))

    with pytest.raises(InvalidInputError, match="not signed"):
        verified(inline, ann)


def test_a_signature_of_somebody_else_names_the_key_and_what_to_do() -> None:
    ann, eve = key(), key()

    with pytest.raises(InvalidInputError, match="which is no key of") as caught:
        verified(signed(eve), ann)

    assert "vostok key add" in str(caught.value.hint)


def test_a_signature_that_was_good_once_is_refused_after_the_key_expired() -> None:
    ann = key(days=1)

    with pytest.raises(InvalidInputError, match="expired at"):
        verified(signed(ann), ann, at=LATER)


def test_a_signature_of_the_future_is_refused() -> None:
    ann = key()

    with pytest.raises(InvalidInputError, match="in the future"):
        verified(signed(ann), ann, at=NOW - timedelta(days=1))


def bomb(bytes_count: int) -> bytes:
    """A compressed packet that holds a literal one of so many zeros."""
    literal = _packet(11, b"b\x00\x00\x00\x00\x00" + bytes(bytes_count))
    return _packet(8, b"\x03" + bz2.compress(literal))


def _packet(kind: int, body: bytes) -> bytes:
    return bytes([0xC0 | kind, 0xFF]) + len(body).to_bytes(4) + body


def armoured(kind: str, packets: bytes) -> bytes:
    lines = base64.encodebytes(packets)
    return f"-----BEGIN PGP {kind}-----\n\n{lines.decode()}-----END PGP {kind}-----\n".encode()


@pytest.mark.parametrize("before", [b"", b"signature"])
def test_a_signature_that_would_unpack_to_gigabytes_is_not_unpacked(before: bytes) -> None:
    ann = key()
    text, _, rest = signed(ann).partition(b"-----BEGIN PGP SIGNATURE-----")
    own = base64.b64decode(b"".join(rest.split(b"-----END")[0].split())) if before else b""
    data = text + armoured("SIGNATURE", own + bomb(200 << 20))

    with pytest.raises(InvalidInputError, match="packet of type 8"):
        verified(data, ann)


def test_a_certificate_that_would_is_neither() -> None:
    with pytest.raises(InvalidInputError, match="packet of type 8"):
        read(armoured("PUBLIC KEY BLOCK", bomb(1 << 20)))
    with pytest.raises(InvalidInputError, match="packet of type 8"):
        read(bytes(key().extract_certificate()) + bomb(1 << 20))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"SIGNATURE-----\n\n", b"SIGNATURE-----\n"),
        lambda data: data.replace(b"SIGNATURE-----\n\n", b"SIGNATURE-----\n\n!!"),
        lambda data: data.replace(b"\n-----END PGP SIG", b"\n\n=AAAA=\n-----END PGP SIG"),
    ],
)  # fmt: skip
def test_armour_that_programs_may_read_differently_is_refused(
    change: Callable[[bytes], bytes],
) -> None:
    ann = key()

    with pytest.raises(InvalidInputError, match="neither packets nor one armour"):
        verified(change(signed(ann)), ann)


def test_how_lines_end_makes_no_other_signature() -> None:
    ann, certificates = key(), SequoiaCertificates()
    first = signed(ann)

    found = {
        certificates.verify(data, certificates=[public(ann)], at=NOW).digest
        for data in (first, first.replace(b"\n", b"\r\n"), first.replace(b"hello\n", b"hello \n"))
    }

    assert len(found) == 1


@given(st.binary(max_size=200))
def test_whatever_bytes_come_only_what_is_whole_is_read(data: bytes) -> None:
    with pytest.raises(InvalidInputError):
        read(data)
