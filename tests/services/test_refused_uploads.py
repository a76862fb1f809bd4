"""Uploads that are refused, each with a sentence, and nothing of them is left."""

import dataclasses
from collections.abc import Callable

import pytest
from tests.services.installation import ADMINISTRATOR
from tests.services.packages import TinySource, source_package
from tests.services.signed_upload import Uploader, changes_text, local, refusal
from tests.services.uploaded_builds import debs_of

from vostok.domain.access import Principal, Role
from vostok.domain.rebuild_version.schemes import VersionScheme
from vostok.domain.upload import UploadState
from vostok.errors import ConflictError, InvalidInputError, NotAllowedError
from vostok.services.rebuilding.outgoing import OutgoingRequest


@pytest.mark.parametrize(
    ("version", "why"),
    [
        ("1.2-3", "hello 1.2-3 is not above 1.2-3, which the parents have"),
        ("1.2-2", "hello 1.2-2 is not above 1.2-3"),
        ("0:1.2-3", "is not above 1.2-3"),
    ],
)
def test_a_version_that_is_not_above_the_present_one_is_refused(
    richard: Uploader, version: str, why: str
) -> None:
    assert why in refusal(richard, source=local(version))


@pytest.mark.parametrize("name", ["hello", "new-here"])
def test_a_source_that_is_versioned_as_a_binary_only_rebuild_is_refused(
    richard: Uploader, name: str
) -> None:
    why = refusal(richard, source=local("1.2-3+b1", name=name))

    assert f"{name} 1.2-3+b1 ends with +b1 as a binary-only rebuild" in why
    assert f"say that they are of {name} 1.2-3" in why


def test_a_version_below_the_parents_binaries_is_refused(richard: Uploader) -> None:
    source = local("2.0-1+a1", name="libfoo")

    assert "is not above 2.0-1+b2, which the parents' binaries" in refusal(richard, source=source)


@pytest.mark.parametrize(
    ("version", "warning"),
    [
        ("1.2-3Xtrial1", ""),
        ("1.2-3+a1", "1.2-3+a1 is above 1.2-3build1, a rebuild of Ubuntu"),
        ("1.2-4", "1.2-4 equals 1.2-4, the next revision"),
        ("2.0-1", "2.0-1 is above 1.2-4, the next revision"),
        (
            "1:1.0-1",
            "1:1.0-1 has the epoch 1, and what is there has none: it is above every later",
        ),
    ],
)
def test_a_version_that_hides_what_may_follow_is_accepted_with_a_warning(
    richard: Uploader, version: str, warning: str
) -> None:
    upload = richard.upload(local(version))

    accepted, _, told = upload.sentence.partition("; warning: ")
    assert accepted == f"hello {version} was accepted; it is built for amd64"
    assert told.startswith(warning) if warning else not told


@pytest.mark.parametrize(
    ("source", "suggested"),
    [(local("1.2-3"), "1.2-3Xtrial1"), (local("2.0-1", name="libfoo"), "2.0-1+c0trial1")],
)
def test_a_refused_version_is_answered_with_one_that_is_accepted_without_a_word(
    richard: Uploader, source: TinySource, suggested: str
) -> None:
    with pytest.raises(ConflictError, match="is not above") as refused:
        richard.upload(source)

    again = richard.upload(dataclasses.replace(source, version=suggested))

    assert refused.value.hint == f"give it a higher version, for example {suggested}"
    assert again.state is UploadState.ACCEPTED
    hidden = again.sentence.partition("; warning: ")[2]
    assert not hidden or hidden.endswith("the parent's next binNMU, on purpose")


def test_the_suggested_version_is_made_by_the_scheme_of_the_archive(richard: Uploader) -> None:
    richard.world.set(scheme=VersionScheme.VENDOR, vendor="acme")
    richard.upload(local("1.2-3acme1"))

    with pytest.raises(ConflictError, match=r"not above 1\.2-3acme1") as refused:
        richard.upload(local("1.2-3"))

    assert refused.value.hint == "give it a higher version, for example 1.2-3acme2"


def test_a_version_below_one_that_was_issued_here_is_refused(richard: Uploader) -> None:
    world = richard.world
    world.rebuild("hello")

    assert "is not above 1.2-3Xtrial1, which was issued here" in refusal(
        richard, source=local("1.2-3A")
    )


def test_a_version_that_a_source_for_another_archive_took_is_refused(richard: Uploader) -> None:
    richard.world.outgoing.request(
        ADMINISTRATOR,
        OutgoingRequest(
            archive="trial",
            selection="hello",
            reason="for libfoo 2",
            maintainer="Ann Other <ann@example.org>",
        ),
    )

    assert "is not above 1.2-3Xtrial1, which a source made here for another archive has" in (
        refusal(richard, source=local("1.2-3Xtrial1"))
    )


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            lambda t: t.replace("Version: 1.2-3+local1", "Version: 1.2-3+local2"),
            "so it should be named",
        ),
        (lambda t: t.replace("Source: hello", "Source: other"), "source"),
        (lambda t: t.replace("Distribution: bookworm", "Distribution: sid"), "distribution sid"),
        (lambda t: t.replace("Architecture: source", "Architecture: amd64"), "without its source"),
        (
            lambda t: t.replace("misc optional hello", "misc optional ../hello"),
            "not in Files|a file name",
        ),
        (lambda t: t + "\nSource: hello\n", "more than one stanza"),
        (lambda t: t + "Source: hello\n", "there twice"),
        (lambda t: t + "X: a\x00b\n", "control character|not good"),
        (lambda t: t.replace("Format: 1.8\n", "Format: 1.8\nBinary-Only: yes\n"), "binary-only"),
        (lambda t: t.replace("hello_1.2-3+local1.dsc", "hello_1.2-3+local1.changes"), ""),
        (lambda _: "x" * 100, "not a field"),
        (lambda _: "", ""),
    ],
)
def test_a_changes_file_that_does_not_agree_with_itself_is_refused(
    richard: Uploader, change: Callable[[str], str], why: str
) -> None:
    found = refusal(richard, change=change)

    assert any(part in found for part in why.split("|"))


def test_a_file_that_was_not_sent_is_named(richard: Uploader) -> None:
    files = source_package(local())
    dsc = next(iter(files))

    found = refusal(richard, sent={dsc: files[dsc]})

    assert found == "hello_1.2-3+local1.tar.xz is named in the .changes but was not sent"


def test_a_file_that_came_otherwise_is_refused_and_may_be_sent_again(richard: Uploader) -> None:
    files = source_package(local())
    wrong = dict.fromkeys(files, b"something else")
    assert "came with 14 bytes" in refusal(richard, sent=wrong)

    assert richard.upload(local()).state is UploadState.ACCEPTED


def test_an_unsigned_changes_file_is_refused(richard: Uploader) -> None:
    source = local()
    files = source_package(source)
    text = changes_text(source, files).encode()

    assert "is not signed" in refusal(richard, change_signed=lambda _: text)


def test_text_around_what_is_signed_is_not_read(richard: Uploader) -> None:
    assert "more than one clear-signed text" in refusal(
        richard, change_signed=lambda data: data + b"Source: evil\n"
    )


def test_a_key_of_nobody_is_refused(richard: Uploader) -> None:
    assert "which is no key of somebody" in refusal(richard, by="eve")


def test_a_key_of_another_person_is_refused_with_this_ones_token(richard: Uploader) -> None:
    Uploader(richard.world, "andrea")

    assert "which is no key of somebody" in refusal(richard, by="andrea")


def test_the_installations_own_token_goes_with_everybodys_key(richard: Uploader) -> None:
    richard.principal = Principal(name="administrator", role=Role.ADMINISTRATOR)

    upload = richard.upload(local())

    assert (upload.uploaded_by, upload.person) == ("administrator", "richard")


@pytest.mark.parametrize("end", ["key", "person"])
def test_what_a_revoked_key_or_a_person_who_is_shut_out_signed_is_refused(
    richard: Uploader, end: str
) -> None:
    people = richard.world.people
    if end == "key":
        [key] = people.keys(ADMINISTRATOR, "richard")
        people.revoke_key(ADMINISTRATOR, "richard", key.fingerprint)
    else:
        people.set_disabled(ADMINISTRATOR, "richard", is_disabled=True)

    assert "which is no key of somebody" in refusal(richard)


def test_a_token_for_reading_uploads_nothing(richard: Uploader) -> None:
    reader = dataclasses.replace(richard.principal, archive="other")

    with pytest.raises(NotAllowedError):
        richard.world.uploading.put(reader, "trial", "hello.dsc", [b""])


def test_a_source_that_builds_nothing_here_is_refused(richard: Uploader) -> None:
    source = local("1.2-3+local1", architecture="s390x")

    assert "builds on s390x, the archive has amd64" in refusal(richard, source=source)


def test_binaries_are_refused_where_the_archive_takes_sources_only(richard: Uploader) -> None:
    source = local()
    files = {**source_package(source), **debs_of(source)}

    found = refusal(richard, source=source, files=files, architectures="source amd64")

    assert found.startswith("trial takes sources only")


@pytest.mark.parametrize("name", ["../a", ".hidden", "a/b", "", "a\x00", "a b", "x" * 300])
def test_a_name_that_no_archive_holds_is_refused(richard: Uploader, name: str) -> None:
    with pytest.raises(InvalidInputError):
        richard.send(name, b"x")
