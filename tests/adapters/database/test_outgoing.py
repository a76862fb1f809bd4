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
    scheme="vendor acme",
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
        assert outgoing.find(archive_id, "hello", "2.10-3Xtrial1") == OUTGOING
        assert outgoing.find(archive_id, "hello", "2.10-3") is None
        assert outgoing.find(stage.parent.id, "hello", "2.10-3Xtrial1") is None
        assert outgoing.worded(archive_id, OUTGOING.wording) == {
            ("hello", "2.10-3"): OUTGOING,
            ("world", "2.10-3"): other,
        }
        assert sorted(outgoing.versions(archive_id)) == [
            ("hello", "2.10-3Xtrial1"),
            ("world", "2.10-3Xtrial1"),
        ]


def test_one_of_the_same_source_in_other_words_stands_beside_it(stage: Stage) -> None:
    other = replace(OUTGOING, version="2.10-3Xtrial2", reason="in other words")
    of_another = replace(OUTGOING, source_version="2.10-4", version="2.10-4Xtrial3")
    with stage.write() as transaction:
        transaction.outgoing.put(stage.archive.id, [OUTGOING])
        transaction.outgoing.put(stage.archive.id, [other, of_another])

    with stage.read() as transaction:
        outgoing = transaction.outgoing
        assert outgoing.worded(stage.archive.id, OUTGOING.wording) == {
            ("hello", "2.10-3"): OUTGOING,
            ("hello", "2.10-4"): of_another,
        }
        assert outgoing.worded(stage.archive.id, other.wording) == {("hello", "2.10-3"): other}
        assert len(outgoing.versions(stage.archive.id)) == 3


def test_no_outgoing_sources_are_none(stage: Stage) -> None:
    with stage.write() as transaction:
        transaction.outgoing.put(stage.archive.id, [])

    with stage.read() as transaction:
        assert transaction.outgoing.versions(stage.archive.id) == []
