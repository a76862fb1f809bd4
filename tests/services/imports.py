"""Asking for imports of the fake parent, and what came of them."""

from dataclasses import replace

from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.parent import MIRROR, SUITE, indices
from tests.services.test_importing import USUAL

from vostok.domain.archive import Suite
from vostok.domain.job import Job
from vostok.domain.package import Membership
from vostok.domain.snapshot import Snapshot

UPDATES = "bookworm-updates"
PORTS = "http://ports.example.org/debian-ports"
BASE = f"{MIRROR}/dists/{SUITE}"
EMPTY = b""


def ask(world: Installation, **changes: object) -> Job:
    return world.done(world.importing.request(ADMINISTRATOR, replace(USUAL, **changes)))  # type: ignore[arg-type]  # what each test differs in


def suite_named(world: Installation, name: str) -> Suite:
    with world.database.read() as transaction:
        found = transaction.archives.find_suite(transaction.archives.named("debian").id, name)
    assert found is not None
    return found


def newest(world: Installation, name: str = SUITE) -> Snapshot:
    suite = suite_named(world, name)
    with world.database.read() as transaction:
        found = transaction.snapshots.find(suite.id, suite.snapshot)
    assert found is not None
    return found


def binaries(world: Installation, architecture: str = "amd64") -> list[tuple[str, str]]:
    """(name, version) of each entry of one architecture's Packages files."""
    suite = suite_named(world, SUITE)
    members = Membership(suite_id=suite.id, number=suite.snapshot)
    with world.database.read() as transaction:
        found = transaction.members.binaries(members)
    return sorted((b.name, b.version) for b in found if b.index_architecture == architecture)


def of_all(path: str) -> tuple[bytes, bytes]:
    """An index without its packages of architecture `all`, and those packages."""
    paragraphs = [p + b"\n\n" for p in indices()[path].strip().split(b"\n\n")]
    has_all = [b"\nArchitecture: all\n" in paragraph for paragraph in paragraphs]
    apart = b"".join(p for p, is_all in zip(paragraphs, has_all, strict=True) if is_all)
    return b"".join(p for p, is_all in zip(paragraphs, has_all, strict=True) if not is_all), apart
