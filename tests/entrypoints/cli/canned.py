"""A server of canned answers, spoken to over a real socket by the real command line."""

from dataclasses import dataclass, field

import pytest
from fastapi import Request, Response
from fastapi.responses import JSONResponse

from vostok.entrypoints.cli import main

DELETION = {
    "archive": "trial",
    "kind": "derived",
    "rows": {"archive": 1, "suite": 1},
    "chroots": 0,
    "files": 3,
    "bytes": 4096,
    "logs": 1,
    "log_bytes": 7,
    "has_key": True,
    "shared": {
        "files": 1,
        "bytes": 2048,
        "examples": [{"sha256": "ab" * 32, "bytes": 2048, "needed_by": ["debian", "second"]}],
    },
}
AMOUNT = {"files": 2, "bytes": 2048}
STATS = {
    **AMOUNT,
    "uses": {"own-packages": AMOUNT, "orphans": {"files": 0, "bytes": 0}},
    "archives": [{"name": "trial", "exclusive": AMOUNT, "shared": AMOUNT, "logs": AMOUNT}],
    "logs": AMOUNT,
    "unfinished": AMOUNT,
    "aside": AMOUNT,
    "keys_nobody_names": 0,
    "lost_files": 1,
    "lost": ["hello is nowhere"],
}
SOUND = {
    **AMOUNT,
    "message": "2 files of 2048 bytes were read: 0 are corrupt, 0 are missing",
    "corrupt_files": 0,
    "corrupt": [],
    "missing_files": 0,
    "missing": [],
}
COLLECTED = {
    "message": "8 files of 8192 bytes, 1 keys and 1 tombstones are gone",
    "dry_run": False,
    **dict.fromkeys(("orphans", "unfinished", "aside", "logs", "indices"), AMOUNT),
    "keys": 1,
    "publications": 2,
    "views": 1,
    "tombstones": ["old"],
}
TOKEN = "known-to-the-tests"  # noqa: S105 - of this server only


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request that the server got."""

    method: str
    path: str
    query: dict[str, str]
    body: object
    pairs: list[tuple[str, str]]
    """Of the query, with what is said repeatedly."""


@dataclass(kw_only=True)
class CannedServer:
    """Answers each address with what it was told to; the last answer stays."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answers: dict[tuple[str, str], list[Response]] = field(default_factory=dict)

    def answer(self, method: str, path: str, *bodies: object, status: int = 200) -> None:
        """Answers to one address after the other, as JSON."""
        responses: list[Response] = [JSONResponse(body, status) for body in bodies]
        self.answers.setdefault((method, path), []).extend(responses)

    def answer_log(self, build_id: int, content: bytes, *, size: int, is_complete: bool) -> None:
        headers = {"X-Log-Size": str(size), "X-Log-Complete": "yes" if is_complete else "no"}
        response = Response(content, media_type="text/plain", headers=headers)
        self.answers.setdefault(("GET", f"builds/{build_id}/log"), []).append(response)

    def refuse(self, method: str, path: str, status: int, **problem: object) -> None:
        """Answers with a problem document."""
        body = {"status": status, "title": "refused", **problem}
        response = JSONResponse(body, status, media_type="application/problem+json")
        self.answers.setdefault((method, path), []).append(response)

    def bodies(self, method: str, path: str) -> list[object]:
        """What was sent to an address."""
        return [item.body for item in self.asked if (item.method, item.path) == (method, path)]

    async def respond(self, request: Request) -> Response:
        path = request.url.path.removeprefix("/api/v1/")
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            problem = {"detail": "no token, or one that is not known here", "hint": "VOSTOK_TOKEN"}
            return JSONResponse(problem, 401, media_type="application/problem+json")
        self.asked.append(
            Asked(
                method=request.method,
                path=path,
                query=dict(request.query_params),
                body=await request.json() if await request.body() else None,
                pairs=request.query_params.multi_items(),
            )
        )
        answers = self.answers.get((request.method, path))
        if not answers:
            return JSONResponse({"detail": f"nothing canned for {path}"}, 404)
        return answers.pop(0) if len(answers) > 1 else answers[0]


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A command's exit code and what it wrote."""

    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, kw_only=True)
class CommandLine:
    """The real `main`, pointed at the server of canned answers."""

    server: CannedServer
    capture: pytest.CaptureFixture[str]

    def run(self, *words: str) -> Ran:
        return self.run_bare("--url", self.server.url, "--token", TOKEN, *words)

    def run_bare(self, *words: str) -> Ran:
        """Without URL and token."""
        self.capture.readouterr()
        code = main(words)
        written = self.capture.readouterr()
        return Ran(code=code, stdout=written.out, stderr=written.err)


JOB: dict[str, object] = {
    "id": 12,
    "kind": "import",
    "archive": "debian",
    "state": "queued",
    "message": None,
    "progress": None,
    "error": None,
    "result": None,
    "requested_by": "admin",
    "created_at": "2026-01-01T10:00:00Z",
    "started_at": None,
    "finished_at": None,
}
RUNNING = {
    **JOB,
    "state": "running",
    "message": "reading Packages",
    "progress": {"done": 3, "total": 10, "unit": "files"},
}
SUCCEEDED = {**JOB, "state": "succeeded", "message": "imported"}
SUITE: dict[str, object] = {
    "name": "bookworm",
    "codename": "bookworm",
    "components": ["main"],
    "architectures": ["amd64"],
    "counted": "snapshot",
    "sources": 34263,
    "binaries": 63465,
    "snapshot": {
        "number": 4,
        "at": "2026-01-01T12:00:00+02:00",
        "release_date": "2025-12-31T08:00:00Z",
    },
    "mirror": "http://deb.example.org/debian",
}
IMAGE: dict[str, object] = {
    "name": "debian",
    "kind": "external",
    "state": "active",
    "created_at": "2026-01-01T10:00:00Z",
    "suites": [SUITE],
    "parent": None,
    "selection": None,
    "toolchain": None,
    "stanza": None,
    "disk_bytes": 123_456_789,
}
STANZA = "Types: deb\nURIs: http://127.0.0.1:8600/archives/trial\nSuites: bookworm\n"
DERIVED: dict[str, object] = {
    **IMAGE,
    "name": "trial",
    "kind": "derived",
    "parent": "debian/bookworm",
    "selection": "hello,tree",
    "taken": 2,
    "mode": "full",
    "unbuilt": "parent",
    "dependencies": "own",
    "policy": "on request",
    "tag": "trial",
    "toolchain": {"name": "gcc-11", "revision": 1},
    "stanza": STANZA,
    "key_fingerprint": "AB12",
    "campaigns": 1,
    "publications": 2,
}
TOOLCHAIN: dict[str, object] = {
    "name": "gcc-11",
    "revision": 1,
    "created_at": "2026-01-01T10:00:00Z",
    "spec": {
        "compilers": {"gcc": "gcc-11"},
        "cflags": ["-O3"],
        "cxxflags": [],
        "ldflags": [],
        "cppflags": [],
        "fflags": [],
        "environment": {},
        "build_options": [],
        "build_profiles": [],
    },
    "revisions": [],
}
BUILD: dict[str, object] = {
    "id": 7,
    "archive": "trial",
    "suite": "bookworm",
    "source": "hello",
    "source_version": "2.10-3",
    "architecture": "amd64",
    "part": "any",
    "rebuild_no": 1,
    "campaign": 1,
    "version": "2.10-3Xtrial1",
    "version_before": "2.10-3",
    "state": "built",
    "fate": "published",
    "sentence": None,
    "score": 0,
    "created_at": "2026-01-01T10:00:00Z",
    "finished_at": "2026-01-01T10:01:00Z",
    "seconds": 50.4,
    "proof": {"verdict": "asked", "sentence": "23 of 23 units by GNU C17 11.3.0"},
    "url": "http://127.0.0.1:8600/archives/trial/builds/hello/1/amd64",
}
FAILED_BUILD = {
    **BUILD,
    "id": 8,
    "source": "tree",
    "version": "2.1.0-1Xtrial1",
    "version_before": None,
    "state": "failed",
    "fate": None,
    "sentence": "the compile failed: tree.c:12",
    "proof": None,
}
ATTEMPT: dict[str, object] = {
    "number": 1,
    "builder": "host-1",
    "started_at": "2026-01-01T10:00:00Z",
    "finished_at": "2026-01-01T10:01:00Z",
    "outcome": "failed",
    "stage": "build",
    "sentence": "the compile failed",
    "excerpt": "tree.c:12: error: \x1b[31mno\x1b[0m such thing",
    "seconds": {"build": 20.2},
    "edition": 3,
    "log_url": None,
    "log_bytes": 2048,
    "files": [],
    "environment": None,
}
ESTIMATE: dict[str, object] = {
    "sentence": "1 of 3 sources from builds made here, 2 from a model that is often wrong",
    "sources": 3,
    "builds": {"all": 1, "amd64": 2},
    "pool_bytes": 3 << 30,
    "log_bytes": 5 << 20,
    "machine_hours": {"p50": 0.5, "p90": 130.2},
    "builders": {"amd64": 4},
    "hours": {"p50": 0.25, "p90": 60.0},
    "critical_path": {
        "hours": {"p50": 0.2, "p90": 2.0},
        "sources": [{"source": f"source{n}", "hours": 0.1} for n in range(14)],
    },
    "cycles": {"count": 0, "sources": 0},
    "basis": {"history": 1, "model": 2, "speed": 1.3},
}
NO_ESTIMATE = {**ESTIMATE, "sources": 0, "sentence": "there is nothing to build"}
DERIVATION_PLAN: dict[str, object] = {
    "name": None,
    "tag": None,
    "parents": [{"archive": "debian", "suite": "bookworm", "number": 4, "rank": 1, "only": ""}],
    "suite": "bookworm",
    "architectures": ["amd64"],
    "selection": "lib*",
    "taken": 3,
    "mode": "full",
    "is_private": False,
    "notes": [],
    "parent_bytes": 7 << 30,
    "estimate": ESTIMATE,
}
CAMPAIGN: dict[str, object] = {
    "archive": "trial",
    "number": 1,
    "reason": "try gcc 11",
    "requested_by": "admin",
    "created_at": "2026-01-01T10:00:00Z",
    "selection": "all",
    "architectures": ["amd64"],
    "toolchain": {"name": "gcc-11", "revision": 1},
    "state": "finished",
    "sentence": None,
    "counts": {"built": 1, "failed": 1},
    "total": 2,
    "builds": [BUILD, FAILED_BUILD],
    "next": None,
    "estimate": {
        "predicted": ESTIMATE,
        "actual": {
            "attempts": 2,
            "pool_bytes": 1 << 20,
            "log_bytes": 1 << 10,
            "machine_hours": 1.25,
            "hours": 0.75,
        },
    },
}
PUBLICATION: dict[str, object] = {
    "number": 3,
    "at": "2026-01-01T10:05:00Z",
    "sources": 2,
    "binaries": 5,
    "bytes": 123456,
    "reason": "build 7 was accepted",
    "url": "http://127.0.0.1:8600/archives/trial/publications/3/",
}
KEPT: dict[str, object] = {**PUBLICATION, "kept_as": "old", "kept_by": "ann"}
NOT_BUILT: dict[str, object] = {
    "binaries": [
        {
            "name": "libfoo1",
            "version": "2.0-1",
            "architectures": ["amd64"],
            "source": "libfoo",
            "built_from": "2.0-1",
            "source_version": "3.0-1",
            "is_held_back": True,
            "reason": "bar needs libfoo1 2.0-1 (Depends)",
        }
    ],
}
STATUS: dict[str, object] = {
    "version": "0.1.0",
    "url": "http://127.0.0.1:8600",
    "builders": [
        {"name": "host-1", "architectures": ["amd64"], "seen_at": "2026-01-01T10:00:00Z"}
    ],
}
NOTHING_REFUSED: dict[str, object] = {
    "joined": False,
    "refused": {"count": 0, "codes": {}, "sources": []},
}
PREFLIGHT: dict[str, object] = {
    "toolchain": {"name": "gcc-11", "revision": 1},
    "archive": "trial",
    "suite": "bookworm",
    "architectures": {
        "amd64": {
            "tools": [
                {
                    "tool": "gcc",
                    "package": "gcc",
                    "version": "4:12.2.0-3Xgcc11",
                    "command": "gcc-11",
                    "from": "gcc-11 11.3.0-12",
                }
            ],
            "kept": [{"driver": "gdc", "sentence": "gcc 11 has no gdc here"}],
            "notes": [],
        }
    },
    "names_compiler_itself": [{"source": "linux", "relation": "gcc-12"}],
    "problems": [],
}
