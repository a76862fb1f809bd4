"""What `vostok team` asks of the server when members change, and what it prints."""

import pytest
from tests.entrypoints.cli.canned import CommandLine

MEMBERS = "teams/kernel/members"
TEAM = {
    "name": "kernel",
    "persons": ["lou"],
    "teams": ["drivers"],
    "members": [],
    "created_by": "ann",
    "created_at": "2026-11-27T12:00:00+00:00",
}


def effects(*sentences: str) -> dict[str, object]:
    """The answer of a dry run."""
    told = [{"code": "gains", "subject": "lou", "sentence": each} for each in sentences]
    return {"dry_run": True, "effects": told, "effects_total": len(told)}


def test_members_are_put_in_and_taken_out_together(vostok: CommandLine) -> None:
    vostok.server.answer("POST", MEMBERS, TEAM)
    vostok.server.answer("DELETE", MEMBERS, TEAM)
    named = ("kernel", "--person", "lou", "--team", "drivers")

    put = vostok.run("team", "put", *named)
    taken = vostok.run("team", "take", *named)

    entering, leaving = vostok.server.asked
    assert "drivers" in put.stdout
    assert "drivers" in taken.stdout
    assert entering.body == {"persons": ["lou"], "teams": ["drivers"]}
    assert leaving.pairs == [("persons", "lou"), ("teams", "drivers")]


@pytest.mark.parametrize(
    ("verb", "method", "nothing"),
    [
        ("put", "POST", "nobody would gain anything"),
        ("take", "DELETE", "nobody would lose anything"),
    ],
)
def test_a_dry_run_says_what_would_be_otherwise(
    vostok: CommandLine, verb: str, method: str, nothing: str
) -> None:
    vostok.server.answer(method, MEMBERS, effects("lou may upload in trial"), effects())

    told, empty = (
        vostok.run("team", verb, "kernel", "--person", "lou", "--dry-run") for _ in range(2)
    )

    asked = vostok.server.asked[-1]
    assert told.stdout == "lou may upload in trial\n"
    assert empty.stdout == f"{nothing}\n"
    assert "dry_run" in (asked.body if method == "POST" else asked.query)  # type: ignore[operator]  # a document


@pytest.mark.parametrize("verb", ["put", "take"])
def test_who_names_nobody_is_told_how_to(vostok: CommandLine, verb: str) -> None:
    ran = vostok.run("team", verb, "kernel")

    assert ran.code == 2
    assert "nobody is named" in ran.stderr
    assert "--person or --team" in ran.stderr
    assert vostok.server.asked == []
