"""Uploads that lie: each is refused with its sentence, in the answer and in the list."""

import hashlib
import re
from collections.abc import Callable, Mapping

import pytest
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.packages import TinySource, checksum_lines, native_tarball, source_package
from tests.services.parent import MIRROR, indices
from tests.services.signed_upload import Uploader, changes_text, local, signed

from vostok.domain.job import JobState
from vostok.domain.upload import Upload, UploadState
from vostok.errors import UnavailableError, VostokError

DSC, TARBALL = "hello_1.2-3+local1.dsc", "hello_1.2-3+local1.tar.xz"
ORIG, DEBIAN = "quilty_2.orig.tar.xz", "quilty_2-{}.debian.tar.xz"
POOL = "pool/main/q/quilty"


def refusal(richard: Uploader, send: Callable[[], object]) -> str:
    """Why something is refused; nothing is left of it but its place in the list."""
    world = richard.world
    with pytest.raises(VostokError) as caught:
        send()
    [newest, *_] = world.uploading.uploads(ADMINISTRATOR, "trial")
    assert (newest.state, newest.sentence.startswith(str(caught.value))) == (
        UploadState.REFUSED, True,
    )  # fmt: skip
    with world.database.read() as transaction:
        assert transaction.deltas.local_changes(world.suite().id) == {}
        assert transaction.builds.of_source(world.archive().id, "hello") == []
    return str(caught.value)


def twice(field: str) -> Callable[[str], str]:
    """Has the first line of a list of files a second time."""
    return lambda text: re.sub(rf"({field}:)(\n [^\n]*)", r"\1\2\2", text, count=1)


def renamed(name: str) -> Callable[[str], str]:
    return lambda text: text.replace(DSC, name)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (twice("Files"), "Files names the file"),
        (twice("Checksums-Sha256"), "Checksums-Sha256 names the file"),
        (twice("Checksums-Sha1"), "Checksums-Sha1 names the file"),
        (renamed("../../hello.dsc"), "is not a file name that an archive may hold"),
        (renamed("/etc/passwd.dsc"), "is not a file name that an archive may hold"),
        (renamed("..dsc"), "is not a file name that an archive may hold"),
        (renamed("hello\x00.dsc"), "control character"),
        (lambda text: text.replace(TARBALL, f"{TARBALL}.changes"), "was not sent"),
        (
            lambda text: text.replace("Architecture:", "Binary: hello libc6\nArchitecture:", 1),
            "names the binary package libc6, which hello_1.2-3+local1.dsc does not build",
        ),
        (lambda text: text + "Files:\n", "Files"),
        (lambda text: text + "\nSource: evil\n", "more than one stanza"),
        (lambda text: text.replace("Source: hello", "Source: libfoo"), "should be named libfoo_"),
        (
            lambda text: text.replace("Version: 1.2-3+local1", "Version: 9"),
            "should be named hello_9_",
        ),
        (lambda text: text.replace("Source: hello\n", "Source: hello (1.2-3)\n"), "binary-only"),
        (lambda text: text.replace("\nFiles:", "\nBinary-Only: yes\nFiles:"), "binary-only"),
        (
            lambda text: text.replace("Distribution: bookworm", "Distribution: bookworm trixie"),
            "is not one distribution",
        ),
        (
            lambda text: text.replace("misc optional", "contrib/misc optional", 1),
            "",
        ),
    ],
)
def test_a_changes_file_that_tricks_is_refused(
    richard: Uploader, change: Callable[[str], str], why: str
) -> None:
    if not why:  # where the parents have the source counts, not where somebody wants it
        assert richard.upload(local(), change=change).state is UploadState.ACCEPTED
        return

    assert why in refusal(richard, lambda: richard.upload(local(), change=change))


@pytest.mark.parametrize("field", ["Files", "Checksums-Sha1", "Checksums-Sha256"])
@pytest.mark.parametrize("place", [0, 1])
def test_one_list_that_differs_from_the_others_is_noticed(
    richard: Uploader, field: str, place: int
) -> None:
    def other_digest_or_size(text: str) -> str:
        head, mark, tail = text.partition(f"{field}:\n")
        words = tail.split("\n")[0].split()
        changed = words.copy()
        changed[place] = "0" * len(words[0]) if place == 0 else str(int(words[1]) + 1)
        return head + mark + tail.replace(" ".join(words), " ".join(changed), 1)

    found = refusal(richard, lambda: richard.upload(local(), change=other_digest_or_size))

    assert DSC in found or TARBALL in found


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("Source: hello", "Source: libfoo", "should be named libfoo_1.2-3+local1.dsc"),
        ("Version: 1.2-3+local1", "Version: 1.2-3+local2", "should be named"),
        (f" {TARBALL}", " ../../evil.tar.xz", "is not a file name that an archive may hold"),
        (f" {TARBALL}", " libc6_2.36_amd64.deb", "no name of a file of hello"),
        ("Format: 3.0 (native)", "Format: 3.0 (git)", "has the format"),
        ("Binary: hello", "Binary: hello, libc6", "'libc6' is in one of them"),
        ("\n hello deb misc", "\n libc6 deb misc", "do not name the same packages"),
        ("Standards-Version: 4.6.2", "Extra-Source-Only: yes", "which only an index may have"),
        ("Standards-Version: 4.6.2", "Directory: pool/evil", "which only an index may have"),
        ("Standards-Version: 4.6.2", "Homepage: a\x00b", "control character"),
        ("Standards-Version: 4.6.2", "Homepage: a\n\nPackage: b", "more than one stanza"),
    ],
)
def test_a_dsc_that_tricks_is_refused(richard: Uploader, field: str, value: str, why: str) -> None:
    files = source_package(local())
    files[DSC] = files[DSC].replace(field.encode(), value.encode())

    assert why in refusal(richard, lambda: richard.upload(local(), files=files))


def test_a_dsc_says_other_bytes_than_its_changes_file(richard: Uploader) -> None:
    files = source_package(local())
    tarball = hashlib.sha256(files[TARBALL]).hexdigest().encode()
    files[DSC] = files[DSC].replace(tarball, b"0" * 64)

    found = refusal(richard, lambda: richard.upload(local(), files=files))

    assert f"{TARBALL} has" in found
    assert f"in {DSC}" in found


def test_a_dsc_with_text_around_its_signature_is_refused(richard: Uploader) -> None:
    files = source_package(local())
    files[DSC] = signed("eve", files[DSC]) + b"Source: evil\n"

    found = refusal(richard, lambda: richard.upload(local(), files=files))

    assert "clear-signed text" in found


def test_of_two_changes_files_that_name_the_same_files_one_is_accepted(
    richard: Uploader,
) -> None:
    files = source_package(local())
    text = changes_text(local(), files)
    for name, data in files.items():
        richard.send(name, data)
    first = richard.send("hello_1.2-3+local1_source.changes", signed("richard", text.encode()))

    with pytest.raises(VostokError, match=r"is named in the \.changes but was not sent"):
        richard.send(
            "hello_1.2-3+local1_other.changes",
            signed("richard", text.replace("Local", "Other").encode()),
        )

    assert isinstance(first, Upload)
    assert first.state is UploadState.ACCEPTED


def test_a_name_that_was_accepted_never_gets_other_bytes(richard: Uploader) -> None:
    richard.upload(local())
    files = source_package(local())
    files[DSC] = files[DSC].replace(b"4.6.2", b"4.6.1")

    with pytest.raises(VostokError, match=r"is not above 1\.2-3\+local1, which"):
        richard.upload(local(), files=files)


def test_files_that_a_refused_changes_file_named_wait_for_the_next(richard: Uploader) -> None:
    refusal(richard, lambda: richard.upload(local(), distribution="sid"))

    data = signed("richard", changes_text(local(), source_package(local())).encode())
    found = richard.send("hello_1.2-3+local1_source.changes", data)

    assert isinstance(found, Upload)
    assert found.state is UploadState.ACCEPTED


def test_a_changes_file_with_very_many_lines_is_refused_at_once(richard: Uploader) -> None:
    lines = "".join(f"\n {'0' * 32} 1 misc optional f{number}" for number in range(30_000))

    found = refusal(
        richard, lambda: richard.upload(local(), change=lambda text: text.rstrip() + lines + "\n")
    )

    assert "20000 files" in found or "has no line in Checksums-Sha256" in found


# What the .dsc names and nobody sent --------------------------------------------------------


def quilty(revision: int, orig: bytes) -> dict[str, bytes]:
    """The .dsc and the debian tarball of a source whose upstream tarball is named only."""
    debian = DEBIAN.format(revision)
    named = {ORIG: orig, debian: native_tarball("quilty", f"2-{revision}")}
    text = (
        f"Format: 3.0 (quilt)\nSource: quilty\nBinary: quilty\nArchitecture: any\n"
        f"Version: 2-{revision}\nMaintainer: Ann <ann@example.org>\nStandards-Version: 4.6.2\n"
        "Package-List:\n quilty deb misc optional arch=any\n"
        f"Checksums-Sha256:{checksum_lines(named, 'sha256')}\n"
        f"Files:{checksum_lines(named, 'md5')}\n"
    )
    return {f"quilty_2-{revision}.dsc": text.encode(), debian: named[debian]}


@pytest.fixture
def with_quilty(imported: Installation) -> Installation:
    """The parent has quilty 2-1; its tarball was never fetched."""
    orig = native_tarball("upstream", "2")
    files = quilty(1, orig)
    text = files["quilty_2-1.dsc"].decode()
    fields, _, sums = text.partition("Checksums-Sha256:")
    listed: Mapping[str, bytes] = {**files, ORIG: orig}
    paragraph = (
        fields.replace("Source: ", "Package: ")
        + f"Directory: {POOL}\nChecksums-Sha256:{checksum_lines(dict(listed), 'sha256')}\n"
        + f"Files:{checksum_lines(dict(listed), 'md5')}\n"
    )
    del sums
    path = "main/source/Sources"
    moved = indices()[path].rstrip() + b"\n\n" + paragraph.encode()
    imported.parent.serve(imported.mirror, changed={path: moved})
    for name, data in listed.items():
        imported.mirror.files[f"{MIRROR}/{POOL}/{name}"] = data
    assert imported.import_parent().state is JobState.SUCCEEDED
    assert imported.derive().state is JobState.SUCCEEDED
    return imported


def send_quilty(richard: Uploader, orig: bytes) -> Upload:
    source = TinySource(name="quilty", version="2-2", binaries=())
    return richard.upload(source, files=quilty(2, orig))


def test_an_upstream_tarball_is_fetched_from_the_parents_mirror(
    with_quilty: Installation,
) -> None:
    orig = native_tarball("upstream", "2")
    address = f"{MIRROR}/{POOL}/{ORIG}"
    asked_before = with_quilty.mirror.asked.count(address)

    upload = send_quilty(Uploader(with_quilty), orig)

    assert upload.state is UploadState.ACCEPTED
    assert (asked_before, with_quilty.mirror.asked.count(address)) == (0, 1)
    sha256 = hashlib.sha256(orig).hexdigest()
    assert with_quilty.store.path(sha256).read_bytes() == orig


def test_a_mirror_that_answers_other_bytes_is_not_believed(with_quilty: Installation) -> None:
    orig = native_tarball("upstream", "2")
    other = bytes(len(orig))
    with_quilty.mirror.files[f"{MIRROR}/{POOL}/{ORIG}"] = other
    richard = Uploader(with_quilty)

    with pytest.raises(UnavailableError, match=re.escape(ORIG)):
        send_quilty(richard, orig)

    assert with_quilty.uploading.uploads(ADMINISTRATOR, "trial") == []
    assert not with_quilty.store.has(hashlib.sha256(other).hexdigest())
    with with_quilty.database.read() as transaction:
        assert transaction.deltas.local_changes(with_quilty.suite().id) == {}


def test_a_tarball_of_the_parents_name_with_another_hash_is_refused(
    with_quilty: Installation,
) -> None:
    with pytest.raises(VostokError) as caught:
        send_quilty(Uploader(with_quilty), b"not upstream's")

    assert f"{ORIG} has the SHA-256" in str(caught.value)
    assert "the archive or its parents have it with" in str(caught.value)
