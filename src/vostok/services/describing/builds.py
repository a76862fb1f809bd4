"""What a build is made with and which builds of its slot belong to it, as documents say it."""

from vostok.documents.builds import MadeWith
from vostok.domain.build import Build, Reach
from vostok.services.building.claims import setting_of, words_of_attempt
from vostok.services.repositories import Transaction


def made_with(transaction: Transaction, build: Build) -> MadeWith:
    """Profiles and options of a build, and the builds before and after it in its campaign."""
    attempt = transaction.builds.current_attempt(build)
    if attempt is not None:
        words = words_of_attempt(transaction, build, attempt)
    else:
        setting = setting_of(transaction, build)
        toolchain = None
        if setting.toolchain_id is not None:
            toolchain = transaction.toolchains.by_id(setting.toolchain_id)
        words = setting.words(toolchain)
    before, after = _neighbours(transaction, build)
    return {
        "build_profiles": list(words.profiles),
        "build_options": list(words.options),
        "follows": before,
        "followed_by": after,
    }


def _neighbours(transaction: Transaction, build: Build) -> tuple[int | None, int | None]:
    """(id of the build under a profile that it follows, id of the full build that follows it)."""
    if build.campaign_id is None or build.reach is Reach.NOWHERE:
        return None, None
    others = [
        other.id
        for other in transaction.builds.of_slot(build.archive_id, build.source, build.architecture)
        if other.campaign_id == build.campaign_id
        and other.reach is not build.reach
        and other.reach is not Reach.NOWHERE
    ]
    other = others[0] if others else None
    return (None, other) if build.reach is Reach.VIEW else (other, None)
