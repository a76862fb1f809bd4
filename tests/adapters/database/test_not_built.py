"""What finds binaries that are built no more, on every database."""

from tests.adapters.database.stage import Stage
from tests.builders import NOW, new_binary, new_build, new_source

from vostok.domain.build import BuildState, RebuildForm
from vostok.domain.package import Membership
from vostok.domain.publication import NOT_BUILT, HiddenBinary


def test_a_publication_knows_which_binaries_it_does_not_show_as_built_no_more(
    stage: Stage,
) -> None:
    stage.add_binaries(new_binary("libfoo1", source="libfoo"))
    with stage.read() as transaction:
        [own] = transaction.deltas.accepted_binaries(stage.suite.id)
    hidden = [(NOT_BUILT, str(own.binary_id)), ("binary", "pool/x")]

    for number, these in ((1, []), (2, hidden), (3, hidden[1:])):
        with stage.write() as transaction:
            transaction.publications.add(
                stage.suite.id, number, derivation=1, at=NOW, reason="", sources=0, binaries=0,
                indices=[], pool=[], hidden=these,
            )  # fmt: skip

    with stage.read() as transaction:
        found = [transaction.publications.not_built(stage.suite.id, n) for n in (1, 2, 3)]
    assert found == [[], [HiddenBinary(own.binary_id, "libfoo1", "libfoo")], []]


def test_paragraphs_are_found_by_any_text_in_them(stage: Stage) -> None:
    snapshot = stage.take_snapshot(
        sources=[new_source("bar"), new_source("100%_x")],
        binaries=[new_binary("bar"), new_binary("a_b"), new_binary("axb")],
    )
    many = [f"n{number}" for number in range(50)]

    with stage.read() as transaction:
        base = Membership(suite_id=stage.parent_suite.id, number=snapshot.number)
        listings = transaction.listings
        by_name = {text.split("\n")[0] for _, text in listings.naming(base, ["a_b", "nothing"])}
        of_sources = [name for name, _ in listings.sources_naming(base, ["100%_x"])]
        everything = listings.naming(base, many)

    assert by_name == {"Package: a_b"}
    assert of_sources == ["100%_x"]
    assert len(everything) == 3


def test_an_upload_counts_as_unaccepted_until_all_its_builds_are_built(stage: Stage) -> None:
    [first, second] = stage.request(
        *(
            new_build(stage.hello_id, architecture=name)._replace(form=RebuildForm.AS_IS)
            for name in ("amd64", "all")
        )
    )
    states = (BuildState.BUILDING, BuildState.UPLOADING, BuildState.BUILT)

    def unaccepted() -> frozenset[tuple[str, str]]:
        with stage.read() as transaction:
            return transaction.builds.unaccepted_uploads(stage.archive.id)

    before = unaccepted()
    stage.move(first, *states)
    half = unaccepted()
    stage.move(second, *states)

    assert before == half == {("hello", first.source_version)}
    assert unaccepted() == frozenset()
    with stage.read() as transaction:
        versions = transaction.builds.source_versions([first.id, second.id])
    assert versions == {first.id: first.source_version, second.id: second.source_version}
