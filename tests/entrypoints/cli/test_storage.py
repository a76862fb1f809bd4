"""`vostok store` and `vostok archive set`: what they ask for and print."""

from tests.entrypoints.cli.canned import COLLECTED, DERIVED, SOUND, STATS, SUCCEEDED, CommandLine


def test_stats_are_two_tables_and_what_is_lost(vostok: CommandLine) -> None:
    vostok.server.answer("POST", "store/statistics", SUCCEEDED | {"result": STATS}, status=202)

    ran = vostok.run("store", "stats")

    assert ran.code == 0
    lines = [line.split() for line in ran.stdout.splitlines()]
    assert ["own-packages", "2", "2.0", "KiB"] in lines
    assert ["trial", "2", "2.0", "KiB", "2", "2.0", "KiB", "2.0", "KiB"] in lines
    assert "lost: hello is nowhere" in ran.stdout


def test_a_sound_store_is_exit_code_0(vostok: CommandLine) -> None:
    vostok.server.answer("POST", "store/verifications", SUCCEEDED | {"result": SOUND}, status=202)

    ran = vostok.run("store", "verify", "--percent", "5")

    assert ran.code == 0
    assert vostok.server.bodies("POST", "store/verifications") == [{"percent": 5.0}]


def test_corrupt_files_are_listed_and_exit_code_8(vostok: CommandLine) -> None:
    found = {**SOUND, "corrupt_files": 1, "corrupt": ["abc"], "missing_files": 1, "missing": ["d"]}
    vostok.server.answer("POST", "store/verifications", SUCCEEDED | {"result": found}, status=202)

    ran = vostok.run("store", "verify")

    assert ran.code == 8
    assert "corrupt abc\nmissing d\n" in ran.stdout
    assert "error: 1 file is corrupt, 1 is missing" in ran.stderr


def test_what_goes_is_told_by_kind(vostok: CommandLine) -> None:
    vostok.server.answer(
        "POST", "store/collections", SUCCEEDED | {"result": COLLECTED}, status=202
    )

    ran = vostok.run("store", "collect", "--dry-run")

    assert ran.code == 0
    assert vostok.server.bodies("POST", "store/collections") == [{"dry_run": True}]
    assert "tombstones    old" in ran.stdout


def test_an_archive_is_told_what_to_keep(vostok: CommandLine) -> None:
    archive = {**DERIVED, "keep": "needed", "serve": "redirect", "warnings": ["sid moves"]}
    vostok.server.answer("PATCH", "archives/trial", {"archive": archive, "job": None})

    ran = vostok.run("archive", "set", "trial", "--serve", "redirect")

    assert ran.code == 0
    assert vostok.server.bodies("PATCH", "archives/trial") == [
        {
            "keep": None,
            "serve": "redirect",
            "binaries": None,
            "policy": None,
            "scheme": None,
            "vendor": "",
            "binnmus": None,
            "ubuntu_versions": None,
            "dry_run": False,
        }
    ]
    assert "archive trial: keep needed, serve redirect" in ran.stderr
    assert "warning: sid moves" in ran.stderr


def test_what_would_be_set_is_told_and_nothing_is_waited_for(vostok: CommandLine) -> None:
    planned = {
        "dry_run": True,
        "archive": {**DERIVED, "warnings": ["sid moves"]},
        "job": None,
        "differences": ["keep needed to view", "policy never to on-request"],
        "ahead": {"files": 3, "bytes": 2048},
        "notes": ["a note"],
    }
    vostok.server.answer("PATCH", "archives/trial", planned)

    ran = vostok.run("archive", "set", "trial", "--keep", "view", "--dry-run")

    [asked] = vostok.server.bodies("PATCH", "archives/trial")
    assert isinstance(asked, dict)
    assert asked["dry_run"] is True
    assert "trial would change: keep needed to view\n" in ran.stdout
    assert "trial would change: policy never to on-request\n" in ran.stdout
    assert "of 3 files, 2.0 KiB" in ran.stdout
    assert "warning: sid moves" in ran.stderr
    assert "warning: a note" in ran.stderr


def test_what_is_fetched_ahead_is_waited_for(vostok: CommandLine) -> None:
    archive = {**DERIVED, "keep": "view", "serve": "fetch", "warnings": []}
    vostok.server.answer("PATCH", "archives/trial", {"archive": archive, "job": SUCCEEDED})

    ran = vostok.run("archive", "set", "trial", "--keep", "view", "--json")

    assert ran.code == 0
    assert '"state": "succeeded"' in ran.stdout


def test_something_must_be_set(vostok: CommandLine) -> None:
    ran = vostok.run("archive", "set", "trial")

    assert ran.code == 2
    assert vostok.server.asked == []
