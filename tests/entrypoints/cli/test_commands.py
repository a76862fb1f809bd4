"""What each command prints, for people and for programs."""

import json

import pytest
from tests.entrypoints.cli.canned import (
    BUILD,
    CAMPAIGN,
    COLLECTED,
    DELETION,
    DERIVATION_PLAN,
    DERIVED,
    ESTIMATE,
    IMAGE,
    KEPT,
    NOT_BUILT,
    NOTHING_REFUSED,
    PREFLIGHT,
    PUBLICATION,
    RUNNING,
    SOUND,
    STANZA,
    STATS,
    STATUS,
    SUCCEEDED,
    TOOLCHAIN,
    CommandLine,
)
from tests.entrypoints.cli.canned_commands import DERIVE, IMPORT, REQUEST, can_everything

ANSWERS: list[tuple[tuple[str, ...], object]] = [
    (("status",), STATUS),
    (IMPORT, SUCCEEDED),
    ((*DERIVE, "--select", "all"), SUCCEEDED),
    ((*DERIVE, "--select", "lib*", "--dry-run"), DERIVATION_PLAN),
    (
        ("archive", "estimate", "--parent", "debian/bookworm", "--select", "lib*"),
        DERIVATION_PLAN,
    ),
    (("rebuild", "estimate", "trial", "--select", "lib*"), ESTIMATE),
    (("archive", "list"), {"archives": [IMAGE, DERIVED]}),
    (("archive", "show", "trial"), DERIVED),
    (("archive", "show", "trial", "--stanza"), {"stanza": STANZA}),
    (("archive", "delete", "trial", "--yes"), SUCCEEDED | {"result": DELETION}),
    (("archive", "delete", "trial", "--dry-run"), DELETION),
    (("archive", "set", "trial", "--serve", "redirect"), {"archive": DERIVED, "job": None}),
    (("store", "stats"), SUCCEEDED | {"result": STATS}),
    (("store", "verify"), SUCCEEDED | {"result": SOUND}),
    (("store", "collect"), SUCCEEDED | {"result": COLLECTED}),
    (("toolchain", "create", "gcc-11"), TOOLCHAIN),
    (("toolchain", "show", "gcc-11"), TOOLCHAIN),
    (("toolchain", "list"), {"toolchains": [TOOLCHAIN]}),
    (("toolchain", "preflight", "gcc-11", "--archive", "trial"), PREFLIGHT),
    (
        (*REQUEST, "--select", "all"),
        {
            "campaign": {key: value for key, value in CAMPAIGN.items() if key != "builds"},
            "job": SUCCEEDED,
            **NOTHING_REFUSED,
        },
    ),
    (("campaign", "list", "trial"), {"campaigns": [CAMPAIGN]}),
    (("campaign", "show", "trial", "1"), CAMPAIGN),
    (("campaign", "show", "trial", "1", "--watch"), CAMPAIGN),
    (("build", "show", "7"), BUILD),
    (
        ("build", "log", "7"),
        {"build": 7, "bytes": 18, "is_complete": True, "text": "dpkg-buildpackage\n"},
    ),
    (("build", "retry", "7"), BUILD),
    (("build", "cancel", "7"), BUILD),
    (("publication", "publish", "trial"), SUCCEEDED),
    (("publication", "list", "trial"), {"publications": [PUBLICATION]}),
    (("publication", "keep", "trial", "3", "--name", "old"), KEPT),
    (("publication", "release", "trial", "3"), PUBLICATION),
    (("publication", "not-built", "trial"), NOT_BUILT),
    (("job", "list"), {"jobs": [RUNNING]}),
    (("job", "show", "12"), SUCCEEDED),
    (("job", "cancel", "12"), SUCCEEDED),
]


@pytest.mark.parametrize(
    ("words", "answer"), ANSWERS, ids=[" ".join(item[0][:2]) for item in ANSWERS]
)
def test_under_json_stdout_is_the_answer_and_nothing_else(
    vostok: CommandLine, words: tuple[str, ...], answer: object
) -> None:
    can_everything(vostok)

    after = vostok.run(*words, "--json")
    before = vostok.run("--json", *words)

    assert after.code == 0, after.stderr
    assert json.loads(after.stdout) == answer
    assert json.loads(before.stdout) == answer


@pytest.mark.parametrize(
    "words", [item[0] for item in ANSWERS], ids=lambda words: " ".join(words[:2])
)
def test_without_json_each_command_prints_something_for_people(
    vostok: CommandLine, words: tuple[str, ...]
) -> None:
    can_everything(vostok)
    vostok.server.answer("GET", "archives/debian", IMAGE)

    ran = vostok.run(*words)

    assert ran.code == 0, ran.stderr
    assert ran.stdout + ran.stderr
    assert not ran.stdout.startswith("{")
    assert "\x1b" not in ran.stdout
