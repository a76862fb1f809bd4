"""The page of an archive's packages: what it lists, and that it removes what was told before."""

import pytest
from tests.entrypoints.installation import ADMINISTRATOR, Installation
from tests.entrypoints.pages.visitor import Visitor, newcomer

from vostok.domain.access import Role
from vostok.domain.job import JobState
from vostok.services.deriving.syncing import SyncRequest

PACKAGES = "/archives/trial/packages"


@pytest.fixture
def administrator(installation: Installation) -> Visitor:
    return newcomer(installation, "ada", Role.ADMINISTRATOR)


def taken(installation: Installation) -> list[str]:
    return sorted(installation.services.syncing.taken(ADMINISTRATOR, "trial"))


def test_the_page_lists_what_the_archive_takes(unchanged: Installation) -> None:
    client = unchanged.client()

    shown = client.get(PACKAGES).text
    listed = client.get(f"{PACKAGES}.json").json()

    assert ">lamp</th>" in shown
    assert [source["name"] for source in listed["sources"]] == ["lamp", "manual"]
    assert (listed["count"], listed["next"]) == (2, None)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=lam", ["lamp"]),
        ("?q=nothing", []),
        ("?component=main", ["lamp", "manual"]),
        ("?component=contrib", []),
        ("?after=lamp", ["manual"]),
        ("?before=manual", ["lamp", "manual"]),  # no whole piece stands in front of it
        ("?show=removed", []),
        ("?show=changed", []),
        ("?show=' or 1=1", ["lamp", "manual"]),
    ],
)
def test_the_address_says_what_is_listed(
    unchanged: Installation, query: str, found: list[str]
) -> None:
    listed = unchanged.client().get(f"{PACKAGES}.json{query}").json()

    assert [source["name"] for source in listed["sources"]] == found


def test_what_somebody_typed_is_shown_as_text(unchanged: Installation) -> None:
    shown = unchanged.client().get(f"{PACKAGES}?q=<script>alert(1)</script>").text

    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_only_who_may_change_the_archive_finds_boxes_and_a_button(
    installation: Installation, administrator: Visitor
) -> None:
    developer = newcomer(installation, "dev", Role.DEVELOPER)

    assert 'name="source" value="lamp"' in administrator.get(PACKAGES).text
    for page in (developer.get(PACKAGES), installation.client().get(PACKAGES)):
        assert page.status_code == 200
        assert 'type="checkbox"' not in page.text


def test_what_is_told_before_is_what_the_service_decides_and_nothing_is_done_yet(
    installation: Installation, administrator: Visitor
) -> None:
    told = administrator.send(f"{PACKAGES}/remove", source=["lamp"])

    plan = installation.services.syncing.plan(
        ADMINISTRATOR, SyncRequest(archive="trial", remove="lamp")
    )
    (decision,) = (d for d in plan.decisions if d.source == "lamp")
    assert told.status_code == 200
    assert decision.sentence in told.text
    assert "<h1>Remove 1 package?</h1>" in told.text
    assert "2 binary packages go with them" in told.text
    assert "<code>lamp-data</code>" in told.text
    assert taken(installation) == ["lamp", "manual"]


def test_packages_are_removed_and_taken_in_again(
    installation: Installation, administrator: Visitor
) -> None:
    told = administrator.send(f"{PACKAGES}/remove", source=["lamp"])
    answer = administrator.send_form(told, f"{PACKAGES}/remove/now")
    (job,) = installation.do_jobs()
    after_removal = taken(installation)
    removed = administrator.get(f"{PACKAGES}?show=removed").text
    back = administrator.send(f"{PACKAGES}/restore", show="removed", source=["lamp"])
    administrator.send_form(back, f"{PACKAGES}/restore/now")
    installation.do_jobs()

    assert (answer.status_code, answer.headers["location"]) == (303, f"/jobs/{job.id}")
    assert (job.state, job.requested_by) == (JobState.SUCCEEDED, "ada")
    assert after_removal == ["manual"]
    assert "Restore…" in removed
    assert 'value="lamp"' in removed
    assert "<h1>Restore 1 package?</h1>" in back.text
    assert taken(installation) == ["lamp", "manual"]


def test_all_that_match_are_all_that_match_and_not_all_that_are_shown(
    administrator: Visitor,
) -> None:
    told = administrator.send(f"{PACKAGES}/remove", q="man", all="yes")

    assert '<input type="hidden" name="selection" value="manual">' in told.text


def test_all_of_an_archive_are_the_selection_all(administrator: Visitor) -> None:
    told = administrator.send(f"{PACKAGES}/remove", all="yes")

    assert '<input type="hidden" name="selection" value="all">' in told.text
    assert "<h1>Remove 2 packages?</h1>" in told.text


def test_names_may_be_typed_beside_those_that_are_ticked(administrator: Visitor) -> None:
    told = administrator.send(f"{PACKAGES}/remove", source=["lamp"], names="manual\r\nlamp")

    assert "<h1>Remove 2 packages?</h1>" in told.text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "No package is chosen"),
        ({"names": "lampp"}, "lampp"),
        ({"names": "section =", "source": ["lamp"]}, "The selection is wrong"),
    ],
)
def test_a_fault_is_told_on_the_page_with_what_was_typed_and_ticked(
    administrator: Visitor, fields: dict[str, str | list[str]], sentence: str
) -> None:
    told = administrator.send(f"{PACKAGES}/remove", **fields)

    assert told.status_code == 400
    assert sentence in told.text
    assert f">{fields.get('names', '')}</textarea>" in told.text
    assert ('value="lamp" checked' in told.text) == ("source" in fields)


@pytest.mark.parametrize("path", [f"{PACKAGES}/remove", f"{PACKAGES}/remove/now"])
def test_who_may_not_change_the_archive_is_refused_by_the_service(
    installation: Installation, path: str
) -> None:
    developer = newcomer(installation, "dev", Role.DEVELOPER)

    answer = developer.send(path, source=["lamp"], selection="lamp")

    assert answer.status_code == 403
    assert installation.do_jobs() == []


def test_a_form_of_another_session_removes_nothing(
    installation: Installation, administrator: Visitor
) -> None:
    other = newcomer(installation, "bob", Role.ADMINISTRATOR)

    answer = other.send(
        f"{PACKAGES}/remove/now", selection="lamp", form_token=administrator.form_token
    )

    assert answer.status_code == 403
    assert installation.do_jobs() == []


def test_a_private_archive_is_as_if_it_were_not_there(
    installation: Installation, administrator: Visitor
) -> None:
    member = newcomer(installation, "mia", Role.MEMBER)
    installation.services.rights.set_private(ADMINISTRATOR, "trial", is_private=True)

    def answers(packages: str) -> list[tuple[int, str]]:
        found = [
            installation.client().get(packages),
            member.get(packages),
            member.get(f"{packages}.json"),
            member.send(f"{packages}/remove", source=["lamp"]),
            member.send(f"{packages}/remove/now", selection="lamp"),
        ]
        return [(answer.status_code, answer.text) for answer in found]

    of_nobody = answers("/archives/nobodys/packages")

    assert [status for status, _ in of_nobody] == [404, 404, 404, 403, 403]
    assert answers(PACKAGES) == [
        (status, text.replace("nobodys", "trial")) for status, text in of_nobody
    ]
    assert administrator.get(PACKAGES).status_code == 200


def test_an_image_says_that_nothing_is_taken_in_it(unchanged: Installation) -> None:
    answer = unchanged.client().get("/archives/debian/packages")

    assert answer.status_code == 400
    assert "is an image of somebody else" in answer.text
