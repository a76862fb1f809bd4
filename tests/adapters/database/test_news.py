"""News of an archive, read from the database in pieces."""

import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa
from tests.adapters.database.stage import Stage, add_derived
from tests.builders import NOW

from vostok.adapters.database import news as news_module
from vostok.adapters.database import schema
from vostok.domain.build import BuildState
from vostok.domain.news import BEGINNING, NewsPage, NewsPosition, NewsScope, NewsTopic


@pytest.fixture(autouse=True)
def _small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news_module, "WINDOW_EVENTS", 3)
    monkeypatch.setattr(news_module, "WINDOWS_MAX", 1_000)


def scope(stage: Stage, campaign: tuple[int, int] | None = None) -> NewsScope:
    found = NewsScope(archive_id=stage.archive.id, archive=stage.archive.name)
    if campaign is None:
        return found
    return replace(found, campaign_id=campaign[0], campaign=campaign[1])


def beginning(stage: Stage) -> NewsPosition:
    """Behind what tests before had: rows are taken away, but ids go on from theirs."""
    with stage.read() as transaction:
        first = transaction.connection.execute(sa.select(sa.func.min(schema.event.c.id))).scalar()
        return NewsPosition(builds=transaction.news.heads().builds if first is None else first - 1)


def read(
    stage: Stage,
    position: NewsPosition | None = None,
    limit: int = 100,
    of: NewsScope | None = None,
) -> NewsPage:
    if position is None:
        position = beginning(stage)
    with stage.read() as transaction:
        heads = transaction.news.heads()
    with stage.read() as transaction:
        return transaction.news.after(of or scope(stage), position, heads, limit=limit)


def add_upload(stage: Stage, state: str = "accepted") -> None:
    with stage.database.engine.begin() as connection:
        connection.execute(
            schema.upload.insert().values(
                archive_id=stage.archive.id, uploaded_by="meg", signed_by="", source="hello",
                changes_name="hello.changes", changes_sha256="0", version="3", state=state,
                sentence=f"was {state}", at=NOW.timestamp(),
            )
        )  # fmt: skip


def happened(stage: Stage) -> None:
    """A campaign whose build ends, a publication, two uploads."""
    [build] = stage.request()
    stage.move(build, BuildState.BUILDING, BuildState.FAILED)
    stage.publish()
    add_upload(stage)
    add_upload(stage, "refused")


def test_everything_is_told_with_its_topic(stage: Stage) -> None:
    happened(stage)

    page = read(stage)

    assert sorted(item.topic for item, _ in page.items) == sorted(
        [
            NewsTopic.REQUESTED, NewsTopic.PROGRESS, NewsTopic.PROGRESS, NewsTopic.FAILED,
            NewsTopic.PUBLISHED, NewsTopic.ACCEPTED, NewsTopic.REFUSED,
        ]
    )  # fmt: skip
    assert page.is_whole
    failed = next(item for item, _ in page.items if item.topic is NewsTopic.FAILED)
    assert failed.place_of_page("trial") == ("archives", "trial", "builds", "hello", 1, "amd64")


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_tell_everything_once(stage: Stage, limit: int) -> None:
    happened(stage)
    expected = {item.key for item, _ in read(stage).items}
    told: list[str] = []
    position = beginning(stage)

    for _ in range(20):
        page = read(stage, position, limit)
        told += [item.key for item, _ in page.items]
        position = page.position
        if page.is_whole:
            break

    assert sorted(told) == sorted(expected)
    assert len(told) == 7


def test_any_item_is_a_place_to_go_on_from(stage: Stage) -> None:
    happened(stage)
    whole = [item.key for item, _ in read(stage).items]

    for place, (_, position) in enumerate(read(stage).items):
        assert [item.key for item, _ in read(stage, position).items] == whole[place + 1 :]


def test_what_happens_later_comes_behind_what_was_told(stage: Stage) -> None:
    happened(stage)
    position = read(stage).position

    stage.publish()

    assert [item.topic for item, _ in read(stage, position).items] == [NewsTopic.PUBLISHED]


def test_other_archives_and_campaigns_are_not_told_of(stage: Stage) -> None:
    happened(stage)
    with stage.write() as transaction:
        archive, suite = add_derived(transaction, "second", stage.parent_suite)
    second = replace(stage, archive=archive, suite=suite)
    [build] = second.request()
    assert build.campaign_id is not None

    told = read(second)
    of_campaign = read(second, of=scope(second, (build.campaign_id, 1)))

    assert [item.topic for item, _ in told.items] == ["requested", "progress"]
    assert [item.key for item, _ in of_campaign.items] == [item.key for item, _ in told.items]
    assert told.is_whole


def test_an_archive_where_nothing_happens_is_not_looked_through_again(stage: Stage) -> None:
    happened(stage)
    with stage.write() as transaction:
        archive, _ = add_derived(transaction, "quiet", stage.parent_suite)

    page = read(replace(stage, archive=archive))

    with stage.read() as transaction:
        assert page.position.builds == transaction.news.heads().builds > 0
    assert page.items == ()


def test_one_reading_looks_at_a_bounded_number_of_events(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened(stage)
    monkeypatch.setattr(news_module, "WINDOWS_MAX", 1)
    monkeypatch.setattr(news_module, "WINDOW_EVENTS", 1)
    with stage.read() as transaction:
        head = transaction.news.heads().builds
    position = NewsPosition(builds=head - 3)

    pages = [page := read(stage, position)]
    while not page.is_whole:
        pages.append(page := read(stage, page.position))

    assert [page.position.builds for page in pages] == [head - 2, head - 1, head]
    events = [item.id for page in pages for item, _ in page.items if item.rebuild_no]
    assert events == [head - 2, head - 1, head]


def test_whoever_reads_on_from_the_beginning_is_told_everything_however_high_ids_are(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened(stage)
    with stage.read() as transaction:
        head = transaction.news.heads().builds
    monkeypatch.setattr(news_module, "WINDOWS_MAX", 1)
    monkeypatch.setattr(news_module, "WINDOW_EVENTS", head // 5 + 1)

    pages = [page := read(stage, BEGINNING)]
    while not page.is_whole:
        pages.append(page := read(stage, page.position))

    assert 1 < len(pages) <= 5
    assert len({item.key for page in pages for item, _ in page.items}) == 7


def test_the_newest_leave_out_steps_that_ended_nothing(stage: Stage) -> None:
    happened(stage)

    with stage.read() as transaction:
        found = transaction.news.newest(scope(stage), limit=3)
        whole = transaction.news.newest(scope(stage), limit=100)

    assert len(found) == 3
    assert NewsTopic.PROGRESS not in {item.topic for item in whole}
    assert len(whole) == 5
    assert [item.at for item in whole] == sorted((item.at for item in whole), reverse=True)


def test_a_quiet_archive_has_its_newest_items_however_much_happened_elsewhere_since(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened(stage)
    monkeypatch.setattr(news_module, "WINDOW_EVENTS", 1)
    with stage.read() as transaction:
        before = transaction.news.newest(scope(stage), limit=100)
    with stage.write() as transaction:
        archive, suite = add_derived(transaction, "busy", stage.parent_suite)
    busy = replace(stage, archive=archive, suite=suite)
    [build] = busy.request()
    busy.move(build, BuildState.BUILDING, BuildState.FAILED)

    with stage.read() as transaction:
        found = transaction.news.newest(scope(stage), limit=100)
        of_campaign = transaction.news.newest(scope(busy, (build.campaign_id or 0, 1)), limit=100)

    assert found == before
    assert NewsTopic.FAILED in {item.topic for item in found}
    assert [item.topic for item in of_campaign] == [NewsTopic.FAILED, NewsTopic.REQUESTED]


def test_nothing_is_told_before_what_may_still_come_before_it(stage: Stage) -> None:
    """On SQLite the second writer waits; on PostgreSQL it commits first, with the higher id."""
    [build] = stage.request()
    position = read(stage).position
    values = {
        "build_id": build.id, "at": 0, "actor": "x", "state_before": "needs-build",
        "state_after": "failed",
    }  # fmt: skip
    second = threading.Thread(target=write_event, args=(stage, {**values, "sentence": "second"}))

    with stage.write() as transaction:
        transaction.connection.execute(
            schema.event.insert().values({**values, "sentence": "first"})
        )
        second.start()
        if stage.database.engine.dialect.name == "postgresql":
            second.join()
        during = read(stage, position)
    second.join()
    after = read(stage, during.position)

    assert during.items == ()
    assert [item.sentence for item, _ in after.items] == ["first", "second"]


def write_event(stage: Stage, values: dict[str, object]) -> None:
    with stage.write() as transaction:
        transaction.connection.execute(schema.event.insert().values(values))


def test_events_are_found_by_their_ids(stage: Stage) -> None:
    happened(stage)
    statements: list[tuple[str, tuple[object, ...]]] = []

    def note(
        _c: object, _cur: object, statement: str, parameters: tuple[object, ...], *_: object
    ) -> None:
        statements.append((statement, parameters))

    sa.event.listen(stage.database.engine, "before_cursor_execute", note)
    read(stage)
    sa.event.remove(stage.database.engine, "before_cursor_execute", note)

    if stage.database.engine.dialect.name == "sqlite":
        [query] = [s for s in statements if "state_before" in s[0]][:1]
        with stage.database.engine.connect() as connection:
            plan = connection.exec_driver_sql(f"explain query plan {query[0]}", query[1])
            steps = [row.detail for row in plan]
        assert any(step.startswith("SEARCH event USING INTEGER PRIMARY KEY") for step in steps)
        assert not any(step.startswith("SCAN") for step in steps)
