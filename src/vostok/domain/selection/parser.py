"""The text of a selection as a tree. A recursive descent, because its errors know their place.

The grammar stands in docs/reference/selection.md; each method below reads one of its rules.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, NoReturn

from vostok.domain.selection.faults import SELECTION_WRONG, Fault, refusal
from vostok.domain.selection.regular import check_regular
from vostok.domain.selection.scanner import FaultError, Scanner, TooManyFaultsError
from vostok.domain.selection.syntax import (
    SUBJECTS,
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
    Option,
    Part,
    Pattern,
    Subject,
    VersionIs,
)
from vostok.errors import InvalidInputError

EXPRESSION_LENGTH_MAX: Final = 2_000_000
"""Characters: enough for a list of all names of Debian, several times."""

NESTING_MAX: Final = 50
GLOBS_MAX: Final = 500
PREDICATES_MAX: Final = 200
"""Terms that are no names: each may look at the whole archive."""

WALKS_MAX: Final = 20
"""`build-depends`, `needs` and `closure` in one expression."""

FORMS: Final[Mapping[str, str]] = {
    "version": "version(>= 2.0)",
    "field": "field(NAME) = VALUE",
    "provides": "provides(NAME)",
    "task": "task(NAME)",
    "builds": "builds(BINARY)",
    "build-depends": "build-depends(BINARY)",
    "needs": "needs(BINARY)",
    "closure": "closure(SELECTION)",
}
"""How each predicate with parentheses is written."""

_WORD: Final = re.compile(r"[a-z-]+(?![a-z0-9+.*?\[\]!-])")
_CALL: Final = re.compile(
    r"(field|provides|task|builds|build-depends|needs|closure)\s*(?=\()|(version)\s*(?=\(\s*[<>=])"
)
_COMPARISON: Final = re.compile(r"\s*(!=|!~|=|~)\s*")
_SUBJECT: Final = re.compile(r"(section|component|priority|maintainer|architecture)(?=\s*!?[=~])")
_OPTION_NEXT: Final = re.compile(r"\s*,\s*(?:implicit|installed)\s*[,)]")
_OPTION: Final = re.compile(r"\s*,\s*([^\s,()]+)\s*")
_FIELD_NAME: Final = re.compile(r"\s*([A-Za-z][A-Za-z0-9_.+-]*)\s*")
_SOURCE: Final = re.compile(r"src:\s*")


def parse_selection(text: str) -> Expression:
    """The expression that a text is.

    Raises:
        InvalidInputError: it is none, or larger than the bounds above; the message tells every
            fault with its character, the hint shows the text around each.
    """
    if len(text) > EXPRESSION_LENGTH_MAX:
        raise InvalidInputError(
            f"the selection has {len(text)} characters, over {EXPRESSION_LENGTH_MAX}",
            reason=SELECTION_WRONG,
        )
    if not re.search(r"[^\s,]", text):
        raise InvalidInputError(
            "the selection is empty",
            hint="name sources (hello,tree), globs (lib*) or all",
            reason=SELECTION_WRONG,
        )
    parser = _Parser(text)
    try:
        expression = parser.whole()
    except TooManyFaultsError:
        expression = None
    if parser.faults or expression is None:
        raise refusal(text, sorted(parser.faults, key=_place))
    return expression


def _place(fault: Fault) -> int:
    return fault.at


class _Parser(Scanner):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._counts = {"globs": 0, "predicates": 0, "walks": 0}
        self._depth = 0
        self._is_in_closure = False
        self._calls: Mapping[str, Callable[[], Expression]] = {
            "field": self._field,
            "provides": lambda: self._listed(Listing.PROVIDES),
            "task": lambda: self._listed(Listing.TASK),
            "builds": lambda: self._listed(Listing.BUILDS),
            "build-depends": lambda: self._dependent(is_transitive=False),
            "needs": lambda: self._dependent(is_transitive=True),
            "closure": self._closure,
        }

    def whole(self) -> Expression | None:
        """The expression up to the end; None if all of it is wrong."""
        found = self._any()
        while not self.is_at_end():
            self.note("a parenthesis is closed that was not opened")
            self.at += 1
            self._any()
        return found

    # any, all, not ------------------------------------------------------------------------

    def _any(self) -> Expression | None:
        """Terms with `or`, commas or nothing but space between them; None if all are wrong."""
        terms: list[Expression] = []
        self.skip_separators()
        if self._word() == "or":
            self.note("nothing stands before or")
            self._take_word()
        while not (self.is_at_end() or self.is_at(")")):
            term = self._all()
            if term is not None:
                terms.append(term)
            self._after_term()
            if self._is_in_closure and self.peek(_OPTION_NEXT):
                break
            self.skip_separators()
            if self._word() == "or":
                place = self.at
                self._take_word()
                self.skip_separators()
                if self.is_at_end() or self.is_at(")"):
                    self.note("nothing stands after or", at=place)
        if len(terms) > 1:
            return AnyOf(terms=tuple(terms))
        return terms[0] if terms else None

    def _after_term(self) -> None:
        """Where options of a closure may follow, the comma before them stays unread."""
        if not (self._is_in_closure and self.peek(_OPTION_NEXT)):
            self.skip_gap()

    def _all(self) -> Expression | None:
        terms = [self._one()]
        while True:
            self.skip_gap()
            if self._word() != "and":
                break
            place = self.at
            self._take_word()
            self.skip_gap()
            if self.is_at_end() or self.text[self.at] in "),":
                self.note("nothing stands after and", at=place)
                break
            terms.append(self._one())
        known = tuple(term for term in terms if term is not None)
        if len(known) > 1:
            return AllOf(terms=known)
        return known[0] if known else None

    def _one(self) -> Expression | None:
        """One term; None if it is wrong, which has been noted. Always reads something."""
        start = self.at
        self._depth += 1
        if self._depth > NESTING_MAX:
            self.note(f"the selection is nested deeper than {NESTING_MAX}")
            raise TooManyFaultsError
        try:
            return self._term()
        except FaultError:
            if self.at == start and not self.is_at(")"):
                self.skip_chunk()
            return None
        finally:
            self._depth -= 1

    def _term(self) -> Expression | None:
        if self._word() == "not":
            self._take_word()
            self._count("predicates", PREDICATES_MAX)
            self.skip_gap()
            inner = self._one()
            return None if inner is None else Not(inner=inner)
        if self.is_at("("):
            return self._group()
        if self._word() in ("and", "or"):
            self.fail(f"nothing stands before {self._word()}")
        return self._predicate()

    def _group(self) -> Expression | None:
        start = self.at
        self.at += 1
        outer, self._is_in_closure = self._is_in_closure, False
        inner = self._any()
        self._is_in_closure = outer
        if not self.take(")"):
            self.fail("a parenthesis is not closed", at=start)
        if inner is None and not self.faults:
            self.fail("nothing stands between the parentheses", at=start)
        return inner

    # Predicates ---------------------------------------------------------------------------

    def _predicate(self) -> Expression | None:
        word = self._word()
        if word in ("all", "essential"):
            self._take_word()
            self._count("predicates", PREDICATES_MAX)
            return Everything() if word == "all" else Essential()
        if subject := self.take_match(_SUBJECT):
            self._count("predicates", PREDICATES_MAX)
            return self._compared(Subject(subject[1]))
        if call := self.take_match(_CALL):
            self._count("predicates", PREDICATES_MAX)
            if call[2]:
                return self.condition()
            found = self._called(call[1])
            return self._compared_field(found) if isinstance(found, FieldIs) else found
        if word in SUBJECTS or word == "version" or word in self._calls:
            self._refuse_bare(word)
        return self._named()

    def _refuse_bare(self, word: str) -> NoReturn:
        start = self.at
        self._take_word()
        if word in SUBJECTS:
            sentence, form = "is not compared with anything", f"{word} = VALUE or {word} ~ REGEX"
        else:
            sentence, form = "lacks its parentheses", FORMS[word]
        self.fail(
            f"{word} {sentence}", f'write {form}; "{word}" is the source of that name', at=start
        )

    def _called(self, word: str) -> Expression | None:
        """A predicate with its arguments; after a fault in them reading goes on behind them."""
        start = self.at
        self.at += 1
        self.skip_gap()
        try:
            return self._calls[word]()
        except FaultError:
            self.at = start + 1
            self.skip_to_end_of_call()
            raise

    def _named(self) -> Expression:
        pattern = self.name("a name")
        if pattern.is_glob:
            self._count("globs", GLOBS_MAX)
        version: VersionIs | None = None
        if self.begins_condition():
            self._count("predicates", PREDICATES_MAX)
            version = self.condition()
        return Named(pattern=pattern, version=version)

    def _compared(self, subject: Subject) -> Expression:
        comparison = self._comparison()
        return Compared(subject=subject, comparison=comparison, value=self._value(comparison))

    def _field(self) -> Expression:
        name = self.take_match(_FIELD_NAME)
        if not name:
            self.fail("the name of a field is missing", "write it like field(Homepage)")
        part = Part.EITHER
        if option := self.take_match(_OPTION):
            if option[1] not in ("source", "binary"):
                self.fail(f"{option[1][:40]!r} is neither source nor binary", at=option.start(1))
            part = Part(option[1])
        self._close("field")
        return FieldIs(name=name[1], part=part)

    def _compared_field(self, field: FieldIs) -> Expression:
        if not self.peek(_COMPARISON):
            return field
        comparison = self._comparison()
        value = self._value(comparison)
        return replace(field, comparison=comparison, value=value)

    def _listed(self, listing: Listing) -> Expression:
        pattern = self.name("a name")
        self._close(listing)
        return Listed(listing=listing, pattern=pattern)

    def _dependent(self, *, is_transitive: bool) -> Expression:
        self._count("walks", WALKS_MAX)
        of_source = self.take_match(_SOURCE) is not None
        pattern = self.name("a package")
        allowed = frozenset(Option) if is_transitive else frozenset({Option.IMPLICIT})
        options = self._options(allowed)
        self._close("needs" if is_transitive else "build-depends")
        return Dependent(
            pattern=pattern, of_source=of_source, is_transitive=is_transitive, options=options
        )

    def _closure(self) -> Expression:
        self._count("walks", WALKS_MAX)
        start = self.at
        outer, self._is_in_closure = self._is_in_closure, True
        faults_before = len(self.faults)
        inner = self._any()
        self._is_in_closure = outer
        if inner is None and len(self.faults) == faults_before:
            self.fail("a selection is missing", "write it like closure(hello)", at=start)
        options = self._options(frozenset(Option))
        self._close("closure")
        if inner is None:
            raise FaultError
        return Closure(inner=inner, options=options)

    # Pieces -------------------------------------------------------------------------------

    def _options(self, allowed: frozenset[Option]) -> frozenset[Option]:
        found: set[Option] = set()
        while match := self.take_match(_OPTION):
            if match[1] not in allowed:
                self.fail(
                    f"{match[1][:40]!r} is no option here",
                    f"options: {', '.join(sorted(allowed))}",
                    at=match.start(1),
                )
            found.add(Option(match[1]))
        return frozenset(found)

    def _close(self, word: str) -> None:
        self.skip_gap()
        if not self.take(")"):
            self.fail(f"the parenthesis of {word} is not closed here")

    def _comparison(self) -> Comparison:
        match = self.take_match(_COMPARISON)
        if not match:
            self.fail("= or ~ is missing")
        return Comparison(match[1])

    def _value(self, comparison: Comparison) -> Pattern:
        start = self.at
        value = self.value("a value")
        if comparison.is_regular:
            try:
                check_regular(value.text)
            except InvalidInputError as error:
                self.fail(str(error), error.hint or "", at=start)
        elif value.is_glob:
            self._count("globs", GLOBS_MAX)
        return value

    def _count(self, kind: str, most: int) -> None:
        self._counts[kind] += 1
        if self._counts[kind] > most:
            self.note(f"the selection has more than {most} {kind}")
            raise TooManyFaultsError

    def _word(self) -> str:
        match = self.peek(_WORD)
        return match[0] if match else ""

    def _take_word(self) -> None:
        self.take_match(_WORD)
