"""The executor's process: runs jobs, and waits for attempts."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from vostok.bootstrap import (
    Services,
    build_executor,
    build_services,
    prepare_database,
    spare_collector,
)
from vostok.config import Settings, load_settings

STOP_SECONDS_MAX = 5.0
NEWS_SECONDS = 2.0
"""Between two looks for what is to be told outside."""

log = structlog.get_logger()


def main() -> int:
    """Run until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="vostok executor", description=__doc__)
    parser.add_argument("--data-root", type=Path, required=True)
    arguments = parser.parse_args()
    settings = load_settings({"data_root": arguments.data_root})
    run(settings)
    return 0


def run(settings: Settings) -> None:
    """Start, wait for a signal, stop.

    A step that is under way is cut off after a few seconds and done again by the next process;
    the interpreter's own exit would wait for it without an end.
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ]
    )
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    prepare_database(settings)
    services = build_services(settings, url=url_for_people(settings))
    executor = build_executor(settings, services)
    executor.start()
    start_telling(services, stopping)
    spare_collector()
    stopping.wait()
    stopper = threading.Thread(target=executor.stop, daemon=True)
    stopper.start()
    stopper.join(STOP_SECONDS_MAX)
    sys.stdout.flush()
    os._exit(0)


def url_for_people(settings: Settings) -> str:
    """What links in letters and webhooks begin with: what people reach the server by."""
    if settings.url is not None:
        return settings.url
    return settings.address_file.read_text().strip() if settings.address_file.exists() else ""


def start_telling(services: Services, stopping: threading.Event) -> None:
    """Tell of the news outside, each kind in a thread of its own: none waits for a slow other."""
    tellers = (
        ("ends of campaigns", [services.campaign_ends.note]),
        ("webhooks", [services.webhooks.enqueue, services.webhooks.deliver]),
        ("mail", [services.mail.gather, services.mail.deliver]),
    )
    for what, steps in tellers:
        threading.Thread(target=tell, args=(what, steps, stopping), name=what, daemon=True).start()


def tell(what: str, steps: Sequence[Callable[[], int]], stopping: threading.Event) -> None:
    """Do the steps again and again until it is to stop. What was cut off is done again later."""
    while not stopping.wait(NEWS_SECONDS):
        try:
            for step in steps:
                step()
        except Exception:  # this loop owns the telling: without it nobody would be told more
            log.exception("telling of the news failed; it is tried again", what=what)


if __name__ == "__main__":
    sys.exit(main())
