"""What must be known of an archive to evaluate a selection: only that, read in sets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from vostok.domain.dependencies.graph import DependencyGraph
from vostok.domain.selection.syntax import (
    AllOf,
    AnyOf,
    Closure,
    Compared,
    Dependent,
    Essential,
    Everything,
    Expression,
    FieldIs,
    Listed,
    Listing,
    Named,
    Not,
    Part,
    Subject,
    VersionIs,
)

FIELDS_OF_SUBJECTS: Final = {
    Subject.SECTION: ("Section", Part.EITHER),
    Subject.PRIORITY: ("Priority", Part.EITHER),
    Subject.MAINTAINER: ("Maintainer", Part.SOURCE),
    Subject.ARCHITECTURE: ("Architecture", Part.SOURCE),
}
"""Which field of whose paragraph a comparison is about; the component is no field."""

FIELDS_OF_LISTINGS: Final = {
    Listing.PROVIDES: ("Provides", Part.BINARY),
    Listing.TASK: ("Task", Part.BINARY),
    Listing.BUILDS: ("Binary", Part.SOURCE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The facts that an expression asks for.

    `source_fields` and `binary_fields` are names in lower case. Every expression asks for the
    names of the sources.
    """

    source_fields: frozenset[str] = frozenset()
    binary_fields: frozenset[str] = frozenset()
    versions: bool = False
    components: bool = False
    binaries: bool = False
    graphs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of the current sources of an archive.

    Attributes:
        names: of all current sources.
        versions: source -> its version.
        components: source -> its component.
        source_fields: field in lower case -> source -> value.
        binary_fields: field in lower case -> source -> the values its binary packages have.
        binaries: binary package -> sources whose it is.
        graphs: one for each architecture that is looked at.
    """

    names: frozenset[str]
    versions: Mapping[str, str] = field(default_factory=dict)
    components: Mapping[str, str] = field(default_factory=dict)
    source_fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    binary_fields: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    binaries: Mapping[str, frozenset[str]] = field(default_factory=dict)
    graphs: Sequence[DependencyGraph] = ()


def wanted_facts(expression: Expression) -> Wanted:
    """What evaluating an expression needs."""
    parts = list(_parts(expression))
    fields = [pair for part in parts for pair in _fields(part)]
    return Wanted(
        source_fields=frozenset(name.lower() for name, part in fields if part is not Part.BINARY),
        binary_fields=frozenset(name.lower() for name, part in fields if part is not Part.SOURCE),
        versions=any(
            isinstance(part, VersionIs) or (isinstance(part, Named) and part.version is not None)
            for part in parts
        ),
        components=any(
            isinstance(part, Compared) and part.subject is Subject.COMPONENT for part in parts
        ),
        binaries=any(
            isinstance(part, Listed) and part.listing is Listing.BUILDS for part in parts
        ),
        graphs=any(isinstance(part, Dependent | Closure) for part in parts),
    )


def _parts(expression: Expression) -> Iterator[Expression]:
    """The expression and all that it is made of."""
    yield expression
    match expression:
        case Not() | Closure():
            yield from _parts(expression.inner)
        case AllOf() | AnyOf():
            for term in expression.terms:
                yield from _parts(term)
        case _:
            pass


def _fields(part: Expression) -> list[tuple[str, Part]]:
    match part:
        case FieldIs():
            return [(part.name, part.part)]
        case Essential():
            return [("Essential", Part.BINARY)]
        case Listed():
            return [FIELDS_OF_LISTINGS[part.listing]]
        case Compared() if part.subject in FIELDS_OF_SUBJECTS:
            return [FIELDS_OF_SUBJECTS[part.subject]]
        case _:
            return []


def is_everything(expression: Expression) -> bool:
    """Whether the expression takes every source there is, now and after each sync."""
    match expression:
        case Everything():
            return True
        case AnyOf():
            return any(is_everything(term) for term in expression.terms)
        case AllOf():
            return all(is_everything(term) for term in expression.terms)
        case _:
            return False
