"""What this machine's own APT says: its mirrors, its keys, its architecture."""

import subprocess
from pathlib import Path

from vostok.errors import UnavailableError

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
TIMEOUT_SECONDS = 60
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}


class MachineApt:
    """Implements `services.ports.ParentMirrors` by asking apt and dpkg."""

    def find(self, suite: str) -> str | None:
        """The address from which this machine gets a suite; by codename, suite or directory."""
        listed = _output(
            "apt-get",
            "indextargets",
            "--format",
            "$(REPO_URI)\t$(CODENAME)\t$(SUITE)\t$(RELEASE)\t$(COMPONENT)",
            "Created-By: Packages",
        )
        for line in listed.splitlines():
            address, *names, component = line.split("\t")
            if suite in names and component == "main":
                return address.rstrip("/")
        return None

    def keyring(self) -> bytes:
        """The Debian archive's public keys, from the package debian-archive-keyring."""
        try:
            return KEYRING.read_bytes()
        except OSError as error:
            raise UnavailableError(
                f"{KEYRING} cannot be read: {error.strerror}",
                hint="apt-get install debian-archive-keyring, or name another: --keyring FILE",
            ) from error

    def architecture(self) -> str:
        """This machine's own architecture, in Debian's words."""
        return _output("dpkg", "--print-architecture").strip()


def _output(*command: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - two fixed commands of this module
            command,
            capture_output=True,
            check=True,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UnavailableError(f"{command[0]} did not answer: {error}") from error
    return done.stdout
