"""Which compiler made what was built: classes, verdicts, sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vostok.domain.compiler_proof import (
    PRODUCER_CHARACTERS_MAX,
    PRODUCERS_MAX,
    PackageCode,
    Proof,
    UnitClass,
    UnitCount,
    Verdict,
    proof_from_json,
    proof_of,
    proof_to_json,
    unit_class,
    unproved,
)
from vostok.errors import InvalidInputError

GCC_11 = [r"GNU (C|C\+\+|Fortran|GIMPLE)[0-9]* 11\."]
C17, CXX17, FORTRAN, RUST, ASSEMBLER = 0x1D, 0x21, 0x0E, 0x1C, 0x8001
WITH_CODE = PackageCode(package="probe", elf_files=1, without_debug=0)


def units(producer: str, number: int, language: int = C17) -> UnitCount:
    return UnitCount(producer=producer, language=language, units=number)


@pytest.mark.parametrize(
    ("producer", "language", "expected"),
    [
        ("GNU C17 11.3.0 -O2", C17, UnitClass.ASKED),
        ("GNU C++17 11.3.0 -O2", CXX17, UnitClass.ASKED),
        ("GNU Fortran2008 11.3.0", FORTRAN, UnitClass.ASKED),
        ("GNU C17 12.2.0 -O2", C17, UnitClass.OTHER_COMPILER),
        ("GNU C17 112.2.0", C17, UnitClass.OTHER_COMPILER),
        ("Debian clang version 14.0.6", C17, UnitClass.OTHER_COMPILER),
        ("", C17, UnitClass.OTHER_COMPILER),
        ("GNU GIMPLE 11.3.0", C17, UnitClass.LTO),
        ("GNU GIMPLE 12.2.0", C17, UnitClass.OTHER_COMPILER),
        ("GNU AS 2.40", ASSEMBLER, UnitClass.ASSEMBLER),
        ("Debian clang version 14.0.6", ASSEMBLER, UnitClass.ASSEMBLER),
        ("clang LLVM (rustc version 1.63.0)", RUST, UnitClass.OTHER_LANGUAGE),
        ("Go cmd/compile go1.19.8", 0x16, UnitClass.OTHER_LANGUAGE),
        ("GNU Ada 12.2.0", 0x0D, UnitClass.OTHER_LANGUAGE),
    ],
)
def test_a_unit_is_classified_by_producer_and_language(
    producer: str, language: int, expected: UnitClass
) -> None:
    assert unit_class(producer, language, asked=GCC_11) is expected


def test_a_pattern_with_which_others_would_run_for_years_is_matched_at_once() -> None:
    assert unit_class("GNU C17 " + "a" * 290, C17, asked=["GNU C17 (a*)*b"]) is (
        UnitClass.OTHER_COMPILER
    )


def test_without_a_toolchain_every_deciding_unit_is_just_a_compilers() -> None:
    found = proof_of([units("GNU C17 12.2.0 -O2", 4)], [WITH_CODE], asked=None)

    assert found.classes[UnitClass.COMPILER] == 4
    assert found.verdict is Verdict.RECORDED
    assert found.sentence == "4 of 4 units by GNU C17 12.2.0"


def test_link_time_units_and_compiled_units_count_together_and_the_assembler_does_not() -> None:
    found = proof_of(
        [
            units("GNU C17 11.3.0 -O2", 120),
            units("GNU GIMPLE 11.3.0", 3),
            units("GNU AS 2.40", 5, ASSEMBLER),
        ],
        [WITH_CODE],
        asked=GCC_11,
    )

    assert found.verdict is Verdict.ASKED
    assert found.sentence == "123 of 123 units by GNU C17 11.3.0, GNU GIMPLE 11.3.0"
    assert found.classes[UnitClass.ASSEMBLER] == 5


def test_units_of_two_compilers_are_mixed_and_both_are_named() -> None:
    found = proof_of(
        [units("GNU C17 11.3.0", 97), units("Debian clang version 14.0.6", 3)],
        [WITH_CODE],
        asked=GCC_11,
    )

    assert found.verdict is Verdict.MIXED
    assert found.sentence == "97 of 100 units by GNU C17 11.3.0; 3 by Debian clang version 14.0.6"


def test_units_of_another_compiler_only_are_the_other_verdict() -> None:
    found = proof_of([units("GNU C17 12.2.0", 3)], [WITH_CODE], asked=GCC_11)

    assert found.verdict is Verdict.OTHER
    assert found.sentence == "none of 3 units by the compiler asked for, all by GNU C17 12.2.0"


def test_a_package_without_debug_information_is_named_beside_the_rest() -> None:
    gap = PackageCode(package="bare", elf_files=2, without_debug=1)

    found = proof_of([units("GNU C17 11.3.0", 3)], [WITH_CODE, gap], asked=GCC_11)

    assert found.verdict is Verdict.ASKED
    assert found.packages_not_provable == ("bare",)
    assert found.sentence.endswith("; not provable: bare")


def test_code_without_any_debug_information_proves_nothing() -> None:
    gap = PackageCode(package="bare", elf_files=2, without_debug=2)

    found = proof_of([], [gap], asked=GCC_11)

    assert found.verdict is Verdict.NOT_PROVABLE
    assert found.sentence == "compiled code without debug information in bare"


def test_packages_without_compiled_code_say_so() -> None:
    found = proof_of([], [PackageCode(package="doc", elf_files=0, without_debug=0)], asked=GCC_11)

    assert found.verdict is Verdict.NO_COMPILED_CODE


def test_code_in_other_languages_only_decides_nothing() -> None:
    found = proof_of([units("rustc version 1.63.0", 7, RUST)], [WITH_CODE], asked=GCC_11)

    assert found.verdict is Verdict.NO_COMPILED_CODE
    assert "7 units of assembler or other languages" in found.sentence


def test_the_list_of_producers_is_bounded_and_each_is_cut() -> None:
    many = [units(f"GNU C17 11.3.0 -D{number}=" + "x" * 999, 1) for number in range(300)]

    found = proof_of(many, [WITH_CODE], asked=GCC_11)

    assert len(found.producers) == PRODUCERS_MAX
    assert all(len(entry.producer) <= PRODUCER_CHARACTERS_MAX for entry in found.producers)
    assert found.classes[UnitClass.ASKED] == 300


proofs = st.builds(
    proof_of,
    st.lists(
        st.builds(
            UnitCount,
            producer=st.sampled_from(
                ["GNU C17 11.3.0 -O2", "GNU C17 12.2.0", "GNU AS 2.40", "rustc 1", ""]
            ),
            language=st.sampled_from([0, C17, CXX17, RUST, ASSEMBLER]),
            units=st.integers(0, 10**6),
        ),
        max_size=8,
    ),
    st.lists(
        st.builds(
            PackageCode,
            package=st.sampled_from(["a", "b"]),
            elf_files=st.integers(0, 3),
            without_debug=st.integers(0, 3),
        ),
        max_size=3,
    ),
    asked=st.sampled_from([None, GCC_11]),
)


@given(proofs)
def test_a_proof_survives_its_own_json(proof: Proof) -> None:
    assert proof_from_json(proof_to_json(proof)) == proof


@given(proofs)
def test_every_unit_is_in_exactly_one_class(proof: Proof) -> None:
    assert sum(proof.classes.values()) == sum(entry.units for entry in proof.producers)


def test_the_class_of_a_producer_is_called_class_in_json() -> None:
    found = proof_of([units("GNU C17 11.3.0", 3)], [WITH_CODE], asked=GCC_11)

    assert proof_to_json(found)["producers"] == [
        {"producer": "GNU C17 11.3.0", "units": 3, "class": "asked"}
    ]


def test_a_failed_reading_is_not_provable_with_its_reason() -> None:
    assert unproved("it broke").sentence == "not provable: it broke"
    assert unproved("it broke").verdict is Verdict.NOT_PROVABLE


def test_a_document_that_is_no_proof_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="verdict"):
        proof_from_json({"classes": {}, "sentence": ""})
