"""What is declared of somebody else's archive, beside what it shows."""

from vostok.domain.archive import Archive
from vostok.domain.counting import counted
from vostok.domain.package import Membership
from vostok.domain.rebuild_version.successors import has_ubuntu_form
from vostok.services.repositories import Transaction


def contradictions(
    transaction: Transaction,
    archive: Archive,
    *,
    binnmus: bool | None,
    ubuntu_versions: bool | None,
) -> tuple[str, ...]:
    """Sentences on what an archive has made, where it is declared to make none. O(archive).

    It may make no more of them, so that refuses nothing; but who declares it should know.
    """
    bases = [
        Membership(suite_id=suite.id, number=suite.snapshot)
        for suite in transaction.archives.suites(archive.id)
        if suite.snapshot
    ]
    found = []
    if binnmus is False:
        rebuilt = {
            row[0]
            for base in bases
            for row in transaction.rebuildable.continued_versions(base, None)
        }
        if rebuilt:
            found.append(
                f"{archive.name} has binNMUs of {counted(len(rebuilt), 'source')}: a next one "
                "would be hidden, or have the name of a rebuild here"
            )
    if ubuntu_versions is False:
        marked = [
            version
            for base in bases
            for version in transaction.rebuildable.source_versions(base)
            if has_ubuntu_form(version)
        ]
        if marked:
            found.append(
                f"{archive.name} has {counted(len(marked), 'source')} with buildN or ubuntuN, as "
                f"{marked[0]}: a next one would be hidden, or have the name of a rebuild here"
            )
    return tuple(found)
