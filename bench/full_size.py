"""An installation as large as they are judged by: 43,000 builds in one archive, 200 archives.

What services do in a moment is asked of them: importing, deriving, requesting rebuilds, persons,
teams, grants. What would take builders months, or people years, is written as rows, in sets: how
the builds ended, their attempts and events, old publications and jobs, the audit log.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa

from bench.own_files import give_own_files
from bench.vostok_work import Course
from vostok.adapters.clock import SystemClock
from vostok.adapters.database import schema
from vostok.adapters.database.connection import create_engine
from vostok.adapters.log_store import LocalLogStore
from vostok.config import Settings
from vostok.domain.attempt import AttemptResult, Outcome, Stage, result_to_json
from vostok.domain.build import BuildState, Fate
from vostok.domain.compiler_proof import ProducerCount, Proof, UnitClass, Verdict

ARCHIVE: Final = "mass"
"""The archive in which everything is rebuilt."""
PARENT: Final = "debian"
HIDDEN: Final = "team-000"
"""One of the private archives."""
PRIVATE_OF: Final = 10
"""Of so many archives one is private."""
BUILDERS: Final = 20
FEW: Final = 50
"""Sources of an archive that takes not all."""
ROWS_AT_ONCE: Final = 5_000
LOG_LINES: Final = 200_000
HUNDRED: Final = 100
EXCERPT: Final = "cc -O2 -g -c src/parser.c -o parser.o\nsrc/parser.c:77: error: no\n" * 30
FILES: Final = (
    "libfoo1_2.0-1+b1_amd64.deb", "libfoo-dev_2.0-1+b1_amd64.deb",
    "libfoo_2.0-1+b1_amd64.buildinfo",
)  # fmt: skip
"""Of each build that was built."""
_DAY: Final = 86_400.0
_PRODUCER: Final = "GNU C17 15.2.0 -mtune=generic -march=x86-64 -g -O2 -fstack-protector-strong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much of everything there is beside the builds, of which each source has one."""

    archives: int = 200
    persons: int = 1_000
    teams: int = 100
    grants_of_archive: int = 10
    publications: int = 1_000
    audit_entries: int = 100_000
    jobs: int = 4_000
    own_files: int = 10_000
    campaigns: tuple[str, ...] = (
        "all", "section = python", "section = math", "section = games",
    )  # fmt: skip
    """What each rebuilds; the archive has sources in each of these sections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Of a hundred builds so many are in a state."""

    of_hundred: int
    state: BuildState
    outcome: Outcome | None = None
    """Of the newest attempt; None with a stage: it runs; None without one: there is none."""
    stage: Stage | None = None


SHARES: Final = (
    Share(of_hundred=66, state=BuildState.BUILT, outcome=Outcome.BUILT, stage=Stage.UPLOAD),
    Share(of_hundred=8, state=BuildState.FAILED, outcome=Outcome.FAILED, stage=Stage.BUILD),
    Share(of_hundred=1, state=BuildState.FAILED, outcome=Outcome.FAILED, stage=Stage.UNPACK),
    Share(of_hundred=2, state=BuildState.BD_UNINSTALLABLE, outcome=Outcome.BD_UNINSTALLABLE,
          stage=Stage.INSTALL_DEPS),
    Share(of_hundred=1, state=BuildState.CHROOT_PROBLEM, outcome=Outcome.CHROOT_PROBLEM,
          stage=Stage.CHROOT),
    Share(of_hundred=1, state=BuildState.FAILED_TO_UPLOAD, outcome=Outcome.BUILT,
          stage=Stage.UPLOAD),
    Share(of_hundred=3, state=BuildState.SUPERSEDED),
    Share(of_hundred=2, state=BuildState.CANCELLED),
    Share(of_hundred=1, state=BuildState.BUILDING, stage=Stage.BUILD),
    Share(of_hundred=15, state=BuildState.NEEDS_BUILD),
)  # fmt: skip


def make_full_size(course: Course, settings: Settings, sizes: Sizes) -> int:
    """Everything, on a fresh installation; the id of a build whose log is long. Minutes."""
    course.import_suite(PARENT)
    course.derive(ARCHIVE, course.parent(PARENT))
    _add_people(course, sizes)
    _add_archives(course, sizes)  # before the mirror is found to lack files: then they are copies
    engine = create_engine(settings.database)
    for selection in sizes.campaigns:
        asked = course.ask(
            "POST", f"/archives/{ARCHIVE}/campaigns", selection=selection, reason="new compiler"
        )
        course.wait_until_ready(ARCHIVE, asked["campaign"]["number"])
        course.cancel(asked["job"])  # the mirror has no files to make no-change sources of
        with _writing(engine) as connection:
            _spread(connection, asked["campaign"]["number"], _now() - 20 * _DAY)
    give_own_files(settings, ARCHIVE, sizes.own_files)
    course.do("POST", f"/archives/{ARCHIVE}/publications")
    with _writing(engine) as connection:
        _add_builders(connection)
        _add_publications(connection, sizes.publications)
        _add_jobs(connection, sizes.jobs)
        _add_audit(connection, sizes.audit_entries)
        logged = _running(connection)
    _write_log(settings, logged)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("analyze")
    engine.dispose()
    return logged


def _now() -> float:
    return SystemClock().now().timestamp()


@contextmanager
def _writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction in which nobody else changes builds, beside the executor's."""
    connection = engine.connect().execution_options(vostok_writing=True)
    with connection, connection.begin():
        if engine.dialect.name == "postgresql":  # else each could wait for the other's rows
            connection.exec_driver_sql("lock table build in exclusive mode")
        yield connection


def _spread(connection: sa.Connection, campaign: int, began: float) -> None:
    """Has the builds of a campaign, begun then, end as the shares say, with all that happened."""
    build, row = schema.build, schema.campaign
    campaign_id = connection.execute(
        sa.select(row.c.id)
        .join(schema.archive, schema.archive.c.id == row.c.archive_id)
        .where(schema.archive.c.name == ARCHIVE, row.c.number == campaign)
    ).scalar_one()
    view_id = _view(connection)
    ids = connection.execute(
        sa.select(build.c.id).where(build.c.campaign_id == campaign_id).order_by(build.c.id)
    ).scalars().all()  # fmt: skip
    connection.execute(row.update().where(row.c.id == campaign_id).values(created_at=began))
    place = 0
    for share in SHARES:
        end = place + share.of_hundred
        chosen = [each for each in ids if place <= each * 37 % HUNDRED < end]
        place = end
        _end_builds(connection, share, chosen, began)
        _insert(connection, schema.event, _events(share, chosen, began))
        if share.stage is not None:
            _insert(connection, schema.attempt, _attempts(share, chosen, view_id, began))
        if share.outcome is Outcome.BUILT:
            _add_files(connection, chosen)


def _end_builds(connection: sa.Connection, share: Share, ids: Sequence[int], began: float) -> None:
    build = schema.build
    has_ended = share.outcome is not None or share.state in (
        BuildState.SUPERSEDED, BuildState.CANCELLED,
    )  # fmt: skip
    for first in range(0, len(ids), ROWS_AT_ONCE):
        some = ids[first : first + ROWS_AT_ONCE]
        connection.execute(
            build.update()
            .where(build.c.id.in_(some))
            .values(
                state=share.state,
                fate=Fate.PUBLISHED if share.state is BuildState.BUILT else Fate.NONE,
                sentence=_sentence(share),
                attempt=0 if share.stage is None else 1,
                finished_at=began + build.c.id * 37 % 1_500_000 if has_ended else None,
            )
        )


def _sentence(share: Share) -> str:
    match share.state:
        case BuildState.FAILED:
            return f"the build failed in {share.stage}: src/parser.c:77: error: no"
        case BuildState.BD_UNINSTALLABLE:
            return "libfoo-dev (>= 2.0) cannot be installed: it is not there"
        case _:
            return str(share.state)


def _attempts(
    share: Share, ids: Sequence[int], view_id: int, began: float
) -> Iterator[dict[str, Any]]:
    result = None if share.outcome is None else result_to_json(_result(share, share.outcome))
    for build_id in ids:
        started = began + build_id * 37 % 1_500_000 - 600 if result else _now() - 900
        yield {
            "build_id": build_id,
            "number": 1,
            "builder": f"builder-{build_id % BUILDERS:02}",
            "edition": 0,
            "view_id": view_id,
            "token_hash": f"attempt {build_id}",
            "view_token_hash": f"view of attempt {build_id}",
            "started_at": started,
            "seen_at": started + 600 if result else _now() + _DAY,  # nobody gives it up meanwhile
            "finished_at": started + 60 + build_id % 540 if result else None,
            "outcome": share.outcome,
            "log_bytes": 40_000 + build_id % 100_000,
            "file_bytes": 0,
            "result": result,
        }


def _add_files(connection: sa.Connection, ids: Sequence[int]) -> None:
    """What the attempts of builds brought, three files each: 100,000 rows of a whole archive."""
    attempt, file = schema.attempt, schema.attempt_file
    for first in range(0, len(ids), ROWS_AT_ONCE):
        chosen = attempt.c.build_id.in_(ids[first : first + ROWS_AT_ONCE])
        attempts = connection.execute(sa.select(attempt.c.id).where(chosen)).scalars().all()
        _insert(connection, file, (row for each in attempts for row in _files(each)))
        size = sa.select(sa.func.sum(file.c.size)).where(file.c.attempt_id == attempt.c.id)
        connection.execute(
            attempt.update().where(chosen).values(file_bytes=size.scalar_subquery())
        )


def _files(attempt_id: int) -> Iterator[dict[str, Any]]:
    for place, name in enumerate(FILES):
        yield {
            "attempt_id": attempt_id,
            "name": name,
            "size": 1_000 + attempt_id * (place + 1) % 900_000,
            "sha256": f"{attempt_id * len(FILES) + place:064x}",
        }


def _result(share: Share, outcome: Outcome) -> AttemptResult:
    is_built = outcome is Outcome.BUILT
    return AttemptResult(
        outcome=outcome,
        stage=share.stage or Stage.BUILD,
        sentence=_sentence(share),
        excerpt="" if is_built else EXCERPT,
        files=FILES,
        seconds={"fetch-source": 2.0, "install-deps": 31.0, "build": 240.0, "total": 281.0},
        space_bytes=40_000_000,
        proof=Proof(
            classes={UnitClass.COMPILER: 40, UnitClass.ASSEMBLER: 1},
            verdict=Verdict.RECORDED,
            sentence="40 of 40 compilation units name a compiler",
            producers=(
                ProducerCount(producer=_PRODUCER, units=40, unit_class=UnitClass.COMPILER),
            ),
        ) if is_built else None,
        environment={"compiler": "gcc 15.2.0", "dpkg": "1.22.21", "sbuild": "0.89.3"},
    )  # fmt: skip


def _events(share: Share, ids: Sequence[int], began: float) -> Iterator[dict[str, Any]]:
    steps = [(BuildState.NEEDS_BUILD, BuildState.BUILDING)] if share.stage else []
    if share.state not in (BuildState.NEEDS_BUILD, BuildState.BUILDING):
        before = BuildState.BUILDING if share.stage else BuildState.NEEDS_BUILD
        steps.append((before, share.state))
    for build_id in ids:
        for number, (before, after) in enumerate(steps):
            yield {
                "build_id": build_id,
                "at": began + build_id * 37 % 1_500_000 + number,
                "actor": f"builder-{build_id % BUILDERS:02}",
                "state_before": before,
                "state_after": after,
                "sentence": _sentence(share),
            }


def _view(connection: sa.Connection) -> int:
    """What the attempts saw."""
    suite_id = _suite(connection)
    view = schema.view
    found = connection.execute(sa.select(view.c.id).where(view.c.suite_id == suite_id)).scalar()
    if found is not None:
        return int(found)
    return int(
        connection.execute(
            view.insert()
            .values(suite_id=suite_id, derivation=1, edition=0, toolchain_id=0,
                    dependencies="", created_at=_now())
            .returning(view.c.id)
        ).scalar_one()
    )  # fmt: skip


def _suite(connection: sa.Connection) -> int:
    suite, archive = schema.suite, schema.archive
    return int(
        connection.execute(
            sa.select(suite.c.id)
            .join(archive, archive.c.id == suite.c.archive_id)
            .where(archive.c.name == ARCHIVE)
            .order_by(suite.c.id)
        ).scalars().first() or 0
    )  # fmt: skip


def _add_people(course: Course, sizes: Sizes) -> None:
    """Persons, and teams of which ten each stand in one another."""
    for number in range(sizes.persons):
        name = f"person{number:04}"
        course.ask("POST", "/persons", name=name, email=f"{name}@example.org")
    for number in range(sizes.teams):
        course.ask("POST", "/teams", name=f"group{number:03}")
        first = number * 10
        members = [f"person{n:04}" for n in range(first, min(first + 10, sizes.persons))]
        teams = [f"group{number - 1:03}"] if number % 10 else []
        course.ask("POST", f"/teams/group{number:03}/members", persons=members, teams=teams)


def _add_archives(course: Course, sizes: Sizes) -> None:
    """Archives with grants; the first of each ten is private, each fifth takes few sources."""
    rights = ("upload", "rebuild", "retry", "administer", "view")
    for number in range(sizes.archives - 2):
        name = f"team-{number:03}"
        few = " or ".join(course.prepared.source_names[number : number + FEW])
        course.derive(name, course.parent(PARENT), few if number % 5 == 1 else "all")
        for place in range(sizes.grants_of_archive):
            holder = (
                {"team": f"group{(number + place) % sizes.teams:03}"}
                if place % 2
                else {"person": f"person{(number * 7 + place) % sizes.persons:04}"}
            )
            course.ask(
                "POST", f"/archives/{name}/rights", right=rights[place % len(rights)], **holder
            )
        if number % PRIVATE_OF == 0:
            course.ask("PUT", f"/archives/{name}/visibility", is_private=True)


def _add_builders(connection: sa.Connection) -> None:
    now = _now()
    _insert(
        connection,
        schema.builder,
        (
            {"name": f"builder-{number:02}", "architectures": ["amd64"], "seen_at": now,
             "state": "active"}
            for number in range(BUILDERS)
        ),
    )  # fmt: skip


def _add_publications(connection: sa.Connection, count: int) -> None:
    """Publications before those that there are: their numbers go on behind them."""
    suite_id, publication = _suite(connection), schema.publication
    newest = (
        connection.execute(
            sa.select(publication)
            .where(publication.c.suite_id == suite_id)
            .order_by(publication.c.number.desc())
        )
        .mappings()
        .first()
    )
    if newest is None:
        return
    row = {name: value for name, value in newest.items() if name != "id"}
    _insert(
        connection,
        publication,
        (
            {**row, "number": 10_000 + number, "at": _now() - (count - number) * 600,
             "reason": f"builds accepted, {number}"}
            for number in range(count)
        ),
    )  # fmt: skip


def _add_jobs(connection: sa.Connection, count: int) -> None:
    now = _now()
    kinds = ("publish", "sync", "prepare-campaign", "derive", "fetch")
    states = ("succeeded",) * 8 + ("failed", "cancelled")
    errors = (*(None,) * 8, {"kind": "NoSpaceError", "message": "no space left"}, None)
    _insert(
        connection,
        schema.job,
        (
            {"id": f"00000000-0000-4000-8000-{number:012}", "kind": kinds[number % len(kinds)],
             "archive": f"team-{number % 190:03}" if number % 4 else ARCHIVE,
             "state": states[number % len(states)], "message": "publication written",
             "arguments": {"archive": ARCHIVE}, "done": 10, "total": 10, "unit": "files",
             "error": errors[number % len(errors)],
             "is_cancel_asked": False, "requested_by": f"person{number % 1000:04}",
             "created_at": now - (count - number) * 300,
             "started_at": now - (count - number) * 300 + 1,
             "finished_at": now - (count - number) * 300 + 9}
            for number in range(count)
        ),
    )  # fmt: skip


def _add_audit(connection: sa.Connection, count: int) -> None:
    now = _now()
    actions = ("retry-builds", "publish", "upload", "grant", "manage-people", "derive")
    _insert(
        connection,
        schema.audit_entry,
        (
            {"at": now - (count - number) * 20, "actor": f"person{number % 997:04}",
             "action": actions[number % len(actions)],
             "archive": f"team-{number % 190:03}" if number % 3 else ARCHIVE,
             "subject": f"build {number}", "detail": f"retried 12 builds, reason {number}"}
            for number in range(count)
        ),
    )  # fmt: skip


def _running(connection: sa.Connection) -> int:
    build = schema.build
    return int(
        connection.execute(
            sa.select(sa.func.min(build.c.id)).where(build.c.state == BuildState.BUILDING)
        ).scalar_one()
    )


def _write_log(settings: Settings, build_id: int) -> None:
    """A log of some 10 MB."""
    line = "cc -O2 -g -Wall -c {} -o parser.o # a line of the log\n"
    text = "".join(line.format(number) for number in range(LOG_LINES)).encode()
    LocalLogStore(settings.data_root / "logs").append(build_id, 1, offset=0, data=text)


def _insert(connection: sa.Connection, table: sa.Table, rows: Iterator[dict[str, Any]]) -> None:
    while some := list(islice(rows, ROWS_AT_ONCE)):
        connection.execute(table.insert(), some)
