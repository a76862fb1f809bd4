"""Answers of the server as the types that `vostok.client.messages` says they are."""

from collections.abc import Hashable, Mapping
from functools import cache
from typing import Any, Final, TypeVar, cast

from vostok.client.problems import ServerFaultError

T = TypeVar("T")
FAULTS_TOLD_MAX: Final = 3


def checked(kind: type[T], answer: Mapping[str, object], *, path: str) -> T:
    """The answer, which is of that kind; keys of a newer server stay in it. O(answer).

    Raises:
        ServerFaultError: it is of another kind.
    """
    _check(_adapter(cast("Hashable", kind)), answer, path=path)
    return cast("T", answer)


def checked_items(kind: type[T], answer: Mapping[str, object], key: str, *, path: str) -> list[T]:
    """The list that an answer has under a key, its items checked in the same way. O(answer).

    Raises:
        ServerFaultError: there is no list, or one item of it is of another kind.
    """
    items = answer.get(key)
    if not isinstance(items, list):
        raise ServerFaultError(f"the server's answer to {path} has no list {key!r}")
    _check(_list_adapter(cast("Hashable", kind)), items, path=path)
    return cast("list[T]", items)


def _check(adapter: Any, answer: object, *, path: str) -> None:  # noqa: ANN401 - pydantic's
    from pydantic import ValidationError  # noqa: PLC0415 - as below

    try:
        adapter.validate_python(answer)
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()
        ]
        raise ServerFaultError(
            f"the server's answer to {path} is not what it should be: "
            + "; ".join(faults[:FAULTS_TOLD_MAX]),
            hint="compare the versions of client and server: vostok status",
        ) from error


@cache
def _adapter(kind: Hashable) -> Any:  # noqa: ANN401 - pydantic's
    # 0.1 s that help of the command line need not wait for.
    from pydantic import TypeAdapter  # noqa: PLC0415

    found: Any = kind
    return TypeAdapter(found)


@cache
def _list_adapter(kind: Any) -> Any:  # noqa: ANN401 - pydantic's
    from pydantic import TypeAdapter  # noqa: PLC0415 - as above

    return TypeAdapter(list[kind])
