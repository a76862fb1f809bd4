"""The no-change sources of a campaign: made here, before builders get them.

Builders are not trusted to make sources. One changelog entry is put into the file that carries
the changelog; every other file is the one that the source has already, known by its hash.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from vostok.debian.no_change_source import (
    DSC_BYTES_MAX,
    Digests,
    no_change_dsc,
    plan_no_change,
    with_changelog_entry,
)
from vostok.debian.packages import pool_directory
from vostok.debian.version import Version
from vostok.domain.build import Build, BuildState, RebuildForm
from vostok.domain.counting import counted
from vostok.domain.package import DeltaKind, NewSource
from vostok.errors import InvalidInputError, NotFoundError, UnavailableError
from vostok.services.building.changelog_entries import entry_of
from vostok.services.building.successors import follow
from vostok.services.job_log import Reporter
from vostok.services.pool.files import FileService
from vostok.services.pool.own_packages import PACKAGE_BYTES_MAX, OwnPackages
from vostok.services.ports import Clock, ContentStore
from vostok.services.repositories import Database, Transaction
from vostok.services.views.editions import base_of, owner_of

CHUNK_BYTES = 1 << 20


class _Old(NamedTuple):
    """The source that builds are of, and what its new changelog entry is."""

    files: Sequence[tuple[str, int, str]]
    component: str
    entry: str
    at: int


class NoChangeSources:
    """Makes them."""

    def __init__(
        self,
        database: Database,
        files: FileService,
        packages: OwnPackages,
        store: ContentStore,
        clock: Clock,
    ) -> None:
        self._database = database
        self._files = files
        self._packages = packages
        self._store = store
        self._clock = clock

    def make(self, campaign_id: int, report: Reporter) -> int:
        """Make the sources that builds of a campaign wait for; how many are there now.

        Each is committed by itself, so that a job that was killed goes on with the next. A source
        of which no parent has a file, or of which none can be made, ends its builds with the
        sentence; the others go on.
        """
        with self._database.read() as transaction:
            builds = transaction.builds.of_campaign(campaign_id)
        waiting: dict[tuple[str, int], list[Build]] = defaultdict(list)
        for build in builds:
            if _waits(build):
                waiting[build.source, build.rebuild_no].append(build)
        made = 0
        for done, ((source, _), of_source) in enumerate(sorted(waiting.items())):
            report.tell(
                f"making the source of {source} {of_source[0].version}",
                step="making no-change sources",
                done=done,
                total=len(waiting),
                unit="sources",
            )
            made += self._make_one(of_source)
        if waiting:
            total = len(waiting)
            report.tell("making no-change sources", done=total, total=total, unit="sources")
            report.note(f"made {made} of {counted(len(waiting), 'no-change source')}")
        return made

    def _make_one(self, builds: Sequence[Build]) -> bool:
        try:
            return self._keep(builds, self._made(builds[0]))
        except (NotFoundError, UnavailableError) as error:
            self._end(builds, BuildState.SOURCE_UNAVAILABLE, str(error))
        except InvalidInputError as error:
            self._end(builds, BuildState.FAILED, f"no no-change source can be made: {error}")
        return False

    def _made(self, build: Build) -> NewSource:
        """The new source, whose new files are stored.

        Raises:
            NotFoundError, UnavailableError: a file cannot be had.
            InvalidInputError: no such source can be made of these files.
        """
        with self._database.read() as transaction:
            old = _old(transaction, build)
        named = {name: (size, sha256) for name, size, sha256 in old.files}
        dscs = [name for name in named if name.endswith(".dsc")]
        if len(dscs) != 1:
            raise InvalidInputError(f"{build.source} names {len(dscs)} .dsc files")
        size, sha256 = named[dscs[0]]
        if size > DSC_BYTES_MAX:
            raise InvalidInputError(f"{dscs[0]} has {size} bytes; at most {DSC_BYTES_MAX}")
        dsc = self._files.ensure(sha256, size=size, name=dscs[0]).read_bytes()
        plan = plan_no_change(dsc, Version.parse(build.version))
        if plan.old_name not in named:
            raise InvalidInputError(f"{plan.old_name} is no file of {build.source}")
        size, sha256 = named[plan.old_name]
        carrier = self._files.ensure(sha256, size=size, name=plan.old_name)
        digests = Digests()
        changed = with_changelog_entry(_chunks(carrier), plan, entry=old.entry, at=old.at)
        self._store.put(digests.noting(changed), size_max=PACKAGE_BYTES_MAX)
        new = no_change_dsc(dsc, plan, digests.file(plan.new_name))
        self._store.put([new], size_max=DSC_BYTES_MAX)
        source = self._packages.described_source(
            new,
            dsc_name=plan.dsc_name,
            component=old.component,
            directory=pool_directory(old.component, build.source),
        )
        if (source.name, source.version) != (build.source, build.version):
            raise InvalidInputError(f"its .dsc is of {source.name}")
        known = {*old.files, (plan.new_name, *_facts(digests, plan.new_name))}
        for file in source.files[1:]:
            if file not in known:
                raise InvalidInputError(f"its .dsc names {file[0]}, which is not its own")
        return source

    def _keep(self, builds: Sequence[Build], source: NewSource) -> bool:
        """Let builds that still wait have the source; whether it was stored."""
        with self._database.write() as transaction:
            transaction.deletion.hold_names()
            current = [transaction.builds.by_id(build.id) for build in builds]
            waiting = [build for build in current if _waits(build)]
            if not waiting:
                return False
            for name, size, sha256 in source.files:
                is_new = builds[0].version.rpartition(":")[2] in name
                if is_new and not self._store.has(sha256, size=size):
                    raise UnavailableError(f"{name} was deleted before it was named; ask again")
            suite = transaction.archives.suite(builds[0].suite_id)
            transaction.deltas.add(
                suite.id,
                kind=DeltaKind.REBUILD,
                sources=[source],
                binaries=[],
                base_version=builds[0].source_version,
            )
            [new] = [
                member
                for member in transaction.members.own_sources(suite.id, [source.name])
                if member.version == source.version
            ][-1:]
            transaction.builds.set_new_source([build.id for build in waiting], new.id)
            transaction.builds.tell(
                waiting,
                f"its source, {source.name} {source.version}, was made",
                actor="vostok",
                at=self._clock.now(),
            )
            return True

    def _end(self, builds: Sequence[Build], state: BuildState, sentence: str) -> None:
        with self._database.write() as transaction:
            current = [transaction.builds.by_id(build.id) for build in builds]
            ended = [build for build in current if _waits(build)]
            at = self._clock.now()
            transaction.builds.move_all(ended, state, actor="vostok", at=at, sentence=sentence)
            follow(transaction, ended, at=at)


def _waits(build: Build) -> bool:
    return (
        build.form is RebuildForm.SOURCE
        and build.new_source_id is None
        and build.state in (BuildState.NEEDS_BUILD, BuildState.PLANNED)
    )


def _old(transaction: Transaction, build: Build) -> _Old:
    suite = transaction.archives.suite(build.suite_id)
    entry, at = entry_of(transaction, build, owner_of(transaction, suite), suite)
    there = transaction.packages.sources_named(base_of(suite), [build.source])
    own = transaction.members.own_sources(suite.id, [build.source])
    known = [(s.id, s.component) for s in there] + [(s.id, s.component) for s in own]
    components = [component for source_id, component in known if source_id == build.source_id]
    return _Old(
        files=transaction.packages.source_files(build.source_id),
        component=components[0] if components else suite.components[0],
        entry=entry,
        at=int(at.timestamp()),
    )


def _facts(digests: Digests, name: str) -> tuple[int, str]:
    file = digests.file(name)
    return file.size, file.digests["sha256"]


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
