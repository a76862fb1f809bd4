"""Routes of webhooks."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field

from vostok.bootstrap import Services
from vostok.documents.webhooks import (
    DeliveryView,
    NewWebhookView,
    WebhookView,
    WebhookWithDeliveriesView,
)
from vostok.domain.list_filter import ListFilter
from vostok.domain.news import NewsTopic
from vostok.domain.webhook import WebhookState
from vostok.entrypoints.api.cursors import Page, list_of
from vostok.entrypoints.api.list_filters import filtered_by
from vostok.entrypoints.api.parameters import Body, Document, NameInPath, NumberInPath, Text
from vostok.services.describing.filtering import WEBHOOKS
from vostok.services.describing.webhooks import delivery_document, webhook_document
from vostok.services.telling.webhooks import WebhookChange, WebhookRequest


class WebhookBody(Body):
    """Where to send what; without topics everything but the progress of builds."""

    address: Text
    topics: Annotated[list[NewsTopic], Field(max_length=len(NewsTopic))] = []


class WebhookChangeBody(Body):
    """What is to be otherwise: other topics, if any are named; another state, if one is."""

    topics: Annotated[list[NewsTopic], Field(max_length=len(NewsTopic))] = []
    state: WebhookState | None = None


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of webhooks."""
    webhooks = services.webhooks

    @router.get("/archives/{name}/webhooks", response_model=list_of("webhooks", WebhookView))
    def archive_webhooks(
        name: NameInPath,
        who: asker,
        page: Page,
        wanted: Annotated[ListFilter, Depends(filtered_by(state=WebhookState))],
    ) -> Document:
        """Where the news of an archive are sent, the oldest first; or some of it."""
        found = WEBHOOKS.wanted(map(webhook_document, webhooks.of_archive(who, name)), wanted)
        return page.of_all("webhooks", found, lambda item: [item["number"]])

    @router.post("/archives/{name}/webhooks", status_code=201)
    def add_webhook(name: NameInPath, body: WebhookBody, who: asker) -> NewWebhookView:
        """Have the news of an archive sent somewhere from now on. The secret is told only now."""
        asked = WebhookRequest(archive=name, address=body.address, topics=frozenset(body.topics))
        webhook, secret = webhooks.add(who, asked)
        return {**webhook_document(webhook), "secret": secret}

    @router.get("/archives/{name}/webhooks/{number}")
    def webhook(name: NameInPath, number: NumberInPath, who: asker) -> WebhookWithDeliveriesView:
        """One webhook with its newest deliveries and what became of each."""
        found, deliveries = webhooks.show(who, name, number)
        return {
            **webhook_document(found),
            "deliveries": [delivery_document(delivery) for delivery in deliveries],
        }

    @router.patch("/archives/{name}/webhooks/{number}")
    def change_webhook(
        name: NameInPath, number: NumberInPath, body: WebhookChangeBody, who: asker
    ) -> WebhookView:
        """Change what it is told of, or pause it. What happens while it is off is not sent."""
        change = WebhookChange(topics=frozenset(body.topics), state=body.state)
        return webhook_document(webhooks.change(who, name, number, change))

    @router.post("/archives/{name}/webhooks/{number}/tests")
    def test_webhook(name: NameInPath, number: NumberInPath, who: asker) -> DeliveryView:
        """Send something that only says that it is a test."""
        return delivery_document(webhooks.test(who, name, number))

    @router.delete("/archives/{name}/webhooks/{number}", status_code=204)
    def remove_webhook(name: NameInPath, number: NumberInPath, who: asker) -> None:
        """Send nothing there any more, and forget what was sent."""
        webhooks.remove(who, name, number)

    @router.post("/archives/{name}/webhooks/{number}/deliveries/{delivery}/attempts")
    def redeliver(
        name: NameInPath, number: NumberInPath, delivery: NumberInPath, who: asker
    ) -> DeliveryView:
        """Send a delivery again, under its id; a webhook that was switched off is on again."""
        _, found = webhooks.redeliver(who, name, number, delivery)
        return delivery_document(found)
