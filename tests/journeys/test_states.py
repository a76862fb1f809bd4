"""What cannot be built for want of something: a state, a reason and an excerpt, from sbuild."""

import pytest
from tests.journeys.installation import Document, Installation
from tests.journeys.own_compiler import OwnCompiler, ended
from tests.journeys.scripted_builder import ScriptedBuilder

pytestmark = pytest.mark.build


@pytest.fixture(scope="module")
def wanting(
    vostok: Installation,
    own_tools: str,
    own_compiler: OwnCompiler,
    script: ScriptedBuilder,
    architecture: str,
) -> Document:
    """The build of what wants a package that nobody has, taken into the archive later."""
    assert own_compiler.campaign["state"] == "finished"
    vostok.say("archive", "select", own_tools, "libfoo,bar,brk,dw")
    number = vostok.request(own_tools, "dw", "--architecture", architecture)
    (build,) = ended(vostok, script, own_tools, number)["builds"]
    return vostok.ask("build", "show", str(build["id"]))


def test_what_cannot_be_installed_is_named_alone(wanting: Document) -> None:
    assert wanting["state"] == "bd-uninstallable"
    assert "tiny-nonexistent" in wanting["sentence"]
    assert "build-essential" not in wanting["sentence"]
    (attempt,) = wanting["attempts"]
    assert attempt["excerpt"].splitlines() == [
        " sbuild-build-depends-main-dummy : Depends: tiny-nonexistent but it is not installable",
        "E: Unable to correct problems, you have held broken packages.",
    ]


def test_every_step_of_a_build_is_an_event_with_who_and_why(wanting: Document) -> None:
    events = wanting["events"]

    assert [event["state_after"] for event in events] == [
        *("needs-build", "building", "bd-uninstallable"),
    ]
    assert events[0]["actor"] == "administrator"
    assert events[-1]["actor"] == wanting["attempts"][0]["builder"]
    assert events[-1]["sentence"] == f"attempt 1: {wanting['sentence']}"
    assert all(event["at"] and event["sentence"] for event in events)
