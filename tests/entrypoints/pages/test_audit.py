"""The page of the audit log: who did what since when, piece by piece."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.entrypoints.installation import ADMINISTRATOR, Installation
from tests.entrypoints.pages.visitor import Visitor, add_person, sign_in

from vostok.domain.access import Role
from vostok.domain.audit import AuditEntry
from vostok.domain.rights import Holder, HolderKind, Right
from vostok.entrypoints.pages.audit import ENTRIES_OF_PAGE
from vostok.services.people.rights import GrantRequest

OLD, NEW = datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 2, tzinfo=UTC)


def note(installation: Installation, *entries: AuditEntry) -> None:
    with installation.services.database.write() as transaction:
        for entry in entries:
            transaction.audit.note(
                at=entry.at,
                actor=entry.actor,
                action=entry.action,
                archive=entry.archive,
                subject=entry.subject,
                detail=entry.detail,
            )


def an_entry(actor: str, **changes: object) -> AuditEntry:
    entry = AuditEntry(
        number=0, at=OLD, actor=actor, action="upload", archive=None, subject="hello", detail=""
    )
    return replace(entry, **changes)  # type: ignore[arg-type]  # tests give what fits


@pytest.fixture
def ann(empty_installation: Installation) -> Visitor:
    add_person(empty_installation, "ann", Role.ADMINISTRATOR)
    return sign_in(empty_installation, "ann")


def numbers(signed_in: Visitor, path: str) -> list[int]:
    return [entry["number"] for entry in signed_in.get(path).json()["entries"]]


def test_every_deed_is_there_the_newest_first(ann: Visitor) -> None:
    ann.send("/teams", name="kernel")

    page = ann.text("/audit")

    assert page.index("team kernel") < page.index("person ann")
    assert "added as administrator" in page


def test_older_entries_follow_page_by_page_and_none_twice(
    empty_installation: Installation, ann: Visitor
) -> None:
    note(empty_installation, *[an_entry("lou")] * (2 * ENTRIES_OF_PAGE + 1))

    pages: list[list[int]] = []
    path: str | None = "/audit.json?actor=lou"
    while path is not None and len(pages) < 10:
        document = ann.get(path).json()
        pages.append([entry["number"] for entry in document["entries"]])
        before = document["before"]
        path = None if before is None else f"/audit.json?actor=lou&before={before}"
    first = ann.text("/audit?actor=lou")

    assert [len(page) for page in pages] == [ENTRIES_OF_PAGE, ENTRIES_OF_PAGE, 1]
    found = [number for page in pages for number in page]
    assert found == sorted(set(found), reverse=True)
    assert f'href="/audit?actor=lou&amp;before={pages[0][-1]}"' in first
    assert 'rel="next"' not in ann.text(f"/audit?actor=lou&before={pages[1][-1]}")
    back = ann.get(f"/audit.json?actor=lou&after={pages[2][0]}").json()
    assert [entry["number"] for entry in back["entries"]] == pages[1]
    assert (back["before"], back["after"]) == (pages[1][-1], pages[1][0])
    assert numbers(ann, f"/audit.json?actor=lou&after={back['after']}") == pages[0]
    assert numbers(ann, f"/audit.json?actor=lou&after={pages[0][3]}") == pages[0]
    assert f'rel="prev" href="/audit?actor=lou&amp;after={pages[1][0]}"' in ann.text(
        f"/audit?actor=lou&before={pages[0][-1]}"
    )


def test_filters_narrow_it_and_stay_in_the_form(
    empty_installation: Installation, ann: Visitor
) -> None:
    note(
        empty_installation,
        an_entry("lou", at=OLD),
        an_entry("lou", at=NEW, archive="gone"),
        an_entry("meg", at=NEW),
    )

    page = ann.text("/audit?actor=lou&action=upload&since=2020-01-02T00:00&q=hel+lo")

    assert 'name="actor" value="lou"' in page
    assert 'name="q" value="hel lo"' in page
    assert "--since 2020-01-02T00:00 --search &#39;hel lo&#39;" in page
    assert 'type="datetime-local" name="since" value="2020-01-02T00:00"' in page
    assert [len(numbers(ann, f"/audit.json?{query}")) for query in (
        "actor=lou", "actor=lou&since=2020-01-02", "actor=lou&archive=gone", "action=upload",
        "actor=lou&since=2020-01-02T01:00:00%2B01:00", "action=never",
        "until=2020-01-02", "since=2020-01-02&until=2020-01-03", "actor=lou&q=HELL", "q=hullo",
    )] == [2, 1, 1, 3, 1, 0, 1, 2, 2, 0]  # fmt: skip
    assert ann.get("/audit.csv?actor=lou&until=2020-01-02").text.count("\r\n") == 2
    assert "Nobody did anything" in ann.text("/audit?action=never")


@pytest.mark.parametrize(
    "query",
    [
        "since=yesterday",
        "until=never",
        "since=0001-01-01T00:00%2B14:00",
        "before=x",
        "before=" + "9" * 30,
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(ann: Visitor, query: str) -> None:
    assert ann.get(f"/audit?{query}").status_code == 400
    assert ann.get(f"/audit.json?{query}").json()["code"] == "invalid-input"


def test_who_administers_an_archive_reads_what_is_of_it_alone(
    installation: Installation,
) -> None:
    add_person(installation, "lou")
    installation.services.rights.give(
        ADMINISTRATOR,
        GrantRequest(
            archive="trial",
            holder=Holder(kind=HolderKind.PERSON, name="lou"),
            right=Right.ADMINISTER,
        ),
    )
    lou = sign_in(installation, "lou")

    entries = lou.get("/audit.json?archive=trial").json()["entries"]
    page = lou.text("/audit?archive=trial")

    assert {entry["archive"] for entry in entries} == {"trial"}
    assert "granted: administer" in page
    assert lou.get("/audit").status_code == 403
    assert lou.get("/audit?archive=debian").status_code == 403


def test_what_people_wrote_is_shown_as_text(
    empty_installation: Installation, ann: Visitor
) -> None:
    attack = "<script>alert(1)</script>"
    note(empty_installation, an_entry(attack, archive=attack, detail=attack))

    page = ann.text("/audit")
    filtered = ann.get("/audit").text + ann.text(f"/audit?actor={attack}&archive={attack}")

    assert "<script>alert" not in page + filtered
    assert "&lt;script&gt;alert(1)" in page
