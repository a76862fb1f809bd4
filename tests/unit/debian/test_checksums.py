"""Lists of files: their bound. Their form is tested where the fields are."""

import pytest

from vostok.debian import checksums as checksums_module
from vostok.debian.checksums import MD5_DIGITS, ListedFile, check_digest, parse_file_list
from vostok.errors import InvalidInputError

M = "c" * 32


def test_the_words_between_size_and_name_are_kept() -> None:
    value = f"\n {M} 1 devel optional a\n {M}   2 - - b "

    assert list(parse_file_list(value, digest_digits=MD5_DIGITS, extra_words=2, of="Files")) == [
        ListedFile(M, 1, ("devel", "optional"), "a"),
        ListedFile(M, 2, ("-", "-"), "b"),
    ]


def test_a_list_over_the_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checksums_module, "FILES_MAX", 1)

    with pytest.raises(InvalidInputError, match="Files has more than 1 files"):
        list(parse_file_list(f"\n {M} 1 a\n {M} 1 b", digest_digits=MD5_DIGITS, of="Files"))


@pytest.mark.parametrize("digest", ["", M[1:], M + "c", M.upper(), "g" * 32, f"{M[1:]}\n"])
def test_what_is_no_digest_is_refused(digest: str) -> None:
    with pytest.raises(InvalidInputError, match="32 hexadecimal digits"):
        check_digest(digest, digits=MD5_DIGITS, of="Files")
