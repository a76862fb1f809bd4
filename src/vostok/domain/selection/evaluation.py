"""Which sources an expression selects, and why each of them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from vostok.debian.architecture import builds_on
from vostok.debian.relations import Relation
from vostok.debian.version import Version
from vostok.domain.dependencies.candidates import provided_names
from vostok.domain.selection.facts import FIELDS_OF_SUBJECTS, Facts
from vostok.domain.selection.faults import SELECTION_WRONG, marked
from vostok.domain.selection.regular import glob, regular
from vostok.domain.selection.syntax import (
    AllOf,
    AnyOf,
    Closure,
    Compared,
    Comparison,
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
    Pattern,
    Subject,
    VersionIs,
    render,
)
from vostok.domain.selection.walks import sources_needed, sources_needing
from vostok.errors import InvalidInputError

REASON_CHARACTERS_MAX: Final = 200
UNMATCHED_SHOWN_MAX: Final = 10
UNMATCHED_MARKED_MAX: Final = 3
WHOLE: Final = "everything is taken"

Reasons = dict[str, str]
"""Source -> why it is selected."""

Test = Callable[[str], object]


def evaluate(
    expression: Expression,
    facts: Facts,
    *,
    among: frozenset[str] | None = None,
    is_strict: bool = True,
    text: str = "",
) -> Reasons:
    """The sources that an expression selects, by name, each with the reason.

    Args:
        expression: what is asked.
        facts: at least what `wanted_facts` names.
        among: only these sources are selected; None: all. Dependencies are those of all.
        is_strict: refuse an expression of which a part names nothing. A stored expression is
            evaluated without: what it named may have left the archive.
        text: of the expression, for messages.

    Raises:
        InvalidInputError: a name, a glob or a package asked for is not here; the message names
            every such one.
    """
    evaluation = _Evaluation(facts, facts.names if among is None else facts.names & among)
    reasons = evaluation.of(expression)
    if evaluation.unmatched and is_strict:
        raise _nothing_named(evaluation, text)
    if among is not None:
        reasons = {name: reason for name, reason in reasons.items() if name in among}
    return {name: reasons[name][:REASON_CHARACTERS_MAX] for name in sorted(reasons)}


class _Evaluation:
    def __init__(self, facts: Facts, universe: frozenset[str]) -> None:
        self.facts = facts
        self.universe = universe
        self.unmatched: dict[str, Pattern] = {}
        self.unmatched_packages: set[str] = set()
        self._source_names = sorted(universe)

    def of(self, expression: Expression) -> Reasons:  # noqa: C901, PLR0911 - one line for each kind
        """The answer for one part."""
        match expression:
            case Everything():
                return dict.fromkeys(self.universe, WHOLE)
            case AnyOf():
                return self._any(expression.terms)
            case AllOf():
                return self._all(expression.terms)
            case Not():
                return dict.fromkeys(
                    self.universe - self.of(expression.inner).keys(), render_short(expression)
                )
            case Named():
                return self._named(expression)
            case VersionIs():
                return self._of_version(expression, self.universe)
            case Essential():
                return self._with_binary_field("essential", "yes".__eq__, "essential")
            case Compared():
                return self._compared(expression)
            case FieldIs():
                return self._of_field(expression)
            case Listed():
                return self._listed(expression)
            case Dependent():
                return self._dependent(expression)
            case Closure():
                return self._closure(expression)

    # Sets ---------------------------------------------------------------------------------

    def _any(self, terms: Iterable[Expression]) -> Reasons:
        found: Reasons = {}
        for term in terms:
            for name, reason in self.of(term).items():
                found.setdefault(name, reason)
        return found

    def _all(self, terms: Iterable[Expression]) -> Reasons:
        first, *rest = [self.of(term) for term in terms]
        common = set(first).intersection(*rest)
        return {
            name: " and ".join(reasons[name] for reasons in (first, *rest))[:REASON_CHARACTERS_MAX]
            for name in common
        }

    # Names and versions -------------------------------------------------------------------

    def _named(self, named: Named) -> Reasons:
        pattern = named.pattern
        if pattern.is_glob:
            test = glob(pattern.text)
            found = [name for name in self._source_names if test(name)]
            reason = f"glob {pattern.text}"
        else:
            found = [pattern.text] if pattern.text in self.universe else []
            reason = f"name {pattern.text}"
        if not found:
            self.unmatched.setdefault(pattern.text, pattern)
        if named.version is None:
            return dict.fromkeys(found, reason)
        return dict.fromkeys(self._of_version(named.version, found), render_short(named))

    def _of_version(self, condition: VersionIs, names: Iterable[str]) -> Reasons:
        relation = Relation(name="any", operator=condition.operator, version=condition.version)
        versions = self.facts.versions
        found: Reasons = {}
        for name in names:
            try:
                if relation.is_satisfied_by(Version.parse(versions[name])):
                    found[name] = f"version {versions[name]}"
            except InvalidInputError:
                continue  # a version that is none meets no condition
        return found

    # Fields -------------------------------------------------------------------------------

    def _compared(self, compared: Compared) -> Reasons:
        facts, subject = self.facts, compared.subject
        test = _test(compared.comparison, compared.value)
        if subject is Subject.COMPONENT:
            found = self._where(facts.components, test, subject)
        elif subject is Subject.ARCHITECTURE and not compared.comparison.is_regular:
            fields = facts.source_fields["architecture"]
            found = self._where(fields, _builds_for(compared.value), subject)
        else:
            name, part = FIELDS_OF_SUBJECTS[subject]
            variants = _VARIANTS.get(subject, _only)
            found = self._with_field(name, part, _of_some(variants, test), subject)
        return self._negated(found, compared) if compared.comparison.is_negated else found

    def _of_field(self, asked: FieldIs) -> Reasons:
        if asked.comparison is None or asked.value is None:
            return self._with_field(asked.name, asked.part, _is_there, asked.name)
        test = _test(asked.comparison, asked.value)
        found = self._with_field(asked.name, asked.part, test, asked.name)
        return self._negated(found, asked) if asked.comparison.is_negated else found

    def _negated(self, found: Reasons, asked: Expression) -> Reasons:
        return dict.fromkeys(self.universe - found.keys(), render_short(asked))

    def _with_field(self, name: str, part: Part, test: Test, title: str) -> Reasons:
        found: Reasons = {}
        if part is not Part.BINARY:
            found = self._where(self.facts.source_fields[name.lower()], test, title)
        if part is not Part.SOURCE:
            found = self._with_binary_field(name.lower(), test, title) | found
        return found

    def _where(self, values: Mapping[str, str], test: Test, title: str) -> Reasons:
        return {
            name: f"{title} {_first_line(value)}"
            for name, value in values.items()
            if name in self.universe and test(value)
        }

    def _with_binary_field(self, name: str, test: Test, title: str) -> Reasons:
        found: Reasons = {}
        verdicts: dict[str, object] = {}
        for source, values in self.facts.binary_fields[name].items():
            if source not in self.universe:
                continue
            for value in values:
                if value not in verdicts:
                    verdicts[value] = test(value)
            hit = min((value for value in values if verdicts[value]), default=None)
            if hit is not None:
                found[source] = f"{title} {_first_line(hit)} of a binary package"
        return found

    # Binary packages ----------------------------------------------------------------------

    def _listed(self, listed: Listed) -> Reasons:
        pattern = listed.pattern
        is_it = glob(pattern.text) if pattern.is_glob else pattern.text.__eq__
        match listed.listing:
            case Listing.BUILDS:
                return self._builds(pattern, is_it)
            case Listing.PROVIDES:
                names: Callable[[str], Iterable[str]] = provided_names
            case Listing.TASK:
                names = _items
        found = self._with_binary_field(
            str(listed.listing), lambda value: any(map(is_it, names(value))), ""
        )
        return dict.fromkeys(found, f"{listed.listing} {pattern.text}")

    def _builds(self, pattern: Pattern, is_it: Test) -> Reasons:
        named = self._where(
            self.facts.source_fields["binary"],
            lambda value: any(map(is_it, _items(value))),
            "",
        )
        found = dict.fromkeys(named, f"builds {pattern.text}")
        binaries = self.facts.binaries
        here = binaries if pattern.is_glob else [pattern.text] if pattern.text in binaries else []
        for binary in here:
            if is_it(binary):
                for source in binaries[binary] & self.universe:
                    found[source] = f"builds {binary}"
        return found

    # Dependencies -------------------------------------------------------------------------

    def _dependent(self, asked: Dependent) -> Reasons:
        found: Reasons = {}
        answers = [sources_needing(graph, asked) for graph in self.facts.graphs]
        if all(answer is None for answer in answers):
            prefix = "src:" if asked.of_source else ""
            self.unmatched.setdefault(f"{prefix}{asked.pattern.text}", asked.pattern)
            self.unmatched_packages.add(f"{prefix}{asked.pattern.text}")
        for answer in answers:
            for name, reason in (answer or {}).items():
                if name in self.universe:
                    found.setdefault(name, reason)
        return found

    def _closure(self, closure: Closure) -> Reasons:
        begun = self.of(closure.inner)
        found = dict(begun)
        for graph in self.facts.graphs:
            for name, reason in sources_needed(graph, begun, closure).items():
                if name in self.universe:
                    found.setdefault(name, reason)
        return found


def render_short(expression: Expression) -> str:
    """The text of an expression, cut where it is too long for a reason."""
    return render(expression)[:REASON_CHARACTERS_MAX]


def _test(comparison: Comparison, value: Pattern) -> Test:
    """Whether a value is as asked, without regard to a negation."""
    if comparison.is_regular:
        return regular(value.text)
    return glob(value.text) if value.is_glob else value.text.__eq__


def _of_some(variants: Callable[[str], Iterable[str]], test: Test) -> Test:
    return lambda value: any(map(test, variants(value)))


def _only(value: str) -> Iterable[str]:
    return (value,)


def _sections(value: str) -> Iterable[str]:
    """A section with and without the component before its slash."""
    return (value, value.rpartition("/")[2])


def _maintainers(value: str) -> Iterable[str]:
    """A maintainer as written, by the name and by the address."""
    name, _, address = value.partition("<")
    return (value, name.strip(), address.rstrip("> "))


_VARIANTS: Final[Mapping[Subject, Callable[[str], Iterable[str]]]] = {
    Subject.SECTION: _sections,
    Subject.MAINTAINER: _maintainers,
}


def _builds_for(value: Pattern) -> Test:
    """Whether an Architecture field has the word, or a wildcard that means the architecture."""
    is_it: Test = glob(value.text) if value.is_glob else value.text.__eq__

    def test(field: str) -> object:
        return any(map(is_it, field.split())) or (
            not value.is_glob and builds_on(field, value.text)
        )

    return test


def _is_there(_value: str) -> bool:
    return True


def _items(value: str) -> list[str]:
    return value.replace(",", " ").split()


def _first_line(value: str) -> str:
    return value.strip().partition("\n")[0][:REASON_CHARACTERS_MAX]


def _nothing_named(evaluation: _Evaluation, text: str) -> InvalidInputError:
    unmatched, packages = evaluation.unmatched, evaluation.unmatched_packages
    names = list(unmatched)
    kind = "package" if packages.issuperset(names) else "source"
    more = " …" if len(names) > UNMATCHED_SHOWN_MAX else ""
    shown = ", ".join(names[:UNMATCHED_SHOWN_MAX]) + more
    marks = [marked(text, unmatched[name].at) for name in names[:UNMATCHED_MARKED_MAX] if text]
    return InvalidInputError(
        f"the selection names no {kind} here: {shown}",
        hint="\n".join((_suggestion(names[0], evaluation), *marks)),
        reason=SELECTION_WRONG,
    )


def _suggestion(wanted: str, evaluation: _Evaluation) -> str:
    universe, facts = evaluation.universe, evaluation.facts
    if wanted in evaluation.unmatched_packages:
        return "a binary package is meant here; src:NAME stands for all those of a source"
    sources = facts.binaries.get(wanted, frozenset()) & universe
    if sources:
        return f"{wanted} is a binary package of {', '.join(sorted(sources)[:5])}"
    close = sorted(name for name in universe if name.startswith(wanted[:4]))[:5]
    if close:
        return f"names that begin alike: {', '.join(close)}"
    return f"a binary package's name is not always its source's: try builds({wanted})"
