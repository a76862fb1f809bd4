"""Which compiler made the binaries: the producers of their compilation units, classified.

Only units in C, C++ and Fortran decide. A unit that link-time optimisation made («GNU GIMPLE»)
counts for the version of its compiler; the assembler is not a compiler.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from vostok.domain.selection.regular import regular_start
from vostok.errors import InvalidInputError

PRODUCER_CHARACTERS_MAX = 200
PRODUCERS_MAX = 100
PACKAGES_NAMED_MAX = 5
DW_LANG_ASSEMBLER = frozenset({0x8001, 0x0031})
DW_LANG_C = frozenset({0x01, 0x02, 0x0C, 0x1D, 0x2C})
DW_LANG_CXX = frozenset({0x04, 0x1A, 0x21, 0x2B})
DW_LANG_FORTRAN = frozenset({0x07, 0x08, 0x0E, 0x22, 0x23, 0x2D})
DECIDING_LANGUAGES = DW_LANG_C | DW_LANG_CXX | DW_LANG_FORTRAN
NO_PRODUCER = "(no producer named)"

_ASSEMBLER = re.compile(r"GNU AS\b")
_LTO = re.compile(r"GNU GIMPLE\b")
_GNU = re.compile(r"GNU (?:C|C\+\+|Fortran|F77|F95)\d* ")
_NAME = re.compile(r"(?:GNU \S+ \S+|.*?version \S+)")


class UnitClass(StrEnum):
    """What a compilation unit says about the compiler asked for.

    `compiler` stands for all deciding units when no toolchain was asked for.
    """

    ASKED = "asked"
    OTHER_COMPILER = "other-compiler"
    ASSEMBLER = "assembler"
    LTO = "lto"
    OTHER_LANGUAGE = "other-language"
    COMPILER = "compiler"


class Verdict(StrEnum):
    """Whether the compiler asked for made what was built."""

    ASKED = "asked"
    MIXED = "mixed"
    OTHER = "other"
    NO_COMPILED_CODE = "no-compiled-code"
    NOT_PROVABLE = "not-provable"
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCount:
    """Units of one producer and language (a DW_LANG number, 0 if none) in what was built."""

    producer: str
    language: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageCode:
    """How much compiled code a package holds; `without_debug` files name no producer."""

    package: str
    elf_files: int
    without_debug: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducerCount:
    """One producer as it is shown; in JSON its class is «class»."""

    producer: Annotated[str, Field(max_length=2 * PRODUCER_CHARACTERS_MAX)]
    units: Annotated[int, Field(ge=0)]
    unit_class: Annotated[UnitClass, Field(alias="class")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the debug information of one build says about its compiler.

    `producers` come most frequent first, at most PRODUCERS_MAX of them.
    """

    classes: Mapping[UnitClass, int]
    verdict: Verdict
    sentence: str
    producers: tuple[ProducerCount, ...] = ()
    packages_not_provable: tuple[str, ...] = field(default=())


_type_of_proof: TypeAdapter[Proof] = TypeAdapter(Proof)


def proof_to_json(proof: Proof) -> dict[str, Any]:
    """The JSON document of a proof."""
    document: dict[str, Any] = _type_of_proof.dump_python(proof, mode="json", by_alias=True)
    return document


def proof_from_json(document: object) -> Proof:
    """The proof in a parsed JSON document.

    Raises:
        InvalidInputError: it is not a proof's document.
    """
    try:
        return _type_of_proof.validate_python(document)
    except ValidationError as error:
        raise InvalidInputError(f"the proof is not acceptable: {error}") from error


def unit_class(producer: str, language: int, *, asked: Sequence[str] | None) -> UnitClass:
    """The class of one unit.

    Args:
        producer: DW_AT_producer.
        language: DW_AT_language, 0 if the unit names none.
        asked: patterns that match the producers of the compiler asked for at their start;
            None when no compiler was asked for.
    """
    if _ASSEMBLER.match(producer) or language in DW_LANG_ASSEMBLER:
        return UnitClass.ASSEMBLER
    if _LTO.match(producer):
        is_asked = asked is None or _matches(producer, asked)
        return UnitClass.LTO if is_asked else UnitClass.OTHER_COMPILER
    if not (_GNU.match(producer) or language in DECIDING_LANGUAGES):
        return UnitClass.OTHER_LANGUAGE
    if asked is None:
        return UnitClass.COMPILER
    return UnitClass.ASKED if _matches(producer, asked) else UnitClass.OTHER_COMPILER


def proof_of(
    units: Iterable[UnitCount],
    packages: Iterable[PackageCode],
    *,
    asked: Sequence[str] | None,
) -> Proof:
    """The proof of one build. O(units entries)."""
    counts: Counter[tuple[str, UnitClass]] = Counter()
    for entry in units:
        kind = unit_class(entry.producer, entry.language, asked=asked)
        shown = entry.producer[:PRODUCER_CHARACTERS_MAX] or NO_PRODUCER
        counts[shown, kind] += entry.units
    all_packages = sorted(packages, key=lambda code: code.package)
    not_provable = tuple(code.package for code in all_packages if code.without_debug)
    classes = _none_counted()
    if asked is None:
        classes[UnitClass.COMPILER] = 0
    for (_, kind), number in counts.items():
        classes[kind] += number
    has_code = any(code.elf_files for code in all_packages)
    verdict = _verdict(classes, is_asked=asked is not None, has_code=has_code, gaps=not_provable)
    return Proof(
        classes=classes,
        producers=_most_frequent(counts),
        verdict=verdict,
        sentence=_sentence(verdict, counts, classes, not_provable),
        packages_not_provable=not_provable,
    )


def unproved(reason: str) -> Proof:
    """The proof when nothing could be read, for that reason."""
    return Proof(
        classes=_none_counted(),
        verdict=Verdict.NOT_PROVABLE,
        sentence=f"not provable: {reason}",
    )


def _none_counted() -> dict[UnitClass, int]:
    return {kind: 0 for kind in list(UnitClass) if kind.value != UnitClass.COMPILER.value}


def _matches(producer: str, asked: Sequence[str]) -> bool:
    return any(regular_start(pattern)(producer) for pattern in asked)


def _good(classes: Mapping[UnitClass, int]) -> int:
    return classes[UnitClass.ASKED] + classes[UnitClass.LTO] + classes.get(UnitClass.COMPILER, 0)


def _verdict(
    classes: Mapping[UnitClass, int], *, is_asked: bool, has_code: bool, gaps: Sequence[str]
) -> Verdict:
    good, other = _good(classes), classes[UnitClass.OTHER_COMPILER]
    if not good + other:
        return Verdict.NOT_PROVABLE if has_code and gaps else Verdict.NO_COMPILED_CODE
    if not is_asked:
        return Verdict.RECORDED
    if not other:
        return Verdict.ASKED
    return Verdict.MIXED if good else Verdict.OTHER


def _most_frequent(counts: Counter[tuple[str, UnitClass]]) -> tuple[ProducerCount, ...]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        ProducerCount(producer=producer, units=number, unit_class=kind)
        for (producer, kind), number in ordered[:PRODUCERS_MAX]
    )


def _sentence(
    verdict: Verdict,
    counts: Counter[tuple[str, UnitClass]],
    classes: Mapping[UnitClass, int],
    not_provable: Sequence[str],
) -> str:
    good, other = _good(classes), classes[UnitClass.OTHER_COMPILER]
    gaps = f"; not provable: {_names(not_provable)}" if not_provable else ""
    good_names = _compilers(counts, {UnitClass.ASKED, UnitClass.LTO, UnitClass.COMPILER})
    other_names = _compilers(counts, {UnitClass.OTHER_COMPILER})
    match verdict:
        case Verdict.NO_COMPILED_CODE:
            others = classes[UnitClass.OTHER_LANGUAGE] + classes[UnitClass.ASSEMBLER]
            return "no code compiled from C, C++ or Fortran" + (
                f", {others} units of assembler or other languages" if others else ""
            )
        case Verdict.NOT_PROVABLE:
            return f"compiled code without debug information in {_names(not_provable)}"
        case Verdict.ASKED | Verdict.RECORDED:
            return f"{good} of {good + other} units by {good_names}{gaps}"
        case Verdict.OTHER:
            return f"none of {other} units by the compiler asked for, all by {other_names}{gaps}"
        case Verdict.MIXED:
            return (
                f"{good} of {good + other} units by {good_names}; {other} by {other_names}{gaps}"
            )


def _compilers(counts: Counter[tuple[str, UnitClass]], kinds: set[UnitClass]) -> str:
    """The two most frequent compilers of these classes, LTO's last: it names no language."""
    names: Counter[str] = Counter()
    for (producer, kind), number in counts.items():
        if kind in kinds:
            found = _NAME.match(producer)
            names[found.group() if found else producer[:60]] += number
    ordered = sorted(names, key=lambda name: ("GIMPLE" in name, -names[name], name))
    rest = f" and {len(ordered) - 2} more" if len(ordered) > 2 else ""  # noqa: PLR2004
    return ", ".join(ordered[:2]) + rest


def _names(packages: Sequence[str]) -> str:
    shown = ", ".join(packages[:PACKAGES_NAMED_MAX])
    rest = len(packages) - PACKAGES_NAMED_MAX
    return f"{shown} and {rest} more" if rest > 0 else shown
