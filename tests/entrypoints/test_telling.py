"""The executor's threads that tell of the news outside."""

import threading

import pytest
from tests.entrypoints.installation import Installation

from vostok.entrypoints import executor

SECONDS_MAX = 20.0


class StuckWebhooks:
    """Its receivers do not answer before they are let go."""

    def __init__(self) -> None:
        self.is_sending = threading.Event()
        self.let_go = threading.Event()

    def enqueue(self) -> int:
        return 0

    def deliver(self) -> int:
        self.is_sending.set()
        self.let_go.wait(SECONDS_MAX)
        return 1


class Mail:
    """Fails once, and notes that it was asked to send afterwards."""

    def __init__(self, webhooks: StuckWebhooks) -> None:
        self._webhooks = webhooks
        self._has_failed = False
        self.is_sent = threading.Event()

    def gather(self) -> int:
        if not self._has_failed:
            self._has_failed = True
            raise OSError("the disk is full")
        return 0

    def deliver(self) -> int:
        if self._webhooks.is_sending.is_set():
            self.is_sent.set()
        return 1


def test_mail_goes_on_while_receivers_of_webhooks_do_not_answer(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "NEWS_SECONDS", 0.01)
    services, stopping = installation.services, threading.Event()
    webhooks = StuckWebhooks()
    mail = Mail(webhooks)
    object.__setattr__(services, "webhooks", webhooks)
    object.__setattr__(services, "mail", mail)

    executor.start_telling(services, stopping)

    assert mail.is_sent.wait(SECONDS_MAX)
    assert not webhooks.let_go.is_set()
    stopping.set()
    webhooks.let_go.set()
