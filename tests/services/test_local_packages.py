"""Selections over what only an upload brought, in requests, previews and lists of builds."""

from dataclasses import replace

import pytest
from tests.services.build_machine import BuildMachine
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.packages import TinyBinary, TinySource, source_package
from tests.services.signed_upload import Uploader, local
from tests.services.uploaded_builds import build_it

from vostok.domain.build import BuildState
from vostok.domain.build_change import BuildChange
from vostok.errors import ConflictError, InvalidInputError
from vostok.services.building.build_changes import BuildChoice
from vostok.services.rebuilding.planning import RebuildRequest
from vostok.services.selection.previewing import PreviewService
from vostok.services.selection.selecting import current_local

NEW = TinySource(
    name="newsrc",
    version="1-1",
    binaries=(TinyBinary(name="newsrc", fields="Depends: libfoo1\nProvides: novelty\n"),),
)


@pytest.fixture
def built(derived: Installation) -> Installation:
    """`trial` has newsrc, which no parent has, uploaded and built."""
    richard = Uploader(derived)
    richard.upload(NEW, files=needing(NEW, "hello"))
    build_it(BuildMachine(derived), derived, NEW)
    return derived


def needing(source: TinySource, package: str) -> dict[str, bytes]:
    """The files of a source that build-depends on a package."""
    files = source_package(source)
    dsc = f"{source.name}_{source.version}.dsc"
    files[dsc] = files[dsc].replace(
        b"Architecture: any\n",
        f"Architecture: any\nBuild-Depends: {package}\nHomepage: https://new.example.org\n".encode(),
    )
    return files


def planned(world: Installation, expression: str) -> set[str]:
    request = RebuildRequest(archive="trial", selection=expression, reason="a test")
    plan = world.rebuilding.plan(ADMINISTRATOR, request)
    return {build.source for build in plan.accepted} | {r.source for r in plan.refused}


@pytest.mark.parametrize(
    "expression",
    [
        "newsrc",
        "new*",
        "newsrc (= 1-1)",
        "field(Homepage) ~ new",
        "provides(novelty)",
        "builds(newsrc)",
        "section = misc and newsrc",
    ],
)
def test_a_source_that_only_an_upload_brought_is_selected(
    built: Installation, expression: str
) -> None:
    assert planned(built, expression) == {"newsrc"}


def test_dependencies_lead_to_it_and_from_it(built: Installation) -> None:
    assert planned(built, "build-depends(hello)") == {"newsrc"}
    assert planned(built, "closure(newsrc)") >= {"newsrc", "hello"}
    assert "newsrc" in planned(built, "needs(hello)")


def test_everything_has_it_too(built: Installation) -> None:
    assert "newsrc" in planned(built, "all")
    assert planned(built, "all and not newsrc") == planned(built, "all") - {"newsrc"}


def test_a_request_builds_it_again(built: Installation) -> None:
    campaign = built.rebuild("newsrc")

    [build] = built.builds_of(campaign)
    assert (build.source, build.version, build.state) == (
        "newsrc", "1-1Xtrial2", BuildState.NEEDS_BUILD,
    )  # fmt: skip


def test_before_it_is_built_it_can_be_named_by_itself(derived: Installation) -> None:
    Uploader(derived).upload(NEW, files=needing(NEW, "hello"))

    assert planned(derived, "newsrc") == {"newsrc"}
    assert planned(derived, "build-depends(hello)") == {"newsrc"}
    with pytest.raises(ConflictError, match="nothing that trial takes is selected"):
        planned(derived, "provides(novelty)")


def test_a_changed_source_is_seen_as_it_was_uploaded(derived: Installation) -> None:
    Uploader(derived).upload(local(), files=needing(local(), "libfoo1"))

    assert planned(derived, "hello (>= 1.2-3+local1)") == {"hello"}
    assert "hello" in planned(derived, "build-depends(libfoo1)")


def test_previews_and_lists_of_builds_see_it_as_well(built: Installation) -> None:
    preview = PreviewService(built.database).preview(
        ADMINISTRATOR, parent="trial", selection="newsrc, hello"
    )
    choice = BuildChoice(archive="trial", selection="newsrc")
    cancelled = built.build_changes.plan(ADMINISTRATOR, BuildChange.CANCEL, choice)

    assert {source.name: source.version for source in preview.sources} == {
        "hello": "1.2-3", "newsrc": "1-1",
    }  # fmt: skip
    assert all(source.size for source in preview.sources)
    assert (list(cancelled.changed), cancelled.left_alone) == ([], 1)


def test_no_parent_is_seen_with_it(built: Installation) -> None:
    with pytest.raises(InvalidInputError, match="newsrc"):
        PreviewService(built.database).preview(ADMINISTRATOR, parent="debian", selection="newsrc")


def test_other_bytes_under_the_ids_of_before_are_other_packages(built: Installation) -> None:
    with built.database.read() as transaction:
        local_now = current_local(transaction, built.suite())
    assert local_now is not None

    restored = [
        replace(local_now, sources=[replace(s, stanza="x") for s in local_now.sources]),
        replace(local_now, binaries=[replace(b, sha256="0" * 64) for b in local_now.binaries]),
    ]

    assert len({each.fingerprint for each in (local_now, *restored)}) == 3
    assert replace(local_now).fingerprint == local_now.fingerprint
