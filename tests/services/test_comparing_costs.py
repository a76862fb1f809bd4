"""Comparing at the cost of the difference tells what comparing everything tells."""

import itertools
from collections.abc import Mapping
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builders import NOW, new_binary, new_source, sha256_of
from tests.services.installation import Installation
from tests.snapshots import HEAD, add_image, add_snapshot

from vostok.adapters.database import SqlTransaction
from vostok.domain.access import ANONYMOUS
from vostok.domain.archive import ArchiveKind, ArchiveState, Suite
from vostok.domain.derivation import Derivation, DerivationMode, Parent, Unbuilt
from vostok.domain.package import DeltaKind, Membership, NewBinary, NewSource
from vostok.domain.reference import parse_reference
from vostok.services.comparing.archives import (
    EVERYTHING,
    CompareRequest,
    CompareService,
    compared_within,
)
from vostok.services.comparing.sides import side_of

NAMES = ("hello", "tree", "lamp", "gcc")
ARCHITECTURES = ("amd64", "arm64")

Packages = Mapping[str, int]
"""Source -> the number in its version; even versions have a data package in `all`."""

packages = st.dictionaries(st.sampled_from(NAMES), st.integers(1, 3), min_size=1)
taken = st.none() | st.frozensets(st.sampled_from(NAMES), min_size=1)
histories = st.lists(
    st.dictionaries(st.sampled_from(NAMES), st.integers(1, 2), max_size=2), min_size=1, max_size=3
)
derived = st.tuples(st.integers(1, 2), taken, st.sampled_from(Unbuilt), histories)

numbers = itertools.count(1)


def releases(what: Packages, suffix: str = "") -> tuple[list[NewSource], list[NewBinary]]:
    """Sources and the binaries of both architectures; version 3 has no current source."""
    sources: list[NewSource] = []
    binaries: list[NewBinary] = []
    for name, number in what.items():
        version = f"{number}{suffix}"
        sources.append(new_source(name, version, is_extra=number == 3 and not suffix))
        for architecture in ARCHITECTURES:
            binaries.append(new_binary(name, version, architecture=architecture, content=suffix))
            if number % 2 == 0:
                data = new_binary(
                    f"{name}-data", version, architecture="all", source=name, content=suffix
                )
                binaries.append(replace(data, index_architecture=architecture))
    return sources, binaries


def external(transaction: SqlTransaction, name: str, snapshots: list[Packages]) -> Suite:
    _, suite = add_image(transaction, name, ARCHITECTURES)
    for what in snapshots:
        sources, binaries = releases(what)
        add_snapshot(
            transaction,
            transaction.archives.suite(suite.id),
            sources,
            binaries,
            head=replace(HEAD, release_sha256=sha256_of(name)),
        )
    return suite


def derive(
    transaction: SqlTransaction,
    name: str,
    parent: Suite,
    how: tuple[int, frozenset[str] | None, Unbuilt, list[Packages]],
) -> None:
    """An archive on a snapshot, with one publication for each step of what is built there."""
    snapshot, names, unbuilt, history = how
    archive = transaction.archives.add(
        name=name, kind=ArchiveKind.DERIVED, at=NOW, requested_by="ann", tag="trial"
    )
    transaction.archives.set_state(archive.id, ArchiveState.ACTIVE)
    suite = transaction.archives.add_suite(
        archive_id=archive.id,
        name="sid",
        codename="sid",
        components=["main"],
        architectures=ARCHITECTURES,
    )
    base = Membership(suite_id=parent.id, number=snapshot)
    transaction.derivations.add(
        suite.id,
        Derivation(
            number=1,
            at=NOW,
            requested_by="ann",
            reason="a test",
            selection="all" if names is None else ",".join(sorted(names)),
            is_all=names is None,
            taken=0,
            mode=DerivationMode.FULL,
            unbuilt=unbuilt,
            base=base,
            parents=(
                Parent(
                    archive="x", suite_id=parent.id, suite="sid", number=snapshot, members=base
                ),
            ),
        ),
    )
    transaction.derivations.set_taken(suite.id, 1, dict.fromkeys(names or (), "named"))
    for number, built in enumerate(history, 1):
        sources, binaries = releases(built, f"+{name}{number}")
        transaction.deltas.add(
            suite.id, kind=DeltaKind.REBUILD, sources=sources, binaries=binaries
        )
        waiting = transaction.deltas.unpublished_binaries(suite.id)
        transaction.publications.add(
            suite.id,
            number,
            derivation=1,
            at=NOW,
            reason="a test",
            sources=0,
            binaries=0,
            indices=[],
            pool=[],
        )
        transaction.deltas.publish(suite.id, number, [binary.delta_id for binary in waiting])


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(packages, min_size=2, max_size=2), derived, derived, st.data())
def test_where_a_difference_is_possible_is_never_missed(
    empty: Installation,
    snapshots: list[Packages],
    one: tuple[int, frozenset[str] | None, Unbuilt, list[Packages]],
    other: tuple[int, frozenset[str] | None, Unbuilt, list[Packages]],
    data: st.DataObject,
) -> None:
    number = next(numbers)
    with empty.database.write() as transaction:
        parent = external(transaction, f"debian{number}", snapshots)
        derive(transaction, f"one{number}", parent, one)
        derive(transaction, f"other{number}", parent, other)
    places = [f"debian{number}@1", f"debian{number}@2"]
    places += [f"one{number}@{step}" for step in range(1, len(one[3]) + 1)]
    places += [f"other{number}@{step}" for step in range(1, len(other[3]) + 1)]
    left, right = data.draw(st.tuples(st.sampled_from(places), st.sampled_from(places)))

    found = CompareService(empty.database).compare(
        ANONYMOUS, CompareRequest(left=left, right=right)
    )
    with empty.database.read() as transaction:
        sides = [side_of(transaction, parse_reference(text)) for text in (left, right)]
        whole = compared_within(
            transaction, sides[0], sides[1], EVERYTHING, frozenset(ARCHITECTURES)
        )

    assert found.comparison == whole
