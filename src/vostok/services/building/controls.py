"""Controls: which failures of a campaign are built again, and in which view."""

from collections.abc import Collection, Sequence
from datetime import datetime

from vostok.domain.archive import Archive, Suite
from vostok.domain.build import Build, BuildState
from vostok.domain.control import Controllable, plan_controls
from vostok.domain.publication import View, dependencies_without
from vostok.domain.rebuild_plan import Plan
from vostok.errors import ConflictError
from vostok.services.building.rebuild_requests import with_builds_named
from vostok.services.repositories import Transaction
from vostok.services.selection.selecting import selected_here, takes_everything
from vostok.services.views.named_packages import named_by


def list_controls(
    transaction: Transaction,
    archive: Archive,
    suite: Suite,
    number: int,
    *,
    selection: str,
    architectures: Sequence[str],
) -> Plan:
    """The controls of a campaign's failures. In sets: O(builds of the archive).

    What `all` selects are its failures; of a source that is named, what did not fail is refused.

    Raises:
        ConflictError: nothing of the campaign is meant.
        InvalidInputError: the selection is malformed, or names nothing.
        NotFoundError: there is no such campaign.
    """
    campaign = transaction.campaigns.numbered(archive.id, number)
    builds = [
        build
        for build in transaction.builds.of_campaign(campaign.id)
        if build.builder_architecture in architectures
    ]
    if takes_everything(selection):
        meant = [build for build in builds if build.state is BuildState.FAILED]
    else:
        among = frozenset(build.source for build in builds)
        names = selected_here(transaction, suite, selection, among=among)
        meant = [build for build in builds if build.source in names]
    meant = list({(build.source, build.architecture): build for build in meant}.values())
    if not meant:
        raise ConflictError(
            f"campaign {number} has no failed build that is meant",
            hint=f"look at it: vostok campaign show {archive.name} {number}",
            reason="nothing-meant",
        )
    plan = plan_controls(
        _controllable(transaction, archive, meant),
        transaction.campaigns.last_rebuild_numbers(archive.id),
    )
    return with_builds_named(transaction, archive, plan)


def _controllable(
    transaction: Transaction, archive: Archive, builds: Sequence[Build]
) -> list[Controllable]:
    ids = [build.id for build in builds]
    attempts = transaction.builds.attempts(ids)
    controls: dict[int, list[Build]] = {}
    for control in transaction.builds.controls_of(ids):
        if control.control_of is not None:
            controls.setdefault(control.control_of, []).append(control)
    live = transaction.builds.live_slots(archive.id)
    views = {tried[-1].view_id for tried in attempts.values() if tried}
    swapped = _with_toolchain(transaction, views)
    found = []
    for build in builds:
        newest = attempts[build.id][-1] if attempts.get(build.id) else None
        found.append(
            Controllable(
                build=build,
                attempt=newest,
                had_toolchain=newest is not None and newest.view_id in swapped,
                controls=tuple(controls.get(build.id, ())),
                live_architectures=live.get(build.source, frozenset()),
            )
        )
    return found


def _with_toolchain(transaction: Transaction, view_ids: Collection[int]) -> frozenset[int]:
    """Those of the views that have another toolchain; a campaign's builds see a few views."""
    views = [transaction.publications.view(view_id) for view_id in sorted(view_ids)]
    return frozenset(view.id for view in views if view.toolchain_id is not None)


def view_of_control(transaction: Transaction, control_of: int, at: datetime) -> View:
    """The view in which a build failed last, but with the parent's toolchain.

    What the toolchain named of the archive's own is the parents' again in it.

    Raises:
        ConflictError: that build was never tried.
    """
    attempt = transaction.builds.current_attempt(transaction.builds.by_id(control_of))
    if attempt is None:
        raise ConflictError(
            f"build {control_of} was never tried",
            hint=f"try it first: vostok build retry {control_of}",
        )
    seen = transaction.publications.view(attempt.view_id)
    dependencies = seen.dependencies
    if seen.toolchain_id is not None and named_by(transaction, seen.toolchain_id):
        dependencies = dependencies_without(seen.dependencies, seen.toolchain_id)
    return transaction.publications.ensure_view(
        seen.suite_id,
        derivation=seen.derivation,
        edition=seen.edition,
        toolchain_id=None,
        dependencies=dependencies,
        at=at,
    )
