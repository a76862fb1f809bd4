"""The user for builds, whom the first builder of a machine makes."""

import os
import pwd
import subprocess
import threading
from pathlib import Path

import pytest

from vostok.adapters.sbuild import build_user as place
from vostok.adapters.sbuild.build_user import BUILD_USER, BuildUser, build_user

OTHERS_SECONDS = 0.3
"""In which another builder that need not wait has its user."""
IDS = f"{BUILD_USER}:200000:65536\n"
ENTRY = pwd.struct_passwd((BUILD_USER, "x", 990, 990, "", "/var/lib/vostok-build", "/nologin"))


def test_the_user_is_made_once_and_whole_however_many_builders_start_at_a_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    users: dict[str, pwd.struct_passwd] = {}
    commands: list[list[str]] = []
    found: list[BuildUser] = []
    other = threading.Thread(target=lambda: found.append(build_user()), daemon=True)

    def useradd(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        users[BUILD_USER] = ENTRY
        other.start()
        other.join(OTHERS_SECONDS)  # it would find the user, and no ids of theirs
        (tmp_path / "ids").write_text(IDS)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(pwd, "getpwnam", lambda name: users[name])
    monkeypatch.setattr(place, "BUILD_USER_HOME", tmp_path / "vostok-build")
    monkeypatch.setattr(place, "SUBUID_TABLE", tmp_path / "ids")
    monkeypatch.setattr(place, "SUBGID_TABLE", tmp_path / "ids")
    monkeypatch.setattr(subprocess, "run", useradd)

    found.append(build_user())
    other.join(60)

    assert [command[0] for command in commands] == ["useradd"]
    assert [(user.uid, user.subordinate_uids.count) for user in found] == [(990, 65_536)] * 2
