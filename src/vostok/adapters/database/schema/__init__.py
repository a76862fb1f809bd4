"""The tables. Rows of packages are shared by all archives; what an archive has is membership.

Membership is an interval of numbers, `since` (first) and `until` (first without it, or null): a
snapshot of an external suite, an edition of a derived suite's views, and a publication are all
read as «since <= N and (until is null or until > N)», so each costs the rows that changed.
"""

from vostok.adapters.database.schema.archives import (
    archive,
    snapshot,
    snapshot_file,
    suite,
    toolchain,
)
from vostok.adapters.database.schema.builds import (
    LIVE,
    attempt,
    attempt_environment,
    attempt_file,
    build,
    builder,
    campaign,
    chroot,
    chroot_package,
    event,
    installed_package,
    rebuild_counter,
)
from vostok.adapters.database.schema.columns import metadata
from vostok.adapters.database.schema.deletion import deletion_candidate, tombstone
from vostok.adapters.database.schema.derivations import (
    derivation,
    derivation_parent,
    pinned_source,
    removed_source,
    sync_decision,
    taken_source,
)
from vostok.adapters.database.schema.imports import import_trust, mirror_answer
from vostok.adapters.database.schema.jobs import job, job_line, repeated_request, request_key
from vostok.adapters.database.schema.mail import letter, mail_address, subscription
from vostok.adapters.database.schema.members import (
    delta_binary,
    delta_source,
    suite_binary,
    suite_source,
    suite_udeb,
    toolchain_swap,
)
from vostok.adapters.database.schema.notices import notice
from vostok.adapters.database.schema.outgoing import outgoing_source
from vostok.adapters.database.schema.packages import (
    binary_release,
    file_answer,
    source_file,
    source_release,
    stanza,
)
from vostok.adapters.database.schema.people import (
    guarantee,
    person,
    person_identity,
    person_key,
    robot,
    session,
    token,
)
from vostok.adapters.database.schema.publications import (
    publication,
    publication_file,
    publication_hidden,
    publication_pool,
    view,
    view_file,
)
from vostok.adapters.database.schema.quotas import archive_usage, quota
from vostok.adapters.database.schema.rights import (
    access_grant,
    audit_entry,
    team,
    team_member,
)
from vostok.adapters.database.schema.uploads import spool_file, upload, upload_file
from vostok.adapters.database.schema.webhooks import webhook, webhook_delivery

__all__ = [
    "LIVE",
    "access_grant",
    "archive",
    "archive_usage",
    "attempt",
    "attempt_environment",
    "attempt_file",
    "audit_entry",
    "binary_release",
    "build",
    "builder",
    "campaign",
    "chroot",
    "chroot_package",
    "deletion_candidate",
    "delta_binary",
    "delta_source",
    "derivation",
    "derivation_parent",
    "event",
    "file_answer",
    "guarantee",
    "import_trust",
    "installed_package",
    "job",
    "job_line",
    "letter",
    "mail_address",
    "metadata",
    "mirror_answer",
    "notice",
    "outgoing_source",
    "person",
    "person_identity",
    "person_key",
    "pinned_source",
    "publication",
    "publication_file",
    "publication_hidden",
    "publication_pool",
    "quota",
    "rebuild_counter",
    "removed_source",
    "repeated_request",
    "request_key",
    "robot",
    "session",
    "snapshot",
    "snapshot_file",
    "source_file",
    "source_release",
    "spool_file",
    "stanza",
    "subscription",
    "suite",
    "suite_binary",
    "suite_source",
    "suite_udeb",
    "sync_decision",
    "taken_source",
    "team",
    "team_member",
    "token",
    "tombstone",
    "toolchain",
    "toolchain_swap",
    "upload",
    "upload_file",
    "view",
    "view_file",
    "webhook",
    "webhook_delivery",
]
