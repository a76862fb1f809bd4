"""The parts that a selection is made of, and how they are written.

An expression is a tree of the values below. `render` gives the text of one, and the parser gives
the same tree back for it.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from vostok.debian.version import Version


class Subject(StrEnum):
    """What a comparison is about: something that each source has without its field being named."""

    SECTION = "section"
    COMPONENT = "component"
    PRIORITY = "priority"
    MAINTAINER = "maintainer"
    ARCHITECTURE = "architecture"


class Comparison(StrEnum):
    """How a value is compared."""

    EQUALS = "="
    DIFFERS = "!="
    MATCHES = "~"
    MATCHES_NOT = "!~"

    @property
    def is_negated(self) -> bool:
        """Whether it holds exactly where its counterpart does not."""
        return self in (Comparison.DIFFERS, Comparison.MATCHES_NOT)

    @property
    def is_regular(self) -> bool:
        """Whether its value is a regular expression."""
        return self in (Comparison.MATCHES, Comparison.MATCHES_NOT)


class Part(StrEnum):
    """Whose paragraph has a field."""

    SOURCE = "source"
    BINARY = "binary"
    EITHER = ""


class Listing(StrEnum):
    """A list of names that binary packages carry or are."""

    PROVIDES = "provides"
    TASK = "task"
    BUILDS = "builds"


class Option(StrEnum):
    """What widens or narrows a walk through dependencies.

    `implicit`: build-essential counts too, which each source needs without saying so.
    `installed`: what is installed for a build is not itself built again.
    """

    IMPLICIT = "implicit"
    INSTALLED = "installed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A name or a glob as written; between quotation marks it stands only for itself.

    `at` is where it begins, for messages; it is no part of what the pattern means.
    """

    text: str
    is_quoted: bool = False
    at: int = field(default=0, compare=False)

    @property
    def is_glob(self) -> bool:
        """Whether it may stand for several names."""
        return not self.is_quoted and any(character in self.text for character in "*?[")


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionIs:
    """A condition on the version of the source: alone, all sources that meet it."""

    operator: str
    version: Version


@dataclass(frozen=True, slots=True)
class Everything:
    """`all`."""


@dataclass(frozen=True, slots=True)
class Essential:
    """Sources of binary packages that are marked Essential."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Sources by their name, of any version or of one that a condition allows."""

    pattern: Pattern
    version: VersionIs | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Sources of which something compares as asked."""

    subject: Subject
    comparison: Comparison
    value: Pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldIs:
    """Sources with a field that is there, or whose value compares as asked."""

    name: str
    part: Part = Part.EITHER
    comparison: Comparison | None = None
    value: Pattern | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Sources of whose binary packages one provides, belongs to or is what is asked."""

    listing: Listing
    pattern: Pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependent:
    """Sources that need a package to be built: themselves, or also through others.

    `of_source`: the pattern names a source, and any of its binary packages is meant.
    """

    pattern: Pattern
    of_source: bool = False
    is_transitive: bool = False
    options: frozenset[Option] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """What a selection needs to be built, and that selection itself."""

    inner: "Expression"
    options: frozenset[Option] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """All sources but these."""

    inner: "Expression"


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf:
    """Sources that each of two or more terms selects."""

    terms: tuple["Expression", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """Sources that one of two or more terms selects."""

    terms: tuple["Expression", ...]


Expression: TypeAlias = (
    Everything
    | Essential
    | Named
    | VersionIs
    | Compared
    | FieldIs
    | Listed
    | Dependent
    | Closure
    | Not
    | AllOf
    | AnyOf
)

SUBJECTS: Final = frozenset(Subject)
KEYWORDS: Final = frozenset(
    {"all", "and", "or", "not", "essential", "version", "field", "build-depends", "needs"}
    | {"closure", "src", *Subject, *Listing, *Option}
)
"""Words that stand for a source's name only between quotation marks."""


def render(expression: Expression) -> str:  # noqa: C901, PLR0911 - one answer for each kind
    """The text of an expression; what it is made of keeps its order."""
    match expression:
        case Everything():
            return "all"
        case Essential():
            return "essential"
        case Named():
            version = "" if expression.version is None else f" ({_condition(expression.version)})"
            return f"{quoted(expression.pattern)}{version}"
        case VersionIs():
            return f"version({_condition(expression)})"
        case Compared():
            value = quoted(expression.value)
            return f"{expression.subject} {expression.comparison} {value}"
        case FieldIs():
            return _rendered_field(expression)
        case Listed():
            return f"{expression.listing}({quoted(expression.pattern)})"
        case Dependent() | Closure():
            return _rendered_walk(expression)
        case Not():
            return f"not {_grouped(expression.inner, (AllOf, AnyOf))}"
        case AllOf():
            return " and ".join(_grouped(term, (AllOf, AnyOf)) for term in expression.terms)
        case AnyOf():
            return " or ".join(_grouped(term, (AnyOf,)) for term in expression.terms)


def quoted(pattern: Pattern) -> str:
    """A pattern as it is written, between quotation marks where it was or must be."""
    if not pattern.is_quoted:
        return pattern.text
    mark = "'" if '"' in pattern.text and "'" not in pattern.text else '"'
    return f"{mark}{pattern.text.replace(mark, mark * 2)}{mark}"


def _condition(condition: VersionIs) -> str:
    return f"{condition.operator} {condition.version}"


def _rendered_field(expression: FieldIs) -> str:
    part = f", {expression.part}" if expression.part is not Part.EITHER else ""
    text = f"field({expression.name}{part})"
    if expression.comparison is None or expression.value is None:
        return text
    return f"{text} {expression.comparison} {quoted(expression.value)}"


def _rendered_walk(expression: Dependent | Closure) -> str:
    options = "".join(f", {option}" for option in sorted(expression.options))
    if isinstance(expression, Closure):
        return f"closure({render(expression.inner)}{options})"
    word = "needs" if expression.is_transitive else "build-depends"
    source = "src:" if expression.of_source else ""
    return f"{word}({source}{quoted(expression.pattern)}{options})"


def _grouped(term: Expression, kinds: tuple[type, ...]) -> str:
    return f"({render(term)})" if isinstance(term, kinds) else render(term)
