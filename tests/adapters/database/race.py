"""Several callers at the same moment, each in a thread and so on a connection of its own."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

SECONDS_MAX = 60

Result = TypeVar("Result")


def outcomes_at_once(actions: Sequence[Callable[[], Result]]) -> list[Result | Exception]:
    """What each action returned or raised, after all of them began at the same moment."""
    start = threading.Barrier(len(actions))
    outcomes: dict[int, Result | Exception] = {}

    def run(number: int, action: Callable[[], Result]) -> None:
        start.wait(SECONDS_MAX)
        try:
            outcomes[number] = action()
        except Exception as error:  # noqa: BLE001 - the caller of this looks at it
            outcomes[number] = error

    threads = [
        threading.Thread(target=run, args=(number, action), daemon=True)
        for number, action in enumerate(actions)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS_MAX)
    return [outcomes[number] for number in range(len(actions))]
