"""What many builds ask of builders and disks: the estimate of a campaign or of an archive."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from vostok.domain.estimate import (
    Expected,
    Measured,
    SourceFacts,
    Speed,
    Spread,
    at_speed,
    machine_speed,
    measured,
    modelled,
    total_seconds,
)
from vostok.domain.schedule import build_order, critical_chain, makespan_seconds

TYPICAL = SourceFacts(
    name="",
    section="misc",
    bytes=80_000,
    build_dependencies=6,
    is_heavy=False,
    has_any_part=True,
)
"""Medians over all sources of bookworm."""


class Slot(NamedTuple):
    """A build to be made: of a source, for an architecture or `all`, on builders of one."""

    source: str
    architecture: str
    builder_architecture: str


class SizedSource(NamedTuple):
    """A source with the size of all its files, and its stanza in Sources."""

    name: str
    architecture: str
    bytes: int
    stanza: str


class Sizes(NamedTuple):
    """How large the packages of a base are, among which builds are made."""

    sources: Sequence[tuple[str, SourceFacts]]
    """The Architecture field of each current source, and what the model looks at."""
    binary_bytes: Mapping[tuple[str, str], int]
    """By (source, architecture or `all`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actual:
    """What builds took in the end; `elapsed` from the first one's begin to the last one's end."""

    attempts: int
    machine_seconds: float
    elapsed_seconds: float
    log_bytes: int
    pool_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What an estimate is made from.

    Attributes:
        facts: of every source that is built, and of others that were built here before.
        history: (source, architecture or `all`) -> what that build took here.
        binary_bytes: (source, architecture or `all`) -> size of the parents' packages of it.
        needs: builders' architecture -> source -> sources whose binaries it build-depends on.
        builders: architecture -> how many builders it has.
    """

    facts: Mapping[str, SourceFacts]
    history: Mapping[tuple[str, str], Measured]
    binary_bytes: Mapping[tuple[str, str], int]
    needs: Mapping[str, Mapping[str, Collection[str]]]
    builders: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLink:
    """A build of the critical path, with how long it alone is expected to take."""

    source: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """The estimate. Seconds and bytes; `builds` and `builders` are by architecture."""

    sources: int
    builds: Mapping[str, int]
    pool_bytes: int
    log_bytes: int
    machine_seconds: Spread
    finished_after: Spread
    """When the last build ends, on these builders."""
    builders: Mapping[str, int]
    critical_path: Sequence[ChainLink]
    """Of the architecture that takes longest, in build order."""
    critical_seconds: Spread
    cycles: int
    cyclic_sources: int
    sources_measured: int
    """Of which every build here was made before."""
    speed: Speed


@dataclass(frozen=True, slots=True, kw_only=True)
class _OnBuilders:
    """The builds of one architecture's builders."""

    finished_after: Spread
    critical_path: Sequence[ChainLink]
    critical_seconds: Spread
    cycles: Sequence[Collection[str]]


def workload(slots: Sequence[Slot], known: Known) -> Workload:
    """What these builds will take, if each succeeds at once. O(builds · log builds + needs)."""
    speed = _speed(known)
    expected = {slot: _expected(slot, known, speed) for slot in slots}
    architectures = sorted({slot.builder_architecture for slot in slots})
    parts = [
        _on_builders(
            {s.source: e for s, e in expected.items() if s.builder_architecture == architecture},
            known.needs.get(architecture, {}),
            builders=known.builders[architecture],
            speed=speed,
        )
        for architecture in architectures
    ]
    longest = max(parts, key=lambda part: part.finished_after.p50, default=_NOTHING)
    sources = {slot.source for slot in slots}
    not_measured = {slot.source for slot, build in expected.items() if not build.is_measured}
    return Workload(
        sources=len(sources),
        builds=dict(sorted(Counter(slot.architecture for slot in slots).items())),
        pool_bytes=sum(_file_bytes(slot, known) for slot in slots),
        log_bytes=sum(build.log_bytes for build in expected.values()),
        machine_seconds=total_seconds(expected.values(), speed),
        finished_after=Spread(
            p50=longest.finished_after.p50,
            p90=max((part.finished_after.p90 for part in parts), default=0.0),
        ),
        builders={architecture: known.builders[architecture] for architecture in architectures},
        critical_path=longest.critical_path,
        critical_seconds=longest.critical_seconds,
        cycles=len(longest.cycles),
        cyclic_sources=sum(len(members) for members in longest.cycles),
        sources_measured=len(sources - not_measured),
        speed=speed,
    )


_NOTHING = _OnBuilders(
    finished_after=Spread(p50=0.0, p90=0.0),
    critical_path=(),
    critical_seconds=Spread(p50=0.0, p90=0.0),
    cycles=(),
)


def _speed(known: Known) -> Speed:
    return machine_speed(
        (found.seconds, modelled(known.facts[source]))
        for (source, _), found in known.history.items()
        if source in known.facts
    )


def _expected(slot: Slot, known: Known, speed: Speed) -> Expected:
    found = known.history.get((slot.source, slot.architecture))
    if found is not None:
        return measured(found)
    return at_speed(modelled(_facts(slot.source, known)), speed)


def _facts(source: str, known: Known) -> SourceFacts:
    """Those of a typical source, for one that the parents do not have."""
    return known.facts.get(source) or TYPICAL._replace(name=source)


def _file_bytes(slot: Slot, known: Known) -> int:
    found = known.history.get((slot.source, slot.architecture))
    if found is not None:
        return found.file_bytes
    there = known.binary_bytes.get((slot.source, slot.architecture))
    # A source whose binaries no parent has: about as large as itself, for want of better.
    return _facts(slot.source, known).bytes if there is None else there


def _on_builders(
    builds: Mapping[str, Expected],
    needs: Mapping[str, Collection[str]],
    *,
    builders: int,
    speed: Speed,
) -> _OnBuilders:
    """When builds end that share builders; means are scheduled, then stretched to quantiles."""
    order = build_order({source: needs.get(source, ()) for source in builds})
    means = {source: build.mean_seconds for source, build in builds.items()}
    chain = critical_chain(order, means)
    of_chain = total_seconds((builds[source] for source in chain.sources), speed)
    total, work = total_seconds(builds.values(), speed), sum(means.values())
    makespan = makespan_seconds(order, means, builders=builders)
    return _OnBuilders(
        finished_after=Spread(
            p50=max(makespan * total.p50 / work, of_chain.p50),
            p90=max(makespan * total.p90 / work, of_chain.p90),
        ),
        critical_path=[
            ChainLink(source=source, seconds=builds[source].seconds) for source in chain.sources
        ],
        critical_seconds=of_chain,
        cycles=order.cycles,
    )


def builders_by_architecture(
    builders: Iterable[Sequence[str]], wanted: Iterable[str], asked: int | None
) -> dict[str, int]:
    """How many builders each architecture has: those asked for, or those known, at least one.

    Args:
        builders: the architectures of each builder known.
        wanted: architectures of builders that the builds need.
        asked: so many for each of them, whatever is known.
    """
    known = Counter(architecture for offered in builders for architecture in set(offered))
    return {
        architecture: asked if asked is not None else max(1, known[architecture])
        for architecture in wanted
    }
