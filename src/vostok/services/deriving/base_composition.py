"""Composing the base of a suite from several parents: reading and choosing apart from storing.

What parents show at a number never changes. So a base can be composed before the transaction that
stores it, while others write, and holds as long as it is asked of the same parents.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vostok.domain.archive import Suite, SuiteRole
from vostok.domain.composition import Layer, composed
from vostok.domain.derivation import Derivation, Parent
from vostok.domain.package import BinaryMember, MemberNames, Membership, SourceMember
from vostok.errors import InvalidInputError
from vostok.services.repositories import Transaction
from vostok.services.selection.selecting import selected

RANK_OF_PINNED = 0
"""Stronger than every parent: what is pinned stays, whatever they offer."""

NAMES_APART_MAX = 2_000
"""Of more names than these a base is composed as a whole, not by its difference to the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredients:
    """All that a base is composed of.

    Attributes:
        parents: in their order, at the moment at which they are taken.
        architectures: of the suite.
        pinned: source -> where its packages stay as they were.
        removed: sources that are left out.
        old: the derivation whose base is there now; None for the first.
        apart: sources that the present base has not as these parents offer them; None: nobody
            looked.
    """

    parents: tuple[Parent, ...]
    architectures: tuple[str, ...]
    pinned: Mapping[str, Membership]
    removed: frozenset[str]
    old: Derivation | None
    apart: frozenset[str] | None = None

    @property
    def are_one_whole_parent(self) -> bool:
        """Whether the base is a parent's own."""
        is_whole = len(self.parents) == 1 and not self.parents[0].only
        return is_whole and not self.pinned and not self.removed


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposedBase:
    """A base that is not stored yet.

    Attributes:
        names: only what has these names is in it, the rest is as in the last one; None: it is
            whole.
    """

    names: MemberNames | None
    sources: Sequence[SourceMember]
    binaries: Sequence[BinaryMember]


def composed_base(
    transaction: Transaction, suite: Suite | None, ingredients: Ingredients
) -> ComposedBase:
    """A base, of parents as they are; it is not one parent's own.

    O(sources that stand apart) where the parents are those of the present base, which was
    composed too; else O(packages of all parents).

    Args:
        transaction: to read in.
        suite: that it is for; None while it is not there.
        ingredients: what it is made of.

    Raises:
        InvalidInputError: what is taken of a parent alone is malformed or, asked for anew, names
            nothing.
    """
    pinned = ingredients.pinned
    out = ingredients.removed | pinned.keys()
    names = None
    if ingredients.apart is not None and suite is not None:
        names = _changed_names(transaction, suite, ingredients, ingredients.apart | out)
    before = () if ingredients.old is None else ingredients.old.parents
    known = {parent.only for parent in before}
    layers = [
        _layer(transaction, parent, names, is_strict=parent.only not in known).without(out)
        for parent in ingredients.parents
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
    shown, binaries = composed(layers, architectures=ingredients.architectures)
    return ComposedBase(names=names, sources=shown, binaries=binaries)


def stored_base(
    transaction: Transaction, suite: Suite, number: int, base: ComposedBase
) -> Membership:
    """Where a base is from now on: that of a suite's derivation `number`. O(its members)."""
    place = find_base_suite(transaction, suite) or transaction.archives.add_suite(
        archive_id=suite.archive_id,
        name=suite.name,
        codename=suite.codename,
        components=suite.components,
        architectures=suite.architectures,
        role=SuiteRole.BASE,
    )
    transaction.members.replace(
        place.id, number, sources=base.sources, binaries=base.binaries, names=base.names
    )
    return Membership(suite_id=place.id, number=number)


def find_base_suite(transaction: Transaction, suite: Suite) -> Suite | None:
    """Where composed bases of a suite lie, if there was one."""
    return transaction.archives.find_suite(suite.archive_id, suite.name, SuiteRole.BASE)


def _changed_names(
    transaction: Transaction, suite: Suite, ingredients: Ingredients, apart: frozenset[str]
) -> MemberNames | None:
    """The only names of which the next base can differ from the present one; None: any.

    Those of the sources that stand apart, in either of the two, and of all that they build: a
    package of another source may stand in the place of one of theirs.
    """
    old, place = ingredients.old, find_base_suite(transaction, suite)
    if old is None or place is None:
        return None
    if old.base.suite_id != place.id or old.parents != ingredients.parents:
        return None
    sources = apart | transaction.derivations.pins(suite.id, old.number).keys()
    if len(sources) > NAMES_APART_MAX:
        return None
    places = [old.base, *(parent.members for parent in old.parents)]
    binaries = {
        binary.name
        for members in dict.fromkeys(places)
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
