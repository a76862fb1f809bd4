"""Paths of the API are made of things: plural nouns, names of one, and what there is once."""

import re
from typing import Any, Final

import pytest
from tests.entrypoints.installation import Installation

THINGS: Final = frozenset(
    {
        "archives", "attempts", "builders", "builds", "campaigns", "cancellations", "collections",
        "comparisons", "confirmations", "deliveries", "derivations", "disablements", "enablements",
        "estimates", "files", "guarantees", "identities", "imports", "jobs", "keys", "letters",
        "links", "logins", "members", "pauses", "persons", "previews", "publications", "quotas",
        "removals", "resets", "restorations", "resumptions", "retries", "rights", "robots",
        "scores", "selections", "sessions", "sources", "statistics", "subscriptions", "syncs",
        "teams", "tests", "tokens", "toolchains", "uploads", "verifications", "versions",
        "webhooks",
    }
)  # fmt: skip
"""Plural nouns: a list of them, or a place where another is made by `POST`."""
CHANGES: Final = frozenset({"changes"})
"""Plural nouns that are not listed: of what was done nothing can be read again."""

THERE_ONCE: Final = {
    "audit": "one log of the installation",
    "queue": "one queue of the installation",
    "status": "one state of the installation",
    "store": "one store of the installation",
    "mail-address": "one of whoever asks",
    "deletion": "what deleting an archive would do; there is one way of deleting it",
    "quota": "one of an archive, a person or a team",
    "visibility": "one of an archive",
    "password": "one of a person",
    "token": "one of a builder",
    "keep": "of a publication, there or not: PUT makes it, DELETE takes it away",
    "log": "one of a build",
    "not-built": "packages of an archive that have no build: a state, which has no plural",
    "news": "the English word has no other plural",
    "preflight": "what a toolchain would do in an archive; there is one answer",
    "search": "what is found in one installation, by the words of the query",
    "stream": "the same news as they happen: another form of one list",
    "outgoing": "the outgoing sources of an archive: as in Debian's `outgoing` area, one of each",
}
"""A singular, and why there is only one of it where it stands."""

NAMES: Final = re.compile(r"\{[a-z_]+\}")


def faults(method: str, path: str) -> list[str]:
    """What a path of an operation has that no path should."""
    prefix, _, rest = path.partition("/api/v1/")
    segments = rest.split("/")
    found = [f"{path} is not below /api/v1"] if prefix else []
    for before, segment in zip([None, *segments], [*segments, None], strict=True):
        if segment is None:
            continue
        if NAMES.fullmatch(segment):
            is_named = before is not None and (before in THINGS or NAMES.fullmatch(before))
            if not is_named and before != "outgoing":
                found.append(f"{path}: {segment} does not name one of a list")
        elif segment not in THINGS | CHANGES | THERE_ONCE.keys():
            found.append(f"{path}: {segment} is neither a known plural noun nor there once")
    if method == "put" and segments[-1] in THINGS:
        found.append(f"{path}: a list is not put whole")
    return found


@pytest.fixture(scope="module")
def paths(unchanged: Installation) -> dict[str, Any]:
    described: dict[str, Any] = unchanged.client().get("/api/v1/openapi.json").json()["paths"]
    return described


def test_every_path_is_made_of_things_and_of_their_names(paths: dict[str, Any]) -> None:
    found = [
        fault
        for path, operations in paths.items()
        for m in operations
        for fault in faults(m, path)
    ]

    assert found == []


def test_no_word_is_allowed_that_no_path_has(paths: dict[str, Any]) -> None:
    used = {segment for path in paths for segment in path.split("/")}

    assert (THINGS | CHANGES | THERE_ONCE.keys()) - used == set()


def test_words_of_things_are_plurals_and_singulars_have_a_reason() -> None:
    assert [word for word in THINGS | CHANGES if not word.endswith("s")] == []
    assert all(len(reason.split()) > 2 for reason in THERE_ONCE.values())


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "/api/v1/archives/import"),
        ("post", "/api/v1/jobs/{job_id}/cancel"),
        ("get", "/api/v1/archive/{name}"),
        ("get", "/api/v1/store/{name}"),
        ("put", "/api/v1/archives"),
        ("get", "/other/api/v1/archives"),
    ],
)
def test_a_path_with_a_verb_a_singular_or_a_wrong_name_would_be_found(
    method: str, path: str
) -> None:
    assert faults(method, path)
