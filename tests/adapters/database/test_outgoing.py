"""Outgoing sources, on both databases."""

from dataclasses import replace

from tests.adapters.database.stage import Stage
from tests.builders import NOW

from vostok.domain.outgoing import OutgoingSource

OUTGOING = OutgoingSource(
    source="hello",
    source_version="2.10-3",
    version="2.10-3Xtrial1",
    warning="2.10-3.1 would outrank it",
    distribution="sid",
    maintainer="Ann Other <ann@example.org>",
    reason="for libfoo 2",
    requested_by="ann",
    at=NOW,
)


def test_an_outgoing_source_is_found_as_it_was_noted(stage: Stage) -> None:
    other = replace(OUTGOING, source="world")
    with stage.write() as transaction:
        transaction.outgoing.put(stage.archive.id, [OUTGOING, other])

    with stage.read() as transaction:
        outgoing = transaction.outgoing
        archive_id = stage.archive.id
        assert outgoing.find(archive_id, "hello", "2.10-3") == OUTGOING
        assert outgoing.find(archive_id, "hello", "2.10-4") is None
        assert outgoing.find(stage.parent.id, "hello", "2.10-3") is None
        assert outgoing.of_archive(archive_id) == {
            ("hello", "2.10-3"): OUTGOING,
            ("world", "2.10-3"): other,
        }
        assert sorted(outgoing.versions(archive_id)) == [
            ("hello", "2.10-3Xtrial1"),
            ("world", "2.10-3Xtrial1"),
        ]


def test_a_newer_one_of_the_same_source_takes_its_place(stage: Stage) -> None:
    newer = replace(OUTGOING, version="2.10-3Xtrial2", reason="in other words")
    of_another = replace(OUTGOING, source_version="2.10-4", version="2.10-4Xtrial3")
    with stage.write() as transaction:
        transaction.outgoing.put(stage.archive.id, [OUTGOING])
        transaction.outgoing.put(stage.archive.id, [newer, of_another])

    with stage.read() as transaction:
        assert transaction.outgoing.of_archive(stage.archive.id) == {
            ("hello", "2.10-3"): newer,
            ("hello", "2.10-4"): of_another,
        }


def test_no_outgoing_sources_are_none(stage: Stage) -> None:
    with stage.write() as transaction:
        transaction.outgoing.put(stage.archive.id, [])

    with stage.read() as transaction:
        assert transaction.outgoing.of_archive(stage.archive.id) == {}
