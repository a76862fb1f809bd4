"""Pages of mail: subscribing, confirming by a link, ending it with one click."""

import re
from pathlib import Path

import pytest
from tests.adapters.test_mail_sender import PostBox, mail_server
from tests.entrypoints.installation import Installation, installation_in
from tests.entrypoints.pages.visitor import Visitor, add_person, sign_in

from vostok.adapters.notice_key import NoticeKey
from vostok.domain.mail import LinkPurpose, link_token

SUBSCRIBE = "/archives/trial/subscribe"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
"""What mail programs send (RFC 8058), without a cookie and without an origin."""


@pytest.fixture
def mailing(installation: Installation) -> Installation:
    """The installation, that mails to a server of the tests."""
    root: Path = installation.settings.data_root
    return installation_in(
        root, mail_host="127.0.0.1", mail_port=1, mail_security="none",
        mail_from="vostok@example.org",
    )  # fmt: skip


@pytest.fixture
def lou(mailing: Installation) -> Visitor:
    add_person(mailing, "lou")
    return sign_in(mailing, "lou")


def link_of(box: PostBox) -> str:
    text = box.message().get_content()  # type: ignore[attr-defined]  # of the policy's class
    found = re.search(r"/mail/(?:confirm|unsubscribe)/\S+", text.replace("=\r\n", ""))
    assert found, text
    box.envelopes.clear()
    return found[0]


def deliver(root: Path, box: PostBox) -> None:
    """What the executor does, with a real mail server."""
    with mail_server(box) as server:
        installation_in(
            root, mail_host="127.0.0.1", mail_port=server.port, mail_security="none",
            mail_from="vostok@example.org",
        ).services.mail.deliver()  # fmt: skip


def test_somebody_subscribes_confirms_and_ends_it_with_one_click(
    mailing: Installation, lou: Visitor
) -> None:
    box, root = PostBox(), mailing.settings.data_root
    assert SUBSCRIBE in lou.text("/archives/trial/")
    shown = lou.text(SUBSCRIBE)
    answer = lou.send(SUBSCRIBE, topic=["failed", "ended"])
    deliver(root, box)
    link = link_of(box)

    anybody = mailing.client()
    looked = anybody.get(link)
    confirmed = anybody.post(link, data={})

    assert "To lou@example.org. A link is sent there first" in shown
    assert (answer.status_code, answer.headers["location"]) == (303, "/me/mail")
    assert "Yes, it is mine" in looked.text
    assert "Letters are sent to lou@example.org" in confirmed.text
    mail = lou.text("/me/mail")
    assert "confirmed" in mail
    assert "failed, ended" in mail
    unsubscribe = link_to_unsubscribe(mailing)
    assert anybody.get(unsubscribe).status_code == 200
    assert lou.get("/me/mail.json").json()["subscriptions"], "looking ends nothing"
    assert anybody.post(unsubscribe, data=ONE_CLICK).status_code == 200
    assert lou.get("/me/mail.json").json()["subscriptions"] == []


def link_to_unsubscribe(installation: Installation) -> str:
    with installation.services.database.read() as transaction:
        lou = transaction.people.named("lou")
        address = transaction.mail.address(lou.id)
    assert address is not None
    key = NoticeKey(installation.settings.data_root / "notice.key")()
    return f"/mail/unsubscribe/{link_token(key, address, LinkPurpose.UNSUBSCRIBE)}"


def test_a_link_that_is_nobodys_does_nothing(mailing: Installation, lou: Visitor) -> None:
    lou.send(SUBSCRIBE, topic="failed")

    for token in ("x", "1-" + "0" * 64):
        for purpose in ("confirm", "unsubscribe"):
            assert mailing.client().get(f"/mail/{purpose}/{token}").status_code == 404
            assert mailing.client().post(f"/mail/{purpose}/{token}").status_code == 404
    assert len(lou.get("/me/mail.json").json()["subscriptions"]) == 1


def test_a_subscription_is_changed_and_ended_on_ones_own_page(lou: Visitor) -> None:
    lou.send(SUBSCRIBE, topic="failed")
    lou.send(SUBSCRIBE, topic=["built", "ended"])
    lou.send("/archives/trial/campaigns/1/subscribe", topic="ended")
    archive, campaign = lou.get("/me/mail.json").json()["subscriptions"]

    lou.send(f"/me/mail/{campaign['number']}/remove")

    assert archive["topics"] == ["built", "ended"]
    assert campaign["campaign"] == 1
    assert len(lou.get("/me/mail.json").json()["subscriptions"]) == 1
    assert lou.send("/me/mail/999/remove").status_code == 404


def test_nothing_chosen_is_said_so(lou: Visitor) -> None:
    answer = lou.send(SUBSCRIBE)

    assert answer.status_code == 400
    assert "othing is chosen" in answer.text


def test_what_is_mailed_to_others_is_for_who_manages_people(
    mailing: Installation, lou: Visitor
) -> None:
    add_person(mailing, "meg")

    assert lou.get("/people/meg/mail").status_code == 403
    assert mailing.client().get("/me/mail").status_code in {303, 200}
    assert mailing.client().get(SUBSCRIBE, follow_redirects=False).status_code == 303


def test_without_a_mail_server_the_page_says_so(installation: Installation) -> None:
    add_person(installation, "lou")
    lou = sign_in(installation, "lou")

    assert "This server sends no mail" in lou.text(SUBSCRIBE)
    assert lou.send(SUBSCRIBE, topic="failed").status_code == 409
