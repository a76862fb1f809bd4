"""Imports remember with which keys a suite is read, and what a mirror answered."""

import hashlib

from tests.services.imports import (
    BASE,
    ask,
    newest,
)
from tests.services.installation import Installation
from tests.services.parent import ParentArchive
from tests.services.test_importing import SOURCES, hello_replaced

from vostok.domain.audit import AuditFilter
from vostok.domain.import_trust import ImportTrust
from vostok.domain.job import JobState


def said(world: Installation) -> list[str]:
    """What the audit log tells of the keys of imports, newest first."""
    with world.database.read() as transaction:
        entries = transaction.audit.entries(AuditFilter(action="import"))
    return [entry.detail for entry in entries if "trusts" in entry.detail]


def trust(world: Installation) -> ImportTrust:
    with world.database.read() as transaction:
        return transaction.imports.trust(transaction.archives.named("debian").id)


def signed_by_another(world: Installation) -> ParentArchive:
    """The same archive, now signed by a key that is not Debian's."""
    other = ParentArchive("another")
    other.serve(world.mirror)
    return other


def test_the_keyring_of_an_import_is_remembered_for_the_next(empty: Installation) -> None:
    other = signed_by_another(empty)
    named = ask(empty, keyring=other.keyring, fingerprints=[other.fingerprint])

    later = ask(empty, keyring=None, fingerprints=[])

    assert named.state is JobState.SUCCEEDED
    assert later.state is JobState.SUCCEEDED
    assert trust(empty) == ImportTrust(keyring=other.keyring, fingerprints=(other.fingerprint,))


def test_a_remembered_fingerprint_binds_later_imports(empty: Installation) -> None:
    two = empty.parent.keyring + ParentArchive("another").keyring
    ask(empty, keyring=two, fingerprints=[empty.parent.fingerprint])
    signed_by_another(empty)

    job = ask(empty)

    assert job.state is JobState.FAILED
    assert "the signature is by" in job.message


def test_another_keyring_takes_the_place_of_both_and_the_audit_log_says_so(
    empty: Installation,
) -> None:
    ask(empty, fingerprints=[empty.parent.fingerprint])
    other = signed_by_another(empty)

    job = ask(empty, keyring=other.keyring)

    assert job.state is JobState.SUCCEEDED
    assert trust(empty) == ImportTrust(keyring=other.keyring)
    assert trust(empty).keyring_sha256 == hashlib.sha256(other.keyring).hexdigest()
    newest_entry, first_entry = said(empty)
    assert f"trusts {trust(empty)}; before it trusted Debian's keys, signed by" in newest_entry
    assert first_entry.endswith("before it trusted Debian's keys")


def test_other_keys_are_remembered_though_the_suite_is_unchanged(empty: Installation) -> None:
    ask(empty)

    job = ask(empty, fingerprints=[empty.parent.fingerprint])

    assert "has not changed" in job.message
    assert trust(empty).fingerprints == (empty.parent.fingerprint,)


def test_what_a_failed_import_was_told_is_not_remembered(empty: Installation) -> None:
    ask(empty)

    failed = ask(empty, keyring=ParentArchive("another").keyring)

    assert failed.state is JobState.FAILED
    assert ask(empty).state is JobState.SUCCEEDED
    assert len(said(empty)) == 0


def without_inrelease(world: Installation) -> bytes:
    """The Release of the suite, whose signature now lies beside it."""
    release = world.mirror.files.pop(f"{BASE}/InRelease").partition(b"\n")[2]
    world.mirror.files[f"{BASE}/Release"] = release
    world.mirror.files[f"{BASE}/Release.gpg"] = world.parent.signature_beside(release)
    return release


def test_an_unchanged_inrelease_is_asked_for_once_and_not_sent(empty: Installation) -> None:
    ask(empty)
    empty.mirror.asked.clear()

    job = ask(empty)

    assert "has not changed" in job.message
    assert empty.mirror.asked == empty.mirror.unchanged == [f"{BASE}/InRelease"]


def test_an_unchanged_release_with_a_signature_beside_it_costs_one_request(
    empty: Installation,
) -> None:
    without_inrelease(empty)
    ask(empty)
    empty.mirror.asked.clear()

    job = ask(empty)

    assert "has not changed" in job.message
    assert empty.mirror.asked == empty.mirror.unchanged == [f"{BASE}/Release"]


def test_a_mirror_that_tells_nothing_apart_is_read_whole(empty: Installation) -> None:
    empty.mirror.has_etags = False
    without_inrelease(empty)
    ask(empty)
    empty.mirror.asked.clear()

    job = ask(empty)

    assert "has not changed" in job.message
    assert empty.mirror.unchanged == []
    assert empty.mirror.asked == [f"{BASE}/{n}" for n in ("InRelease", "Release", "Release.gpg")]


def test_what_is_unchanged_is_checked_with_the_keys_of_this_import(empty: Installation) -> None:
    ask(empty)

    job = ask(empty, fingerprints=["0" * 40])

    assert job.state is JobState.FAILED
    assert "the signature is by" in job.message


def test_a_newer_signature_of_the_same_release_is_fetched(empty: Installation) -> None:
    release = without_inrelease(empty)
    ask(empty)
    other = ParentArchive("another")
    empty.mirror.files[f"{BASE}/Release.gpg"] = other.signature_beside(release)

    job = ask(empty, keyring=other.keyring)

    assert "has not changed" in job.message


def test_a_changed_suite_is_read_anew_and_then_kept(empty: Installation) -> None:
    ask(empty)
    changed = hello_replaced(SOURCES, "Version: 1.2-3\n", "Version: 1.2-4\n")
    empty.parent.serve(empty.mirror, changed=changed)
    ask(empty)
    empty.mirror.asked.clear()

    job = ask(empty)

    assert newest(empty).number == 2
    assert "has not changed" in job.message
    assert empty.mirror.asked == [f"{BASE}/InRelease"]
