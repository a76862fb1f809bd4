"""Every operation has an example of what it is asked and of each of its answers, and they hold.

For a new one: `scripts/record_api_examples.py`, or entrypoints/api/examples-by-hand.json.
"""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from fastapi.testclient import TestClient
from tests.entrypoints.api.test_access import PARAMETERS
from tests.entrypoints.installation import Installation

from vostok.entrypoints.api.description import examples

NOT_MODIFIED = "304"
WITHOUT_CONTENT = {"204", NOT_MODIFIED}
OF_ANOTHER_INSTALLATION = {"not-found", "conflict", "invalid-input", "gone", "not-allowed"}
"""What may be said of an example's body whose archive or key is not there, or of another's."""
OF_THE_FORM = {"missing", "unknown", "wrong-type", "not-a-choice", "out-of-range", "too-long"}
"""Faults that an example must not have, whatever there is."""

Content = tuple[str, dict[str, Any]]


@pytest.fixture(scope="module")
def description(unchanged: Installation) -> dict[str, Any]:
    found: dict[str, Any] = unchanged.app.openapi()
    return found


def contents(description: dict[str, Any]) -> Iterator[Content]:
    """What each operation is asked and answers, with where it stands."""
    for item in description["paths"].values():
        for operation in item.values():
            name = operation["operationId"]
            for content in operation.get("requestBody", {}).get("content", {}).items():
                yield f"{name} request", dict([content])
            for status, answer in operation["responses"].items():
                if status not in WITHOUT_CONTENT:
                    yield f"{name} {status}", answer.get("content", {"": {}})


def test_every_body_and_every_answer_has_an_example(description: dict[str, Any]) -> None:
    without = [
        place
        for place, content in contents(description)
        for kind, one in content.items()
        if "example" not in one and kind != "application/octet-stream"
    ]

    assert without == []
    assert len(list(contents(description))) > 1_000


def test_every_example_is_of_its_schema(description: dict[str, Any]) -> None:
    faults = {}
    for place, content in contents(description):
        for kind, one in content.items():
            if not kind.endswith("json"):
                continue
            schema = {**one["schema"], "components": description["components"]}
            found = list(jsonschema_rs.validator_for(schema).iter_errors(one.get("example")))
            if found:
                faults[place] = f"{found[0].message} at {found[0].instance_path}"[:300]

    assert not faults, "\n".join(f"{place}: {fault}" for place, fault in faults.items())


def test_no_example_is_of_an_operation_that_is_no_more(description: dict[str, Any]) -> None:
    described = {
        operation["operationId"]
        for item in description["paths"].values()
        for operation in item.values()
    }

    assert examples().keys() <= described


def test_no_example_tells_of_the_machine_that_it_was_recorded_on() -> None:
    text = str(examples())

    assert "127.0.0.1:9" in text  # a mirror that does not answer
    assert [word for word in ("/tmp", "localhost", "testserver") if word in text] == []  # noqa: S108 - named


def test_a_server_takes_the_bodies_of_the_examples(
    administrator: TestClient, installation: Installation
) -> None:
    refused = {}
    for path, item in installation.app.openapi()["paths"].items():
        for method, operation in item.items():
            known = examples().get(operation["operationId"], {})
            if "request" not in known:
                continue
            place = path.format(**PARAMETERS)
            answer = administrator.request(method, place, json=known["request"])
            body = answer.json()
            codes = {fault["code"] for fault in body.get("errors", [])}
            if not answer.is_success and (
                body["code"] not in OF_ANOTHER_INSTALLATION or codes & OF_THE_FORM
            ):
                refused[operation["operationId"]] = body["detail"]

    assert refused == {}


def test_summaries_are_sentences_of_their_own_and_tags_are_few(
    description: dict[str, Any],
) -> None:
    found = [operation for item in description["paths"].values() for operation in item.values()]

    summaries = [operation["summary"] for operation in found]
    tags = {tag for operation in found for tag in operation["tags"]}

    assert [text for text in summaries if not text or text.endswith(".") or len(text) > 120] == []
    assert all(len(operation["tags"]) == 1 for operation in found)
    assert 15 < len(tags) < 30
