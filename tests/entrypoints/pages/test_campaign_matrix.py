"""A campaign as a matrix of sources and architectures."""

import re

from tests.entrypoints.installation import Installation

MATRIX = "/archives/trial/campaigns/1/matrix"


def test_each_source_has_a_row_and_each_architecture_the_build_of_it(
    unchanged: Installation,
) -> None:
    anybody = unchanged.client()

    shown = anybody.get(MATRIX).text
    table = anybody.get(f"{MATRIX}.csv").text.splitlines()
    narrowed = anybody.get(f"{MATRIX}.json?q=lam&sort=source").json()

    links = re.findall(r'class="state-link" href="([^"]+)" aria-label="([^"]+)"', shown)
    assert links == [
        ("/archives/trial/builds/lamp/1/amd64", "lamp on amd64: needs-build"),
        ("/archives/trial/builds/manual/1/all", "manual on all: needs-build"),
    ]
    assert table == ["source,amd64,all", "lamp,needs-build,", "manual,,needs-build"]
    assert (narrowed["found"], [build["source"] for build in narrowed["builds"]]) == (1, ["lamp"])


def test_a_matrix_in_which_nothing_is_like_that_says_how_to_see_all(
    unchanged: Installation,
) -> None:
    shown = unchanged.client().get(f"{MATRIX}?state=failed").text

    assert "No source of this campaign is like that." in shown
    assert '<a href="?">Show all</a>' in shown
