"""Relations between packages: Depends, Build-Depends and their kin (Policy 7.1)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from vostok.debian.architecture import matches
from vostok.debian.excerpt import excerpt
from vostok.debian.version import Version
from vostok.errors import InvalidInputError

RELATION_FIELD_CHARACTERS_MAX: Final = 4_000_000
RELATIONS_MAX: Final = 50_000
"""Alternatives in one field, all groups together."""

_OPERATORS_OBSOLETE: Final = {"<": "<=", ">": ">="}
_RELATION: Final = re.compile(
    r"""\s*(?P<name>[A-Za-z0-9][A-Za-z0-9+.-]*)
    (?::(?P<qualifier>[a-z0-9][a-z0-9-]*))?
    \s*(?:\(\s*(?P<operator><<|<=|=|>=|>>|<|>)\s*(?P<version>[A-Za-z0-9][^\s()]*)\s*\))?
    \s*(?:\[(?P<architectures>[a-z0-9!\s-]*)\])?
    \s*(?P<profiles>(?:<[A-Za-z0-9!.+\s-]*>\s*)*)""",
    re.VERBOSE | re.ASCII,
)
_TERM: Final = re.compile(r"!?[A-Za-z0-9][A-Za-z0-9.+-]*")
_PROFILE_LIST: Final = re.compile(r"<([^<>]*)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """One package that a relation names, with what restricts it.

    Attributes:
        qualifier: after the colon of the name: `any`, `native` or an architecture.
        operator: `<<`, `<=`, `=`, `>=` or `>>`; None exactly when `version` is None.
        architectures: as written between `[` and `]`, negations with their `!`; empty: all.
        profiles: one inner tuple for each `<…>`; any of them must hold, each needs all its terms.
    """

    name: str
    qualifier: str | None = None
    operator: str | None = None
    version: Version | None = None
    architectures: tuple[str, ...] = ()
    profiles: tuple[tuple[str, ...], ...] = ()

    def __str__(self) -> str:
        parts = [f"{self.name}:{self.qualifier}" if self.qualifier else self.name]
        if self.version is not None:
            parts.append(f"({self.operator} {self.version})")
        if self.architectures:
            parts.append(f"[{' '.join(self.architectures)}]")
        parts.extend(f"<{' '.join(terms)}>" for terms in self.profiles)
        return " ".join(parts)

    def is_satisfied_by(self, version: Version) -> bool:
        """Whether a package of this name in this version is what the relation means."""
        if self.version is None:
            return True
        match self.operator:
            case "<<":
                return version < self.version
            case "<=":
                return version <= self.version
            case ">=":
                return version >= self.version
            case ">>":
                return version > self.version
            case _:
                return version == self.version


Group: TypeAlias = tuple[Relation, ...]
"""Alternatives, in order of preference: `a | b`."""

Groups: TypeAlias = tuple[Group, ...]
"""All that a field demands: every group must hold."""


def parse_relations(field: str) -> Groups:
    """What a relation field says: an *and* of *ors*.

    Empty items between commas are passed over, as dpkg does. The obsolete operators `<` and `>`
    become `<=` and `>=`, which is what they always meant.

    Raises:
        InvalidInputError: the field is malformed; the message has the text near the fault.
    """
    if len(field) > RELATION_FIELD_CHARACTERS_MAX:
        raise InvalidInputError(
            f"a relation field of {len(field)} characters is over the bound of "
            f"{RELATION_FIELD_CHARACTERS_MAX}"
        )
    groups: list[Group] = []
    relations_count = 0
    for item in field.split(","):
        if not item.strip():
            continue
        group = tuple(_parse_relation(alternative) for alternative in item.split("|"))
        relations_count += len(group)
        if relations_count > RELATIONS_MAX:
            raise InvalidInputError(f"a relation field has more than {RELATIONS_MAX} relations")
        groups.append(group)
    return tuple(groups)


def render_relations(groups: Iterable[Sequence[Relation]]) -> str:
    """The field text of groups; `parse_relations` gives them back."""
    return ", ".join(" | ".join(map(str, group)) for group in groups)


def relevant(
    groups: Iterable[Sequence[Relation]],
    *,
    architecture: str,
    profiles: frozenset[str] = frozenset(),
) -> Groups:
    """What is left of build relations on one architecture under build profiles.

    Alternatives that do not apply are dropped, and with the last alternative its group. Those that
    are left have no restrictions any more.

    Source: Policy 7.1; <https://wiki.debian.org/BuildProfileSpec>; as dpkg's `reduce_arch` and
    `reduce_profiles`.
    """
    reduced = (
        tuple(
            _without_restrictions(relation)
            for relation in group
            if _is_for_architecture(relation.architectures, architecture)
            and _is_for_profiles(relation.profiles, profiles)
        )
        for group in groups
    )
    return tuple(group for group in reduced if group)


def _parse_relation(text: str) -> Relation:
    match = _RELATION.match(text)
    if not match or match.end() != len(text):
        raise _malformed(text, match.end() if match else 0)
    operator, architectures = match["operator"], match["architectures"]
    return Relation(
        name=match["name"],
        qualifier=match["qualifier"],
        operator=_OPERATORS_OBSOLETE.get(operator, operator) if operator else None,
        version=_version(match["version"], text) if operator else None,
        architectures=() if architectures is None else _terms(architectures, text),
        profiles=tuple(_terms(terms, text) for terms in _PROFILE_LIST.findall(match["profiles"])),
    )


def _version(text: str, relation: str) -> Version:
    try:
        return Version.parse(text)
    except InvalidInputError as fault:
        raise InvalidInputError(
            f"{fault} in the relation near {excerpt(relation.strip(), relation.find(text))}",
            hint=fault.hint,
        ) from fault


def _terms(text: str, relation: str) -> tuple[str, ...]:
    terms = tuple(text.split())
    if not terms or not all(map(_TERM.fullmatch, terms)):
        raise _malformed(relation, relation.find(text))
    return terms


def _without_restrictions(relation: Relation) -> Relation:
    if not relation.architectures and not relation.profiles:
        return relation
    return Relation(
        name=relation.name,
        qualifier=relation.qualifier,
        operator=relation.operator,
        version=relation.version,
    )


def _is_for_architecture(restrictions: tuple[str, ...], architecture: str) -> bool:
    """Negated terms exclude, others include; the first that matches decides, as in dpkg."""
    for term in restrictions:
        if matches(architecture, term.removeprefix("!")):
            return not term.startswith("!")
    return not restrictions or restrictions[-1].startswith("!")


def _is_for_profiles(formula: tuple[tuple[str, ...], ...], profiles: frozenset[str]) -> bool:
    return not formula or any(
        all((term.removeprefix("!") in profiles) != term.startswith("!") for term in terms)
        for terms in formula
    )


def _malformed(text: str, at: int) -> InvalidInputError:
    return InvalidInputError(
        f"malformed relation near {excerpt(text.strip(), at)}",
        hint="a relation is: name[:architecture] (>= version) [architectures] <profiles>",
    )
