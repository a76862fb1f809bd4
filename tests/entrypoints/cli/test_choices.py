"""What options can be given is what the program knows."""

from enum import StrEnum

import pytest

from vostok.domain.access import TokenScope
from vostok.domain.news import NewsTopic
from vostok.domain.rights import Right
from vostok.entrypoints.cli.news import Topic
from vostok.entrypoints.cli.people import Scope
from vostok.entrypoints.cli.rights import RightName


@pytest.mark.parametrize(
    ("offered", "known"),
    [
        (Scope, TokenScope),
        (Topic, NewsTopic),
        (RightName, Right),
    ],
)
def test_an_option_offers_what_the_program_knows(
    offered: type[StrEnum], known: type[StrEnum]
) -> None:
    values = {item.value for item in known}

    assert {item.value for item in offered} == values
