"""What the commands for toolchains and campaigns ask of the server, and what they print."""

import json

import pytest
from tests.entrypoints.cli.canned import (
    BUILD,
    CAMPAIGN,
    ESTIMATE,
    FAILED_BUILD,
    JOB,
    NO_ESTIMATE,
    NOTHING_REFUSED,
    RUNNING,
    SUCCEEDED,
    CommandLine,
)
from tests.entrypoints.cli.canned_commands import REQUEST, can_everything


def test_toolchain_create_splits_flags_into_words(vostok: CommandLine) -> None:
    can_everything(vostok)
    words = ["--compiler", "gcc=gcc-11", "--compiler", "g++=g++-11", "--cflags", "-O3 -DX='a b'"]
    more = ["--ldflags=-Wl,-z,now", "--env", "K=V=W", "--build-option", "nocheck"]

    ran = vostok.run("toolchain", "create", "gcc-11", *words, *more)

    assert ran.code == 0
    assert vostok.server.bodies("POST", "toolchains") == [
        {
            "name": "gcc-11",
            "compilers": {"gcc": "gcc-11", "g++": "g++-11"},
            "cflags": ["-O3", "-DX=a b"],
            "cxxflags": [],
            "ldflags": ["-Wl,-z,now"],
            "cppflags": [],
            "fflags": [],
            "environment": {"K": "V=W"},
            "build_options": ["nocheck"],
            "build_profiles": [],
            "packages": [],
        }
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--compiler", "gcc-11"], "--compiler 'gcc-11' is not of the form KEY=VALUE"),
        (["--env", "=x"], "--env '=x' is not of the form KEY=VALUE"),
        (["--env", "A=1", "--env", "A=2"], "--env A is given twice: '1', '2'"),
        (["--cflags", "-DX='"], "cannot be split into words"),
    ],
)
def test_toolchain_create_refuses_what_it_cannot_read(
    vostok: CommandLine, words: list[str], message: str
) -> None:
    ran = vostok.run("toolchain", "create", "gcc-11", *words)

    assert ran.code == 2
    assert message in ran.stderr
    assert vostok.server.asked == []


def test_preflight_shows_tools_kept_drivers_and_sources_that_go_their_own_way(
    vostok: CommandLine,
) -> None:
    can_everything(vostok)

    ran = vostok.run("toolchain", "preflight", "gcc-11", "--archive", "trial")

    assert vostok.server.asked[0].query == {"archive": "trial"}
    for text in ("gcc-11 11.3.0-12", "gdc: gcc 11 has no gdc here", "linux"):
        assert text in ran.stdout


def test_a_dry_run_shows_what_would_be_accepted_and_refused(vostok: CommandLine) -> None:
    plan = {
        "accepted": [
            {
                "source": "hello",
                "architecture": "amd64",
                "part": "any",
                "source_version": "2.10-3",
                "form": "binary-only",
                "form_reason": "",
                "warning": "",
                "rebuild_no": 1,
                "reach": "publication",
                "state": "needs-build",
                "version": "2.10-3Xtrial1",
                "version_before": None,
            }
        ],
        "refused": [
            {"source": "tree", "code": "not-taken", "sentence": "trial does not take tree"}
        ],
        "joins": None,
        "unrecorded": {"count": 0, "sources": []},
        "estimate": ESTIMATE,
    }
    vostok.server.answer("POST", "archives/trial/campaigns", plan)

    ran = vostok.run(*REQUEST, "--select", "all", "--dry-run", "--architecture", "amd64")

    assert ran.code == 0
    assert vostok.server.bodies("POST", "archives/trial/campaigns") == [
        {
            "selection": "all",
            "reason": "try gcc 11",
            "toolchain": None,
            "architectures": ["amd64"],
            "failed": False,
            "built_with": None,
            "built_on": None,
            "older_than": None,
            "control": None,
            "tests": None,
            "score": -100,
            "form": "auto",
            "skew": "refuse",
            "build_profiles": [],
            "build_options": [],
            "dry_run": True,
        }
    ]
    assert "2.10-3Xtrial1" in ran.stdout
    assert "trial does not take tree" in ran.stdout
    assert "30.0 min (p50) to 130 h (p90)" in ran.stdout


def test_an_estimate_says_what_is_asked_of_builders_and_disks_and_from_what(
    vostok: CommandLine,
) -> None:
    vostok.server.answer("POST", "archives/trial/estimates", ESTIMATE)

    ran = vostok.run(
        *("rebuild", "estimate", "trial", "--select", "lib*", "--builders", "4"),
        *("--architecture", "amd64", "--toolchain", "gcc-11"),
    )

    assert vostok.server.bodies("POST", "archives/trial/estimates") == [
        {
            "selection": "lib*",
            "reason": "an estimate",
            "toolchain": "gcc-11",
            "architectures": ["amd64"],
            "builders": 4,
        }
    ]
    for text in (
        "1 for all, 2 for amd64",
        "3.0 GiB",
        "5.0 MiB",
        "30.0 min (p50) to 130 h (p90)",
        "4 of amd64",
        "15.0 min (p50) to 60.0 h (p90)",
        "source0 → source1",
        "→ source11 → 2 more",
        "1 of 3 sources from builds made here",
    ):
        assert text in ran.stdout


def test_an_estimate_of_nothing_says_so(vostok: CommandLine) -> None:
    vostok.server.answer("POST", "archives/trial/estimates", NO_ESTIMATE)

    ran = vostok.run("rebuild", "estimate", "trial", "--select", "lib*")

    assert "there is nothing to build" in ran.stdout
    assert "critical path" not in ran.stdout


def test_a_campaign_shows_what_was_predicted_beside_what_it_took(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "archives/trial/campaigns/1", CAMPAIGN)

    ran = vostok.run("campaign", "show", "trial", "1")

    for line in (
        "machine time  30.0 min   130 h     1.2 h",
        "duration      15.0 min  60.0 h  45.0 min",
    ):
        assert line in ran.stdout


def test_a_rebuild_request_waits_until_its_builds_are_queued(vostok: CommandLine) -> None:
    preparing = {**CAMPAIGN, "state": "preparing", "counts": {}, "total": 0}
    running = {**CAMPAIGN, "state": "running", "counts": {"needs-build": 2}}
    vostok.server.answer(
        "POST",
        "archives/trial/campaigns",
        {"campaign": preparing, "job": JOB, **NOTHING_REFUSED},
        status=202,
    )
    vostok.server.answer("GET", "jobs/12", RUNNING, SUCCEEDED)
    vostok.server.answer("GET", "archives/trial/campaigns/1", running)

    ran = vostok.run(*REQUEST, "--select", "all")

    assert ran.stdout == "campaign 1 of trial: 2 builds, running\n"
    assert "vostok campaign show trial 1 --watch" in ran.stderr


def test_a_campaign_shows_its_counts_and_each_package(vostok: CommandLine) -> None:
    can_everything(vostok)

    ran = vostok.run("campaign", "show", "trial", "1")

    assert ran.code == 0
    assert f"[{'#' * 20}{'!' * 20}]  1 built, 1 failed" in ran.stdout
    hello = next(line for line in ran.stdout.splitlines() if " hello " in line)
    tree = next(line for line in ran.stdout.splitlines() if " tree " in line)
    assert "2.10-3 → 2.10-3Xtrial1" in hello
    assert hello.endswith("50  23 of 23 units by GNU C17 11.3.0")
    assert "- → 2.1.0-1Xtrial1" in tree
    assert tree.endswith("the compile failed: tree.c:12")


def test_a_campaign_shows_what_is_to_be_known_of_versions(vostok: CommandLine) -> None:
    warned = {**BUILD, "warning": "2.0Xtrial1 is above 2.0-1, the same with a Debian revision"}
    campaign = {**CAMPAIGN, "builds": [warned, {**FAILED_BUILD, "warning": ""}]}
    vostok.server.answer("GET", "archives/trial/campaigns/1", campaign)

    ran = vostok.run("campaign", "show", "trial", "1")

    assert ran.code == 0
    assert "1 source with a warning" in ran.stdout
    assert "hello   2.0Xtrial1 is above 2.0-1, the same with a Debian revision" in ran.stdout


def test_all_builds_of_a_campaign_are_asked_for_in_pieces(vostok: CommandLine) -> None:
    address = "archives/trial/campaigns/1"
    pieces = [
        {**CAMPAIGN, "found": 2, "builds": [build], "next": following}
        for build, following in ((BUILD, "there"), (FAILED_BUILD, None))
    ]
    vostok.server.answer("GET", address, *pieces)

    ran = vostok.run("campaign", "show", "trial", "1", "--json")

    assert json.loads(ran.stdout)["builds"] == [BUILD, FAILED_BUILD]
    assert [asked.query.get("cursor") for asked in vostok.server.asked] == [None, "there"]


def test_watching_a_campaign_asks_for_counts_and_what_is_at_work(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "archives/trial/campaigns/1", CAMPAIGN)

    vostok.run("campaign", "show", "trial", "1", "--watch")

    first, last = (asked.query for asked in vostok.server.asked)
    assert first["limit"] == "200"
    assert "state" in first
    assert "state" not in last


def test_watch_returns_when_the_campaign_has_finished_whatever_became_of_it(
    vostok: CommandLine,
) -> None:
    running = {**CAMPAIGN, "state": "running", "counts": {"building": 2}}
    vostok.server.answer("GET", "archives/trial/campaigns/1", running, running, CAMPAIGN)

    ran = vostok.run("campaign", "show", "trial", "1", "--watch")

    assert ran.code == 0
    assert ran.stderr == "campaign 1: 2 building\ncampaign 1: 1 built, 1 failed\n"
    assert ran.stdout.count("state") == 1


def test_with_fail_a_campaign_with_failed_builds_has_exit_code_8(vostok: CommandLine) -> None:
    can_everything(vostok)

    ran = vostok.run("campaign", "show", "trial", "1", "--watch", "--fail")

    assert ran.code == 8
    assert "error: 1 of 2 builds of campaign 1 of trial failed\n" in ran.stderr
    assert "2.10-3Xtrial1" in ran.stdout


def test_with_fail_a_campaign_without_failed_builds_has_exit_code_0(vostok: CommandLine) -> None:
    good = {**CAMPAIGN, "counts": {"built": 2, "superseded": 1}}
    vostok.server.answer("GET", "archives/trial/campaigns/1", good)

    ran = vostok.run("campaign", "show", "trial", "1", "--fail")

    assert ran.code == 0


def test_which_sources_a_request_was_refused_is_said(vostok: CommandLine) -> None:
    sources = [
        {"source": f"s{number}", "code": "already-building", "sentence": "it is not finished yet"}
        for number in range(30)
    ]
    refused = {"count": 30, "codes": {"already-building": 30}, "sources": sources}
    answer = {"campaign": CAMPAIGN, "job": SUCCEEDED, "joined": False, "refused": refused}
    vostok.server.answer("POST", "archives/trial/campaigns", answer)

    ran = vostok.run(*REQUEST, "--select", "all", "--no-wait")

    assert ran.code == 0
    assert "30 sources were refused:" in ran.stderr
    assert "s0: already-building: it is not finished yet" in ran.stderr
    assert "and 10 more" in ran.stderr
