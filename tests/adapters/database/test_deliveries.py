"""What is sent outside: whose turn it is, and what waits."""

from datetime import timedelta

from tests.adapters.database.stage import Stage
from tests.builders import NOW

from vostok.domain.delivery import NewDelivery, SentAnswer
from vostok.domain.news import BEGINNING, NewsTopic
from vostok.domain.turns import Waiting
from vostok.domain.webhook import Webhook, WebhookState


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


def test_whoever_waits_is_named_with_what_they_take_turns_in_the_longest_first(
    stage: Stage,
) -> None:
    first, second, off, _idle = (
        add(stage, deliveries=deliveries).number for deliveries in (3, 1, 1, 0)
    )
    with stage.write() as transaction:
        transaction.webhooks.set_state(off, WebhookState.OFF, "was paused")
        delivery = transaction.webhook_deliveries.take(first, NOW, until=NOW)
        assert delivery is not None
        for one in transaction.webhook_deliveries.newest(first, rows_max=3):
            transaction.webhook_deliveries.send_again(one.id, NOW + timedelta(seconds=1))

    with stage.read() as transaction:
        deliveries = transaction.webhook_deliveries
        early = deliveries.due(NOW - timedelta(seconds=1), owners_max=9)
        at_once = deliveries.due(NOW, owners_max=9)
        later = deliveries.due(NOW + timedelta(seconds=1), owners_max=9)
        bounded = deliveries.due(NOW + timedelta(seconds=1), owners_max=1)

    def waiting(number: int) -> Waiting:
        return Waiting(owner=number, groups=("ann", stage.archive.id))

    assert early == []
    assert at_once == bounded == [waiting(second)]
    assert later == [waiting(second), waiting(first)]


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
