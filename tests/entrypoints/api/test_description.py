"""The API describes itself, completely."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.entrypoints.installation import Installation

from vostok import __version__


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


def test_it_names_every_route_of_the_api(description: dict[str, Any]) -> None:
    described = {(method, path) for method, path, _ in operations(description)}

    assert ("post", "/api/v1/archives/import") in described
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
        ("post", "/api/v1/archives/import"),
        ("post", "/api/v1/archives"),
        ("delete", "/api/v1/archives/{name}"),
        ("post", "/api/v1/store/stats"),
        ("post", "/api/v1/store/verify"),
        ("post", "/api/v1/store/collect"),
        ("post", "/api/v1/archives/{name}/syncs"),
        ("post", "/api/v1/archives/{name}/selections"),
        ("post", "/api/v1/archives/{name}/removals"),
        ("post", "/api/v1/archives/{name}/restorations"),
        ("post", "/api/v1/archives/{name}/publications"),
        ("post", "/api/v1/archives/{name}/campaigns"),
    }


def test_it_says_how_a_token_is_shown(description: dict[str, Any]) -> None:
    schemes = description["components"]["securitySchemes"]

    assert [(scheme["type"], scheme["scheme"]) for scheme in schemes.values()] == [
        ("http", "bearer")
    ]
    assert all("security" in operation for _, _, operation in operations(description))
