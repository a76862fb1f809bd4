"""The example of the how-to runs as it is printed."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.entrypoints.installation import ADMIN, Installation, listening

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "how-to" / "use-the-python-client.md"
SECONDS_MAX = 60


@contextmanager
def doing_jobs(installation: Installation) -> Iterator[None]:
    """Jobs are done as they come."""
    is_over = threading.Event()

    def work() -> None:
        while not is_over.wait(0.1):
            installation.do_jobs()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def test_the_example_says_what_it_does(installation: Installation) -> None:
    [example] = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)

    with listening(installation.app) as url, doing_jobs(installation):
        ran = subprocess.run(
            [sys.executable, "-c", example],
            env={
                "PATH": os.defpath,
                "PYTHONPATH": os.pathsep.join(sys.path),
                "VOSTOK_URL": url,
                "VOSTOK_TOKEN": ADMIN["Authorization"].removeprefix("Bearer "),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS_MAX,
        )

    lines = ran.stdout.splitlines()
    assert ran.stderr == ""
    assert lines[:3] == ["debian is active", "trial is active", "1 source would change"]
    assert lines[3] == "sync is queued"
    assert lines[-4:] == [
        "sync is succeeded",
        "somebody changed: {'policy': 'never'}",
        "mode not-a-choice",
        "name not-acceptable",
    ]
