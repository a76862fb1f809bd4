"""What signers and verifiers do together: the fakes, and OpenPGP."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fakes import START, FakeSigner, FakeVerifier

from vostok.adapters.signing import LocalSigner, SequoiaVerifier
from vostok.debian.indices import deb822_source
from vostok.errors import InvalidInputError, NotFoundError
from vostok.services.ports import SignedText, Signer, Verifier

TEXT = b"Origin: trial\nSuite: bookworm\nDate: Thu, 01 Jan 2026 00:00:00 UTC\n"


@dataclass
class Pair:
    signer: Signer
    verifier: Verifier

    def verify(self, signed: bytes, *fingerprints: str) -> SignedText:
        keyring = "".join(map(self.signer.public_key, fingerprints)).encode()
        return self.verifier.verify(signed, keyring=keyring, at=START)


@pytest.fixture(params=["fake", "openpgp"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Pair:
    if request.param == "fake":
        return Pair(FakeSigner(), FakeVerifier())
    return Pair(LocalSigner(tmp_path / "keys"), SequoiaVerifier())


def test_what_a_key_signed_its_public_half_accepts(pair: Pair) -> None:
    key = pair.signer.create("trial")

    found = pair.verify(pair.signer.inline_signed(key, TEXT), key)

    assert found.text.encode().strip() == TEXT.strip()
    assert found.signed_by


def test_a_keyring_may_hold_other_keys_too(pair: Pair) -> None:
    key, other = pair.signer.create("trial"), pair.signer.create("other")

    found = pair.verify(pair.signer.inline_signed(key, TEXT), other, key)

    assert found.text.startswith("Origin: trial\n")


def test_a_key_that_is_not_in_the_keyring_is_refused(pair: Pair) -> None:
    key, other = pair.signer.create("trial"), pair.signer.create("trial")

    with pytest.raises(InvalidInputError, match="the signature is not good"):
        pair.verify(pair.signer.inline_signed(key, TEXT), other)


def test_a_text_that_nobody_signed_is_refused(pair: Pair) -> None:
    key = pair.signer.create("trial")

    with pytest.raises(InvalidInputError, match="the signature is not good"):
        pair.verify(TEXT, key)


@pytest.mark.parametrize("keyring", [b"", b"no keys at all"])
def test_a_keyring_without_keys_is_refused(pair: Pair, keyring: bytes) -> None:
    key = pair.signer.create("trial")
    signed = pair.signer.inline_signed(key, TEXT)

    with pytest.raises(InvalidInputError):
        pair.verifier.verify(signed, keyring=keyring, at=START)


@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(place=st.floats(0, 1, exclude_max=True), change=st.integers(1, 255))
def test_no_changed_byte_of_the_text_passes(pair: Pair, place: float, change: int) -> None:
    key = pair.signer.create("trial")
    signed = bytearray(pair.signer.inline_signed(key, TEXT))
    start = bytes(signed).index(TEXT[:10])
    where = start + int(place * (len(TEXT) - 1))
    signed[where] ^= change

    try:
        found = pair.verify(bytes(signed), key)
    except InvalidInputError:
        return

    assert found.text.encode().split() == TEXT.split()  # white space at a line's end is not signed


def test_each_archive_has_a_key_of_its_own(pair: Pair) -> None:
    one, other = pair.signer.create("trial"), pair.signer.create("trial")

    assert one != other
    assert one == one.upper()
    assert pair.signer.public_key(one) != pair.signer.public_key(other)


def test_a_public_key_can_stand_in_a_sources_file(pair: Pair) -> None:
    key = pair.signer.public_key(pair.signer.create("trial"))

    stanza = deb822_source(
        uri="http://127.0.0.1/", suite="bookworm", components=["main"], armoured_key=key
    )

    assert "PRIVATE" not in stanza
    assert "Signed-By:" in stanza


def test_a_destroyed_key_signs_nothing_and_is_destroyed_once(pair: Pair) -> None:
    key = pair.signer.create("trial")

    gone = [pair.signer.delete(key), pair.signer.delete(key)]

    assert gone == [True, False]
    for use in (
        lambda: pair.signer.inline_signed(key, TEXT),
        lambda: pair.signer.detached_signature(key, TEXT),
        lambda: pair.signer.public_key(key),
    ):
        with pytest.raises(NotFoundError, match=f"the signing key {key} is not here"):
            use()
