"""Importing a suite: what comes of it, and that a failure leaves the archive as it was."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.services.installation import ADMINISTRATOR, BUILDER, Installation
from tests.services.parent import HELLO, MIRROR, SUITE, indices, pool

from vostok.domain.archive import ArchiveKind, ArchiveState
from vostok.domain.job import Job, JobKind, JobState
from vostok.domain.package import Membership
from vostok.errors import ConflictError, InvalidInputError, NotAllowedError
from vostok.services.importing.request import ImportRequest

INRELEASE = f"{MIRROR}/dists/{SUITE}/InRelease"
SOURCES = "main/source/Sources"
PACKAGES = "main/binary-amd64/Packages"
USUAL = ImportRequest(
    name="debian",
    suites=[SUITE],
    components=["main", "contrib"],
    architectures=["amd64"],
    mirror=MIRROR,
)
Spoil = Callable[[Installation], None]


def ask(world: Installation, **changes: object) -> Job:
    """An import with something else than usual, done."""
    return world.done(world.importing.request(ADMINISTRATOR, replace(USUAL, **changes)))  # type: ignore[arg-type]  # what each test differs in


def state_of(world: Installation) -> object:
    """All that an import may change: archives, suites, packages."""
    with world.database.read() as transaction:
        archives = transaction.archives.all()
        suites = [s for archive in archives for s in transaction.archives.suites(archive.id)]
        members = [Membership(suite_id=suite.id, number=suite.snapshot) for suite in suites]
        packages = [
            (transaction.members.sources(m), transaction.members.binaries(m)) for m in members
        ]
    return archives, suites, packages


def index_files(world: Installation, number: int | None = None) -> frozenset[str]:
    """SHA-256s of the mirror's index files that a snapshot of the parent was made of."""
    suite = world.suite("debian")
    with world.database.read() as transaction:
        files = transaction.snapshots.files(suite.id, number or suite.snapshot)
    return frozenset(file.sha256 for file in files)


def hello_replaced(path: str, old: str, new: str) -> Mapping[str, bytes]:
    """An index in which one thing of hello is another."""
    text = indices()[path]
    assert old.encode() in text
    return {path: text.replace(old.encode(), new.encode())}


def test_a_suite_is_imported_with_all_its_packages(empty: Installation) -> None:
    job = empty.import_parent(["amd64", "arm64"])

    assert job.state is JobState.SUCCEEDED
    archive, suite = empty.archive("debian"), empty.suite("debian")
    assert (archive.kind, archive.state) == (ArchiveKind.EXTERNAL, ArchiveState.ACTIVE)
    assert (suite.name, suite.codename, suite.snapshot) == (SUITE, SUITE, 1)
    assert (suite.components, suite.architectures) == (("main", "contrib"), ("amd64", "arm64"))
    assert suite.mirror == MIRROR
    members = Membership(suite_id=suite.id, number=1)
    with empty.database.read() as transaction:
        names = transaction.packages.source_names(members)
        found = transaction.packages.binaries_of_sources(members, ["libfoo"])
        snapshot = transaction.snapshots.find(suite.id, 1)
    assert names == {
        "hello", "libfoo", "indep", "ownversion", "only", "static", "gcc-defaults", "gcc-11",
        "gcc-12",
    }  # fmt: skip
    assert {(b.name, b.version, b.architecture) for b in found} == {
        ("libfoo1", "2.0-1+b2", "amd64"),
        ("libfoo1", "2.0-1+b2", "arm64"),
        ("libfoo-data", "2.0-1", "all"),
    }
    assert snapshot is not None
    assert snapshot.release_date is not None
    assert snapshot.signed_by


def test_the_packages_themselves_are_not_fetched(empty: Installation) -> None:
    empty.import_parent()

    assert not [url for url in empty.mirror.asked if "/pool/" in url]
    assert empty.store.hashes() == index_files(empty)


def test_the_machine_s_own_mirror_and_architecture_are_the_default(empty: Installation) -> None:
    job = ask(empty, mirror=None, architectures=[], components=[])

    assert job.state is JobState.SUCCEEDED
    suite = empty.suite("debian")
    assert (suite.mirror, suite.architectures, suite.components) == (MIRROR, ("amd64",), ("main",))


def test_a_name_given_twice_counts_once(empty: Installation) -> None:
    ask(empty, components=["main", "main"], architectures=["amd64", "amd64"])

    suite = empty.suite("debian")
    assert (suite.architectures, suite.components) == (("amd64",), ("main",))
    members = Membership(suite_id=suite.id, number=1)
    with empty.database.read() as transaction:
        assert len(transaction.packages.sources_named(members, ["hello"])) == 1


def test_a_suite_that_apt_does_not_know_needs_an_address(empty: Installation) -> None:
    with pytest.raises(InvalidInputError, match="no mirror for the suite sid") as caught:
        ask(empty, suites=["sid"], mirror=None)

    assert "--mirror" in str(caught.value.hint)


@pytest.mark.parametrize(
    "address",
    ["https://ann:secret@mirror.example.org/d", "https://secret@mirror.example.org/d",
     "https://mirror.example.org/d#secret", "https://[secret/d"],
)  # fmt: skip
def test_an_address_that_holds_a_secret_is_no_mirror_wherever_it_is_named(
    derived: Installation, address: str
) -> None:
    before = derived.jobs.newest(ADMINISTRATOR, "debian")
    suite = derived.suite("debian")
    with derived.database.write() as transaction:
        transaction.archives.set_suite_source(
            suite.id, codename=suite.codename, components=suite.components,
            architectures=suite.architectures, mirror=address, mirrors={},
        )  # fmt: skip
    wrong: list[dict[str, object]] = [
        {"mirror": address},
        {"mirrors": {"amd64": address}},
        {"mirror": None},  # as before
    ]

    for changes in wrong:
        with pytest.raises(InvalidInputError) as caught:
            ask(derived, **changes)
        assert caught.value.hint
        assert "ann" not in str(caught.value)

    assert derived.jobs.newest(ADMINISTRATOR, "debian") == before


def test_of_several_imports_all_are_asked_for_or_none(derived: Installation) -> None:
    before = derived.jobs.newest(ADMINISTRATOR, "debian")

    with pytest.raises(ConflictError, match="trial is a derived archive"):
        derived.importing.request_all(ADMINISTRATOR, [USUAL, replace(USUAL, name="trial")])

    assert derived.jobs.newest(ADMINISTRATOR, "debian") == before


def test_only_who_may_imports(empty: Installation) -> None:
    with pytest.raises(NotAllowedError):
        empty.importing.request(BUILDER, USUAL)


def test_nothing_is_imported_into_a_derived_archive(derived: Installation) -> None:
    with pytest.raises(ConflictError, match="trial is a derived archive"):
        ask(derived, name="trial")


def test_a_keyring_of_somebody_else_is_refused(empty: Installation) -> None:
    other = type(empty.parent)().keyring.replace(b"A", b"B")

    job = ask(empty, keyring=other)

    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error["kind"] == "invalid-input"
    assert "signature is not good" in job.message


def test_a_keyring_that_is_given_counts_instead_of_debian_s(empty: Installation) -> None:
    assert ask(empty, keyring=empty.parent.keyring).state is JobState.SUCCEEDED


def test_a_keyring_over_its_bound_is_refused_at_once(empty: Installation) -> None:
    with pytest.raises(InvalidInputError, match="keyring is larger"):
        ask(empty, keyring=b"x" * ((4 << 20) + 1))


def other_indices() -> Mapping[str, bytes]:
    """Indices none of which is here already, with the same packages but one."""
    homepage = "Homepage: http://www.example.org/hello\n"
    return {
        **hello_replaced(SOURCES, "Package: hello\n", f"Package: hello\n{homepage}"),
        **hello_replaced(PACKAGES, "Package: hello\n", f"Package: hello\n{homepage}"),
    }


# Each failure, first on an empty installation, then beside an import that was good ---------------


def tamper_inrelease(world: Installation) -> None:
    world.mirror.files[INRELEASE] = world.mirror.files[INRELEASE].replace(b"amd64", b"amd65")


def unsigned_inrelease(world: Installation) -> None:
    world.mirror.files[INRELEASE] = world.mirror.files[INRELEASE].partition(b"\n")[2]


def no_inrelease(world: Installation) -> None:
    del world.mirror.files[INRELEASE]


def other_packages(world: Installation) -> None:
    world.parent.serve(world.mirror, changed=other_indices())
    for url, data in list(world.mirror.files.items()):
        if "binary-amd64" in url and "main" in url:
            world.mirror.files[url] = data[:-1] + bytes([data[-1] ^ 1])


def missing_sources(world: Installation) -> None:
    world.parent.serve(world.mirror, changed=other_indices())
    for url in [url for url in world.mirror.files if "/source/" in url and "main" in url]:
        del world.mirror.files[url]


def dropped_connection(world: Installation) -> None:
    world.parent.serve(world.mirror, changed=other_indices())
    for url in world.mirror.files:
        if "binary-amd64" in url and "main" in url:
            world.mirror.bytes_before_drop[url] = 100


def hostile_filename(world: Installation) -> None:
    path = "Filename: pool/main/h/hello/hello_1.2-3_amd64.deb"
    changed = hello_replaced(PACKAGES, path, "Filename: pool/../../etc/passwd")
    world.parent.serve(world.mirror, changed=changed)


def hostile_directory(world: Installation) -> None:
    changed = hello_replaced(SOURCES, "Directory: pool/main/h/hello", "Directory: /etc")
    world.parent.serve(world.mirror, changed=changed)


def hostile_source_file(world: Installation) -> None:
    changed = hello_replaced(SOURCES, "hello_1.2-3.dsc", "../../hello.dsc")
    world.parent.serve(world.mirror, changed=changed)


def hostile_source_name(world: Installation) -> None:
    changed = hello_replaced(SOURCES, "Package: hello\n", "Package: ../hello\n")
    world.parent.serve(world.mirror, changed=changed)


def hostile_binary_name(world: Installation) -> None:
    changed = hello_replaced(PACKAGES, "Package: hello\n", "Package: <b>hello\n")
    world.parent.serve(world.mirror, changed=changed)


def malformed_version(world: Installation) -> None:
    changed = hello_replaced(SOURCES, "Version: 1.2-3\n", "Version: one two\n")
    world.parent.serve(world.mirror, changed=changed)


def source_without_dsc(world: Installation) -> None:
    changed = hello_replaced(SOURCES, "hello_1.2-3.dsc", "hello_1.2-3.txt")
    world.parent.serve(world.mirror, changed=changed)


def malformed_hash(world: Installation) -> None:
    digest = hashlib.sha256(pool()[f"{HELLO.directory}/hello_1.2-3_amd64.deb"]).hexdigest()
    world.parent.serve(
        world.mirror, changed=hello_replaced(PACKAGES, f"SHA256: {digest}", "SHA256: ../x")
    )


def full_disk(world: Installation) -> None:
    world.parent.serve(world.mirror, changed=other_indices())
    world.store.is_full = True


def another_suite(world: Installation) -> None:
    world.parent.serve(world.mirror, fields={"Suite": "oldstable", "Codename": "bullseye"})


def outdated(world: Installation) -> None:
    world.parent.serve(world.mirror, fields={"Valid-Until": "Thu, 25 Dec 2025 00:00:00 UTC"})


FAILURES: list[tuple[Spoil, str, str]] = [
    (tamper_inrelease, "invalid-input", "the signature is not good"),
    (unsigned_inrelease, "invalid-input", "the signature is not good"),
    (no_inrelease, "not-found", f"the mirror {MIRROR} has no suite {SUITE}"),
    (other_packages, "unavailable", f"{PACKAGES}.xz is not what InRelease promises"),
    (missing_sources, "unavailable", f"the mirror lacks {SOURCES}.xz, which its InRelease names"),
    (dropped_connection, "unavailable", "the connection was dropped"),
    (hostile_filename, "invalid-input", "'..' is not a file name"),
    (hostile_directory, "invalid-input", "'' is not a file name"),
    (hostile_source_file, "invalid-input", "'../../hello.dsc' is not a file name"),
    (hostile_source_name, "invalid-input", "'../hello' is not the name of a source package"),
    (hostile_binary_name, "invalid-input", "'<b>hello' is not the name of a"),
    (malformed_version, "invalid-input", "'one two' is not a version"),
    (source_without_dsc, "invalid-input", "the source hello names 0 .dsc files"),
    (malformed_hash, "invalid-input", "the package hello has no well-formed SHA256 and Size"),
    (full_disk, "unavailable", "the disk is full"),
    (another_suite, "invalid-input", "is that of oldstable or bullseye"),
    (outdated, "unavailable", "was valid until 2025-12-25 00:00 UTC"),
]


@pytest.mark.parametrize(
    ("spoil", "kind", "sentence"), FAILURES, ids=[spoil.__name__ for spoil, _, _ in FAILURES]
)
def test_a_failed_import_says_what_is_wrong_and_leaves_nothing(
    empty: Installation, spoil: Spoil, kind: str, sentence: str
) -> None:
    spoil(empty)
    before = state_of(empty)

    job = empty.import_parent()

    assert job.state is JobState.FAILED
    assert sentence in job.message
    assert job.error is not None
    assert (job.error["kind"], job.error["message"]) == (kind, job.message)
    assert state_of(empty) == before


@pytest.mark.parametrize("spoil", [spoil for spoil, _, _ in FAILURES])
def test_an_archive_is_as_before_after_a_failed_import(
    imported: Installation, spoil: Spoil
) -> None:
    before = state_of(imported)
    spoil(imported)

    job = imported.import_parent()

    assert job.state is JobState.FAILED
    assert state_of(imported) == before


@pytest.mark.parametrize(
    ("changes", "sentence", "hint"),
    [
        ({"components": ["main", "nowhere"]},
         f"the suite {SUITE} has no component nowhere", "it has main, contrib: --component"),
        ({"architectures": ["amd64", "s390x"]},
         f"the suite {SUITE} has no architecture s390x", "it has amd64, arm64: --architecture"),
    ],
)  # fmt: skip
def test_what_a_suite_lacks_is_named_with_what_it_has(
    empty: Installation, changes: dict[str, object], sentence: str, hint: str
) -> None:
    job = ask(empty, **changes)

    assert job.error == {"kind": "invalid-input", "message": sentence, "hint": hint}


def test_a_repaired_mirror_is_imported_after_a_failure(empty: Installation) -> None:
    dropped_connection(empty)
    empty.import_parent()
    empty.mirror.bytes_before_drop.clear()

    assert empty.import_parent().state is JobState.SUCCEEDED


def test_an_unchanged_suite_makes_no_second_snapshot(imported: Installation) -> None:
    imported.mirror.asked.clear()

    job = imported.import_parent()

    assert job.message == f"debian/{SUITE} has not changed since the last import"
    assert imported.suite("debian").snapshot == 1
    assert imported.mirror.asked == [INRELEASE]


def test_a_wider_import_of_an_unchanged_suite_is_made(imported: Installation) -> None:
    imported.import_parent(["amd64", "arm64"])

    assert imported.suite("debian").architectures == ("amd64", "arm64")
    assert imported.suite("debian").snapshot == 2


def test_a_changed_suite_makes_a_second_snapshot_and_the_first_stays(
    imported: Installation,
) -> None:
    newer = hello_replaced(SOURCES, "Version: 1.2-3\n", "Version: 1.2-4\n")
    imported.parent.serve(imported.mirror, changed=newer)

    job = imported.import_parent()

    assert job.state is JobState.SUCCEEDED
    suite = imported.suite("debian")
    with imported.database.read() as transaction:
        versions = {
            number: [
                source.version
                for source in transaction.packages.sources_named(
                    Membership(suite_id=suite.id, number=number), ["hello"]
                )
            ]
            for number in (1, 2)
        }
    assert versions == {1: ["1.2-3"], 2: ["1.2-4"]}


@pytest.mark.parametrize("step", [0, 1, 2])
def test_a_step_that_was_cut_off_is_done_again_with_the_same_end(
    empty: Installation, step: int
) -> None:
    job = empty.importing.request(ADMINISTRATOR, USUAL)
    runner = empty.engine.runner
    assert runner is not None
    carry: dict[str, Any] = {}
    for number in range(len(runner.step_names(JobKind.IMPORT))):
        before = carry
        carry = runner.run_step(job.id, number, before)
        if number == step:  # killed after its work, before anybody noted that it was done
            carry = runner.run_step(job.id, number, before)
    runner.finish(job.id, carry)

    assert empty.jobs.show(ADMINISTRATOR, job.id).state is JobState.SUCCEEDED
    assert empty.suite("debian").snapshot == 1
    assert empty.store.hashes() == index_files(empty)


def test_indices_that_a_publication_here_shows_too_are_kept(derived: Installation) -> None:
    shown = derived.suite()
    with derived.database.read() as transaction:
        publication = transaction.publications.numbered(shown.id, shown.publication)
        files = {f.path: f for f in transaction.publications.indices(publication.id)}
    base = "http://here.example.org/archives/trial"
    for path, file in files.items():
        place = f"{base}/dists/{SUITE}/{path}"
        derived.mirror.files[place] = derived.store.path(file.sha256).read_bytes()
        by_hash = f"{place.rpartition('/')[0]}/by-hash/SHA256/{file.sha256}"
        derived.mirror.files[by_hash] = derived.mirror.files[place]
    fingerprint = derived.archive().key_fingerprint
    assert fingerprint is not None

    job = ask(
        derived, name="copy", mirror=base, components=["main"],
        keyring=derived.signer.public_key(fingerprint).encode(),
    )  # fmt: skip

    assert job.state is JobState.SUCCEEDED
    assert {file.sha256 for file in files.values()} <= derived.store.hashes()


def test_a_mirror_that_is_no_http_address_is_refused(empty: Installation) -> None:
    job = ask(empty, mirror="file:///etc")

    assert job.error is not None
    assert job.error["kind"] == "invalid-input"


def test_unavailable_errors_come_with_a_next_step(empty: Installation) -> None:
    missing_sources(empty)

    job = empty.import_parent()

    assert job.error is not None
    assert "import again later" in str(job.error["hint"])
