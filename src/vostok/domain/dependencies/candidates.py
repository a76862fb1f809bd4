"""Which binary packages satisfy a relation, by name or because they provide it."""

import operator as operators
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

from vostok.debian.relations import parse_relations, relevant
from vostok.debian.version import check_version, is_version
from vostok.debian.version_comparison import compare_texts
from vostok.errors import InvalidInputError

_PROVIDED: Final = re.compile(
    r"\s*([A-Za-z0-9][A-Za-z0-9+.-]*)(?::[a-z0-9-]+)?\s*(?:\(\s*=\s*([^\s()]+)\s*\))?\s*"
)

_PLAIN: Final = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9+.-]*)(?::([a-z0-9][a-z0-9-]*))?"
    r"(?: \((<<|<=|=|>=|>>) ([A-Za-z0-9][^\s()]*)\))?"
    r"(?: <![A-Za-z0-9][A-Za-z0-9.+-]*>)*"
)
"""What most alternatives are: a name, perhaps with a version, and only profiles that are not to be
active. Read without `parse_relations`."""

_HOLDS: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "<<": operators.lt,
    "<=": operators.le,
    "=": operators.eq,
    ">=": operators.ge,
    ">>": operators.gt,
}
"""Of how a package's version compares with the one that is wanted, and zero."""

_NOBODY: Final = range(0)


class Provided(NamedTuple):
    """What a Provides field names: a name, and a version or nothing."""

    name: str
    version: str


def provided_by(field: str) -> list[Provided]:
    """What a Provides field names; what is no name is left out."""
    found = map(_PROVIDED.fullmatch, field.split(","))
    return [Provided(match[1], match[2] or "") for match in found if match]


def provided_names(field: str) -> frozenset[str]:
    """The names in a Provides field."""
    return frozenset(one.name for one in provided_by(field))


def applies(text: str, architecture: str) -> bool:
    """Whether a group of alternatives applies on an architecture; one that is unreadable does."""
    try:
        return bool(relevant(parse_relations(text), architecture=architecture))
    except InvalidInputError:
        return True


class Candidates:
    """The binary packages of a suite on one architecture, by what they are called."""

    def __init__(
        self,
        architecture: str,
        names: Sequence[str],
        versions: Sequence[str],
        provided: Iterable[tuple[int, tuple[str, str]]],
    ) -> None:
        """Take binary packages in the order of their numbers, which is that of their names.

        Args:
            architecture: for which relations are read.
            names: of the packages.
            versions: of the same.
            provided: (number of a package, what it provides with its version or "").
        """
        self._architecture = architecture
        self._package_versions = versions
        self._named = _ranges(names)
        self._provided: dict[str, list[tuple[int, str]]] = {}
        for number, (name, version) in provided:
            self._provided.setdefault(name, []).append((number, version))
        self._known: dict[str, bool] = {}

    def satisfying(self, text: str) -> Sequence[int]:
        """Numbers of the binary packages that satisfy one group of alternatives, ascending.

        None for a group that nobody can read, or that does not apply on the architecture.
        """
        plain = [_PLAIN.fullmatch(alternative) for alternative in text.split(" | ")]
        try:
            if None not in plain:
                return _together([self._of(*match.groups()) for match in plain if match])
            groups = relevant(parse_relations(text), architecture=self._architecture)
        except InvalidInputError:
            return ()
        return _together(
            [
                self._of(one.name, one.qualifier, one.operator, str(one.version or ""))
                for group in groups
                for one in group
            ]
        )

    def _of(
        self, name: str, qualifier: str | None, operator: str | None, wanted: str | None
    ) -> Sequence[int]:
        is_any = qualifier == "any"  # nobody provides a name for all architectures
        if operator and wanted:
            wanted = check_version(wanted)
        if qualifier not in (None, "any", "native", self._architecture):
            return ()
        if operator and wanted:
            return self._in_version(name, operator, wanted, is_any=is_any)
        return self._real(name) if is_any else self._called(name)

    def _called(self, name: str) -> Sequence[int]:
        real, provided = self._real(name), self._provided.get(name)
        if provided is None:
            return real
        return sorted({*real, *(number for number, _ in provided)})

    def _in_version(self, name: str, operator: str, wanted: str, *, is_any: bool) -> Sequence[int]:
        holds, versions, real = (
            _HOLDS[operator],
            self._package_versions,
            self._real(name),
        )
        provided = None if is_any else self._provided.get(name)
        found = [
            number
            for number in real
            if self._is_version(versions[number])
            and holds(compare_texts(versions[number], wanted), 0)
        ]
        if provided is None:
            return found
        return sorted(
            {
                *found,
                *(
                    number
                    for number, version in provided
                    if self._is_version(version) and holds(compare_texts(version, wanted), 0)
                ),
            }
        )

    def _is_version(self, text: str) -> bool:
        """Whether it is one; a Provides may name none."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = is_version(text)
        return known

    def _real(self, name: str) -> range:
        """The packages of a name, which stand beside one another."""
        return self._named.get(name, _NOBODY)


def _together(found: Sequence[Sequence[int]]) -> Sequence[int]:
    return found[0] if len(found) == 1 else sorted(set(chain.from_iterable(found)))


def _ranges(names: Sequence[str]) -> Mapping[str, range]:
    """Name -> its places, of names that are sorted."""
    found: dict[str, range] = {}
    start = 0
    for place, name in enumerate(names):
        if name != names[start]:
            found[names[start]] = range(start, place)
            start = place
    if names:
        found[names[start]] = range(start, len(names))
    return found
