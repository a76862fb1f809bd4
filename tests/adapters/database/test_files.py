"""Where files can be had, what is listed, and what mirrors answered."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.adapters.database.stage import MIRROR, Stage, add_derived, add_external, snapshot_of
from tests.adapters.database.test_deletion import INDEX, OWN, UPLOADED, fill
from tests.builders import NOW, later, new_binary, new_source, sha256_of

from vostok.adapters.database import schema
from vostok.domain.file_answer import AnswerStatus, FileAnswer
from vostok.domain.package import Membership
from vostok.domain.storage import FileUse

TEMPLATE = "https://snapshot.example.org/archive/debian/@SNAPSHOTID@/"
FILE = new_binary().sha256


def addresses(stage: Stage, sha256: str = FILE) -> list[str]:
    with stage.read() as transaction:
        return transaction.files.addresses(sha256)


def set_template(stage: Stage, template: str) -> None:
    with stage.database.engine.begin() as connection:
        connection.execute(
            schema.snapshot.update().values(
                snapshots_url=template,
                release_date=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC).timestamp(),
            )
        )


def answer(
    url: str, status: AnswerStatus = AnswerStatus.MISSING, seconds: float = 0
) -> FileAnswer:
    return FileAnswer(url=url, at=later(seconds), status=status, message=f"nothing at {url}")


def test_a_binary_and_a_file_of_a_source_are_at_the_mirror(stage: Stage) -> None:
    name, _, sha256 = new_source().files[0]

    assert addresses(stage) == [f"{MIRROR}/{new_binary().filename}"]
    assert addresses(stage, sha256) == [f"{MIRROR}/{new_source().directory}/{name}"]
    assert addresses(stage, sha256_of("nothing")) == []


def test_a_mirror_that_has_it_now_comes_before_one_that_had_it(stage: Stage) -> None:
    with stage.write() as transaction:
        _, suite = add_external(transaction, "other")
        transaction.archives.set_suite_source(
            suite.id, codename="x", components=["main"], architectures=["amd64"],
            mirror="http://a.example.org/", mirrors={},
        )  # fmt: skip
        snapshot_of(transaction, suite, [], [new_binary()])
        snapshot_of(transaction, transaction.archives.suite(suite.id), [], [])

    path = new_binary().filename
    assert addresses(stage) == [f"{MIRROR}/{path}", f"http://a.example.org/{path}"]


def test_old_states_are_asked_last(stage: Stage) -> None:
    set_template(stage, TEMPLATE)

    path = new_binary().filename
    assert addresses(stage) == [
        f"{MIRROR}/{path}",
        f"https://snapshot.example.org/archive/debian/20260304T050607Z/{path}",
    ]


@pytest.mark.parametrize("template", ["", "no", "https://snapshot.example.org/"])
def test_a_template_that_names_no_state_is_none(stage: Stage, template: str) -> None:
    set_template(stage, template)

    assert len(addresses(stage)) == 1


def test_a_path_is_written_so_that_it_stays_a_path(stage: Stage) -> None:
    odd = replace(new_binary("odd"), filename="pool/main/o/o dd_1%3a2#3?_amd64.deb")
    stage.take_snapshot([], [odd])

    assert addresses(stage, odd.sha256) == [
        f"{MIRROR}/pool/main/o/o%20dd_1%253a2%233%3F_amd64.deb"
    ]


def test_answers_are_remembered_the_newest_of_each_address(stage: Stage) -> None:
    with stage.write() as transaction:
        transaction.files.remember(FILE, [answer("http://b/"), answer("http://a/")])
        transaction.files.remember(FILE, [answer("http://b/", AnswerStatus.WRONG, 5)])

    with stage.read() as transaction:
        assert transaction.files.answers(FILE) == [
            answer("http://a/"),
            answer("http://b/", AnswerStatus.WRONG, 5),
        ]
        assert transaction.files.answers(sha256_of("nothing")) == []


def test_lost_files_are_listed_until_they_are_forgotten(stage: Stage) -> None:
    with stage.write() as transaction:
        transaction.files.remember(FILE, [answer("http://a/")])
        transaction.files.set_lost(FILE, "it is nowhere", NOW)
        transaction.files.set_lost(OWN.sha256, "neither is this", NOW)
        assert transaction.files.answers(FILE) == [answer("http://a/")]
        assert set(transaction.files.lost()) == {FILE, OWN.sha256}
        assert [f.sentence for f in transaction.files.lost([FILE]).values()] == ["it is nowhere"]

        transaction.files.forget_answers([FILE])

        assert set(transaction.files.lost()) == {OWN.sha256}
        assert transaction.files.answers(FILE) == []


def test_answers_about_files_of_some_sources_are_forgotten(stage: Stage) -> None:
    stage.take_snapshot([new_source("hello"), new_source("tree")])
    with stage.write() as transaction:
        sources = {
            name: (source_id, transaction.packages.source_files(source_id)[0][2])
            for source_id, name, _, _ in transaction.rebuildable.current_sources(
                Membership(suite_id=stage.parent_suite.id, number=2), ["hello", "tree"]
            )
        }
        for _, sha256 in sources.values():
            transaction.files.set_lost(sha256, "it is nowhere", NOW)

        transaction.files.forget_answers_of_sources([sources["hello"][0]])

        assert set(transaction.files.lost()) == {sources["tree"][1]}


def test_old_answers_go_but_not_that_a_file_is_lost(stage: Stage) -> None:
    with stage.write() as transaction:
        transaction.files.remember(FILE, [answer("http://a/"), answer("http://b/", seconds=10)])
        transaction.files.set_lost(FILE, "it is nowhere", NOW)

        assert transaction.files.forget_answers_before(later(5)) == 1

        assert transaction.files.answers(FILE) == [answer("http://b/", seconds=10)]
        assert set(transaction.files.lost()) == {FILE}


def test_what_a_suite_lists_comes_in_pages_and_sums_up(stage: Stage) -> None:
    binaries = [new_binary(f"b{number}") for number in range(5)]
    sources = [new_source(f"s{number}") for number in range(3)]
    snapshot = stage.take_snapshot(sources, binaries)
    members = Membership(suite_id=stage.parent_suite.id, number=snapshot.number)

    with stage.read() as transaction:
        files = transaction.files
        pages = []
        after = 0
        while page := files.listed_binaries(members, after=after, rows_max=2):
            pages.append(page)
            after = page[-1].id
        of_sources = files.listed_sources(members, after=0, rows_max=2)
        rest = files.listed_sources(members, after=of_sources[-1].id, rows_max=2)
        totals = [files.listed_totals(members, with_sources=w) for w in (False, True)]

    listed = [file for page in pages for file in page]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert {(f.path, f.sha256, f.size) for f in listed} == {
        (b.filename, b.sha256, b.size) for b in binaries
    }
    assert {file.path for file in [*of_sources, *rest]} == {
        f"{source.directory}/{name}" for source in sources for name, _, _ in source.files
    }
    assert totals[0] == (5, sum(b.size for b in binaries))
    assert totals[1][0] == 5 + sum(len(source.files) for source in sources)


def test_a_file_is_told_by_all_its_uses_and_owners(stage: Stage) -> None:
    fill(stage)
    with stage.write() as transaction:
        archive, suite = add_derived(transaction, "sister", stage.parent_suite)
    sister = replace(stage, archive=archive, suite=suite)
    fill(sister)
    both = {stage.archive.id, archive.id}

    with stage.read() as transaction:
        uses = transaction.files.uses([OWN.sha256, INDEX.sha256, UPLOADED.sha256, FILE])

    assert uses == {
        FileUse.OWN: {OWN.sha256: both},
        FileUse.PARENT: {FILE: both | {stage.parent.id}},
        FileUse.INDEX: {INDEX.sha256: both},
        FileUse.ATTEMPT: {UPLOADED.sha256: both},
        FileUse.ORPHAN: {},
    }


def test_files_made_here_are_listed_in_pages(stage: Stage) -> None:
    fill(stage)

    with stage.read() as transaction:
        names: list[str] = []
        while page := transaction.files.own_names(after=names[-1] if names else "", rows_max=2):
            names += page

    assert names == sorted(set(names))
    assert {OWN.sha256, INDEX.sha256, UPLOADED.sha256} <= set(names)
    assert FILE not in names


def test_builds_are_told_their_archives(stage: Stage) -> None:
    [build] = stage.request()

    with stage.read() as transaction:
        assert transaction.files.archives_of_builds([build.id, build.id + 1]) == {
            build.id: stage.archive.id
        }
