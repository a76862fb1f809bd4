"""`vostok rebuild nochange --output`: the files of a whole run, made, made again, and cut off."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pysequoia
import pytest
from tests.entrypoints.installation import ADMIN, Installation, listening
from tests.entrypoints.parent_archive import ParentArchive

from vostok.entrypoints.cli import main

SECONDS_MAX = 60
MAINTAINER = "Ann Other <ann@example.org>"
EVENTS_MAX = 60
EVENTS_STEP = 3
KILLED_AT = """
import os, signal, sys
from vostok.entrypoints.cli import main
left, place = int(sys.argv[1]), sys.argv[2]
def count_down(event, arguments):
    global left
    if event not in {"open", "os.rename", "os.mkdir"}:
        return
    if place in str(arguments[0]) and (event != "open" or arguments[1] != "r"):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(count_down)
sys.exit(main(sys.argv[3:]))
"""
"""The command, killed at the n-th thing that it does to files below a directory."""


@dataclass(frozen=True, kw_only=True)
class Shell:
    """The command line of somebody who makes outgoing sources in a directory."""

    url: str
    place: Path
    capture: pytest.CaptureFixture[str]

    @property
    def words(self) -> list[str]:
        token = ADMIN["Authorization"].split()[1]
        return [
            *("--url", self.url, "--token", token, "rebuild", "nochange", "trial"),
            *("--select", "all", "--reason", "for libfoo 2", "--distribution", "sid"),
            *("--maintainer", MAINTAINER, "--output", str(self.place)),
        ]

    def run(self, *more: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr."""
        self.capture.readouterr()
        code = main([*self.words, *more])
        written = self.capture.readouterr()
        return code, written.out, written.err

    def answer(self, *more: str) -> dict[str, list[dict[str, str]]]:
        """What a run says to programs."""
        found: dict[str, list[dict[str, str]]] = json.loads(self.run("--json", *more)[1])
        return found

    def files(self) -> dict[str, str]:
        """Name -> SHA-256 of everything that is there."""
        return {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.place.rglob("*")
            if path.is_file()
        }


@pytest.fixture
def shell(
    installation: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    with listening(installation.app) as url:
        yield Shell(url=url, place=tmp_path / "out", capture=capsys)


def names(sources: list[dict[str, str]]) -> list[str]:
    return [source["source"] for source in sources]


def test_each_source_gets_its_files_and_a_second_run_makes_nothing(shell: Shell) -> None:
    code, said, notes = shell.run()
    first = shell.files()
    again = shell.answer()

    assert code == 0
    assert said == f"2 sources were made in {shell.place}, 0 stood there already\n"
    assert f"debsign {shell.place}/*_source.changes && dput HOST" in notes
    assert sorted(first) == [
        f"{source}_1.0Xtrial2{ending}"
        for source in ("lamp", "manual")
        for ending in (".dsc", ".tar.xz", "_source.changes")
    ]
    assert (again["made"], names(again["stood"])) == ([], ["lamp", "manual"])
    assert shell.files() == first


def test_dpkg_unpacks_them_and_finds_nothing_changed_but_the_changelog(
    shell: Shell, parent_archive: ParentArchive, tmp_path: Path
) -> None:
    shell.run()

    for dsc, tree in (
        (shell.place / "lamp_1.0Xtrial2.dsc", "new"),
        (parent_archive.directory / "pool/lamp_1.0.dsc", "old"),
    ):
        subprocess.run(
            ["dpkg-source", "--no-check", "--extract", str(dsc), str(tmp_path / tree)],
            check=True, capture_output=True, timeout=SECONDS_MAX,
        )  # fmt: skip
    differing = subprocess.run(
        ["diff", "--recursive", "--brief", "old", "new"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=SECONDS_MAX,
    ).stdout  # fmt: skip

    assert differing == "Files old/debian/changelog and new/debian/changelog differ\n"
    changelog = (tmp_path / "new/debian/changelog").read_text()
    assert changelog.endswith((tmp_path / "old/debian/changelog").read_text())
    assert changelog.startswith(
        "lamp (1.0Xtrial2) sid; urgency=medium\n\n  * No-change rebuild: for libfoo 2\n\n"
        f" -- {MAINTAINER}  "
    )


def test_a_scheme_is_named_for_them_alone_and_words_from_before_find_theirs(shell: Shell) -> None:
    shell.run("--scheme", "ubuntu")
    first = shell.files()
    other = shell.answer("--scheme", "ubuntu", "--reason", "for libfoo 3")
    again = shell.answer("--scheme", "ubuntu")

    assert {name for name in first if name.endswith(".dsc")} == {
        "lamp_1.0build1.dsc",
        "manual_1.0build1.dsc",
    }
    assert [source["version"] for source in other["made"]] == ["1.0build2", "1.0build2"]
    assert names(again["stood"]) == ["lamp", "manual"]
    assert first.items() <= shell.files().items()


@pytest.mark.parametrize("ending", [".dsc", ".tar.xz", "_source.changes"])
def test_what_was_damaged_or_lost_is_made_again_with_the_same_bytes(
    shell: Shell, ending: str
) -> None:
    shell.run()
    whole = shell.files()
    (shell.place / f"lamp_1.0Xtrial2{ending}").write_bytes(b"damaged")
    (shell.place / f"manual_1.0Xtrial2{ending}").unlink()

    again = shell.answer()

    assert names(again["made"]) == ["lamp", "manual"]
    assert shell.files() == whole


def test_what_was_signed_as_debsign_does_it_stands(shell: Shell) -> None:
    shell.run()
    key = pysequoia.Tsk.generate(user_id=MAINTAINER, validity_seconds=None)

    def sign(path: Path) -> bytes:
        mode = pysequoia.SignatureMode.CLEAR
        path.write_bytes(pysequoia.sign(key.signer(), path.read_bytes(), mode=mode))
        return path.read_bytes()

    dsc = shell.place / "lamp_1.0Xtrial2.dsc"
    changes = shell.place / "lamp_1.0Xtrial2_source.changes"
    text, old = changes.read_text(), dsc.read_bytes()
    new = sign(dsc)
    for name in ("md5", "sha1", "sha256"):
        before, after = (
            f"{hashlib.new(name, data, usedforsecurity=False).hexdigest()} {len(data)} "
            for data in (old, new)
        )
        assert before in text
        text = text.replace(before, after)
    changes.write_text(text)
    sign(changes)
    signed = shell.files()

    again = shell.answer()

    assert names(again["stood"]) == ["lamp", "manual"]
    assert shell.files() == signed


def test_a_source_whose_file_nobody_has_is_named_and_the_others_are_made(
    shell: Shell, parent_archive: ParentArchive
) -> None:
    file = parent_archive.directory / "pool/lamp_1.0.tar.xz"
    aside = file.rename(file.with_name("aside"))
    try:
        code, said, notes = shell.run()
        made = sorted(shell.files())
    finally:
        aside.rename(file)

    assert code == 8
    assert "1 source was made" in said
    assert "lamp    source-unavailable" in said
    assert "lamp_1.0.tar.xz" in said
    assert "error: 1 of 2 sources could not be made\nhint: give the same command again" in notes
    assert made == [f"manual_1.0Xtrial2{e}" for e in (".dsc", ".tar.xz", "_source.changes")]


def test_a_dry_run_writes_nothing(shell: Shell) -> None:
    code, said, _ = shell.run("--dry-run")

    assert code == 0
    assert said.startswith("2 sources would be made\n")
    assert "lamp    1.0          1.0Xtrial2" in said
    assert not shell.place.exists()


def test_killed_at_any_moment_no_source_is_half_there_and_the_next_run_goes_on(
    shell: Shell, tmp_path: Path
) -> None:
    shell.run()
    undisturbed = shell.files()
    shell.place.rename(tmp_path / "undisturbed")

    kills = 0
    for moment in range(1, EVENTS_MAX, EVENTS_STEP):
        done = subprocess.run(
            [sys.executable, "-c", KILLED_AT, str(moment), str(shell.place), *shell.words],
            env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True, check=False, timeout=SECONDS_MAX,
        )  # fmt: skip
        for changes in shell.place.glob("*.changes"):
            stem = changes.name.removesuffix("_source.changes")
            there = {name: digest for name, digest in shell.files().items() if stem in name}
            assert there.items() <= undisturbed.items()
            assert len(there) >= 3
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
        kills += 1

    assert kills > 3
    assert shell.files() == undisturbed


def test_two_at_a_time_do_not_write_into_one_directory(shell: Shell) -> None:
    shell.place.mkdir()
    holder = subprocess.Popen(
        ["flock", str(shell.place), "sh", "-c", "echo held; read line"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    code, _, notes = shell.run()
    holder.communicate("\n", timeout=SECONDS_MAX)

    assert code == 6
    assert notes == f"error: another process makes sources in {shell.place}\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--toolchain", "gcc-11"), "--toolchain is for sources that are built here"),
        (("--tests", "off"), "--tests is for sources that are built here"),
        (("--score", "5"), "--score is for sources that are built here"),
        (("--vendor", "acme"), "the vendor's word acme says nothing without a scheme"),
        (("--idempotency-key", "k"), "--idempotency-key is for sources that are built here"),
        (("--select", "nothing-like-it"), "nothing-like-it"),
        (("--maintainer", "ann"), "is not a maintainer"),
    ],
)
def test_what_makes_no_sense_is_said(shell: Shell, words: tuple[str, ...], sentence: str) -> None:
    code, _, notes = shell.run(*words)

    assert code in {2, 3, 6}
    assert sentence in notes
    assert not shell.place.exists()
