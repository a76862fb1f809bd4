"""What this machine's own APT says, against the commands that people ask it with."""

import subprocess
from pathlib import Path

import pytest

from vostok.adapters import apt_client
from vostok.adapters.apt_client import KEYRING, MachineApt
from vostok.errors import UnavailableError

SECONDS_MAX = 60
LINES = """\
http://mirror.example.org/debian/\tbookworm\tstable\tbookworm\tmain
http://mirror.example.org/debian/\tbookworm\tstable\tbookworm\tcontrib
http://security.example.org/\tbookworm-security\tstable-security\tbookworm-security\tmain
http://other.example.org/only\tother\tother\tother\tcontrib
"""


@pytest.mark.debian
def test_the_architecture_is_dpkg_s() -> None:
    told = subprocess.run(
        ["dpkg", "--print-architecture"], check=True, capture_output=True, text=True,
        timeout=SECONDS_MAX,
    ).stdout  # fmt: skip

    assert MachineApt().architecture() == told.strip()


@pytest.mark.debian
def test_the_keyring_is_the_package_s_file() -> None:
    owner = subprocess.run(
        ["dpkg", "--search", str(KEYRING)], check=True, capture_output=True, text=True,
        timeout=SECONDS_MAX,
    ).stdout  # fmt: skip

    assert owner.startswith("debian-archive-keyring: ")
    assert MachineApt().keyring() == KEYRING.read_bytes()


@pytest.mark.debian
def test_a_suite_that_apt_does_not_know_has_no_mirror() -> None:
    assert MachineApt().find("no-such-suite") is None


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An apt-get of the test's own that prints some lines."""
    program = tmp_path / "apt-get"
    (tmp_path / "lines").write_text(LINES)
    program.write_text(f"#!/bin/sh\ncat {tmp_path}/lines\n")
    program.chmod(0o755)
    # The command is looked up by the PATH of the closed environment.
    monkeypatch.setitem(apt_client.ENVIRONMENT, "PATH", f"{tmp_path}:/usr/bin:/bin")


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    ("suite", "address"),
    [
        ("bookworm", "http://mirror.example.org/debian"),
        ("stable", "http://mirror.example.org/debian"),
        ("bookworm-security", "http://security.example.org"),
        ("other", None),
        ("main", None),
    ],
)
def test_a_mirror_is_found_by_codename_and_suite_with_a_component_main(
    suite: str, address: str | None
) -> None:
    assert MachineApt().find(suite) == address


def test_a_missing_keyring_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apt_client, "KEYRING", tmp_path / "nothing.gpg")

    with pytest.raises(UnavailableError, match=r"nothing\.gpg cannot be read") as caught:
        MachineApt().keyring()

    assert "apt-get install debian-archive-keyring" in str(caught.value.hint)


@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 100\n", "#!/bin/nothing\n"])
def test_an_apt_that_fails_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    program = tmp_path / "apt-get"
    program.write_text(script)
    program.chmod(0o755)
    monkeypatch.setitem(apt_client.ENVIRONMENT, "PATH", str(tmp_path))

    with pytest.raises(UnavailableError, match="apt-get did not answer"):
        MachineApt().find("bookworm")
