"""The examples in the description of the API: what a real server was asked, and what it answered.

record_api_examples.py   ask it, and write src/vostok/entrypoints/api/examples.json

It asks what tests/entrypoints/client/test_every_operation.py asks. Tests hold the examples to the
schemas, and send each body to a server; so this has to run again only when one of them fails.
"""

# A script, not a module, that looks into the client and says what it did.
# ruff: noqa: INP001, T201, SLF001, ANN401

import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.entrypoints.client.test_every_operation import CALLS  # noqa: E402
from tests.entrypoints.installation import (  # noqa: E402
    ADMIN,
    Builder,
    Installation,
    fill,
    installation_in,
    listening,
)
from tests.entrypoints.parent_archive import served_parent  # noqa: E402

from vostok.client import Client  # noqa: E402

EXAMPLES: Final = ROOT / "src" / "vostok" / "entrypoints" / "api" / "examples.json"
LIST_ITEMS_MAX: Final = 2
SECRETS: Final = frozenset({"token", "secret"})
MIRROR: Final = "http://deb.example.org/debian"
PREFIX: Final = "/api/v1/"
BY_HAND: Final = EXAMPLES.with_name("examples-by-hand.json")
"""Of what the test cannot have answered without making uploads, keys and mail first."""


class Recorder:
    """Notes requests and answers by operation; of several answers the longest."""

    def __init__(self, installation: Installation, url: str, mirror: str) -> None:
        self._replaced = {url: "https://vostok.example.org", mirror: MIRROR}
        self._replaced["http://vostok.example.org"] = "https://vostok.example.org"
        self._operations = list(_operations(installation.app.openapi()))
        self.found: dict[str, dict[str, Any]] = {}

    def note(self, method: str, path: str, body: object, status: int, answer: object) -> None:
        """Note one of them."""
        name = self._operation(method, path.partition("?")[0])
        entry = self.found.setdefault(name, {})
        if body is not None:
            entry.setdefault("request", {})[str(status)] = self._told(body)
        answers = entry.setdefault("answers", {})
        told = self._told(answer)
        if len(json.dumps(told)) > len(json.dumps(answers.get(str(status)))):
            answers[str(status)] = told

    def _operation(self, method: str, path: str) -> str:
        return next(
            name
            for known, pattern, name in self._operations
            if known == method and pattern.fullmatch(path)
        )

    def _told(self, value: object) -> Any:
        if isinstance(value, dict):
            return {
                key: "shown-only-once" if key in SECRETS else self._told(inner)
                for key, inner in value.items()
            }
        if isinstance(value, list):
            return [self._told(inner) for inner in value[:LIST_ITEMS_MAX]]
        if isinstance(value, str):
            for old, new in self._replaced.items():
                value = value.replace(old, new)
        return value


def _operations(description: Mapping[str, Any]) -> Iterator[tuple[str, re.Pattern[str], str]]:
    """Those without parameters in their path first: they also fit others' patterns."""
    for path in sorted(description["paths"], key=lambda path: path.count("{")):
        pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", path.removeprefix(PREFIX)))
        for method, operation in description["paths"][path].items():
            yield method.upper(), pattern, operation["operationId"]


def record() -> dict[str, Any]:
    """Ask everything, and what came of it."""
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        (directory / "parent").mkdir()
        with served_parent(directory / "parent") as parent:
            installation = installation_in(directory / "root")
            fill(installation, parent)
            Builder(installation).claim()
            token = ADMIN["Authorization"].removeprefix("Bearer ")
            with listening(installation.app) as url, Client(url, token, retries_max=0) as client:
                recorder = Recorder(installation, url, parent.url)
                _listen(client, recorder)
                for name, call in CALLS.items():
                    call(client)
                    installation.do_jobs()
                    print(name)
    return recorder.found


def _listen(client: Client, recorder: Recorder) -> None:
    http = client._transport._http
    send = http.send

    def heard(request: Any, **more: Any) -> Any:
        response = send(request, **more)
        is_document = response.headers.get("content-type") == "application/json"
        if response.is_success and is_document and response.read():
            is_file = request.method == "PUT" and "/files/" in request.url.path
            body = None if is_file or not request.content else json.loads(request.content)
            path = request.url.path.removeprefix(PREFIX)
            recorder.note(request.method, path, body, response.status_code, response.json())
        return response

    http.send = heard  # type: ignore[method-assign]  # to listen is what this is for


def main() -> None:
    """Record, and write."""
    found: dict[str, Any] = record()
    found["comparison"] = {"answers": found["compare"]["answers"]}
    found["retry_build"] = {
        "request": {"reason": "the mirror is back"},
        "answers": found["cancel_build"]["answers"],
    }
    created = found["create_toolchain"]["answers"]
    created["200"] = created["201"]
    found["restore_sources"]["answers"]["200"] = found["remove_sources"]["answers"]["200"]
    for name in json.loads(BY_HAND.read_text()):
        found.pop(name, None)
    for entry in found.values():
        requests = entry.get("request")
        if requests is not None and all(key.isdecimal() for key in requests):
            entry["request"] = requests.get("202") or next(iter(requests.values()))
    text = json.dumps(dict(sorted(found.items())), indent=1, ensure_ascii=False)
    EXAMPLES.write_text(text + "\n")
    print(f"wrote {EXAMPLES}")


if __name__ == "__main__":
    main()
