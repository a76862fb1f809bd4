"""What a real sbuild run gives, from the claim to the result."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.adapters.builder.conftest import ATTEMPT_SECONDS_MAX, RunningBuilder
from tests.adapters.builder.fake_gateway import BUILDER_TOKEN, FakeAttempt
from tests.adapters.builder.probe import (
    REBUILT_VERSION,
    TOKEN,
    limits,
    make_claim,
    make_source,
)

from vostok.adapters.sbuild.process_tree import process_tree
from vostok.domain.attempt import Claim, Limits, Outcome, Stage
from vostok.domain.build import Part
from vostok.domain.compiler_proof import Verdict

pytestmark = pytest.mark.build

SHUTDOWN_SECONDS_MAX = 8
POLL_SECONDS = 0.1
SOURCE_TREE = Path(__file__).parents[3] / "src"

RUN = """
import sys
from pathlib import Path
from vostok.entrypoints.builder import run
url, token, root = sys.argv[1:]
run(url=url, token=token, root=Path(root), name="host-2", slots=1, architectures=["amd64"])
"""


@pytest.fixture
def claim_of(
    built_any: FakeAttempt, running_builder: RunningBuilder
) -> Callable[..., FakeAttempt]:
    """Offers another claim for the same chroot, with an environment or limits of its own."""
    base = built_any.claim

    def offer(
        source: Path | None = None,
        *,
        part: Part = Part.ANY,
        allowed: Limits | None = None,
        **environment: str,
    ) -> FakeAttempt:
        directory = source or built_any.sources
        return running_builder.attempt(
            directory,
            lambda number, keys: make_claim(
                number,
                directory,
                sources_deb822=base.view.sources_deb822,
                architecture=base.architecture,
                part=part,
                environment=environment,
                chroot_keys=keys,
                allowed=allowed,
            ),
        )

    return offer


def test_a_build_delivers_packages_of_the_version_asked_for(
    built_any: FakeAttempt, tmp_path: Path
) -> None:
    result, architecture = built_any.result, built_any.claim.architecture

    assert result is not None
    assert result.outcome is Outcome.BUILT, (result.sentence, built_any.log[-3000:])
    assert set(result.files) == set(built_any.files)
    stem = f"{REBUILT_VERSION}_{architecture}"
    assert set(result.files) == {
        f"vostok-probe_{stem}.deb",
        f"vostok-probe-dbgsym_{stem}.deb",
        f"vostok-probe_{stem}.buildinfo",
        f"vostok-probe_{stem}.changes",
    }
    package = tmp_path / "probe.deb"
    package.write_bytes(built_any.files[f"vostok-probe_{stem}.deb"])
    assert _field(package, "Version") == REBUILT_VERSION
    assert _field(package, "Source") == "vostok-probe (1.0)"
    assert result.seconds["total"] > result.seconds["build"] >= 0
    assert result.environment["executor"] == "sbuild"


def test_the_log_reaches_the_server_whole_and_says_what_has_network(
    built_any: FakeAttempt,
) -> None:
    text = built_any.log.decode()

    assert text.startswith("Vostok: build ")
    assert text.count("| Summary ") == 1
    assert "the build itself (dpkg-buildpackage) has none" in text
    assert text.rstrip().splitlines()[-1] == "Outcome: built at build: built"
    assert built_any.heartbeats > 3


def test_the_proof_names_the_compiler_of_the_build(built_any: FakeAttempt) -> None:
    assert built_any.result is not None

    proof = built_any.result.proof

    assert proof is not None
    assert proof.verdict is Verdict.ASKED
    assert proof.sentence.startswith("1 of 1 units by GNU C17 12.")


def test_a_cached_chroot_holds_neither_sources_nor_tokens(
    built_any: FakeAttempt, running_builder: RunningBuilder
) -> None:
    (tar,) = (running_builder.root / "chroots").glob("1/*.tar")
    listing = subprocess.run(
        ["tar", "tf", str(tar)], capture_output=True, text=True, check=True, timeout=60
    ).stdout.splitlines()
    needles = (TOKEN, BUILDER_TOKEN, "vostok.sources")

    found = [
        needle
        for needle in needles
        if subprocess.run(
            ["grep", "-q", "-a", needle, str(tar)], check=False, timeout=60
        ).returncode
        == 0
    ]

    assert not found
    assert "./etc/apt/sources.list" not in listing
    for directory in ("./etc/apt/sources.list.d/", "./var/lib/apt/lists/"):
        assert [name for name in listing if name.startswith(directory)] in ([], [directory])
    assert built_any.claim.chroot_keys == ()


def test_an_all_build_also_makes_the_new_source_with_only_the_changelog_changed(
    claim_of: Callable[..., FakeAttempt], running_builder: RunningBuilder, tmp_path: Path
) -> None:
    attempt = claim_of(part=Part.ALL)

    running_builder.finished(attempt)

    assert attempt.result is not None
    assert attempt.result.outcome is Outcome.BUILT, attempt.result.sentence
    stem = f"vostok-probe_{REBUILT_VERSION}"
    assert {f"{stem}.dsc", f"{stem}.tar.xz", f"vostok-probe-doc_{REBUILT_VERSION}_all.deb"} < set(
        attempt.result.files
    )
    changes = attempt.files[f"{stem}_all.changes"].decode()
    assert "Binary-Only" not in changes
    assert f"\nVersion: {REBUILT_VERSION}\n" in changes
    for name, content in attempt.files.items():
        (tmp_path / name).write_bytes(content)
    old = _unpacked(attempt.sources / attempt.claim.source.dsc, tmp_path / "old")
    new = _unpacked(tmp_path / f"{stem}.dsc", tmp_path / "new")
    changelog = "debian/changelog"
    assert new.pop(changelog) == attempt.claim.changelog_entry.encode() + old.pop(changelog)
    assert new == old


def test_a_failed_compile_shows_the_compilers_own_words(
    claim_of: Callable[..., FakeAttempt], running_builder: RunningBuilder
) -> None:
    attempt = claim_of(VOSTOK_PROBE="fail")

    running_builder.finished(attempt)

    assert attempt.result is not None
    assert (attempt.result.outcome, attempt.result.stage) == (Outcome.FAILED, Stage.BUILD)
    assert "undeclared_name" in attempt.result.sentence
    assert "broken.c:1:25: error:" in attempt.result.excerpt
    assert not attempt.files


def test_a_missing_build_dependency_is_named(
    claim_of: Callable[..., FakeAttempt], running_builder: RunningBuilder, tmp_path: Path
) -> None:
    attempt = claim_of(make_source(tmp_path, build_depends=", not-in-any-archive (>= 3)"))

    running_builder.finished(attempt)

    assert attempt.result is not None
    assert attempt.result.outcome is Outcome.BD_UNINSTALLABLE
    assert attempt.result.stage is Stage.INSTALL_DEPS
    assert "not-in-any-archive" in attempt.result.sentence
    assert "not-in-any-archive" in attempt.result.excerpt


def test_a_source_that_does_not_match_its_dsc_fails_at_unpacking(
    claim_of: Callable[..., FakeAttempt], running_builder: RunningBuilder, tmp_path: Path
) -> None:
    source = make_source(tmp_path)
    tar = source / "vostok-probe_1.0.tar.xz"
    tar.write_bytes(tar.read_bytes()[:-1] + b"!")

    attempt = running_builder.finished(claim_of(source))

    assert attempt.result is not None
    assert (attempt.result.outcome, attempt.result.stage) == (Outcome.FAILED, Stage.UNPACK)
    assert "vostok-probe_1.0.tar.xz" in attempt.result.sentence


def test_a_silent_build_is_killed_and_says_so(
    claim_of: Callable[..., FakeAttempt], running_builder: RunningBuilder
) -> None:
    attempt = claim_of(allowed=limits(silence_seconds_max=12), VOSTOK_PROBE="sleep")

    running_builder.finished(attempt)

    assert attempt.result is not None
    assert (attempt.result.outcome, attempt.result.stage) == (Outcome.FAILED, Stage.BUILD)
    assert attempt.result.sentence == "killed: no line of output for 12 seconds"


def test_a_build_that_talks_too_much_is_killed_and_its_log_stays_within_the_bound(
    claim_of: Callable[..., FakeAttempt], running_builder: RunningBuilder
) -> None:
    attempt = claim_of(allowed=limits(log_bytes_max=1_000_000), VOSTOK_PROBE="chatter")

    running_builder.finished(attempt)

    assert attempt.result is not None
    assert attempt.result.sentence == "killed: its log grew beyond 1000000 bytes"
    assert len(attempt.log) < 1_001_000


def test_a_build_has_no_network(
    claim_of: Callable[..., FakeAttempt], running_builder: RunningBuilder
) -> None:
    port = str(running_builder.gateway.port)

    attempt = running_builder.finished(claim_of(VOSTOK_PROBE="network", VOSTOK_PORT=port))

    assert attempt.result is not None
    assert attempt.result.outcome is Outcome.FAILED
    assert b"Connection refused" in attempt.log or b"Network is unreachable" in attempt.log


def test_cancelling_removes_every_process_of_the_build(
    claim_of: Callable[..., FakeAttempt], running_builder: RunningBuilder
) -> None:
    attempt = claim_of(VOSTOK_PROBE="sleep")
    _wait_for(lambda: b"hook: sleep" in attempt.log)
    sleepers = _sleepers(os.getpid())

    attempt.is_cancelled = True
    running_builder.finished(attempt)

    assert sleepers
    assert not any(_is_alive(pid) for pid in sleepers)
    assert attempt.result is not None
    assert attempt.result.outcome is Outcome.CANCELLED


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_builder_that_dies_leaves_no_process_and_its_successor_clears_up(
    number: signal.Signals,
    built_any: FakeAttempt,
    running_builder: RunningBuilder,
    open_directory: Path,
) -> None:
    gateway, claim = running_builder.gateway, built_any.claim
    (chroots,) = (running_builder.root / "chroots").glob("1")
    _copy_chroots(chroots, open_directory / "chroots" / "1")
    builder = _start_builder(gateway.url, open_directory)
    pid = builder.pid
    keys = tuple(sorted(gateway.chroot_keys))
    attempt = gateway.offer(_sleeping(claim, 900 + number, keys), built_any.sources)
    _wait_for(lambda: b"hook: sleep" in attempt.log)
    below = [process for process in process_tree(pid).pids if process != pid]

    builder.send_signal(number)
    builder.wait(SHUTDOWN_SECONDS_MAX)

    assert len(below) > 3
    _wait_for(lambda: not any(_is_alive(process) for process in below))
    assert not attempt.reported.is_set()
    successor = _start_builder(gateway.url, open_directory)
    _wait_for(lambda: not list((open_directory / "attempts").iterdir()))
    successor.terminate()
    assert successor.wait(SHUTDOWN_SECONDS_MAX) == 0


def _sleeping(claim: Claim, number: int, keys: tuple[str, ...]) -> Claim:
    return replace(
        claim, attempt_id=number, environment={"VOSTOK_PROBE": "sleep"}, chroot_keys=keys
    )


def _start_builder(url: str, root: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, url, BUILDER_TOKEN, str(root)],
        env={"PYTHONPATH": str(SOURCE_TREE), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
    )


def _copy_chroots(source: Path, target: Path) -> None:
    target.mkdir(parents=True)
    for path in source.iterdir():
        (target / path.name).hardlink_to(path)


def _sleepers(root: int) -> list[int]:
    return [pid for pid in process_tree(root).pids if _command(pid).startswith(b"sleep\x00")]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _is_alive(pid: int) -> bool:
    return bool(_command(pid))


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + ATTEMPT_SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(POLL_SECONDS)


def _field(package: Path, name: str) -> str:
    done = subprocess.run(
        ["dpkg-deb", "--field", str(package), name],
        check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return done.stdout.strip()


def _unpacked(dsc: Path, target: Path) -> dict[str, bytes]:
    subprocess.run(
        ["dpkg-source", "--no-check", "-x", str(dsc), str(target)],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    files = (path for path in target.rglob("*") if path.is_file())
    return {str(path.relative_to(target)): path.read_bytes() for path in files}
