"""Documents of many archives at once: the same as each alone, by as many statements as for one."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from tests.services.installation import ADMINISTRATOR, Installation

from vostok.services.deriving.derivations import DeriveRequest
from vostok.services.describing.overview import Overview


@pytest.fixture
def overview(derived: Installation) -> Overview:
    return Overview(
        derived.database, derived.logs, derived.signer, derived.clock, ADMINISTRATOR, "http://v"
    )


def derive(world: Installation, name: str, parent: str) -> None:
    world.done(world.deriving.request(ADMINISTRATOR, DeriveRequest(name=name, parents=[parent])))


def statements_of(world: Installation, work: Callable[[], object]) -> int:
    found = 0

    def count(*_event: object) -> None:
        nonlocal found
        found += 1

    sa.event.listen(world.database.engine, "before_cursor_execute", count)
    work()
    sa.event.remove(world.database.engine, "before_cursor_execute", count)
    return found


def test_a_list_shows_of_each_archive_what_its_own_document_does(
    derived: Installation, overview: Overview
) -> None:
    derive(derived, "second", "debian/bookworm")
    derive(derived, "grandchild", "trial/bookworm")

    listed = overview.archives()

    assert [archive["name"] for archive in listed] == ["debian", "grandchild", "second", "trial"]
    for archive in listed:
        alone = overview.archive(archive["name"])
        assert archive == {name: alone[name] for name in alone if name != "quota"}  # type: ignore[literal-required]  # all but one


def test_a_longer_list_of_archives_takes_no_more_statements(
    derived: Installation, overview: Overview
) -> None:
    derive(derived, "copy-0", "debian/bookworm")
    before = statements_of(derived, overview.archives)
    for number in range(1, 4):
        derive(derived, f"copy-{number}", "debian/bookworm")

    after = statements_of(derived, overview.archives)

    assert after == before


def test_children_are_those_of_the_first_parent(derived: Installation, overview: Overview) -> None:
    derive(derived, "second", "debian/bookworm")
    derive(derived, "grandchild", "trial/bookworm")

    children = {
        name: [child["name"] for child in overview.children(name)]
        for name in overview.archive_names()
    }

    assert children == {
        "debian": ["second", "trial"], "trial": ["grandchild"], "second": [], "grandchild": [],
    }  # fmt: skip
