"""The builder gateway: who gets which build, and what a token opens."""

import hashlib

import pytest
import sqlalchemy as sa
from tests.services.build_machine import NAME, URL, BuildMachine, upload_for
from tests.services.installation import (
    ADMINISTRATOR,
    BUILDER,
    LOG_BYTES_MAX,
    OUTPUT_BYTES_MAX,
    Installation,
)
from tests.services.parent import MIRROR, pool

from vostok.adapters.database import schema
from vostok.domain.attempt import Outcome, claim_from_json, claim_to_json
from vostok.domain.build import BuildState, Part
from vostok.errors import (
    ConflictError,
    GoneError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    UnavailableError,
)
from vostok.services.building.builds import LOG_CHUNK_BYTES_MAX
from vostok.services.deriving.syncing import SyncRequest


def set_score(world: Installation, source: str, score: int) -> None:
    with world.database.engine.begin() as connection:
        connection.execute(
            sa.update(schema.build).where(schema.build.c.source == source).values(score=score)
        )


def test_builds_are_handed_out_by_score_then_by_age(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("only")
    derived.rebuild("hello")
    derived.rebuild("static")
    set_score(derived, "static", 5)

    claimed = [machine.claim().source.name for _ in range(3)]

    assert claimed == ["static", "only", "hello"]
    assert machine.find_claim() is None


def test_a_builder_gets_only_what_its_architectures_can_build(multi: Installation) -> None:
    multi.rebuild("hello,only")

    claims = [BuildMachine(multi, "arm64").find_claim() for _ in range(2)]

    assert [claim.architecture for claim in claims if claim] == ["arm64"]


def test_a_claim_says_all_that_a_build_needs(derived: Installation, machine: BuildMachine) -> None:
    derived.rebuild("libfoo")

    claim = machine.claim()

    assert claim_from_json(claim_to_json(claim)) == claim
    assert (claim.archive, claim.codename, claim.attempt, claim.rebuild_no) == (
        "trial", "bookworm", 1, 1,
    )  # fmt: skip
    assert (claim.part, claim.version) == (Part.ANY, "2.0-1+b2Xtrial1")
    assert claim.source.dsc == "libfoo_2.0-1.dsc"
    assert {file.name for file in claim.source.files} == {
        "libfoo_2.0-1.dsc", "libfoo_2.0-1.tar.xz",
    }  # fmt: skip
    assert claim.changelog_entry.startswith(
        "libfoo (2.0-1+b2Xtrial1) bookworm; urgency=low, binary-only=yes\n"
    )
    assert f"URIs: {URL}/views/" in claim.view.sources_deb822
    assert claim.attempt_token not in claim.view.sources_deb822
    assert claim.log_name == "libfoo_2.0-1+b2Xtrial1_amd64.rebuild-1.attempt-1.log"


def test_all_architectures_of_a_rebuild_get_one_changelog_entry(multi: Installation) -> None:
    multi.rebuild("hello")
    machine = BuildMachine(multi, "amd64", "arm64")

    entries = {machine.claim().changelog_entry for _ in range(2)}

    assert len(entries) == 1


def test_only_builders_claim(derived: Installation) -> None:
    with pytest.raises(NotAllowedError):
        derived.builds.claim(ADMINISTRATOR, builder=NAME, architectures=["amd64"], url=URL)
    with pytest.raises(NotAllowedError):
        derived.builds.archive_ids(ADMINISTRATOR)


def test_a_claim_moves_the_build_and_has_its_attempt_waited_for(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")

    claim = machine.claim()

    build = derived.build("hello")
    assert (build.state, build.attempt) == (BuildState.BUILDING, 1)
    assert build.sentence.startswith(f"is being built by {NAME}, attempt 1, in edition ")
    assert derived.engine.started == [claim.attempt_id]


def test_a_token_opens_its_own_attempt_alone(derived: Installation, machine: BuildMachine) -> None:
    derived.rebuild("hello,only")
    one, other = machine.claim(), machine.claim()

    with pytest.raises(GoneError):
        derived.builds.attempt_of_token(one.attempt_id, other.attempt_token)
    with pytest.raises(GoneError):
        derived.builds.attempt_of_token(one.attempt_id, "")
    assert machine.attempt(one).id == one.attempt_id


def test_a_token_ends_with_its_attempt(derived: Installation, machine: BuildMachine) -> None:
    derived.rebuild("hello")
    claim = machine.build_next()

    with pytest.raises(GoneError, match="has ended"):
        machine.attempt(claim)


def test_tokens_are_not_stored(derived: Installation, machine: BuildMachine) -> None:
    derived.rebuild("hello")
    claim = machine.claim()

    with derived.database.engine.connect() as connection:
        row = connection.execute(sa.select(schema.attempt)).one()

    assert claim.attempt_token not in map(str, row)
    assert row.token_hash == hashlib.sha256(claim.attempt_token.encode()).hexdigest()


def test_a_heartbeat_says_stop_after_a_cancellation(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    claim = machine.claim()
    attempt = machine.attempt(claim)
    before = derived.builds.heartbeat(attempt)
    derived.builds.cancel(ADMINISTRATOR, claim.build_id)

    assert (before, derived.builds.heartbeat(attempt)) == (False, True)
    assert derived.engine.messages == [(claim.attempt_id, "cancel")]


def test_a_waiting_build_is_cancelled_at_once(derived: Installation) -> None:
    derived.rebuild("hello")

    build = derived.builds.cancel(ADMINISTRATOR, derived.build("hello").id)

    assert build.state is BuildState.CANCELLED


@pytest.mark.parametrize("again", [True, False])
def test_what_has_ended_or_is_ending_cannot_be_cancelled(
    derived: Installation, machine: BuildMachine, *, again: bool
) -> None:
    derived.rebuild("hello")
    if again:
        derived.builds.cancel(ADMINISTRATOR, machine.claim().build_id)
    else:
        machine.build_next()

    with pytest.raises(ConflictError, match="cannot be cancelled"):
        derived.builds.cancel(ADMINISTRATOR, derived.build("hello").id)


def test_a_log_grows_at_its_end_however_often_a_piece_is_sent(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    claim = machine.claim()
    attempt = machine.attempt(claim)

    sizes = [
        derived.builds.append_log(attempt, offset=0, data=b"one\n"),
        derived.builds.append_log(attempt, offset=0, data=b"one\n"),
        derived.builds.append_log(attempt, offset=2, data=b"XXtwo\n"),
    ]

    log = derived.builds.log(claim.build_id, 1, offset=0, size_max=100)
    assert (sizes, log) == ([4, 4, 8], b"one\ntwo\n")
    with pytest.raises(ConflictError, match="beyond its end"):
        derived.builds.append_log(attempt, offset=9, data=b"x")
    with derived.database.read() as transaction:
        assert transaction.builds.attempt(attempt.id).log_bytes == 8


def test_a_log_over_its_bound_is_refused(derived: Installation, machine: BuildMachine) -> None:
    derived.rebuild("hello")
    attempt = machine.attempt(machine.claim())

    with pytest.raises(ConflictError, match="the log would be larger than"):
        derived.builds.append_log(
            attempt, offset=0, data=b"x" * (LOG_BYTES_MAX + LOG_CHUNK_BYTES_MAX + 1)
        )


def test_the_files_of_an_attempt_are_bounded_all_together(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    claim = machine.claim()
    half = b"x" * (OUTPUT_BYTES_MAX // 2)

    machine.send(claim, {"one.deb": half, "two.deb": half})
    machine.send(claim, {"two.deb": half})

    with pytest.raises(InvalidInputError, match="larger than 0 bytes"):
        machine.send(claim, {"three.deb": b"x"})


def test_a_file_that_arrives_otherwise_than_announced_is_refused(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    attempt = machine.attempt(machine.claim())

    with pytest.raises(InvalidInputError, match="SHA-256"):
        derived.builds.put_file(attempt, "a.deb", iter([b"x"]), sha256="0" * 64)


def test_a_report_given_twice_counts_once(derived: Installation, machine: BuildMachine) -> None:
    derived.rebuild("hello")
    claim = machine.claim()
    machine.report(claim, Outcome.FAILED, "the first")
    machine.report(claim, Outcome.BUILT, "the second")

    assert derived.engine.messages == [(claim.attempt_id, "result")]
    derived.engine.run_all()
    assert derived.build("hello").sentence == "the first"


def test_source_files_come_from_the_parent_and_are_kept(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    attempt = machine.attempt(machine.claim())
    name = "hello_1.2-3.dsc"

    file = derived.builds.source_file(attempt, name)
    derived.mirror.files.clear()

    assert file.path.read_bytes() == pool()[f"pool/main/h/hello/{name}"]
    assert derived.builds.source_file(attempt, name) == file


def test_a_source_file_that_no_parent_has_is_not_found(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    attempt = machine.attempt(machine.claim())
    derived.mirror.files.clear()

    with pytest.raises(NotFoundError, match=r"hello_1.2-3.dsc is not to be had: .*http://mirror"):
        derived.builds.source_file(attempt, "hello_1.2-3.dsc")


def test_a_source_file_with_other_bytes_than_its_index_said_is_refused(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    attempt = machine.attempt(machine.claim())
    derived.mirror.files[f"{MIRROR}/pool/main/h/hello/hello_1.2-3.dsc"] = b"evil"

    with pytest.raises(UnavailableError, match="is not the file that the parent's index names"):
        derived.builds.source_file(attempt, "hello_1.2-3.dsc")


@pytest.mark.parametrize("name", ["../etc/passwd", "libfoo_2.0-1.dsc", ""])
def test_no_other_file_is_given_to_an_attempt(
    derived: Installation, machine: BuildMachine, name: str
) -> None:
    derived.rebuild("hello")
    attempt = machine.attempt(machine.claim())

    with pytest.raises(NotFoundError, match="is no file of hello"):
        derived.builds.source_file(attempt, name)


def test_a_retried_build_gets_a_new_attempt_and_keeps_the_old(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    first = machine.claim()
    derived.builds.append_log(machine.attempt(first), offset=0, data=b"the old log")
    machine.report(first, Outcome.FAILED)
    derived.engine.run_all()

    derived.builds.retry(ADMINISTRATOR, first.build_id)
    second = machine.claim()

    assert (second.build_id, second.attempt) == (first.build_id, 2)
    assert second.version == first.version
    assert derived.builds.log(first.build_id, 1, offset=0, size_max=99) == b"the old log"


def test_a_retry_asks_the_mirror_again_at_once(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    claim = machine.claim()
    url = next(url for url in derived.mirror.files if url.endswith("hello_1.2-3.dsc"))
    dsc = derived.mirror.files.pop(url)
    attempt = derived.builds.attempt_of_token(claim.attempt_id, claim.attempt_token)
    with pytest.raises(NotFoundError):
        derived.builds.source_file(attempt, "hello_1.2-3.dsc")
    machine.report(claim, Outcome.SOURCE_UNAVAILABLE)
    derived.engine.run_all()
    derived.mirror.files[url] = dsc

    derived.builds.retry(ADMINISTRATOR, claim.build_id)

    again = machine.claim()
    attempt = derived.builds.attempt_of_token(again.attempt_id, again.attempt_token)
    assert derived.builds.source_file(attempt, "hello_1.2-3.dsc").path.read_bytes() == dsc


def test_a_retry_of_what_a_sync_replaced_is_refused(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    claim = machine.claim()
    machine.report(claim, Outcome.FAILED)
    derived.engine.run_all()
    derived.done(
        derived.syncing.request(ADMINISTRATOR, SyncRequest(archive="trial", remove="hello"))
    )

    with pytest.raises(ConflictError, match=r"is of hello 1\.2-3; the archive has none now"):
        derived.builds.retry(ADMINISTRATOR, claim.build_id)


def test_a_built_record_is_never_retried(derived: Installation, machine: BuildMachine) -> None:
    derived.rebuild("hello")
    claim = machine.build_next()

    with pytest.raises(
        ConflictError, match="build 1 is built; only what failed can be retried"
    ) as caught:
        derived.builds.retry(ADMINISTRATOR, claim.build_id)

    assert "rebuild request trial --select hello" in str(caught.value.hint)


def test_a_build_that_a_newer_one_followed_is_not_retried(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    claim = machine.claim()
    machine.report(claim, Outcome.FAILED)
    derived.engine.run_all()
    derived.rebuild("hello")

    with pytest.raises(ConflictError, match="followed by rebuild 2 of hello"):
        derived.builds.retry(ADMINISTRATOR, claim.build_id)


def test_builders_learn_which_archives_are_left(derived: Installation) -> None:
    ids = derived.builds.archive_ids(BUILDER)

    assert ids == [derived.archive("debian").id, derived.archive("trial").id]


def test_an_upload_is_taken_while_the_builder_is_the_current_one(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    claim = machine.claim()

    machine.send(claim, upload_for(claim).files)

    with derived.database.read() as transaction:
        files = transaction.builds.files([claim.attempt_id])[claim.attempt_id]
    assert {f.name for f in files} == set(upload_for(claim).files)
