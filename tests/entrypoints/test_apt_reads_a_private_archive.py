"""Debian's apt reads a private archive with a token from auth.conf, and without one nothing."""

import subprocess
from pathlib import Path

from fastapi.testclient import TestClient
from tests.entrypoints.installation import Installation, listening

APT_SECONDS_MAX = 120


def update(directory: Path, uri: str, stanza: str) -> subprocess.CompletedProcess[str]:
    """`apt-get update` of an apt that knows this one source only."""
    for name in ("lists/partial", "cache/archives/partial", "sources", "auth"):
        (directory / name).mkdir(parents=True, exist_ok=True)
    kept = [line for line in stanza.splitlines() if not line.startswith("URIs:")]
    (directory / "sources" / "trial.sources").write_text("\n".join([*kept, f"URIs: {uri}", ""]))
    (directory / "empty").touch()
    options = {
        "Dir::Etc::SourceList": directory / "empty",
        "Dir::Etc::SourceParts": directory / "sources",
        "Dir::Etc::Netrc": directory / "empty",
        "Dir::Etc::NetrcParts": directory / "auth",
        "Dir::State::Lists": directory / "lists",
        "Dir::Cache": directory / "cache",
        "APT::Architecture": "amd64",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
    }
    return subprocess.run(
        ["apt-get", *(f"-o{name}={value}" for name, value in options.items()), "update"],
        capture_output=True,
        text=True,
        check=False,
        timeout=APT_SECONDS_MAX,
    )


def test_apt_reads_a_private_archive_with_a_token_only(
    installation: Installation, administrator: TestClient, tmp_path: Path
) -> None:
    administrator.post("/api/v1/persons", json={"name": "lou", "email": "lou@example.org"})
    administrator.post("/api/v1/archives/trial/rights", json={"right": "view", "person": "lou"})
    administrator.put("/api/v1/archives/trial/visibility", json={"is_private": True})
    token = administrator.post(
        "/api/v1/persons/lou/tokens", json={"name": "apt", "scope": "read", "archive": "trial"}
    ).json()["token"]
    stanza = administrator.get("/api/v1/archives/trial").json()["stanza"]

    with listening(installation.app) as url:
        uri = f"{url}/archives/trial"
        without = update(tmp_path, uri, stanza)
        login = tmp_path / "auth" / "trial.conf"
        login.write_text(f"machine {uri} login lou password {token}\n")
        login.chmod(0o600)
        with_token = update(tmp_path, uri, stanza)

    assert "404" in without.stdout + without.stderr
    assert with_token.returncode == 0, with_token.stderr
    assert with_token.stderr == ""
    assert [path.name for path in (tmp_path / "lists").glob("*_InRelease")]
