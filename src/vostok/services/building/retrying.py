"""Whether failed builds may be tried again, and what they see then.

They must be of what the archive has now, and see what there is now.
"""

from collections.abc import Collection, Mapping, Sequence

from vostok.domain.archive import Suite
from vostok.domain.build import Build, BuildState, Reach
from vostok.domain.build_change import BuildChange, RefusedBuild, by_state, hint_to_request
from vostok.services.building.claims import setting_of, toolchain_words
from vostok.services.building.overtaking import taken_of
from vostok.services.repositories import Transaction
from vostok.services.views.editions import base_of


def retriable(
    transaction: Transaction, archive_id: int, builds: Sequence[Build]
) -> tuple[list[Build], list[RefusedBuild]]:
    """Those of the builds of an archive that can be retried, and why the others cannot.

    A policy against rebuilds is not asked: what was accepted once may always be tried again. In
    sets: O(builds and sources of the archive).
    """
    failed, refused = by_state(builds, BuildChange.RETRY)
    if not failed:
        return [], refused
    present = _present_versions(transaction, failed)
    lowest = min(build.rebuild_no for build in failed)
    newest = transaction.builds.newest_of_sources(archive_id, above=lowest)
    busy = transaction.builds.live_slots(archive_id)
    full = dict(transaction.builds.full_after([b.id for b in failed if b.reach is Reach.VIEW]))
    possible: dict[int, Build] = {}
    # Those under a profile first: with each its full build is planned again.
    for build in sorted(
        failed, key=lambda build: (build.reach is not Reach.VIEW, -build.rebuild_no)
    ):
        after = full.get(build.id)
        refusal = (
            _not_current(build, present.get(build.source, ()))
            or _followed(build, newest.get(build.source), after)
            or _slot_is_taken(build, busy, after)
        )
        if build.id in possible:
            continue
        if refusal is not None:
            refused.append(refusal)
            continue
        possible[build.id] = build
        if after is not None and after.state is not BuildState.PLANNED:
            possible[after.id] = after
        busy[build.source] = busy.get(build.source, frozenset()) | {build.architecture}
    refused = [refusal for refusal in refused if refusal.build.id not in possible]
    return [possible[build_id] for build_id in sorted(possible)], refused


def _present_versions(
    transaction: Transaction, builds: Sequence[Build]
) -> dict[str, Collection[str]]:
    """Source -> the versions that its suite has now, of the parents and of our own.

    None of the parents where the suite's selection leaves a source out.
    """
    found: dict[str, Collection[str]] = {}
    names = {build.source for build in builds}
    for suite_id in sorted({build.suite_id for build in builds}):
        suite: Suite = transaction.archives.suite(suite_id)
        taken = taken_of(transaction, suite, names)
        for _, name, version, _ in transaction.rebuildable.current_sources(base_of(suite), taken):
            known = found.get(name)
            found[name] = (version,) if known is None else frozenset({*known, version})
        for name, change in transaction.deltas.local_changes(suite_id).items():
            found[name] = (change.version,)  # it stands in the place of the parents'
    return found


def _not_current(build: Build, present: Collection[str]) -> RefusedBuild | None:
    if build.source_version in present or build.control_of is not None:
        return None  # the view of a control shows what there was when its failure was
    return RefusedBuild(
        build=build,
        code="not-current",
        sentence=f"build {build.id} is of {build.source} {build.source_version}; the archive has "
        f"{', '.join(sorted(present)) or 'none'} now",
        hint=hint_to_request(build),
    )


def _followed(
    build: Build, newest: tuple[int, int] | None, full: Build | None
) -> RefusedBuild | None:
    """Its version would be below one that was given since; that of a control matters to nobody.

    The full build after one under a profile was given its version together with it, and follows
    it again unless it was built, or overtaken.
    """
    if newest is None or newest[0] <= build.rebuild_no or build.reach is Reach.NOWHERE:
        return None
    if full is not None and newest[0] == full.rebuild_no:
        if full.state is BuildState.SUPERSEDED:
            return RefusedBuild(
                build=build,
                code="followed",
                sentence=f"the full build {full.id} after build {build.id}, which is under a "
                "profile, was overtaken and cannot follow it again",
                hint=hint_to_request(build),
            )
        if full.state is not BuildState.BUILT:
            return None
    return RefusedBuild(
        build=build,
        code="followed",
        sentence=f"build {build.id} was followed by rebuild {newest[0]} of {build.source}; "
        "its version would be lower",
        hint=f"look at that one: vostok build show {newest[1]}",
    )


def _slot_is_taken(
    build: Build, busy: dict[str, frozenset[str]], full: Build | None
) -> RefusedBuild | None:
    if build.architecture not in busy.get(build.source, frozenset()):
        return None
    if full is not None and full.state is BuildState.NEEDS_BUILD:
        return None  # nobody works at it yet: it is planned again
    return RefusedBuild(
        build=build,
        code="already-building",
        sentence=f"another build of {build.source} for {build.architecture} is not finished yet",
        hint="wait for it, or cancel it: vostok build cancel ID",
    )


def retries_in_views(
    transaction: Transaction, builds: Sequence[Build]
) -> Mapping[str, Sequence[Build]]:
    """What builds that are retried see then, in words -> those that see it.

    The newest edition when a builder takes them, which may be one more by then; a control again
    the one in which its failure was. O(builds), with queries for each campaign and control.
    """
    found: dict[str, list[Build]] = {}
    views: dict[tuple[int, int | None], str] = {}
    for build in builds:
        if build.control_of is not None:
            words = _view_of_failure(transaction, build.control_of)
        else:
            key = (build.suite_id, build.campaign_id)
            words = views.get(key) or _newest_view(transaction, build)
            views[key] = words
        found.setdefault(words, []).append(build)
    return found


def _newest_view(transaction: Transaction, build: Build) -> str:
    edition = transaction.archives.suite(build.suite_id).edition
    toolchain_id = setting_of(transaction, build).toolchain_id
    return (
        f"in the newest edition of the view ({edition} as yet)"
        f"{toolchain_words(transaction, toolchain_id)}"
    )


def _view_of_failure(transaction: Transaction, control_of: int) -> str:
    attempt = transaction.builds.current_attempt(transaction.builds.by_id(control_of))
    edition = "the edition" if attempt is None else f"edition {attempt.edition}"
    return f"again in {edition} of the view in which build {control_of} failed"


def forget_absences(transaction: Transaction, builds: Sequence[Build]) -> None:
    """Ask mirrors again for the sources of these builds: who retries has a reason to."""
    transaction.files.forget_answers_of_sources(sorted({build.source_id for build in builds}))
