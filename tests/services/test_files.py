"""Files of parents: fetched when needed, verified, remembered when they cannot be had."""

import hashlib
import threading

import pytest
from tests.fakes import FakeContentStore
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.parent import MIRROR

from vostok.domain.access import ANONYMOUS
from vostok.domain.archive import Keep, Serve
from vostok.errors import GoneError, NotFoundError, UnavailableError
from vostok.services.pool.files import ANSWER_SECONDS
from vostok.services.ports import ElsewhereFile

HELLO = "pool/main/h/hello/hello_1.2-3_amd64.deb"
URL = f"{MIRROR}/{HELLO}"


def ask(world: Installation) -> bytes:
    return world.serving.archive_pool_file(ANONYMOUS, "trial", HELLO).path.read_bytes()


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def lost(world: Installation) -> list[str]:
    with world.database.read() as transaction:
        return [file.sentence for file in transaction.files.lost().values()]


def wait_for_answers_to_age(world: Installation) -> None:
    world.clock.advance(ANSWER_SECONDS + 1)


def test_a_file_comes_from_the_parent_once(derived: Installation) -> None:
    there = derived.mirror.files[URL]

    assert [ask(derived), ask(derived)] == [there, there]
    assert derived.mirror.asked.count(URL) == 1


def test_one_that_the_mirror_lacks_is_not_asked_for_again_for_a_while(
    derived: Installation,
) -> None:
    there = derived.mirror.files.pop(URL)
    with pytest.raises(
        NotFoundError, match=rf"is not to be had: .*{URL} \(HTTP 404\) \(2026-01-01 "
    ) as first:
        ask(derived)
    derived.mirror.files[URL] = there

    with pytest.raises(NotFoundError) as second:
        ask(derived)

    assert str(second.value) == str(first.value)
    assert derived.mirror.asked.count(URL) == 1
    assert lost(derived) == [str(first.value)]
    wait_for_answers_to_age(derived)
    assert ask(derived) == there
    assert lost(derived) == []


@pytest.mark.parametrize("change", [lambda d: d + b"x", lambda d: d[:-1], lambda d: d[:-1] + b"x"])
def test_other_bytes_are_never_stored_and_the_answer_is_remembered(
    derived: Installation, change: object
) -> None:
    assert callable(change)
    there = derived.mirror.files[URL]
    derived.mirror.files[URL] = change(there)
    before = derived.store.hashes()

    for _ in range(2):
        with pytest.raises(
            UnavailableError, match="is not the file that the parent's index names"
        ):
            ask(derived)

    assert derived.store.hashes() == before
    assert derived.mirror.asked.count(URL) == 1
    derived.mirror.files[URL] = there
    wait_for_answers_to_age(derived)
    assert ask(derived) == there


def test_a_silent_mirror_is_asked_again_at_once_and_goes_on_where_it_broke(
    derived: Installation,
) -> None:
    there = derived.mirror.files[URL]
    derived.mirror.bytes_before_drop[URL] = 100
    with pytest.raises(UnavailableError, match="connection was dropped"):
        ask(derived)
    del derived.mirror.bytes_before_drop[URL]

    assert [file.size for file in derived.store.unfinished()] == [100]
    assert lost(derived) == []
    assert ask(derived) == there


def test_a_spoilt_rest_of_an_earlier_attempt_is_no_fault_of_the_mirror(
    derived: Installation,
) -> None:
    there = derived.mirror.files[URL]
    derived.store.partial(sha256_of(there)).extend(b"zeros of a power cut"[: len(there)])

    assert ask(derived) == there


def test_a_full_disk_is_said_and_not_taken_for_an_answer_of_the_mirror(
    derived: Installation,
) -> None:
    derived.store.is_full = True
    with pytest.raises(UnavailableError, match="disk is full"):
        ask(derived)
    derived.store.is_full = False

    assert ask(derived) == derived.mirror.files[URL]


def test_many_who_ask_at_once_cause_one_fetch(derived: Installation) -> None:
    answers: list[bytes] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(derived))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert answers == [derived.mirror.files[URL]] * 8
    assert derived.mirror.asked.count(URL) == 1


def test_the_same_bytes_in_another_suite_are_found_there(derived: Installation) -> None:
    other = "http://other.example.org/debian"
    with derived.database.write() as transaction:
        suite = transaction.archives.suites(transaction.archives.named("debian").id)[0]
        transaction.archives.set_suite_source(
            suite.id, codename=suite.codename, components=suite.components,
            architectures=suite.architectures, mirror=other, mirrors={},
        )  # fmt: skip
    derived.mirror.files[f"{other}/{HELLO}"] = derived.mirror.files[URL]

    assert ask(derived) == derived.mirror.files[URL]
    assert derived.mirror.asked[-1] == f"{other}/{HELLO}"


def test_a_file_that_nobody_needs_any_more_when_it_comes_is_not_kept(
    derived: Installation,
) -> None:
    data = derived.mirror.files[URL]
    stranger = sha256_of(b"a stranger")

    with derived.database.read() as transaction:
        assert transaction.files.addresses(stranger) == []
    with pytest.raises(NotFoundError, match="no mirror lists it"):
        derived.files.ensure(stranger, size=10, name="stranger")
    with derived.database.write() as transaction:
        archive = transaction.archives.named("trial")
        transaction.deletion.delete_rows(archive.id)
    assert derived.files.ensure(sha256_of(data), size=len(data), name="hello").exists()
    assert isinstance(derived.store, FakeContentStore)


def test_clients_are_sent_to_the_parent_if_the_archive_says_so(derived: Installation) -> None:
    derived.set(serve=Serve.REDIRECT)

    answer = derived.serving.archive_pool_answer(ANONYMOUS, "trial", HELLO)

    assert answer == ElsewhereFile(url=URL)
    assert URL not in derived.mirror.asked
    ask(derived)  # a view would, and has it fetched
    assert not isinstance(
        derived.serving.archive_pool_answer(ANONYMOUS, "trial", HELLO), ElsewhereFile
    )


def test_nobody_is_sent_where_the_file_is_known_to_be_absent(derived: Installation) -> None:
    derived.set(serve=Serve.REDIRECT)
    derived.mirror.files.pop(URL)
    with pytest.raises(NotFoundError):
        ask(derived)

    with pytest.raises(NotFoundError):
        derived.serving.archive_pool_answer(ANONYMOUS, "trial", HELLO)


def test_the_answer_of_a_deleted_archive_is_that_it_is_gone(derived: Installation) -> None:
    derived.done(derived.deleting.request(ADMINISTRATOR, "trial"))

    with pytest.raises(GoneError, match="trial was deleted"):
        ask(derived)
    with pytest.raises(GoneError):
        derived.set(keep=Keep.VIEW)
