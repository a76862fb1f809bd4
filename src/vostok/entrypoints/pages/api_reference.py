"""The description of the API as its page shows it: groups of operations, each with its parts.

It reads an OpenAPI document and nothing else, so the page cannot disagree with what programs read.
"""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

DEPTH_MAX: Final = 4
FIELDS_MAX: Final = 200
CHOICES_SHOWN_MAX: Final = 20
PROBLEM: Final = "application/problem+json"
BYTES: Final = "application/octet-stream"
FIRST_ERROR: Final = 400
VALUES: Final[Mapping[str, str]] = {
    "name": "trial", "number": "1", "other": "2", "build_id": "7", "job_id": "14b87e99ad65869e",
    "source": "hello", "version": "2.10-3", "file": "hello_2.10-3.dsc", "person": "lou",
    "fingerprint": "0123456789ABCDEF0123456789ABCDEF01234567", "token": "dput",
    "session": "0123456789abcdef", "team": "kernel", "subject": "archives", "builder": "host-1",
    "robot": "nightly-robot",
    "delivery": "12", "left": "trial", "right": "debian/bookworm", "archive": "trial", "q": "gcc",
}  # fmt: skip
"""What stands for a parameter in an example."""
TOOLCHAIN_VALUE: Final = "gcc-11"

_TEXTS: Final = {"date-time": "moment", "binary": "bytes"}
_PLAIN: Final = {"object": "object", "boolean": "true or false", "null": "null"}

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A parameter, or a field of a document.

    Attributes:
        name: of a field, the way to it: `builds[].state`.
        kind: what it may be, and its limits.
        place: of a parameter: path, query or header.
        default: what holds if it is left out; None: nothing, or it must be there.
    """

    name: str
    kind: str
    text: str = ""
    place: str = ""
    is_required: bool = False
    default: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A body, or an answer."""

    status: str = ""
    text: str
    media_type: str
    parts: Sequence[Part]
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiOperation:
    """One operation."""

    name: str
    group: str
    method: str
    path: str
    summary: str
    text: str
    parameters: Sequence[Part]
    body: Document | None
    answers: Sequence[Document]
    errors: Sequence[str]
    curl: str
    command: str

    def has(self, words: str) -> bool:
        """Whether each word is somewhere in what names it, or in its parameters."""
        everything = " ".join(
            (self.name, self.group, self.method, self.path, self.summary, self.text, self.command,
             *(part.name for part in self.parameters))
        ).lower()  # fmt: skip
        return all(word in everything for word in words.lower().split())


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiError:
    """A status with which any operation can refuse."""

    status: str
    code: str
    text: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiReference:
    """All of it. Groups and operations are in the order of the description."""

    version: str
    groups: Mapping[str, Sequence[ApiOperation]]
    errors: Sequence[ApiError]

    def with_words(self, words: str) -> Mapping[str, Sequence[ApiOperation]]:
        """The groups with what has all of these words; those without any are left out."""
        found = {
            group: [operation for operation in operations if operation.has(words)]
            for group, operations in self.groups.items()
        }
        return {group: operations for group, operations in found.items() if operations}


def api_reference(description: Schema, url: str) -> ApiReference:
    """What a description says, for a server at an address. O(description)."""
    reader = _Reader(description, url)
    groups: dict[str, list[ApiOperation]] = {}
    for path, item in description["paths"].items():
        for method, operation in item.items():
            found = reader.operation(path, method.upper(), operation)
            groups.setdefault(found.group, []).append(found)
    return ApiReference(
        version=description["info"]["version"], groups=groups, errors=reader.errors()
    )


class _Reader:
    def __init__(self, description: Schema, url: str) -> None:
        self._description = description
        self._url = url

    def errors(self) -> list[ApiError]:
        """The errors of the first operation: every one describes the same."""
        operation = next(
            operation
            for item in self._description["paths"].values()
            for operation in item.values()
        )
        return [
            ApiError(
                status=status,
                code=answer["content"][PROBLEM]["example"]["code"],
                text=answer["description"],
                hint=answer["content"][PROBLEM]["example"]["hint"],
            )
            for status, answer in operation["responses"].items()
            if PROBLEM in answer.get("content", {})
        ]

    def operation(self, path: str, method: str, operation: Schema) -> ApiOperation:
        answers = operation["responses"]
        _, _, rest = operation["description"].partition(operation["summary"])
        return ApiOperation(
            name=operation["operationId"],
            group=operation["tags"][0],
            method=method,
            path=path,
            summary=operation["summary"],
            text=rest.lstrip(". \n"),
            parameters=[self._parameter(one) for one in operation.get("parameters", [])],
            body=next(self._documents("", "", operation.get("requestBody", {})), None),
            answers=[
                document
                for status, answer in answers.items()
                if int(status) < FIRST_ERROR
                for document in self._documents(status, answer["description"], answer)
            ],
            errors=[status for status in answers if int(status) >= FIRST_ERROR],
            curl=self._curl(path, method, operation),
            command=operation.get("x-command", ""),
        )

    def _parameter(self, parameter: Schema) -> Part:
        schema = self._resolved(parameter["schema"])
        return Part(
            name=parameter["name"],
            kind=self.kind(schema),
            text=parameter.get("description", ""),
            place=parameter["in"],
            is_required=parameter.get("required", False),
            default=_default(schema),
        )

    def _documents(self, status: str, text: str, answer: Schema) -> Iterator[Document]:
        """One for each form of what is said; one without form for an answer that is empty."""
        if status and not answer.get("content"):
            yield Document(status=status, text=text, media_type="", parts=(), example="")
        for media_type, content in answer.get("content", {}).items():
            example = content.get("example", "")
            yield Document(
                status=status,
                text=text,
                media_type=media_type,
                parts=list(self._fields(content["schema"], "", 0))[:FIELDS_MAX],
                example=example
                if isinstance(example, str)
                else json.dumps(example, indent=2, ensure_ascii=False),
            )

    def _fields(self, schema: Schema, place: str, depth: int) -> Iterator[Part]:
        """The fields of a document and of what is in it, each behind the one that holds it."""
        if depth > DEPTH_MAX:
            return
        schema = self._resolved(schema)
        required = schema.get("required", ())
        for name, inner in schema.get("properties", {}).items():
            here = f"{place}.{name}" if place else name
            found = self._resolved(inner)
            yield Part(
                name=here,
                kind=self.kind(found),
                text=inner.get("description", ""),
                is_required=name in required,
                default=_default(inner),
            )
            yield from self._fields(found, here, depth + 1)
        for one in schema.get("anyOf", ()):
            yield from self._fields(one, place, depth)
        if isinstance(schema.get("items"), Mapping):
            yield from self._fields(schema["items"], f"{place}[]", depth + 1)
        if isinstance(schema.get("additionalProperties"), Mapping):
            yield from self._fields(schema["additionalProperties"], f"{place}.NAME", depth + 1)

    def kind(self, schema: Schema) -> str:
        """What a schema lets in, in words."""
        schema = self._resolved(schema)
        if "anyOf" in schema:
            return " or ".join(dict.fromkeys(map(self.kind, schema["anyOf"])))
        if "const" in schema:
            return str(schema["const"])
        if "enum" in schema:
            return "one of " + ", ".join(map(str, schema["enum"][:CHOICES_SHOWN_MAX]))
        return self._kind_of_type(schema)

    def _kind_of_type(self, schema: Schema) -> str:
        inner = schema.get("additionalProperties")
        match schema.get("type"):
            case "array":
                limit = _limits(schema, "minItems", "maxItems", "items")
                return f"list of {self.kind(schema.get('items', {}))}{limit}"
            case "object" if isinstance(inner, Mapping) and "properties" not in schema:
                return f"object, by name {self.kind(inner)}"
            case "string":
                word = _TEXTS.get(schema.get("format", ""), "text")
                return word + _limits(schema, "minLength", "maxLength", "characters")
            case "integer" | "number":
                return "number" + _limits(schema, "minimum", "maximum", "")
            case found:
                return _PLAIN.get(str(found), "anything")

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            found: Any = self._description
            for step in schema["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            schema = found
        return schema

    def _curl(self, path: str, method: str, operation: Schema) -> str:
        """A line for a shell; it asks for the same thing as the example."""
        values = dict(VALUES)
        if path.startswith("/api/v1/toolchains/"):
            values["name"] = TOOLCHAIN_VALUE
        asked = {
            parameter["name"]: values[parameter["name"]]
            for parameter in operation.get("parameters", [])
            if parameter["in"] == "query" and parameter.get("required")
        }
        address = self._url + path.format_map(values) + (f"?{urlencode(asked)}" if asked else "")
        words = ["curl", *([] if method == "GET" else ["--request", method]), shlex.quote(address)]
        lines = [" ".join(words), '--header "Authorization: Bearer $VOSTOK_TOKEN"']
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            if media_type == BYTES:
                lines.append(f"--upload-file {values['file']}")
                continue
            said = json.dumps(content.get("example", {}), ensure_ascii=False)
            lines += [f'--header "Content-Type: {media_type}"', f"--data {shlex.quote(said)}"]
        return " \\\n    ".join(lines)


def _limits(schema: Schema, least: str, most: str, unit: str) -> str:
    low = schema.get(least, schema.get(f"exclusiveM{least[1:]}"))
    high = schema.get(most, schema.get(f"exclusiveM{most[1:]}"))
    if low is None and high is None:
        return ""
    if low is not None and high is not None:
        words = f"{_figure(low)} to {_figure(high)}"
    else:
        words = f"at least {_figure(low)}" if high is None else f"at most {_figure(high)}"
    return f", {words} {unit}".rstrip()


def _figure(number: float) -> str:
    return f"{int(number):,}" if number == int(number) else f"{number:,}"


def _default(schema: Schema) -> str | None:
    if "default" not in schema or schema["default"] is None:
        return None
    default = schema["default"]
    return default if isinstance(default, str) else json.dumps(default)
