"""Does it build as it is? A state and a reason for everything, from builds by sbuild."""

import pytest
from tests.journeys.installation import Document, Installation

pytestmark = pytest.mark.build


def build_of(vostok: Installation, campaign: Document, source: str) -> Document:
    (found,) = (build for build in campaign["builds"] if build["source"] == source)
    return vostok.ask("build", "show", str(found["id"]))


def test_each_source_has_the_state_that_its_build_ended_in(tiny_campaign: Document) -> None:
    states = {build["source"]: build["state"] for build in tiny_campaign["builds"]}

    assert tiny_campaign["state"] == "finished"
    assert states == {
        "libfoo": "built",
        "bar": "built",
        "brk": "built",
        "dw": "bd-uninstallable",
    }


def test_what_cannot_be_installed_is_named_alone(
    vostok: Installation, tiny_campaign: Document
) -> None:
    build = build_of(vostok, tiny_campaign, "dw")

    assert "tiny-nonexistent" in build["sentence"]
    assert "build-essential" not in build["sentence"]
    (attempt,) = build["attempts"]
    assert attempt["excerpt"].splitlines() == [
        " sbuild-build-depends-main-dummy : Depends: tiny-nonexistent but it is not installable",
        "E: Unable to correct problems, you have held broken packages.",
    ]


def test_every_step_of_a_build_is_an_event_with_who_and_why(
    vostok: Installation, tiny_campaign: Document
) -> None:
    build = build_of(vostok, tiny_campaign, "dw")

    events = build["events"]

    assert [event["state_after"] for event in events] == [
        *("needs-build", "building", "bd-uninstallable"),
    ]
    assert events[0]["actor"] == "administrator"
    assert events[-1]["actor"] == build["attempts"][0]["builder"]
    assert events[-1]["sentence"] == build["sentence"]
    assert all(event["at"] and event["sentence"] for event in events)


def test_a_build_of_the_archive_takes_its_build_tool_before_debians(
    vostok: Installation, tiny_campaign: Document
) -> None:
    build = build_of(vostok, tiny_campaign, "bar")
    (buildinfo,) = (
        file for file in build["attempts"][0]["files"] if file["name"].endswith(".buildinfo")
    )

    text = vostok.stored_file(buildinfo["sha256"]).read_text()

    assert " cc (= 1-1)," in text
    assert " libfoo-dev (= 1.2-3" in text
