"""The documents of a whole installation for the fake reader."""

from typing import Any

from tests.entrypoints.pages.fake_builds import (
    at,
    counts_of,
    the_log,
    the_slot,
    three_hundred_builds,
)
from tests.entrypoints.pages.fake_reader import FakeReader

from vostok.documents import (
    ArchiveView,
    CampaignView,
    JobLineView,
    JobView,
    ProgressView,
    ToolchainSpec,
    ToolchainView,
)

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
        "counted": "snapshot",
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
        "suites": [
            {**suite, "counted": "publication", "sources": 301, "binaries": 812, "mirror": None}
        ],
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
