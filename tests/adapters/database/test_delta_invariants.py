"""I4 and I6 on both databases: any order of builds accepted, editions cut, publications made."""

import re
from collections import Counter
from dataclasses import dataclass, replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from tests.adapters.database.stage import Stage, add_derived
from tests.builders import NOW, new_binary

from vostok.domain.package import DeltaKind, NewBinary, OwnBinary
from vostok.errors import ConflictError

Key = tuple[str, str]
"""Name and architecture."""

binaries = st.builds(
    new_binary,
    name=st.sampled_from(["hello", "libfoo"]),
    version=st.sampled_from(["2.10-3", "2.10-3Xtrial1", "2.10-3Xtrial2", "2.10-3Xtrial3"]),
    architecture=st.sampled_from(["amd64", "arm64"]),
    content=st.sampled_from(["", "", "", "other bytes"]),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """An own binary in the model; they are numbered in the order in which they came."""

    number: int
    binary: NewBinary

    @property
    def key(self) -> Key:
        """What may be shown once."""
        return (self.binary.name, self.binary.architecture)


class OwnPackages(RuleBasedStateMachine):
    """The own packages of one suite, beside a model of what each number shows."""

    stage: Stage

    @initialize()
    def derive(self) -> None:
        """A new archive: the database is shared by all examples."""
        with self.stage.write() as transaction:
            name = f"archive-{len(transaction.archives.all())}"
            archive, suite = add_derived(transaction, name, self.stage.parent_suite)
        self.now = replace(self.stage, archive=archive, suite=suite)
        parent = new_binary()  # what the stage's parent has
        self.bytes_of = {(parent.name, parent.version, parent.architecture): parent.sha256}
        self.accepted: list[Accepted] = []
        self.waiting: dict[Key, Accepted] = {}
        self.editions: list[dict[Key, Accepted]] = [{}]
        self.unpublished: list[Accepted] = []
        self.publications: list[dict[Key, Accepted]] = [{}]

    @rule(binary=binaries)
    def accept(self, binary: NewBinary) -> None:
        """Bring a binary, with bytes that its like may not have."""
        identity = (binary.name, binary.version, binary.architecture)
        known = self.bytes_of.get(identity, binary.sha256)
        try:
            self.now.add_binaries(binary)
        except ConflictError as error:
            refusal = str(error)
            assert known != binary.sha256  # I6
            assert {known, binary.sha256} <= set(re.findall("[0-9a-f]{64}", refusal))
            return
        assert known == binary.sha256  # I6
        self.bytes_of[identity] = binary.sha256
        added = Accepted(number=len(self.accepted), binary=binary)
        self.accepted.append(added)
        self.waiting[added.key] = added
        self.unpublished.append(added)

    @rule()
    def cut_edition(self) -> None:
        """Show builds what waits."""
        number = self.now.cut_edition()

        assert number == len(self.editions)
        self.editions.append({**self.editions[-1], **self.waiting})
        self.waiting = {}

    @rule(data=st.data())
    def publish(self, data: st.DataObject) -> None:
        """Show clients some of what no publication showed yet; the rest is held."""
        with self.now.write() as transaction:
            rows = transaction.deltas.unpublished_binaries(self.now.suite.id)
        assert [described(row) for row in rows] == [described(a.binary) for a in self.unpublished]
        chosen = data.draw(st.sets(st.sampled_from(range(len(rows))))) if rows else set()
        number = len(self.publications)
        with self.now.write() as transaction:
            transaction.publications.add(
                self.now.suite.id, number, derivation=1, at=NOW, reason="a test", sources=0,
                binaries=0, indices=[], pool=[],
            )  # fmt: skip
            transaction.deltas.publish(
                self.now.suite.id, number, [rows[place].delta_id for place in sorted(chosen)]
            )
        shown = dict(self.publications[-1])
        for place in sorted(chosen):
            shown[self.unpublished[place].key] = self.unpublished[place]
        self.publications.append(shown)
        self.unpublished = [
            waiting
            for place, waiting in enumerate(self.unpublished)
            if place not in chosen
            and (waiting.key not in shown or shown[waiting.key].number < waiting.number)
        ]

    @invariant()
    def every_number_shows_what_it_always_showed(self) -> None:
        """I4 among it: one binary per name and architecture."""
        with self.now.read() as transaction:
            deltas, suite_id = transaction.deltas, self.now.suite.id
            editions = [
                deltas.binaries_in_edition(suite_id, number, None)
                for number in range(len(self.editions))
            ]
            publications = [
                deltas.published_binaries(suite_id, number)
                for number in range(len(self.publications))
            ]
        for found, wanted in (
            *zip(editions, self.editions, strict=True),
            *zip(publications, self.publications, strict=True),
        ):
            shown = Counter((binary.name, binary.architecture) for binary in found)
            assert max(shown.values(), default=0) <= 1  # I4
            assert {described(binary) for binary in found} == {
                described(accepted.binary) for accepted in wanted.values()
            }


def described(binary: NewBinary | OwnBinary) -> tuple[str, str, str, str]:
    return (binary.name, binary.version, binary.architecture, binary.sha256)


def test_own_packages_keep_i4_and_i6_in_any_order_of_events(stage: Stage) -> None:
    class OnThisDatabase(OwnPackages):
        pass

    OnThisDatabase.stage = stage

    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(
            max_examples=15,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_what_a_toolchain_brings_is_held_to_the_same_bytes(stage: Stage) -> None:
    first, second = stage.add_toolchain("gcc-11"), stage.add_toolchain("gcc-13")
    gcc, forged = new_binary("gcc", "12Xtrial1"), new_binary("gcc", "12Xtrial1", content="other")
    stage.add_binaries(gcc, kind=DeltaKind.TOOLCHAIN, toolchain_id=first)
    refusals = []

    for kind, toolchain_id in ((DeltaKind.TOOLCHAIN, second), (DeltaKind.REBUILD, None)):
        try:
            stage.add_binaries(forged, kind=kind, toolchain_id=toolchain_id)
        except ConflictError as error:
            refusals.append(str(error))

    assert len(refusals) == 2
    assert all(gcc.sha256 in refusal for refusal in refusals)
