"""Signing in from the command line, and the forms of its output, against a real server."""

import io
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.entrypoints.installation import ADMIN, Installation, listening

from vostok.entrypoints.cli import main

PASSWORD = "several words that nobody puts together"  # noqa: S105 - of this server only


@pytest.fixture
def url(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[str]:
    for name in ("URL", "TOKEN", "DATA_ROOT", "CONFIG"):
        monkeypatch.delenv(f"VOSTOK_{name}", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    client = installation.client(ADMIN)
    client.post("/api/v1/persons", json={"name": "lou", "email": "lou@example.org"})
    client.put("/api/v1/persons/lou/password", json={"password": PASSWORD})
    with listening(installation.app) as address:
        yield address


def run(monkeypatch: pytest.MonkeyPatch, *words: str, typed: str = "") -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    return main(words)


def stored(tmp_path: Path) -> Path:
    return tmp_path / "configuration" / "vostok" / "login.json"


def test_who_signs_in_by_password_is_known_until_they_sign_out(
    url: str,
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    signed_in = run(monkeypatch, "login", "--url", url, "--person", "lou", typed=f"{PASSWORD}\n")
    mode = stat.S_IMODE(stored(tmp_path).stat().st_mode)
    text = stored(tmp_path).read_text()
    capsys.readouterr()

    seen = run(monkeypatch, "token", "list", "lou", "--json")

    assert (signed_in, seen, mode) == (0, 0, 0o600)
    assert PASSWORD not in text
    (token,) = json.loads(capsys.readouterr().out)["tokens"]
    assert token["name"].startswith("vostok login on ")
    assert token["expires_at"] is not None
    assert run(monkeypatch, "logout") == 0
    assert not stored(tmp_path).exists()
    bearer = {"Authorization": f"Bearer {json.loads(text)['token']}"}
    assert installation.client(bearer).get("/api/v1/status").status_code == 401


def test_who_signed_out_can_sign_in_again(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("login", "--url", url, "--person", "lou")
    run(monkeypatch, *words, typed=f"{PASSWORD}\n")
    run(monkeypatch, "logout")

    again = run(monkeypatch, *words, typed=f"{PASSWORD}\n")

    assert again == 0


def test_a_token_is_tried_before_it_is_kept(
    url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wrong = run(monkeypatch, "login", url, typed="not a token\n")

    assert wrong == 5
    assert not stored(tmp_path).exists()
    token = ADMIN["Authorization"].split()[1]
    assert run(monkeypatch, "login", url, typed=f"{token}\n") == 0
    assert run(monkeypatch, "person", "list") == 0
    assert run(monkeypatch, "login", url, "--url", "http://127.0.0.1:9", typed="x\n") == 2


def test_a_wrong_password_makes_no_token(
    url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code = run(monkeypatch, "login", "--url", url, "--person", "lou", typed="other words\n")

    assert code == 5
    assert not stored(tmp_path).exists()


def test_a_token_goes_to_no_other_server(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "login", "--url", url, "--person", "lou", typed=f"{PASSWORD}\n")

    same = run(monkeypatch, "token", "list", "lou", "--url", url)
    other = run(
        monkeypatch, "token", "list", "lou", "--url", url.replace("127.0.0.1", "localhost")
    )

    assert (same, other) == (0, 5)
    assert "anonymous" in capsys.readouterr().err


def test_a_file_that_others_can_read_is_not_used(
    url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "login", "--url", url, "--person", "lou", typed=f"{PASSWORD}\n")
    stored(tmp_path).chmod(0o644)

    assert run(monkeypatch, "archive", "list") == 5
    assert "can be read by others" in capsys.readouterr().err


def test_data_has_three_forms(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "login", "--url", url, "--person", "lou", typed=f"{PASSWORD}\n")
    capsys.readouterr()
    told = {}
    for form in ("table", "json", "tsv"):
        assert run(monkeypatch, "job", "list", "--output", form) == 0
        told[form] = capsys.readouterr().out
    assert run(monkeypatch, "job", "list", "--json") == 0

    assert capsys.readouterr().out == told["json"]
    jobs = json.loads(told["json"])["jobs"]
    rows = [line.split("\t") for line in told["tsv"].splitlines()]
    assert len(rows) == len(jobs) + 1
    assert {len(row) for row in rows} == {len(rows[0])}
    assert rows[0] == told["table"].splitlines()[0].split()
    assert {row[0] for row in rows[1:]} == {job["id"] for job in jobs}
    assert run(monkeypatch, "job", "list", "--output", "xml") == 2


def test_a_shell_is_told_what_could_follow(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "completion", "bash") == 0
    assert "complete -o default -F _vostok_completion vostok" in capsys.readouterr().out
    monkeypatch.setenv("_VOSTOK_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "vostok arch")
    monkeypatch.setenv("COMP_CWORD", "1")

    with pytest.raises(SystemExit):
        main([])

    assert capsys.readouterr().out.split() == ["archive"]
