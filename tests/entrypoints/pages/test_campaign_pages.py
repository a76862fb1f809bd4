"""Pages of campaigns: counts, the table and its filter, pieces as JSON."""

import csv
import io
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

from fastapi.testclient import TestClient
from tests.entrypoints.pages.outlines import BUILD, RUNNING, World

from vostok.documents import BuildView
from vostok.domain.build import BuildState, Fate
from vostok.domain.build_list import ATTENTION
from vostok.entrypoints.pages.looks import PICTURE, look_of


def test_json_of_a_campaign_gives_all_builds_in_pieces(client: TestClient, world: World) -> None:
    address: str | None = "/archives/trial/campaigns/2.json"
    everything = client.get(f"{address}").json()

    pieces: list[dict[str, Any]] = []
    links: list[str | None] = []
    while address is not None:
        answer = client.get(address, params={"limit": "7"} if not pieces else None)
        pieces.append(answer.json())
        links.append(answer.links.get("next", {}).get("url"))
        address = pieces[-1]["next"]

    assert [piece["next"] for piece in pieces] == links
    assert [len(piece["builds"]) for piece in pieces[:-1]] == [7] * (len(pieces) - 1)
    assert [build for piece in pieces for build in piece["builds"]] == everything["builds"]
    assert everything["found"] == len(everything["builds"]) == len(world.campaigns_[0]["builds"])
    assert everything["next"] is None


def test_json_of_a_campaigns_page_names_the_next_page(client: TestClient) -> None:
    answer = client.get("/archives/trial/campaigns/2.json?sort=source")

    following = answer.links["next"]["url"]
    assert answer.json()["next"] == following
    assert client.get(following).json()["builds"][0] not in answer.json()["builds"]


def test_the_picture_of_the_progress_is_there_as_json_and_csv(client: TestClient) -> None:
    address = "/archives/trial/campaigns/2"
    shown = client.get(address).text

    pieces = client.get(f"{address}.json?table=progress").json()["progress"]["pieces"]
    _, *rows = csv.reader(io.StringIO(client.get(f"{address}.csv?table=progress").text))

    assert f'href="{address}.json?table=progress"' in shown
    assert f'href="{address}.csv?table=progress"' in shown
    assert [str(piece["ended"]) for piece in pieces] == [row[1] for row in rows]
    assert pieces[-1]["ended"] == sum(pieces[-1]["counts"].values())


def test_json_of_a_narrowed_campaign_has_the_builds_that_the_page_shows(
    client: TestClient,
) -> None:
    query = "?state=failed&q=lib&sort=-seconds"

    page = client.get(f"/archives/trial/campaigns/2{query}").text
    builds = client.get(f"/archives/trial/campaigns/2.json{query}").json()["builds"]

    assert [f"build-{build['id']}" for build in builds] == re.findall(r'id="(build-\d+)"', page)
    assert {build["state"] for build in builds} == {"failed"}
    assert all("lib" in build["source"] for build in builds)
    seconds = [build["seconds"] for build in builds]
    assert seconds == sorted(seconds, reverse=True)


def test_a_campaign_shows_its_counts_as_a_picture_and_in_words(client: TestClient) -> None:
    page = client.get("/archives/trial/campaigns/2").text

    assert 'aria-label="300 builds: 203 built, 30 failed, 1 failed-to-upload' in page
    assert 'href="?state=failed"' in page
    assert page.count('id="build-') == 200


def test_what_is_to_be_known_of_a_version_is_on_the_pages_of_build_and_campaign(
    client: TestClient,
) -> None:
    build = client.get(BUILD).text
    campaign = client.get("/archives/trial/campaigns/2").text

    assert "Warning:</b> 2.10-3Xtrial2 is above 2.10-2, which &lt;nobody&gt; expects." in build
    assert "Warning" not in client.get(RUNNING).text
    assert campaign.count("Warning:</b> hello would stay behind on arm64: it is let be so") == 1


def test_a_campaign_shows_what_was_predicted_beside_what_it_took(client: TestClient) -> None:
    page = client.get("/archives/trial/campaigns/2").text
    without = client.get("/archives/trial/campaigns/1").text

    assert '7 h 45 min <span class="quiet">of 8 h 30 min to 17 h 00 min</span>' in page
    assert '2.0 GiB <span class="quiet">of 3.0 GiB</span>' in page
    assert "12 of 300 sources from builds made here, 288 from a model" in page
    assert "Predicted" not in without


def test_a_large_campaign_is_cut_into_pages_that_hold_every_build_once(
    client_of: Callable[..., TestClient], build_of: Callable[..., BuildView], world: World
) -> None:
    builds = [build_of(id=number, source=f"package-{number:04}") for number in range(1203)]
    campaign = {**world.campaigns_[0], "builds": builds, "counts": {"built": 1203}}
    client = client_of(archives_=world.archives_, campaigns_=[campaign])
    address, found, lengths = "/archives/trial/campaigns/2", list[str](), list[int]()

    for _ in range(8):
        page = client.get(address).text
        rows = re.findall(r'id="(build-\d+)"', page)
        found += rows
        lengths.append(len(rows))
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if not following:
            break
        address = urljoin(address, following[1])

    assert lengths == [*[200] * 6, 3]
    assert found == [f"build-{number}" for number in range(1203)]


def test_the_filter_is_a_form_that_keeps_what_was_asked(client: TestClient) -> None:
    page = client.get("/archives/trial/campaigns/2?state=trouble&q=gtk&sort=-version").text

    assert '<option value="trouble" selected>' in page
    assert 'name="q" value="gtk"' in page
    assert '<input type="hidden" name="sort" value="-version">' in page
    assert 'aria-sort="descending"' in page


def test_a_filter_that_finds_nothing_offers_all(client: TestClient) -> None:
    page = client.get("/archives/trial/campaigns/2?q=no-such-source").text

    assert "0 of 300 builds" in page
    assert "No build of this campaign is like that" in page


def test_every_state_of_a_build_has_a_look_and_a_place_in_table_and_picture() -> None:
    states = {str(state) for state in BuildState}

    assert set(ATTENTION) == states
    assert states <= set(PICTURE)
    assert all(look_of(state).meaning for state in states)
    assert all(look_of(fate).meaning for fate in Fate if fate != Fate.NONE)


def test_states_that_share_a_colour_are_told_apart_by_words(client: TestClient) -> None:
    page = client.get("/archives/trial/campaigns/2").text

    for state in (
        "failed",
        "failed-to-upload",
        "building",
        "uploading",
        "cancelled",
        "superseded",
    ):
        assert f'<span class="legend-text">{state}</span>' in page
