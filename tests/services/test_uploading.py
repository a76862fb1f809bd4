"""Uploads: accepted whole, or refused with a sentence, and what follows from one."""

import dataclasses
import hashlib
from collections.abc import Callable

import pytest
from tests.services.build_machine import BuildMachine, Upload, upload_for
from tests.services.build_machine import changes_text as build_changes_text
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.packages import TinyBinary, TinySource, binaries_of, source_package
from tests.services.parent import HELLO, indices
from tests.services.signed_upload import Uploader, changes_text, local, signed

from vostok.domain.access import Principal, Role
from vostok.domain.attempt import Claim
from vostok.domain.build import BuildState, Fate, RebuildForm
from vostok.domain.job import JobState
from vostok.domain.package import DeltaKind
from vostok.domain.rebuild_version.schemes import VersionScheme
from vostok.domain.sync import Verdict
from vostok.domain.toolchain import parse_spec
from vostok.domain.upload import UploadState
from vostok.errors import ConflictError, InvalidInputError, NotAllowedError, VostokError
from vostok.services.deriving.syncing import SyncRequest
from vostok.services.rebuilding.outgoing import OutgoingRequest


@pytest.fixture
def richard(derived: Installation) -> Uploader:
    return Uploader(derived)


def built(claim: Claim, source: TinySource) -> Upload:
    """What an honest builder makes of an uploaded source with an `any` part."""
    packages = binaries_of(
        source,
        claim.architecture,
        part="any",
        version=source.version,
        source_version=source.version,
    )
    made = upload_for(claim, packages)
    said, plain = f"Source: {source.name} ({HELLO.version})", f"Source: {source.name}"
    made = dataclasses.replace(made, buildinfo=made.buildinfo.replace(said, plain))
    text = build_changes_text(made, source.name, source.name, claim.architecture)
    return dataclasses.replace(made, changes=text.replace("Binary-Only: yes\n", ""))


def build_it(machine: BuildMachine, world: Installation, source: TinySource) -> Claim:
    claim = machine.claim()
    machine.send(claim, built(claim, source).files)
    machine.report(claim)
    world.engine.run_all()
    return claim


def refusal(richard: Uploader, **more: object) -> str:
    """Why the upload of a changed hello is refused; nothing is left of it but the record."""
    world = richard.world
    source = more.pop("source", local())
    with pytest.raises(VostokError) as caught:
        richard.upload(source, **more)  # type: ignore[arg-type]  # given by tests
    [newest, *_] = world.uploading.uploads(ADMINISTRATOR, "trial")
    assert newest.state is UploadState.REFUSED
    assert newest.sentence.startswith(str(caught.value))
    with world.database.read() as transaction:
        assert transaction.deltas.local_changes(world.suite().id) == {}
    return str(caught.value)


def test_a_signed_source_is_accepted_and_gets_builds(richard: Uploader) -> None:
    world = richard.world

    upload = richard.upload(local())

    assert upload.state is UploadState.ACCEPTED
    assert upload.sentence.startswith(
        "hello 1.2-3+local1 was accepted; it is built for amd64; warning: 1.2-3+local1 is above "
    )
    assert (upload.person, upload.uploaded_by) == ("richard", "richard")
    build = world.build("hello")
    assert (build.version, build.rebuild_no, build.score) == ("1.2-3+local1", 1, 0)
    assert (build.form, build.campaign_id) == (RebuildForm.AS_IS, None)
    assert build.state is BuildState.NEEDS_BUILD
    with world.database.read() as transaction:
        change = transaction.deltas.local_changes(world.suite().id)["hello"]
        assert transaction.uploads.spooled(world.archive().id, "richard") == {}
    assert (change.version, change.base_version) == ("1.2-3+local1", "1.2-3")
    shown = world.uploading.upload(ADMINISTRATOR, "trial", upload.id)
    assert [file.name for file in shown.files] == [
        "hello_1.2-3+local1.dsc",
        "hello_1.2-3+local1.tar.xz",
        "hello_1.2-3+local1_source.changes",
    ]
    assert [shown_build.id for shown_build in shown.builds] == [build.id]


def test_it_is_built_as_it_is_and_its_packages_replace_the_parents(richard: Uploader) -> None:
    world, source = richard.world, local()
    world.publish()
    before = world.plain_index("trial", "main/binary-amd64/Packages")
    richard.upload(source)
    assert world.plain_index("trial", "main/binary-amd64/Packages") == before

    claim = build_it(BuildMachine(world), world, source)

    assert (claim.version, claim.changelog_entry) == ("1.2-3+local1", "")
    assert claim.source.version == "1.2-3+local1"
    build = world.build("hello")
    assert (build.state, build.sentence) == (BuildState.BUILT, "built 1 package")
    world.publish()
    index = world.plain_index("trial", "main/binary-amd64/Packages").decode()
    assert "Version: 1.2-3+local1" in index
    sources = world.plain_index("trial", "main/source/Sources").decode()
    assert "Version: 1.2-3+local1" in sources
    assert world.build("hello").fate is Fate.PUBLISHED
    with world.database.read() as transaction:
        [own] = transaction.deltas.own_binaries_of(world.suite().id, "hello")
    assert own.kind is DeltaKind.LOCAL_CHANGE


def test_the_parents_stay_byte_for_byte(richard: Uploader) -> None:
    world = richard.world
    with world.database.engine.connect() as connection:
        query = "select * from suite_source order by package_id"
        before = connection.exec_driver_sql(query).all()
        richard.upload(local())
        assert connection.exec_driver_sql(query).all() == before


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


def test_a_changes_file_is_accepted_once(richard: Uploader) -> None:
    source = local()
    files = source_package(source)
    data = signed("richard", changes_text(source, files).encode())
    for name, content in files.items():
        richard.send(name, content)
    richard.send("hello_1.2-3+local1_source.changes", data)

    with pytest.raises(ConflictError, match="was accepted before, as upload 1"):
        richard.send("hello_1.2-3+local1_source.changes", data + b"\n")


def test_a_second_upload_supersedes_the_first_and_its_builds(richard: Uploader) -> None:
    world, machine = richard.world, BuildMachine(richard.world)
    richard.upload(local())
    first = world.build("hello")

    richard.upload(local("1.2-3+local2"))

    with world.database.read() as transaction:
        assert transaction.builds.by_id(first.id).state is BuildState.SUPERSEDED
        change = transaction.deltas.local_changes(world.suite().id)["hello"]
    assert change.version == "1.2-3+local2"
    assert build_it(machine, world, local("1.2-3+local2")).version == "1.2-3+local2"


def test_what_a_superseded_builder_returns_is_never_shown(richard: Uploader) -> None:
    world, machine = richard.world, BuildMachine(richard.world)
    world.rebuild("hello")
    claim = machine.claim()
    machine.send(claim, upload_for(claim).files)

    richard.upload(local())
    machine.report(claim)
    world.engine.run_all()

    with world.database.read() as transaction:
        old = transaction.builds.by_id(claim.build_id)
        shown = transaction.deltas.own_binaries_of(world.suite().id, "hello")
    assert old.state is BuildState.SUPERSEDED
    assert shown == []


def test_a_result_that_waits_to_be_judged_is_kept_and_not_shown(richard: Uploader) -> None:
    world, machine = richard.world, BuildMachine(richard.world)
    world.rebuild("hello")
    claim = machine.claim()
    machine.send(claim, upload_for(claim).files)
    machine.report(claim)

    richard.upload(local())
    world.engine.run_all()

    with world.database.read() as transaction:
        old = transaction.builds.by_id(claim.build_id)
        shown = transaction.deltas.own_binaries_of(world.suite().id, "hello")
    assert (old.state, old.fate) == (BuildState.BUILT, Fate.REPLACED)
    assert shown == []


def test_the_orig_tarball_is_taken_from_the_parents(richard: Uploader) -> None:
    """Here the parent's own tarball, of which only the name and the hash are known."""
    tarball = dict(list(source_package(HELLO).items())[1:])
    [(name, data)] = tarball.items()
    source = local("1.2-3+local1")
    dsc_name = "hello_1.2-3+local1.dsc"
    text = source_package(source)[dsc_name].decode()
    own = source_package(source)
    [(own_name, own_data)] = list(own.items())[1:]
    changed = text.replace("(native)", "(quilt)")
    for algorithm in ("sha256", "md5"):
        digest = hashlib.new(algorithm, own_data, usedforsecurity=False).hexdigest()
        wanted = hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()
        changed = changed.replace(
            f" {digest} {len(own_data)} {own_name}", f" {wanted} {len(data)} {name}"
        )

    found = refusal(richard, source=source, files={dsc_name: changed.encode()})

    # A name of another version of the source is not one of this one.
    assert "no name of a file of hello 1.2-3+local1" in found


def test_a_new_source_has_no_version_before(richard: Uploader) -> None:
    world, source = richard.world, local("2", name="cc")

    richard.upload(source)

    build = world.build("cc")
    assert (build.version, build.version_before) == ("2", "")
    with world.database.read() as transaction:
        assert transaction.deltas.local_changes(world.suite().id)["cc"].base_version is None


def test_a_source_that_builds_nothing_here_is_refused(richard: Uploader) -> None:
    source = local("1.2-3+local1", architecture="s390x")

    assert "builds on s390x, the archive has amd64" in refusal(richard, source=source)


def test_binaries_are_refused_where_the_archive_takes_sources_only(richard: Uploader) -> None:
    source = local()
    files = {**source_package(source), **_debs(source)}

    found = refusal(richard, source=source, files=files, architectures="source amd64")

    assert found.startswith("trial takes sources only")


def test_binaries_come_with_their_source_where_they_may(richard: Uploader) -> None:
    world, source = richard.world, local()
    world.set(binaries=True)
    files = {**source_package(source), **_debs(source)}

    upload = richard.upload(source, files=files, architectures="source amd64")

    assert upload.sentence.startswith("hello 1.2-3+local1 with 1 package was accepted; warning: ")
    world.engine.run_all()
    world.publish()
    index = world.plain_index("trial", "main/binary-amd64/Packages").decode()
    assert "Version: 1.2-3+local1" in index


def test_a_sync_sees_a_local_change_that_needs_a_merge(richard: Uploader) -> None:
    world = richard.world
    richard.upload(local())
    before = world.syncing.plan(ADMINISTRATOR, SyncRequest(archive="trial", moves=True))
    path = "main/source/Sources"
    moved = indices()[path].replace(b"Package: hello\n", b"Package: hello\nX-Moved: yes\n")
    head, mark, tail = moved.partition(b"X-Moved: yes\n")
    moved = head + mark + tail.replace(b"Version: 1.2-3\n", b"Version: 1.2-4\n", 1)
    world.parent.serve(world.mirror, changed={path: moved})
    assert world.import_parent().state is JobState.SUCCEEDED

    job = world.syncing.request(ADMINISTRATOR, SyncRequest(archive="trial", moves=True))

    assert Verdict.NEEDS_MERGE not in before.counts
    assert world.done(job).state is JobState.SUCCEEDED
    [decision] = [
        decision
        for decision in world.syncing.decisions(ADMINISTRATOR, "trial", 2)[1]
        if decision.source == "hello"
    ]
    assert decision.verdict is Verdict.NEEDS_MERGE
    assert decision.sentence == (
        "hello 1.2-3+local1, made from 1.2-3, is kept and needs a merge: a parent has 1.2-4"
    )
    assert world.build("hello").state is BuildState.NEEDS_BUILD


def test_files_that_nobody_names_expire(richard: Uploader) -> None:
    world = richard.world
    richard.send("hello_1.tar.xz", b"never named")
    digest = hashlib.sha256(b"never named").hexdigest()
    assert world.store.has(digest)

    assert world.spool.sweep() == 0
    world.clock.advance(86_401)
    assert world.spool.sweep() == 1

    assert not world.store.has(digest)


def test_what_a_killed_server_left_half_written_goes_after_as_long(richard: Uploader) -> None:
    world = richard.world
    with world.store.incoming("0" * 64, size=1000, seconds_max=1) as file:
        assert file is not None
        file.write(b"half")

    assert world.spool.sweep() == 0
    assert len(world.store.unfinished()) == 1
    world.clock.advance(86_401)
    assert world.spool.sweep() == 1

    assert world.store.unfinished() == []


def test_what_is_sent_anew_leaves_nothing_of_what_it_replaces(richard: Uploader) -> None:
    world = richard.world
    older = [hashlib.sha256(data).hexdigest() for data in (b"first", b"both")]
    richard.send("a_1.tar.xz", b"first")
    richard.send("b_1.tar.xz", b"both")
    richard.send("c_1.tar.xz", b"both")

    richard.send("a_1.tar.xz", b"second")
    richard.send("a_1.tar.xz", b"second")
    richard.send("b_1.tar.xz", b"other")

    assert [world.store.has(sha256) for sha256 in older] == [False, True]
    assert world.store.has(hashlib.sha256(b"second").hexdigest())


def test_the_spool_is_bounded(richard: Uploader) -> None:
    richard.send("a_1.tar.xz", b"x" * (1 << 20))
    with pytest.raises(InvalidInputError, match="larger than"):
        richard.send("b_1.tar.xz", b"x" * ((1 << 20) + 1))
    richard.send("b_1.tar.xz", b"y" * (1 << 20))

    with pytest.raises(ConflictError, match="bytes wait in trial already"):
        richard.send("c_1.tar.xz", b"z")
    assert richard.send("b_1.tar.xz", b"less") is None


@pytest.mark.parametrize("name", ["../a", ".hidden", "a/b", "", "a\x00", "a b", "x" * 300])
def test_a_name_that_no_archive_holds_is_refused(richard: Uploader, name: str) -> None:
    with pytest.raises(InvalidInputError):
        richard.send(name, b"x")


def test_a_rebuild_is_of_the_local_change_then(richard: Uploader) -> None:
    world, source = richard.world, local()
    richard.upload(source)
    build_it(BuildMachine(world), world, source)

    [build] = world.builds_of(world.rebuild("hello"))

    assert (build.source_version, build.version) == ("1.2-3+local1", "1.2-3+local1Xtrial2")
    assert build.version_before == "1.2-3+local1"


def test_a_rebuild_waits_until_the_upload_is_built(richard: Uploader) -> None:
    richard.upload(local())

    with pytest.raises(ConflictError, match="is not finished yet"):
        richard.world.rebuild("hello")


def test_a_retry_of_a_build_that_an_upload_replaced_is_refused(richard: Uploader) -> None:
    world = richard.world
    world.rebuild("hello")
    old = world.build("hello")
    world.builds.cancel(ADMINISTRATOR, old.id)
    richard.upload(local())

    with pytest.raises(ConflictError, match=r"the archive has 1\.2-3\+local1 now"):
        world.builds.retry(ADMINISTRATOR, old.id)


def _debs(source: TinySource) -> dict[str, bytes]:
    assert source.binaries == (TinyBinary(name=source.name),)
    return binaries_of(
        source, "amd64", part="any", version=source.version, source_version=source.version
    )


def test_a_compiler_that_was_uploaded_and_built_can_be_named_by_a_toolchain(
    richard: Uploader,
) -> None:
    world, source = richard.world, local("14.1-1", name="gcc-14")
    spec = parse_spec(compilers={"gcc": "gcc-14"})
    world.toolchains.create(ADMINISTRATOR, "own", spec)
    before = world.toolchains.preflight(ADMINISTRATOR, "own", "trial")
    richard.upload(source)
    build_it(BuildMachine(world), world, source)

    after = world.toolchains.preflight(ADMINISTRATOR, "own", "trial")

    assert before.architectures["amd64"].problems
    assert not after.architectures["amd64"].problems
    assert after.architectures["amd64"].swapped
