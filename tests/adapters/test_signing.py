"""OpenPGP: keys that must not pass, texts around the signed one, and gpgv's opinion."""

import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pysequoia
import pytest

from vostok.adapters.apt_client import KEYRING
from vostok.adapters.signing import LocalSigner, SequoiaVerifier
from vostok.errors import InvalidInputError, NotFoundError

TEXT = b"Origin: trial\nSuite: bookworm\n"
GPGV_SECONDS = 30


@pytest.fixture
def now() -> datetime:
    return datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def signer(tmp_path: Path) -> LocalSigner:
    return LocalSigner(tmp_path / "keys")


def keyring_of(*keys: pysequoia.Tsk) -> bytes:
    return b"".join(bytes(key.extract_certificate()) for key in keys)


def signed_by(key: pysequoia.Tsk) -> bytes:
    return bytes(pysequoia.sign(key.signer(), TEXT, mode=pysequoia.SignatureMode.CLEAR))


def test_keys_lie_where_only_their_owner_reads_them(signer: LocalSigner, tmp_path: Path) -> None:
    signer.create("trial")

    (file,) = (tmp_path / "keys").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_another_process_finds_the_keys(signer: LocalSigner, tmp_path: Path) -> None:
    key = signer.create("trial")

    assert LocalSigner(tmp_path / "keys").public_key(key) == signer.public_key(key)


def test_a_key_has_no_end_date(signer: LocalSigner) -> None:
    certificate = pysequoia.Cert.from_bytes(signer.public_key(signer.create("trial")).encode())

    assert certificate.expiration is None


def test_an_expired_key_is_refused(now: datetime) -> None:
    key = pysequoia.Tsk.generate(user_id="old", validity_seconds=86_400)
    later = datetime.now(UTC) + timedelta(days=2)  # noqa: TID251 - the key began at this moment

    with pytest.raises(InvalidInputError, match="the signature is not good") as caught:
        SequoiaVerifier().verify(signed_by(key), keyring=keyring_of(key), at=later)

    assert "1 of them expired or revoked" in str(caught.value.hint)
    assert now > later


def test_a_revoked_key_is_refused(now: datetime) -> None:
    key = pysequoia.Tsk.generate(user_id="bad", validity_seconds=None)
    certificate = key.extract_certificate()
    revocation = certificate.revoke(key.certifier())
    revoked = certificate.merge(pysequoia.Cert.from_bytes(bytes(certificate) + bytes(revocation)))

    with pytest.raises(InvalidInputError, match="the signature is not good") as caught:
        SequoiaVerifier().verify(signed_by(key), keyring=bytes(revoked), at=now)

    assert "1 of them expired or revoked" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"Origin: evil\n\n", b""),
        (b"", b"\nOrigin: evil\n"),
        (b"Origin: evil\n", b"Suite: evil\n"),
    ],
)
def test_what_stands_around_the_signed_text_is_not_read(
    signer: LocalSigner, now: datetime, before: bytes, after: bytes
) -> None:
    key = signer.create("trial")
    signed = before + signer.inline_signed(key, TEXT) + after

    try:
        found = (
            SequoiaVerifier().verify(signed, keyring=signer.public_key(key).encode(), at=now).text
        )
    except InvalidInputError:
        return  # that is as good

    assert "evil" not in found


def test_a_second_signature_by_a_stranger_does_no_harm(now: datetime) -> None:
    known = pysequoia.Tsk.generate(user_id="known", validity_seconds=None)
    stranger = pysequoia.Tsk.generate(user_id="stranger", validity_seconds=None)
    other = signed_by(stranger)
    start = b"-----BEGIN PGP SIGNATURE-----"
    both = signed_by(known) + other[other.index(start) :]

    found = SequoiaVerifier().verify(both, keyring=keyring_of(known), at=now)

    assert found.text.startswith("Origin: trial")


def test_the_hint_names_who_signed(now: datetime) -> None:
    known = pysequoia.Tsk.generate(user_id="known", validity_seconds=None)
    stranger = pysequoia.Tsk.generate(user_id="stranger", validity_seconds=None)

    with pytest.raises(InvalidInputError) as caught:
        SequoiaVerifier().verify(signed_by(stranger), keyring=keyring_of(known), at=now)

    assert "it was made by " in str(caught.value.hint)
    assert "the keyring holds 1 key; name another: --keyring FILE" in str(caught.value.hint)


def test_debian_s_own_keyring_can_be_read(now: datetime) -> None:
    stranger = pysequoia.Tsk.generate(user_id="stranger", validity_seconds=None)

    with pytest.raises(InvalidInputError, match="the signature is not good") as caught:
        SequoiaVerifier().verify(signed_by(stranger), keyring=KEYRING.read_bytes(), at=now)

    assert "the keyring holds" in str(caught.value.hint)


@pytest.mark.debian
def test_gpgv_accepts_what_we_sign_and_nothing_else(signer: LocalSigner, tmp_path: Path) -> None:
    key = signer.create("trial")
    keyring = tmp_path / "key.gpg"
    keyring.write_bytes(bytes(pysequoia.Cert.from_bytes(signer.public_key(key).encode())))
    inline, plain = tmp_path / "InRelease", tmp_path / "Release"
    inline.write_bytes(signer.inline_signed(key, TEXT))
    plain.write_bytes(TEXT)
    detached = tmp_path / "Release.gpg"
    detached.write_bytes(signer.detached_signature(key, TEXT))
    tampered = tmp_path / "tampered"
    tampered.write_bytes(inline.read_bytes().replace(b"trial", b"evil!"))

    codes = [
        subprocess.run(
            ["gpgv", "--keyring", str(keyring), *map(str, files)],
            check=False, capture_output=True, timeout=GPGV_SECONDS,
        ).returncode
        for files in ([inline], [detached, plain], [tampered], [detached, inline])
    ]  # fmt: skip

    assert codes == [0, 0, 1, 1]
    assert detached.read_bytes().startswith(b"-----BEGIN PGP SIGNATURE-----")


@pytest.mark.parametrize("fingerprint", ["", "../keys", "0" * 40])
def test_an_unknown_fingerprint_signs_nothing(signer: LocalSigner, fingerprint: str) -> None:
    with pytest.raises(NotFoundError):
        signer.inline_signed(fingerprint, TEXT)


def test_keys_are_listed_with_the_moment_they_were_made(signer: LocalSigner) -> None:
    keys = [signer.create("one"), signer.create("two")]

    listed = signer.fingerprints()

    assert sorted(listed) == sorted(keys)
    assert all(at.tzinfo is not None for at in listed.values())


def test_what_a_kill_left_of_a_key_is_removed_when_it_is_old(
    signer: LocalSigner, tmp_path: Path, now: datetime
) -> None:
    key = signer.create("trial")
    left = tmp_path / "keys" / f"{'A' * 40}.{'b' * 8}"
    left.write_bytes(b"half a key")

    assert signer.forget_unfinished(datetime(2020, 1, 1, tzinfo=UTC)) == 0
    assert signer.forget_unfinished(now) == 1
    assert not left.exists()
    assert list(signer.fingerprints()) == [key]


def beside(key: pysequoia.Tsk) -> bytes:
    """A signature of the text, apart from it and armoured, as Release.gpg."""
    return bytes(pysequoia.sign(key.signer(), TEXT, mode=pysequoia.SignatureMode.DETACHED))


def packets(*signatures: bytes) -> bytes:
    """The signatures in one file without armour."""
    piles = (pysequoia.packet.PacketPile.from_bytes(signature) for signature in signatures)
    bodies = [packet.body for pile in piles for packet in pile]
    return b"".join(b"\xc2\xff" + len(body).to_bytes(4) + body for body in bodies)


def test_a_signature_in_a_file_of_its_own_is_verified(now: datetime) -> None:
    key = pysequoia.Tsk.generate(user_id="archive", validity_seconds=None)

    found = SequoiaVerifier().verify_detached(TEXT, beside(key), keyring=keyring_of(key), at=now)

    assert found.text.encode() == TEXT
    assert found.signed_by == key.extract_certificate().fingerprint.upper()
    with pytest.raises(InvalidInputError, match="the signature is not good"):
        SequoiaVerifier().verify_detached(
            TEXT + b"\n", beside(key), keyring=keyring_of(key), at=now
        )


def test_of_several_signatures_beside_a_file_one_good_one_is_enough(now: datetime) -> None:
    known, stranger = (
        pysequoia.Tsk.generate(user_id=name, validity_seconds=None) for name in ("a", "b")
    )
    both = packets(beside(stranger), beside(known))

    found = SequoiaVerifier().verify_detached(TEXT, both, keyring=keyring_of(known), at=now)

    assert found.signed_by == known.extract_certificate().fingerprint.upper()


@pytest.mark.parametrize("signature", [b"", b"no signature"])
def test_what_is_no_signature_is_refused(now: datetime, signature: bytes) -> None:
    key = pysequoia.Tsk.generate(user_id="archive", validity_seconds=None)

    with pytest.raises(InvalidInputError, match="signature"):
        SequoiaVerifier().verify_detached(TEXT, signature, keyring=keyring_of(key), at=now)


def test_a_key_may_be_demanded_by_the_fingerprint_of_itself_or_its_subkey(now: datetime) -> None:
    key, other = (
        pysequoia.Tsk.generate(user_id=name, validity_seconds=None) for name in ("a", "b")
    )
    keyring, text = keyring_of(key, other), signed_by(key)
    (signature,) = pysequoia.verify(text, store=lambda _: [key.extract_certificate()]).valid_sigs
    verifier = SequoiaVerifier()

    for fingerprint in (signature.certificate, signature.signing_key):
        found = verifier.verify(text, keyring=keyring, at=now, fingerprints=[fingerprint])
        assert found.text.encode() == TEXT
    with pytest.raises(InvalidInputError, match="the signature is by") as caught:
        verifier.verify(
            text, keyring=keyring, at=now, fingerprints=[other.extract_certificate().fingerprint]
        )
    assert "--signed-by" in str(caught.value.hint)
