"""Keys and signatures of algorithms that were broken, as gpg makes them when it is told to."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from vostok.adapters.clock import SystemClock
from vostok.adapters.person_certificates import SequoiaCertificates
from vostok.errors import InvalidInputError

NOW = SystemClock().now() + timedelta(hours=1)
"""Whenever the tests run, keys and signatures that they make exist by then."""
LONG_AGO = "20100102T030405"
"""When SHA-1 was in use, and RSA of 1024 bits."""

SECONDS_MAX = 120
TEXT = b"Format: 1.8\nSource: hello\n"


class Gpg:
    """A keyring of somebody who lets no warning stop them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def run(self, *words: str, at: str | None = None, data: bytes = b"") -> bytes:
        """What gpg writes."""
        when = () if at is None else ("--faked-system-time", at)
        quiet = ("--batch", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback")
        done = subprocess.run(
            [
                "gpg",
                *quiet,
                "--allow-weak-digest-algos",
                "--allow-weak-key-signatures",
                *when,
                *words,
            ],
            env={"PATH": os.defpath, "GNUPGHOME": str(self._directory), "LC_ALL": "C.UTF-8"},
            input=data,
            capture_output=True,
            check=False,
            timeout=SECONDS_MAX,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def make(self, kind: str, *words: str, at: str | None = None) -> bytes:
        """The certificate of a new key."""
        self.run(*words, "--quick-generate-key", "Eve <eve@example.org>", kind, "sign,cert",
                 "never", at=at)  # fmt: skip
        return self.run("--armor", "--export", "eve@example.org")


@pytest.fixture
def gpg() -> Iterator[Gpg]:
    directory = tempfile.mkdtemp(prefix="gnupg-")  # a socket's path has at most 107 bytes
    yield Gpg(Path(directory))
    subprocess.run(
        ["gpgconf", "--kill", "all"],
        env={"PATH": os.defpath, "GNUPGHOME": directory}, check=False, timeout=SECONDS_MAX,
    )  # fmt: skip
    shutil.rmtree(directory, ignore_errors=True)


@pytest.mark.parametrize(
    ("kind", "words", "at"),
    [
        ("rsa1024", (), None),
        ("rsa1024", (), LONG_AGO),
        ("dsa1024", (), None),
        ("rsa2048", ("--cert-digest-algo", "SHA1"), None),
        ("rsa2048", ("--cert-digest-algo", "MD5"), LONG_AGO),
    ],
)
def test_a_weak_key_is_refused_in_one_line(
    gpg: Gpg, kind: str, words: tuple[str, ...], at: str | None
) -> None:
    certificate = gpg.make(kind, *words, at=at)

    with pytest.raises(InvalidInputError, match="is too weak: ") as caught:
        SequoiaCertificates().read(certificate, at=NOW)

    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("algorithm", ["MD5", "SHA1", "RIPEMD160"])
@pytest.mark.parametrize("at", [None, "20121231T000000"])
def test_a_signature_over_a_weak_digest_is_refused_whenever_it_was_made(
    gpg: Gpg, algorithm: str, at: str | None
) -> None:
    certificate = gpg.make("rsa2048", "--cert-digest-algo", "SHA512", at=LONG_AGO)
    known = SequoiaCertificates().read(certificate, at=NOW).armoured
    signed = [
        gpg.run("--digest-algo", digest, "--clearsign", at=at, data=TEXT)
        for digest in ("SHA512", algorithm)
    ]

    good = SequoiaCertificates().verify(signed[0], certificates=[known], at=NOW)
    with pytest.raises(InvalidInputError, match="is not good"):
        SequoiaCertificates().verify(signed[1], certificates=[known], at=NOW)

    assert good.text == TEXT.rstrip()
