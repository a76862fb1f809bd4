"""How the client asks: what it sends again and what not, its terms, pages, jobs and errors."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from vostok.client import (
    ChangedProblemError,
    Client,
    ProblemError,
    ServerFaultError,
    UnavailableProblemError,
    WorkFailedError,
)
from vostok.errors import (
    ConflictError,
    GoneError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    UnavailableError,
)

BROKEN = "broken"
"""In the place of an answer: the connection is cut."""
JOB: dict[str, Any] = {
    "id": "1",
    "kind": "sync",
    "archive": "trial",
    "state": "queued",
    "message": None,
    "progress": None,
    "error": None,
    "requested_by": "meg",
    "created_at": "2026-01-01T10:00:00Z",
    "started_at": None,
    "finished_at": None,
}
TEAM: dict[str, object] = {
    "name": "kernel", "persons": [], "teams": [], "members": [], "created_by": "a",
    "created_at": "b",
}  # fmt: skip
Answer = tuple[int, object, dict[str, str]]


class Server:
    """Gives the answers that it was told, in their order, and notes what was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: list[Answer | str] = []
        self.asked: list[tuple[str, str, dict[str, str]]] = []

    def answer(self, content: object, status: int = 200, **headers: str) -> None:
        self.answers.append((status, content, headers))

    def keys(self) -> list[str | None]:
        return [headers.get("idempotency-key") for _, _, headers in self.asked]


@contextmanager
def serving() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.rfile.read(int(headers.get("content-length", 0)))
            scripted.asked.append((self.command, self.path, headers))
            answer = scripted.answers.pop(0)
            if isinstance(answer, str):
                self.close_connection = True
                return
            status, content, more = answer
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in {**more, "Content-Length": str(len(body))}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = respond  # noqa: N815 - as it is called

        def log_message(self, *_: object) -> None:
            """Nothing."""

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    scripted = Server(f"http://127.0.0.1:{httpd.server_port}")
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield scripted
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with Client(server.url, "a-token") as found:
        yield found


def test_a_post_that_broke_is_sent_again_with_the_same_key(server: Server, client: Client) -> None:
    server.answers.append(BROKEN)
    server.answer(TEAM)
    server.answer(TEAM)

    client.add_team("kernel")
    client.add_team("kernel")

    first, again, other = server.keys()
    assert first is not None
    assert first == again != other


@pytest.mark.parametrize(
    ("call", "times"),
    [
        (lambda c: c.status(), 2),
        (lambda c: c.set_visibility("trial", is_private=True), 2),
        (lambda c: c.given(etag='"1"').set_visibility("trial", is_private=True), 1),
        (lambda c: c.delete_team("kernel"), 1),
        (lambda c: c.log_in("ann", "any", name="laptop", days=1), 1),
        (lambda c: c.change_password("ann", old="any", new="another"), 1),
    ],
    ids=[
        "what reads",
        "what says a state",
        "what says it on a condition",
        "what deletes",
        "what signs in",
        "what changes a password",
    ],
)
def test_only_what_does_nothing_twice_is_sent_again(server: Server, call: Any, times: int) -> None:  # noqa: ANN401 - of any method
    server.answers += [BROKEN] * times

    with Client(server.url, retries_max=1) as client, pytest.raises(UnavailableError):
        call(client)

    assert len(server.asked) == times


def test_a_busy_server_is_asked_again_after_the_pause_that_it_asks_for(
    server: Server, client: Client
) -> None:
    server.answer({"detail": "later"}, 503, Retry_After="0")
    server.answer(TEAM)

    client.add_team("kernel")

    assert len(server.asked) == 2


@pytest.mark.parametrize("pause", [{}, {"Retry_After": "3600"}, {"Retry_After": "tomorrow"}])
def test_a_long_or_unknown_pause_is_not_waited_for(
    server: Server, client: Client, pause: dict[str, str]
) -> None:
    server.answer({"detail": "later"}, 503, **pause)

    with pytest.raises(UnavailableProblemError, match="later"):
        client.status()


def test_it_ends_after_as_many_times_as_were_asked_for(server: Server) -> None:
    server.answers += [BROKEN] * 5

    with Client(server.url, retries_max=2) as client, pytest.raises(UnavailableError):
        client.status()

    assert len(server.asked) == 3


def test_terms_hold_for_what_is_asked_on_them_and_for_nothing_else(
    server: Server, client: Client
) -> None:
    for _ in range(3):
        server.answer(TEAM)

    client.given(idempotency_key="mine").add_team("kernel")
    client.given(etag='"7.abc"').put_into_team("kernel", persons=["ann"])
    client.team("kernel")

    assert [headers.get("if-match") for _, _, headers in server.asked] == [None, '"7.abc"', None]
    assert server.keys()[0] == "mine"
    assert server.keys()[1] not in {None, "mine"}
    assert server.keys()[2] is None


def test_the_next_page_of_a_list_is_asked_for_when_it_is_needed(
    server: Server, client: Client
) -> None:
    server.answer({"teams": [TEAM, TEAM], "next": "abc"})
    server.answer({"teams": [{**TEAM, "name": "last"}], "next": None})

    teams = client.teams()
    first = [next(teams)["name"], next(teams)["name"]]
    asked_before = len(server.asked)
    rest = [team["name"] for team in teams]

    assert (first, asked_before, rest) == (["kernel", "kernel"], 1, ["last"])
    assert server.asked[1][1].endswith("teams?limit=1000&cursor=abc")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidInputError), (401, NotAllowedError), (403, NotAllowedError),
        (404, NotFoundError), (409, ConflictError), (410, GoneError), (412, ChangedProblemError),
        (408, UnavailableError), (413, InvalidInputError), (422, InvalidInputError),
        (503, UnavailableError),
    ],
)  # fmt: skip
def test_what_is_refused_is_an_error_of_its_kind_with_the_whole_problem(
    server: Server, client: Client, status: int, kind: type[Exception]
) -> None:
    fault = {"field": "name", "code": "missing", "detail": "Field required"}
    document = {
        "code": "a-code", "detail": "no such luck", "hint": "try harder", "reason": "bad-luck",
        "errors": [fault], "changed": ["policy"],
    }  # fmt: skip
    server.answer(document, status)

    with pytest.raises(kind) as caught:
        client.archive("trial")

    assert isinstance(caught.value, ProblemError)
    problem = caught.value.problem
    assert (problem.status, problem.code, problem.reason) == (status, "a-code", "bad-luck")
    assert (problem.hint, problem.changed) == ("try harder", ["policy"])
    assert [(one.field, one.code) for one in problem.faults] == [("name", "missing")]
    assert str(caught.value) == "no such luck\n  name: Field required"


@pytest.mark.parametrize("answer", [{"name": 3}, {"persons": []}, []])
def test_an_answer_of_another_shape_is_a_fault_of_the_server(
    server: Server, client: Client, answer: object
) -> None:
    server.answer(answer)

    with pytest.raises(ServerFaultError, match=r"teams/kernel"):
        client.team("kernel")


def test_what_a_newer_server_adds_stays_in_the_answer(server: Server, client: Client) -> None:
    server.answer({**TEAM, "colour": "blue"})

    assert client.team("kernel") == {**TEAM, "colour": "blue"}


def test_a_job_is_waited_for_and_told_of_at_each_look(server: Server, client: Client) -> None:
    server.answer({**JOB, "state": "running"})
    server.answer({**JOB, "state": "succeeded"})
    told: list[str] = []

    done = client.finished_job(client_job(), tell=lambda job: told.append(job["state"]))

    assert done["state"] == "succeeded"
    assert told == ["queued", "running", "succeeded"]


@pytest.mark.parametrize(
    ("ended", "kind"),
    [
        ({"state": "cancelled"}, WorkFailedError),
        (
            {"state": "failed", "error": {"kind": "conflict", "message": "taken", "hint": None}},
            ConflictError,
        ),
        (
            {"state": "failed", "error": {"kind": "other", "message": "odd", "hint": None}},
            WorkFailedError,
        ),
    ],
)
def test_a_job_that_did_not_succeed_is_raised_as_what_it_failed_with(
    server: Server, client: Client, ended: dict[str, object], kind: type[Exception]
) -> None:
    for _ in range(2):
        server.answer({**JOB, **ended})

    with pytest.raises(kind):
        client.finished_job(client_job())
    assert client.ended_job(client_job())["state"] == ended["state"]


def client_job() -> Any:  # noqa: ANN401 - a job as a call answers it
    return dict(JOB)


def test_a_stream_goes_on_where_it_was_when_the_connection_ended(
    server: Server, client: Client
) -> None:
    item = dict.fromkeys(("key", "position", "at", "topic", "archive", "actor"), "x")
    item |= dict.fromkeys(("subject", "title", "sentence", "page"), "x")
    whole = {**item, "number": 1, "campaign": None, "version": None, "architecture": None}
    data = json.dumps({**whole, "state": None})
    server.answer(f"id: 3\n\nid: 4\nevent: built\ndata: {data}\n\n".encode())
    server.answer(f"id: 5\nevent: failed\ndata: {data}\n\n".encode())
    server.answer(b'event: end\ndata: {"detail": "trial is gone"}\n\n')

    items = client.archive_news_stream("trial", cursor="2", topics=["built"])
    came = [next(items)["title"], next(items)["title"]]
    with pytest.raises(GoneError, match="trial is gone"):
        next(items)

    assert came == ["x", "x"]
    assert [headers["last-event-id"] for _, _, headers in server.asked] == ["2", "4", "5"]
    assert server.asked[0][1].endswith("/news/stream?topic=built")


def test_a_server_that_is_not_there_is_said_at_once() -> None:
    with (
        Client("http://127.0.0.1:9") as client,
        pytest.raises(
            UnavailableError, match=r"no Vostok server answers at http://127\.0\.0\.1:9"
        ),
    ):
        client.status()
