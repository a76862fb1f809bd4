import pytest
from starlette.testclient import TestClient
from tests.entrypoints.installation import Installation
from tests.entrypoints.pages.fake_reader import FakeReader
from tests.entrypoints.pages.visitor import add_person, sign_in

from vostok.domain.access import Role


def names_on(client: TestClient, address: str) -> list[str]:
    text = client.get(address).text
    rows = text.partition("<tbody")[2].partition("</tbody>")[0].split('class="card-title')[1:]
    return [row.partition('<a href="/archives/')[2].partition("/")[0] for row in rows]


@pytest.fixture
def crowd(world: FakeReader) -> FakeReader:
    """The archives that are there, and 120 copies of the derived one."""
    trial = next(archive for archive in world.archives_ if archive["name"] == "trial")
    world.archives_ += [{**trial, "name": f"copy-{number:03}"} for number in range(120)]
    return world


def test_two_hundred_archives_are_shown_fifty_at_a_time_both_ways(
    crowd: FakeReader, client: TestClient
) -> None:
    pieces = [names_on(client, f"/archives?page={number}") for number in (1, 2, 3)]

    shown = [name for piece in pieces for name in piece]
    assert sorted(shown) == sorted(crowd.archive_names())
    assert [len(piece) for piece in pieces][:2] == [50, 50]
    assert 'rel="prev"' in client.get("/archives?page=3").text
    assert names_on(client, "/archives?page=999") == pieces[2]


@pytest.mark.usefixtures("crowd")
def test_a_search_keeps_its_words_in_page_links_and_data(client: TestClient) -> None:
    answer = client.get("/archives?q=copy-1&kind=derived")

    assert len(names_on(client, "/archives?q=copy-1&kind=derived")) == 20
    assert 'value="copy-1"' in answer.text
    assert "/archives.csv?q=copy-1&amp;kind=derived" in answer.text
    assert len(client.get("/archives.json?q=copy-1&kind=derived").json()["archives"]) == 20
    assert "No such archive" in client.get("/archives?q=never").text
    active = client.get("/archives?q=copy-1&state=active").text
    assert "/archives.csv?q=copy-1&amp;state=active" in active
    assert client.get("/archives.json?state=deleting").json() == {"archives": []}
    assert client.get("/archives?state=never").status_code == 400
    several = "kind=external&kind=derived&state=active&state=deleting"
    assert len(client.get(f"/archives.json?{several}").json()["archives"]) > 100
    assert (
        f"/archives.csv?{several}".replace("&", "&amp;") in client.get(f"/archives?{several}").text
    )


def test_of_what_is_not_published_yet_the_pages_say_what_is_selected(
    world: FakeReader, client: TestClient
) -> None:
    trial = next(archive for archive in world.archives_ if archive["name"] == "trial")
    [suite] = trial["suites"]
    published = client.get("/archives/trial").text
    suite["counted"], suite["sources"], suite["binaries"] = "selection", 300, None

    listed, page = client.get("/archives").text, client.get("/archives/trial").text

    assert '812 <span class="quiet">published</span>' in published
    assert "not yet published" in listed
    assert '300 <span class="quiet">selected</span>' in page
    assert "nothing is published yet" in page


def test_a_new_installation_says_what_comes_first_to_who_can_do_it(
    empty_installation: Installation,
) -> None:
    stranger = empty_installation.client()
    fresh = stranger.get("/archives").text
    add_person(empty_installation, "ada", Role.ADMINISTRATOR)
    add_person(empty_installation, "lou")
    told = {name: sign_in(empty_installation, name).text("/archives") for name in ("ada", "lou")}
    later = stranger.get("/archives").text

    assert '<a href="/sign-in">Sign in as the administrator</a>' in fresh
    assert '<a href="/archives/import">Import an archive</a>' in told["ada"]
    assert "Add yourself as an administrator<span" in told["ada"]
    assert "First steps" not in told["lou"]
    assert "First steps" not in later
    assert "No archive yet" in later


def test_an_installation_where_something_was_rebuilt_needs_no_first_steps(
    installation: Installation,
) -> None:
    add_person(installation, "ada", Role.ADMINISTRATOR)

    assert "First steps" not in sign_in(installation, "ada").text("/archives")
