"""What an index or a Release file may not say; nothing of the suite is taken then."""

import pytest
from tests.services.imports import BASE, ask
from tests.services.installation import Installation
from tests.services.parent import SUITE, indices
from tests.services.test_importing import PACKAGES, SOURCES

from vostok.domain.job import JobState

HELLO_DEB = "Filename: pool/main/h/hello/hello_1.2-3_amd64.deb"


@pytest.mark.parametrize(
    ("path", "old", "new", "sentence"),
    [
        (PACKAGES, "\nSize: ", "\nSize: -", "no well-formed SHA256 and Size"),
        (PACKAGES, "\nSize: ", "\nSize: 99999999999999", "no well-formed SHA256 and Size"),
        (PACKAGES, "\nSize: ", "\nSize: 99999999999", "has a file of more than"),
        (PACKAGES, "Architecture: amd64\n", "", "has no field Architecture"),
        (PACKAGES, "Architecture: amd64\n", "Architecture: arm64\n", "is for arm64, and listed"),
        (PACKAGES, "Package: hello\n", "Package: hello\nX: \0\n", "control character"),
        (PACKAGES, "Package: hello\n", "Package: hello\nPackage: ls\n", "has a field twice"),
        (PACKAGES, "Package: hello\n", "Package: hello\npackage: ls\n", "has a field twice"),
        (PACKAGES, "Package: hello\n", "Package: hello\n\r\n", "control character"),
        (SOURCES, "Package: hello\n", "Package: hello\nX: \0\n", "control character"),
    ],
)  # fmt: skip
def test_a_hostile_paragraph_is_refused_with_its_place(
    empty: Installation, path: str, old: str, new: str, sentence: str
) -> None:
    text = indices()[path]
    at = text.index(b"Package: hello\n")
    changed = text[:at] + text[at:].replace(old.encode(), new.encode(), 1)
    empty.parent.serve(empty.mirror, changed={path: changed})

    job = ask(empty)

    assert job.state is JobState.FAILED
    assert job.message.startswith(f"debian/{SUITE} {path}.xz, paragraph ")
    assert sentence in job.message
    assert empty.store.hashes() == frozenset()


def test_text_that_is_not_utf_8_is_refused_with_its_place(empty: Installation) -> None:
    changed = indices()[PACKAGES].replace(b"Package: hello\n", b"Package: hello\nX: \xff\xfe\n")
    empty.parent.serve(empty.mirror, changed={PACKAGES: changed})

    job = ask(empty)

    assert job.message.startswith(f"debian/{SUITE} {PACKAGES}.xz, paragraph ")
    assert "not UTF-8" in job.message


def test_a_paragraph_of_ten_megabytes_is_refused_with_its_place(empty: Installation) -> None:
    huge = b"X: " + b"x" * (10 << 20)
    changed = indices()[PACKAGES].replace(b"Package: hello\n", b"Package: hello\n" + huge + b"\n")
    empty.parent.serve(empty.mirror, changed={PACKAGES: changed})

    job = ask(empty)

    assert job.message.startswith(f"debian/{SUITE} {PACKAGES}.xz, paragraph ")
    assert "longer than" in job.message


def test_an_index_that_is_not_what_its_release_says_unpacked_is_refused(
    empty: Installation,
) -> None:
    packed = len(empty.mirror.files[f"{BASE}/{PACKAGES}"])
    release = empty.mirror.files[f"{BASE}/InRelease"].partition(b"\n")[2]
    text = release.replace(f" {packed} {PACKAGES}\n".encode(), f" 7 {PACKAGES}\n".encode())
    assert text != release
    empty.mirror.files[f"{BASE}/InRelease"] = empty.parent.signed(text)

    job = ask(empty)

    assert job.state is JobState.FAILED
    assert job.message.startswith(f"debian/{SUITE} {PACKAGES}.xz has more than the 7 bytes")
    assert empty.store.hashes() == frozenset()


@pytest.mark.parametrize("path", [PACKAGES, "contrib/binary-amd64/Packages"])
def test_one_package_with_two_contents_is_refused(empty: Installation, path: str) -> None:
    paragraphs = indices()[PACKAGES].strip().split(b"\n\n")
    (hello,) = (p for p in paragraphs if p.startswith(b"Package: hello\n"))
    other = hello.replace(b"SHA256: ", b"SHA256: 0123456789abcdef").split(b"\n")
    other = [line[:72] if line.startswith(b"SHA256") else line for line in other]
    changed = {path: indices()[path] + b"\n\n" + b"\n".join(other) + b"\n"}
    empty.parent.serve(empty.mirror, changed=changed)

    job = ask(empty)

    assert job.state is JobState.FAILED
    assert "hello 1.2-3 amd64 is there with two SHA-256s" in job.message
    assert SUITE in job.message


def test_a_release_that_names_an_absurd_size_is_refused(empty: Installation) -> None:
    release = empty.mirror.files[f"{BASE}/InRelease"].partition(b"\n")[2]
    size = len(empty.mirror.files[f"{BASE}/{PACKAGES}.xz"])
    there = f" {size} {PACKAGES}.xz".encode()
    assert there in release
    text = release.replace(there, f" 999999999999999 {PACKAGES}.xz".encode())
    empty.mirror.files[f"{BASE}/InRelease"] = empty.parent.signed(text)

    job = ask(empty)

    assert job.error is not None
    assert f"{PACKAGES}.xz has 999999999999999 bytes" in job.message
