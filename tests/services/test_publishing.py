"""What clients see: indices as apt's tools have them, whole, signed, never less than before."""

import hashlib
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import apt_pkg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.services.build_machine import BuildMachine, upload_for
from tests.services.installation import (
    ADMINISTRATOR,
    BUILDER,
    Installation,
    Template,
    make_installation,
)
from tests.services.packages import deb
from tests.services.parent import BY_NAME, MIRROR, SUITE, ftparchive
from tests.services.test_events import told

from vostok.adapters.signing import LocalSigner
from vostok.debian.indices import Release, parse_release
from vostok.domain.access import ANONYMOUS
from vostok.domain.archive import OWN_COMPONENTS
from vostok.domain.attempt import Outcome
from vostok.domain.build import BuildState, Fate, Part
from vostok.domain.job import JobState
from vostok.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError

GPGV_SECONDS = 30
MADE_HERE = {"SHA1", "SHA512", "MD5sum", "Description-md5"}
"""Digests that apt-ftparchive writes beside those that matter."""


@pytest.fixture
def signed(tmp_path: Path, with_parent: Template) -> Iterator[Installation]:
    """`trial` of an installation whose keys are real."""
    world = make_installation(tmp_path, with_parent, signer=LocalSigner(tmp_path / "keys"))
    world.derive()
    yield world
    world.database.engine.dispose()


def index(world: Installation, path: str, *, number: int | None = None) -> bytes:
    """What a client gets below `dists/bookworm/`."""
    file = world.serving.archive_index(ANONYMOUS, "trial", SUITE, path, number=number)
    data = file.path.read_bytes()
    assert len(data) == file.size
    assert hashlib.sha256(data).hexdigest() == file.sha256
    return data


def paragraphs(plain: bytes) -> list[Mapping[str, str]]:
    """The paragraphs of an index as apt reads them."""
    with tempfile.TemporaryFile() as file:
        file.write(plain)
        file.seek(0)
        return [dict(section) for section in apt_pkg.TagFile(file)]


def packages(
    world: Installation, component: str = "main", architecture: str = "amd64"
) -> list[Mapping[str, str]]:
    return paragraphs(world.plain_index("trial", f"{component}/binary-{architecture}/Packages"))


def sources(world: Installation, component: str = "main") -> list[Mapping[str, str]]:
    return paragraphs(world.plain_index("trial", f"{component}/source/Sources"))


def everything(world: Installation) -> tuple[list[Mapping[str, str]], list[Mapping[str, str]]]:
    """All binaries and all sources of all components."""
    components = world.suite().all_components
    return (
        [p for c in components for p in packages(world, c)],
        [s for c in components for s in sources(world, c)],
    )


def release(world: Installation) -> Release:
    return parse_release(index(world, "Release").decode())


# The indices, against apt's own tools ------------------------------------------------------------


def fetched_pool(world: Installation, root: Path) -> None:
    """Put every file that the indices name under a directory, as a mirror has them."""
    binaries, all_sources = everything(world)
    paths = [p["Filename"] for p in binaries]
    for source in all_sources:
        names = [line.split()[2] for line in source["Checksums-Sha256"].split("\n") if line]
        paths += [f"{source['Directory']}/{name}" for name in names]
    for path in paths:
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        file = world.serving.archive_pool_file(ANONYMOUS, "trial", path)
        place.write_bytes(file.path.read_bytes())


def compared(found: list[Mapping[str, str]], told: bytes) -> None:
    """Our paragraphs are apt-ftparchive's, but for digests that nobody needs."""
    with tempfile.TemporaryFile() as file:
        file.write(told)
        file.seek(0)
        expected = [dict(section) for section in apt_pkg.TagFile(file)]

    def plain(items: list[dict[str, str]]) -> list[dict[str, str]]:
        kept = [
            {
                k: v
                for k, v in item.items()
                if k not in MADE_HERE | {"Checksums-Sha1", "Checksums-Sha512", "Extra-Source-Only"}
            }
            for item in items
        ]
        return sorted(kept, key=lambda item: (item["Package"], item["Version"]))

    assert plain([dict(item) for item in found]) == plain(expected)


@pytest.mark.debian
def test_packages_and_sources_are_what_apt_ftparchive_makes_of_the_same_files(
    derived: Installation, machine: BuildMachine, tmp_path: Path
) -> None:
    derived.rebuild("all")
    assert machine.build_all() == len(BY_NAME)

    root = tmp_path / "mirror"
    fetched_pool(derived, root)

    for component in ("main", "contrib"):
        place = f"pool/{component}"
        compared(
            packages(derived, component),
            ftparchive(root, "--arch", "amd64", "packages", place),
        )
        compared(sources(derived, component), ftparchive(root, "sources", place))


@pytest.mark.debian
def test_every_own_paragraph_can_be_read_by_apt_and_names_its_file(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    machine.build_next()

    own = next(p for p in packages(derived) if p["Package"] == "hello")
    file = derived.serving.archive_pool_file(ANONYMOUS, "trial", own["Filename"])

    data = file.path.read_bytes()
    assert own["Version"] == "1.2-3Xtrial1"
    assert own["Source"] == "hello (1.2-3)"
    assert (own["Size"], own["SHA256"]) == (str(len(data)), hashlib.sha256(data).hexdigest())


def test_paragraphs_stand_in_the_order_of_their_names(derived: Installation) -> None:
    derived.derive("second", selection="*")

    plain = derived.plain_index("second", "main/binary-amd64/Packages")
    names = [paragraph["Package"] for paragraph in paragraphs(plain)]

    assert names == sorted(names)
    assert len(names) > 5


def test_the_release_file_names_every_index_plain_and_packed(derived: Installation) -> None:
    found = release(derived)

    assert set(found.files) == {
        path + ending
        for component in ("main", "contrib", "debug", "toolchain")
        for path in (f"{component}/binary-amd64/Packages", f"{component}/source/Sources")
        for ending in ("", ".gz" if component in OWN_COMPONENTS else ".xz")
    }
    for path, entry in found.files.items():
        is_packed = path.endswith((".gz", ".xz"))
        data = index(derived, path) if is_packed else derived.plain_index("trial", path)
        assert (entry.size, entry.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_the_release_file_names_the_derived_archive_and_not_its_parent(
    derived: Installation,
) -> None:
    found = release(derived)

    assert (found.origin, found.label, found.suite, found.codename) == (
        "trial", "trial", SUITE, SUITE,
    )  # fmt: skip
    assert found.architectures == ("amd64",)
    assert found.components == ("main", "contrib", "debug", "toolchain")
    assert found.acquire_by_hash is True
    assert "Debian" not in index(derived, "Release").decode()


def test_every_index_is_there_by_its_hash(derived: Installation) -> None:
    for entry in release(derived).files.values():
        if entry.path.endswith((".gz", ".xz")):
            assert index(derived, entry.by_hash_path) == index(derived, entry.path)


@pytest.mark.debian
def test_gpgv_accepts_both_signatures(signed: Installation, tmp_path: Path) -> None:
    fingerprint = signed.archive().key_fingerprint
    assert fingerprint is not None
    keyring = tmp_path / "key.asc"
    keyring.write_text(signed.signer.public_key(fingerprint))
    for name in ("InRelease", "Release", "Release.gpg"):
        (tmp_path / name).write_bytes(index(signed, name))
    packed = tmp_path / "key.gpg"
    packed.write_bytes(dearmoured(keyring))

    inline = gpgv(packed, tmp_path / "InRelease")
    detached = gpgv(packed, tmp_path / "Release.gpg", tmp_path / "Release")

    for said in (inline, detached):
        assert re.search(rf"^\[GNUPG:\] VALIDSIG .* {fingerprint}$", said, re.MULTILINE)
    assert (tmp_path / "Release").read_text().strip() in (tmp_path / "InRelease").read_text()


def dearmoured(key: Path) -> bytes:
    import pysequoia  # noqa: PLC0415 - as gpg --dearmor, which is no dependency

    return bytes(pysequoia.Cert.from_file(str(key)))


def gpgv(keyring: Path, *files: Path) -> str:
    done = subprocess.run(
        ["gpgv", "--status-fd", "1", "--keyring", str(keyring), *map(str, files)],
        check=True,
        capture_output=True,
        timeout=GPGV_SECONDS,
    )
    return done.stdout.decode(errors="replace")


# What is shown -----------------------------------------------------------------------------------


def test_taken_sources_show_the_parent_s_binaries_until_they_are_built(
    imported: Installation,
) -> None:
    imported.derive(selection="hello,libfoo")

    binaries, all_sources = everything(imported)

    assert {(p["Package"], p["Version"]) for p in binaries} == {
        ("hello", "1.2-3"), ("libfoo1", "2.0-1+b2"), ("libfoo-data", "2.0-1"),
    }  # fmt: skip
    assert {(s["Package"], s["Version"]) for s in all_sources} == {
        ("hello", "1.2-3"), ("libfoo", "2.0-1"),
    }  # fmt: skip


def test_a_rebuild_takes_the_place_of_the_parent_s_binary_and_leaves_the_rest(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("libfoo")
    machine.build_next()

    versions = {p["Package"]: p["Version"] for p in packages(derived)}

    assert versions["libfoo1"] == "2.0-1+b2Xtrial1"
    assert versions["libfoo-data"] == "2.0-1"
    assert versions["hello"] == "1.2-3"


def test_a_source_named_by_built_using_is_published_too(imported: Installation) -> None:
    imported.derive(selection="static")

    _, all_sources = everything(imported)

    assert {(s["Package"], s["Version"]) for s in all_sources} == {
        ("static", "3-1"), ("libfoo", "1.9-1"),
    }  # fmt: skip


def test_the_files_of_the_parent_come_only_when_somebody_asks(derived: Installation) -> None:
    path = "pool/main/h/hello/hello_1.2-3_amd64.deb"
    before = [url for url in derived.mirror.asked if "/pool/" in url]

    derived.serving.archive_pool_file(ANONYMOUS, "trial", path)
    derived.serving.archive_pool_file(ANONYMOUS, "trial", path)

    asked = [url for url in derived.mirror.asked if "/pool/" in url]
    assert before == []
    assert len(asked) == 1


def test_nothing_new_makes_no_new_publication(derived: Installation) -> None:
    before = index(derived, "InRelease")

    job = derived.publish()

    assert job.result is not None
    assert job.result["is_new"] is False
    assert job.message == "publication 1 of trial shows all of it already"
    assert derived.suite().publication == 1
    assert index(derived, "InRelease") == before


def test_a_request_while_another_waits_is_the_same_job(derived: Installation) -> None:
    first = derived.publishing.request(ADMINISTRATOR, "trial")
    second = derived.publishing.request(ADMINISTRATOR, "trial")

    assert first.id == second.id
    assert derived.done(first).state is JobState.SUCCEEDED
    assert derived.publishing.request(ADMINISTRATOR, "trial").id != first.id


def test_an_image_is_not_published(derived: Installation) -> None:
    with pytest.raises(InvalidInputError, match="is not published here"):
        derived.publishing.request(ADMINISTRATOR, "debian")
    with pytest.raises(NotFoundError):
        derived.publishing.request(ADMINISTRATOR, "nope")
    with pytest.raises(NotAllowedError):
        derived.publishing.request(BUILDER, "trial")


def test_a_publication_killed_before_its_last_commit_has_changed_nothing(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    claim = machine.claim()
    machine.send(claim, upload_for(claim).files)
    machine.report(claim)
    derived.settling.settle(claim.attempt_id, "result")
    before = index(derived, "InRelease")
    with derived.database.read() as transaction:  # as a process that decides before another one
        draft = derived.publishing._drafted(  # noqa: SLF001 - the moment between two steps
            transaction, derived.archive(), derived.suite()
        )
    derived.publish()

    with pytest.raises(ConflictError, match="published or changed by somebody else meanwhile"):
        derived.publishing._switch(draft, [], "late")  # noqa: SLF001 - as above

    assert index(derived, "InRelease", number=1) == before
    assert derived.suite().publication == 2


def test_older_publications_can_still_be_read_whole(
    derived: Installation, machine: BuildMachine
) -> None:
    old = release(derived)
    derived.rebuild("hello")
    machine.build_next()

    assert parse_release(index(derived, "Release", number=1).decode()) == old
    for entry in old.files.values():
        if entry.path.endswith((".gz", ".xz")):
            assert hashlib.sha256(index(derived, entry.by_hash_path)).hexdigest() == entry.sha256
    path = "pool/main/h/hello/hello_1.2-3_amd64.deb"
    assert derived.serving.archive_pool_file(ANONYMOUS, "trial", path).size > 0


def test_publications_are_listed_the_newest_first(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    machine.build_next()

    listed = derived.publishing.publications_of(ANONYMOUS, "trial")

    assert [(p.number, p.reason) for p in listed] == [
        (2, "hello 1.2-3Xtrial1 was built"), (1, "derived"),
    ]  # fmt: skip
    binaries, all_sources = everything(derived)
    assert (listed[0].binaries, listed[0].sources) == (len(binaries), len(all_sources))


# Several architectures ---------------------------------------------------------------------------


def test_a_build_waits_for_its_sibling_on_the_other_architecture(multi: Installation) -> None:
    multi.rebuild("hello")
    BuildMachine(multi, "amd64").build_next()

    job = multi.publish()

    assert multi.build("hello", "amd64").fate is Fate.PENDING
    assert "held by hello on arm64, which is not built yet" in job.message
    assert told(multi, multi.build("hello", "amd64"))[-1][-1] == (
        "its binaries are held by hello on arm64, which is not built yet"
    )
    assert {p["Version"] for p in packages(multi) if p["Package"] == "hello"} == {"1.2-3"}

    BuildMachine(multi, "arm64").build_next()

    assert "its binaries wait for the next publication" in {
        sentence for _, _, sentence in told(multi, multi.build("hello", "arm64"))
    }
    for architecture in ("amd64", "arm64"):
        shown = {p["Package"]: p["Version"] for p in packages(multi, "main", architecture)}
        assert shown["hello"] == "1.2-3Xtrial1"
        assert multi.build("hello", architecture).fate is Fate.PUBLISHED


def test_a_failed_sibling_holds_too_until_a_newer_rebuild_replaces_both(
    multi: Installation,
) -> None:
    amd64, arm64 = BuildMachine(multi, "amd64"), BuildMachine(multi, "arm64")
    multi.rebuild("hello")
    amd64.build_next()
    arm64.report(arm64.claim(), Outcome.FAILED)
    multi.engine.run_all()
    held = multi.build("hello", "amd64")
    assert held.fate is Fate.PENDING

    multi.rebuild("hello")
    amd64.build_next()
    arm64.build_next()

    with multi.database.read() as transaction:
        assert transaction.builds.by_id(held.id).fate is Fate.REPLACED
    assert {p["Version"] for p in packages(multi) if p["Package"] == "hello"} == {"1.2-3Xtrial2"}


def test_what_was_replaced_before_it_was_published_does_not_wait_for_ever(
    derived: Installation, machine: BuildMachine
) -> None:
    for _ in range(2):
        derived.rebuild("hello")
        claim = machine.claim()
        machine.send(claim, upload_for(claim).files)
        machine.report(claim)
        derived.settling.settle(claim.attempt_id, "result")
    derived.engine.run_all()

    with derived.database.read() as transaction:
        records = transaction.builds.of_slot(derived.archive().id, "hello", "amd64")
    assert [(b.rebuild_no, b.state, b.fate) for b in records] == [
        (2, BuildState.BUILT, Fate.PUBLISHED),
        (1, BuildState.BUILT, Fate.REPLACED),
    ]


# Invariants over random histories ----------------------------------------------------------------


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    history=st.lists(
        st.tuples(
            st.sampled_from(["hello", "libfoo", "indep", "static", "all"]),
            st.sampled_from(["built", "failed", "extra"]),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_every_publication_is_whole_and_single_and_keeps_its_bytes(
    with_trial: Template, history: list[tuple[str, str]]
) -> None:
    seen: dict[tuple[str, str, str], str] = {}
    with tempfile.TemporaryDirectory() as directory:
        world = make_installation(Path(directory), with_trial)
        for selection, fate in history:
            campaign = world.rebuild(selection)
            for _ in world.builds_of(campaign):
                end_one(BuildMachine(world), fate)
            world.engine.run_all()
            binaries, all_sources = everything(world)

            check_single(binaries)
            check_sources(binaries, all_sources)
            check_bytes(binaries, seen)
        world.database.engine.dispose()


def end_one(machine: BuildMachine, fate: str) -> None:
    claim = machine.claim()
    if fate == "failed":
        machine.report(claim, Outcome.FAILED)
        return
    upload = upload_for(claim)
    if fate == "extra" and claim.part is Part.ANY:
        source = claim.source
        extra = deb(
            f"{source.name}-extra", claim.version, "amd64",
            source=source.name, source_version=source.version,
            fields="Static-Built-Using: libfoo (= 2.0-1)\n",
        )  # fmt: skip
        upload = upload_for(claim, {**upload.packages, **dict([extra])})
    machine.send(claim, upload.files)
    machine.report(claim)


def check_single(binaries: list[Mapping[str, str]]) -> None:
    """I4: one published binary per name and architecture."""
    counts = Counter(p["Package"] for p in binaries)
    assert [name for name, count in counts.items() if count > 1] == []


def check_sources(binaries: list[Mapping[str, str]], found: list[Mapping[str, str]]) -> None:
    """I7: the source of every binary, and each that it was built using, is published."""
    there = {(s["Package"], s["Version"]) for s in found}
    for binary in binaries:
        said = binary.get("Source", binary["Package"])
        name, _, version = said.partition(" ")
        assert (name, version.strip("()") or binary["Version"]) in there
        for field in ("Built-Using", "Static-Built-Using"):
            for relation in filter(None, binary.get(field, "").split(", ")):
                used, _, bound = relation.partition(" (= ")
                assert (used, bound.rstrip(")")) in there


def check_bytes(binaries: list[Mapping[str, str]], seen: dict[tuple[str, str, str], str]) -> None:
    """I6: one name, version and architecture is one SHA-256 for ever."""
    for binary in binaries:
        key = (binary["Package"], binary["Version"], binary["Architecture"])
        assert seen.setdefault(key, binary["SHA256"]) == binary["SHA256"]


# What nobody has any more ------------------------------------------------------------------------


def lose(world: Installation, path: str) -> None:
    """Have a file asked for that no mirror has."""
    del world.mirror.files[f"{MIRROR}/{path}"]
    with pytest.raises(NotFoundError):
        world.serving.archive_pool_file(ANONYMOUS, "trial", path)


def test_a_package_that_no_mirror_has_is_left_out_with_its_reason(derived: Installation) -> None:
    whole = {paragraph["Package"] for paragraph in packages(derived)}
    lose(derived, "pool/main/h/hello/hello_1.2-3_amd64.deb")

    job = derived.publish()

    assert {paragraph["Package"] for paragraph in packages(derived)} == whole - {"hello"}
    assert "hello is left out: " in job.message
    assert "hello" in {paragraph["Package"] for paragraph in sources(derived)}


def test_a_source_that_no_mirror_has_takes_its_packages_with_it(derived: Installation) -> None:
    lose(derived, "pool/contrib/s/static/static_3-1.dsc")
    lose(derived, "pool/main/libf/libfoo/libfoo_1.9-1.dsc")

    job = derived.publish()

    assert packages(derived, "contrib") == sources(derived, "contrib") == []
    assert "static is left out: its source" in job.message
    check_sources(*everything(derived))


def test_what_can_be_had_again_is_shown_again(derived: Installation) -> None:
    path = "pool/main/h/hello/hello_1.2-3_amd64.deb"
    data = derived.mirror.files[f"{MIRROR}/{path}"]
    lose(derived, path)
    derived.publish()
    derived.mirror.files[f"{MIRROR}/{path}"] = data
    derived.clock.advance(3_600)
    derived.files.ensure(hashlib.sha256(data).hexdigest(), size=len(data), name=path)

    job = derived.publish()

    assert "left out" not in job.message
    assert "hello" in {paragraph["Package"] for paragraph in packages(derived)}
