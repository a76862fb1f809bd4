"""Which rows are an archive's: every table that names one, and releases that no other has."""

from typing import Final

import sqlalchemy as sa

from vostok.adapters.database import schema

Condition = tuple[sa.Table, sa.ColumnElement[bool]]
"""A table, and which of its rows."""
DOOMED: Final = {
    kind: sa.Table(
        f"doomed_{kind}",
        sa.MetaData(),
        sa.Column("id", sa.Integer),
        sa.Column("stanza_id", sa.Integer),
        prefixes=["TEMPORARY"],
    )
    for kind in ("source", "binary")
}
"""What `doomed_sources` and `doomed_binaries` find, while rows that say so go."""


def suites_of(archive_id: int) -> sa.Select[tuple[int]]:
    """Ids of an archive's suites."""
    return sa.select(schema.suite.c.id).where(schema.suite.c.archive_id == archive_id)


def doomed_sources(archive_id: int) -> sa.Select[tuple[int, int]]:
    """(id, stanza_id) of the source releases that this archive has and no other."""
    s, suites = schema, suites_of(archive_id)
    release = s.source_release
    has = sa.union(
        *(sa.select(t.c.package_id).where(t.c.suite_id.in_(suites))
          for t in (s.suite_source, s.delta_source)),
        sa.select(s.build.c.source_id).where(s.build.c.archive_id == archive_id),
    )  # fmt: skip
    elsewhere = [
        *(sa.exists().where(t.c.package_id == release.c.id, t.c.suite_id.not_in(suites))
          for t in (s.suite_source, s.delta_source)),
        sa.exists().where(s.build.c.source_id == release.c.id, s.build.c.archive_id != archive_id),
    ]  # fmt: skip
    return sa.select(release.c.id, release.c.stanza_id).where(
        release.c.id.in_(has), *(~other for other in elsewhere)
    )


def doomed_binaries(archive_id: int) -> sa.Select[tuple[int, int]]:
    """(id, stanza_id) of the binary releases that this archive has and no other."""
    s, suites = schema, suites_of(archive_id)
    release = s.binary_release
    chroots = sa.select(s.chroot.c.id).where(s.chroot.c.archive_id == archive_id)
    of_chroots = s.chroot_package
    has = sa.union(
        *(sa.select(t.c.package_id).where(t.c.suite_id.in_(suites))
          for t in (s.suite_binary, s.suite_udeb, s.delta_binary)),
        sa.select(of_chroots.c.binary_id).where(of_chroots.c.chroot_id.in_(chroots)),
    )  # fmt: skip
    elsewhere = [
        *(sa.exists().where(t.c.package_id == release.c.id, t.c.suite_id.not_in(suites))
          for t in (s.suite_binary, s.suite_udeb, s.delta_binary)),
        sa.exists().where(
            of_chroots.c.binary_id == release.c.id, of_chroots.c.chroot_id.not_in(chroots)
        ),
    ]  # fmt: skip
    return sa.select(release.c.id, release.c.stanza_id).where(
        release.c.id.in_(has), *(~other for other in elsewhere)
    )


def doomed_rows() -> list[Condition]:
    """The releases in `DOOMED`, with their files and paragraphs."""
    s = schema
    sources, binaries = DOOMED["source"], DOOMED["binary"]
    return [
        (s.source_file, s.source_file.c.source_id.in_(sa.select(sources.c.id))),
        (s.source_release, s.source_release.c.id.in_(sa.select(sources.c.id))),
        (s.binary_release, s.binary_release.c.id.in_(sa.select(binaries.c.id))),
        (
            s.stanza,
            s.stanza.c.id.in_(
                sa.union(sa.select(sources.c.stanza_id), sa.select(binaries.c.stanza_id))
            ),
        ),
    ]


def own_rows(archive_id: int, jobs_of: str | None, except_job: str | None) -> list[Condition]:
    """Every table that can name an archive, and its rows; those that others refer to come last."""
    s, suites = schema, suites_of(archive_id)
    builds = sa.select(s.build.c.id).where(s.build.c.archive_id == archive_id)
    attempts = sa.select(s.attempt.c.id).where(s.attempt.c.build_id.in_(builds))
    publications = sa.select(s.publication.c.id).where(s.publication.c.suite_id.in_(suites))
    views = sa.select(s.view.c.id).where(s.view.c.suite_id.in_(suites))
    chroots = sa.select(s.chroot.c.id).where(s.chroot.c.archive_id == archive_id)
    uploads = sa.select(s.upload.c.id).where(s.upload.c.archive_id == archive_id)
    webhooks = sa.select(s.webhook.c.id).where(s.webhook.c.archive_id == archive_id)
    of_suites = (
        s.toolchain_swap, s.suite_binary, s.suite_udeb, s.suite_source, s.derivation_parent,
        s.derivation, s.taken_source, s.pinned_source, s.removed_source, s.sync_decision,
        s.snapshot_file, s.snapshot, s.mirror_answer,
    )  # fmt: skip
    return [
        (s.chroot_package, s.chroot_package.c.chroot_id.in_(chroots)),
        (s.chroot, s.chroot.c.archive_id == archive_id),
        (s.upload_file, s.upload_file.c.upload_id.in_(uploads)),
        (s.upload, s.upload.c.archive_id == archive_id),
        (s.spool_file, s.spool_file.c.archive_id == archive_id),
        (s.webhook_delivery, s.webhook_delivery.c.webhook_id.in_(webhooks)),
        (s.webhook, s.webhook.c.archive_id == archive_id),
        (s.subscription, s.subscription.c.archive_id == archive_id),
        (s.notice, s.notice.c.archive_id == archive_id),
        (s.token, s.token.c.archive_id == archive_id),
        (s.access_grant, s.access_grant.c.archive_id == archive_id),
        (s.quota, s.quota.c.archive_id == archive_id),
        (s.archive_usage, s.archive_usage.c.archive_id == archive_id),
        (s.attempt_environment, s.attempt_environment.c.attempt_id.in_(attempts)),
        (s.attempt_file, s.attempt_file.c.attempt_id.in_(attempts)),
        (s.attempt, s.attempt.c.build_id.in_(builds)),
        (s.event, s.event.c.build_id.in_(builds)),
        (s.delta_binary, s.delta_binary.c.suite_id.in_(suites)),
        (s.delta_source, s.delta_source.c.suite_id.in_(suites)),
        (s.build, s.build.c.archive_id == archive_id),
        (s.campaign, s.campaign.c.archive_id == archive_id),
        (s.import_trust, s.import_trust.c.archive_id == archive_id),
        (s.outgoing_source, s.outgoing_source.c.archive_id == archive_id),
        (s.rebuild_counter, s.rebuild_counter.c.archive_id == archive_id),
        (s.publication_file, s.publication_file.c.publication_id.in_(publications)),
        (s.publication_pool, s.publication_pool.c.suite_id.in_(suites)),
        (s.publication_hidden, s.publication_hidden.c.suite_id.in_(suites)),
        (s.publication, s.publication.c.suite_id.in_(suites)),
        (s.view_file, s.view_file.c.view_id.in_(views)),
        (s.view, s.view.c.suite_id.in_(suites)),
        *((table, table.c.suite_id.in_(suites)) for table in of_suites),
        (s.suite, s.suite.c.archive_id == archive_id),
        *job_rows(jobs_of, except_job),
        (s.archive, s.archive.c.id == archive_id),
    ]


def job_rows(jobs_of: str | None, except_job: str | None) -> list[Condition]:
    """The jobs of an archive of that name but one, with what requests were answered by them."""
    if jobs_of is None:
        return []
    job, line = schema.job, schema.job_line
    key, known = schema.request_key, schema.repeated_request
    condition = sa.and_(job.c.archive == jobs_of, job.c.id != (except_job or ""))
    ids = sa.select(job.c.id).where(condition)
    return [
        (key, key.c.job_id.in_(ids)),
        (line, line.c.job_id.in_(ids)),
        (job, condition),
        (known, known.c.archive == jobs_of),
    ]
