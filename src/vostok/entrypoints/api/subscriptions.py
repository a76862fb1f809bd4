"""Routes of what persons are told of by mail: each for themselves; reading, for administrators."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from vostok.bootstrap import Services
from vostok.documents.subscriptions import (
    LetterView,
    MailAddressView,
    SubscriptionView,
)
from vostok.domain.news import NewsTopic
from vostok.entrypoints.api.cursors import Page, list_of
from vostok.entrypoints.api.parameters import Body, Document, Name, NumberInPath
from vostok.services.describing.mail import (
    letter_document,
    mail_address_document,
    subscription_document,
)
from vostok.services.telling.subscriptions import SubscriptionRequest

CAMPAIGN_MAX = (1 << 31) - 1
OfPerson = Annotated[Name | None, Query()]


class SubscriptionBody(Body):
    """What to be told of; without `campaign` the whole archive, without topics what matters most.

    Topics: built, failed, stopped, published, requested, ended (a campaign), job-failed,
    undecided (a sync that left sources to a person), accepted and refused (one's own uploads).
    """

    archive: Name
    campaign: Annotated[int, Field(ge=1, le=CAMPAIGN_MAX)] | None = None
    topics: Annotated[list[NewsTopic], Field(max_length=len(NewsTopic))] = []


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of subscriptions."""
    subscriptions = services.subscriptions

    @router.get("/subscriptions", response_model=list_of("subscriptions", SubscriptionView))
    def own_subscriptions(who: asker, page: Page, person: OfPerson = None) -> Document:
        """What one is told of by mail, the oldest first; an administrator may name a `person`."""
        found = map(subscription_document, subscriptions.of(who, person).subscriptions)
        return page.of_all("subscriptions", found, lambda item: [item["number"]])

    @router.post("/subscriptions", status_code=201)
    def subscribe(body: SubscriptionBody, who: asker) -> SubscriptionView:
        """Be told by mail of what happens from now on, once one's address is confirmed.

        Several things that happen come together in one letter. Asked again, the topics change.
        """
        asked = SubscriptionRequest(
            archive=body.archive, campaign=body.campaign, topics=frozenset(body.topics)
        )
        return subscription_document(subscriptions.subscribe(who, asked))

    @router.delete("/subscriptions/{number}", status_code=204)
    def unsubscribe(number: NumberInPath, who: asker, person: OfPerson = None) -> None:
        """End a subscription."""
        subscriptions.unsubscribe(who, number, person)

    @router.get("/mail-address")
    def mail_address(who: asker, person: OfPerson = None) -> MailAddressView:
        """Where one gets mail, and whether that is confirmed."""
        return mail_address_document(subscriptions.of(who, person))

    @router.post("/mail-address/confirmations")
    def ask_again(who: asker) -> MailAddressView:
        """Send the link that confirms one's address once more."""
        subscriptions.ask_again(who)
        return mail_address_document(subscriptions.of(who))

    @router.get("/letters", response_model=list_of("letters", LetterView))
    def letters(who: asker, page: Page, person: OfPerson = None) -> Document:
        """The newest letters to a person and what became of each, the newest first."""
        found = map(letter_document, subscriptions.letters(who, person))
        return page.of_all("letters", found, lambda item: [-item["id"]])

    @router.post("/letters/{number}/attempts")
    def send_again(number: NumberInPath, who: asker, person: OfPerson = None) -> LetterView:
        """Send a letter that failed again, under the same Message-ID."""
        return letter_document(subscriptions.send_again(who, number, person))
