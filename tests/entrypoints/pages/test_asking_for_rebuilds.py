"""The page on which people ask for rebuilds: what it shows, what it does, and for whom."""

import re
from html import unescape
from typing import Any

import pytest
from tests.entrypoints.installation import ADMIN, ADMINISTRATOR, Installation
from tests.entrypoints.pages.visitor import Visitor, newcomer

from vostok.domain.access import Role
from vostok.domain.archive import RebuildPolicy
from vostok.services.building.build_changes import BuildChoice
from vostok.services.deriving.archive_settings import AskedSettings

PAGE = "/archives/trial/rebuild"
ARCHIVE = "/archives/trial/"
BUTTON = "Request a rebuild</a>"


@pytest.fixture
def idle(installation: Installation) -> Installation:
    """Nothing is being built in `trial`."""
    installation.services.build_changes.cancel(
        ADMINISTRATOR, BuildChoice(archive="trial", campaign=1)
    )
    return installation


@pytest.fixture
def ann(idle: Installation) -> Visitor:
    return newcomer(idle, "ann", Role.ADMINISTRATOR)


def text_of(html: str) -> str:
    """What a reader sees, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def campaigns(installation: Installation) -> list[dict[str, Any]]:
    """Those of `trial`, as the API shows them."""
    answer = installation.client(ADMIN).get("/api/v1/archives/trial/campaigns")
    return list(answer.json()["campaigns"])


def test_a_request_is_two_steps_and_leads_to_its_campaign(
    idle: Installation, ann: Visitor
) -> None:
    assert BUTTON in ann.get(ARCHIVE).text

    preview = ann.get(PAGE, selection="lamp", reason="try it")
    answer = ann.send(PAGE, selection="lamp", reason="try it")

    assert preview.status_code == 200
    assert "2 builds of 1 source" in preview.text or "1 build of 1 source" in preview.text
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/archives/trial/campaigns/2",
    )
    assert campaigns(idle)[0]["reason"] == "try it"
    assert "try it" in ann.get(answer.headers["location"]).text


def test_the_preview_is_the_dry_run_of_the_api_and_changes_nothing(
    idle: Installation, ann: Visitor
) -> None:
    body = {"selection": "all", "reason": "try it", "dry_run": True}
    planned = idle.client(ADMIN).post("/api/v1/archives/trial/campaigns", json=body).json()

    shown = text_of(ann.get(PAGE, selection="all", reason="try it").text)

    assert planned["accepted"]
    for build in planned["accepted"]:
        assert build["source"] in shown
        assert build["form_reason"] in shown
        assert build["version"] in shown.replace(" ", "")
    assert planned["estimate"]["sentence"] in shown
    assert len(campaigns(idle)) == 1


def test_what_would_be_refused_is_shown_with_code_and_sentence_and_no_button(
    installation: Installation,
) -> None:
    ann = newcomer(installation, "ann", Role.ADMINISTRATOR)

    page = ann.get(PAGE, selection="lamp", reason="again")

    assert "Nothing would be built" in page.text
    assert "already-building" in page.text
    assert "of campaign 1" in page.text
    assert 'method="post" action="/archives/trial/rebuild"' not in page.text


def test_an_equal_request_leads_to_the_campaign_that_is_there_with_a_note(ann: Visitor) -> None:
    first = ann.send(PAGE, selection="lamp", reason="try it")

    second = ann.send(PAGE, selection="lamp", reason="try it")

    where = second.headers["location"]
    assert where == first.headers["location"] + "?joined=1"
    assert "An equal request was under way already" in ann.get(where).text


def test_a_form_that_is_sent_twice_asks_once(idle: Installation, ann: Visitor) -> None:
    preview = ann.get(PAGE, selection="lamp", reason="try it").text
    key = re.search(r'name="key" value="([0-9a-f]{32})"', preview)
    assert key

    for _ in range(2):
        ann.send(PAGE, selection="lamp", reason="try it", key=key[1])

    assert len(campaigns(idle)) == 2


def test_everything_that_was_typed_is_asked(idle: Installation, ann: Visitor) -> None:
    fields = {
        "selection": "lamp",
        "reason": "everything",
        "tests": "off",
        "options": "parallel=2",
        "form": "source",
        "score": "7",
    }

    page = ann.get(PAGE, **fields)
    ann.send(PAGE, **fields)

    assert page.status_code == 200
    for name, value in fields.items():
        assert f'name="{name}" value="{value}"' in page.text
    asked = campaigns(idle)[0]["request"]
    assert {name: asked[name] for name in ("selection", "tests", "form", "score")} == {
        "selection": "lamp",
        "tests": "off",
        "form": "source",
        "score": 7,
    }
    assert asked["build_options"] == ["parallel=2"]


@pytest.mark.parametrize("way", ["looked at", "sent"])
def test_a_wrong_selection_is_marked_beside_its_field_and_what_was_typed_stays(
    idle: Installation, ann: Visitor, way: str
) -> None:
    fields = {"selection": "lamp, (manual", "reason": "<b>why</b>", "built_on": "host-1"}

    page = ann.get(PAGE, **fields) if way == "looked at" else ann.send(PAGE, **fields)

    assert page.status_code == 400
    marks = re.search(r'<pre class="marks"[^>]*>([^<]*)</pre>', page.text)
    assert marks
    assert re.search(r"\n +\^", unescape(marks[1]))
    assert 'id="selection-fault"' in page.text
    assert 'aria-describedby="selection-fault selection-help"' in page.text
    assert ">lamp, (manual</textarea>" in page.text
    assert 'value="&lt;b&gt;why&lt;/b&gt;"' in page.text
    assert 'value="host-1"' in page.text
    assert len(campaigns(idle)) == 1


def test_a_selection_that_names_nothing_is_marked_too(ann: Visitor) -> None:
    page = ann.get(PAGE, selection="lamp, lantern", reason="why")

    assert page.status_code == 400
    assert "The selection names no source here: lantern." in page.text
    assert 'id="selection-fault"' in page.text


def test_all_faults_are_told_at_once(ann: Visitor) -> None:
    page = ann.get(
        PAGE,
        selection="",
        reason="",
        built_with="<=",
        older_than="0",
        control="x",
        tests="maybe",
        profiles="A B",
        score="1e9",
        architectures="vax",
    )

    assert page.status_code == 400
    found = set(re.findall(r'id="([a-z_]+)-fault"', page.text))
    wrong = {"reason", "built_with", "older_than", "control", "tests", "profiles", "score"}
    assert wrong <= found


@pytest.mark.parametrize(
    "fields",
    [
        {"selection": "lamp", "reason": "x" * 3000},
        {"selection": "lamp", "reason": "why", "toolchain": "x" * 300},
        {"selection": "lamp", "reason": "why", "form": "both"},
        {"selection": "lamp", "reason": "why", "score": "99999999"},
        {"selection": "(" * 50, "reason": "why"},
        {"selection": "", "reason": "why"},
        {"selection": "lamp", "reason": "a\u200fb"},
        {"selection": "lamp", "reason": "why", "control": "1", "tests": "on", "built_on": "b"},
    ],
)
def test_what_cannot_be_asked_is_no_fault_of_the_server(
    ann: Visitor, fields: dict[str, str]
) -> None:
    assert ann.get(PAGE, **fields).status_code == 400
    assert ann.send(PAGE, **fields).status_code == 400


def test_a_character_that_nobody_sees_is_named_so_that_what_is_taken_was_seen(
    ann: Visitor,
) -> None:
    answers = [
        ask(PAGE, selection="lamp", reason="a\u202eb\r\n\tc") for ask in (ann.get, ann.send)
    ]

    assert [answer.status_code for answer in answers] == [400] * 2
    assert all("reason holds U+202E" in answer.text for answer in answers)


def test_a_builder_that_nobody_has_is_told_on_the_form(ann: Visitor) -> None:
    answer = ann.send(PAGE, selection="lamp", built_on="nobody", reason="why")

    assert answer.status_code == 404
    assert "No builder is called" in answer.text
    assert 'value="nobody"' in answer.text


def test_a_toolchain_and_a_campaign_that_are_not_there_are_told_on_the_form(ann: Visitor) -> None:
    for fields in ({"toolchain": "lost"}, {"control": "77"}):
        answer = ann.send(PAGE, selection="lamp", reason="why", **fields)

        assert answer.status_code == 404
        assert 'value="why"' in answer.text


def test_a_policy_against_rebuilds_takes_the_button_and_the_form_and_refuses_the_rest(
    idle: Installation, ann: Visitor
) -> None:
    never = AskedSettings(policy=RebuildPolicy.NEVER)
    idle.services.archive_settings.set(ADMINISTRATOR, "trial", never)

    archive, page = ann.get(ARCHIVE), ann.get(PAGE)
    answer = ann.send(PAGE, selection="lamp", reason="why")

    assert BUTTON not in archive.text
    assert "its policy is never to be rebuilt" in archive.text
    assert page.status_code == 200
    assert "allows no rebuilds" in page.text
    assert "<textarea" not in page.text
    assert answer.status_code == 409
    assert "allows no rebuilds" in answer.text
    assert len(campaigns(idle)) == 1


def test_an_image_is_not_rebuilt(ann: Visitor) -> None:
    assert "nothing is built in it" in ann.get("/archives/debian/rebuild").text
    assert ann.send("/archives/debian/rebuild", selection="all").status_code == 400


def test_without_the_right_there_is_no_button_no_page_and_no_deed(idle: Installation) -> None:
    lou = newcomer(idle, "lou", Role.MEMBER)

    assert BUTTON not in lou.get(ARCHIVE).text
    assert lou.get(PAGE, selection="lamp", reason="why").status_code == 403
    assert lou.send(PAGE, selection="lamp", reason="why").status_code == 403
    assert lou.send(PAGE, selection="(((", reason="").status_code == 403
    assert len(campaigns(idle)) == 1


def test_whoever_has_not_signed_in_is_led_to_that_and_back(idle: Installation) -> None:
    answer = idle.client().get(f"{PAGE}?selection=lamp&reason=why")

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=%2Farchives%2Ftrial%2Frebuild%3F")
    assert BUTTON not in idle.client().get(ARCHIVE).text


def test_a_score_is_only_for_those_who_may_change_scores(idle: Installation) -> None:
    developer = newcomer(idle, "dev", Role.DEVELOPER)

    assert 'name="score"' not in developer.get(PAGE).text
    refused = developer.send(PAGE, selection="lamp", reason="why", score="900000")
    asked = developer.send(PAGE, selection="lamp", reason="why")

    assert (refused.status_code, asked.status_code) == (403, 303)
    assert len(campaigns(idle)) == 2


def test_a_private_archive_is_not_there_for_outsiders(idle: Installation) -> None:
    idle.services.rights.set_private(ADMINISTRATOR, "trial", is_private=True)
    lou = newcomer(idle, "lou", Role.MEMBER)

    private = lou.get(PAGE).status_code, lou.send(PAGE, selection="lamp").status_code
    absent = "/archives/nowhere/rebuild"

    assert private == (lou.get(absent).status_code, lou.send(absent).status_code) == (404, 404)


def test_an_address_may_fill_in_the_form_without_looking_at_anything(ann: Visitor) -> None:
    page = ann.get(PAGE, selection="<script>alert(1)</script>")

    assert page.status_code == 200
    assert "&lt;script&gt;alert(1)&lt;/script&gt;</textarea>" in page.text
    assert 'role="alert"' not in page.text
