"""Importing several suites, from several mirrors, in all forms that archives have."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.parent import MIRROR, SUITE, ParentArchive, indices
from tests.services.test_importing import PACKAGES, SOURCES, USUAL, hello_replaced, index_files

from vostok.adapters.database import schema
from vostok.domain.archive import Suite
from vostok.domain.audit import AuditFilter
from vostok.domain.import_trust import ImportTrust
from vostok.domain.job import Job, JobState
from vostok.domain.package import Membership
from vostok.domain.snapshot import Snapshot
from vostok.errors import InvalidInputError
from vostok.services.importing.again import ImportAgainService

UPDATES = "bookworm-updates"
PORTS = "http://ports.example.org/debian-ports"
BASE = f"{MIRROR}/dists/{SUITE}"
EMPTY = b""


def ask(world: Installation, **changes: object) -> Job:
    return world.done(world.importing.request(ADMINISTRATOR, replace(USUAL, **changes)))  # type: ignore[arg-type]  # what each test differs in


def suite_named(world: Installation, name: str) -> Suite:
    with world.database.read() as transaction:
        found = transaction.archives.find_suite(transaction.archives.named("debian").id, name)
    assert found is not None
    return found


def newest(world: Installation, name: str = SUITE) -> Snapshot:
    suite = suite_named(world, name)
    with world.database.read() as transaction:
        found = transaction.snapshots.find(suite.id, suite.snapshot)
    assert found is not None
    return found


def binaries(world: Installation, architecture: str = "amd64") -> list[tuple[str, str]]:
    """(name, version) of each entry of one architecture's Packages files."""
    suite = suite_named(world, SUITE)
    members = Membership(suite_id=suite.id, number=suite.snapshot)
    with world.database.read() as transaction:
        found = transaction.members.binaries(members)
    return sorted((b.name, b.version) for b in found if b.index_architecture == architecture)


def of_all(path: str) -> tuple[bytes, bytes]:
    """An index without its packages of architecture `all`, and those packages."""
    paragraphs = [p + b"\n\n" for p in indices()[path].strip().split(b"\n\n")]
    has_all = [b"\nArchitecture: all\n" in paragraph for paragraph in paragraphs]
    apart = b"".join(p for p, is_all in zip(paragraphs, has_all, strict=True) if is_all)
    return b"".join(p for p, is_all in zip(paragraphs, has_all, strict=True) if not is_all), apart


def test_several_suites_come_with_one_job(empty: Installation) -> None:
    empty.parent.serve(empty.mirror, suite=UPDATES, changed={SOURCES: EMPTY, PACKAGES: EMPTY})

    job = ask(empty, suites=[SUITE, UPDATES])

    assert job.state is JobState.SUCCEEDED, job.message
    assert newest(empty).sources > newest(empty, UPDATES).sources > 0
    assert f"debian/{SUITE}: snapshot 1" in job.message
    assert f"debian/{UPDATES}: snapshot 1" in job.message


def test_if_one_suite_is_bad_none_is_taken(empty: Installation) -> None:
    bad = hello_replaced(SOURCES, "Version: 1.2-3\n", "Version: one two\n")
    empty.parent.serve(empty.mirror, suite=UPDATES, changed=bad)

    job = ask(empty, suites=[SUITE, UPDATES])

    assert job.state is JobState.FAILED
    assert f"debian/{UPDATES} {SOURCES}.xz, paragraph" in job.message
    with empty.database.read() as transaction:
        assert transaction.archives.find("debian") is None
    assert empty.store.hashes() == frozenset()


def test_of_several_suites_only_those_that_changed_get_a_snapshot(empty: Installation) -> None:
    empty.parent.serve(empty.mirror, suite=UPDATES)
    ask(empty, suites=[SUITE, UPDATES])
    changed = hello_replaced(SOURCES, "Version: 1.2-3\n", "Version: 1.2-4\n")
    empty.parent.serve(empty.mirror, suite=UPDATES, changed=changed)
    empty.mirror.asked.clear()

    job = ask(empty, suites=[SUITE, UPDATES])

    assert job.state is JobState.SUCCEEDED
    assert (newest(empty).number, newest(empty, UPDATES).number) == (1, 2)
    fetched = [url for url in empty.mirror.asked if not url.endswith("InRelease")]
    assert len(fetched) == 1, "only the index that changed is fetched"


def test_without_a_mirror_a_suite_is_read_where_it_came_from(empty: Installation) -> None:
    empty.parent.serve(empty.mirror, address=PORTS)
    ask(empty, mirror=PORTS)
    empty.mirror.asked.clear()

    ask(empty, mirror=None)

    assert empty.mirror.asked == [f"{PORTS}/dists/{SUITE}/InRelease"]


def test_an_architecture_may_lie_on_another_mirror(empty: Installation) -> None:
    empty.parent.serve(empty.mirror, address=PORTS, fields={"Architectures": "arm64"})
    empty.parent.serve(empty.mirror, fields={"Architectures": "amd64"})

    job = ask(empty, architectures=["amd64", "arm64"], mirrors={"arm64": PORTS})

    assert job.state is JobState.SUCCEEDED, job.message
    assert suite_named(empty, SUITE).mirrors == {"arm64": PORTS}
    assert binaries(empty, "arm64")
    from_ports = [url for url in empty.mirror.asked if url.startswith(PORTS)]
    assert from_ports[0].endswith("InRelease")
    assert not [url for url in from_ports if "source" in url]


def test_a_file_of_such_an_architecture_is_looked_for_on_its_own_mirror(
    empty: Installation,
) -> None:
    empty.parent.serve(empty.mirror, address=PORTS)
    ask(empty, architectures=["amd64", "arm64"], mirrors={"arm64": PORTS})
    suite = suite_named(empty, SUITE)
    with empty.database.read() as transaction:
        members = transaction.members.binaries(Membership(suite_id=suite.id, number=1))
        (only,) = (b for b in members if (b.name, b.architecture) == ("hello", "arm64"))
        addresses = transaction.files.addresses(only.sha256)

    assert addresses[0].startswith(PORTS)


def test_a_mirror_of_an_architecture_that_is_not_asked_for_is_refused(empty: Installation) -> None:
    with pytest.raises(InvalidInputError, match="a mirror is named for arm64"):
        ask(empty, mirrors={"arm64": PORTS})


@pytest.mark.parametrize("architecture", ["all", "source"])
def test_what_is_no_machine_s_architecture_is_refused(
    empty: Installation, architecture: str
) -> None:
    with pytest.raises(InvalidInputError, match=f"{architecture} is no architecture"):
        ask(empty, architectures=[architecture])


@pytest.mark.parametrize("packages", [indices()[PACKAGES], of_all(PACKAGES)[0]])
def test_packages_of_all_are_found_in_their_own_index(
    empty: Installation, packages: bytes
) -> None:
    ask(empty)
    usual = binaries(empty)
    changed = {PACKAGES: packages, "main/binary-all/Packages": of_all(PACKAGES)[1]}
    empty.parent.serve(empty.mirror, changed=changed, fields={"Architectures": "all amd64"})

    job = ask(empty)

    assert job.state is JobState.SUCCEEDED, job.message
    assert binaries(empty) == usual


def test_an_index_of_all_is_not_read_where_the_others_list_the_same(empty: Installation) -> None:
    changed = {"main/binary-all/Packages": b"not a paragraph"}
    fields = {"Architectures": "all amd64", "No-Support-for-Architecture-all": "Packages"}
    empty.parent.serve(empty.mirror, changed=changed, fields=fields)

    assert ask(empty).state is JobState.SUCCEEDED


def test_packages_of_the_installer_are_kept_apart(empty: Installation) -> None:
    udeb = b"Package: hello-udeb\n" + indices()[PACKAGES].split(b"\n\n")[0].partition(b"\n")[2]
    udeb = udeb.replace(b"Filename: pool/", b"Filename: pool/udeb/")
    changed = {"main/debian-installer/binary-amd64/Packages": udeb + b"\n"}
    empty.parent.serve(empty.mirror, changed=changed)

    without = ask(empty)
    seen = binaries(empty)
    job = ask(empty, has_udebs=True)

    assert (without.state, job.state) == (JobState.SUCCEEDED, JobState.SUCCEEDED)
    assert newest(empty).udebs == 1
    assert newest(empty).number == 2
    assert binaries(empty) == seen


def test_an_import_again_asks_for_the_same_parts_by_whatever_name_and_however_long_ago(
    empty: Installation,
) -> None:
    udeb = b"Package: hello-udeb\n" + indices()[PACKAGES].split(b"\n\n")[0].partition(b"\n")[2]
    changed = {
        "main/debian-installer/binary-amd64/Packages": udeb + b"\n",
        "main/i18n/Translation-en": b"text",
    }
    empty.parent.serve(empty.mirror, changed=changed)
    again = ImportAgainService(empty.database, empty.importing)
    ask(empty, has_udebs=True, has_translations=False)

    [told_by_job] = again.requests(ADMINISTRATOR, "debian")
    with empty.database.engine.begin() as connection:
        connection.execute(sa.update(schema.suite).values(name="stable"))
    [told_by_codename] = again.requests(ADMINISTRATOR, "debian")
    with empty.database.engine.begin() as connection:
        connection.execute(sa.update(schema.job).values(archive="another"))
    [told_by_snapshot] = again.requests(ADMINISTRATOR, "debian")

    assert (told_by_job.has_udebs, told_by_job.has_translations) == (True, False)
    assert told_by_codename == replace(told_by_job, suites=("stable",))
    assert told_by_snapshot == told_by_codename


def test_translations_are_kept_as_they_are_and_are_not_read(empty: Installation) -> None:
    text = b"\xff not even text"
    empty.parent.serve(empty.mirror, changed={"main/i18n/Translation-en": text})

    ask(empty)

    suite = suite_named(empty, SUITE)
    with empty.database.read() as transaction:
        files = {f.path: f for f in transaction.snapshots.files(suite.id, 1)}
    assert "main/i18n/Translation-en.xz" in files
    assert files["main/i18n/Translation-en.xz"].sha256 in empty.store.hashes()


def test_an_archive_of_binaries_only_is_imported(empty: Installation) -> None:
    world = empty
    world.parent.serve(world.mirror)
    release = world.mirror.files[f"{BASE}/InRelease"].partition(b"\n")[2]
    lines = [line for line in release.split(b"\n") if b"/source/" not in line]
    world.mirror.files[f"{BASE}/InRelease"] = world.parent.signed(b"\n".join(lines))

    job = ask(world)

    assert job.state is JobState.SUCCEEDED, job.message
    assert newest(world).sources == 0
    assert newest(world).binaries > 0


def test_release_and_its_signature_do_where_there_is_no_inrelease(empty: Installation) -> None:
    release = empty.mirror.files.pop(f"{BASE}/InRelease").partition(b"\n")[2]
    empty.mirror.files[f"{BASE}/Release"] = release
    empty.mirror.files[f"{BASE}/Release.gpg"] = empty.parent.signature_beside(release)

    assert ask(empty).state is JobState.SUCCEEDED

    empty.mirror.files[f"{BASE}/Release"] = release + b"\n"
    tampered = ask(empty)
    assert "the signature is not good" in tampered.message


def test_a_fingerprint_says_which_key_must_have_signed(empty: Installation) -> None:
    other = ask(empty, fingerprints=["0" * 40])
    right = ask(empty, fingerprints=["0" * 40, empty.parent.fingerprint])

    assert other.state is JobState.FAILED
    assert "the signature is by" in other.message
    assert right.state is JobState.SUCCEEDED


def test_what_is_no_fingerprint_is_refused(empty: Installation) -> None:
    with pytest.raises(InvalidInputError, match="'ABCD' is no fingerprint"):
        ask(empty, fingerprints=["ABCD"])


def test_an_expired_suite_is_taken_if_asked_and_the_snapshot_says_so(empty: Installation) -> None:
    end = "Thu, 25 Dec 2025 00:00:00 UTC"
    empty.parent.serve(empty.mirror, fields={"Valid-Until": end, "Snapshots": "http://s/@X@"})

    job = ask(empty, is_expired_allowed=True)

    assert job.state is JobState.SUCCEEDED
    snapshot = newest(empty)
    assert snapshot.is_expiry_overridden
    assert snapshot.valid_until == datetime(2025, 12, 25, tzinfo=UTC)
    assert snapshot.snapshots_url == "http://s/@X@"


def test_an_older_release_than_the_last_is_refused_as_a_possible_replay(
    empty: Installation,
) -> None:
    empty.parent.serve(empty.mirror, fields={"Date": "Fri, 02 Jan 2026 00:00:00 UTC"})
    ask(empty)
    empty.parent.serve(empty.mirror, fields={"Date": "Thu, 01 Jan 2026 23:59:59 UTC"})

    job = ask(empty)

    assert job.state is JobState.FAILED
    assert "is of 2026-01-01 23:59:59 UTC, older than that of the last import" in job.message
    assert newest(empty).number == 1


def test_an_older_release_is_taken_if_asked_and_the_audit_log_says_so(empty: Installation) -> None:
    empty.parent.serve(empty.mirror, fields={"Date": "Fri, 02 Jan 2026 00:00:00 UTC"})
    ask(empty)
    empty.parent.serve(empty.mirror, fields={"Date": "Thu, 01 Jan 2026 00:00:00 UTC"})

    job = ask(empty, is_older_allowed=True)

    assert job.state is JobState.SUCCEEDED, job.message
    assert newest(empty).release_date == datetime(2026, 1, 1, tzinfo=UTC)
    with empty.database.read() as transaction:
        entries = transaction.audit.entries(AuditFilter(archive="debian"))
    told = (
        f"job {job.id}; snapshot 2 is of an InRelease of 2026-01-01 00:00:00 UTC, which is older"
    )
    assert [e.subject for e in entries if e.detail.startswith(told)] == [SUITE]


def test_what_was_gone_back_to_is_what_later_releases_are_compared_with(
    empty: Installation,
) -> None:
    for day, is_older_allowed in (("03", False), ("01", True), ("02", False)):
        empty.parent.serve(empty.mirror, fields={"Date": f"Fri, {day} Jan 2026 00:00:00 UTC"})
        job = ask(empty, is_older_allowed=is_older_allowed)
        assert job.state is JobState.SUCCEEDED, job.message

    assert newest(empty).number == 3


def test_two_clear_signed_texts_in_one_file_are_refused_in_so_many_words(
    empty: Installation,
) -> None:
    begin = b"-----BEGIN PGP SIGNED MESSAGE-----\n"
    one = empty.mirror.files[f"{BASE}/InRelease"]
    empty.mirror.files[f"{BASE}/InRelease"] = begin + one + begin + one

    job = ask(empty)

    assert job.state is JobState.FAILED
    assert f"the InRelease of the suite {SUITE} has 2 clear-signed texts" in job.message


def test_a_mirror_in_the_middle_of_an_update_is_asked_by_hash(empty: Installation) -> None:
    empty.parent.serve(empty.mirror, fields={"Acquire-By-Hash": "no"})
    empty.mirror.files[f"{BASE}/{PACKAGES}.xz"] = b"that of tomorrow"

    assert ask(empty).state is JobState.SUCCEEDED


def test_another_form_is_taken_where_the_best_is_not_there(empty: Installation) -> None:
    digest = hashlib.sha256(empty.mirror.files[f"{BASE}/{PACKAGES}.xz"]).hexdigest()
    del empty.mirror.files[f"{BASE}/{PACKAGES}.xz"]
    del empty.mirror.files[f"{BASE}/main/binary-amd64/by-hash/SHA256/{digest}"]

    assert ask(empty).state is JobState.SUCCEEDED
    suite = suite_named(empty, SUITE)
    with empty.database.read() as transaction:
        paths = {file.path for file in transaction.snapshots.files(suite.id, 1)}
    assert f"{PACKAGES}.gz" in paths


def test_index_files_of_an_old_snapshot_go_when_nobody_derives_from_it(
    imported: Installation,
) -> None:
    old = index_files(imported)
    newer = hello_replaced(SOURCES, "Version: 1.2-3\n", "Version: 1.2-4\n")
    imported.parent.serve(imported.mirror, changed=newer)

    ask(imported)

    assert index_files(imported, 1) == frozenset()
    assert imported.store.hashes() == index_files(imported, 2)
    assert old - imported.store.hashes()


def test_index_files_of_a_snapshot_that_is_derived_from_stay(derived: Installation) -> None:
    old = index_files(derived)
    newer = hello_replaced(SOURCES, "Version: 1.2-3\n", "Version: 1.2-4\n")
    derived.parent.serve(derived.mirror, changed=newer)

    ask(derived)

    assert index_files(derived, 1) == old
    assert old <= derived.store.hashes()


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
