"""Importing several suites, from several mirrors, in all forms that archives have."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from tests.services.imports import (
    BASE,
    EMPTY,
    PORTS,
    UPDATES,
    ask,
    binaries,
    newest,
    of_all,
    suite_named,
)
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.parent import SUITE, indices
from tests.services.test_importing import PACKAGES, SOURCES, hello_replaced, index_files

from vostok.adapters.database import schema
from vostok.domain.audit import AuditFilter
from vostok.domain.job import JobState
from vostok.domain.package import Membership
from vostok.errors import InvalidInputError
from vostok.services.importing.again import ImportAgainService


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
