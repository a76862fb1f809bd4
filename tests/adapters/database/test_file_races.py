"""One archive goes while another begins to name the same file: it is there, or nobody names it."""

import hashlib
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from tests.adapters.database.race import SECONDS_MAX, outcomes_at_once
from tests.adapters.database.stage import Stage, add_derived
from tests.builders import NOW
from tests.fakes import FakeJobEngine

from vostok.adapters.content_store import LocalContentStore
from vostok.adapters.log_store import LocalLogStore
from vostok.adapters.signing import LocalSigner
from vostok.domain.archive import Suite
from vostok.domain.publication import IndexFile
from vostok.services.space.freeing import Freer

DATA = b"Packages"
DIGEST = hashlib.sha256(DATA).hexdigest()
INDEX = IndexFile(path="main/binary-amd64/Packages.gz", size=len(DATA), sha256=DIGEST)
WAIT_SECONDS = 0.3
"""How long something is watched that must not happen; the tests do not depend on it to pass."""
ROUNDS = 10


@pytest.fixture
def store(tmp_path: Path) -> LocalContentStore:
    made = LocalContentStore(tmp_path / "files")
    made.put([DATA], size_max=100)
    return made


@pytest.fixture
def freer(stage: Stage, store: LocalContentStore, tmp_path: Path) -> Freer:
    engine = FakeJobEngine(stage.database.engine)
    logs, signer = LocalLogStore(tmp_path / "logs"), LocalSigner(tmp_path / "keys")
    return Freer(stage.database, store, logs, signer, engine)


def publish(stage: Stage, store: LocalContentStore, suite: Suite) -> bool:
    """Name the file, if it is there, as publishing does; whether it was."""
    with stage.write() as transaction:
        transaction.deletion.hold_names()
        if not store.has(DIGEST):
            return False
        number = transaction.archives.suite(suite.id).publication + 1
        transaction.publications.add(
            suite.id, number, derivation=1, at=NOW, reason="a test", sources=0, binaries=0,
            indices=[INDEX], pool=[],
        )  # fmt: skip
        return True


def other(stage: Stage, name: str) -> Suite:
    with stage.write() as transaction:
        _, suite = add_derived(transaction, name, stage.parent_suite)
        return suite


def delete_rows(stage: Stage, freer: Freer) -> None:
    """The first phase of a deletion: only the file is left."""
    with stage.write() as transaction:
        transaction.deletion.note_candidates(stage.archive.id)
        transaction.deletion.delete_rows(stage.archive.id)
    freer.measure(stage.archive.id, lambda _: None)


def is_named(stage: Stage) -> bool:
    with stage.read() as transaction:
        return bool(transaction.deletion.still_needed([DIGEST]))


def test_a_file_is_never_named_by_one_and_freed_for_another(
    stage: Stage, store: LocalContentStore, freer: Freer
) -> None:
    for number in range(ROUNDS):
        store.put([DATA], size_max=100)
        with stage.write() as transaction:
            archive, suite = add_derived(transaction, f"doomed-{number}", stage.parent_suite)
        assert publish(stage, store, suite)
        with stage.write() as transaction:
            transaction.deletion.note_candidates(archive.id)
            transaction.deletion.delete_rows(archive.id)
        freer.measure(archive.id, lambda _: None)
        sister = other(stage, f"sister-{number}")

        race: list[Callable[[], bool | None]] = [
            partial(freer.free, archive.id, lambda _: None),
            partial(publish, stage, store, sister),
        ]
        freed, published = outcomes_at_once(race)

        assert freed is None
        assert published in {True, False}
        assert store.has(DIGEST) is published
        assert is_named(stage) is published
        with stage.write() as transaction:
            transaction.deletion.delete_rows(sister.archive_id)


def test_who_frees_waits_for_who_names(
    stage: Stage, store: LocalContentStore, freer: Freer
) -> None:
    publish(stage, store, stage.suite)
    sister = other(stage, "sister")
    delete_rows(stage, freer)
    freeing = threading.Thread(target=freer.free, args=(stage.archive.id, lambda _: None))

    with stage.write() as transaction:
        transaction.deletion.hold_names()
        assert store.has(DIGEST)
        freeing.start()
        freeing.join(WAIT_SECONDS)
        assert freeing.is_alive()
        assert store.has(DIGEST)
        transaction.publications.add(
            sister.id, 1, derivation=1, at=NOW, reason="a test", sources=0, binaries=0,
            indices=[INDEX], pool=[],
        )  # fmt: skip
    freeing.join(SECONDS_MAX)

    assert not freeing.is_alive()
    assert store.has(DIGEST)
    assert is_named(stage)


def test_who_names_waits_for_who_frees(stage: Stage, store: LocalContentStore) -> None:
    sister = other(stage, "sister")
    outcomes: list[bool] = []
    naming = threading.Thread(target=lambda: outcomes.append(publish(stage, store, sister)))

    with stage.write() as transaction:
        transaction.deletion.lock_names()
        assert transaction.deletion.still_needed([DIGEST]) == set()
        naming.start()
        naming.join(WAIT_SECONDS)
        store.delete_all([DIGEST])
    naming.join(SECONDS_MAX)

    assert outcomes == [False]
    assert not is_named(stage)


def test_many_name_at_a_time(stage: Stage) -> None:
    def hold() -> str:
        with stage.write() as transaction:
            transaction.deletion.hold_names()
            return "held"

    assert outcomes_at_once([hold] * 4) == ["held"] * 4
