"""Uploads, their spool, and the persons who send them, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.adapters.database.race import outcomes_at_once
from tests.adapters.database.stage import Stage
from tests.builders import NOW, new_build, new_source, sha256_of

from vostok.domain.access import Principal, Role, TokenScope
from vostok.domain.build import BuildState, RebuildForm
from vostok.domain.list_filter import ListFilter
from vostok.domain.package import DeltaKind
from vostok.domain.person import Certificate, Person
from vostok.domain.upload import NewUpload, SentFile, UploadState
from vostok.errors import ConflictError, NotFoundError

FILE = SentFile(name="hello_2.dsc", size=9, sha256=sha256_of("dsc"))
HASH = sha256_of("token")
CERTIFICATE = Certificate(fingerprint="A" * 40, armoured="x", user_ids=(), expires_at=None)


def add_person(stage: Stage, name: str = "richard") -> Person:
    with stage.write() as transaction:
        return transaction.people.add(
            name, email="r@example.org", role=Role.DEVELOPER, by="ann", at=NOW
        )


def new_upload(stage: Stage, **more: object) -> NewUpload:
    made = NewUpload(
        archive_id=stage.archive.id,
        suite_id=stage.suite.id,
        person_id=None,
        uploaded_by="richard",
        signed_by="A" * 40,
        changes_name="hello_2_source.changes",
        changes_sha256=sha256_of("changes"),
        signature="s",
        source="hello",
        version="2",
        state=UploadState.ACCEPTED,
        sentence="accepted",
        at=NOW,
        files=(FILE,),
    )
    return replace(made, **more)  # type: ignore[arg-type]  # given by tests


def test_a_file_that_is_sent_again_takes_the_place_of_the_older_one(stage: Stage) -> None:
    newer = replace(FILE, size=10, sha256=sha256_of("newer"))
    with stage.write() as transaction:
        transaction.uploads.put_spooled(stage.archive.id, "richard", FILE, NOW)
        transaction.uploads.put_spooled(stage.archive.id, "andrea", FILE, NOW)
        replaced = transaction.uploads.put_spooled(stage.archive.id, "richard", newer, NOW)

    assert replaced == [FILE.sha256]
    with stage.read() as transaction:
        assert transaction.uploads.spooled(stage.archive.id, "richard") == {FILE.name: newer}
        assert transaction.uploads.spooled(stage.archive.id, "andrea") == {FILE.name: FILE}


def test_what_waits_is_summed_up_but_for_the_file_that_is_replaced(stage: Stage) -> None:
    other = replace(FILE, name="other", size=10)
    with stage.write() as transaction:
        transaction.uploads.put_spooled(stage.archive.id, "richard", FILE, NOW)
        transaction.uploads.put_spooled(stage.archive.id, "andrea", FILE, NOW)
        transaction.uploads.put_spooled(stage.archive.id, "andrea", other, NOW)

    with stage.read() as transaction:
        found = [
            transaction.uploads.waiting_bytes(but=(stage.archive.id, "andrea", name))
            for name in ("other", FILE.name, "no such file")
        ]

    assert found == [
        {stage.archive.id: 2 * FILE.size},
        {stage.archive.id: FILE.size + 10},
        {stage.archive.id: 2 * FILE.size + 10},
    ]


def test_what_expires_is_told_and_gone(stage: Stage) -> None:
    with stage.write() as transaction:
        transaction.uploads.put_spooled(stage.archive.id, "richard", FILE, NOW)
        assert transaction.uploads.expire_spooled(NOW) == []
        assert transaction.uploads.expire_spooled(NOW + timedelta(1)) == [FILE.sha256]

    with stage.read() as transaction:
        assert transaction.uploads.spooled(stage.archive.id, "richard") == {}


def test_a_signature_is_accepted_once_however_many_send_it_at_once(stage: Stage) -> None:
    def add() -> int:
        with stage.write() as transaction:
            return transaction.uploads.add(new_upload(stage)).id

    outcomes = outcomes_at_once([add] * 4)

    refused = [outcome for outcome in outcomes if isinstance(outcome, ConflictError)]
    assert len(refused) == 3
    with stage.read() as transaction:
        [found] = transaction.uploads.of_archive(stage.archive.id, rows_max=10)
        assert transaction.uploads.files(found.id) == [FILE]
        assert transaction.uploads.with_signature("s") == found
        with pytest.raises(NotFoundError):
            transaction.uploads.of_id(stage.parent.id, found.id)


def test_refusals_are_many_and_are_forgotten_in_time(stage: Stage) -> None:
    refused = new_upload(stage, signature=None, state=UploadState.REFUSED, files=())
    with stage.write() as transaction:
        transaction.uploads.add(refused)
        transaction.uploads.add(refused)
        transaction.uploads.add(new_upload(stage))

    with stage.write() as transaction:
        assert transaction.uploads.forget_refused(NOW) == 0
        assert transaction.uploads.forget_refused(NOW + timedelta(1)) == 2
        assert len(transaction.uploads.of_archive(stage.archive.id, rows_max=10)) == 1


def test_uploads_are_listed_by_text_and_state_page_by_page(stage: Stage) -> None:
    refused = new_upload(stage, signature=None, state=UploadState.REFUSED, files=())
    with stage.write() as transaction:
        uploads = transaction.uploads
        first = uploads.add(replace(refused, source="lib_a", version="1%"))
        second = uploads.add(replace(refused, source="libxa"))
        third = uploads.add(new_upload(stage, source="libya"))

    def told(
        before: int | None = None, text: str = "", states: frozenset[str] = frozenset()
    ) -> list[int]:
        wanted = ListFilter(text=text, states=states)
        with stage.read() as transaction:
            found = transaction.uploads.of_archive(
                stage.archive.id, before=before, rows_max=2, wanted=wanted
            )
        return [upload.id for upload in found]

    assert told(text="LIB") == [third.id, second.id]
    assert told(text="LIB", before=second.id) == [first.id]
    assert told(text="lib_") == told(text="1%") == [first.id]
    assert told(states=frozenset({UploadState.REFUSED})) == [second.id, first.id]
    assert told(states=frozenset({UploadState.ACCEPTED}), text="richard") == [third.id]


def test_of_the_refusals_of_one_sender_only_the_newest_are_kept(stage: Stage) -> None:
    refused = new_upload(stage, signature=None, state=UploadState.REFUSED, files=())
    of_another = replace(refused, uploaded_by="eve")
    with stage.write() as transaction:
        accepted = transaction.uploads.add(new_upload(stage))
        old, *newest = [transaction.uploads.add(refused) for _ in range(3)]
        hers = transaction.uploads.add(of_another)

        forgotten = [
            transaction.uploads.forget_older_refusals(
                stage.archive.id, refused.uploaded_by, kept_max=kept_max
            )
            for kept_max in (3, 2)
        ]

    with stage.read() as transaction:
        left = transaction.uploads.of_archive(stage.archive.id, rows_max=10)
    assert forgotten == [0, 1]
    assert {upload.id for upload in left} == {accepted.id, hers.id, *(u.id for u in newest)}
    assert old.id not in {upload.id for upload in left}


def test_files_of_a_source_are_known_from_the_parents_and_from_here(stage: Stage) -> None:
    own = new_source("hello", "2")
    with stage.read() as transaction:
        [(name, size, sha256), *_] = transaction.packages.source_files(stage.hello_id)
    with stage.write() as transaction:
        transaction.deltas.add(
            stage.suite.id, kind=DeltaKind.LOCAL_CHANGE, sources=[own], binaries=[]
        )
        names = [name, own.files[0][0], "other"]
        found = transaction.uploads.known_files(stage.suite.id, stage.base, "hello", names)

    assert {file.name: file.sha256 for file in found} == {
        name: sha256,
        own.files[0][0]: own.files[0][2],
    }
    assert SentFile(name=name, size=size, sha256=sha256) in found


def test_a_name_with_other_bytes_is_found(stage: Stage) -> None:
    with stage.read() as transaction:
        source = transaction.packages.source(stage.hello_id)
        [(name, size, sha256), *_] = transaction.packages.source_files(stage.hello_id)
        same = SentFile(name=name, size=size, sha256=sha256)
        place = (stage.suite.id, stage.base, source.directory)

        assert transaction.uploads.contradicted(*place, [same]) is None
        wrong = replace(same, sha256=sha256_of("other"))
        assert transaction.uploads.contradicted(*place, [wrong]) == same


def test_builds_of_an_upload_need_no_campaign_and_wait_for_the_toolchain(stage: Stage) -> None:
    build = new_build(stage.hello_id)._replace(form=RebuildForm.AS_IS)
    with stage.write() as transaction:
        transaction.builds.add(
            stage.archive.id,
            stage.suite.id,
            None,
            [build],
            score=0,
            actor="richard",
            at=NOW,
            why="requested",
        )
        found = transaction.builds.next_to_build(["amd64"])
    assert found is not None
    assert (found.campaign_id, found.state) == (None, BuildState.NEEDS_BUILD)
    with stage.read() as transaction:
        assert [event.actor for event in transaction.builds.events(found.id)] == ["richard"]


def test_a_certificate_is_registered_once(stage: Stage) -> None:
    persons = [add_person(stage), add_person(stage, "andrea")]

    def add(person: Person) -> str:
        with stage.write() as transaction:
            return transaction.people.add_key(person.id, CERTIFICATE, by="ann", at=NOW).person

    outcomes = outcomes_at_once([lambda: add(persons[0]), lambda: add(persons[1])])

    assert len([outcome for outcome in outcomes if isinstance(outcome, ConflictError)]) == 1
    with stage.read() as transaction:
        assert len(transaction.people.keys()) == 1


def test_a_token_stands_for_its_person_until_it_ends(stage: Stage) -> None:
    person = add_person(stage)
    with stage.write() as transaction:
        transaction.people.add_token(
            person, token_hash=HASH, name="dput", scopes=frozenset({TokenScope.UPLOAD}),
            archive_id=stage.archive.id, at=NOW, expires_at=NOW + timedelta(1),
        )  # fmt: skip
        transaction.people.note_use(HASH, NOW)

    with stage.read() as transaction:
        assert transaction.people.principal_of(HASH, NOW) == (
            Principal(
                name="richard", role=Role.DEVELOPER, scopes=frozenset({TokenScope.UPLOAD}),
                archive="trial", person_id=person.id,
            ),
            NOW,
        )  # fmt: skip
        assert transaction.people.principal_of(HASH, NOW + timedelta(1)) is None
        assert transaction.people.principal_of("g", NOW) is None
