"""Badges: small pictures of how archives and campaigns stand, for pages elsewhere."""

from xml.etree import ElementTree as ET

from fastapi.testclient import TestClient
from tests.entrypoints.installation import ADMINISTRATOR, Installation
from tests.entrypoints.pages.visitor import add_person, sign_in

from vostok.domain.access import Role
from vostok.domain.badge import Badge, BadgeTone
from vostok.entrypoints.pages.badges import badge_svg

SVG = "{http://www.w3.org/2000/svg}"
ARCHIVE, CAMPAIGN = "/archives/trial/badge.svg", "/archives/trial/campaigns/1/badge.svg"


def said(picture: str) -> list[str]:
    root = ET.fromstring(picture)  # noqa: S314 - our own
    return [
        found.text or "" for found in root.iter() if found.tag in {f"{SVG}text", f"{SVG}title"}
    ]


def test_anybody_sees_how_a_public_archive_and_its_campaign_stand(
    anybody: TestClient,
) -> None:
    pictures = [anybody.get(address).text for address in (ARCHIVE, CAMPAIGN)]

    assert [said(picture) for picture in pictures] == [
        ["trial: 0 % built", "vostok", "0 % built"],
        ["trial, campaign 1: 0/2 built", "rebuild", "0/2"],
    ]
    assert said(anybody.get("/archives/debian/badge.svg").text)[0] == "debian: imported"


def test_a_badge_is_asked_for_again_each_time_and_not_sent_twice(anybody: TestClient) -> None:
    first = anybody.get(ARCHIVE)
    tag = first.headers["etag"]

    again = [
        anybody.get(ARCHIVE, headers={"If-None-Match": known}).status_code
        for known in (tag, f'"x", W/{tag}', '"x"')
    ]

    assert again == [304, 304, 200]
    assert first.headers["content-type"] == "image/svg+xml"
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "default-src 'none'" in first.headers["content-security-policy"]
    assert anybody.head(ARCHIVE).headers["etag"] == tag


def test_the_badge_of_a_private_archive_is_for_those_who_may_see_it_and_no_cache(
    installation: Installation, anybody: TestClient
) -> None:
    installation.services.rights.set_private(ADMINISTRATOR, "trial", is_private=True)
    add_person(installation, "ada", Role.ADMINISTRATOR)

    seen = sign_in(installation, "ada").get(ARCHIVE)

    assert [anybody.get(address).status_code for address in (ARCHIVE, CAMPAIGN)] == [404, 404]
    assert seen.status_code == 200
    assert seen.headers["cache-control"] == "private, no-cache"
    assert seen.headers["cross-origin-resource-policy"] == "same-origin"


def test_campaigns_that_are_not_there_have_no_badge(anybody: TestClient) -> None:
    numbers = ("0", "7", str(1 << 70))

    answers = [
        anybody.get(f"/archives/trial/campaigns/{number}/badge.svg").status_code
        for number in numbers
    ]

    assert answers == [404, 404, 404]


def test_foreign_text_stays_text_in_the_picture() -> None:
    text = "<script>\"&'</script>"

    picture = badge_svg(
        Badge(label=text, message=text, title=text, tone=BadgeTone.GOOD, is_private=False)
    )

    root = ET.fromstring(picture)  # noqa: S314 - our own
    assert root.get("aria-label") == text
    assert said(picture) == [text, text, text]
    assert "script" not in {found.tag.removeprefix(SVG) for found in root.iter()}


def test_the_pages_show_the_lines_to_paste(anybody: TestClient) -> None:
    url = "http://vostok.example.org"

    archive, campaign = (
        anybody.get(page).text for page in ("/archives/trial/", "/archives/trial/campaigns/1")
    )

    assert f"[![trial on vostok]({url}{ARCHIVE})]({url}/archives/trial/)" in archive
    assert f'&lt;img src="{url}{CAMPAIGN}"' in campaign
