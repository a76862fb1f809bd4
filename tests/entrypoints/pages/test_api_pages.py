"""The pages of the API: every operation with all that there is to say of it."""

import re
import shlex
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient
from tests.entrypoints.installation import URL, Installation

from vostok.entrypoints.pages.api_reference import ApiReference, api_reference


@pytest.fixture
def visitor(unchanged: Installation) -> TestClient:
    return unchanged.client({"Accept": "text/html"})


@pytest.fixture
def description(unchanged: Installation) -> dict[str, Any]:
    return unchanged.app.openapi()


@pytest.fixture
def reference(description: dict[str, Any]) -> ApiReference:
    return api_reference(description, URL)


def test_every_operation_is_on_the_page_of_its_group_with_what_asks_it(
    visitor: TestClient, reference: ApiReference, description: dict[str, Any]
) -> None:
    overview = unescape(visitor.get("/api").text)
    pages = {group: unescape(visitor.get(f"/api/{group}").text) for group in reference.groups}
    operations = [one for group in reference.groups.values() for one in group]

    assert len(operations) == sum(map(len, description["paths"].values()))
    for one in operations:
        page = pages[one.group]
        assert f'href="/api/{one.group}#{one.name}"' in overview
        assert f'id="{one.name}"' in page
        assert f'<span class="api-path">{one.path}</span>' in page
        for text in (one.curl, one.command, *(part.kind for part in one.parameters)):
            assert text in page, one.name
        for document in [*one.answers, *filter(None, [one.body])]:
            assert document.example in page, one.name
        assert one.errors[0] == "400"


def test_a_line_for_curl_asks_for_its_operation(
    reference: ApiReference, description: dict[str, Any]
) -> None:
    for one in (one for group in reference.groups.values() for one in group):
        words = [word for word in shlex.split(one.curl) if word.strip()]
        method = words[words.index("--request") + 1] if "--request" in words else "GET"
        address = urlsplit(next(word for word in words if word.startswith(URL)))
        pattern = re.sub(r"\{\w+\}", "[^/]+", one.path)
        required = {part.name for part in one.parameters if part.is_required}

        assert method == one.method
        assert re.fullmatch(pattern, address.path), one.name
        assert {part.name for part in one.parameters if f"{part.name}=" in address.query} == {
            part.name for part in one.parameters if part.place == "query" and part.is_required
        }
        assert ("--data" in words or "--upload-file" in words) == (one.body is not None)
        assert required <= {part.name for part in one.parameters if part.text}
    assert description["paths"]


def test_operations_are_found_by_words_and_listed_for_programs(visitor: TestClient) -> None:
    found = visitor.get("/api.json", params={"q": "quota team"}).json()["operations"]
    page = visitor.get("/api", params={"q": "quota team"}).text
    table = visitor.get("/api.csv", params={"q": "quota team"}).text

    assert {one["name"] for one in found} >= {"team_quota", "set_team_quota", "remove_team_quota"}
    assert all("quota" in one["name"] for one in found)
    assert "#team_quota" in page
    assert "#build_log" not in page
    assert table.count("\r\n") == len(found) + 1
    assert "No operations" in visitor.get("/api?q=<script>alert(1)</script>").text
    assert "<script>alert" not in visitor.get("/api?q=<script>alert(1)</script>").text


def test_whoever_types_the_address_of_the_api_is_led_to_its_page(visitor: TestClient) -> None:
    for address in ("/api/", "/api/v1", "/api/v1/"):
        assert visitor.get(address).headers["location"] == "/api"
    assert visitor.get("/api/nothing").status_code == 404
    assert 'href="/api"' in visitor.get("/archives").text


def test_kinds_and_fields_are_told_in_words() -> None:
    node = {"type": "object", "properties": {"inner": {"$ref": "#/components/schemas/Node"}}}
    answer = {"content": {"application/problem+json": {"example": {"code": "x", "hint": "y"}}}}
    body = {
        "type": "object",
        "required": ["names"],
        "properties": {
            "names": {"type": "array", "maxItems": 3, "items": {"type": "string"}},
            "score": {"type": "integer", "minimum": -5, "maximum": 1000, "default": 7},
            "tree": {"$ref": "#/components/schemas/Node"},
            "sizes": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
    }
    operation = {
        "operationId": "try", "tags": ["trying"], "summary": "Try", "description": "Try. Twice.",
        "requestBody": {"content": {"application/json": {"schema": body, "example": {"a": 1}}}},
        "responses": {"204": {"description": "Done"}, "400": {"description": "No", **answer}},
    }  # fmt: skip
    description = {
        "info": {"version": "1"},
        "paths": {"/api/v1/tries": {"post": operation}},
        "components": {"schemas": {"Node": node}},
    }

    found = api_reference(description, URL).groups["trying"][0]

    assert found.body is not None
    parts = {part.name: part for part in found.body.parts}
    assert parts["names"].kind == "list of text, at most 3 items"
    assert parts["names"].is_required
    assert (parts["score"].kind, parts["score"].default) == ("number, -5 to 1,000", "7")
    assert parts["sizes"].kind == "object, by name number"
    assert "tree.inner.inner" in parts
    assert len(parts) < 20
    assert found.text == "Twice."
    assert "--data '{\"a\": 1}'" in found.curl
