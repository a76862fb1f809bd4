"""What the description of the API says beside what the code says: summaries, tags, examples."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from fastapi import FastAPI

from vostok.entrypoints.api.described_parameters import meaning

JSON: Final = "application/json"
BYTES: Final = "application/octet-stream"
TEXT: Final = "text/plain"
TEXTS: Final[Mapping[str, str]] = {
    TEXT: "gcc -O3 -c hello.c\nhello.c:12: error: expected ';'\n",
    BYTES: "the bytes of the file",
    "text/event-stream": 'id: 41-7\nevent: built\ndata: {"title": "hello on amd64", …}\n\n',
}
"""What answers look like that are no documents, by their media types."""
ANSWERED_WITHOUT_DOCUMENT: Final[Mapping[str, str]] = {
    "build_log": TEXT,
    "outgoing_file": BYTES,
    "upload_file": BYTES,
}
COMMAND: Final = "x-command"
"""The extension of the description that names the command."""
SCHEMAS_NOT_USED: Final = ("HTTPValidationError", "ValidationError")
"""Of errors as FastAPI would send them."""
WORDLESS: Final = "Successful Response"
SUCCESSES: Final[Mapping[str, str]] = {
    "200": "What was asked for",
    "201": "It is made",
    "202": "It is begun: the job tells how far it is",
    "204": "It is done",
}
"""What an answer means of which an operation says no more."""
ASKED_WITH_FILES: Final = frozenset({"put_upload_file"})


def add_description(app: FastAPI, errors: Mapping[int | str, Any]) -> None:
    """Have the application describe its API with summaries and examples; it is made once.

    Args:
        app: the application.
        errors: status -> the answer, the same for all operations. FastAPI would check and copy
            them for each, which is most of the time that a description takes.
    """
    told = {str(status): answer for status, answer in errors.items()}
    made: Callable[[], dict[str, Any]] = app.openapi
    lock = threading.Lock()
    whole: dict[str, Any] | None = None

    def described() -> dict[str, Any]:
        # FastAPI keeps its own as soon as it is made; nobody may see that before it is completed.
        nonlocal whole
        with lock:
            if whole is None:
                whole = _completed(made(), told)
            return whole

    app.openapi = described  # type: ignore[method-assign]  # as FastAPI's documentation has it


def operations(description: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """All operations of a description."""
    for item in description["paths"].values():
        yield from item.values()


@cache
def examples() -> Mapping[str, Any]:
    """Name of an operation -> the body of a `request`, and `answers` by status.

    Most were recorded by scripts/record_api_examples.py, the others are written by hand.
    """
    found: dict[str, Any] = {}
    for name in ("examples.json", "examples-by-hand.json"):
        found |= json.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))
    return found


@cache
def commands() -> Mapping[str, str]:
    """Name of an operation -> a command that asks it, or does the same."""
    text = files(__package__).joinpath("commands.json").read_text(encoding="utf-8")
    found: dict[str, str] = json.loads(text)
    return found


def _completed(description: dict[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    for path, item in description["paths"].items():
        for operation in item.values():
            answers = operation["responses"] | told
            operation["responses"] = dict(sorted(answers.items()))
            _complete(operation, examples().get(operation["operationId"], {}))
            _complete_parameters(operation, path)
    for name in SCHEMAS_NOT_USED:
        description["components"]["schemas"].pop(name, None)
    return description


def _complete_parameters(operation: dict[str, Any], path: str) -> None:
    name = operation["operationId"]
    if name in commands():
        operation[COMMAND] = commands()[name]
    for parameter in operation.get("parameters", []):
        words = meaning(name, path, parameter["name"])
        if words is not None:
            parameter.setdefault("description", words)


def _complete(operation: dict[str, Any], known: Mapping[str, Any]) -> None:
    sentence = operation["description"].partition("\n\n")[0].replace("\n", " ")
    operation["summary"] = sentence.partition(". ")[0].removesuffix(".")
    if "request" in known and "requestBody" in operation:
        operation["requestBody"]["content"][JSON]["example"] = known["request"]
    media_type = ANSWERED_WITHOUT_DOCUMENT.get(operation["operationId"])
    if media_type is not None:
        content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
        operation["responses"]["200"]["content"] = content
    if operation["operationId"] in ASKED_WITH_FILES:
        schema = {"type": "string", "format": "binary"}
        file = {"schema": schema, "example": TEXTS[BYTES]}
        operation["requestBody"] = {"required": True, "content": {BYTES: file}}
    for status, answer in operation["responses"].items():
        if answer["description"] == WORDLESS:
            answer["description"] = SUCCESSES[status]
        for kind, content in answer.get("content", {}).items():
            if kind in TEXTS:
                content["example"] = TEXTS[kind]
            elif status in known.get("answers", {}):
                content["example"] = known["answers"][status]
