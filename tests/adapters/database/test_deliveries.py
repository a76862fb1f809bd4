"""What is sent outside: whose turn it is, and what waits."""

from datetime import timedelta

from tests.adapters.database.stage import Stage
from tests.builders import NOW

from vostok.domain.delivery import NewDelivery, SentAnswer
from vostok.domain.news import BEGINNING, NewsTopic
from vostok.domain.webhook import Webhook


def add(stage: Stage, *, deliveries: int) -> Webhook:
    """A webhook for which so many wait; they are due at once."""
    with stage.write() as transaction:
        hook = transaction.webhooks.add(
            stage.archive.id,
            "https://ci.example.org/",
            frozenset(NewsTopic),
            nonce="0",
            position=BEGINNING,
            by="ann",
            at=NOW,
        )
        new = [
            NewDelivery(key=f"{hook.number}/{at}", item=str(at), topic="failed", payload="{}")
            for at in range(deliveries)
        ]
        transaction.webhook_deliveries.put(hook.number, new, at=NOW)
    return hook


def test_turns_go_on_behind_the_last_receiver_and_begin_anew(stage: Stage) -> None:
    first, second, idle, third = (
        add(stage, deliveries=deliveries).number for deliveries in (3, 1, 0, 2)
    )

    with stage.read() as transaction:
        due = [
            transaction.webhook_deliveries.due(NOW, after=after, owners_max=2)
            for after in (0, first, second, idle, third)
        ]
        early = transaction.webhook_deliveries.due(
            NOW - timedelta(seconds=1), after=0, owners_max=2
        )

    assert due == [
        [first, second], [second, third], [third, first], [third, first], [first, second],
    ]  # fmt: skip
    assert early == []


def test_what_waits_is_found_by_its_topic_until_it_is_taken(stage: Stage) -> None:
    hook = add(stage, deliveries=1)

    with stage.write() as transaction:
        deliveries = transaction.webhook_deliveries
        waiting = deliveries.waiting(hook.number, "failed")
        other = deliveries.waiting(hook.number, "test")
        assert waiting is not None
        deliveries.note_attempt(waiting, SentAnswer(status=200, text=""), next_at=None)
        taken = deliveries.waiting(hook.number, "failed")

    assert waiting.item == "0"
    assert other is None
    assert taken is None
