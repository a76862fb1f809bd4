"""A reader with a small world in it: an image, two derived archives, a campaign of 300."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from vostok.debian.version import Version
from vostok.documents import (
    ArchiveView,
    AttemptView,
    BuildView,
    CampaignProgressView,
    CampaignView,
    JobLineView,
    JobView,
    ProgressPieceView,
    ProgressView,
    ProofView,
    PublicationView,
    ToolchainSpec,
    ToolchainView,
)
from vostok.documents.first_steps import FirstStepsView
from vostok.domain.access import Principal
from vostok.domain.archive_list import EVERY_ARCHIVE, ArchiveList
from vostok.domain.build import BuildState
from vostok.domain.build_list import ATTENTION, BuildList, BuildOrder
from vostok.domain.list_filter import EVERYTHING, ListFilter
from vostok.entrypoints.pages import PageReader, create_reading_router
from vostok.entrypoints.pages.looks import UNFINISHED_BUILDS
from vostok.errors import NotFoundError
from vostok.services.describing.first_steps import NOTHING

NOW = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)
START_POLLS_MAX = 200
POLL_SECONDS = 0.05
STOP_SECONDS_MAX = 10
LOG_PIECE_BYTES = 64 * 1024


def at(minutes_ago: float) -> str:
    """A moment before NOW, as the reader writes it."""
    return (NOW - timedelta(minutes=minutes_ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class FakeReader:
    """A PageReader over lists in memory."""

    archives_: list[ArchiveView] = field(default_factory=list)
    campaigns_: list[CampaignView] = field(default_factory=list)
    publications_: list[PublicationView] = field(default_factory=list)
    jobs_: list[JobView] = field(default_factory=list)
    job_lines: list[JobLineView] = field(default_factory=list)
    toolchains_: list[ToolchainView] = field(default_factory=list)
    slot: list[BuildView] = field(default_factory=list)
    logs: dict[int, bytes] = field(default_factory=dict)
    growing: set[int] = field(default_factory=set)
    error: Exception | None = None

    def seen_by(self, _principal: Principal) -> "FakeReader":
        return self

    def now(self) -> datetime:
        return NOW

    def archives(self, wanted: ArchiveList = EVERY_ARCHIVE) -> list[ArchiveView]:
        if self.error:
            raise self.error
        return [
            archive
            for archive in self.archives_
            if wanted.text in archive["name"]
            and wanted.kind in {None, archive["kind"]}
            and wanted.state in {None, archive["state"]}
        ]

    def archive_names(self) -> list[str]:
        return [archive["name"] for archive in self.archives()]

    def first_steps(self) -> FirstStepsView:
        return NOTHING

    def children(self, name: str) -> list[ArchiveView]:
        return [
            archive
            for archive in self.archives()
            if (archive.get("parent") or "").partition("/")[0] == name
        ]

    def archive(self, name: str) -> ArchiveView:
        for archive in self.archives_:
            if archive["name"] == name:
                return archive
        raise NotFoundError(f"there is no archive {name}", hint="vostok archive list")

    def campaigns(self, name: str) -> list[CampaignView]:
        self.archive(name)
        return [campaign for campaign in self.campaigns_ if campaign["archive"] == name]

    def campaign_alone(self, name: str, number: int) -> CampaignView:
        for campaign in self.campaigns(name):
            if campaign["number"] == number:
                return campaign
        raise NotFoundError(f"archive {name} has no campaign {number}")

    def campaign(self, name: str, number: int, asked: BuildList) -> CampaignView:
        campaign = self.campaign_alone(name, number)
        found = listed(campaign.get("builds", []), asked)
        places = {build["id"]: place for place, build in enumerate(found, start=1)}
        first = asked.offset if asked.after is None else places[asked.after]
        return {**campaign, "builds": found[first : first + asked.limit], "found": len(found)}

    def campaign_by_source(self, name: str, number: int, asked: BuildList) -> CampaignView:
        return self.campaign(name, number, asked)

    def states_by_source(
        self, name: str, number: int, asked: BuildList
    ) -> list[tuple[str, Mapping[str, str]]]:
        states: dict[str, dict[str, str]] = {}
        for build in self.all_builds(name, number, asked):
            states.setdefault(build["source"], {})[build["architecture"]] = build["state"]
        return list(states.items())

    def all_builds(self, name: str, number: int, asked: BuildList) -> Iterator[BuildView]:
        yield from listed(self.campaign_alone(name, number).get("builds", []), asked)

    def progress(self, name: str, number: int) -> CampaignProgressView:
        counts = self.campaign_alone(name, number).get("counts", {})
        ended = {state: n for state, n in counts.items() if state not in UNFINISHED_BUILDS}
        halves = {state: n // 2 for state, n in ended.items()}
        pieces: list[ProgressPieceView] = [
            {"until": at(ago), "ended": sum(each.values()), "counts": each}
            for ago, each in ((20, halves), (0, ended))
            if each
        ]
        return {
            "began_at": at(40),
            "piece_seconds": 1200,
            "total": sum(counts.values()),
            "pieces": pieces,
        }

    def build_slot(self, archive: str, source: str, architecture: str) -> list[BuildView]:
        asked = (archive, source, architecture)
        return [
            build
            for build in [*self.slot, *self._campaign_builds()]
            if (build["archive"], build["source"], build["architecture"]) == asked
        ]

    def build(self, build_id: int) -> BuildView:
        found = [*self.slot, *self._campaign_builds()]
        return next(build for build in found if build["id"] == build_id)

    def _campaign_builds(self) -> list[BuildView]:
        return [build for campaign in self.campaigns_ for build in campaign.get("builds", [])]

    def log(  # noqa: PLR0913, PLR0917 - the Protocol's signature
        self,
        archive: str,
        source: str,
        rebuild_no: int,
        architecture: str,
        attempt: int,
        offset: int,
    ) -> tuple[bytes, bool]:
        assert self.build_slot(archive, source, architecture)
        assert rebuild_no
        content = self.logs.get(attempt, b"")
        piece = content[offset : offset + LOG_PIECE_BYTES]
        ends = offset + len(piece) >= len(content)
        return piece, ends and attempt not in self.growing

    def jobs(self, archive: str | None, wanted: ListFilter = EVERYTHING) -> list[JobView]:
        return [
            job
            for job in self.jobs_
            if archive in {None, job.get("archive")}
            and wanted.admits(
                (str(job["id"]), job.get("archive")), kind=job["kind"], state=job["state"]
            )
        ]

    def job(self, identifier: str) -> JobView:
        for job in self.jobs_:
            if str(job["id"]) == identifier:
                return job
        raise NotFoundError(f"there is no job {identifier}", hint="vostok job list")

    def job_log(self, identifier: str) -> list[JobLineView]:
        self.job(identifier)
        return self.job_lines

    def publications(self, name: str) -> list[PublicationView]:
        return self.publications_ if name == "trial" else []

    def toolchains(self) -> list[ToolchainView]:
        return self.toolchains_

    def toolchain(self, name: str) -> ToolchainView:
        for toolchain in self.toolchains_:
            if toolchain["name"] == name:
                return toolchain
        raise NotFoundError(f"there is no toolchain {name}")


def listed(builds: Sequence[BuildView], asked: BuildList) -> list[BuildView]:
    """The whole list that a piece is asked of."""
    keys: dict[BuildOrder, Callable[[BuildView], Any]] = {
        BuildOrder.SOURCE: itemgetter("source"),
        BuildOrder.ARCHITECTURE: itemgetter("architecture"),
        BuildOrder.REBUILD: itemgetter("rebuild_no"),
        BuildOrder.VERSION: lambda build: Version(build["version"] or "0"),
        BuildOrder.STATE: lambda build: ATTENTION.index(BuildState(build["state"])),
        BuildOrder.SECONDS: lambda build: build.get("seconds") or 0,
        BuildOrder.COMPILER: lambda build: str(build.get("proof") or ""),
    }
    found = [
        build
        for build in builds
        if (not asked.states or build["state"] in asked.states)
        and asked.text.lower() in build["source"]
        and asked.architecture in {"", build["architecture"]}
    ]
    found.sort(key=lambda build: (build["source"], build["architecture"], build["rebuild_no"]))
    return sorted(found, key=keys[asked.order], reverse=asked.descending)


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


STANZA = """Types: deb
URIs: http://127.0.0.1:8600/archives/trial
Suites: bookworm
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 xjMEZz2rTxYJKwYBBAHaRw8BAQdAbM4sGzZ2Uw0Xo3mWc9V7jXr1lqCzJp2m5h1t
 =Qk1x
 -----END PGP PUBLIC KEY BLOCK-----
"""


def the_archives() -> list[ArchiveView]:
    suite: dict[str, Any] = {
        "name": "bookworm",
        "codename": "bookworm",
        "components": ["main"],
        "architectures": ["amd64"],
        "sources": 34_262,
        "binaries": 63_461,
        "snapshot": {"number": 1, "at": at(300), "release_date": at(9_000)},
        "mirror": "http://deb.example.org/debian",
    }
    derived: dict[str, Any] = {
        "name": "trial",
        "kind": "derived",
        "state": "active",
        "created_at": at(280),
        "suites": [{**suite, "sources": 301, "binaries": 812, "mirror": None}],
        "parent": "debian/bookworm",
        "selection": "hello,tree,lib*,python-*",
        "taken": 300,
        "mode": "full",
        "unbuilt": "parent",
        "dependencies": "own",
        "policy": "on request",
        "tag": "trial",
        "toolchain": {"name": "gcc-11", "revision": 2},
        "stanza": STANZA,
        "key_fingerprint": "9f3c22aa10d4be5577e1c0ffee0123456789abcd",
        "campaigns": 2,
        "publications": 3,
        "last_publication": {"number": 3, "at": at(12)},
        "disk_bytes": 48_300_000,
    }
    image: dict[str, Any] = {
        "name": "debian",
        "kind": "external",
        "state": "active",
        "created_at": at(310),
        "suites": [suite],
        "campaigns": 0,
        "publications": 0,
        "disk_bytes": 71_200_000,
    }
    young: dict[str, Any] = {
        "name": "arm-next",
        "kind": "derived",
        "state": "deriving",
        "parent": "trial/bookworm",
        "suites": [],
    }
    return [
        ArchiveView(**young),  # type: ignore[typeddict-item]  # shapes as the API gives them
        ArchiveView(**derived),  # type: ignore[typeddict-item]
        ArchiveView(**image),  # type: ignore[typeddict-item]
    ]


def the_campaigns() -> list[CampaignView]:
    builds = three_hundred_builds()
    done = {"built": 287, "failed": 9, "bd-uninstallable": 4}
    second: dict[str, Any] = {
        "archive": "trial",
        "number": 2,
        "reason": "gcc 11 with -O3, to see what the vectoriser breaks",
        "requested_by": "richard",
        "created_at": at(45),
        "selection": "all",
        "architectures": ["amd64"],
        "toolchain": {"name": "gcc-11", "revision": 2},
        "state": "running",
        "sentence": "237 of 300 builds have ended; 35 need somebody to look at them",
        "counts": counts_of(builds),
        "total": len(builds),
        "builds": builds,
        "estimate": {
            "predicted": {
                "sentence": "12 of 300 sources from builds made here, 288 from a model",
                "sources": 300,
                "builds": {"amd64": 300},
                "pool_bytes": 3 << 30,
                "log_bytes": 90 << 20,
                "machine_hours": {"p50": 8.5, "p90": 17.0},
                "builders": {"amd64": 4},
                "hours": {"p50": 2.25, "p90": 4.5},
                "critical_path": {"hours": {"p50": 1.0, "p90": 3.0}, "sources": []},
                "cycles": {"count": 0, "sources": 0},
                "basis": {"history": 12, "model": 288, "speed": 1.1},
            },
            "actual": {
                "attempts": 240,
                "pool_bytes": 2 << 30,
                "log_bytes": 70 << 20,
                "machine_hours": 7.75,
                "hours": 2.0,
            },
        },
    }
    first = {
        **second,
        "number": 1,
        "reason": "does it build as it is?",
        "toolchain": None,
        "created_at": at(240),
        "state": "finished",
        "sentence": "287 of 300 are built",
        "counts": done,
        "builds": [],
        "estimate": {"predicted": None, "actual": {**second["estimate"]["actual"]}},
    }
    return [CampaignView(**second), CampaignView(**first)]  # type: ignore[typeddict-item]


def the_jobs() -> list[JobView]:
    running: dict[str, Any] = {
        "id": "d-17",
        "kind": "derive",
        "archive": "arm-next",
        "state": "running",
        "message": "taking the sources that the selection names",
        "progress": {"done": 12_345, "total": 34_262, "unit": "sources"},
        "error": None,
        "result": None,
        "requested_by": "administrator",
        "created_at": at(2),
        "started_at": at(2),
        "finished_at": None,
    }
    failed = {
        **running,
        "id": "i-3",
        "kind": "import",
        "archive": "debian",
        "state": "failed",
        "message": "",
        "progress": None,
        "error": {
            "kind": "unavailable",
            "message": "deb.example.org did not answer within 30 s",
            "hint": "vostok archive import debian --mirror http://ftp.example.org/debian",
        },
        "finished_at": at(1),
    }
    done = {
        **running,
        "id": "p-9",
        "kind": "publish",
        "archive": "trial",
        "state": "succeeded",
        "message": "publication 3 is current",
        "progress": {"done": 3, "total": 3, "unit": "indices"},
        "result": {"publication": 3, "binaries": 812, "held": ["brk"]},
        "created_at": at(13),
        "started_at": at(13),
        "finished_at": at(12),
    }
    return [JobView(**running), JobView(**failed), JobView(**done)]  # type: ignore[typeddict-item]


def the_job_lines() -> list[JobLineView]:
    counted: ProgressView = {"done": 34_262, "total": 34_262, "unit": "sources"}
    return [
        {"number": 1, "at": at(2), "kind": "began", "text": "began", "progress": None},
        {"number": 2, "at": at(2), "kind": "step", "text": "deciding", "progress": counted},
        {"number": 3, "at": at(1), "kind": "fact", "text": "copied all", "progress": None},
        {"number": 4, "at": at(1), "kind": "step", "text": "publishing", "progress": None},
    ]


def the_toolchains() -> list[ToolchainView]:
    spec: ToolchainSpec = {
        "compilers": {"gcc": "gcc-11", "g++": "g++-11"},
        "cflags": ["-O3", "-march=x86-64-v2"],
        "ldflags": ["-Wl,-z,now"],
        "environment": {"MAKEFLAGS": "-j2"},
        "build_options": ["parallel=2"],
        "build_profiles": [],
    }
    revisions: list[Any] = [
        {"revision": 2, "created_at": at(60), "spec": spec},
        {"revision": 1, "created_at": at(200), "spec": {**spec, "cflags": []}},
    ]
    return [
        {
            "name": "gcc-11",
            "revision": 2,
            "created_at": at(60),
            "spec": spec,
            "revisions": revisions,
        }
    ]


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


def the_world() -> FakeReader:
    return FakeReader(
        archives_=the_archives(),
        campaigns_=the_campaigns(),
        publications_=[
            {
                "number": number,
                "at": at(12 + 50 * (3 - number)),
                "sources": 300,
                "binaries": 812,
                "bytes": 48_300_000,
                "reason": "27 accepted builds",
            }
            for number in (3, 2, 1)
        ],
        jobs_=the_jobs(),
        job_lines=the_job_lines(),
        toolchains_=the_toolchains(),
        slot=the_slot(),
        logs={1: the_log(), 2: b"second attempt\n"},
        growing=set(),
    )


def application(reader: PageReader) -> FastAPI:
    app = FastAPI()
    app.include_router(create_reading_router(reader))
    return app


@pytest.fixture
def world() -> FakeReader:
    """The reader; a test may change its lists before it asks for pages."""
    return the_world()


@pytest.fixture
def client(world: FakeReader) -> TestClient:
    return TestClient(application(world))


@pytest.fixture
def client_of() -> Callable[..., TestClient]:
    """A client over the lists that are given and nothing else."""

    def make(**lists: object) -> TestClient:
        return TestClient(application(FakeReader(**lists)))  # type: ignore[arg-type]  # tests give what fits

    return make


@pytest.fixture
def build_of() -> Callable[..., BuildView]:
    return a_build


@pytest.fixture
def attempt_of() -> Callable[..., AttemptView]:
    return an_attempt


@contextmanager
def serving(reader: PageReader) -> Iterator[str]:
    """A real server over a reader; gives its address."""
    config = uvicorn.Config(
        application(reader), host="127.0.0.1", port=0, log_level="warning", ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(START_POLLS_MAX):
        if server.started:
            break
        time.sleep(POLL_SECONDS)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(STOP_SECONDS_MAX)


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """The address of pages that no test changes; the first attempt's log still grows."""
    world = the_world()
    world.growing = {1}
    with serving(world) as address:
        yield address


@pytest.fixture
def served_world(world: FakeReader) -> Iterator[str]:
    """The address of the pages of `world`, which the test may change meanwhile."""
    world.growing = {1}
    with serving(world) as address:
        yield address
