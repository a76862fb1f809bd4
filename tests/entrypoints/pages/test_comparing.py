"""The pages that compare archives, and that tell how one came to be what it is."""

import csv
import io

import pytest
from tests.entrypoints.installation import ADMINISTRATOR, Installation, assert_done
from tests.entrypoints.pages.visitor import newcomer

from vostok.domain.access import Role
from vostok.services.deriving.syncing import SyncRequest


@pytest.fixture
def changed(installation: Installation) -> Installation:
    """`trial` without `manual`, whose removal was its second derivation."""
    installation.services.syncing.request(
        ADMINISTRATOR, SyncRequest(archive="trial", remove="manual")
    )
    assert_done(installation.do_jobs())
    return installation


def test_what_differs_is_counted_and_listed(changed: Installation) -> None:
    client = changed.client()
    sides = {"left": "trial/bookworm", "right": "debian/bookworm"}

    text = client.get("/compare", params=sides).text
    document = client.get("/compare.json", params=sides).json()
    rows = list(csv.DictReader(io.StringIO(client.get("/compare.csv", params=sides).text)))

    assert document["counts"]["sources"]["only-right"] == 1
    assert "manual" in {row["name"] for row in rows}
    assert len(rows) == document["total"]
    assert "Only on the right" in text
    assert "vostok archive compare trial/bookworm@" in text


def test_a_side_that_is_not_there_is_told_on_the_page(changed: Installation) -> None:
    answer = changed.client().get(
        "/compare", params={"left": "nobody/bookworm", "right": "debian/bookworm"}
    )

    assert answer.status_code == 404
    assert "no archive nobody" in answer.text.lower()
    assert 'value="nobody/bookworm"' in answer.text


def test_an_outsider_is_told_of_a_private_side_what_is_told_of_none(changed: Installation) -> None:
    changed.services.rights.set_private(ADMINISTRATOR, "trial", is_private=True)
    eve = newcomer(changed, "eve", Role.DEVELOPER)

    told = [
        eve.get(f"/compare{suffix}", left=f"{name}/bookworm", right="debian/bookworm")
        for name in ("trial", "nobdy")
        for suffix in ("", ".json", ".csv")
    ]
    beside_none = [
        eve.get("/compare.json", left="ghost", right=name).text for name in ("trial", "nobdy")
    ]
    history = [eve.get(f"/archives/{name}/history").status_code for name in ("trial", "nobdy")]

    assert "no archive ghost" in beside_none[0]
    assert beside_none[0] == beside_none[1]
    assert {answer.status_code for answer in told} == {404}
    assert [answer.text.replace("trial", "X") for answer in told[1:3]] == [
        answer.text.replace("nobdy", "X") for answer in told[4:6]
    ]
    assert history == [404, 404]


def test_the_history_tells_each_change_and_what_it_decided(changed: Installation) -> None:
    client = changed.client()

    document = client.get("/archives/trial/history.json").json()
    text = client.get("/archives/trial/history").text
    of_one = client.get("/archives/trial/history/2").text

    assert [(each["number"], each["counts"]) for each in document["derivations"]] == [
        (2, {"left-out": 1}),
        (1, {}),
    ]
    assert "1 left-out" in text
    assert "manual" in of_one
