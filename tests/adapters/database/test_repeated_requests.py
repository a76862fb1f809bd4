"""Requests that came with a key: noted once, kept until they expire."""

from datetime import timedelta

from tests.adapters.database.stage import Stage
from tests.builders import NOW

from vostok.domain.repeated_request import Answer, RequestMark, request_mark

ANSWER = Answer(status=201, media_type="application/json", content=b"{}" * 1_000)
DAY = timedelta(days=1)


def mark(
    key: str = "key", *, person: str = "ann", said: bytes = b"said", archive: str | None = None
) -> RequestMark:
    return request_mark(person=person, operation="POST /x", key=key, content=said, archive=archive)


def add(stage: Stage, wanted: RequestMark, *, days: int = 0) -> bool:
    now = NOW + days * DAY
    with stage.write() as transaction:
        return transaction.repeated_requests.add(wanted, now=now, expires_at=now + DAY)


def test_a_request_is_new_once_and_its_answer_is_found(stage: Stage) -> None:
    assert add(stage, mark())
    with stage.write() as transaction:
        transaction.repeated_requests.keep(mark(), ANSWER)

    is_new_again = add(stage, mark(said=b"other"))

    assert not is_new_again
    with stage.read() as transaction:
        found = transaction.repeated_requests.find(mark(said=b"other"), NOW)
    assert found is not None
    assert (found.digest, found.answer) == (mark().digest, ANSWER)


def test_another_key_or_person_is_another_request(stage: Stage) -> None:
    add(stage, mark())

    assert add(stage, mark("other"))
    assert add(stage, mark(person="bob"))


def test_an_expired_request_is_not_found_and_goes_with_the_next(stage: Stage) -> None:
    add(stage, mark())
    with stage.read() as transaction:
        assert transaction.repeated_requests.find(mark(), NOW + DAY) is None

    is_new = add(stage, mark(), days=1)

    assert is_new
    assert stage.row_counts()["repeated_request"] == 1


def test_neither_key_nor_what_was_said_is_stored(stage: Stage) -> None:
    add(stage, mark("a key of mine", said=b"a secret"))

    assert "a key of mine" not in repr(stage.all_rows())
    assert "a secret" not in repr(stage.all_rows())


def test_the_requests_of_an_archive_go_with_it(stage: Stage) -> None:
    add(stage, mark("one", archive=stage.archive.name))
    add(stage, mark("two", archive="other"))

    with stage.write() as transaction:
        transaction.deletion.delete_rows(stage.archive.id, stage.archive.name, "deletion")

    assert stage.row_counts()["repeated_request"] == 1
