"""What each command asks of the server, and what it prints."""

import base64
import io
import json
from pathlib import Path

import pytest
from tests.entrypoints.cli.canned import (
    ATTEMPT,
    BUILD,
    CAMPAIGN,
    COLLECTED,
    DELETION,
    DERIVATION_PLAN,
    DERIVED,
    ESTIMATE,
    FAILED_BUILD,
    IMAGE,
    JOB,
    KEPT,
    NO_ESTIMATE,
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

IMPORT = (
    *("archive", "import", "debian", "--suite", "bookworm"),
    *("--component", "main", "--component", "contrib", "--architecture", "amd64"),
)
DERIVE = ("archive", "derive", "trial", "--parent", "debian/bookworm")
REQUEST = ("rebuild", "request", "trial", "--reason", "try gcc 11")


def can_everything(vostok: CommandLine) -> None:
    server = vostok.server
    server.answer("GET", "status", STATUS)
    server.answer("GET", "archives", {"archives": [IMAGE, DERIVED]})
    server.answer("GET", "archives/trial", DERIVED)
    server.answer("POST", "archives", SUCCEEDED, status=202)
    server.answer("POST", "imports", SUCCEEDED, status=202)
    server.answer("DELETE", "archives/trial", SUCCEEDED | {"result": DELETION}, status=202)
    server.answer("GET", "archives/trial/deletion", DELETION)
    server.answer("PATCH", "archives/trial", {"archive": DERIVED, "job": None})
    server.answer("POST", "store/statistics", SUCCEEDED | {"result": STATS}, status=202)
    server.answer("POST", "store/verifications", SUCCEEDED | {"result": SOUND}, status=202)
    server.answer("POST", "store/collections", SUCCEEDED | {"result": COLLECTED}, status=202)
    server.answer("POST", "toolchains", TOOLCHAIN, status=201)
    server.answer("GET", "toolchains", {"toolchains": [TOOLCHAIN]})
    server.answer("GET", "toolchains/gcc-11", TOOLCHAIN)
    server.answer("GET", "toolchains/gcc-11/preflight", PREFLIGHT)
    server.answer(
        "POST",
        "archives/trial/campaigns",
        {"campaign": CAMPAIGN, "job": SUCCEEDED, **NOTHING_REFUSED},
        status=202,
    )
    server.answer("POST", "estimates", DERIVATION_PLAN)
    server.answer("POST", "archives/trial/estimates", ESTIMATE)
    server.answer("GET", "archives/trial/campaigns", {"campaigns": [CAMPAIGN]})
    server.answer("GET", "archives/trial/campaigns/1", CAMPAIGN)
    server.answer("GET", "builds/7", BUILD)
    server.answer("POST", "builds/7/retries", BUILD)
    server.answer("POST", "builds/7/cancellations", BUILD)
    server.answer_log(7, b"dpkg-buildpackage\n", size=18, is_complete=True)
    server.answer("POST", "archives/trial/publications", SUCCEEDED, status=202)
    server.answer("GET", "archives/trial/publications", {"publications": [PUBLICATION]})
    server.answer("GET", "archives/trial/not-built", NOT_BUILT)
    server.answer("PUT", "archives/trial/publications/3/keep", KEPT)
    server.answer("DELETE", "archives/trial/publications/3/keep", PUBLICATION)
    server.answer("GET", "jobs", {"jobs": [RUNNING]})
    server.answer("GET", "jobs/12", SUCCEEDED)
    server.answer("POST", "jobs/12/cancellations", SUCCEEDED)


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


def test_import_sends_what_was_asked_for_and_shows_the_archive_when_the_job_is_done(
    vostok: CommandLine, tmp_path: Path
) -> None:
    keyring = tmp_path / "keyring.gpg"
    keyring.write_bytes(b"\x99keys")
    vostok.server.answer("POST", "imports", JOB, status=202)
    vostok.server.answer("GET", "jobs/12", RUNNING, SUCCEEDED)
    vostok.server.answer("GET", "archives/debian", IMAGE)

    ran = vostok.run(*IMPORT, "--keyring", str(keyring))

    assert ran.code == 0
    assert vostok.server.bodies("POST", "imports") == [
        {
            "name": "debian",
            "mirror": None,
            "mirrors": {},
            "suites": ["bookworm"],
            "components": ["main", "contrib"],
            "architectures": ["amd64"],
            "keyring_base64": base64.b64encode(b"\x99keys").decode(),
            "signed_by": [],
            "allow_expired": False,
            "allow_older": False,
            "udebs": False,
            "translations": True,
            "binnmus": None,
        }
    ]
    assert "import: reading Packages (3 of 10 files)\n" in ran.stderr
    assert "34263 sources, 63465 binaries" in ran.stdout
    assert "number 4 of 2026-01-01 10:00:00 UTC" in ran.stdout


def test_derive_sends_null_for_what_was_left_out(vostok: CommandLine) -> None:
    can_everything(vostok)

    ran = vostok.run(*DERIVE, "--select", "hello,tree")

    assert ran.code == 0
    assert vostok.server.bodies("POST", "archives") == [
        {
            "name": "trial",
            "parents": ["debian/bookworm"],
            "selection": "hello,tree",
            "architectures": None,
            "toolchain": None,
            "tag": None,
            "mode": "full",
            "unbuilt": "parent",
            "on_removal": "drop",
            "keep": "needed",
            "serve": "fetch",
            "scheme": "safe",
            "vendor": "",
            "is_private": False,
        }
    ]
    assert STANZA in ran.stdout


def test_what_is_to_be_known_of_a_scheme_is_told_when_an_archive_is_derived(
    vostok: CommandLine,
) -> None:
    can_everything(vostok)
    done = {**SUCCEEDED, "result": {"notes": ["2 of 9 versions come with a warning"]}}
    del vostok.server.answers["POST", "archives"]
    vostok.server.answer("POST", "archives", done, status=202)

    scheme = ("--scheme", "vendor", "--vendor", "acme")
    ran = vostok.run(*DERIVE, "--select", "hello", *scheme)

    assert ran.code == 0
    [body] = vostok.server.bodies("POST", "archives")
    assert isinstance(body, dict)
    assert (body["scheme"], body["vendor"]) == ("vendor", "acme")
    assert "warning: 2 of 9 versions come with a warning" in ran.stderr


def test_an_archive_shows_its_settings(vostok: CommandLine) -> None:
    settings = {
        "keep": "view",
        "serve": "redirect",
        "policy": "never",
        "scheme": "vendor",
        "vendor": "acme",
        "accepts_binaries": True,
    }
    vostok.server.answer("GET", "archives/trial", {**DERIVED, **settings})
    vostok.server.answer("GET", "archives/debian", {**IMAGE, "makes_binnmus": False})

    derived = vostok.run("archive", "show", "trial").stdout
    image = vostok.run("archive", "show", "debian").stdout

    shown = {tuple(line.split(maxsplit=1)) for line in derived.splitlines()}
    assert shown >= {
        ("keep", "view"),
        ("serve", "redirect"),
        ("policy", "never"),
        ("versions", "vendor acme"),
        ("uploads", "may hold binaries"),
    }
    assert "it makes none" in image


def test_a_selection_is_read_from_its_file(vostok: CommandLine, tmp_path: Path) -> None:
    can_everything(vostok)
    file = tmp_path / "sources"
    file.write_text("hello # greets\n\n# none\nlib*, tree\n")

    vostok.run(*DERIVE, "--select", f"@{file}")

    (body,) = vostok.server.bodies("POST", "archives")
    assert isinstance(body, dict)
    assert body["selection"] == "(hello\nlib*, tree)"


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot be read: No such file"), (b"# none\n", "names no source"), (b"\xff", "UTF-8")],
)
def test_a_selection_file_that_is_of_no_use_is_refused_before_anything_is_asked(
    vostok: CommandLine, tmp_path: Path, content: bytes | None, message: str
) -> None:
    file = tmp_path / "sources"
    if content is not None:
        file.write_bytes(content)

    ran = vostok.run(*DERIVE, "--select", f"@{file}")

    assert ran.code == 2
    assert message in ran.stderr
    assert str(file) in ran.stderr
    assert vostok.server.asked == []


def test_the_stanza_alone_is_what_apt_reads(vostok: CommandLine) -> None:
    can_everything(vostok)

    ran = vostok.run("archive", "show", "trial", "--stanza")

    assert ran.stdout == STANZA


def test_an_archive_without_a_stanza_says_so(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "archives/debian", IMAGE)

    ran = vostok.run("archive", "show", "debian", "--stanza")

    assert ran.code == 6
    assert "archive debian is not published here" in ran.stderr
    assert ran.stdout == ""


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


def test_an_archive_is_asked_for_and_tried_as_a_private_one(vostok: CommandLine) -> None:
    plan = {**DERIVATION_PLAN, "is_private": True}
    vostok.server.answer("POST", "estimates", plan)

    tried = vostok.run(*DERIVE, "--select", "all", "--private", "--dry-run")
    vostok.run(*DERIVE, "--select", "all", "--private", "--no-wait")

    for path in ("estimates", "archives"):
        [asked] = vostok.server.bodies("POST", path)
        assert isinstance(asked, dict)
        assert asked["is_private"] is True
    assert "who has a right on it" in tried.stdout


def test_a_dry_run_of_a_derivation_asks_for_what_would_be_and_derives_nothing(
    vostok: CommandLine,
) -> None:
    vostok.server.answer("POST", "estimates", {**DERIVATION_PLAN, "name": "trial"})

    ran = vostok.run(*DERIVE, "--select", "lib*", "--tag", "exp", "--dry-run")

    assert [(asked.method, asked.path) for asked in vostok.server.asked] == [("POST", "estimates")]
    assert vostok.server.bodies("POST", "estimates") == [
        {
            "name": "trial",
            "parents": ["debian/bookworm"],
            "selection": "lib*",
            "architectures": None,
            "toolchain": None,
            "tag": "exp",
            "mode": "full",
            "unbuilt": "parent",
            "scheme": "safe",
            "vendor": "",
            "is_private": False,
            "builders": None,
        }
    ]
    for text in ("trial would be derived; nothing is stored", "debian/bookworm at 4", "7.0 GiB"):
        assert text in ran.stdout


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
    pieces = [{**CAMPAIGN, "found": 2, "builds": [build]} for build in (BUILD, FAILED_BUILD)]
    vostok.server.answer("GET", address, *pieces)

    ran = vostok.run("campaign", "show", "trial", "1", "--json")

    assert json.loads(ran.stdout)["builds"] == [BUILD, FAILED_BUILD]
    assert [asked.query.get("after") for asked in vostok.server.asked] == [None, str(BUILD["id"])]


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


def test_a_build_shows_its_attempts_and_the_decisive_lines(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "builds/8", {**FAILED_BUILD, "attempts": [ATTEMPT]})

    ran = vostok.run("build", "show", "8")

    assert "attempt 1 on host-1" in ran.stdout
    assert "log size  2.0 KiB" in ran.stdout
    assert "tree.c:12: error:" in ran.stdout
    assert "\x1b" not in ran.stdout


def test_a_log_is_printed_byte_for_byte_over_all_its_parts(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "builds/7", {**BUILD, "attempts": [ATTEMPT]})
    vostok.server.answer_log(7, b"one\n\x1b[1m", size=13, is_complete=True)
    vostok.server.answer_log(7, b"two\n\n", size=13, is_complete=True)

    ran = vostok.run("build", "log", "7")

    assert ran.stdout == "one\n\x1b[1mtwo\n\n"
    assert [item.query for item in vostok.server.asked[1:]] == [
        {"offset": "0", "attempt": "1"},
        {"offset": "8", "attempt": "1"},
    ]


def test_a_growing_log_is_followed_to_its_end(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "builds/7", BUILD)
    vostok.server.answer_log(7, b"one\n", size=4, is_complete=False)
    vostok.server.answer_log(7, b"", size=4, is_complete=False)
    vostok.server.refuse("GET", "builds/7/log", 503, detail="being started again")
    vostok.server.answer_log(7, b"two\n", size=8, is_complete=False)
    vostok.server.answer_log(7, b"", size=8, is_complete=True)

    ran = vostok.run("build", "log", "7", "--follow")

    assert ran.code == 0
    assert ran.stdout == "one\ntwo\n"


def test_a_growing_log_that_is_not_followed_ends_where_it_is(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "builds/7", BUILD)
    vostok.server.answer_log(7, b"one\n", size=4, is_complete=False)

    ran = vostok.run("build", "log", "7", "--attempt", "2")

    assert ran.stdout == "one\n"
    assert [item.query for item in vostok.server.asked] == [{"offset": "0", "attempt": "2"}]


def test_an_archive_is_deleted_when_its_name_is_typed(
    vostok: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    can_everything(vostok)
    monkeypatch.setattr("sys.stdin", io.StringIO("trial\n"))

    ran = vostok.run("archive", "delete", "trial")

    assert ran.code == 0
    assert len(vostok.server.bodies("DELETE", "archives/trial")) == 1
    assert ran.stdout.startswith("trial: what went\n")
    assert "archive trial is deleted" in ran.stderr


def test_what_a_deletion_would_take_is_shown_and_nothing_is_asked_for(vostok: CommandLine) -> None:
    can_everything(vostok)

    ran = vostok.run("archive", "delete", "trial", "--dry-run")

    assert ran.code == 0
    assert "3, 4.0 KiB" in ran.stdout
    assert "abababababab  2.0 KiB, needed by debian, second" in ran.stdout
    assert vostok.server.bodies("DELETE", "archives/trial") == []


@pytest.mark.parametrize("typed", ["", "y\n", "trail\n"])
def test_an_archive_is_not_deleted_when_anything_else_is_typed(
    vostok: CommandLine, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    can_everything(vostok)
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))

    ran = vostok.run("archive", "delete", "trial")

    assert ran.code == 2
    assert "nothing is deleted" in ran.stderr
    assert "vostok archive delete trial --yes" in ran.stderr
    assert vostok.server.asked == []


def test_what_is_held_back_is_shown_with_what_needs_it(vostok: CommandLine) -> None:
    can_everything(vostok)

    shown = vostok.run("publication", "not-built", "trial")

    assert "libfoo1  2.0-1" in shown.stdout
    assert "held back  bar needs libfoo1 2.0-1 (Depends)" in " ".join(shown.stdout.split("\n"))


@pytest.mark.parametrize(("count", "words"), [(1, "1 stays as it is"), (2, "2 stay as they are")])
def test_of_many_builds_those_that_stay_as_they_are_are_listed(
    vostok: CommandLine, count: int, words: str
) -> None:
    vostok.server.answer("POST", "archives/trial/scores", not_rescored(count))

    ran = vostok.run("build", "rescore", "--archive", "trial", "--state", "built", "--score", "1")

    assert ran.code == 0
    assert words in ran.stdout
    assert "build 7 is built: no builder will be asked for it" in ran.stdout


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


@pytest.mark.parametrize(
    ("change", "changes"),
    [("retry", "retries"), ("cancel", "cancellations"), ("rescore", "scores")],
)
def test_builds_are_chosen_at_the_command_as_at_the_api(
    vostok: CommandLine, change: str, changes: str
) -> None:
    path = f"archives/trial/{changes}"
    vostok.server.answer("POST", path, {**not_rescored(0), "change": change})
    words = ["--archive", "trial", "--campaign", "2", "--state", "failed", "--select", "lib*"]
    words += ["--architecture", "arm64", "--text", "foo", "--reason", "why", "--dry-run"]

    ran = vostok.run("build", change, *words, *(["--score", "5"] if change == "rescore" else []))

    assert ran.code == 0, ran.stderr
    (sent,) = vostok.server.bodies("POST", path)
    assert sent == {
        "ids": None, "states": ["failed"], "selection": "lib*", "campaign": 2,
        "architecture": "arm64", "text": "foo", "reason": "why", "dry_run": True,
        **({"score": 5} if change == "rescore" else {}),
    }  # fmt: skip


def test_one_build_that_cannot_be_rescored_is_an_error_as_when_it_is_retried(
    vostok: CommandLine,
) -> None:
    vostok.server.answer("GET", "builds/7", BUILD)
    vostok.server.answer("POST", "archives/trial/scores", not_rescored(1))

    ran = vostok.run("build", "rescore", "7", "--score", "1")

    assert (ran.code, ran.stdout) == (6, "")
    assert "error: build 7 is built: no builder will be asked for it" in ran.stderr


def not_rescored(count: int) -> dict[str, object]:
    """The answer of a server of which no build was given another score."""
    refused = [
        {
            "id": 7 + number, "source": "hello", "architecture": "amd64", "state": "built",
            "code": "wrong-state",
            "sentence": f"build {7 + number} is built: no builder will be asked for it",
        }
        for number in range(count)
    ]  # fmt: skip
    return {
        "change": "rescore", "dry_run": False, "changed": [], "refused": refused, "left_alone": 0,
    }  # fmt: skip


def test_the_list_of_publications_says_who_keeps_which(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "archives/trial/publications", {"publications": [KEPT]})

    shown = vostok.run("publication", "list", "trial")

    assert "old by ann" in shown.stdout
