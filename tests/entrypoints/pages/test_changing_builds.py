"""Retrying, cancelling and rescoring builds on their page and on that of their campaign."""

import re

import pytest
from httpx2 import Response
from tests.entrypoints.installation import ADMINISTRATOR, Builder, Installation
from tests.entrypoints.pages.visitor import Visitor, newcomer

from vostok.documents import BuildView
from vostok.domain.access import Role
from vostok.domain.archive import RebuildPolicy
from vostok.domain.build_change import SCORE_MAX
from vostok.domain.build_list import BuildList
from vostok.entrypoints.pages.campaign_deeds import offered
from vostok.entrypoints.pages.package_table import TableQuery
from vostok.entrypoints.pages.routes import EVENTS_MAX
from vostok.services.building.build_changes import BuildChoice
from vostok.services.deriving.archive_settings import AskedSettings

CAMPAIGN = "/archives/trial/campaigns/1"


@pytest.fixture
def ann(installation: Installation) -> Visitor:
    return newcomer(installation, "ann", Role.ADMINISTRATOR)


def builds(installation: Installation) -> dict[tuple[str, str], BuildView]:
    """(source, architecture) -> its build in campaign 1."""
    overview = installation.services.overview.seen_by(ADMINISTRATOR)
    campaign = overview.campaign("trial", 1, BuildList())
    return {(build["source"], build["architecture"]): build for build in campaign["builds"]}


def last_event(installation: Installation, build: BuildView) -> str:
    """What was done to a build most recently, and why."""
    found = installation.services.overview.seen_by(ADMINISTRATOR).build(build["id"])
    return str(found["events"][-1]["sentence"])


def states(installation: Installation) -> set[str]:
    return {build["state"] for build in builds(installation).values()}


def named_in(look: Response) -> set[str]:
    """The sources of the builds that a page which asks would change."""
    return set(re.findall(r'class="card-title"><a href="[^"]+">([^<]+)</a>', look.text))


def fail(installation: Installation, builder: Builder, source: str) -> None:
    """Have a build fail."""
    claim = builder.claim_of(source)
    builder.report(claim)
    installation.settle(claim["attempt_id"])


def test_a_waiting_build_is_cancelled_and_retried_on_its_page(
    installation: Installation, ann: Visitor
) -> None:
    build = next(iter(builds(installation).values()))
    path = f"/archives/trial/builds/{build['source']}/1/{build['architecture']}"
    seen = [ann.get(path).text]

    cancelled = ann.send(f"{path}/cancel", reason="no disk")
    seen.append(ann.get(path).text)
    retried = ann.send(f"{path}/retry", reason=" ")
    seen.append(ann.get(path).text)

    assert [
        (answer.status_code, answer.headers["location"]) for answer in (cancelled, retried)
    ] == [
        (303, path),
        (303, path),
    ]
    offered = [["Cancel this build" in text, "Retry this build" in text] for text in seen]
    assert offered == [[True, False], [False, True], [True, False]]
    assert "ann cancelled it: no disk" in seen[1]
    assert "ann retried it, in the newest edition of the view (0 as yet)<" in seen[2]


def test_the_page_of_a_build_tells_the_newest_of_what_happened_to_it(
    installation: Installation, ann: Visitor
) -> None:
    build = next(iter(builds(installation).values()))
    path = f"/archives/trial/builds/{build['source']}/1/{build['architecture']}"
    choice = BuildChoice(archive="trial", ids=[build["id"]])
    for score in range(EVENTS_MAX + 1):
        installation.services.build_changes.rescore(ADMINISTRATOR, choice, score)

    page = ann.get(path).text

    told = [int(score) for score in re.findall(r"gave it the score (\d+);", page)]
    assert told == list(range(1, EVENTS_MAX + 1))
    assert f"The newest {EVENTS_MAX};" in page
    assert len(ann.get(f"{path}.json").json()["build"]["events"]) > EVENTS_MAX


def test_a_build_that_cannot_be_retried_says_why(installation: Installation, ann: Visitor) -> None:
    build = next(iter(builds(installation).values()))
    path = f"/archives/trial/builds/{build['source']}/1/{build['architecture']}"

    answer = ann.send(f"{path}/retry")

    assert answer.status_code == 409
    assert "only what failed can be retried" in answer.text


@pytest.mark.parametrize(
    "path", ["nothing/1/amd64", "lamp/99/amd64", "lamp/x/amd64", "lamp/1/vax"]
)
def test_a_build_that_is_not_there_is_not_found(ann: Visitor, path: str) -> None:
    for change in ("retry", "cancel", "rescore"):
        answer = ann.send(f"/archives/trial/builds/{path}/{change}", score="5")

        assert answer.status_code == 404


def test_failed_builds_of_a_campaign_are_retried_after_a_look(
    installation: Installation, builder: Builder, ann: Visitor
) -> None:
    fail(installation, builder, "lamp")
    never = AskedSettings(policy=RebuildPolicy.NEVER)
    installation.services.archive_settings.set(ADMINISTRATOR, "trial", never)
    campaign = ann.get(CAMPAIGN).text

    look = ann.get(f"{CAMPAIGN}/retry")
    before = states(installation)
    answer = ann.send(f"{CAMPAIGN}/retry", reason="the mirror is back")

    assert f'href="{CAMPAIGN}/retry?state=trouble"' in campaign
    assert "Retry 1 build?" in look.text
    assert "failed" in before
    assert (answer.status_code, answer.headers["location"]) == (303, f"{CAMPAIGN}?retried=1")
    assert "failed" not in states(installation)
    (lamp, *_) = [b for (source, _), b in builds(installation).items() if source == "lamp"]
    assert str(lamp["sentence"]).endswith(": the mirror is back")
    assert "1 build was retried" in ann.get(answer.headers["location"]).text


def test_what_a_filter_leaves_out_is_not_touched(installation: Installation, ann: Visitor) -> None:
    campaign = ann.get(CAMPAIGN, q="LAM", architecture="amd64").text
    look = ann.get(f"{CAMPAIGN}/cancel", q="LAM", architecture="amd64")

    answer = ann.send(f"{CAMPAIGN}/cancel", q="LAM", architecture="amd64")

    assert "/cancel?state=waiting&amp;architecture=amd64&amp;q=LAM" in campaign
    assert "Cancel 1 build?" in look.text
    assert answer.headers["location"] == f"{CAMPAIGN}?cancelled=1"
    changed = [
        slot for slot, build in builds(installation).items() if build["state"] == "cancelled"
    ]
    assert changed == [("lamp", "amd64")]


def test_builds_that_are_refused_are_shown_with_the_reason(
    installation: Installation, ann: Visitor
) -> None:
    look = ann.get(f"{CAMPAIGN}/retry", state="needs-build")

    answer = ann.send(f"{CAMPAIGN}/retry", state="needs-build")

    assert "Nothing to retry" in look.text
    assert "wrong-state" in look.text
    assert "only what failed can be retried" in look.text
    total = len(builds(installation))
    assert answer.headers["location"] == f"{CAMPAIGN}?retried=0&refused={total}"


def test_running_builds_are_stopped_only_when_that_is_asked(
    installation: Installation, builder: Builder, ann: Visitor
) -> None:
    builder.claim()

    ann.send(f"{CAMPAIGN}/cancel")
    after_waiting = states(installation)
    ann.send(f"{CAMPAIGN}/cancel", state="unfinished")

    assert after_waiting == {"building", "cancelled"}
    assert "building" not in states(installation)


def test_only_those_with_the_right_change_builds(installation: Installation) -> None:
    lou = newcomer(installation, "lou", Role.MEMBER)
    build = next(iter(builds(installation).values()))
    page = f"/archives/trial/builds/{build['source']}/1/{build['architecture']}"

    assert "this build</button>" not in lou.get(page).text
    assert f"{CAMPAIGN}/cancel" not in lou.get(CAMPAIGN).text
    for path in (page, CAMPAIGN):
        for change in ("retry", "cancel", "rescore"):
            assert lou.send(f"{path}/{change}", score="5").status_code == 403
    assert lou.get(f"{CAMPAIGN}/cancel").status_code == 403
    assert (
        installation.client().get(f"{CAMPAIGN}/cancel").headers["location"].startswith("/sign-in")
    )
    assert "cancelled" not in states(installation)


def test_no_campaign_and_no_state_that_there_is_not(ann: Visitor) -> None:
    assert ann.get("/archives/trial/campaigns/99/retry").status_code == 404
    assert ann.send("/archives/trial/campaigns/x/retry").status_code == 404
    assert ann.get(f"{CAMPAIGN}/retry", state="broken").status_code == 400
    assert ann.send(f"{CAMPAIGN}/retry", state="broken").status_code == 400


def test_waiting_builds_of_a_campaign_get_another_score_after_a_look(
    installation: Installation, ann: Visitor
) -> None:
    campaign = ann.get(CAMPAIGN, architecture="amd64").text
    look = ann.get(f"{CAMPAIGN}/rescore", architecture="amd64")
    meant = {slot for slot in builds(installation) if slot[1] == "amd64"}

    answer = ann.send_form(
        look, f"{CAMPAIGN}/rescore", score="50", reason="the compiler comes first"
    )

    assert f'href="{CAMPAIGN}/rescore?state=waiting&amp;architecture=amd64"' in campaign
    assert "Rescore waiting…" in campaign
    assert named_in(look) == {source for source, _ in meant}
    assert f'min="-{SCORE_MAX}" max="{SCORE_MAX}"' in look.text
    assert answer.headers["location"] == f"{CAMPAIGN}?rescored={len(meant)}"
    assert "rescored. Builders take the highest" in ann.get(answer.headers["location"]).text
    scores = {slot: build["score"] for slot, build in builds(installation).items()}
    assert scores == {slot: 50 if slot in meant else -100 for slot in scores}
    event = last_event(installation, builds(installation)[min(meant)])
    assert event.startswith("ann gave it the score 50; it was -100, with all of campaign 1 on amd")
    assert event.endswith(": the compiler comes first")
    assert "rescore to 50: the compiler comes first" in ann.get("/audit").text


def test_the_page_that_asks_names_those_that_get_another_score_and_those_that_do_not(
    installation: Installation, builder: Builder, ann: Visitor
) -> None:
    claim = builder.claim_of("lamp")
    path = f"/archives/trial/builds/lamp/1/{claim['architecture']}"
    ann.send(f"{path}/cancel")
    look = ann.get(f"{CAMPAIGN}/rescore", state="unfinished")
    before = builds(installation)

    answer = ann.send_form(look, f"{CAMPAIGN}/rescore", score="7")

    after = builds(installation)
    changed = {slot for slot, build in after.items() if build["score"] == 7}
    assert changed == {slot for slot, build in before.items() if build["state"] != "cancelling"}
    assert len(before) - len(changed) == 1
    assert f"Rescore {len(changed)} build" in look.text
    assert "is cancelling: no builder will be asked for it" in look.text
    assert answer.headers["location"] == f"{CAMPAIGN}?rescored={len(changed)}&refused=1"


@pytest.mark.parametrize("score", ["", "high", "1.5", "1e3", "--5", "1000001", "-1000001"])
def test_a_score_that_builds_cannot_have_is_told_beside_what_was_typed(
    installation: Installation, ann: Visitor, score: str
) -> None:
    look = ann.get(f"{CAMPAIGN}/rescore", q="lamp")

    answer = ann.send_form(look, f"{CAMPAIGN}/rescore", score=score, reason="it is urgent")

    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert str(SCORE_MAX) in answer.text
    assert f'required value="{score}"' in answer.text
    assert 'value="it is urgent"' in answer.text
    assert 'name="q" value="lamp"' in answer.text
    assert {build["score"] for build in builds(installation).values()} == {-100}


def test_what_is_in_trouble_is_cancelled_under_that_word_and_what_failed_is_retried() -> None:
    labels = [deed.label for deed in offered(TableQuery(state="trouble"), {"bd-uninstallable": 1})]
    usual = [deed.label for deed in offered(TableQuery(), {"failed": 1})]

    assert labels[1:] == ["Cancel those in trouble…", "Rescore those in trouble…"]
    assert usual == [labels[0]] == ["Retry failed…"]


def test_who_may_retry_but_not_rescore_is_offered_only_that(installation: Installation) -> None:
    dev = newcomer(installation, "dev", Role.DEVELOPER)
    build = next(iter(builds(installation).values()))
    path = f"/archives/trial/builds/{build['source']}/1/{build['architecture']}"

    seen = [dev.get(CAMPAIGN).text, dev.get(path).text]
    asked = dev.get(f"{CAMPAIGN}/rescore")
    done = [dev.send(f"{place}/rescore", score=score)
            for place in (CAMPAIGN, path) for score in ("5", "high")]  # fmt: skip

    assert "Cancel waiting…" in seen[0]
    assert "Cancel this build" in seen[1]
    assert not any("/rescore" in text for text in seen)
    assert [answer.status_code for answer in (asked, *done)] == [403] * 5
    assert {build["score"] for build in builds(installation).values()} == {-100}


def test_a_build_gets_another_score_on_its_page(installation: Installation, ann: Visitor) -> None:
    build = next(iter(builds(installation).values()))
    path = f"/archives/trial/builds/{build['source']}/1/{build['architecture']}"

    answer = ann.send_form(ann.get(path), f"{path}/rescore", score="-7", reason="last of all")

    page = ann.get(path).text
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert "<dt>Score</dt><dd>-7</dd>" in page
    assert ">ann gave it the score -7; it was -100: last of all</td>" in page
    scores = {known["id"]: known["score"] for known in builds(installation).values()}
    assert scores == {known: -7 if known == build["id"] else -100 for known in scores}


def test_a_build_that_no_builder_will_be_asked_for_keeps_its_score(
    builder: Builder, ann: Visitor
) -> None:
    claim = builder.claim_of("lamp")
    path = f"/archives/trial/builds/lamp/1/{claim['architecture']}"
    ann.send(f"{path}/cancel")

    answer = ann.send(f"{path}/rescore", score="5")

    assert answer.status_code == 409
    assert "is cancelling: no builder will be asked for it" in answer.text
    assert "Rescore this build" not in ann.get(path).text


@pytest.mark.parametrize(
    "query", ["retried=x", "rescored=-5", "retried=-1", "retried=1%3Cu%3E", "joined="]
)
def test_what_an_address_says_was_done_is_told_only_of_numbers(ann: Visitor, query: str) -> None:
    page = ann.get(f"{CAMPAIGN}?{query}")

    assert page.status_code == 200
    assert 'class="notice' not in page.text
