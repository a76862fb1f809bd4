"""The base of a suite that is composed, from the whole and by what changed since the last one."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builders import new_binary, new_source, sha256_of
from tests.services.installation import ADMINISTRATOR, Installation
from tests.snapshots import HEAD, add_image, add_snapshot

from vostok.adapters.database.members import SqlMembers
from vostok.domain.job import JobState
from vostok.domain.package import DeltaKind, MemberNames
from vostok.services.deriving import base_composition
from vostok.services.deriving.derivation_changes import ChangeWriter
from vostok.services.deriving.derivation_facts import Preparation
from vostok.services.deriving.derivations import DeriveRequest
from vostok.services.deriving.syncing import PREPARATIONS_MAX, SyncRequest
from vostok.services.selection.selecting import taken_sources
from vostok.services.views.editions import derivation_of

MAIN = (
    [
        new_source("a", "1"),
        new_source("a", "2"),
        new_source("b", "1"),
        new_source("c", "1"),
        new_source("d", "1", is_extra=True),
    ],
    [
        new_binary("a", "1"),
        new_binary("a", "2"),
        new_binary("tool", "1", source="b"),
        new_binary("shared", "3", source="c"),
        new_binary("c", "1"),
    ],
)
SECURITY = (
    [new_source("b", "2"), new_source("c", "1"), new_source("e", "1")],
    [
        new_binary("b", "2"),
        new_binary("tool", "2", source="c", source_version="1"),
        new_binary("shared", "2", source="b"),
        new_binary("e", "1"),
    ],
)
NUMBERS = count(1)
EXTRA = [
    new_source("a", "3"),
    new_source("b", "3"),
    new_source("c", "2", is_extra=True),
    new_source("f", "1"),
]
MORE = [
    new_binary("a", "3"),
    new_binary("tool", "3", source="b"),
    new_binary("shared", "4", source="a", source_version="3"),
    new_binary("f", "1"),
]
SETS = st.frozensets(st.sampled_from("abce"), max_size=3)
STEPS = st.one_of(
    st.tuples(st.just("remove"), SETS),
    st.tuples(st.just("hold"), SETS),
    st.tuples(st.just("import"), st.frozensets(st.integers(0, 3), max_size=3)),
)
PARENTS = [["main/sid"], ["main/sid", "security/sid"], ["main/sid:2", "security/sid:only=b,e"]]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)])
def world(request: pytest.FixtureRequest) -> Installation:
    name = "empty" if request.param == "sqlite" else "empty_on_postgresql"
    world: Installation = request.getfixturevalue(name)
    for name in ("main", "security"):
        with world.database.write() as transaction:
            add_image(transaction, name)
        take_snapshot(world, name, frozenset())
    return world


def take_snapshot(world: Installation, name: str, more: frozenset[int]) -> None:
    """The next snapshot of a parent: what it always has, and some more."""
    sources, binaries = {"main": MAIN, "security": SECURITY}[name]
    head = replace(HEAD, release_sha256=sha256_of(f"{name} {next(NUMBERS)}"))
    with world.database.write() as transaction:
        add_snapshot(
            transaction,
            transaction.archives.suites(transaction.archives.named(name).id)[0],
            [*sources, *(EXTRA[number] for number in sorted(more))],
            [*binaries, *(MORE[number] for number in sorted(more))],
            head=head,
        )


def removed_now(world: Installation, archive: str) -> frozenset[str]:
    """Sources that are taken out of an archive."""
    with world.database.read() as transaction:
        suite = world.suite(archive)
        return frozenset(transaction.derivations.removals(suite.id, derivation_of(suite).number))


def step(
    world: Installation, archive: str, what: str, of: frozenset[str] | frozenset[int]
) -> None:
    """One change of an archive, or of its first parent and then of the archive."""
    names = frozenset(map(str, of))
    if what == "remove":
        removed, there = removed_now(world, archive), taken_now(world, archive)
        change(world, archive, remove=names & there)
        change(world, archive, restore=removed - names)
    elif what == "hold":
        change(world, archive, moves=True, hold=names & taken_now(world, archive))
    else:
        take_snapshot(world, "main", frozenset(map(int, of)))
        change(world, archive, moves=True)


def change(
    world: Installation, archive: str, *, moves: bool = False, **named: frozenset[str]
) -> None:
    expressions = {what: ",".join(sorted(names)) for what, names in named.items() if names}
    if not expressions and not moves:
        return
    request = SyncRequest(archive=archive, moves=moves, **expressions)
    job = world.done(world.syncing.request(ADMINISTRATOR, request))
    assert job.state is JobState.SUCCEEDED, job.message


def taken_now(world: Installation, archive: str) -> frozenset[str]:
    with world.database.read() as transaction:
        return taken_sources(transaction, world.suite(archive))


def stored(world: Installation, archive: str) -> list[tuple[object, ...]]:
    """The base that each derivation of an archive has: its sources and binaries, sorted."""
    with world.database.read() as transaction:
        return [
            (
                derivation.number,
                sorted(transaction.members.sources(derivation.base)),
                sorted(transaction.members.binaries(derivation.base)),
            )
            for derivation in transaction.derivations.of_suite(world.suite(archive).id)
        ]


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, min_size=1, max_size=5), parents=st.sampled_from(PARENTS))
def test_after_any_history_every_base_is_what_it_would_be_if_it_had_been_composed_as_a_whole(
    world: Installation, steps: list[tuple[str, frozenset[str]]], parents: list[str]
) -> None:
    """Two archives live through the same; one may not compose by difference."""
    names = [f"{way}{next(NUMBERS)}" for way in ("short", "whole")]
    for name in names:
        wanted = DeriveRequest(name=name, parents=parents, tag="exp")
        world.done(world.deriving.request(ADMINISTRATOR, wanted))

    for what, of in steps:
        with pytest.MonkeyPatch.context() as patch:
            step(world, names[0], what, of)
            patch.setattr(base_composition, "NAMES_APART_MAX", -1)
            if what == "import":
                change(world, names[1], moves=True)
            else:
                step(world, names[1], what, of)

    assert stored(world, names[0]) == stored(world, names[1])


def test_one_removal_more_touches_no_other_member(
    world: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = DeriveRequest(name="exp", parents=["main/sid", "security/sid"], tag="exp")
    world.done(world.deriving.request(ADMINISTRATOR, wanted))
    change(world, "exp", remove=frozenset("a"))
    asked: list[MemberNames | None] = []
    replaced = SqlMembers.replace

    def noted(members: SqlMembers, suite_id: int, number: int, **of: Any) -> None:  # noqa: ANN401 - as they come
        asked.append(of["names"])
        replaced(members, suite_id, number, **of)

    monkeypatch.setattr(SqlMembers, "replace", noted)
    change(world, "exp", remove=frozenset("e"))

    assert asked == [
        MemberNames(sources=frozenset("ae"), binaries=frozenset({"a", "e"})),
    ]


@pytest.fixture
def exp(world: Installation) -> Installation:
    """`exp` is derived from both parents."""
    wanted = DeriveRequest(name="exp", parents=["main/sid", "security/sid"], tag="exp")
    world.done(world.deriving.request(ADMINISTRATOR, wanted))
    return world


def while_preparing(monkeypatch: pytest.MonkeyPatch, do: Callable[[], None]) -> list[bool]:
    """Have something done each time that a change has been worked out; whether each held."""
    prepare, holds, held = ChangeWriter.prepare, ChangeWriter.still_holds, list[bool]()

    def prepared(*given: Any) -> Preparation | None:  # noqa: ANN401 - as it is called
        ready = prepare(*given)
        do()
        return ready

    def noted(*given: Any) -> bool:  # noqa: ANN401 - as it is called
        held.append(holds(*given))
        return held[-1]

    monkeypatch.setattr(ChangeWriter, "prepare", staticmethod(prepared))
    monkeypatch.setattr(ChangeWriter, "still_holds", staticmethod(noted))
    return held


def upload(world: Installation, version: str) -> None:
    """A local change of `b`."""
    with world.database.write() as transaction:
        transaction.deltas.add(
            world.suite("exp").id,
            kind=DeltaKind.LOCAL_CHANGE,
            sources=[new_source("b", version)],
            binaries=[],
        )


def test_while_a_change_is_worked_out_others_write(
    exp: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = while_preparing(monkeypatch, lambda: take_snapshot(exp, "main", frozenset({0})))

    change(exp, "exp", remove=frozenset("a"))

    assert held == [True]
    assert removed_now(exp, "exp") == {"a"}


def test_a_change_is_worked_out_again_if_what_it_starts_from_changed_meanwhile(
    exp: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = iter(["2Xexp1"])

    def uploads() -> None:
        for version in versions:
            upload(exp, version)

    held = while_preparing(monkeypatch, uploads)

    change(exp, "exp", moves=True, hold=frozenset("e"))

    assert held == [False, True]


def test_what_changes_each_time_is_worked_out_while_others_wait(
    exp: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = count(1)
    held = while_preparing(monkeypatch, lambda: upload(exp, f"2Xexp{next(versions)}"))

    change(exp, "exp", remove=frozenset("b"))

    assert held == [False] * PREPARATIONS_MAX
    assert removed_now(exp, "exp") == {"b"}
    with exp.database.read() as transaction:
        assert transaction.deltas.local_changes(exp.suite("exp").id) == {}


def test_with_a_derived_parent_others_write_meanwhile_too(
    exp: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = DeriveRequest(name="grand", parents=["exp/sid"], tag="grand")
    exp.done(exp.deriving.request(ADMINISTRATOR, wanted))
    change(exp, "exp", remove=frozenset("a"))  # and so it is published anew
    held = while_preparing(monkeypatch, lambda: take_snapshot(exp, "main", frozenset({0})))

    change(exp, "grand", moves=True, hold=frozenset("e"))

    assert held == [True]
    assert "a" not in taken_now(exp, "grand")
