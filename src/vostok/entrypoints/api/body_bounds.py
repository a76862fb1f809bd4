"""How much a body may hold: the validator names every fault, and each takes time. Or nothing."""

import json
from collections.abc import Collection, Mapping
from typing import Any, Final

from fastapi import Request
from fastapi.exceptions import RequestValidationError

from vostok.domain.build_change import CHOSEN_IDS_MAX

VALUES_MAX: Final = CHOSEN_IDS_MAX + 10_000
"""Of one body, in all its lists and objects: those of the largest, and room for the rest."""
KEYS_MAX: Final = 5_000
"""Of one object in it. The largest that an operation takes has a thousand."""
UNCOUNTED_BYTES_MAX: Final = 8 << 10
"""A body that is no longer cannot hold too much."""
FIELDS_SHOWN_MAX: Final = 20
FIELD_SHOWN_CHARACTERS: Final = 100


async def check_body(request: Request) -> None:
    """Nothing, if a body holds as much as one may. What is no JSON is told of later.

    Anybody may send a body, and the fault of each of its million keys would be made before who
    they are is asked.

    Raises:
        RequestValidationError: it holds more.
    """
    body = await request.body()
    if len(body) <= UNCOUNTED_BYTES_MAX:
        return
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return
    if fault := _fault(found):
        raise RequestValidationError(
            [{"type": "too_long", "loc": ("body",), "msg": fault, "input": None}]
        )


async def faults_of_untaken(request: Request, known: Collection[str]) -> list[Mapping[str, Any]]:
    """What is wrong with a body where none is taken; nothing, if it is empty or `{}`.

    Passed over, one that asks for a dry run would have the deed be done. Reading is bounded as it
    is everywhere (`RequestBounds`).

    Args:
        request: whose body is read.
        known: the parameters of its query.
    """
    body = (await request.body()).strip()
    if not body:
        return []
    try:
        found = json.loads(body) if len(body) <= UNCOUNTED_BYTES_MAX else None
    except (ValueError, RecursionError):
        found = None
    if found == {}:
        return []
    names = sorted(found)[:FIELDS_SHOWN_MAX] if isinstance(found, dict) else []
    return [_untaken(name, known) for name in names] or [_untaken(None, known)]


def _untaken(name: str | None, known: Collection[str]) -> Mapping[str, Any]:
    fault: dict[str, Any] = {"type": "extra_forbidden", "loc": ("body",), "input": None}
    if name is None:
        return fault | {"msg": "no body is taken here"}
    fault["loc"] = ("body", name[:FIELD_SHOWN_CHARACTERS])
    if name not in known:
        return fault | {"msg": "no body is taken here"}
    said = f"no body is taken here; {name} is a parameter of the query"
    return fault | {"msg": said, "ctx": {"hint": f"put it into the address: ?{name}=VALUE"}}


def _fault(found: Any) -> str | None:  # noqa: ANN401 - any document
    count, left = 0, [found]
    while left:
        value = left.pop()
        if not isinstance(value, dict | list):
            continue
        count += len(value)
        if isinstance(value, dict) and len(value) > KEYS_MAX:
            return f"an object has {len(value)} keys; at most {KEYS_MAX}"
        if count > VALUES_MAX:
            return f"it holds more values than it may: at most {VALUES_MAX}"
        left += value.values() if isinstance(value, dict) else value
    return None
