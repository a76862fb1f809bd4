"""The base of a derived suite: its parents at one moment, put together where there are several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import Archive, ArchiveKind, ArchiveState, Suite, SuiteRole
from vostok.domain.composition import Layer, composed
from vostok.domain.derivation import (
    Derivation,
    DerivationMode,
    Parent,
    ParentRequest,
    Pin,
    Removal,
    Unbuilt,
)
from vostok.domain.package import MemberNames, Membership, SourceMember
from vostok.errors import ConflictError, InvalidInputError, NotFoundError
from vostok.services.images import image_of
from vostok.services.repositories import Transaction
from vostok.services.selecting import selected, takes_everything

RANK_OF_PINNED = 0
"""Stronger than every parent: what is pinned stays, whatever they offer."""

NAMES_APART_MAX = 2_000
"""Of more names than these a base is composed as a whole, not by its difference to the last."""


def parent_now(
    transaction: Transaction, principal: Principal, request: ParentRequest
) -> tuple[Parent, Suite]:
    """A parent as it is at this moment, and its suite.

    Raises:
        NotAllowedError: the principal may not derive from it.
        NotFoundError: there is no such archive or suite.
        InvalidInputError: no suite is named, and the archive has several.
        ConflictError: it has nothing yet, or is being made or deleted.
    """
    require(principal, Action.DERIVE_FROM, request.archive)
    archive = transaction.archives.named(request.archive)
    if archive.state is not ArchiveState.ACTIVE:
        raise ConflictError(
            f"the archive {archive.name} is {archive.state}, not active",
            hint="see what is at work: vostok job list",
        )
    suite = _suite(transaction, archive, request.suite)
    return (
        Parent(
            archive=archive.name,
            suite_id=suite.id,
            suite=suite.name,
            number=_number(archive, suite),
            members=_members(transaction, archive, suite),
            rank=request.rank,
            only=request.only,
        ),
        suite,
    )


def _suite(transaction: Transaction, archive: Archive, name: str) -> Suite:
    """The suite of this name or codename; without a name the only one there is."""
    suites = transaction.archives.suites(archive.id)
    if name:
        found = transaction.archives.find_suite(archive.id, name)
    else:
        found = suites[0] if len(suites) == 1 else None
    if found is not None:
        return found
    there = ", ".join(suite.name for suite in suites)
    if name or not suites:
        raise NotFoundError(
            f"the archive {archive.name} has no suite {name or 'yet'}",
            hint=f"it has {there}" if there else f"vostok archive show {archive.name}",
        )
    raise InvalidInputError(
        f"the archive {archive.name} has {len(suites)} suites; say which is meant",
        hint=f"{archive.name}/SUITE with one of {there}",
    )


def _number(archive: Archive, suite: Suite) -> int:
    return suite.snapshot if archive.kind is ArchiveKind.EXTERNAL else suite.publication


def _members(transaction: Transaction, archive: Archive, suite: Suite) -> Membership:
    label = f"{archive.name}/{suite.name}"
    if archive.kind is ArchiveKind.DERIVED:
        if suite.publication == 0:
            raise ConflictError(
                f"{label} was not published yet",
                hint=f"publish it: vostok publication publish {archive.name}",
            )
        return image_of(transaction, suite)
    if suite.snapshot == 0:
        raise ConflictError(f"{label} has not been imported yet", hint="vostok archive import …")
    return Membership(suite_id=suite.id, number=suite.snapshot)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a derivation is to be, apart from what follows from the parents' packages."""

    selection: str
    mode: DerivationMode
    unbuilt: Unbuilt
    reason: str
    requested_by: str
    at: datetime


def add_derivation(
    transaction: Transaction,
    suite: Suite,
    parents: Sequence[Parent],
    terms: Terms,
    *,
    pinned: Mapping[str, tuple[Membership, Pin]] = MappingProxyType({}),
    removals: Sequence[Removal] = (),
    left_out: frozenset[str] = frozenset(),
    apart: frozenset[str] | None = None,
) -> Derivation:
    """The next derivation of a suite: base, taken sources, what is pinned and removed.

    Args:
        transaction: to read and store in.
        suite: the derived one.
        parents: in their order, at the moment at which they are taken.
        terms: what else it is to be.
        pinned: source -> where its packages stay as they were, and why.
        removals: what is taken out locally.
        left_out: sources of which nothing is taken from the parents this time.
        apart: sources that the suite's present base has not as these parents offer them; None:
            nobody looked.

    Raises:
        InvalidInputError: the selection is malformed or selects nothing.
        ConflictError: somebody else made the suite's next derivation meanwhile.
    """
    number = 1 if suite.derivation is None else suite.derivation.number + 1
    base = base_of_parents(
        transaction,
        suite,
        number,
        parents,
        pinned={source: members for source, (members, _) in pinned.items()},
        removed=left_out | {removal.source for removal in removals},
        apart=apart,
    )
    is_all = takes_everything(terms.selection)
    reasons: Mapping[str, str] = {}
    if not is_all:
        reasons = selected(
            transaction,
            base,
            terms.selection,
            architectures=suite.architectures,
            is_strict=suite.derivation is None or suite.derivation.selection != terms.selection,
        )
        if not reasons and suite.derivation is None:
            raise InvalidInputError(
                f"the selection {terms.selection[:80]!r} takes no source of "
                f"{', '.join(map(str, parents))}",
                hint="try it: vostok selection preview PARENT EXPR",
            )
    derivation = Derivation(
        number=number,
        at=terms.at,
        requested_by=terms.requested_by,
        reason=terms.reason,
        selection=terms.selection,
        is_all=is_all,
        taken=transaction.packages.source_count(base) if is_all else len(reasons),
        mode=terms.mode,
        unbuilt=terms.unbuilt,
        base=base,
        parents=tuple(parents),
    )
    transaction.derivations.add(suite.id, derivation)
    transaction.derivations.set_taken(suite.id, number, reasons)
    transaction.derivations.set_pins(suite.id, number, [pin for _, pin in pinned.values()])
    transaction.derivations.set_removals(suite.id, number, removals)
    return derivation


def base_of_parents(
    transaction: Transaction,
    suite: Suite,
    number: int,
    parents: Sequence[Parent],
    *,
    pinned: Mapping[str, Membership],
    removed: frozenset[str],
    apart: frozenset[str] | None = None,
) -> Membership:
    """The base of a suite's derivation `number`: one parent's own, or one composed and stored.

    O(1) for one parent that is taken as it is; O(sources that stand apart) where the parents are
    those of the present base, which was composed too; else O(packages of all parents).

    Args:
        transaction: to read and store in.
        suite: the derived one.
        number: of the derivation that is being made.
        parents: in their order, at the moment at which they are taken.
        pinned: source -> where its packages stay as they were.
        removed: sources that are left out.
        apart: see `add_derivation`.
    """
    whole = len(parents) == 1 and not parents[0].only
    if whole and not pinned and not removed:
        return parents[0].members
    place = _base_suite(transaction, suite)
    names = None
    if apart is not None:
        names = _changed_names(transaction, suite, place, parents, apart | removed | pinned.keys())
    out = removed | pinned.keys()
    before = () if suite.derivation is None else suite.derivation.parents
    known = {parent.only for parent in before}
    layers = [
        _layer(transaction, parent, names, is_strict=parent.only not in known).without(out)
        for parent in parents
    ]
    for members in set(pinned.values()):
        sources = frozenset(name for name, where in pinned.items() if where == members)
        layers.append(
            Layer(
                rank=RANK_OF_PINNED,
                sources=transaction.members.sources(members, sources),
                binaries=transaction.members.binaries_of_sources(members, sources),
            )
        )
    composed_sources, composed_binaries = composed(layers, architectures=suite.architectures)
    transaction.members.replace(
        place.id, number, sources=composed_sources, binaries=composed_binaries, names=names
    )
    return Membership(suite_id=place.id, number=number)


def _changed_names(
    transaction: Transaction,
    suite: Suite,
    place: Suite,
    parents: Sequence[Parent],
    apart: frozenset[str],
) -> MemberNames | None:
    """The only names of which the next base can differ from the present one; None: any.

    Those of the sources that stand apart, in either of the two, and of all that they build: a
    package of another source may stand in the place of one of theirs.
    """
    old = suite.derivation
    if old is None or old.base.suite_id != place.id or old.parents != tuple(parents):
        return None
    sources = apart | transaction.derivations.pins(suite.id, old.number).keys()
    if len(sources) > NAMES_APART_MAX:
        return None
    binaries = {
        binary.name
        for members in dict.fromkeys([old.base, *(parent.members for parent in parents)])
        for binary in transaction.members.binaries_of_sources(members, sources)
    }
    if len(binaries) > NAMES_APART_MAX:
        return None
    return MemberNames(sources=sources, binaries=frozenset(binaries))


def offered_sources(
    transaction: Transaction, parents: Sequence[Parent]
) -> dict[str, SourceMember]:
    """The current source of each name that parents offer together. O(sources)."""
    layers = [
        Layer(
            rank=parent.rank,
            sources=_taken_of(transaction, parent, transaction.members.sources(parent.members)),
            binaries=(),
        )
        for parent in parents
    ]
    sources, _ = composed(layers, architectures=())
    return {source.name: source for source in sources if not source.is_extra}


def _taken_of(
    transaction: Transaction, parent: Parent, sources: Sequence[SourceMember]
) -> Sequence[SourceMember]:
    if not parent.only:
        return sources
    only = selected(transaction, parent.members, parent.only, is_strict=False)
    return [source for source in sources if source.name in only]


def _layer(
    transaction: Transaction, parent: Parent, names: MemberNames | None, *, is_strict: bool
) -> Layer:
    """What a parent brings of some names or all."""
    layer = Layer(
        rank=parent.rank,
        sources=transaction.members.sources(
            parent.members, None if names is None else names.sources
        ),
        binaries=transaction.members.binaries(
            parent.members, None if names is None else names.binaries
        ),
    )
    if not parent.only:
        return layer
    try:
        taken = selected(transaction, parent.members, parent.only, is_strict=is_strict)
    except InvalidInputError as error:
        raise InvalidInputError(f"«only» of {parent}: {error}", hint=error.hint) from error
    return layer.only(frozenset(taken))


def _base_suite(transaction: Transaction, suite: Suite) -> Suite:
    found = transaction.archives.find_suite(suite.archive_id, suite.name, SuiteRole.BASE)
    if found is not None:
        return found
    return transaction.archives.add_suite(
        archive_id=suite.archive_id,
        name=suite.name,
        codename=suite.codename,
        components=suite.components,
        architectures=suite.architectures,
        role=SuiteRole.BASE,
    )
