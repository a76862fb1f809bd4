"""The button «Preview» of a form says what the deed would do, does nothing, and keeps the form."""

import pytest
from tests.entrypoints.installation import ADMINISTRATOR, Installation
from tests.entrypoints.pages.visitor import Visitor, add_person, newcomer
from tests.entrypoints.parent_archive import ParentArchive

from vostok.domain.access import Role

PREVIEWS = {
    "grant": (
        "/archives/trial/rights",
        {"kind": "team", "holder": "kernel", "right": "upload"},
        ("lou may upload in trial", 'value="kernel"'),
    ),
    "visibility": (
        "/archives/trial/visibility",
        {"private": "yes"},
        ("lou does not see trial any more", "everybody else does not see trial any more"),
    ),
    "limits": (
        "/quotas/archive/trial",
        {"builds": "1"},
        ("unfinished builds, of which there may be 1", 'value="1"'),
    ),
    "team": ("/teams/kernel/delete", {}, ("lou may no longer retry in debian",)),
    "putting in": (
        "/teams/kernel/members",
        {"kind": "person", "member": "ada"},
        ("Nobody would gain", 'value="ada"'),
    ),
    "taking out": (
        "/teams/kernel/members/take-out",
        {"kind": "person", "member": "lou"},
        ("lou may no longer retry in debian",),
    ),
    "shutting out": (
        "/people/lou/disable",
        {},
        ("token ci is good for nothing until they are let in",),
    ),
    "publishing": ("/archives/trial/publications", {}, ("publication 1 of trial",)),
    "keeping": (
        "/archives/trial/publications/1/keep",
        {"label": "first", "seen": "-"},
        ("publication 1 stays, called first, however old it becomes", 'value="first"'),
    ),
    "taking limits away": (
        "/quotas/archive/debian/remove",
        {},
        ("Nobody would",),
    ),
    "releasing": ("/archives/trial/publications/1/release", {"seen": "-"}, ("Nothing.",)),
    "revoking": (
        "/archives/debian/rights/1/revoke",
        {},
        ("lou may no longer retry in debian",),
    ),
}
PAGES = {
    "/archives/trial/publications": ("keep", "keeping publication 1"),
    "/archives/debian/rights": ("revoke", "taking retry from team kernel"),
}
"""Pages with a form for each row -> how its address ends, and what its preview is of."""

TOKEN = {"token_name": "ci", "scope": "upload"}


@pytest.fixture
def ada(installation: Installation) -> Visitor:
    """An administrator, beside Lou, who is in a team that may retry in `debian`."""
    visitor = newcomer(installation, "ada", Role.ADMINISTRATOR)
    add_person(installation, "lou")
    visitor.send("/people/lou/tokens", **TOKEN)
    visitor.send("/teams", name="kernel")
    visitor.send("/teams/kernel/members", kind="person", member="lou")
    visitor.send("/archives/debian/rights", kind="team", holder="kernel", right="retry")
    return visitor


def test_every_preview_tells_and_changes_nothing(installation: Installation, ada: Visitor) -> None:
    audited = ada.get("/audit.json").json()["entries"]

    shown = {
        name: ada.send(place, do="preview", **fields)
        for name, (place, fields, _) in PREVIEWS.items()
    }

    lacking = [
        (name, words, shown[name].status_code)
        for name, (_, _, told) in PREVIEWS.items()
        for words in (*told, "Nothing is done yet.")
        if words not in shown[name].text
    ]
    assert lacking == []
    assert {answer.status_code for answer in shown.values()} == {200}
    assert ada.get("/audit.json").json()["entries"] == audited
    assert installation.services.people.person(ADMINISTRATOR, "lou").person.disabled_at is None


@pytest.mark.parametrize("place", PAGES)
def test_the_forms_of_rows_have_a_preview_of_their_own(ada: Visitor, place: str) -> None:
    ending, label = PAGES[place]

    page = ada.get(place)
    forms = [form.partition("</form>")[0] for form in page.text.split("<form ")[1:]]

    [form] = [form for form in forms if f'/1/{ending}"' in form]
    assert f'value="preview" aria-label="Preview {label}"' in form
    assert "What it would do" in ada.send_form(page, f"{place}/1/{ending}", do="preview").text


def test_a_preview_of_an_import_says_what_a_mirror_offers_or_why_nothing_can_be_had(
    ada: Visitor, parent_archive: ParentArchive
) -> None:
    fields = {"suites": "bookworm", "components": "main", "architectures": "amd64"}
    again = ada.get("/archives/import?archive=debian")
    known = {"name": "debian", "keys": "known", **fields}

    offered = ada.send_form(again, "/archives/import", do="preview", **known)
    absent = ada.send_form(
        again,
        "/archives/import",
        do="preview",
        **{**known, "suites": "never", "mirror": parent_archive.url},
    )

    assert offered.status_code == 200, offered.text
    assert "What is offered" in offered.text
    assert "It is here already." in offered.text
    assert absent.status_code == 404
    assert "has no suite never" in absent.text
