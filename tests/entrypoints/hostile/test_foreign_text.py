"""Text that strangers chose is shown as text at every door, whatever it says.

Every field of the database that is shown holds it, so a new column, page or table is held to it.
"""

import csv
import io
import json
import re
from typing import Any
from xml.etree import ElementTree as ET

from playwright.sync_api import Dialog, expect, sync_playwright
from tests.entrypoints.hostile.foreign_text import HOSTILE, MARK
from tests.entrypoints.hostile.pages_read import Looked, faults_of
from tests.entrypoints.installation import ADMIN, Installation
from tests.entrypoints.pages.chromium import ARGUMENTS, CHROMIUM, complaints_of
from tests.entrypoints.pages.site import ELSEWHERE, WHO, page_routes
from tests.entrypoints.pages.visitor import PASSWORD, sign_in

LAID_OUT = {"/sign-in"}
"""Pages that whoever has signed in does not see."""
SHOWN_ANYWHERE = (
    f"document.querySelectorAll('{MARK}, [{MARK}], [onclick], [onerror], [onload], style,"
    ' script:not([src]), a[href^="javascript:"]\').length'
)


def test_on_no_page_does_it_become_an_element_an_attribute_or_an_address(
    site: tuple[Installation, str], looked: Looked
) -> None:
    installation, _ = site

    faults = {address: page.faults for address, page in looked.pages.items() if page.faults}

    shown = {address for address in looked.pages if MARK in looked.answers[address].text}
    assert faults == {}
    assert page_routes(installation) - ELSEWHERE - LAID_OUT <= looked.of_route.keys()
    assert len(shown) > len(looked.pages) / 2
    assert not any("$1337" in looked.answers[address].text for address in looked.pages)


def test_no_answer_has_it_in_a_header_none_is_sniffed_and_none_is_a_fault(looked: Looked) -> None:
    faults = {address: found for address, x in looked.answers.items() if (found := faults_of(x))}

    assert faults == {}


def test_data_is_data_and_no_cell_is_a_formula(looked: Looked) -> None:
    found = {a.partition("?")[0]: x for a, x in looked.answers.items() if x.status_code == 200}
    documents = {a: x for a, x in found.items() if a.endswith(".json")}
    tables = {a: x for a, x in found.items() if a.endswith(".csv")}

    cells = [
        (address, cell)
        for address, answer in tables.items()
        for row in csv.reader(io.StringIO(answer.text, newline=""))
        for cell in row
    ]
    assert {x.headers["content-type"] for x in documents.values()} == {"application/json"}
    assert all(json.loads(x.content) is not None for x in documents.values())
    assert [known for known in cells if re.match(r"[=+@\t\r\n]|-(?![\d.]+$)", known[1])] == []
    assert {x.headers["content-disposition"][:11] for x in tables.values()} == {"attachment;"}
    assert any(MARK in cell for _, cell in cells)


def test_a_feed_and_a_stream_have_the_items_that_there_are(
    site: tuple[Installation, str],
) -> None:
    client = site[0].client(ADMIN)
    news = client.get("/api/v1/archives/trial/news").json()

    feed = client.get("/archives/trial/feed.atom")
    stream = client.get(
        "/api/v1/archives/trial/news/stream",
        params={"seconds": "0", "cursor": news["items"][0]["position"]},
    )

    names = {element.tag.partition("}")[2] for element in ET.fromstring(feed.content).iter()}  # noqa: S314 - our own
    lines = [line for line in stream.text.split("\n") if line]
    told = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    assert names <= {
        "feed", "id", "title", "updated", "published", "author", "name", "generator", "link",
        "entry", "category", "summary",
    }  # fmt: skip
    assert MARK in feed.text
    assert {line.partition(": ")[0] for line in lines} <= {"retry", "id", "event", "data"}
    assert len(told) == len(news["items"]) - 1 > 0
    assert any(MARK in json.dumps(item) for item in told)


def test_what_was_asked_for_is_repeated_as_text(
    site: tuple[Installation, str], looked: Looked
) -> None:
    ada = sign_in(site[0], WHO)
    forms = looked.forms("get")
    fields = {name for known in forms.values() for name in known}
    everything = dict.fromkeys(fields | {"next", "page", "attempt", "table", "before"}, HOSTILE)
    asked = [(place, {name: HOSTILE}) for place, known in forms.items() for name in known]
    asked += [(known[0].partition("?")[0], everything) for known in looked.of_route.values()]

    faults = {
        (place, *query): found
        for place, query in asked
        if (found := faults_of(ada.client.get(place, params=query)))
    }

    assert faults == {}
    assert {"q", "archive", "selection", "reason", "left"} <= fields


def test_what_was_typed_into_a_form_is_repeated_as_text(
    site: tuple[Installation, str], looked: Looked
) -> None:
    ada = sign_in(site[0], WHO)
    # Forms without fields are only sent; and she is to keep her way in.
    forms = {
        place: fields
        for place, fields in looked.forms("post").items()
        if fields.keys() - {"form_token"} and not place.endswith("/password")
    }
    faults = {}

    for place, fields in forms.items():
        typed: dict[str, Any] = dict.fromkeys(fields, HOSTILE) | {"form_token": ada.form_token}
        if found := faults_of(ada.send(place, **typed)):
            faults[place] = found

    assert faults == {}
    assert len(forms) > 20


def test_a_browser_runs_none_of_it(site: tuple[Installation, str], looked: Looked) -> None:
    _, url = site
    dialogs: list[str] = []
    found: dict[str, int] = {}

    def dismissed(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    places = [known[0] for known in looked.of_route.values() if known[0] in looked.pages]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context()
        complaints = complaints_of(context)
        page = context.new_page()
        page.on("dialog", dismissed)
        page.goto(f"{url}/sign-in")
        page.get_by_label("Name").fill(WHO)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()

        for place in places:
            page.goto(url + place, wait_until="domcontentloaded")
            assert page.url.startswith(url + place.partition("?")[0][:20])
            found[place] = page.evaluate(SHOWN_ANYWHERE)
        browser.close()

    assert dialogs == []
    assert {place: count for place, count in found.items() if count} == {}
    assert complaints == []
    assert len(found) > 40
