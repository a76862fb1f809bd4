"""What the end of an sbuild run is taken for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vostok.domain.attempt import EXCERPT_BYTES_MAX, Limits, Outcome, Stage
from vostok.domain.build_log import (
    Diagnosis,
    Ending,
    chroot_diagnosis,
    diagnosis,
    error_excerpt,
    limit_sentence,
)

LIMITS = Limits(
    wall_seconds_max=10,
    silence_seconds_max=20,
    log_bytes_max=30,
    output_bytes_max=40,
    memory_bytes_max=50,
    processes_max=60,
)
BUILD = "\nCommand: dpkg-buildpackage --sanitize-env -us -uc -B -rfakeroot\n"


def log_of(*, status: str, fail_stage: str = "", body: str = "", errors: str = "") -> str:
    stage = f"Fail-Stage: {fail_stage}\n" if fail_stage else ""
    rule = "+" + "-" * 78 + "+"
    return (
        f"{body}\nBuild finished at 2026-01-01T00:00:00Z\n{errors}"
        f"{rule}\n| Summary {' ' * 69}|\n{rule}\n\n"
        f"Build-Time: 20\n{stage}Install-Time: 9\nSpace: 1128\nStatus: {status}\nVersion: 1\n"
    )


def diagnosed(log: str, returncode: int = 2, ending: Ending = Ending.EXITED) -> Diagnosis:
    return diagnosis(ending=ending, returncode=returncode, log=log, limits=LIMITS)


def test_a_successful_summary_is_built_with_its_seconds_and_space() -> None:
    found = diagnosed(log_of(status="successful"), returncode=0)

    assert found == Diagnosis(
        outcome=Outcome.BUILT,
        stage=Stage.BUILD,
        sentence="built",
        seconds={"install-deps": 9.0, "build": 20.0},
        space_bytes=1128 * 1024,
    )


@pytest.mark.parametrize(
    ("returncode", "status", "fail_stage", "outcome", "stage"),
    [
        (2, "attempted", "build", Outcome.FAILED, Stage.BUILD),
        (3, "given-back", "install-deps", Outcome.BD_UNINSTALLABLE, Stage.INSTALL_DEPS),
        (3, "given-back", "unpack", Outcome.FAILED, Stage.UNPACK),
        (1, "failed", "create-session", Outcome.CHROOT_PROBLEM, Stage.CHROOT),
        (1, "failed", "apt-get-update", Outcome.CHROOT_PROBLEM, Stage.CHROOT),
        (1, "failed", "something new", Outcome.BUILDER_PROBLEM, Stage.BUILD),
        (2, "successful", "", Outcome.BUILDER_PROBLEM, Stage.BUILD),
    ],
)
def test_each_fail_stage_of_sbuild_has_its_outcome(
    returncode: int, status: str, fail_stage: str, outcome: Outcome, stage: Stage
) -> None:
    found = diagnosed(log_of(status=status, fail_stage=fail_stage), returncode)

    assert (found.outcome, found.stage) == (outcome, stage)
    assert found.sentence


def test_an_sbuild_that_says_nothing_usable_is_the_builders_problem() -> None:
    found = diagnosed("E: Could not find it: exiting\n", returncode=1)

    assert found.outcome is Outcome.BUILDER_PROBLEM
    assert found.sentence == "sbuild ended with 1: Could not find it: exiting"


def test_a_summary_that_the_build_printed_itself_does_not_count() -> None:
    fake = log_of(status="successful")

    found = diagnosed(log_of(status="attempted", fail_stage="build", body=fake))

    assert found.outcome is Outcome.FAILED


@pytest.mark.parametrize("digits", [13, 400, 5_000])
def test_a_number_that_a_build_printed_before_it_was_killed_is_passed_over(digits: int) -> None:
    number = "9" * digits
    log = f"| Summary |\nBuild-Time: {number}\nInstall-Time: 7\nSpace: {number}\n"

    found = diagnosed(log, ending=Ending.SILENCE)

    assert (found.seconds, found.space_bytes) == ({"install-deps": 7.0}, 0)


def test_an_unmet_relation_is_named_with_the_lines_of_apt_that_decided() -> None:
    body = (
        "Merged Build-Depends: libnowhere-dev (>= 3), build-essential, fakeroot\n"
        "Filtered Build-Depends: libnowhere-dev (>= 3), build-essential, fakeroot\n"
        "The following packages have unmet dependencies:\n"
        " sbuild-build-depends-main-dummy : Depends: libnowhere-dev (>= 3) but it is not"
        " installable\nE: Unable to correct problems, you have held broken packages.\n"
        "apt-get failed.\nE: Package installation failed\n"
        "Merged Build-Depends: dose-distcheck\n"
        "E: Package build dependencies not satisfied; skipping\n"
    )

    found = diagnosed(log_of(status="given-back", fail_stage="install-deps", body=body), 3)

    assert found.sentence == (
        "build dependencies are not installable: libnowhere-dev (>= 3) but it is not installable"
    )
    assert found.excerpt == (
        " sbuild-build-depends-main-dummy : Depends: libnowhere-dev (>= 3) but it is not"
        " installable\nE: Unable to correct problems, you have held broken packages."
    )


def test_a_failed_download_of_build_dependencies_is_no_fault_of_the_package() -> None:
    body = (
        "Err:7 http://127.0.0.1/views/x bookworm/main amd64 libfoo amd64 1.0\n  503  Busy\n"
        "E: Failed to fetch http://127.0.0.1/views/x/pool/libfoo.deb  503  Busy\n"
        "E: Package installation failed\n"
    )

    found = diagnosed(log_of(status="given-back", fail_stage="install-deps", body=body), 3)

    assert found.outcome is Outcome.BUILDER_PROBLEM
    assert "libfoo" in found.sentence


def test_a_tampered_source_quotes_dpkg_source() -> None:
    body = "dpkg-source: error: file ./x.tar.xz has size 1 instead of expected 2\n"

    found = diagnosed(log_of(status="given-back", fail_stage="unpack", body=body), 3)

    assert found.sentence == (
        "the source could not be unpacked: file ./x.tar.xz has size 1 instead of expected 2"
    )


@pytest.mark.parametrize(
    ("lines", "headline"),
    [
        (
            ["test: error: expected by the test", *["cc -c a.c"] * 60,
             "b.c:3:5: error: expected ';' before 'x'", "make[2]: *** [Makefile:9: b.o] Error 1"],
            "b.c:3:5: error: expected ';' before 'x'",
        ),
        (
            ["ld: a.o: in function `main': undefined reference to `foo'",
             "collect2: error: ld returned 1 exit status", "make: *** [all] Error 1"],
            "ld: a.o: in function `main': undefined reference to `foo'",
        ),
        (
            ["rm: cannot remove", "make[1]: [Makefile:1: clean] Error 1 (ignored)",
             "PASS: one", "FAIL: two", "make[1]: *** [check] Error 1"],
            "FAIL: two",
        ),
        (
            ["Traceback (most recent call last):", '  File "setup.py", line 1, in <module>',
             "ModuleNotFoundError: No module named 'x'",
             "E: pybuild pybuild:388: build: plugin distutils failed with: exit code=1"],
            "ModuleNotFoundError: No module named 'x'",
        ),
        (
            ["dh_install: warning: Cannot find (any matches for) usr/x",
             "dh_missing: error: missing files, aborting", "make: *** [binary] Error 255"],
            "dh_missing: error: missing files, aborting",
        ),
        (["make: *** No rule to make target 'x'.  Stop."],
         "make: *** No rule to make target 'x'.  Stop."),
    ],
)  # fmt: skip
def test_the_first_real_error_is_found_and_not_its_consequences(
    lines: list[str], headline: str
) -> None:
    body = BUILD + "\n".join(lines) + "\ndpkg-buildpackage: error: debian/rules died\n"

    found = diagnosed(log_of(status="attempted", fail_stage="build", body=body))

    assert found.sentence == f"the build failed: {headline}"
    assert lines[lines.index(headline) if headline in lines else 0] in found.excerpt


def test_an_error_of_the_install_phase_is_not_taken_for_the_builds() -> None:
    body = f"x.c:1:1: error: from before\n{BUILD}quiet\n"

    assert "from before" not in error_excerpt(log_of(status="attempted", body=body))


def test_a_killed_build_names_the_limit_that_it_passed() -> None:
    found = diagnosed(f"{BUILD}working\n", ending=Ending.SILENCE)

    assert (found.outcome, found.stage) == (Outcome.FAILED, Stage.BUILD)
    assert found.sentence == "killed: no line of output for 20 seconds"


def test_a_limit_passed_before_the_build_began_is_the_builders_problem() -> None:
    found = diagnosed("Get:1 http://127.0.0.1/\n", ending=Ending.WALL)

    assert (found.outcome, found.stage) == (Outcome.BUILDER_PROBLEM, Stage.INSTALL_DEPS)


def test_a_stopped_build_is_cancelled() -> None:
    assert diagnosed(BUILD, ending=Ending.STOPPED).outcome is Outcome.CANCELLED


def test_every_ending_has_a_sentence_of_its_own() -> None:
    sentences = {limit_sentence(ending, LIMITS) for ending in Ending}

    assert len(sentences) == len(Ending)


def test_a_failed_chroot_quotes_mmdebstrap() -> None:
    log = "I: running apt-get update...\nE: apt-get update failed\nI: removing tempdir\n"

    found = chroot_diagnosis(ending=Ending.EXITED, returncode=25, log=log, limits=LIMITS)

    assert (found.outcome, found.stage) == (Outcome.CHROOT_PROBLEM, Stage.CHROOT)
    assert found.sentence == "the chroot could not be made: apt-get update failed"
    assert "removing tempdir" in found.excerpt


@given(
    st.text(alphabet=st.sampled_from("aé\n:* Eerrorfailmk|")),
    st.sampled_from(Ending),
    st.integers(-9, 9),
)
def test_no_log_is_too_strange_for_a_diagnosis(log: str, ending: Ending, returncode: int) -> None:
    found = diagnosed(BUILD + log * 50, returncode, ending)

    assert found.sentence
    assert len(found.excerpt.encode()) <= EXCERPT_BYTES_MAX
