"""The help of every command, and its light start."""

import os
import re
import shlex
import subprocess
import sys

import pytest
from tests.entrypoints.cli.canned import (
    DERIVED,
    IMAGE,
    TOKEN,
    CannedServer,
    CommandLine,
)

from vostok.entrypoints.api.description import commands

COMMANDS = [
    *("search", "queue"),
    *("status", "up", "server", "executor", "builder", "login", "logout", "completion"),
    *("archive import", "archive derive", "archive list", "archive show", "archive delete"),
    *("archive sync", "archive select", "archive remove", "archive restore"),
    *(
        "archive history",
        "archive sources",
        "archive watch",
        "archive news",
        "archive compare",
        "archive set",
    ),
    *("toolchain create", "toolchain show", "toolchain list", "toolchain preflight"),
    *(
        "selection preview",
        "rebuild request",
        "rebuild nochange",
        "rebuild estimate",
        "version explain",
        "archive estimate",
    ),
    *("campaign list", "campaign show", "campaign compare"),
    *("build show", "build log", "build retry", "build cancel", "build rescore"),
    *("person add", "person list", "person show", "person disable", "person enable"),
    *("person set-password", "person reset-password", "person vouch", "person change-password"),
    *("robot add", "robot list", "robot show", "robot set", "robot delete"),
    *("session list", "session end", "identity list", "identity unlink", "identity link"),
    *("upload put", "upload list", "upload show", "upload get"),
    *("key add", "key list", "key revoke", "token create", "token list", "token revoke"),
    *(
        "right list",
        "right grant",
        "right revoke",
        "right set-private",
        "right who",
        "right of",
        "audit list",
    ),
    *("builder list", "builder show", "builder add", "builder token"),
    *("builder pause", "builder resume", "builder remove"),
    *("quota list", "quota show", "quota set", "quota remove"),
    *("team add", "team list", "team show", "team put", "team take", "team delete"),
    *("webhook add", "webhook list", "webhook show", "webhook remove", "webhook redeliver"),
    *("webhook set", "webhook test"),
    *("subscription add", "subscription list", "subscription remove", "subscription confirm"),
    *("subscription letters", "subscription resend"),
    *("store stats", "store verify", "store collect"),
    *("publication publish", "publication list", "publication not-built"),
    *("publication keep", "publication release"),
    *("job list", "job show", "job log", "job cancel"),
]


def test_without_words_it_shows_its_help(vostok: CommandLine) -> None:
    ran = vostok.run_bare()

    assert ran.code == 0
    assert ran.stdout == vostok.run_bare("--help").stdout
    assert "Exit codes:" in ran.stdout


def test_it_says_its_version(vostok: CommandLine) -> None:
    assert re.fullmatch(r"vostok \d+\.\d+\.\d+\n", vostok.run_bare("--version").stdout)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_says_what_it_does_with_examples_that_it_would_take(
    vostok: CommandLine, name: str
) -> None:
    ran = vostok.run_bare(*name.split(), "--help")
    sentence, examples = ran.stdout.split("Examples:")
    lines = examples.replace("\\\n", " ").strip().splitlines()
    commands = [shlex.split(re.split(r" [|>] ", line)[0]) for line in lines]

    assert ran.code == 0
    assert re.search(r"^  [A-Z].*\.", sentence, re.MULTILINE)
    assert commands
    for words in commands:
        assert " ".join(words).startswith(f"vostok {name}")
        assert vostok.run_bare(*words[1:], "--help").code == 0


def test_the_command_that_the_api_names_for_an_operation_would_be_taken(
    vostok: CommandLine,
) -> None:
    refused = [
        line for line in commands().values()
        if vostok.run_bare(*shlex.split(line)[1:], "--help").code != 0
    ]  # fmt: skip

    assert refused == []


def test_the_list_of_commands_in_these_tests_is_whole(vostok: CommandLine) -> None:
    def words(*group: str) -> list[str]:
        text = vostok.run_bare(*group, "--help").stdout.split("Commands:\n")[1]
        return re.findall(r"^  (\S+)", text.split("\n\n")[0], re.MULTILINE)

    alone = {name for name in COMMANDS if " " not in name}
    groups = {name.split()[0] for name in COMMANDS if " " in name}
    found = [
        name
        for group in words()
        for name in (
            *([group] if group in alone else ()),
            *((f"{group} {verb}" for verb in words(group)) if group in groups else ()),
        )
    ]

    assert sorted(found) == sorted(COMMANDS)


def _imported_by(words: list[str]) -> set[str]:
    code = (
        "import sys\n"
        "from vostok.entrypoints.cli import main\n"
        f"main({words!r})\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in ran.stderr.splitlines()} | set(
        ran.stderr.splitlines()
    )


def test_a_command_imports_nothing_of_the_server(server: CannedServer) -> None:
    server.answer("GET", "archives", {"archives": [IMAGE, DERIVED]})

    imported = _imported_by(["--url", server.url, "--token", TOKEN, "archive", "list"])

    heavy = {
        "fastapi",
        "uvicorn",
        "sqlalchemy",
        "alembic",
        "dbos",
        "scipy",
        "pysequoia",
        "apt_pkg",
    }
    assert "httpx" in imported
    assert imported & heavy == set()
    assert not [
        name for name in imported if name.startswith(("vostok.adapters", "vostok.services"))
    ]


def test_help_does_not_wait_for_what_only_commands_need() -> None:
    imported = _imported_by(["archive", "--help"])

    assert imported & {"httpx", "asyncio", "vostok.config"} == set()
