"""Uploads: accepted whole, and what follows from one."""

import hashlib

import pytest
from tests.services.build_machine import BuildMachine, upload_for
from tests.services.installation import ADMINISTRATOR
from tests.services.packages import source_package
from tests.services.parent import HELLO, indices
from tests.services.signed_upload import Uploader, changes_text, local, refusal, signed
from tests.services.uploaded_builds import build_it, debs_of

from vostok.domain.build import BuildState, Fate, RebuildForm
from vostok.domain.job import JobState
from vostok.domain.package import DeltaKind
from vostok.domain.sync import Verdict
from vostok.domain.toolchain import parse_spec
from vostok.domain.upload import UploadState
from vostok.errors import ConflictError, InvalidInputError
from vostok.services.deriving.syncing import SyncRequest


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


def test_binaries_come_with_their_source_where_they_may(richard: Uploader) -> None:
    world, source = richard.world, local()
    world.set(binaries=True)
    files = {**source_package(source), **debs_of(source)}

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
