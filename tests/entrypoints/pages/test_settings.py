"""The page of an archive's settings: tried, saved, and nobody's change is lost."""

import re

import pytest
from tests.entrypoints.installation import ADMINISTRATOR, Installation
from tests.entrypoints.pages.visitor import Visitor, newcomer, sign_in

from vostok.domain.access import Role
from vostok.domain.archive import Keep, RebuildPolicy
from vostok.domain.job import JobKind
from vostok.domain.rights import Holder, HolderKind, Right
from vostok.services.deriving.archive_settings import AskedSettings
from vostok.services.people.rights import GrantRequest

SETTINGS = "/archives/trial/settings"
POLICY = {"policy": "never", "do": "save"}


@pytest.fixture
def administrator(installation: Installation) -> Visitor:
    return newcomer(installation, "ada", Role.ADMINISTRATOR)


def chosen(text: str) -> dict[str, str]:
    """What is chosen in a form."""
    return dict(re.findall(r'type="radio" name="(\w+)" value="([\w-]+)" checked', text))


def test_the_form_shows_how_the_archive_is_set_and_is_one_click_from_its_page(
    administrator: Visitor,
) -> None:
    shown = administrator.text(SETTINGS)

    assert chosen(shown) == {
        "policy": "on-request",
        "scheme": "safe",
        "binaries": "no",
        "keep": "needed",
        "serve": "fetch",
    }
    assert "1.2-3Xtrial1, below everything" in shown
    assert f'href="{SETTINGS}"' in administrator.text("/archives/trial/")
    assert administrator.get(f"{SETTINGS}.json").json()["settings"] == chosen(shown)


def test_an_image_has_the_settings_of_images(
    installation: Installation, administrator: Visitor
) -> None:
    place = "/archives/debian/settings"
    shown = administrator.get(place)

    saved = administrator.send_form(
        shown, place, **{**chosen(shown.text), "binnmus": "no", "do": "save"}
    )

    assert set(chosen(shown.text)) == {"binnmus", "ubuntu_versions", "keep", "serve"}
    assert (saved.status_code, saved.headers["location"]) == (303, place)
    assert chosen(administrator.text(place))["binnmus"] == "no"
    assert "binNMUs made to not made" in administrator.text(place)
    assert installation.do_jobs() == []


def test_trying_says_what_saving_does_and_changes_nothing(
    installation: Installation, administrator: Visitor
) -> None:
    wanted = {"policy": "never", "scheme": "vendor", "vendor": "acme", "keep": "all"}
    asked = AskedSettings(policy=RebuildPolicy.NEVER, keep=Keep.ALL)
    plan = installation.services.archive_settings.plan(ADMINISTRATOR, "trial", asked)
    assert plan.ahead is not None

    tried = administrator.send_form(administrator.get(SETTINGS), SETTINGS, **wanted, do="try")
    before = chosen(administrator.text(SETTINGS))
    saved = administrator.send_form(tried, SETTINGS, **wanted, do="save")
    (job,) = installation.do_jobs()

    assert tried.status_code == 200
    for sentence in ("policy on-request to never", "scheme safe to vendor acme", "keep needed to"):
        assert sentence in tried.text
    assert f"of {plan.ahead.files} files" in tried.text
    assert chosen(tried.text) == {**before, "policy": "never", "scheme": "vendor", "keep": "all"}
    assert before["policy"] == "on-request"
    assert job.kind == JobKind.FETCH
    assert f"/jobs/{job.id}" in saved.headers.get("location", saved.text)
    now = administrator.get(f"{SETTINGS}.json").json()["settings"]
    assert now == {**before, "policy": "never", "scheme": "vendor", "keep": "all"}


def test_a_scheme_that_is_refused_is_told_in_its_place_and_what_was_typed_stays(
    administrator: Visitor,
) -> None:
    typed = {"policy": "never", "scheme": "binnmu"}
    answers = [
        administrator.send_form(administrator.get(SETTINGS), SETTINGS, **typed, do=do)
        for do in ("try", "save")
    ]
    wordless = administrator.send_form(
        administrator.get(SETTINGS), SETTINGS, scheme="vendor", vendor="X", do="save"
    )

    for answer in answers:
        assert answer.status_code == 409
        assert 'id="scheme-fault"' in answer.text
        assert "no safe version for" in answer.text
        assert "<li>lamp: " in answer.text
        assert 'href="/archives/debian/settings"' in answer.text
        assert chosen(answer.text)["policy"] == "never"
    assert wordless.status_code == 400
    assert 'value="X"' in wordless.text
    assert 'id="scheme-fault"' in wordless.text
    settings = administrator.get(f"{SETTINGS}.json").json()["settings"]
    assert (settings["policy"], settings["scheme"]) == ("on-request", "safe")


def test_the_second_of_two_persons_sees_what_the_first_changed_and_nothing_is_lost(
    installation: Installation, administrator: Visitor
) -> None:
    berta = newcomer(installation, "berta", Role.ADMINISTRATOR)
    opened = berta.get(SETTINGS)
    administrator.send_form(administrator.get(SETTINGS), SETTINGS, **POLICY)
    typed = {**chosen(opened.text), "binaries": "yes", "do": "save"}

    told = berta.send_form(opened, SETTINGS, **typed)
    kept = chosen(administrator.text(SETTINGS))
    saved = berta.send_form(told, SETTINGS, **{**chosen(told.text), "do": "save"})

    assert told.status_code == 409
    assert re.search(r"ada, <time[^>]+>[^<]+</time>\s*: policy on-request to never", told.text)
    assert (kept["policy"], kept["binaries"]) == ("never", "no")
    assert chosen(told.text) == {**chosen(opened.text), "policy": "never", "binaries": "yes"}
    assert saved.status_code == 303
    assert chosen(berta.text(SETTINGS)) == chosen(told.text)


def test_where_two_set_the_same_the_second_sees_both_and_a_new_right_stands_in_nobody_s_way(
    installation: Installation, administrator: Visitor
) -> None:
    opened = administrator.get(SETTINGS)
    lou = GrantRequest(
        archive="trial", holder=Holder(kind=HolderKind.PERSON, name="ada"), right=Right.VIEW
    )
    installation.services.rights.give(ADMINISTRATOR, lou)
    first = administrator.send_form(opened, SETTINGS, **POLICY)

    second = administrator.send_form(opened, SETTINGS, policy="on-every-sync", do="try")

    assert first.status_code == 303
    assert second.status_code == 409
    assert "Meanwhile set to «never»" in second.text
    assert chosen(second.text)["policy"] == "on-every-sync"


def test_a_form_that_changes_nothing_or_offers_what_is_not_there_does_nothing(
    administrator: Visitor,
) -> None:
    opened = administrator.get(SETTINGS)

    same = administrator.send_form(opened, SETTINGS, **{**chosen(opened.text), "do": "save"})
    odd = administrator.send_form(opened, SETTINGS, policy="sometimes", do="save")

    assert (same.status_code, odd.status_code) == (200, 400)
    assert "nothing was to be changed" in same.text
    assert "there is no choice &#39;sometimes&#39;" in odd.text
    assert "Nothing yet" in administrator.text(SETTINGS)


def test_only_who_may_change_an_archive_gets_its_settings_and_a_private_one_is_not_there(
    installation: Installation, administrator: Visitor
) -> None:
    member, developer = (
        newcomer(installation, "mia", Role.MEMBER),
        newcomer(installation, "dev", Role.DEVELOPER),
    )
    revision = re.search(r'name="revision" value="([^"]+)"', administrator.text(SETTINGS))
    assert revision
    form = {**POLICY, "revision": revision[1]}

    refused = [
        answer
        for visitor in (member, developer)
        for answer in (
            visitor.get(SETTINGS), visitor.get(f"{SETTINGS}.json"),
            visitor.send(SETTINGS, **form), visitor.send(SETTINGS, policy="never", revision="x"),
        )
    ]  # fmt: skip
    offered = SETTINGS in member.text("/archives/trial/")
    foreign = sign_in(installation, "ada").client.post(
        SETTINGS,
        data={**form, "form_token": administrator.form_token},
        headers={"Origin": "http://evil.example"},
    )
    stranger = installation.client().get(SETTINGS)
    installation.services.rights.set_private(ADMINISTRATOR, "trial", is_private=True)
    hidden = [member.get(SETTINGS), member.send(SETTINGS, **form)]
    missing = [
        member.get("/archives/nobodys/settings"), member.send("/archives/nobodys/settings", **form)
    ]  # fmt: skip

    assert {answer.status_code for answer in refused} == {403}
    assert not offered
    assert (foreign.status_code, stranger.status_code) == (403, 303)
    assert [answer.status_code for answer in (*hidden, *missing)] == [404] * 4
    assert [answer.text.replace("trial", "nobodys") for answer in hidden] == [
        answer.text for answer in missing
    ]
    assert chosen(administrator.text(SETTINGS))["policy"] == "on-request"
