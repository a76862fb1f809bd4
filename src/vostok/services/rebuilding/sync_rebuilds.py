"""What a sync has rebuilt where the archive's policy says so: the last step of its job."""

from vostok.domain.access import SYSTEM
from vostok.domain.archive import RebuildPolicy
from vostok.domain.job import Job
from vostok.domain.sync import Verdict
from vostok.errors import ConflictError
from vostok.services.job_log import Reporter
from vostok.services.job_runner import Carry, Step
from vostok.services.people.quotas import told_to_everybody
from vostok.services.rebuilding.planning import RebuildRequest
from vostok.services.rebuilding.requests import RebuildService
from vostok.services.repositories import Database


class SyncRebuilds:
    """Requests a campaign for what a sync updated, once however often its job is resumed."""

    def __init__(self, database: Database, rebuilding: RebuildService) -> None:
        self._database = database
        self._rebuilding = rebuilding

    def step(self) -> Step:
        """The last part of the job of a sync."""
        return Step(name="rebuild", do=self._rebuild)

    def _rebuild(self, job: Job, carry: Carry, report: Reporter) -> Carry:
        if not carry["is_new"]:
            return carry
        name = str(job.arguments["archive"])
        # The same however often the job is resumed.
        why = f"policy {RebuildPolicy.ON_EVERY_SYNC}"
        reason = f"{why}: updated by derivation {carry['derivation']}, job {job.id}"
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
            suite = transaction.archives.suites(archive.id)[0]
            if archive.policy is not RebuildPolicy.ON_EVERY_SYNC:
                return carry
            made = [c for c in transaction.campaigns.of_archive(archive.id) if c.reason == reason]
            decisions = transaction.derivations.decisions(suite.id, int(carry["derivation"]))
        updated = sorted(d.source for d in decisions if d.verdict is Verdict.UPDATED)
        if not updated:
            return carry
        if made:
            return _said(carry, f"campaign {made[0].number} rebuilds what it updated")
        report.tell("requesting a rebuild of what was updated")
        request = RebuildRequest(archive=name, selection=", ".join(updated), reason=reason)
        try:
            campaign, _, _ = self._rebuilding.request(SYSTEM, request)
        except ConflictError as error:
            return _said(carry, f"nothing is rebuilt: {told_to_everybody(error, archive)}")
        return _said(carry, f"campaign {campaign.number} rebuilds what it updated")


def _said(carry: Carry, words: str) -> Carry:
    return {**carry, "message": f"{carry['message']}; {words}"}
