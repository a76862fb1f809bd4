"""What to do next after an error: a page where there is one, a command where there is none."""

import re

import pytest
from tests.entrypoints.installation import Installation
from tests.entrypoints.pages.site import ADDRESSES
from tests.entrypoints.pages.visitor import add_person, sign_in

from vostok.domain.access import Role
from vostok.entrypoints.pages import next_steps as next_steps_module
from vostok.entrypoints.pages.next_steps import next_steps


def shown(hint: str) -> str:
    """The parts as a page has them: `[text](path)` and `<command>`."""
    return "".join(
        f"[{part.text}]({part.path})" if part.path
        else f"<{part.text}>" if part.is_command
        else part.text
        for part in next_steps(hint)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        ("sign in again", "Sign in again"),
        ("vostok job list", "[The jobs](/jobs)"),
        ("see who there is: vostok person list; or vostok person add",
         "See who there is: [the persons](/people); or [the persons](/people)"),
        ("see it: vostok campaign show trial 3, and wait",
         "See it: [trial, campaign 3](/archives/trial/campaigns/3), and wait"),
        ("see: vostok campaign show NAME N", "See: <vostok campaign show NAME N>"),
        ("it goes on: vostok builder resume host-1", "It goes on: <vostok builder resume host-1>"),
        ("vostok toolchain create gcc-11 --compiler gcc=gcc-11",
         "[Make a toolchain](/new/toolchain)"),
        ("look: vostok team show a/../b", "Look: [the team a/../b](/teams/a%2F..%2Fb)"),
        ("an administrator grants it: vostok right grant upload --person ann --archive trial",
         "An administrator grants it: [the right upload on trial](/archives/trial/rights)"),
        ("an administrator grants it: vostok right grant create --person ann",
         "An administrator grants it: [the right create on the installation](/rights)"),
        ("see which there are: vostok right list trial",
         "See which there are: [the rights on trial](/archives/trial/rights)"),
        ("see: vostok right list", "See: [the rights on the installation](/rights)"),
        ("see: vostok right grant", "See: <vostok right grant>"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_command_is_a_page_where_one_does_the_same(hint: str, said: str) -> None:
    assert shown(hint) == said


def test_every_page_of_the_table_is_one() -> None:
    known = [
        re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(address))) for address in ADDRESSES
    ]

    for page in next_steps_module._PAGES.values():  # noqa: SLF001 - all of it
        path = "/" + "/".join(page.segments).replace("{}", "x")
        assert any(one.fullmatch(path) for one in known), path
        assert page.text.count("{}") <= page.segments.count("{}")


def test_pages_of_errors_lead_on_and_say_in_a_sentence_what_one_may_not(
    unchanged: Installation,
) -> None:
    add_person(unchanged, "lou-of-steps", Role.MEMBER)
    lou = sign_in(unchanged, "lou-of-steps")

    refused = lou.get("/archives/derive")
    absent = lou.get("/archives/nothing-here/")

    assert refused.status_code == 403
    assert "You may not create archives" in refused.text
    assert "An administrator grants it: the right create on the installation" in refused.text
    assert "vostok right grant" not in refused.text
    assert '<a href="/archives">all archives</a>' in absent.text
