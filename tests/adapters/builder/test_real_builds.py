"""What a real sbuild run gives, from the claim to the result.

All tests together start twenty builds: four here, sixteen in the journeys. What a journey proves
on the way (an `all` part, a missing build dependency, a cancelled build, a builder that is killed)
has no build of its own here.
"""

import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.adapters.builder.conftest import ATTEMPT_SECONDS_MAX, RunningBuilder, SecondBuilder
from tests.adapters.builder.fake_gateway import BUILDER_TOKEN, FakeAttempt
from tests.adapters.builder.probe import (
    FAILING_RULES,
    REBUILT_VERSION,
    SLEEPING_RULES,
    TOKEN,
    claimed_source,
    make_claim,
    make_source,
)

from vostok.adapters.sbuild.process_tree import process_tree
from vostok.domain.attempt import Claim, Outcome, Stage
from vostok.domain.compiler_proof import Verdict

pytestmark = pytest.mark.build

SHUTDOWN_SECONDS_MAX = 8
POLL_SECONDS = 0.1


@pytest.fixture
def offer(built_any: FakeAttempt, running_builder: RunningBuilder) -> Callable[..., FakeAttempt]:
    """Offers another claim for the same chroot, with a source of its own."""
    base = built_any.claim

    def offer_claim(directory: Path) -> FakeAttempt:
        return running_builder.attempt(
            directory,
            lambda number, keys: make_claim(
                number,
                directory,
                sources_deb822=base.view.sources_deb822,
                architecture=base.architecture,
                chroot_keys=keys,
            ),
        )

    return offer_claim


@pytest.fixture
def sleeping_source(tmp_path: Path) -> Path:
    return make_source(tmp_path, rules=SLEEPING_RULES, build_depends="")


@pytest.fixture
def claim_of_sleeper(
    built_any: FakeAttempt, running_builder: RunningBuilder, sleeping_source: Path
) -> Callable[[int], tuple[Claim, Path]]:
    """A claim of a build that does not end by itself, and its source."""

    def claim(number: int) -> tuple[Claim, Path]:
        keys = tuple(sorted(running_builder.gateway.chroot_keys))
        claimed = replace(
            built_any.claim,
            attempt_id=number,
            source=claimed_source(sleeping_source),
            chroot_keys=keys,
        )
        return claimed, sleeping_source

    return claim


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
    assert "environment: two words, it's" in text
    assert built_any.heartbeats > 3


def test_a_build_has_no_network(built_any: FakeAttempt) -> None:
    assert b"network: none" in built_any.log


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
    assert not [name for name in listing if name.startswith("./etc/apt/sources.list.d/")][1:]
    assert not [
        name for name in listing if name.startswith("./var/lib/apt/lists/") and "_" in name
    ]
    assert built_any.result is not None
    assert built_any.claim.chroot_keys == ()


def test_a_failed_compile_shows_the_compilers_own_words(
    offer: Callable[..., FakeAttempt], running_builder: RunningBuilder, tmp_path: Path
) -> None:
    attempt = offer(make_source(tmp_path, rules=FAILING_RULES, build_depends=""))

    running_builder.finished(attempt)

    assert attempt.result is not None
    assert (attempt.result.outcome, attempt.result.stage) == (Outcome.FAILED, Stage.BUILD)
    assert "undeclared_name" in attempt.result.sentence
    assert "broken.c:1:25: error:" in attempt.result.excerpt
    assert not attempt.files


def test_a_source_that_does_not_match_its_dsc_fails_at_unpacking(
    offer: Callable[..., FakeAttempt], running_builder: RunningBuilder, tmp_path: Path
) -> None:
    source = make_source(tmp_path, build_depends="")
    tar = source / "vostok-probe_1.0.tar.xz"
    tar.write_bytes(tar.read_bytes()[:-1] + b"!")

    attempt = running_builder.finished(offer(source))

    assert attempt.result is not None
    assert (attempt.result.outcome, attempt.result.stage) == (Outcome.FAILED, Stage.UNPACK)
    assert "vostok-probe_1.0.tar.xz" in attempt.result.sentence


def test_a_terminated_builder_leaves_its_builds_to_the_server_and_files_to_its_successor(
    claim_of_sleeper: Callable[[int], tuple[Claim, Path]], second_builder: SecondBuilder
) -> None:
    claim, sources = claim_of_sleeper(902)
    attempt = second_builder.gateway.offer(claim, sources)
    builder = second_builder.start()
    _wait_for(lambda: b"begins to sleep" in attempt.log or attempt.reported.is_set())
    below = [pid for pid in process_tree(builder.pid).pids if pid != builder.pid]

    builder.terminate()
    returncode = builder.wait(SHUTDOWN_SECONDS_MAX)

    assert returncode == 0
    assert len(below) > 3
    assert not any(_is_alive(pid) for pid in below)
    # It takes four seconds to remove what it can; the next one removes the rest.
    second_builder.start()
    _wait_for(lambda: not list(second_builder.attempts.iterdir()))
    assert not attempt.reported.is_set()


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
