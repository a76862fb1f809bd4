"""A local change outlives every sync, until somebody merges it."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builders import new_binary, new_source, sha256_of
from tests.services.installation import ADMINISTRATOR
from tests.services.moving_parent import START_VERSIONS, World

from vostok.domain.archive import Suite
from vostok.domain.job import JobState
from vostok.domain.package import DeltaKind
from vostok.errors import InvalidInputError
from vostok.services.deriving.derivations import DeriveRequest
from vostok.services.deriving.syncing import SyncRequest


def test_a_local_change_is_kept_and_needs_a_merge_once_the_parent_moved(world: World) -> None:
    world.derive()
    world.add_local("brk", "1-1ubuntu1", "1-1")
    world.base.publish("exp")
    world.offer(START_VERSIONS | {"tree": "2-2"})
    world.change()
    kept = world.shown()
    world.offer(START_VERSIONS | {"brk": "1-2"})

    job = world.change()

    assert kept == {"brk": "1-1ubuntu1", "libfoo": "1.2-3", "tree": "2-2"}
    assert job.result is not None
    assert job.result["counts"] == {"updated": 1, "unchanged": 1, "needs-merge": 1}
    assert world.shown() == {"brk": "1-1ubuntu1", "libfoo": "1.2-3", "tree": "2-1"}


def test_a_local_change_that_is_not_built_yet_shows_what_stood_there(world: World) -> None:
    world.derive()
    world.add_local("brk", "1-1ubuntu1", "1-1", build=False)
    world.offer(START_VERSIONS | {"brk": "1-2"})

    world.change()

    assert world.shown()["brk"] == "1-1"


NAMES = st.sampled_from(["a", "b", "c"])
PARENT = st.dictionaries(NAMES, st.sampled_from(["1", "2", "3"]), min_size=1)
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("offer"), PARENT),
        st.tuples(st.just("local"), NAMES),
        st.tuples(st.just("rebuild"), NAMES),
        st.tuples(st.just("sync"), st.sampled_from([None, "a", "b"])),
    ),
    max_size=8,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(events=EVENTS)
def test_no_history_of_parent_and_child_loses_a_local_change(
    world: World, events: list[tuple[str, object]]
) -> None:
    """Whatever happens, a name with a local change shows the newest local change."""
    name = f"exp{sha256_of(str(events))[:12]}"
    world.offer({"a": "1", "b": "1", "c": "1"})
    derived = DeriveRequest(name=name, parents=["world/sid"], tag="exp")
    world.base.done(world.base.deriving.request(ADMINISTRATOR, derived))
    suite = world.base.suite(name)
    locals_made: dict[str, str] = {}
    for number, (kind, what) in enumerate(events):
        if kind == "offer":
            assert isinstance(what, dict)
            world.offer(what)
        elif kind == "sync":
            wanted = SyncRequest(
                archive=name, moves=True, hold=None if what is None else str(what)
            )
            try:
                job = world.base.done(world.base.syncing.request(ADMINISTRATOR, wanted))
                assert job.state is JobState.SUCCEEDED
            except InvalidInputError:  # what was to be held is not there
                continue
        else:
            made = make_own(world, suite, kind, str(what), number)
            if made is not None:
                locals_made[str(what)] = made
    world.base.publish(name)

    with world.base.database.read() as transaction:
        now = transaction.archives.suite(suite.id)
        shown = transaction.deltas.published_binaries(suite.id, now.publication)
    versions = {binary.name: binary.version for binary in shown}
    for source, version in locals_made.items():
        assert versions[source] == version


def make_own(world: World, suite: Suite, kind: str, name: str, number: int) -> str | None:
    """A local change or a rebuild of what the archive has now; the version of a local one."""
    with world.base.database.write() as transaction:
        derivation = transaction.archives.suite(suite.id).derivation
        assert derivation is not None
        there = {s.name: s.version for s in transaction.members.sources(derivation.base)}
        base = there.get(name)
        if kind == "rebuild":
            local = transaction.deltas.local_changes(suite.id)
            if base is None or name in local:
                return None
            binary = new_binary(name, f"{base}Xexp{number}", source_version=base)
            transaction.deltas.add(suite.id, kind=DeltaKind.REBUILD, sources=[], binaries=[binary])
            return None
        version = f"9{number}-local1"
        transaction.deltas.add(
            suite.id,
            kind=DeltaKind.LOCAL_CHANGE,
            sources=[new_source(name, version)],
            binaries=[new_binary(name, version)],
            base_version=base,
        )
        return version
