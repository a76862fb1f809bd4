"""What the small picture for other pages says of an archive, or of a campaign."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from vostok.domain.archive import Archive, ArchiveKind, ArchiveState
from vostok.domain.build import UNFINISHED_STATES, BuildState
from vostok.domain.campaign import Campaign, CampaignState

UNWANTED = frozenset({BuildState.CANCELLED, BuildState.SUPERSEDED, BuildState.NOT_FOR_US})
"""Builds that nobody waits for: they count neither as built nor as missing."""


class BadgeTone(StrEnum):
    """How good the news is."""

    GOOD = "good"
    """All that was wanted is built."""
    MIXED = "mixed"
    """Some of it is."""
    BAD = "bad"
    """None of it is, or it could not be made ready."""
    BUSY = "busy"
    """It goes on."""
    QUIET = "quiet"
    """There is nothing to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """Two words beside each other, and the sentence for those who do not see them.

    Attributes:
        is_private: whether it is of a private archive, so that no page elsewhere may show it.
    """

    label: str
    message: str
    title: str
    tone: BadgeTone
    is_private: bool


def archive_badge(archive: Archive, counts: Mapping[str, int]) -> Badge:
    """How much of what was to be rebuilt in an archive is.

    Args:
        archive: whose badge it is.
        counts: state -> how many places have their newest build in it.
    """
    built, wanted = _built_of(counts)
    if archive.state is not ArchiveState.ACTIVE:
        message, tone = str(archive.state), BadgeTone.BUSY
    elif archive.kind is ArchiveKind.EXTERNAL:
        message, tone = "imported", BadgeTone.QUIET
    elif not wanted:
        message, tone = "not rebuilt", BadgeTone.QUIET
    else:
        # Rounded down: one failure among thousands is not all of it built.
        message, tone = f"{100 * built // wanted} % built", _tone(counts)
    return Badge(
        label="vostok",
        message=message,
        title=f"{archive.name}: {message}",
        tone=tone,
        is_private=archive.is_private,
    )


def campaign_badge(archive: Archive, campaign: Campaign, counts: Mapping[str, int]) -> Badge:
    """How many of a campaign's builds are built.

    Args:
        archive: whose campaign it is.
        campaign: whose badge it is.
        counts: state -> how many of its builds are in it.
    """
    built, wanted = _built_of(counts)
    match campaign.state:
        case CampaignState.PREPARING:
            message, tone = "preparing", BadgeTone.BUSY
        case CampaignState.FAILED:
            message, tone = "not made ready", BadgeTone.BAD
        case CampaignState.READY if not wanted:
            message, tone = "nothing to build", BadgeTone.QUIET
        case CampaignState.READY:
            message, tone = f"{built}/{wanted}", _tone(counts)
    said = f"{message} built" if wanted and campaign.state is CampaignState.READY else message
    return Badge(
        label=str(campaign.kind),
        message=message,
        title=f"{archive.name}, campaign {campaign.number}: {said}",
        tone=tone,
        is_private=archive.is_private,
    )


def _built_of(counts: Mapping[str, int]) -> tuple[int, int]:
    """How many are built, and of how many that are wanted."""
    wanted = sum(count for state, count in counts.items() if state not in UNWANTED)
    return counts.get(BuildState.BUILT, 0), wanted


def _tone(counts: Mapping[str, int]) -> BadgeTone:
    built, wanted = _built_of(counts)
    if any(counts.get(state) for state in UNFINISHED_STATES):
        return BadgeTone.BUSY
    if built == wanted:
        return BadgeTone.GOOD
    return BadgeTone.MIXED if built else BadgeTone.BAD
