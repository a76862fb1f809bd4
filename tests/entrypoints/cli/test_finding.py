"""`vostok search` and `vostok queue`."""

import json

from tests.entrypoints.cli.canned import CommandLine

AT_WORK = {
    "build": 7,
    "archive": "trial",
    "source": "lamp",
    "version": "1.0Xtrial1",
    "rebuild_no": 1,
    "architecture": "amd64",
    "state": "building",
    "score": 0,
    "builder": "host-1",
    "attempt": 1,
    "started_at": "2026-01-01T10:00:00Z",
    "seen_at": "2026-01-01T10:01:00Z",
}
QUEUE = {
    "architectures": [
        {
            "architecture": "amd64",
            "waiting": 3,
            "running": 1,
            "builders": 1,
            "mean_seconds": 60.0,
            "measured_attempts": 5,
            "seconds": 7260.0,
        }
    ],
    "waiting": [
        {
            "archive": "trial",
            "campaign": 1,
            "reason": "try",
            "is_ready": True,
            "architecture": "amd64",
            "state": "needs-build",
            "score": -100,
            "builds": 3,
        }
    ],
    "at_work": [AT_WORK],
    "builders": [
        {
            "name": "host-1",
            "architectures": ["amd64"],
            "seen_at": "2026-01-01T10:01:00Z",
            "is_present": True,
            "state": "active",
            "reason": None,
            "does": AT_WORK,
        }
    ],
}
FOUND = {
    "text": "lamp",
    "archives": [],
    "sources": [
        {
            "name": "lamp",
            "version": "1.0",
            "archive": "debian",
            "suite": "bookworm",
            "component": "main",
            "is_derived": False,
        }
    ],
    "builds": [],
    "more": ["sources"],
}


def test_a_search_shows_each_kind_and_says_of_which_there_is_more(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "search", FOUND)

    ran = vostok.run("search", "lamp")

    assert vostok.server.asked[0].query == {"q": "lamp"}
    assert ran.stdout.splitlines() == [
        "sources",
        "SOURCE  VERSION  ARCHIVE  SUITE     COMPONENT",
        "lamp    1.0      debian   bookworm  main",
    ]
    assert ran.stderr.splitlines() == [
        "archives: none",
        "builds: none",
        "there are more sources: say more of the name",
    ]


def test_one_kind_alone_is_one_table_for_programs(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "search", FOUND)

    ran = vostok.run("search", "lamp", "--only", "sources", "--output", "tsv")

    assert ran.stdout.splitlines() == [
        "SOURCE\tVERSION\tARCHIVE\tSUITE\tCOMPONENT",
        "lamp\t1.0\tdebian\tbookworm\tmain",
    ]


def test_the_queue_shows_what_waits_what_is_at_work_and_who_builds(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "queue", QUEUE)

    ran = vostok.run("queue")

    lines = [" ".join(line.split()) for line in ran.stdout.splitlines()]
    assert "amd64 3 1 1 2.0 h" in lines
    assert "7 trial lamp 1.0Xtrial1 amd64 building host-1 2026-01-01 10:00:00 UTC" in lines
    assert "trial 1 amd64 needs-build -100 3 try" in lines
    assert "host-1 amd64 2026-01-01 10:01:00 UTC yes lamp 1.0Xtrial1" in lines


def test_json_is_the_document_of_the_api(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "queue", QUEUE)

    assert json.loads(vostok.run("queue", "--json").stdout) == QUEUE
