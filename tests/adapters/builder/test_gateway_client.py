"""The builder's HTTP client against a gateway in memory."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from tests.adapters.builder.fake_gateway import BUILDER_TOKEN, FakeAttempt, FakeGateway
from tests.adapters.builder.probe import make_claim, make_source

from vostok.adapters.gateway_client import HttpAttemptGateway, HttpGateway
from vostok.domain.attempt import (
    AttemptResult,
    ChrootManifest,
    InstalledPackage,
    Outcome,
    SourceFile,
    Stage,
)
from vostok.errors import (
    ConflictError,
    GoneError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    UnavailableError,
)
from vostok.services.building.builder_ports import BuiltFile

pytestmark = pytest.mark.debian

RESULT = AttemptResult(outcome=Outcome.FAILED, stage=Stage.BUILD, sentence="it failed")


@pytest.fixture
def server() -> Iterator[FakeGateway]:
    gateway = FakeGateway()
    yield gateway
    gateway.close()


@pytest.fixture
def client(server: FakeGateway) -> Iterator[HttpGateway]:
    gateway = _client(server.url)
    yield gateway
    gateway.close()


@pytest.fixture
def attempt(server: FakeGateway, tmp_path: Path) -> FakeAttempt:
    source = make_source(tmp_path)
    return server.offer(make_claim(12, source), source)


@pytest.fixture
def door(client: HttpGateway, attempt: FakeAttempt) -> HttpAttemptGateway:
    return client.attempt(attempt.claim)


def test_a_claim_arrives_as_it_was_offered(client: HttpGateway, attempt: FakeAttempt) -> None:
    first, second = client.claim(), client.claim()

    assert first == attempt.claim
    assert second is None


def test_the_archives_that_exist_are_numbers(server: FakeGateway, client: HttpGateway) -> None:
    server.archive_ids = {1, 3}

    assert client.archive_ids() == frozenset({1, 3})


def test_a_wrong_builder_token_is_not_allowed(server: FakeGateway) -> None:
    stranger = _client(server.url, token="wrong")  # noqa: S106 - that is the point

    with pytest.raises(NotAllowedError, match="wrong token"):
        stranger.claim()

    stranger.close()


def test_a_server_that_is_away_is_unavailable_for_a_claim_at_once() -> None:
    nobody = _client("http://127.0.0.1:1")

    with pytest.raises(UnavailableError):
        nobody.claim()

    nobody.close()


def test_a_heartbeat_says_whether_to_go_on(door: HttpAttemptGateway, attempt: FakeAttempt) -> None:
    before = door.heartbeat()
    attempt.is_cancelled = True

    assert (before, door.heartbeat()) == (True, False)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, NotAllowedError), (404, NotFoundError), (410, GoneError), (500, UnavailableError),
     (503, UnavailableError), (409, ConflictError), (400, InvalidInputError)],
)  # fmt: skip
def test_each_refusal_is_an_error_of_its_kind(
    server: FakeGateway, door: HttpAttemptGateway, status: int, kind: type[Exception]
) -> None:
    server.answer_first = lambda _method, _path: status

    with pytest.raises(kind, match="told to"):
        door.heartbeat()


def test_a_source_file_is_written_whole(
    door: HttpAttemptGateway, attempt: FakeAttempt, tmp_path: Path
) -> None:
    for file in attempt.claim.source.files:
        door.download_source(file, tmp_path / file.name)

        assert (tmp_path / file.name).read_bytes() == (attempt.sources / file.name).read_bytes()


def test_a_source_file_with_another_hash_is_refused_with_both_hashes(
    door: HttpAttemptGateway, attempt: FakeAttempt, tmp_path: Path
) -> None:
    file = attempt.claim.source.files[0]
    wrong = replace(file, sha256="0" * 64)

    with pytest.raises(InvalidInputError) as caught:
        door.download_source(wrong, tmp_path / "x")

    assert str(caught.value) == f"{file.name} has SHA-256 {file.sha256}, not {'0' * 64}"


@pytest.mark.parametrize(("difference", "words"), [(-1, "more than "), (1, "")])
def test_a_source_file_of_another_size_is_refused(
    door: HttpAttemptGateway, attempt: FakeAttempt, tmp_path: Path, difference: int, words: str
) -> None:
    file = attempt.claim.source.files[0]
    wrong = replace(file, size=file.size + difference)

    with pytest.raises(InvalidInputError, match=f"has {words}.* bytes, not {wrong.size}"):
        door.download_source(wrong, tmp_path / "x")


def test_a_source_file_that_no_parent_has_is_not_found(
    door: HttpAttemptGateway, tmp_path: Path
) -> None:
    absent = SourceFile(name="absent.tar.xz", size=1, sha256="0" * 64)

    with pytest.raises(NotFoundError, match="no parent has it"):
        door.download_source(absent, tmp_path / "x")


def test_a_built_file_is_delivered_with_its_hash(
    door: HttpAttemptGateway, attempt: FakeAttempt, tmp_path: Path
) -> None:
    door.upload_file(_built_file(tmp_path, b"content" * 100_000))

    assert attempt.files == {"probe_1.0_amd64.deb": b"content" * 100_000}


def test_an_upload_and_a_result_survive_a_server_that_fails_for_a_while(
    server: FakeGateway, door: HttpAttemptGateway, attempt: FakeAttempt, tmp_path: Path
) -> None:
    server.answer_first = _fails_first(2)

    door.upload_file(_built_file(tmp_path, b"content"))
    door.report(RESULT)

    assert attempt.files["probe_1.0_amd64.deb"] == b"content"
    assert attempt.result == RESULT


def test_patience_has_an_end(server: FakeGateway, attempt: FakeAttempt) -> None:
    server.answer_first = lambda _method, _path: 503
    hasty = _client(server.url, patience_seconds=0.5)

    with pytest.raises(UnavailableError):
        hasty.attempt(attempt.claim).report(RESULT)

    hasty.close()


def test_a_log_grows_by_pieces_and_repeating_one_changes_nothing(
    door: HttpAttemptGateway, attempt: FakeAttempt
) -> None:
    sizes = [
        door.append_log(0, b"one "),
        door.append_log(0, b"one "),
        door.append_log(2, b"e two"),
    ]

    assert sizes == [4, 4, 7]
    assert attempt.log == b"one two"


def test_a_piece_of_log_beyond_the_end_is_a_conflict(door: HttpAttemptGateway) -> None:
    with pytest.raises(ConflictError):
        door.append_log(9, b"too far")


def test_the_key_of_a_chroot_is_the_servers(door: HttpAttemptGateway) -> None:
    package = InstalledPackage(name="bash", version="5.2-1", architecture="amd64")
    first = ChrootManifest(recipe="recipe 1", packages=(package,))

    keys = [door.chroot_key(first), door.chroot_key(first)]
    keys.append(door.chroot_key(replace(first, recipe="recipe 2")))

    assert keys[0] == keys[1] != keys[2]


def test_a_claim_that_is_not_acceptable_is_refused(
    client: HttpGateway, attempt: FakeAttempt
) -> None:
    attempt.claim = replace(attempt.claim, codename="book worm", environment={"A B": "x"})

    with pytest.raises(InvalidInputError, match=r"codename.*environment"):
        client.claim()


def _client(
    url: str, *, token: str = BUILDER_TOKEN, patience_seconds: float = 30.0
) -> HttpGateway:
    return HttpGateway(
        url,
        token,
        builder="host-1",
        architectures=["amd64"],
        patience_seconds=patience_seconds,
    )


def _built_file(directory: Path, content: bytes) -> BuiltFile:
    path = directory / "probe_1.0_amd64.deb"
    path.write_bytes(content)
    return BuiltFile(path=path, size=len(content), sha256=sha256(content).hexdigest())


def _fails_first(times: int) -> Callable[[str, str], int | None]:
    """Answers 503 to the first requests for each address."""
    seen: Counter[str] = Counter()

    def answer(_method: str, path: str) -> int | None:
        seen[path] += 1
        return 503 if seen[path] <= times else None

    return answer
