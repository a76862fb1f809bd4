"""Every operation is asked what its description allows, and more: never a fault of ours."""

from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse, PlainTextResponse
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.entrypoints.api.test_access import PARAMETERS
from tests.entrypoints.installation import ADMIN, Installation, fill, installation_in
from tests.entrypoints.parent_archive import ParentArchive

from vostok.entrypoints.problems import add_error_answers

FAULT_CHARACTERS_MAX = 1_500
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def described(
    tmp_path_factory: pytest.TempPathFactory, parent_archive: ParentArchive
) -> schemathesis.BaseSchema:
    installation = installation_in(tmp_path_factory.mktemp("described") / "root")
    fill(installation, parent_archive)
    people_and_rights(installation)
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", installation.app)


def people_and_rights(installation: Installation) -> None:
    client = installation.client(ADMIN)
    for place, body in (
        ("persons", {"name": "ann", "email": "ann@example.org"}),
        ("persons/ann/tokens", {"name": "dput"}),
        ("teams", {"name": "hardware"}),
        ("teams/hardware/members", {"persons": ["ann"]}),
        ("archives/trial/rights", {"team": "hardware", "right": "upload"}),
        ("toolchains", {"name": "trial", "cflags": ["-O1"]}),
    ):
        answer = client.post(f"/api/v1/{place}", json=body)
        assert answer.is_success, answer.text


@pytest.mark.parametrize(
    ("headers", "mode", "examples"),
    [
        (ADMIN, GenerationMode.POSITIVE, 6),
        (ADMIN, GenerationMode.NEGATIVE, 3),
        ({}, GenerationMode.POSITIVE, 2),
    ],
    ids=["administrator", "administrator with faults", "stranger"],
)
def test_every_answer_is_as_described(
    described: schemathesis.BaseSchema,
    headers: dict[str, str],
    mode: GenerationMode,
    examples: int,
) -> None:
    faults = {}
    asked = set()

    for found in described.get_all_operations():
        operation = operation_of(found)
        fault = fault_of(operation, headers, mode, examples)
        if fault is not None:
            faults[operation.label] = fault
        asked.add(operation.label)

    assert not faults, "\n".join(f"{label}: {fault}" for label, fault in faults.items())
    assert len(asked) > 60


def test_a_fault_of_ours_and_an_answer_that_is_not_described_are_noticed() -> None:
    app = FastAPI()

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("on purpose")

    @app.get("/other")
    def other() -> dict[str, int]:
        return JSONResponse({"number": "one"})  # type: ignore[return-value]  # on purpose

    @app.get("/teapot")
    def teapot() -> None:
        raise HTTPException(418)

    add_error_answers(app, lambda _request, error: PlainTextResponse(str(error)), lambda: None, {})
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)

    faults = {
        operation.label: fault_of(operation, {}, GenerationMode.POSITIVE, 1)
        for operation in map(operation_of, schema.get_all_operations())
    }

    assert "on purpose" in str(faults["GET /broken"])
    assert "Response violates schema" in str(faults["GET /other"])
    assert "Undocumented status code" in str(faults["GET /teapot"])


def operation_of(found: Any) -> Any:  # noqa: ANN401 - schemathesis'
    """The operation, which can be read: else this raises."""
    return found.ok()


def fault_of(
    operation: Any,  # noqa: ANN401 - schemathesis'
    headers: dict[str, str],
    mode: GenerationMode,
    examples: int,
) -> str | None:
    """What was wrong with an answer of an operation, if any was."""

    @given(operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:  # noqa: ANN401 - schemathesis'
        if mode is GenerationMode.POSITIVE:  # made names would only ever be 404
            case.path_parameters = {
                name: PARAMETERS.get(name, value) for name, value in case.path_parameters.items()
            }
        case.call_and_validate(headers=headers, checks=CHECKS)

    try:
        ask()
    except (FailureGroup, Exception) as fault:  # noqa: BLE001 - ours come through the application
        told = map(str, getattr(fault, "exceptions", (fault,)))
        return f"{type(fault).__name__}: {' '.join(told)}"[:FAULT_CHARACTERS_MAX]
    return None
