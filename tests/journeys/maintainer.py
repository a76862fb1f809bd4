"""A person who makes signed sources and uploads them with dput, as Debian's developers do."""

import subprocess
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx
from tests.journeys.installation import Installation
from tests.tiny_parent.source_packages import Edit, run, unpacked_tree

DPUT_SECONDS_MAX: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintainer:
    """With a key of their own below `home`, and a token of an installation."""

    name: str
    home: Path

    @property
    def email(self) -> str:
        return f"{self.name}@example.org"

    @property
    def environment(self) -> dict[str, str]:
        return {"HOME": str(self.home), "GNUPGHOME": str(self.home / "gpg")}

    def register(self, vostok: Installation, archive: str) -> None:
        """Make the key, and be made known to the installation as who may upload there."""
        (self.home / "gpg").mkdir(mode=0o700, parents=True)
        self._gpg(
            "--quick-generate-key", f"{self.name} <{self.email}>", "rsa2048", "sign", "never"
        )
        public = self.home / "key.asc"
        public.write_text(self._gpg("--armor", "--export", self.email))
        vostok.say("person", "add", self.name, "--email", self.email, "--role", "developer")
        vostok.say("key", "add", self.name, "--file", str(public))
        words = ("token", "create", self.name, "dput", "--scope", "upload", "--archive", archive)
        token = vostok.ask(*words)["token"]
        (self.home / ".dput.cf").write_text(
            f"[{archive}]\nmethod = http\nfqdn = {urlsplit(vostok.url).netloc}\n"
            f"incoming = /upload/{archive}/{token}\nallow_unsigned_uploads = 0\n"
        )

    def source(self, name: str, edit: Edit, *, with_tarball: bool) -> Path:
        """The `.changes` of a signed source upload; what is not sent must be at the parent."""
        directory = self.home / f"{name}-{edit.version}"
        tree = unpacked_tree(name, directory, edit)
        run(
            *("dpkg-buildpackage", "--build=source", "--no-check-builddeps", "--no-pre-clean"),
            *("--source-option=--auto-commit", f"--sign-key={self.email}"),
            "-sa" if with_tarball else "-sd",
            directory=tree,
            environment=self.environment,
        )
        (changes,) = directory.glob("*_source.changes")
        return changes

    def dput(self, archive: str, changes: Path) -> "subprocess.CompletedProcess[str]":
        """The real dput; it shows the server's sentence only with -d."""
        return subprocess.run(
            ["dput", "-d", archive, changes.name],
            cwd=changes.parent,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **self.environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=DPUT_SECONDS_MAX,
        )

    def put(self, archive: str, path: Path) -> httpx.Response | None:
        """Send one file as dput would; None when the server does not live to answer."""
        known = ConfigParser()
        known.read(self.home / ".dput.cf")
        place = f"http://{known[archive]['fqdn']}{known[archive]['incoming']}/{path.name}"
        try:
            return httpx.put(place, content=path.read_bytes(), timeout=DPUT_SECONDS_MAX)
        except httpx.TransportError:
            return None

    def leave(self) -> None:
        """End the agent that gpg started."""
        run("gpgconf", "--kill", "all", directory=self.home, environment=self.environment)

    def _gpg(self, *words: str) -> str:
        quiet = ("gpg", "--batch", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback")
        return run(*quiet, *words, directory=self.home, environment=self.environment).stdout
