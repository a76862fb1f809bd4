"""Lists of the pages, narrowed by text, kind and state."""

import csv
import io

import pytest
from tests.entrypoints.installation import ADMINISTRATOR, Installation
from tests.entrypoints.pages.page_tables import tables_of
from tests.entrypoints.pages.visitor import Visitor, add_person, newcomer, sign_in

from vostok.domain.access import Role

PATHS = {
    "/people": {"kind", "state"},
    "/teams": set(),
    "/toolchains": set(),
    "/builders": {"state"},
    "/jobs": {"kind", "state"},
    "/archives/trial/campaigns": {"kind", "state"},
    "/archives/trial/uploads": {"state"},
    "/archives/trial/webhooks": {"state"},
}


@pytest.fixture(scope="module")
def ada(unchanged: Installation) -> Visitor:
    return newcomer(unchanged, "ada-who-narrows", Role.ADMINISTRATOR)


@pytest.mark.parametrize(("path", "fields"), PATHS.items())
def test_what_no_list_has_is_refused_with_what_there_is(
    ada: Visitor, path: str, fields: set[str]
) -> None:
    for field in fields:
        for form in ("", ".json", ".csv"):
            answer = ada.get(path + form, **{field: "never-heard-of"})

            assert answer.status_code == 400, (path, form)
            assert "there are: " in answer.text.lower().replace("&#39;", "'")
    nothing = ada.get(path, q="100%_of/nothing").text
    assert tables_of(nothing) == [] or path == "/archives/trial/webhooks"
    assert f'href="{path}"' in nothing or path == "/teams"  # to show all; there are no teams


def test_filters_stay_in_links_to_other_pages_and_to_the_table(
    installation: Installation,
) -> None:
    add_person(installation, "ada", Role.ADMINISTRATOR)
    for number in range(201):
        name = f"guest-{number:03}"
        installation.services.people.add(
            ADMINISTRATOR, name, email=f"{name}@example.org", role=Role.MEMBER
        )
    ada = sign_in(installation, "ada")

    first = ada.get("/people", q="GUEST-", state="active", kind="person").text
    [table] = tables_of(first)
    second = ada.get("/people?q=GUEST-&kind=person&state=active&page=2").text
    whole = list(csv.reader(io.StringIO(ada.get(table.links[1]).text, newline="")))

    assert "201 found, page 1 of 2" in first
    assert 'href="/people?q=GUEST-&amp;kind=person&amp;state=active&amp;page=2"' in first
    assert table.links[1] == "/people.csv?q=GUEST-&kind=person&state=active"
    assert [row.titles for row in tables_of(second)] == [["guest-200"]]
    assert len(whole) == 202
    assert ada.get("/people", state="disabled", q="guest-").status_code == 200


def test_campaigns_of_a_kind_are_shown_with_their_state(ada: Visitor) -> None:
    whole = ada.get("/archives/trial/campaigns.json").json()["campaigns"]
    state = whole[0]["state"]

    shown = ada.get("/archives/trial/campaigns", kind="rebuild", state=state).text
    none = ada.get("/archives/trial/campaigns.json", kind="control").json()["campaigns"]

    assert [table.row_count for table in tables_of(shown)] == [len(whole)]
    assert f"<option selected>{state}</option>" in shown
    assert none == []
    assert len(whole) == 1
