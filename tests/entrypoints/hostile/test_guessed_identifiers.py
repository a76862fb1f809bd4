"""Whoever guesses the name or number of what is not theirs is told what is told of what is not.

Every operation of the description is asked for something that is there and for something that is
not, by somebody without rights and by nobody.
"""

import re

import pytest
from fastapi.testclient import TestClient
from tests.entrypoints.api.test_access import PARAMETERS, QUERIES, body_of, operations
from tests.entrypoints.installation import ADMINISTRATOR, Installation

from vostok.services.people.persons import TokenRequest

GUESSED = {
    "person": ("lou", "nob"), "team": ("kernel", "normal"), "number": ("1", "987654"),
    "delivery": ("1", "987654"), "token": ("dput on laptop", "dput on nothing"),
    "session": ("1" * 16, "2" * 16), "fingerprint": ("A" * 40, "B" * 40),
    "builder": ("host-7", "host-9"),
}  # fmt: skip
"""Parameter -> one that is there, and one that is not."""
PUBLIC = re.compile(
    r"/api/v1/(builders/|archives/\{name\}/(campaigns|derivations|publications|uploads)/)"
)
"""What everybody reads of an archive that is not private; changes of it are asked for all the
same."""


@pytest.fixture(params=["vic", "nobody"])
def stranger(request: pytest.FixtureRequest, site: tuple[Installation, str]) -> TestClient:
    installation, _ = site
    if request.param == "nobody":
        return installation.client()
    asked = TokenRequest(person="vic", name="for guessing")
    token = installation.services.people.create_token(ADMINISTRATOR, asked)[1]
    return installation.client({"Authorization": f"Bearer {token}"})


def test_a_guess_that_is_right_is_answered_like_one_that_is_wrong(
    site: tuple[Installation, str], stranger: TestClient
) -> None:
    there = {**PARAMETERS, **{name: known[0] for name, known in GUESSED.items()}}
    told, asked = [], 0

    for method, path in operations(site[0].app):
        if method == "GET" and PUBLIC.match(path):
            continue
        for name in set(re.findall(r"\{(\w+)\}", path)) & GUESSED.keys():
            answers = [
                stranger.request(
                    method,
                    path.format(**{**there, name: value}),
                    params=QUERIES.get(path) if method == "GET" else None,
                    json=body_of(method, path),
                )
                for value in GUESSED[name]
            ]
            asked += 1
            said = [
                (answer.status_code, answer.json()["detail"].replace(value, "X"))
                for answer, value in zip(answers, GUESSED[name], strict=True)
            ]
            if said[0] != said[1]:
                told.append((method, path, name, *said))

    assert told == [], "\n".join(map(str, told))
    assert asked > 40
