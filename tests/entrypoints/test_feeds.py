"""Atom feeds: what RFC 4287 requires of them, and who may read them."""

from datetime import datetime
from xml.etree import ElementTree as ET

import pytest
from fastapi.testclient import TestClient
from tests.builders import NOW
from tests.entrypoints.installation import ADMINISTRATOR, Installation
from tests.entrypoints.pages.visitor import add_person, sign_in

from vostok.domain.access import Role, TokenScope
from vostok.domain.guessing import GUESSES_OF_ADDRESS_MAX
from vostok.domain.news import NewsItem, NewsStream, NewsTopic
from vostok.entrypoints.feeds import ATOM, atom_document
from vostok.services.people.persons import TokenRequest
from vostok.services.telling.news import NewsFeed

FEEDS = ["/archives/trial/feed.atom", "/archives/trial/campaigns/1/feed.atom"]
NAMES = {"a": ATOM}
REQUIRED_ONCE = ("id", "title", "updated")
TO_TELL = 'lamp <b>1.0</b> & "more" \x00 \x0b ]]> \ud800'


def parsed(content: bytes) -> ET.Element:
    """The feed, after a look at everything that the RFC requires of feeds and entries."""
    feed = ET.fromstring(content)  # noqa: S314 - expat is strict, and it is our own
    assert feed.tag == f"{{{ATOM}}}feed"
    entries = feed.findall("a:entry", NAMES)
    for element in (feed, *entries):
        for name in REQUIRED_ONCE:
            [found] = element.findall(f"a:{name}", NAMES)
            assert found.text
        moment = datetime.fromisoformat(text(element, "updated"))
        assert moment.tzinfo is not None
        assert "T" in text(element, "updated")
        assert element.findall("a:author/a:name", NAMES)
        assert text(element, "id").startswith("tag:")
        [page] = [
            link for link in element.findall("a:link", NAMES) if link.get("rel") == "alternate"
        ]
        assert (page.get("href") or "").startswith("http")
    ids = [text(entry, "id") for entry in entries]
    assert len({*ids, text(feed, "id")}) == len(ids) + 1
    assert all(len(entry.findall("a:summary", NAMES)) == 1 for entry in entries)
    return feed


def text(element: ET.Element, name: str) -> str:
    return element.findtext(f"a:{name}", "", NAMES)


def feed_of(*items: NewsItem) -> NewsFeed:
    return NewsFeed(
        archive="trial", archive_id=7, campaign=None, title=TO_TELL, created_at=NOW, items=items
    )


def an_item(sentence: str = "built 1 package") -> NewsItem:
    return NewsItem(
        stream=NewsStream.BUILDS, id=12, at=NOW, topic=NewsTopic.BUILT, actor="host-1",
        subject="lamp", title=sentence, sentence=sentence, number=3, rebuild_no=1,
        architecture="amd64",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("address", "count"), [(FEEDS[0], 2), (FEEDS[1], 1)], ids=["archive", "campaign"]
)
def test_a_feed_has_all_that_the_rfc_requires(
    anybody: TestClient, address: str, count: int
) -> None:
    answer = anybody.get(address)

    feed = parsed(answer.content)
    assert answer.headers["content-type"].startswith("application/atom+xml")
    titles = [text(entry, "title") for entry in feed.findall("a:entry", NAMES)]
    assert titles[:1] == ["trial: campaign 1 requested"]
    assert len(titles) == count
    [itself] = [link for link in feed.findall("a:link", NAMES) if link.get("rel") == "self"]
    assert (itself.get("href") or "").endswith(address)


def test_the_end_of_a_build_is_told(administrator: TestClient, anybody: TestClient) -> None:
    [build, *_] = administrator.get("/api/v1/archives/trial/campaigns/1").json()["builds"]
    administrator.post(f"/api/v1/builds/{build['id']}/cancellations", json={})

    feed = parsed(anybody.get(FEEDS[0]).content)

    first = feed.findall("a:entry", NAMES)[0]
    assert text(first, "title").endswith("on amd64: cancelled")
    page = first.find("a:link", NAMES)
    assert page is not None
    assert anybody.get(
        (page.get("href") or "").removeprefix("http://vostok.example.org")
    ).is_success


def test_foreign_text_stays_text_whatever_it_holds() -> None:
    document = atom_document(feed_of(an_item(TO_TELL)), "http://vostok.example.org")

    feed = parsed(document)
    told = 'lamp <b>1.0</b> & "more" \ufffd \ufffd ]]> \ufffd'
    assert text(feed, "title") == told
    assert feed.findtext("a:entry/a:summary", "", NAMES) == told
    assert feed.findall(".//{*}b") == []


def test_an_archive_without_news_has_a_feed_all_the_same() -> None:
    feed = parsed(atom_document(feed_of(), "http://[::1]:8600"))

    assert text(feed, "updated") == NOW.isoformat()
    assert text(feed, "id").startswith("tag:localhost,")


def test_ids_stay_when_more_happens(administrator: TestClient, anybody: TestClient) -> None:
    before = parsed(anybody.get(FEEDS[0]).content)
    [build, *_] = administrator.get("/api/v1/archives/trial/campaigns/1").json()["builds"]
    administrator.post(f"/api/v1/builds/{build['id']}/cancellations", json={})

    after = parsed(anybody.get(FEEDS[0]).content)

    assert text(after, "id") == text(before, "id")
    ids = [text(entry, "id") for entry in after.findall("a:entry", NAMES)]
    assert ids[1:] == [text(entry, "id") for entry in before.findall("a:entry", NAMES)]


def test_who_has_it_already_is_told_so(anybody: TestClient) -> None:
    tag = anybody.get(FEEDS[0]).headers["etag"]

    answer = anybody.get(FEEDS[0], headers={"If-None-Match": tag})

    assert answer.status_code == 304
    assert answer.content == b""
    assert anybody.get(FEEDS[0], headers={"If-None-Match": '"0"'}).status_code == 200


@pytest.mark.parametrize(
    "address", ["/archives/none/feed.atom", "/archives/trial/campaigns/9/feed.atom"]
)
def test_what_is_not_there_has_no_feed(anybody: TestClient, address: str) -> None:
    assert anybody.get(address).status_code == 404


def test_the_feed_of_a_private_archive_is_read_as_apt_reads_it(
    administrator: TestClient, anybody: TestClient
) -> None:
    administrator.put("/api/v1/archives/trial/visibility", json={"is_private": True})
    administrator.post("/api/v1/persons", json={"name": "lou", "email": "lou@example.org"})
    administrator.post("/api/v1/archives/trial/rights", json={"right": "view", "person": "lou"})
    made = administrator.post(
        "/api/v1/persons/lou/tokens", json={"name": "feed", "scope": "read", "archive": "trial"}
    ).json()

    answers = [anybody.get(address) for address in FEEDS]
    read = [anybody.get(address, auth=("lou", made["token"])) for address in FEEDS]

    assert {answer.status_code for answer in answers} == {404}
    assert {answer.status_code for answer in read} == {200}
    assert {answer.headers["cache-control"] for answer in read} == {"private, no-cache"}


@pytest.mark.parametrize("place", ["/archives/trial/", "/archives/trial/campaigns/1"])
def test_a_page_names_its_feed(anybody: TestClient, place: str) -> None:
    page = anybody.get(place, headers={"Accept": "text/html"}).text

    head = page.partition("</head>")[0]
    assert f'href="{place.rstrip("/")}/feed.atom"' in head
    assert 'type="application/atom+xml"' in head


@pytest.fixture
def hidden(installation: Installation) -> Installation:
    """The installation whose archive `trial` only ann sees, an administrator with a password."""
    services = installation.services
    add_person(installation, "ann", Role.ADMINISTRATOR)
    services.rights.set_private(ADMINISTRATOR, "trial", is_private=True)
    return installation


def token_of(installation: Installation, scope: TokenScope) -> str:
    request = TokenRequest(person="ann", name=scope, scopes=frozenset({scope}), archive="trial")
    return installation.services.people.create_token(ADMINISTRATOR, request)[1]


@pytest.mark.parametrize("place", FEEDS)
def test_a_reader_without_headers_has_a_token_in_the_address_that_opens_nothing_else(
    hidden: Installation, place: str
) -> None:
    token, anybody = token_of(hidden, TokenScope.FEED), hidden.client()

    answer = anybody.get(place, params={"token": token})

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-cache"
    assert token not in answer.text
    bearer = hidden.client({"Authorization": f"Bearer {token}"})
    assert bearer.get("/api/v1/archives/trial").status_code in {403, 404}
    assert bearer.get("/archives/trial/dists/").status_code in {401, 403, 404}
    hidden.services.people.revoke_token(ADMINISTRATOR, "ann", TokenScope.FEED)
    assert anybody.get(place, params={"token": token}).status_code == 401


def test_no_other_token_is_taken_from_an_address(hidden: Installation) -> None:
    for scope in (TokenScope.READ, TokenScope.EVERYTHING):
        answer = hidden.client().get(FEEDS[0], params={"token": token_of(hidden, scope)})

        assert answer.status_code == 401


def test_whoever_has_signed_in_reads_what_they_see(hidden: Installation) -> None:
    assert hidden.client().get(FEEDS[0]).status_code == 404

    assert sign_in(hidden, "ann").client.get(FEEDS[0]).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_elsewhere_cannot_lock_its_visitors_out_by_wrong_tokens(
    hidden: Installation, site: str
) -> None:
    token, visitor = token_of(hidden, TokenScope.FEED), hidden.client()
    headers = {"Sec-Fetch-Site": site}

    answers = [
        visitor.get(FEEDS[0], params={"token": f"wrong{number}"}, headers=headers)
        for number in range(GUESSES_OF_ADDRESS_MAX + 1)
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert visitor.get(FEEDS[0], params={"token": token}, headers=headers).status_code == 401
    assert visitor.get(FEEDS[0], params={"token": token}).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "none"}])
def test_wrong_tokens_of_a_feed_reader_are_counted(
    hidden: Installation, headers: dict[str, str]
) -> None:
    token, reader = token_of(hidden, TokenScope.FEED), hidden.client()

    for number in range(GUESSES_OF_ADDRESS_MAX):
        reader.get(FEEDS[0], params={"token": f"wrong{number}"}, headers=headers)

    assert reader.get(FEEDS[0], params={"token": token}, headers=headers).status_code == 429
