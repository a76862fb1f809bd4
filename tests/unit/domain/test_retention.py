"""Which publications may go: against a plain reading of the rule."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.builders import NOW

from vostok.domain.publication import Publication
from vostok.domain.retention import Retention, collectable

HOUR = timedelta(hours=1)


def publication(number: int, hours_ago: int) -> Publication:
    return Publication(
        id=number,
        suite_id=1,
        number=number,
        derivation=1,
        at=NOW - hours_ago * HOUR,
        reason="",
        sources=0,
        binaries=0,
        bytes=0,
    )


@given(
    ages=st.lists(st.integers(0, 20), max_size=8).map(lambda ages: sorted(ages, reverse=True)),
    kept=st.integers(1, 5),
    hours=st.integers(0, 20),
    needed=st.sets(st.integers(1, 8)),
    held=st.sets(st.integers(1, 8)),
)
def test_those_go_that_are_neither_new_nor_young_nor_needed_nor_kept_by_somebody(
    ages: list[int], kept: int, hours: int, needed: set[int], held: set[int]
) -> None:
    publications = [
        replace(publication(n, age), kept_as="" if n in held else None)
        for n, age in enumerate(ages, start=1)
    ][::-1]
    retention = Retention(
        publications_kept=kept, publication_age=hours * HOUR, view_age=timedelta(0)
    )

    found = collectable(publications, needed, retention, NOW)

    replaced_ago = dict(enumerate(ages[1:], start=1))
    assert set(found) == {
        number
        for number in range(1, len(ages) + 1)
        if number <= len(ages) - kept
        and replaced_ago[number] > hours
        and number not in needed | held
    }


def test_the_newest_never_goes() -> None:
    retention = Retention(publications_kept=0, publication_age=timedelta(0), view_age=timedelta(0))

    assert collectable([publication(1, 99)], (), retention, NOW) == []
