"""Full builds that follow builds under a profile: when they may start, and when they end too."""

from collections.abc import Collection, Iterable
from datetime import datetime

from vostok.domain.build import UNFINISHED_STATES, Build, BuildState, Reach
from vostok.domain.campaign import Campaign
from vostok.domain.rebuild_plan import Plan
from vostok.services.repositories import Transaction

ACTOR = "vostok"
_UNSUCCESSFUL = frozenset(
    {BuildState.FAILED, BuildState.FAILED_TO_UPLOAD, BuildState.BD_UNINSTALLABLE}
)


def follow(transaction: Transaction, builds: Iterable[Build], *, at: datetime) -> None:
    """Let what follows these builds start, or end with them, by what they are now. In sets.

    The full build is wanted anyway, so a verdict on the one before it is enough. What follows a
    build without a verdict (no chroot, no source) stays planned: it would meet the same.
    """
    ids = [build.id for build in builds if build.reach is Reach.VIEW]
    if not ids:
        return
    now = transaction.builds.of_ids(ids)
    moves: dict[BuildState, list[tuple[Build, str]]] = {}
    for before_id, planned in transaction.builds.full_after(ids):
        if planned.state is BuildState.PLANNED:
            before = now[before_id]
            state, words = _next_of(before)
            if state is not None:
                sentence = f"build {before.id}, under a profile, {words}"
                moves.setdefault(state, []).append((planned, sentence))
    for state, found in moves.items():
        transaction.builds.move_each(found, state, actor=ACTOR, at=at)


def _next_of(before: Build) -> tuple[BuildState | None, str]:
    """The state of what follows a build, and why; None: it stays planned."""
    match before.state:
        case BuildState.BUILT:
            return BuildState.NEEDS_BUILD, "was built, so that this one can start"
        case state if state in _UNSUCCESSFUL:
            return BuildState.NEEDS_BUILD, f"ended as {state}; this one is wanted anyway"
        case BuildState.CANCELLED | BuildState.SUPERSEDED:
            return before.state, f"is {before.state}: {before.sentence}"
        case _:
            return None, ""


def plan_again(
    transaction: Transaction,
    builds: Iterable[Build],
    *,
    actor: str,
    at: datetime,
    sentence: str,
) -> frozenset[int]:
    """Have the full builds after these builds, which are retried, follow them again. In sets.

    Returns:
        Ids of the full builds that are planned now, whether or not they were before.
    """
    ids = [build.id for build in builds if build.reach is Reach.VIEW]
    full = [build for _, build in transaction.builds.full_after(ids)]
    transaction.builds.move_all(
        (build for build in full if build.state is not BuildState.PLANNED),
        BuildState.PLANNED,
        actor=actor,
        at=at,
        sentence=sentence,
    )
    return frozenset(build.id for build in full)


def begun_by_retry(transaction: Transaction, builds: Collection[Build]) -> int:
    """How many builds are unfinished once these are retried that are not now. In sets.

    The full builds after those under a profile are planned again: some of them are unfinished
    anyway, some are not among the builds.
    """
    ids = [build.id for build in builds if build.reach is Reach.VIEW]
    full = [build for _, build in transaction.builds.full_after(ids)] if ids else []
    return len({each.id for each in (*builds, *full) if each.state not in UNFINISHED_STATES})


def begun_by_request(transaction: Transaction, archive_id: int, plan: Plan) -> int:
    """How many more builds are unfinished once a request has its own, and `end_planned` is done.

    None, where it ends as many as it brings.
    """
    return max(0, len(plan.accepted) - len(_planned_before(transaction, archive_id, plan)))


def end_planned(transaction: Transaction, campaign: Campaign, plan: Plan, *, at: datetime) -> None:
    """End what is planned of sources of which a campaign builds something newer."""
    transaction.builds.move_all(
        _planned_before(transaction, campaign.archive_id, plan),
        BuildState.SUPERSEDED,
        actor=campaign.requested_by,
        at=at,
        sentence=f"campaign {campaign.number}, asked for by {campaign.requested_by}, builds it "
        "again",
    )


def _planned_before(transaction: Transaction, archive_id: int, plan: Plan) -> list[Build]:
    """What is planned already of sources of which a request builds something newer."""
    planned = transaction.builds.chosen(
        archive_id, ids=None, states=[BuildState.PLANNED], campaign=None, sources=None
    )
    if not planned:
        return []
    sources = {build.source for build in plan.accepted if build.reach is not Reach.NOWHERE}
    return [build for build in planned if build.source in sources]
