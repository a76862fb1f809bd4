"""Mail: subscribing, what one is subscribed to, and the links in letters."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.domain.mail import MAIL_TOPICS, MAILED_BY_DEFAULT, LinkPurpose, names_of
from vostok.domain.news import NewsTopic
from vostok.entrypoints.pages.addresses import archive_path, campaign_path, path_of
from vostok.entrypoints.pages.asked import is_number, wants_json
from vostok.entrypoints.pages.people import OWN_PAGE, person_named
from vostok.entrypoints.pages.responses import data, page, status_of, unkept
from vostok.entrypoints.pages.rights import TOLD
from vostok.entrypoints.pages.table_columns import LETTERS, SUBSCRIPTIONS
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import (
    Door,
    Form,
    asker,
    reader_of,
    redirection,
    visit_of,
)
from vostok.errors import InvalidInputError, NotAuthenticatedError, NotFoundError, VostokError
from vostok.services.describing.mail import (
    letter_document,
    mail_address_document,
    subscription_document,
)
from vostok.services.telling.subscriptions import SubscriptionRequest

MEANINGS: Final = {
    NewsTopic.FAILED: "a build ended without packages",
    NewsTopic.ENDED: "a campaign has no build to come any more",
    NewsTopic.JOB_FAILED: "a job of the archive failed",
    NewsTopic.UNDECIDED: "a sync left sources to a person: changed here and by a parent",
    NewsTopic.ACCEPTED: "an upload of yours was accepted",
    NewsTopic.REFUSED: "an upload of yours was refused",
    NewsTopic.BUILT: "a build brought packages",
    NewsTopic.STOPPED: "a build was cancelled or overtaken",
    NewsTopic.PUBLISHED: "the archive was published",
    NewsTopic.REQUESTED: "a campaign was requested",
}
"""What each topic means for whoever chooses, in the order in which they are offered."""
NUMBER_MAX: Final = (1 << 31) - 1


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the pages and their forms."""
    asking, mailed, links = _AskingPages(services), _MailPages(services), _LinkPages(services)
    for place in ("/archives/{name}", "/archives/{name}/campaigns/{number}"):
        door.add_page(router, f"{place}/subscribe", asking.look)
        door.add_deed(router, f"{place}/subscribe", asking.do)
    for place in (f"{OWN_PAGE}/mail", "/people/{name}/mail"):
        for suffix in (".json", ".csv", ""):
            door.add_page(router, f"{place}{suffix}", mailed.look)
        door.add_deed(router, f"{place}/{{subscription}}/remove", mailed.remove)
        door.add_deed(router, f"{place}/letters/{{letter}}/again", mailed.send_again)
    door.add_deed(router, f"{OWN_PAGE}/mail/confirmation", mailed.ask_again)
    for purpose in LinkPurpose:
        door.add_page(router, f"/mail/{purpose}/{{token}}", links.look)
    door.add_link(router, f"/mail/{LinkPurpose.CONFIRM}/{{token}}", links.confirm)
    door.add_link(router, f"/mail/{LinkPurpose.UNSUBSCRIBE}/{{token}}", links.unsubscribe)


class _AskingPages:
    """The form to be told of an archive or a campaign."""

    def __init__(self, services: Services) -> None:
        self._subscriptions = services.subscriptions

    def look(self, request: Request) -> Response:
        return self._shown(request)

    def do(self, request: Request, sent: Form) -> Response:
        try:
            topics = frozenset(map(_topic, sent.all("topic")))
            if not topics:
                raise InvalidInputError("nothing is chosen", hint="choose what to be told of")
            asked = SubscriptionRequest(
                archive=request.path_params["name"], campaign=_campaign(request), topics=topics
            )
            self._subscriptions.subscribe(asker(request), asked)
        except TOLD as error:
            return self._shown(request, error=error, chosen=sent.all("topic"))
        return redirection(f"{OWN_PAGE}/mail")

    def _shown(
        self,
        request: Request,
        *,
        error: VostokError | None = None,
        chosen: list[str] | None = None,
    ) -> Response:
        if not visit_of(request).is_signed_in:
            raise NotAuthenticatedError("mail is for whoever has signed in", hint="sign in")
        name, campaign = request.path_params["name"], _campaign(request)
        reader = reader_of(request)
        reader.archive(name)
        found = self._subscriptions.of(asker(request))
        known = [
            one for one in found.subscriptions if (one.archive, one.campaign) == (name, campaign)
        ]
        topics = known[0].topics if known else MAILED_BY_DEFAULT
        return page(
            request,
            "subscribe.html",
            200 if error is None else status_of(error),
            now=reader.now(),
            archive=name,
            campaign=campaign,
            back=archive_path(name) if campaign is None else campaign_path(name, campaign),
            is_mailed=found.is_mailed,
            is_known=bool(known),
            address=mail_address_document(found),
            meanings=MEANINGS,
            chosen=names_of(topics) if chosen is None else chosen,
            error=error,
        )


class _MailPages:
    """What a person is subscribed to, where that is mailed, and the letters."""

    def __init__(self, services: Services) -> None:
        self._subscriptions = services.subscriptions

    def look(self, request: Request) -> Response:
        return self._shown(request)

    def remove(self, request: Request, _sent: Form) -> Response:
        number = _number(request.path_params["subscription"], "subscription")
        self._subscriptions.unsubscribe(asker(request), number, _other(request))
        return redirection(_base(request))

    def send_again(self, request: Request, _sent: Form) -> Response:
        number = _number(request.path_params["letter"], "letter")
        try:
            self._subscriptions.send_again(asker(request), number, _other(request))
        except TOLD as error:
            return self._shown(request, error=error)
        return redirection(_base(request))

    def ask_again(self, request: Request, _sent: Form) -> Response:
        try:
            self._subscriptions.ask_again(asker(request))
        except TOLD as error:
            return self._shown(request, error=error)
        return redirection(_base(request))

    def _shown(self, request: Request, *, error: VostokError | None = None) -> Response:
        name = person_named(request)
        found = self._subscriptions.of(asker(request), _other(request))
        letters = [
            letter_document(letter)
            for letter in self._subscriptions.letters(asker(request), _other(request))
        ]
        subscriptions = [subscription_document(one) for one in found.subscriptions]
        address = mail_address_document(found)
        if wants_json(request):
            return data({"address": address, "subscriptions": subscriptions, "letters": letters})
        if wants_csv(request):
            return csv_answer(
                request,
                Table(name="subscriptions", columns=SUBSCRIPTIONS, rows=subscriptions),
                Table(name="letters", columns=LETTERS, rows=letters),
            )
        return page(
            request,
            "mail.html",
            200 if error is None else status_of(error),
            now=reader_of(request).now(),
            person=name,
            is_own="name" not in request.path_params,
            base=_base(request),
            address=address,
            subscriptions=subscriptions,
            letters=letters,
            error=error,
        )


class _LinkPages:
    """Where the links in letters lead. Looking does nothing: some mail programs look at all."""

    def __init__(self, services: Services) -> None:
        self._subscriptions = services.subscriptions

    def look(self, request: Request) -> Response:
        purpose = LinkPurpose(request.url.path.split("/")[2])
        person = self._subscriptions.look_up(request.path_params["token"], purpose)
        return self._shown(request, purpose, person.email)

    def confirm(self, request: Request) -> Response:
        person = self._subscriptions.confirm(request.path_params["token"])
        done = f"Letters are sent to {person.email} from now on."
        return self._shown(request, LinkPurpose.CONFIRM, person.email, done=done)

    def unsubscribe(self, request: Request) -> Response:
        """From everything: with the button, or with one click of a mail program (RFC 8058)."""
        person, _ = self._subscriptions.unsubscribe_all(request.path_params["token"])
        done = f"Nothing is mailed to {person.email} any more."
        return self._shown(request, LinkPurpose.UNSUBSCRIBE, person.email, done=done)

    def _shown(
        self, request: Request, purpose: LinkPurpose, email: str | None, *, done: str = ""
    ) -> Response:
        found = page(
            request,
            "mail-link.html",
            now=reader_of(request).now(),
            purpose=purpose,
            address=email,
            done=done,
        )
        found.headers["Referrer-Policy"] = "no-referrer"
        return unkept(found)


def _topic(text: str) -> NewsTopic:
    if text not in MAIL_TOPICS:
        raise InvalidInputError(f"{text[:40]!r} is not told by mail")
    return NewsTopic(text)


def _campaign(request: Request) -> int | None:
    text: str | None = request.path_params.get("number")
    return None if text is None else _number(text, "campaign")


def _number(text: str, what: str) -> int:
    if not is_number(text) or not 1 <= int(text) <= NUMBER_MAX:
        raise NotFoundError(f"there is no {what} {text[:40]}")
    return int(text)


def _other(request: Request) -> str | None:
    """The person whom the address names; None for whoever is signed in."""
    return request.path_params.get("name")


def _base(request: Request) -> str:
    other = _other(request)
    return f"{OWN_PAGE}/mail" if other is None else path_of("people", other, "mail")
