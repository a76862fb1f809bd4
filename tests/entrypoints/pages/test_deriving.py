"""The page that derives an archive: a preview by the services, and faults beside their field."""

import pytest
from tests.entrypoints.installation import ADMINISTRATOR, Installation
from tests.entrypoints.pages.visitor import Visitor, newcomer

from vostok.domain.access import Role
from vostok.domain.job import JobState
from vostok.domain.rights import Holder, HolderKind, Right
from vostok.services.people.rights import GrantRequest

DERIVE = "/archives/derive"
PARENT = "debian/bookworm"


@pytest.fixture
def administrator(installation: Installation) -> Visitor:
    return newcomer(installation, "ada", Role.ADMINISTRATOR)


def test_the_parents_that_may_be_derived_from_are_offered(administrator: Visitor) -> None:
    shown = administrator.get(f"{DERIVE}?parent=trial/bookworm").text

    assert f"<option>{PARENT}</option>" in shown
    assert "<option selected>trial/bookworm</option>" in shown
    assert f'href="{DERIVE}"' in administrator.get("/archives").text


def test_an_image_is_offered_first_whatever_comes_before_it_by_name(
    installation: Installation, administrator: Visitor
) -> None:
    administrator.send(DERIVE, parent=PARENT, selection="lamp", name="aaa", do="derive")
    installation.do_jobs()

    shown = administrator.text(DERIVE)

    assert "<option>aaa/bookworm</option>" in shown
    assert f"<option selected>{PARENT}</option>" in shown


def test_a_preview_says_what_the_services_say_and_makes_nothing(
    installation: Installation, administrator: Visitor
) -> None:
    preview = installation.services.previewing.preview(
        ADMINISTRATOR, parent=PARENT, selection="lam*"
    )

    shown = administrator.send(DERIVE, parent=PARENT, selection="lam*", do="preview")

    assert shown.status_code == 200
    assert "1 taken" in shown.text
    assert preview.sources[0].reason in shown.text
    assert "hours of machines" in shown.text
    assert installation.do_jobs() == []


def test_what_is_typed_is_looked_at_while_others_write_and_told_no_more_than_reading_can(
    installation: Installation, administrator: Visitor
) -> None:
    with installation.services.database.write():
        one = administrator.send(DERIVE, parent=PARENT, selection="lam*", do="look")
        faulty, faulty_of_two = (
            administrator.send(
                DERIVE, parent=PARENT, selection="section libs", more=more, do="look"
            )
            for more in ("", "trial/bookworm")
        )
        two = administrator.send(
            DERIVE, parent=PARENT, selection="lam*", more="trial/bookworm", do="look"
        )

    assert "1 selected" in one.text
    assert "lamp</th>" in one.text
    assert "hours of machines" not in one.text
    assert "What several parents give together" in two.text
    for answer in (faulty, faulty_of_two):
        assert answer.status_code == 400
        assert 'id="selection-fault"' in answer.text


def test_an_archive_is_derived(installation: Installation, administrator: Visitor) -> None:
    answer = administrator.send(DERIVE, parent=PARENT, selection="lamp", name="lamps", do="derive")
    (job,) = installation.do_jobs()

    assert (answer.status_code, answer.headers["location"]) == (303, f"/jobs/{job.id}")
    assert (job.state, job.requested_by) == (JobState.SUCCEEDED, "ada")
    assert list(installation.services.syncing.taken(ADMINISTRATOR, "lamps")) == ["lamp"]


@pytest.mark.parametrize(
    ("fields", "place", "sentence"),
    [
        ({"selection": "section libs"}, 'id="selection-fault"', "section is not compared"),
        ({"name": "Not A Name"}, 'id="name-fault"', "Not A Name"),
        ({"name": "trial"}, 'id="name-fault"', "trial"),
        ({"tag": "Two Words"}, 'id="tag-fault"', "leave it empty for those of the name"),
        ({"scheme": "newest"}, 'class="fault"', "choose one of: safe, binnmu"),
        ({"scheme": "vendor"}, 'class="fault"', "2 to 32 letters"),
        ({"mode": "light", "unbuilt": "none"}, 'class="fault"', "would hide them"),
        ({"toolchain": "gone"}, 'class="fault"', "gone"),
        ({"more": "debian/bookworm:700"}, 'class="fault"', "700"),
    ],
)
def test_a_fault_is_told_where_it_is_and_what_was_typed_is_kept(
    installation: Installation,
    administrator: Visitor,
    fields: dict[str, str],
    place: str,
    sentence: str,
) -> None:
    typed = {"parent": PARENT, "selection": "lamp", "name": "lamps", **fields}

    answers = [administrator.send(DERIVE, do=do, **typed) for do in ("preview", "derive")]

    for answer in answers:
        assert answer.status_code == 400
        assert sentence in answer.text
        assert place in answer.text
        assert f">{typed['selection']}</textarea>" in answer.text
        assert f'value="{typed["name"]}"' in answer.text
    assert installation.do_jobs() == []


def test_an_archive_is_derived_with_everything_that_can_be_asked_for(
    installation: Installation, administrator: Visitor
) -> None:
    fields = {
        "parent": PARENT, "selection": "lamp", "name": "lamps", "tag": "bright",
        "scheme": "vendor", "vendor": "acme", "unbuilt": "none", "on_removal": "keep",
        "keep": "view", "serve": "redirect",
    }  # fmt: skip
    tried = administrator.send(DERIVE, do="preview", **fields).text
    plain = administrator.text(DERIVE)

    made = administrator.send(DERIVE, do="derive", **fields)
    installation.do_jobs()

    assert made.status_code == 303
    with installation.services.database.read() as transaction:
        archive = transaction.archives.named("lamps")
        suite = transaction.archives.suites(archive.id)[0]
        (derivation,) = transaction.derivations.of_suite(suite.id)
    assert (archive.tag, archive.scheme, archive.vendor) == ("bright", "vendor", "acme")
    assert (archive.keep, archive.serve, suite.on_removal) == ("view", "redirect", "keep")
    assert derivation.unbuilt == "none"
    assert "<code>bright</code>" in tried
    assert '<details class="more-fields settings" open>' in tried
    assert '<details class="more-fields settings">' in plain
    for name in ("scheme", "unbuilt", "on_removal", "keep", "serve"):
        assert f'name="{name}" value="{fields[name]}" checked' in tried


def test_an_archive_is_derived_as_a_private_one(
    installation: Installation, administrator: Visitor
) -> None:
    fields = {"parent": PARENT, "selection": "lamp", "name": "hush", "private": "yes"}
    tried = administrator.send(DERIVE, do="preview", **fields)

    made = administrator.send(DERIVE, do="derive", **fields)

    stranger = installation.client()
    assert "<dd>who has a right on it</dd>" in tried.text
    assert 'name="private" value="yes" checked' in tried.text
    assert made.status_code == 303
    assert administrator.get(made.headers["location"]).status_code == 200
    assert stranger.get(made.headers["location"]).status_code == 404
    for page in ("/archives", "/jobs"):
        assert "hush" not in stranger.get(page).text
        assert "hush" in administrator.get(page).text


def test_the_fault_of_a_selection_has_its_caret(administrator: Visitor) -> None:
    answer = administrator.send(
        DERIVE, parent=PARENT, selection="section libs", name="lamps", do="preview"
    )

    assert "  section libs\n  ^" in answer.text


def test_a_name_that_is_taken_is_told_beside_the_name(administrator: Visitor) -> None:
    answer = administrator.send(DERIVE, parent=PARENT, selection="lamp", name="trial", do="derive")

    assert answer.status_code == 400
    assert 'id="name-fault"' in answer.text
    assert 'value="trial"' in answer.text


def test_who_may_create_no_archives_is_refused_and_strangers_are_asked_to_sign_in(
    installation: Installation,
) -> None:
    developer = newcomer(installation, "dev", Role.DEVELOPER)

    refused = [
        developer.get(DERIVE),
        developer.send(DERIVE, parent=PARENT, selection="lamp", name="lamps", do="derive"),
        developer.send(DERIVE, parent=PARENT, selection="lamp", do="preview"),
    ]

    assert [answer.status_code for answer in refused] == [403] * 3
    assert installation.client().get(DERIVE).headers["location"].startswith("/sign-in")
    assert DERIVE not in developer.get("/archives").text
    assert installation.do_jobs() == []


def test_who_may_derive_from_nothing_is_told_how_that_right_is_granted(
    installation: Installation,
) -> None:
    member = newcomer(installation, "mia", Role.MEMBER)
    mia = Holder(kind=HolderKind.PERSON, name="mia")
    request = GrantRequest(archive=None, holder=mia, right=Right.CREATE)
    installation.services.rights.give(ADMINISTRATOR, request)

    shown = member.text(DERIVE)

    assert "vostok right grant derive --archive ARCHIVE --person mia" in shown
    assert "vostok archive import" not in shown
    assert "<select" not in shown


def test_a_private_parent_is_neither_offered_nor_found(installation: Installation) -> None:
    member = newcomer(installation, "mia", Role.MEMBER)
    rights = installation.services.rights
    mia = Holder(kind=HolderKind.PERSON, name="mia")
    for archive, right in ((None, Right.CREATE), ("debian", Right.DERIVE)):
        rights.give(ADMINISTRATOR, GrantRequest(archive=archive, holder=mia, right=right))
    rights.set_private(ADMINISTRATOR, "trial", is_private=True)

    shown = member.get(DERIVE).text
    answer = member.send(DERIVE, parent="trial/bookworm", selection="lamp", do="preview")

    assert f"<option selected>{PARENT}</option>" in shown
    assert "trial/bookworm" not in shown
    assert answer.status_code == 400
    assert "lamp</th>" not in answer.text
