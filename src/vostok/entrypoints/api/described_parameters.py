"""What parameters mean, in the words of the description of the API.

Many operations take the same: it is said here once, by name, and beside it where it means more.
"""

import re
from collections.abc import Mapping
from typing import Final

IN_PATHS: Final[Mapping[str, str]] = {
    "archives/name": "Name of the archive",
    "toolchains/name": "Name of the toolchain",
    "derivations/number": "Number of the derivation",
    "campaigns/number": "Number of the campaign",
    "publications/number": "Number of the publication",
    "rights/number": "Number of the grant",
    "webhooks/number": "Number of the webhook",
    "deliveries/delivery": "Number of the delivery",
    "subscriptions/number": "Number of the subscription",
    "letters/number": "Number of the letter",
    "uploads/number": "Number of the upload",
    "identities/number": "Number of the identity",
    "comparisons/other": "Number of the campaign that it is compared with",
    "builds/build_id": "Id of the build",
    "jobs/job_id": "Id of the job",
    "versions/source": "Name of the source package",
    "outgoing/source": "Name of the source package",
    "source/version": "Version of the outgoing source",
    "version/file": "Name of the file, as the source's .dsc has it",
    "files/file": "Name of the file",
    "persons/person": "Name of the person",
    "robots/robot": "Name of the robot",
    "keys/fingerprint": "Fingerprint of the certificate",
    "tokens/token": "Name of the token",
    "sessions/session": "Id of the session",
    "teams/team": "Name of the team",
    "quotas/subject": "Whose defaults: `archives` or `persons`",
    "builders/builder": "Name of the builder",
}
"""The part of the path before a parameter, and its name -> what it means."""

ELSEWHERE: Final[Mapping[str, str]] = {
    "left": "`ARCHIVE[/SUITE][@NUMBER or DATE]` on the left side",
    "right": "The same on the right side",
    "comparison.selection": "Only sources that it takes, and their binaries",
    "comparison.group": "List only the differences of this group",
    "compare_campaigns.group": "List only the builds of this group",
    "build_log.offset": "From which byte on",
    "preflight.archive": "Name of the archive that is to be built in",
    "archives.q": "Only archives with this in their names",
    "archives.kind": "Only images of others' archives (`external`), or derived ones; repeated for "
    "both",
    "archives.state": "Only archives in this state; repeated for several",
    "by": "Only archives that this person asked for",
    "jobs.archive": "Only jobs of this archive",
    "audit.archive": "Only what was done in this archive",
    "persons.kind": "Only those of this kind",
    "jobs.kind": "Only jobs of this kind; repeated for several",
    "jobs.state": "Only jobs in this state; repeated for several",
    "kind": "Only things of this kind; repeated for several",
    "state": "Only things in this state; repeated for several",
    "persons.q": "Only those with this in name or address; of a robot, also in purpose or who "
    "answers",
    "robots.q": "Only robots with this in name, purpose or who answers",
    "keys.q": "Only keys with this in the fingerprint, or in whose they are",
    "tokens.q": "Only tokens with this in name, scopes or archive, or in whose they are",
    "general_rights.q": "Only grants with this in the right, who holds it, what it is narrowed to "
    "or who granted it",
    "general_rights.kind": "Only grants to persons, or to teams; repeated for both",
    "quotas.q": "Only limits of whom or what has this in its name, or that were set by such a one",
    "quotas.kind": "Only limits of this kind of holder; repeated for several",
    "taken_sources.q": "Only sources with this in their names",
    "teams.q": "Only teams with this in their names, or in that of a person in them",
    "toolchains.q": "Only toolchains with this in their names, compilers or packages",
    "campaigns.q": "Only campaigns with this in reason, selection, number or who asked for them",
    "builders.q": "Only builders with this in name, architectures or the reason of their state",
    "archive_webhooks.q": "Only webhooks with this in address, topics or who added them",
    "uploads.q": "Only uploads with this in source, version, name of the .changes or who sent it",
    "jobs.q": "Only jobs with this in id, kind, archive or who asked for them",
    "campaign.q": "Only builds with this in the name of their source",
    "search.q": "What is looked for in names",
    "audit.q": "Only with this in what was done, or on what; in upper or lower case, "
    "of other letters than a to z as the database knows them (SQLite: as they are written)",
    "archive_news_stream.cursor": "`next` of the news, or the `position` of an item, behind which "
    "to go on; without one, from now on",
    "campaign_news_stream.cursor": "`next` of the news, or the `position` of an item, behind "
    "which to go on; without one, from now on",
    "last-event-id": "The same, as a browser says it when it connects again",
    "all": "List also what was built in both",
    "attempt": "Number of the attempt; without one, the newest",
    "base": "Suppose that there is nothing of the source but this version",
    "scheme": "How versions are marked; without one, as the archive does it",
    "vendor": "The word that the scheme `vendor` marks with",
    "purpose": "What the version is for",
    "topic": "Only news of this kind; repeated for several",
    "seconds": "After which the stream ends",
    "person": "Whose, for administrators; without one, one's own",
    "persons": "Names of persons; repeated for several",
    "teams": "Names of teams; repeated for several",
    "actor": "Only what this person did",
    "action": "Only deeds of this kind",
    "since": "Only from this moment on (RFC 3339)",
    "until": "Only before this moment (RFC 3339)",
    "before": "Number of an entry: only those older than it",
}
"""Name of a parameter, or `operation.name` -> what it means."""

_PLACE: Final = re.compile(r"(?=/\{?(\w+)\}?/\{(\w+)\})")


def meaning(operation: str, path: str, name: str) -> str | None:
    """What a parameter of an operation means; None if nobody has said so."""
    places = {found[2]: f"{found[1]}/{found[2]}" for found in _PLACE.finditer(path)}
    if name in places:
        return IN_PATHS.get(places[name])
    return ELSEWHERE.get(f"{operation}.{name}", ELSEWHERE.get(name))
