"""Paragraphs of foreign indices: the quick way takes nothing that the careful one would not."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vostok.errors import InvalidInputError
from vostok.services.importing import indexed_releases

DIGEST = "a" * 64
TEXTS = st.text(alphabet="aA0.+~:-/_%() \n\té", max_size=12)
VERSIONS = st.one_of(st.sampled_from(["1", "1:2-3", "1.0-", "3000000000:1", "~1", "1_2"]), TEXTS)
NAMES = st.one_of(st.sampled_from(["libc6", "a", "g++", "-x", "A1"]), TEXTS)
PATHS = st.one_of(st.sampled_from(["pool/a/b_1.deb", "../x", "/etc", "a//b", "a" * 256]), TEXTS)
SIZES = st.one_of(st.sampled_from(["0", "12", "-1", "9" * 13, "9" * 20, "1 2"]), TEXTS)
DIGESTS = st.one_of(st.sampled_from([DIGEST, "A" * 64, "a" * 63]), TEXTS)
SOURCES = st.one_of(st.sampled_from(["", "hello", "hello (1.2)", "hello  (1)", "x (1) y"]), TEXTS)
FILE_LINES = st.builds(
    "{} {} {}".format,
    DIGESTS,
    SIZES,
    st.one_of(st.sampled_from(["a.dsc", "b.tar.xz", "../c", "x" * 256]), TEXTS),
)


@settings(max_examples=600)
@given(
    fields=st.fixed_dictionaries(
        {
            "Package": NAMES,
            "Version": VERSIONS,
            "Architecture": st.one_of(
                st.sampled_from(["amd64", "arm64", "all", "linux-any"]), TEXTS
            ),
            "Filename": PATHS,
            "Size": SIZES,
            "SHA256": DIGESTS,
            "Source": SOURCES,
        }
    )
)
@example(
    fields={
        "Package": "libc6", "Version": "1:2.3-4", "Architecture": "amd64", "Size": "12",
        "Filename": "pool/main/g/glibc/libc6_2.3-4_amd64.deb", "SHA256": DIGEST,
        "Source": "glibc (2.3-4)",
    }
)  # fmt: skip
def test_a_binary_taken_the_quick_way_is_what_the_careful_way_makes_of_it(
    fields: dict[str, str],
) -> None:
    quick = indexed_releases.plain_binary(fields, "text", "main", "amd64")

    if quick is not None:
        careful = indexed_releases.checked_binary(fields, "text", "main", "amd64")
        assert quick == careful


@settings(max_examples=600)
@given(
    fields=st.fixed_dictionaries(
        {
            "Package": NAMES,
            "Version": VERSIONS,
            "Architecture": st.one_of(st.sampled_from(["any all", "all"]), TEXTS),
            "Directory": PATHS,
            "Checksums-Sha256": st.lists(FILE_LINES, min_size=1, max_size=3).map("\n ".join),
            "Extra-Source-Only": st.sampled_from(["yes", "no", "maybe"]),
        }
    )
)
@example(
    fields={
        "Package": "hello", "Version": "1", "Architecture": "any", "Directory": "pool/h",
        "Checksums-Sha256": f"{DIGEST} 1 hello_1.dsc\n {DIGEST} 2 hello_1.tar.xz",
        "Extra-Source-Only": "no",
    }
)  # fmt: skip
def test_a_source_taken_the_quick_way_is_what_the_careful_way_makes_of_it(
    fields: dict[str, str],
) -> None:
    quick = indexed_releases.plain_source(fields, "text", "main")

    if quick is not None:
        assert quick == indexed_releases.checked_source(fields, "text", "main")


def test_ordinary_paragraphs_are_taken_the_quick_way() -> None:
    binary = {
        "Package": "hello", "Version": "2.10-3+b1", "Architecture": "amd64", "Size": "53132",
        "Filename": "pool/main/h/hello/hello_2.10-3+b1_amd64.deb", "SHA256": DIGEST,
        "Source": "hello (2.10-3)",
    }  # fmt: skip

    taken = indexed_releases.plain_binary(binary, "text", "main", "amd64")

    assert taken is not None
    assert (taken.source_name, taken.source_version) == ("hello", "2.10-3")


@pytest.mark.parametrize("names", [["a.dsc", "a.dsc"], ["a.tar.xz"], ["a.dsc", "b.dsc"]])
def test_files_that_contradict_each_other_are_refused(names: list[str]) -> None:
    source = {
        "Package": "hello", "Version": "1", "Architecture": "any", "Directory": "pool/h",
        "Checksums-Sha256": "\n ".join(f"{DIGEST} 1 {name}" for name in names),
    }  # fmt: skip

    with pytest.raises(InvalidInputError):
        indexed_releases.source_of_paragraph(source, "text", "main")
