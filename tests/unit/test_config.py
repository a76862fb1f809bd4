from pathlib import Path

import pytest
from pydantic import ValidationError

from vostok.config import (
    BuildLimits,
    Settings,
    child_environment,
    developer_of_environment,
    load_settings,
)
from vostok.errors import InvalidInputError


def _file(directory: Path, text: str) -> Path:
    file = directory / "vostok.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_defaults_need_neither_file_nor_environment() -> None:
    settings = load_settings(environment={})

    assert settings.port == 8600
    assert settings.edition_seconds == 600
    assert settings.lease_seconds == 60
    assert settings.heartbeat_seconds == 5
    assert settings.limits.wall_seconds_max == 14_400


def test_command_line_wins_over_environment_and_that_over_the_file(tmp_path: Path) -> None:
    file = _file(tmp_path, "port = 1001\nslots = 11\nedition_seconds = 111\n")
    environment = {"VOSTOK_PORT": "1002", "VOSTOK_SLOTS": "12"}

    settings = load_settings({"port": 1003}, config_file=file, environment=environment)

    assert (settings.port, settings.slots, settings.edition_seconds) == (1003, 12, 111)


def test_an_option_that_was_not_given_overrides_nothing() -> None:
    settings = load_settings({"port": None}, environment={"VOSTOK_PORT": "1002"})

    assert settings.port == 1002


def test_limits_of_file_and_environment_are_merged_one_by_one(tmp_path: Path) -> None:
    file = _file(tmp_path, "[limits]\nprocesses_max = 100\nwall_seconds_max = 50\n")

    settings = load_settings(config_file=file, environment={"VOSTOK_LIMITS_PROCESSES_MAX": "200"})

    assert settings.limits.processes_max == 200
    assert settings.limits.wall_seconds_max == 50
    assert settings.limits.silence_seconds_max == BuildLimits().silence_seconds_max


def test_the_environment_can_name_the_file(tmp_path: Path) -> None:
    file = _file(tmp_path, "slots = 7\n")

    settings = load_settings(environment={"VOSTOK_CONFIG": str(file)})

    assert settings.slots == 7


def test_unknown_keys_of_the_file_are_all_named_with_what_was_meant(tmp_path: Path) -> None:
    file = _file(tmp_path, "prot = 1\nhots = 'x'\n[limits]\nprocesses = 3\n")

    with pytest.raises(InvalidInputError) as caught:
        load_settings(config_file=file, environment={})

    message, hint = str(caught.value), caught.value.hint or ""
    assert "hots, limits.processes, prot" in message
    assert str(file) in message
    assert "port" in hint
    assert "limits.processes_max" in hint


def test_unknown_vostok_variables_are_named() -> None:
    with pytest.raises(InvalidInputError, match="VOSTOK_PROT") as caught:
        load_settings(environment={"VOSTOK_PROT": "1", "OTHER": "2"})

    assert caught.value.hint == "did you mean VOSTOK_PORT?"


def test_all_unfitting_values_are_named_at_once() -> None:
    with pytest.raises(InvalidInputError) as caught:
        load_settings(environment={"VOSTOK_PORT": "70000", "VOSTOK_SLOTS": "many"})

    assert "setting port" in str(caught.value)
    assert "'70000'" in str(caught.value)
    assert "setting slots" in str(caught.value)


@pytest.mark.parametrize("name", ["token", "database_url"])
def test_a_secret_that_does_not_fit_is_not_shown(name: str) -> None:
    secret = "hunter2" * 1000

    with pytest.raises(InvalidInputError) as caught:
        load_settings({name: secret}, environment={})

    assert f"setting {name}" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_secrets_are_not_in_the_representation() -> None:
    settings = load_settings(
        {"token": "hunter2", "database_url": "postgresql://u:hunter2@db.example.org/v"},
        environment={},
    )

    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize("content", [b"port = ", b"\xff\xfe"])
def test_a_file_that_is_no_toml_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "vostok.toml"
    file.write_bytes(content)

    with pytest.raises(InvalidInputError, match="is not TOML") as caught:
        load_settings(config_file=file, environment={})

    assert str(file) in str(caught.value)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"missing\.toml cannot be read: No such file"):
        load_settings(config_file=tmp_path / "missing.toml", environment={})


@pytest.mark.parametrize(
    "url", ["ftp://vostok.example.org", "vostok.example.org", "http://u:p@vostok.example.org"]
)
def test_a_url_is_http_and_carries_no_password(url: str) -> None:
    with pytest.raises(InvalidInputError, match="setting url"):
        load_settings({"url": url}, environment={})


def test_a_relative_data_root_becomes_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    settings = load_settings({"data_root": "root"}, environment={})

    assert settings.data_root == tmp_path / "root"
    assert settings.database == f"sqlite:///{tmp_path}/root/vostok.db"
    assert settings.admin_token_file == tmp_path / "root" / "admin.token"


def test_settings_cannot_be_changed() -> None:
    settings = load_settings(environment={})

    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1


def test_a_child_reads_the_same_settings_from_its_environment(tmp_path: Path) -> None:
    file = _file(tmp_path, "slots = 7\nport = 1001\n[limits]\nprocesses_max = 100\n")
    settings = load_settings({"data_root": tmp_path}, config_file=file, environment={})

    inherited = child_environment(settings, environment={})

    assert load_settings(environment=inherited) == settings


def test_a_child_gets_no_token_and_nothing_unasked() -> None:
    environment = {
        "PATH": "/usr/bin",
        "LC_ALL": "C.UTF-8",
        "https_proxy": "http://proxy.example.org",
        "VOSTOK_TOKEN": "hunter2",
        "DBOS_SYSTEM_DATABASE_URL": "sqlite://",
        "PYTHONSTARTUP": "x",
    }
    settings = load_settings(environment=environment)

    inherited = child_environment(settings, environment=environment)

    assert inherited["PATH"] == "/usr/bin"
    assert inherited["LC_ALL"] == "C.UTF-8"
    assert inherited["https_proxy"] == "http://proxy.example.org"
    assert not {"VOSTOK_TOKEN", "DBOS_SYSTEM_DATABASE_URL", "PYTHONSTARTUP"} & set(inherited)


@pytest.mark.parametrize("model", [Settings, BuildLimits])
def test_each_setting_says_what_it_is(model: type[Settings | BuildLimits]) -> None:
    undescribed = [name for name, field in model.model_fields.items() if not field.description]

    assert undescribed == []


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"DEBFULLNAME": "Ann Other", "DEBEMAIL": "a@example.org"}, "Ann Other <a@example.org>"),
        ({"DEBEMAIL": "Ann Other <a@example.org>"}, "Ann Other <a@example.org>"),
        ({"NAME": "Ann", "EMAIL": "Ann Other <a@example.org>"}, "Ann <a@example.org>"),
        ({"DEBEMAIL": "a@example.org"}, None),
        ({"DEBFULLNAME": "Ann Other"}, None),
        ({}, None),
    ],
)
def test_who_works_here_is_known_as_dch_knows_it(
    environment: dict[str, str], said: str | None
) -> None:
    assert developer_of_environment(environment) == said
