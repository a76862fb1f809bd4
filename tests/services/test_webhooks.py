"""Webhooks: every item of the news once, tried again, given up, and sent again on request."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.services.counting import statements_of
from tests.services.installation import ADMINISTRATOR, Installation

from vostok.domain.access import Principal, Role
from vostok.domain.audit import AuditFilter
from vostok.domain.delivery import ATTEMPTS_MAX, Delivery, SentAnswer
from vostok.domain.news import NewsTopic
from vostok.domain.rights import Holder, HolderKind, Right
from vostok.domain.webhook import Webhook, WebhookState, signature
from vostok.errors import ConflictError, NotAllowedError, NotFoundError
from vostok.services.people.rights import GrantRequest, RightsService, with_rights
from vostok.services.telling import delivering as delivering_module
from vostok.services.telling import webhooks as webhooks_module
from vostok.services.telling.answering_for_webhooks import switch_off_unanswered
from vostok.services.telling.delivering import ATTEMPT_LEASE, Deliverer
from vostok.services.telling.webhooks import WebhookChange, WebhookRequest, WebhookService

ADDRESS = "https://ci.example.org/vostok"
TAKEN = SentAnswer(status=200, text="thanks")
BROKEN = SentAnswer(status=500, text="out of order")
MEG = Principal(name="meg", role=Role.MEMBER)


class FakeSender:
    """Keeps what was sent; answers as it is told."""

    def __init__(self) -> None:
        self.answer = TAKEN
        self.sent: list[tuple[str, dict[str, str], bytes]] = []
        self.before_answer: Callable[[], None] = lambda: None

    def check(self, address: str) -> None:
        """Every address is one."""

    def send(self, address: str, headers: dict[str, str], body: bytes) -> SentAnswer:
        self.sent.append((address, headers, body))
        self.before_answer()
        return self.answer


@pytest.fixture
def sender() -> FakeSender:
    return FakeSender()


@pytest.fixture
def webhooks(derived: Installation, sender: FakeSender) -> WebhookService:
    return service(derived, sender)


def service(world: Installation, sender: FakeSender) -> WebhookService:
    return WebhookService(
        world.database, sender, lambda: b"a key", world.clock, "http://vostok.example.org"
    )


def add(webhooks: WebhookService, *topics: NewsTopic) -> tuple[Webhook, str]:
    return webhooks.add(
        ADMINISTRATOR,
        WebhookRequest(archive="trial", address=ADDRESS, topics=frozenset(topics)),
    )


def administering(world: Installation, name: str) -> tuple[Principal, int]:
    """Somebody new who may administer the archive, and the number of the grant of that."""
    world.people.add(ADMINISTRATOR, name, email=f"{name}@example.org", role=Role.MEMBER)
    holder = Holder(kind=HolderKind.PERSON, name=name)
    granted = RightsService(world.database, world.clock).give(
        ADMINISTRATOR, GrantRequest(archive="trial", holder=holder, right=Right.ADMINISTER)
    )
    with world.database.read() as transaction:
        known = transaction.people.named(name)
        principal = Principal(name=name, role=known.role, person_id=known.id)
        return with_rights(transaction, principal), granted.id


def deliveries(webhooks: WebhookService, number: int) -> list[Delivery]:
    return webhooks.show(ADMINISTRATOR, "trial", number)[1]


def test_what_happens_is_sent_once_and_signed(
    derived: Installation, webhooks: WebhookService, sender: FakeSender
) -> None:
    _, secret = add(webhooks)
    derived.rebuild("hello")

    webhooks.enqueue()
    webhooks.enqueue()
    webhooks.deliver()
    webhooks.deliver()

    [(address, headers, body)] = sender.sent
    assert address == ADDRESS
    sent = json.loads(body)
    assert sent["item"]["topic"] == headers["Vostok-Topic"] == "requested"
    assert sent["delivery"] == headers["Vostok-Delivery"]
    moment = int(headers["Vostok-Timestamp"])
    assert headers["Vostok-Signature"] == signature(secret, moment, body)


def test_only_topics_that_were_asked_for_are_sent(
    derived: Installation, webhooks: WebhookService, sender: FakeSender
) -> None:
    add(webhooks, NewsTopic.PROGRESS)
    derived.rebuild("hello")

    webhooks.enqueue()
    webhooks.deliver()

    assert {headers["Vostok-Topic"] for _, headers, _ in sender.sent} == {"progress"}


def test_what_concerns_it_is_sent_however_much_before_it_does_not(
    derived: Installation,
    webhooks: WebhookService,
    sender: FakeSender,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As after a rebuild of thousands of sources, whose first pages are all progress."""
    monkeypatch.setattr(webhooks_module, "ITEMS_AT_ONCE", 1)
    add(webhooks, NewsTopic.PROGRESS)
    derived.rebuild("hello")

    for _ in range(5):
        webhooks.enqueue()
    webhooks.deliver()

    assert {headers["Vostok-Topic"] for _, headers, _ in sender.sent} == {"progress"}


def test_what_happened_before_is_not_sent(derived: Installation, sender: FakeSender) -> None:
    derived.rebuild("hello")
    webhooks = service(derived, sender)

    add(webhooks)

    assert webhooks.enqueue() == 0


def test_a_process_that_is_killed_while_it_makes_deliveries_leaves_all_or_none(
    derived: Installation, webhooks: WebhookService, sender: FakeSender,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    hook, _ = add(webhooks)
    derived.rebuild("hello")
    database = derived.database

    class KilledError(BaseException):
        """Nothing catches it."""

    with monkeypatch.context() as patch:
        patch.setattr(
            "vostok.adapters.database.webhooks.SqlWebhooks.set_position",
            lambda *_: (_ for _ in ()).throw(KilledError()),
        )
        with pytest.raises(KilledError):
            webhooks.enqueue()
    assert deliveries(webhooks, hook.number) == []

    webhooks.enqueue()
    assert len(deliveries(webhooks, hook.number)) == 1
    with database.read() as transaction:
        [now] = transaction.webhooks.switched_on()
    assert now.position != hook.position
    assert sender.sent == []


def test_a_process_that_is_killed_while_it_sends_sends_again_under_the_same_key(
    derived: Installation, webhooks: WebhookService, sender: FakeSender,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    add(webhooks)
    derived.rebuild("hello")
    webhooks.enqueue()
    with monkeypatch.context() as patch:
        patch.setattr(Deliverer, "_settle", lambda *_: None)
        webhooks.deliver()
    assert webhooks.deliver() == 0

    derived.clock.advance(ATTEMPT_LEASE.total_seconds())
    webhooks.deliver()

    first, second = (headers["Vostok-Delivery"] for _, headers, _ in sender.sent)
    assert first == second


def test_what_is_not_taken_is_tried_again_ever_later_and_then_the_webhook_is_off(
    derived: Installation, webhooks: WebhookService, sender: FakeSender
) -> None:
    hook, _ = add(webhooks)
    sender.answer = BROKEN
    derived.rebuild("hello")
    derived.clock.set_step(0)
    webhooks.enqueue()
    waits = []

    for _ in range(ATTEMPTS_MAX):
        webhooks.deliver()
        [delivery] = deliveries(webhooks, hook.number)
        if delivery.next_at is not None:
            waits.append((delivery.next_at - derived.clock.now()).total_seconds())
            derived.clock.advance((delivery.next_at - derived.clock.now()).total_seconds())

    found, [delivery] = webhooks.show(ADMINISTRATOR, "trial", hook.number)
    assert waits == [10 * 4**attempt for attempt in range(ATTEMPTS_MAX - 1)]
    assert (delivery.state, delivery.attempts, delivery.status) == ("failed", ATTEMPTS_MAX, 500)
    assert delivery.answer == "out of order"
    assert found.state == "off"
    assert found.sentence.startswith("was switched off: delivery")
    derived.rebuild("libfoo")
    assert webhooks.enqueue() == webhooks.deliver() == 0


def test_it_is_sent_again_on_request_and_the_webhook_is_on_again(
    derived: Installation, webhooks: WebhookService, sender: FakeSender
) -> None:
    hook, _ = add(webhooks)
    sender.answer = SentAnswer(status=410, text="gone", is_gone=True)
    derived.rebuild("hello")
    webhooks.enqueue()
    webhooks.deliver()
    [delivery] = deliveries(webhooks, hook.number)
    assert delivery.state == "failed"
    sender.answer = TAKEN

    found, _ = webhooks.redeliver(ADMINISTRATOR, "trial", hook.number, delivery.id)
    webhooks.deliver()

    assert found.state == "on"
    [again] = deliveries(webhooks, hook.number)
    assert (again.state, again.key, again.status) == ("delivered", delivery.key, 200)


def test_receivers_take_turns_however_much_waits_for_the_first(
    derived: Installation,
    webhooks: WebhookService,
    sender: FakeSender,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivering_module, "SENT_AT_ONCE", 1)
    monkeypatch.setattr(delivering_module, "SENT_IN_ROUND", 1)
    for name in "abc":
        address = f"https://{name}.example.org/"
        webhooks.add(ADMINISTRATOR, WebhookRequest(archive="trial", address=address))
    for source in ("hello", "libfoo"):
        derived.rebuild(source)
    webhooks.enqueue()

    for _ in range(6):
        webhooks.deliver()

    assert [address[8] for address, _, _ in sender.sent] == [*"abcabc"]


def test_a_turn_of_a_slow_receiver_ends_after_half_a_minute(
    derived: Installation, webhooks: WebhookService, sender: FakeSender
) -> None:
    add(webhooks, NewsTopic.REQUESTED)
    for source in ("hello", "libfoo", "indep", "only"):
        derived.rebuild(source)
    webhooks.enqueue()
    derived.clock.set_step(0)
    sender.before_answer = lambda: derived.clock.advance(15)

    first = webhooks.deliver()
    rest = webhooks.deliver()

    assert (first, rest) == (2, 2)


def test_a_test_that_waits_refuses_another(webhooks: WebhookService) -> None:
    hook, _ = add(webhooks)
    waiting = webhooks.test(ADMINISTRATOR, "trial", hook.number)

    with pytest.raises(ConflictError, match=f"waits already, as delivery {waiting.id}"):
        webhooks.test(ADMINISTRATOR, "trial", hook.number)

    webhooks.deliver()
    assert webhooks.test(ADMINISTRATOR, "trial", hook.number).id > waiting.id


def test_a_delivery_that_is_sent_soon_is_not_asked_for_again(
    derived: Installation, webhooks: WebhookService, sender: FakeSender
) -> None:
    hook, _ = add(webhooks)
    sender.answer = BROKEN
    delivery = webhooks.test(ADMINISTRATOR, "trial", hook.number)
    for wait in (0, 10, 40):
        derived.clock.advance(wait)
        with pytest.raises(ConflictError, match="waits already"):
            webhooks.redeliver(ADMINISTRATOR, "trial", hook.number, delivery.id)
        webhooks.deliver()

    _, again = webhooks.redeliver(ADMINISTRATOR, "trial", hook.number, delivery.id)

    assert (len(sender.sent), again.attempts) == (3, 0)


def test_only_who_administers_the_archive_may(webhooks: WebhookService) -> None:
    hook, _ = add(webhooks)

    for ask in (
        lambda: webhooks.add(MEG, WebhookRequest(archive="trial", address=ADDRESS)),
        lambda: webhooks.of_archive(MEG, "trial"),
        lambda: webhooks.show(MEG, "trial", hook.number),
        lambda: webhooks.remove(MEG, "trial", hook.number),
        lambda: webhooks.redeliver(MEG, "trial", hook.number, 1),
    ):
        with pytest.raises(NotAllowedError):
            ask()


def test_an_address_is_told_once(webhooks: WebhookService) -> None:
    add(webhooks)

    with pytest.raises(ConflictError, match="has a webhook of that address"):
        add(webhooks)


def test_what_is_removed_is_sent_nothing(
    derived: Installation, webhooks: WebhookService, sender: FakeSender
) -> None:
    hook, _ = add(webhooks)
    derived.rebuild("hello")
    webhooks.enqueue()

    webhooks.remove(ADMINISTRATOR, "trial", hook.number)

    assert webhooks.deliver() == 0
    with pytest.raises(NotFoundError):
        webhooks.show(ADMINISTRATOR, "trial", hook.number)
    assert sender.sent == []


def test_deliveries_are_forgotten_after_a_month_but_not_those_that_wait(
    derived: Installation, webhooks: WebhookService, sender: FakeSender
) -> None:
    hook, _ = add(webhooks)
    derived.rebuild("hello")
    webhooks.enqueue()
    webhooks.deliver()
    sender.answer = BROKEN
    derived.rebuild("libfoo")
    webhooks.enqueue()
    derived.clock.advance(timedelta(days=31).total_seconds())

    webhooks.tidy()

    assert [delivery.state for delivery in deliveries(webhooks, hook.number)] == ["waiting"]


def test_nothing_is_sent_for_whoever_is_shut_out_or_may_not_see_the_archive_any_more(
    derived: Installation, webhooks: WebhookService, sender: FakeSender
) -> None:
    rights = RightsService(derived.database, derived.clock)
    as_lou, granted = administering(derived, "lou")
    asked = WebhookRequest(archive="trial", address=ADDRESS)
    number = webhooks.add(as_lou, asked)[0].number
    derived.rebuild("hello")
    webhooks.enqueue()  # made while lou could see it, and not sent yet

    derived.people.set_disabled(ADMINISTRATOR, "lou", is_disabled=True)
    webhooks.deliver()
    shut_out = webhooks.show(ADMINISTRATOR, "trial", number)[0]
    derived.people.set_disabled(ADMINISTRATOR, "lou", is_disabled=False)
    webhooks.change(as_lou, "trial", number, WebhookChange(state=WebhookState.ON))
    rights.set_private(ADMINISTRATOR, "trial", is_private=True)
    rights.revoke(ADMINISTRATOR, "trial", granted)
    webhooks.enqueue()
    webhooks.deliver()
    unseen = webhooks.show(ADMINISTRATOR, "trial", number)[0]

    assert sender.sent == []
    assert (shut_out.state, unseen.state) == (WebhookState.OFF, WebhookState.OFF)
    assert shut_out.sentence == "was switched off: lou, who answers for it, was shut out"
    assert unseen.sentence == (
        "was switched off: lou, who answers for it, may not see trial any more"
    )

    webhooks.change(ADMINISTRATOR, "trial", number, WebhookChange(state=WebhookState.ON))
    webhooks.enqueue()
    webhooks.deliver()

    assert len(sender.sent) == 1, "somebody else answers for it now"


def test_the_audit_log_says_what_a_webhook_was_added_for_and_what_was_changed(
    derived: Installation, webhooks: WebhookService
) -> None:
    topics = frozenset({NewsTopic.JOB_FAILED})
    asked = WebhookRequest(archive="trial", address=ADDRESS, topics=topics)

    number = webhooks.add(ADMINISTRATOR, asked)[0].number
    change = WebhookChange(topics=frozenset({NewsTopic.PUBLISHED}), state=WebhookState.OFF)
    webhooks.change(ADMINISTRATOR, "trial", number, change)

    with derived.database.read() as transaction:
        entries = transaction.audit.entries(AuditFilter(text="ci.example.org"))
    place = "https://ci.example.org/…"
    assert [entry.detail for entry in entries] == [
        f"changed, told of published instead of job-failed and on to off: {place}",
        f"added for job-failed: {place}",
    ]


def test_whether_somebody_may_answer_is_read_once_however_many_webhooks_are_theirs(
    derived: Installation, webhooks: WebhookService
) -> None:
    as_lou, _ = administering(derived, "lou")
    counted: list[int] = []

    for number in range(3):
        webhooks.add(as_lou, WebhookRequest(archive="trial", address=f"{ADDRESS}/{number}"))
        counted.append(
            statements_of(derived.database, lambda: switch_off_unanswered(derived.database))
        )

    assert counted == [counted[0]] * 3
