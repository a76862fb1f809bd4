"""What holds a request's thread for long is done only some at once, and nobody waits for it."""

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest
from tests.services.imports import UPDATES
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.parent import SUITE
from tests.services.test_importing import USUAL

from vostok.domain.access import ANONYMOUS
from vostok.errors import NotAuthenticatedError, UnavailableError
from vostok.services.dry_runs import PUBLISHED_AT_ONCE_MAX, DryRunService
from vostok.services.importing.suites import PLAN_SECONDS_MAX
from vostok.services.job_runner import Carry
from vostok.services.places_at_once import PlacesAtOnce


def test_each_has_some_places_all_have_more_and_what_is_given_back_is_free() -> None:
    places = PlacesAtOnce("are open", in_all_max=3, of_one_max=2, hint="later")

    with ExitStack() as taken:
        for whose in ("ann", "ann", "ben"):
            taken.enter_context(places.one(whose))
        refused = []
        for whose in ("ann", "cem"):
            with pytest.raises(UnavailableError) as caught, places.one(whose):
                pass
            refused.append(str(caught.value))
        most = places.taken

    assert refused == [
        "are open now: 2 of ann, as many as there may be",
        "are open now: 3 in all, as many as there may be",
    ]
    assert (most, places.taken) == (3, 0)
    with places.one("cem"):
        assert places.taken == 1


@dataclass
class Publishing:
    """Publishes in the middle of a dry run what others then ask to try, too."""

    others: list[str]
    dry_runs: list[DryRunService] = field(default_factory=list)
    outcomes: list[Exception | None] = field(default_factory=list)

    def write_now(self, *_asked: object) -> Carry:
        if self.others:
            name = self.others.pop(0)
            try:
                self.dry_runs[0].publish(ADMINISTRATOR, name)
            except UnavailableError as error:
                self.outcomes.append(error)
            else:
                self.outcomes.append(None)
        return {"message": "made"}


def test_publishing_is_tried_once_at_a_time_in_an_archive_and_little_in_all(
    derived: Installation,
) -> None:
    refused: dict[str, list[Exception | None]] = {}
    for name, others in {"same": ["trial"], "third": ["debian", "another"]}.items():
        publishing = Publishing(others)
        dry_runs = DryRunService(
            *cast("tuple[Any, Any, Any, Any]", (None,) * 4),
            cast("Any", lambda found=publishing: found),
            derived.clock,
        )
        publishing.dry_runs.append(dry_runs)
        dry_runs.publish(ADMINISTRATOR, "trial")
        refused[name] = publishing.outcomes
        with pytest.raises(NotAuthenticatedError):
            dry_runs.publish(ANONYMOUS, "trial")

    assert [str(error) for error in refused["same"]] == [
        "dry runs of publishing are under way now: 1 of trial, as many as there may be"
    ]
    assert [error is None for error in refused["third"]] == [False, True]
    assert len(refused["third"]) == PUBLISHED_AT_ONCE_MAX


def test_all_mirrors_of_an_import_that_is_only_tried_share_one_time(empty: Installation) -> None:
    empty.parent.serve(empty.mirror, suite=UPDATES)
    request = replace(USUAL, suites=[SUITE, UPDATES])

    offers = empty.importing.plan(ADMINISTRATOR, request)

    assert len(offers) == 2
    assert empty.mirror.seconds == [PLAN_SECONDS_MAX]
