"""Documents of webhooks."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class WebhookView(TypedDict):
    """An address that is told of an archive's news."""

    number: int
    archive: str
    address: str
    topics: list[str]
    state: str
    sentence: str
    position: str
    created_by: str
    created_at: str


class NewWebhookView(WebhookView):
    """The same with its secret, which is told only once."""

    secret: str


class DeliveryView(TypedDict):
    """One item of the news for one webhook, and what became of it.

    `key` is its id for the receiver; `answer` the beginning of the last answer, or why there was
    none.
    """

    id: int
    key: str
    item: str
    topic: str
    state: str
    attempts: int
    next_at: str | None
    status: int | None
    answer: str
    created_at: str


class WebhookWithDeliveriesView(WebhookView):
    """A webhook with its newest deliveries."""

    deliveries: list[DeliveryView]
