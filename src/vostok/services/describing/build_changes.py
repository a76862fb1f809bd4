"""Changes of many builds as the API's documents."""

from vostok.documents import ChangedBuildsView, ChosenBuildView, RefusedBuildView
from vostok.domain.build import Build
from vostok.domain.build_change import RefusedBuild
from vostok.services.building.build_changes import ChangedBuilds


def changes_document(found: ChangedBuilds, *, dry_run: bool) -> ChangedBuildsView:
    """What a change did, or would do."""
    return {
        "change": found.change,
        "dry_run": dry_run,
        "changed": [_chosen(build) for build in found.changed],
        "refused": [_refused(refused) for refused in found.refused],
        "left_alone": found.left_alone,
    }


def _chosen(build: Build) -> ChosenBuildView:
    return {
        "id": build.id,
        "source": build.source,
        "architecture": build.architecture,
        "version": build.version,
        "campaign": build.campaign,
        "state": build.state,
        "score": build.score,
    }


def _refused(refused: RefusedBuild) -> RefusedBuildView:
    return {
        "id": refused.build.id,
        "source": refused.build.source,
        "architecture": refused.build.architecture,
        "state": refused.build.state,
        "code": refused.code,
        "sentence": refused.sentence,
    }
