"""A whole server on a directory: real database, files and keys; jobs are done when a test says so.

Jobs and attempts wait in the job engine's real queue. What the executor's process would do, a
test does in its own with `do_jobs` and `settle`, through the same services.
"""

import hashlib
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import uvicorn
from argon2.profiles import CHEAPEST
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.entrypoints.parent_archive import ParentArchive, make_deb
from tests.entrypoints.shared_api import add_shared_api

from vostok.adapters.passwords import Argon2Passwords
from vostok.bootstrap import Services, build_services, let_in_token_files, prepare_database
from vostok.config import Settings, load_settings
from vostok.domain.access import Principal, Role
from vostok.domain.job import Job, JobState
from vostok.server import create_app
from vostok.services.deriving.derivations import DeriveRequest
from vostok.services.importing.request import ImportRequest
from vostok.services.rebuilding.planning import RebuildRequest

URL = "http://vostok.example.org"
ADMIN = {"Authorization": "Bearer the-administrators-token"}
BUILDER = {"Authorization": "Bearer the-builders-token"}
ADMINISTRATOR = Principal(name="administrator", role=Role.ADMINISTRATOR)
START_SECONDS_MAX = 20.0
JOBS_MAX = 50

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Installation:
    """One server and what it works on."""

    settings: Settings
    services: Services

    @cached_property
    def app(self) -> FastAPI:
        """The application, made when it is first needed."""
        return create_app(self.services, add_api=add_shared_api)

    def client(self, headers: Mapping[str, str] | None = None) -> TestClient:
        """A client that shows a token, or none. Faults of the server are answers, as outside."""
        return TestClient(
            self.app,
            base_url=URL,
            headers=dict(headers or {}),
            raise_server_exceptions=False,
            follow_redirects=False,
        )

    def do_jobs(self) -> list[Job]:
        """Do all jobs that wait, the oldest first, as the executor would; how they ended."""
        done: list[Job] = []
        for _ in range(JOBS_MAX):
            jobs = self.services.jobs.newest(ADMINISTRATOR)
            waiting = [job for job in jobs if job.state is JobState.QUEUED]
            if not waiting:
                return done
            done.append(self._do(waiting[-1]))
        raise AssertionError(f"{JOBS_MAX} jobs were not enough")

    def _do(self, job: Job) -> Job:
        runner = self.services.runner
        carry: dict[str, Any] = {}
        for number, _ in enumerate(runner.step_names(job.kind)):
            carry = runner.run_step(job.id, number, carry)
            if {"error", "cancelled", "ended"} & carry.keys():
                break
        runner.finish(job.id, carry)
        return self.services.jobs.show(ADMINISTRATOR, job.id)

    def settle(self, attempt_id: int, message: str = "result") -> None:
        """Have an attempt judged, as the executor would when it is told."""
        self.services.settling.settle(attempt_id, message)


def installation_in(root: Path, *, url: str = URL, **settings: object) -> Installation:
    """The server on a data root, which is made if it is not there."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "admin.token").write_text("the-administrators-token\n")
    (root / "builder.token").write_text("the-builders-token\n")
    loaded = load_settings({"data_root": root, **settings}, environment={})
    if loaded.database_url is None and not any(root.glob("vostok.db*")):
        (root / "vostok.db").write_bytes(_new_database())
    prepare_database(loaded)
    services = build_services(loaded, url=url, passwords=Argon2Passwords(CHEAPEST))
    let_in_token_files(loaded, services)
    return Installation(settings=loaded, services=services)


@cache
def _new_database() -> bytes:
    """What `prepare_database` makes of nothing. It takes longer than most tests."""
    with tempfile.TemporaryDirectory() as directory:
        settings = load_settings({"data_root": Path(directory)}, environment={})
        prepare_database(settings)
        return (settings.data_root / "vostok.db").read_bytes()


def fill(installation: Installation, parent: ParentArchive) -> None:
    """Import the parent, derive `trial` from it, and ask for a rebuild of all that is in it."""
    services = installation.services
    services.importing.request(
        ADMINISTRATOR,
        ImportRequest(
            name="debian",
            suites=["bookworm"],
            components=["main"],
            architectures=["amd64"],
            mirror=parent.url,
            keyring=parent.keyring,
        ),
    )
    assert_done(installation.do_jobs())
    services.deriving.request(
        ADMINISTRATOR, DeriveRequest(name="trial", parents=["debian/bookworm"], selection="*")
    )
    assert_done(installation.do_jobs())
    services.rebuilding.request(
        ADMINISTRATOR, RebuildRequest(archive="trial", selection="all", reason="a try")
    )
    assert_done(installation.do_jobs())


def assert_done(jobs: list[Job]) -> None:
    """Jobs were done, and all of them succeeded."""
    assert [(job.state, job.message) for job in jobs if job.state is not JobState.SUCCEEDED] == []
    assert jobs


@contextmanager
def listening(app: FastAPI, *, port: int = 0) -> Iterator[str]:
    """The application behind a real socket; its address."""
    config = uvicorn.Config(app, port=port, log_level="error", ws="none", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + START_SECONDS_MAX
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
    host, found = server.servers[0].sockets[0].getsockname()[:2]
    try:
        yield f"http://{host}:{found}"
    finally:
        server.should_exit = True
        thread.join()


class Builder:
    """A builder as the gateway sees it: claims, sends, reports."""

    def __init__(self, installation: Installation) -> None:
        self.client = installation.client()

    def claim(self) -> Document:
        """The next build, which must be there."""
        answer = self.client.post(
            "/builder/claim",
            json={"builder": "host-1", "architectures": ["amd64"]},
            headers=BUILDER,
        )
        assert answer.status_code == 200, answer.text
        claim: Document = answer.json()
        return claim

    def claim_of(self, source: str) -> Document:
        """The claim of one source; the claims before it stay open."""
        for _ in range(JOBS_MAX):
            claim = self.claim()
            if claim["source"]["name"] == source:
                return claim
        raise AssertionError(f"nobody offered {source}")

    def send(self, claim: Document, file: Path) -> None:
        """Upload one file of a build."""
        content = file.read_bytes()
        answer = self.client.put(
            f"{address(claim)}/files/{file.name}",
            content=content,
            headers={**token(claim), "X-Content-SHA256": hashlib.sha256(content).hexdigest()},
        )
        assert answer.status_code == 204, answer.text

    def report(self, claim: Document, **result: object) -> None:
        """Say how it ended."""
        answer = self.client.post(
            f"{address(claim)}/result", json=result_document(**result), headers=token(claim)
        )
        assert answer.status_code == 204, answer.text


def address(claim: Document) -> str:
    """Where the attempt of a claim is spoken of."""
    return f"/builder/attempts/{claim['attempt_id']}"


def token(claim: Document) -> dict[str, str]:
    """The header that shows the attempt's token."""
    return {"Authorization": f"Bearer {claim['attempt_token']}"}


def result_document(**more: object) -> Document:
    """A result as a builder reports it."""
    return {
        "outcome": "failed",
        "stage": "build",
        "sentence": "the compiler did not like it",
        "excerpt": "error: expected ';'",
        "files": [],
        "seconds": {"total": 1.5},
        "space_bytes": 1000,
        **more,
    }


def built_lamp(claim: Document, directory: Path) -> list[Path]:
    """The files of a good build of lamp's architecture-dependent part."""
    version = claim["version"]
    output = directory / "output"
    output.mkdir()
    deb = make_deb(
        output,
        name="lamp",
        version=version,
        source="lamp",
        architecture="any",
        source_version="1.0",
    )
    buildinfo = output / f"lamp_{version}_amd64.buildinfo"
    buildinfo.write_text(
        f"Format: 1.0\nSource: lamp (1.0)\nBinary: lamp\nArchitecture: amd64\nVersion: {version}\n"
        f"Checksums-Sha256:\n {_sum('sha256', deb)} {_size_and_name(deb)}\n"
        "Build-Architecture: amd64\nInstalled-Build-Depends:\n dpkg (= 1.21.22)\n"
        'Environment:\n LC_ALL="C.UTF-8"\n'
    )
    changes = output / f"lamp_{version}_amd64.changes"
    files = [deb, buildinfo]
    changes.write_text(
        f"Format: 1.8\nDate: Tue, 14 Nov 2023 22:13:20 +0000\nSource: lamp (1.0)\nBinary: lamp\n"
        f"Binary-Only: yes\nArchitecture: amd64\nVersion: {version}\nDistribution: bookworm\n"
        "Urgency: low\nMaintainer: Debian Hands <hands@example.org>\nChanges:\n lamp\n"
        + _listed("Checksums-Sha1", "sha1", "", files)
        + _listed("Checksums-Sha256", "sha256", "", files)
        + _listed("Files", "md5", "misc optional ", files)
    )
    return [*files, changes]


def _listed(field: str, algorithm: str, words: str, files: list[Path]) -> str:
    lines = [
        f" {_sum(algorithm, file)} {file.stat().st_size} {words}{file.name}\n" for file in files
    ]
    return f"{field}:\n" + "".join(lines)


def _size_and_name(file: Path) -> str:
    return f"{file.stat().st_size} {file.name}"


def _sum(algorithm: str, file: Path) -> str:
    return hashlib.new(algorithm, file.read_bytes(), usedforsecurity=False).hexdigest()
