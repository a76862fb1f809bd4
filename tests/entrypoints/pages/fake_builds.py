"""Documents of builds and attempts for the fake reader."""

from datetime import UTC, datetime, timedelta
from typing import Any

from vostok.documents import (
    AttemptView,
    BuildView,
    ProofView,
)

NOW = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)


def at(minutes_ago: float) -> str:
    """A moment before NOW, as the reader writes it."""
    return (NOW - timedelta(minutes=minutes_ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def a_build(**changes: object) -> BuildView:
    build: dict[str, Any] = {
        "id": 7,
        "archive": "trial",
        "suite": "bookworm",
        "source": "hello",
        "source_version": "2.10-3",
        "architecture": "amd64",
        "part": "any",
        "rebuild_no": 2,
        "campaign": 2,
        "version": "2.10-3Xtrial2",
        "version_before": "2.10-3Xtrial1",
        "state": "built",
        "fate": "published",
        "sentence": "built and published in 43 s; every unit is by gcc-11",
        "score": 0,
        "created_at": at(40),
        "finished_at": at(31),
        "seconds": 43.2,
        "attempts": [an_attempt()],
        "proof": a_proof(),
        "url": "/archives/trial/builds/hello/2/amd64",
    }
    return BuildView(**{**build, **changes})  # type: ignore[typeddict-item]  # tests add and leave out at will


def an_attempt(**changes: object) -> AttemptView:
    attempt: dict[str, Any] = {
        "number": 1,
        "builder": "host-1",
        "started_at": at(32),
        "finished_at": at(31.2),
        "outcome": "built",
        "stage": "upload",
        "sentence": "3 files are accepted",
        "excerpt": "",
        "seconds": {
            "total": 43.2,
            "chroot": 2.5,
            "install-deps": 9.1,
            "build": 24.6,
            "upload": 1.2,
        },
        "edition": 3,
        "log_url": "/archives/trial/builds/hello/2/amd64/attempts/1/"
        "hello_2.10-3Xtrial2_amd64.build-2.attempt-1.log",
        "log_bytes": 180_000,
        "files": [
            {"name": "hello_2.10-3Xtrial2_amd64.deb", "size": 52_900, "sha256": "3f" * 32},
            {"name": "hello-dbgsym_2.10-3Xtrial2_amd64.deb", "size": 31_012, "sha256": "a9" * 32},
            {"name": "hello_2.10-3Xtrial2_amd64.buildinfo", "size": 5_512, "sha256": "0c" * 32},
        ],
        "environment": {"sbuild": "0.85.0", "kernel": "6.1.0-40-amd64", "executor": "sbuild"},
    }
    return AttemptView(**{**attempt, **changes})  # type: ignore[typeddict-item]  # as above


def a_proof(**changes: object) -> ProofView:
    proof: dict[str, Any] = {
        "classes": {"asked": 118, "other-compiler": 2, "assembler": 3, "lto": 10},
        "producers": [
            {
                "producer": "GNU C17 11.3.0 -mtune=generic -march=x86-64 -g -O2 -fPIC",
                "units": 118,
                "class": "asked",
            },
            {"producer": "GNU GIMPLE 11.3.0 -g -O2 -fltrans", "units": 10, "class": "lto"},
            {"producer": "GNU AS 2.40", "units": 3, "class": "assembler"},
            {"producer": "GNU C17 12.2.0 -g -O2", "units": 2, "class": "other-compiler"},
        ],
        "verdict": "mixed",
        "sentence": "128 of 130 deciding units by GNU C17 11.3.0; 2 by GNU C17 12.2.0",
        "packages_not_provable": ["hello-doc"],
    }
    return ProofView(**{**proof, **changes})  # type: ignore[typeddict-item]  # as above


_STATES = (
    ["built"] * 13
    + ["failed"] * 2
    + ["bd-uninstallable", "needs-build", "needs-build", "building", "built"]
)
_RARE = {
    3: "chroot-problem",
    44: "source-unavailable",
    90: "failed-to-upload",
    91: "uploading",
    150: "cancelled",
    200: "dep-wait",
    201: "superseded",
}
_NAMES = ("hello", "tree", "libxml2", "gtk+3.0", "libstdc++-extra", "python-attrs", "cmake-data")
_SENTENCES = {
    "failed": "make: *** [Makefile:12: all] Error 1 after 12 s of compiling",
    "bd-uninstallable": "libfoo-dev (>= 2) is not installable: libfoo2 is not in the view",
    "chroot-problem": "mmdebstrap ended with 25: no route to the mirror",
}
_WARNING = "hello would stay behind on arm64: it is let be so"
WARNED_PLACE = 3


def three_hundred_builds() -> list[BuildView]:
    """Rows of every kind; all that one run of twenty has, and the rare states besides."""
    builds = []
    for place in range(300):
        state = _RARE.get(place, _STATES[place % len(_STATES)])
        name = _NAMES[place] if place < len(_NAMES) else f"{_NAMES[place % 7]}-{place}"
        version = f"{place % 5}.{place % 13}-{place % 4 + 1}"
        verdict = ("asked", "asked", "mixed", "no-compiled-code", "not-provable")[place % 5]
        builds.append(
            a_build(
                id=1000 + place,
                source=name,
                source_version=version,
                version=f"{version}Xtrial2",
                version_before=f"{version}+b1" if place % 9 == 0 else version,
                state=state,
                sentence=_SENTENCES.get(state, ""),
                warning=_WARNING if place == WARNED_PLACE else "",
                seconds=7.5 + place * 11 if state in {"built", "failed"} else None,
                architecture="all" if place % 10 == 4 else "amd64",
                part="all" if place % 10 == 4 else "any",
                proof=a_proof(verdict=verdict) if state == "built" else None,
                attempts=[],
            )
        )
    return builds


def counts_of(builds: list[BuildView]) -> dict[str, int]:
    states = [build["state"] for build in builds]
    return {state: states.count(state) for state in set(states)}


def the_slot() -> list[BuildView]:
    failed_attempt = an_attempt(
        number=1,
        outcome="failed",
        stage="build",
        sentence="dpkg-buildpackage died with 2",
        excerpt='hello.c:7:2: error: #error "no such feature"\nmake: *** [hello.o] Error 1',
        log_url=None,
        log_name="hello_2.10-3Xtrial2_amd64.build-2.attempt-1.log",
    )
    failed = a_build(
        id=6,
        state="failed",
        fate="none",
        proof=None,
        sentence="the compile failed in hello.c; it was built before, so look at gcc-11",
        warning="2.10-3Xtrial2 is above 2.10-2, which <nobody> expects",
        attempts=[failed_attempt, an_attempt(number=2, outcome="failed", log_url=None)],
    )
    running = a_build(
        id=9,
        rebuild_no=3,
        version="2.10-3Xtrial3",
        version_before="2.10-3Xtrial1",
        state="building",
        fate="none",
        proof=None,
        sentence="",
        finished_at=None,
        seconds=None,
        attempts=[
            an_attempt(
                outcome=None,
                finished_at=None,
                files=[],
                sentence="",
                seconds={"chroot": 2.5},
                log_url=None,
            )
        ],
    )
    built = a_build(
        id=1, rebuild_no=1, version="2.10-3Xtrial1", version_before="2.10-3", campaign=1
    )
    return [running, failed, built]


def the_log() -> bytes:
    lines = [
        f"[{number:05}] cc -O2 -g -c part{number}.c -o part{number}.o" for number in range(9000)
    ]
    return "\n".join(["sbuild (Debian sbuild) 0.85.0", *lines, "Grüße, fertig", ""]).encode()
