"""The base of a derived suite: its parents at one moment, put together where there are several."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import Archive, ArchiveKind, ArchiveState, Suite
from vostok.domain.derivation import (
    Derivation,
    DerivationMode,
    Parent,
    ParentRequest,
    Pin,
    Removal,
    Unbuilt,
)
from vostok.domain.package import Membership
from vostok.errors import ConflictError, InvalidInputError, NotFoundError
from vostok.services.deriving.base_composition import (
    ComposedBase,
    Ingredients,
    composed_base,
    stored_base,
)
from vostok.services.deriving.images import image_of, is_image_stored, missing_image, store_image
from vostok.services.repositories import Database, Transaction
from vostok.services.selection.selecting import selected, takes_everything


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


def store_parents(
    database: Database, principal: Principal, requests: Sequence[ParentRequest]
) -> None:
    """Store what derived parents show now, each in a transaction of its own.

    What they show is read while others write. Afterwards `parent_now` only reads of them, until
    they are published again. O(archive) for each parent that was published since.

    Raises:
        NotAllowedError: as `parent_now`.
        NotFoundError: likewise.
        InvalidInputError: likewise.
    """
    for request in requests:
        require(principal, Action.DERIVE_FROM, request.archive)
        with database.read() as transaction:
            archive = transaction.archives.named(request.archive)
            if archive.kind is not ArchiveKind.DERIVED:
                continue
            image = missing_image(transaction, _suite(transaction, archive, request.suite))
        if image is not None:
            with database.write() as transaction:
                store_image(transaction, image)


def are_stored(transaction: Transaction, requests: Sequence[ParentRequest]) -> bool:
    """Whether `parent_now` would only read of these parents."""
    for request in requests:
        archive = transaction.archives.named(request.archive)
        if archive.kind is ArchiveKind.DERIVED and not is_image_stored(
            transaction, _suite(transaction, archive, request.suite)
        ):
            return False
    return True


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
    composed: ComposedBase | None = None,
    chosen: Mapping[str, str] | None = None,
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
        composed: the base, if it was composed of just this before; None: it is composed here.
        chosen: what the selection takes, if that was found of just this before, as `selected` has
            it; None: it is found here.

    Raises:
        InvalidInputError: the selection is malformed or selects nothing.
        ConflictError: somebody else made the suite's next derivation meanwhile.
    """
    number = _next_number(suite)
    ingredients = Ingredients(
        parents=tuple(parents),
        architectures=suite.architectures,
        pinned={source: members for source, (members, _) in pinned.items()},
        removed=left_out | {removal.source for removal in removals},
        old=suite.derivation,
        apart=apart,
    )
    if ingredients.are_one_whole_parent:
        base = parents[0].members
    else:
        made = composed or composed_base(transaction, suite, ingredients)
        base = stored_base(transaction, suite, number, made)
    derivation, reasons = derivation_over(transaction, suite, base, parents, terms, chosen=chosen)
    transaction.derivations.add(suite.id, derivation)
    transaction.derivations.set_taken(suite.id, number, reasons)
    transaction.derivations.set_pins(suite.id, number, [pin for _, pin in pinned.values()])
    transaction.derivations.set_removals(suite.id, number, removals)
    return derivation


def derivation_over(
    transaction: Transaction,
    suite: Suite,
    base: Membership,
    parents: Sequence[Parent],
    terms: Terms,
    *,
    chosen: Mapping[str, str] | None = None,
) -> tuple[Derivation, Mapping[str, str]]:
    """The next derivation of a suite over a base, not stored, and why it takes each source.

    Of one that takes everything no source is named. Costs what `selected` does, unless that was
    `chosen` before.

    Raises:
        InvalidInputError: the selection is malformed or selects nothing.
    """
    is_all = takes_everything(terms.selection)
    reasons: Mapping[str, str] = {}
    if not is_all:
        reasons = chosen or selected(
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
        number=_next_number(suite),
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
    return derivation, reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What a first derivation takes long for, found while others write.

    Attributes:
        ingredients: of what.
        composed: the base, where it is put together of several parents or of parts.
        chosen: source -> why the selection takes it, of one whole parent; None: everything, or a
            selection with a fault, which is told when it is stored.
    """

    ingredients: Ingredients
    composed: ComposedBase | None = None
    chosen: Mapping[str, str] | None = None


def first_ingredients(parents: Sequence[Parent], architectures: tuple[str, ...]) -> Ingredients:
    """Of what the first derivation of a suite is made."""
    return Ingredients(
        parents=tuple(parents),
        architectures=architectures,
        pinned={},
        removed=frozenset(),
        old=None,
    )


def ready_for(
    transaction: Transaction,
    parents: Sequence[Parent],
    architectures: tuple[str, ...],
    selection: str,
) -> Ready:
    """What can be found before a first derivation is stored. O(packages of all parents)."""
    ingredients = first_ingredients(parents, architectures)
    if not ingredients.are_one_whole_parent:
        return Ready(
            ingredients=ingredients, composed=composed_base(transaction, None, ingredients)
        )
    chosen = None
    with suppress(InvalidInputError):
        if not takes_everything(selection):
            chosen = selected(
                transaction, parents[0].members, selection, architectures=architectures
            )
    return Ready(ingredients=ingredients, chosen=chosen)


def _next_number(suite: Suite) -> int:
    return 1 if suite.derivation is None else suite.derivation.number + 1
