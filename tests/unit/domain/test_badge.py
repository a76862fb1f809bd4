"""What badges say of archives and campaigns."""

from dataclasses import replace

import pytest
from tests.builders import NOW

from vostok.domain.archive import Archive, ArchiveKind, ArchiveState, RebuildPolicy
from vostok.domain.badge import BadgeTone, archive_badge, campaign_badge
from vostok.domain.campaign import Campaign, CampaignKind, CampaignState
from vostok.domain.rebuild_version.schemes import VersionScheme

ARCHIVE = Archive(
    id=1, name="trial", kind=ArchiveKind.DERIVED, state=ArchiveState.ACTIVE, created_at=NOW,
    requested_by="ada", tag="Xtrial", policy=RebuildPolicy.ON_REQUEST, toolchain_id=None,
    key_fingerprint=None,
)  # fmt: skip
CAMPAIGN = Campaign(
    id=1, archive_id=1, archive="trial", number=3, reason="", requested_by="ada", selection="all",
    architectures=("amd64",), toolchain_id=None, dependencies="own", kind=CampaignKind.REBUILD,
    scheme=VersionScheme.SAFE, score=0, request={}, state=CampaignState.READY, sentence="",
    created_at=NOW,
)  # fmt: skip
G, M, B, W, Q = (
    BadgeTone.GOOD, BadgeTone.MIXED, BadgeTone.BAD, BadgeTone.BUSY, BadgeTone.QUIET,
)  # fmt: skip


@pytest.mark.parametrize(
    ("counts", "message", "tone"),
    [
        ({"built": 9_999, "failed": 1}, "99 % built", M),
        ({"built": 5, "cancelled": 3, "superseded": 2, "not-for-us": 1}, "100 % built", G),
        ({"built": 1, "needs-build": 1}, "50 % built", W),
        ({"built": 1, "planned": 2}, "33 % built", W),
        ({"failed": 2}, "0 % built", B),
        ({"cancelled": 2}, "not rebuilt", Q),
        ({}, "not rebuilt", Q),
    ],
)
def test_an_archive_tells_how_much_of_what_is_wanted_is_built(
    counts: dict[str, int], message: str, tone: BadgeTone
) -> None:
    badge = archive_badge(ARCHIVE, counts)

    assert (badge.label, badge.message, badge.tone) == ("vostok", message, tone)
    assert badge.title == f"trial: {message}"


def test_an_archive_that_is_not_rebuilt_here_or_not_usable_says_so() -> None:
    image = archive_badge(replace(ARCHIVE, kind=ArchiveKind.EXTERNAL), {})
    going = archive_badge(replace(ARCHIVE, state=ArchiveState.DELETING), {"built": 1})

    assert (image.message, image.tone) == ("imported", Q)
    assert (going.message, going.tone) == ("deleting", W)


@pytest.mark.parametrize(
    ("state", "counts", "message", "title", "tone"),
    [
        ("ready", {"built": 812, "failed": 88}, "812/900", "812/900 built", M),
        ("ready", {"built": 2, "superseded": 1}, "2/2", "2/2 built", G),
        ("ready", {}, "nothing to build", "nothing to build", Q),
        ("preparing", {"needs-build": 2}, "preparing", "preparing", W),
        ("failed", {"cancelled": 2}, "not made ready", "not made ready", B),
    ],
)
def test_a_campaign_tells_how_many_of_its_builds_are_built(
    state: str, counts: dict[str, int], message: str, title: str, tone: BadgeTone
) -> None:
    campaign = replace(CAMPAIGN, state=CampaignState(state))

    badge = campaign_badge(ARCHIVE, campaign, counts)

    assert (badge.label, badge.message, badge.tone) == ("rebuild", message, tone)
    assert badge.title == f"trial, campaign 3: {title}"
