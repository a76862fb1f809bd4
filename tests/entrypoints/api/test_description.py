"""The API describes itself, completely."""

import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.entrypoints.installation import Installation

from vostok import __version__
from vostok.entrypoints.api import add_description


@pytest.fixture
def installation(unchanged: Installation) -> Installation:
    """Nothing here changes anything."""
    return unchanged


@pytest.fixture
def description(anybody: TestClient) -> dict[str, Any]:
    answer = anybody.get("/api/v1/openapi.json")
    found: dict[str, Any] = answer.json()
    return found


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in description["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    if isinstance(node, list):
        for value in node:
            yield from references(value)


def resolved(description: dict[str, Any], reference: str) -> object:
    found: Any = description
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def test_it_is_of_this_version(description: dict[str, Any]) -> None:
    assert description["openapi"].startswith("3.1")
    assert description["info"]["version"] == __version__


def test_whoever_asks_while_it_is_made_gets_all_of_it() -> None:
    app, is_half_made, may_go_on = FastAPI(), threading.Event(), threading.Event()

    @app.get("/things/{number}")
    def thing(number: int) -> int:
        """A thing. It is one of many."""
        return number

    generated = app.openapi

    def generated_slowly() -> dict[str, Any]:
        found = generated()
        is_half_made.set()
        may_go_on.wait()
        return found

    app.openapi = generated_slowly  # type: ignore[method-assign]  # as FastAPI's documentation has it
    add_description(app, {503: {"description": "Too busy"}})

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(lambda: json.dumps(app.openapi()))
        is_half_made.wait()
        second = pool.submit(lambda: json.dumps(app.openapi()))
        wait([second], timeout=0.1)  # what it would get now is the half of it
        may_go_on.set()

    assert first.result() == second.result()
    assert '"A thing"' in second.result()
    assert "Too busy" in second.result()


def test_it_names_every_route_of_the_api(description: dict[str, Any]) -> None:
    described = {(method, path) for method, path, _ in operations(description)}

    assert ("post", "/api/v1/imports") in described
    assert ("get", "/api/v1/builds/{build_id}/log") in described
    assert len(described) >= 23


def test_it_names_nothing_of_the_other_doors(description: dict[str, Any]) -> None:
    assert {path.split("/")[1] for path in description["paths"]} == {"api"}


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does(
    description: dict[str, Any],
) -> None:
    found = list(operations(description))

    names = [operation["operationId"] for _, _, operation in found]

    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z_]+", name) for name in names)
    assert all(operation["description"].endswith(".") for _, _, operation in found)


def test_every_parameter_of_a_path_is_described(description: dict[str, Any]) -> None:
    for method, path, operation in operations(description):
        described = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}

        assert described == set(re.findall(r"\{(\w+)\}", path)), (method, path)


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    found = list(references(description))

    assert found
    assert all(resolved(description, reference) for reference in found)


def test_errors_are_described_as_they_are_sent(description: dict[str, Any]) -> None:
    for _, path, operation in operations(description):
        for status in (
            "400",
            "401",
            "403",
            "404",
            "408",
            "409",
            "410",
            "412",
            "413",
            "422",
            "500",
            "503",
        ):
            ((kind, content),) = operation["responses"][status]["content"].items()

            assert kind == "application/problem+json", path
            assert content["schema"]["required"] == ["status", "title", "code", "detail", "hint"]
            assert content["example"]["status"] == int(status)
            assert content["example"].keys() <= content["schema"]["properties"].keys()


def test_long_work_is_described_as_a_job_that_was_accepted(description: dict[str, Any]) -> None:
    accepted = {
        (method, path)
        for method, path, operation in operations(description)
        if "202" in operation["responses"]
    }

    assert accepted == {
        ("post", "/api/v1/imports"),
        ("post", "/api/v1/archives"),
        ("delete", "/api/v1/archives/{name}"),
        ("post", "/api/v1/store/statistics"),
        ("post", "/api/v1/store/verifications"),
        ("post", "/api/v1/store/collections"),
        ("post", "/api/v1/archives/{name}/syncs"),
        ("post", "/api/v1/archives/{name}/selections"),
        ("post", "/api/v1/archives/{name}/removals"),
        ("post", "/api/v1/archives/{name}/restorations"),
        ("post", "/api/v1/archives/{name}/publications"),
        ("post", "/api/v1/archives/{name}/campaigns"),
    }


def schema_of(description: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        found = resolved(description, schema["$ref"])
        assert isinstance(found, dict)
        schema = found
    return schema


def parts_of(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The schemas within one, each with the step that leads there."""
    for name, inner in schema.get("properties", {}).items():
        yield f".{name}", inner
    for inner in schema.get("anyOf", []):
        yield "", inner
    if isinstance(schema.get("additionalProperties"), dict) and "properties" not in schema:
        yield ".*", schema["additionalProperties"]
    if isinstance(schema.get("items"), dict):
        yield "[]", schema["items"]


def untyped(
    description: dict[str, Any], schema: dict[str, Any], place: str, seen: frozenset[str]
) -> Iterator[str]:
    """Where a schema says nothing of what is there."""
    reference = schema.get("$ref", "")
    if reference in seen:
        return
    schema = schema_of(description, schema)
    inner = list(parts_of(schema))
    is_value = schema.get("type") in {"string", "integer", "number", "boolean", "null"}
    if not (inner or is_value or "enum" in schema or "const" in schema):
        yield place
    for step, found in inner:
        yield from untyped(description, found, place + step, seen | {reference} - {""})


def unbounded(description: dict[str, Any], schema: dict[str, Any], place: str) -> Iterator[str]:
    """Where a schema lets anything in, however long or large it is."""
    schema = schema_of(description, schema)
    bounds = {
        "string": {"maxLength"},
        "integer": {"minimum", "maximum"},
        "number": {"minimum", "maximum"},
        "array": {"maxItems"},
        "object": set() if "properties" in schema else {"maxProperties"},
    }.get(schema.get("type", ""), set())
    said = {name.replace("exclusiveM", "m") for name in schema}
    is_choice = "enum" in schema or "const" in schema or schema.get("format") == "binary"
    if not is_choice and not bounds <= said:
        yield place
    for step, found in parts_of(schema):
        yield from unbounded(description, found, place + step)


def test_every_answer_says_of_what_shape_it_is(description: dict[str, Any]) -> None:
    found = [
        place
        for _, _, operation in operations(description)
        for status, answer in operation["responses"].items()
        for kind, content in answer.get("content", {}).items()
        if status.startswith("2") and kind == "application/json"
        for place in untyped(
            description, content["schema"], f"{operation['operationId']} {status}", frozenset()
        )
    ]

    assert found == []


def test_every_operation_has_examples_a_summary_a_command_and_words_for_its_parameters(
    description: dict[str, Any],
) -> None:
    lacking = [
        (operation["operationId"], what)
        for _, _, operation in operations(description)
        for what, is_there in {
            "summary": operation["summary"],
            "command": operation.get("x-command", "").startswith("vostok "),
            "request": all(
                "example" in content
                for content in operation.get("requestBody", {"content": {}})["content"].values()
            ),
            "answers": all(
                "example" in content
                for answer in operation["responses"].values()
                for content in answer.get("content", {}).values()
            ),
            "parameters": all(p.get("description") for p in operation.get("parameters", [])),
        }.items()
        if not is_there
    ]

    assert lacking == []


def test_everything_that_is_taken_has_a_limit(description: dict[str, Any]) -> None:
    found: list[str] = []
    for _, _, operation in operations(description):
        name = operation["operationId"]
        for parameter in operation.get("parameters", []):
            place = f"{name} {parameter['name']}"
            found += unbounded(description, parameter["schema"], place)
        for content in operation.get("requestBody", {"content": {}})["content"].values():
            found += unbounded(description, content["schema"], f"{name} body")

    assert found == []


def test_what_says_nothing_or_lets_anything_in_would_be_found() -> None:
    shapeless = {
        "type": "object",
        "properties": {"a": {"type": "object"}, "b": {"type": "array", "items": {}}},
    }

    assert list(untyped({}, shapeless, "x", frozenset())) == ["x.a", "x.b[]"]
    assert list(untyped({}, {}, "x", frozenset())) == ["x"]
    assert list(unbounded({}, {"type": "string"}, "x")) == ["x"]
    assert list(unbounded({}, {"type": "integer", "minimum": 1}, "x")) == ["x"]
    assert list(unbounded({}, {"type": "array", "maxItems": 1, "items": {"type": "string"}}, "x"))


def test_it_says_how_a_token_is_shown(description: dict[str, Any]) -> None:
    schemes = description["components"]["securitySchemes"]

    assert [(scheme["type"], scheme["scheme"]) for scheme in schemes.values()] == [
        ("http", "bearer")
    ]
    assert all("security" in operation for _, _, operation in operations(description))
