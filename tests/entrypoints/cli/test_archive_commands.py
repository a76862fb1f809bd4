"""What the commands for archives ask of the server, and what they print."""

import base64
import io
from pathlib import Path

import pytest
from tests.entrypoints.cli.canned import (
    DERIVATION_PLAN,
    DERIVED,
    IMAGE,
    JOB,
    KEPT,
    RUNNING,
    STANZA,
    SUCCEEDED,
    SUITE,
    CommandLine,
)
from tests.entrypoints.cli.canned_commands import DERIVE, IMPORT, can_everything


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


def test_an_archive_that_is_not_published_yet_shows_how_much_of_it_is_selected(
    vostok: CommandLine,
) -> None:
    suite = {**SUITE, "counted": "selection", "sources": 1, "binaries": None}
    vostok.server.answer("GET", "archives/trial", {**DERIVED, "suites": [suite]})

    shown = vostok.run("archive", "show", "trial").stdout

    assert "1 source selected; nothing is published yet" in shown


def test_archives_of_several_kinds_and_states_are_asked_for(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "archives", {"archives": [IMAGE, DERIVED], "next": None})
    kinds = ("--kind", "external", "--kind", "derived")

    vostok.run("archive", "list", *kinds, "--state", "active", "--state", "deleting")

    [asked] = vostok.server.asked
    assert set(asked.pairs) >= {
        ("kind", "external"), ("kind", "derived"), ("state", "active"), ("state", "deleting"),
    }  # fmt: skip


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


def test_the_list_of_publications_says_who_keeps_which(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "archives/trial/publications", {"publications": [KEPT]})

    shown = vostok.run("publication", "list", "trial")

    assert "old by ann" in shown.stdout
