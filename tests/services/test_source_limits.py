"""Rights that are narrowed to some sources of an archive, by a selection too."""

import pytest
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.packages import TinyBinary, TinySource
from tests.services.signed_upload import Uploader, local

from vostok.domain.access import Principal, Role
from vostok.domain.rights import (
    EVERY_SOURCE,
    Grant,
    Holder,
    HolderKind,
    Right,
    SourceLimit,
    rights_of,
)
from vostok.domain.upload import UploadState
from vostok.errors import InvalidInputError, NotAllowedError
from vostok.services.people.rights import GrantRequest, RightsService
from vostok.services.rebuilding.outgoing import OutgoingRequest
from vostok.services.rebuilding.planning import RebuildRequest
from vostok.services.selection.source_limits import NOT_GRANTED


def eve(world: Installation, *limits: SourceLimit, right: Right = Right.REBUILD) -> Principal:
    """Somebody with nothing but a narrowed right in `trial`."""
    grants = [
        Grant(
            id=number, archive="trial", holder=Holder(kind=HolderKind.PERSON, name="eve"),
            right=right, limit=limit, granted_by="ann", granted_at=world.clock.last,
            revoked_by=None, revoked_at=None,
        )
        for number, limit in enumerate(limits)
    ]  # fmt: skip
    return Principal(name="eve", role=Role.MEMBER, rights=rights_of(grants, []))


def asked(selection: str) -> RebuildRequest:
    return RebuildRequest(archive="trial", selection=selection, reason="because")


@pytest.mark.parametrize(
    ("limit", "reached"),
    [
        (SourceLimit(selection="builds(libfoo1) or hello"), {"hello", "libfoo"}),
        (SourceLimit(selection="component = contrib"), {"static"}),
        (SourceLimit(component="contrib"), {"static"}),
        (SourceLimit(sources=("gcc-1?",)), {"gcc-11", "gcc-12"}),
        (SourceLimit(sources=("gcc-*",), selection="version(>= 12)"), {"gcc-12"}),
        (SourceLimit(sources=("gcc-*",), selection="not gcc-12"), {"gcc-11", "gcc-defaults"}),
    ],
)
def test_a_request_reaches_what_the_right_to_it_is_narrowed_to(
    derived: Installation, limit: SourceLimit, reached: set[str]
) -> None:
    whoever = eve(derived, limit)

    plan = derived.rebuilding.plan(whoever, asked("all"))
    requested = derived.rebuilding.request(whoever, asked("all"))

    builds = derived.builds_of(requested.campaign)
    others = {refusal.source for refusal in plan.refused if refusal.code == NOT_GRANTED}
    assert {build.source for build in plan.accepted} == reached
    assert {build.source for build in builds} == reached
    assert "ownversion" in others
    assert not others & reached


def leaving(selection: str) -> OutgoingRequest:
    return OutgoingRequest(
        archive="trial", selection=selection, reason="x", maintainer="Eve <eve@example.org>"
    )


@pytest.mark.parametrize(
    ("limit", "reached"),
    [
        (SourceLimit(selection="builds(libfoo1) or hello"), {"hello", "libfoo"}),
        (SourceLimit(component="contrib"), {"static"}),
        (SourceLimit(sources=("gcc-1?",)), {"gcc-11", "gcc-12"}),
    ],
)
def test_versions_for_elsewhere_are_taken_only_of_what_the_right_reaches(
    derived: Installation, limit: SourceLimit, reached: set[str]
) -> None:
    whoever = eve(derived, limit)

    plan = derived.outgoing.plan(whoever, leaving("all"))
    requested = derived.outgoing.request(whoever, leaving("all"))

    assert plan == requested
    assert {source.source for source in requested.sources} == reached
    others = {refusal.source for refusal in plan.refused if refusal.code == NOT_GRANTED}
    assert "ownversion" in others
    with derived.database.read() as transaction:
        for name in ("hello", "libfoo", "static", "gcc-11", "gcc-12", "ownversion"):
            taken = transaction.campaigns.last_rebuild_number(derived.archive().id, name)
            assert taken == (1 if name in reached else 0)


def test_no_version_leaves_where_the_right_reaches_none_of_the_sources(
    derived: Installation,
) -> None:
    whoever = eve(derived, SourceLimit(selection="libfoo"))

    for ask in (derived.outgoing.plan, derived.outgoing.request):
        with pytest.raises(NotAllowedError, match="may not ask for any of it") as refused:
            ask(whoever, leaving("hello"))

        assert refused.value.reason == NOT_GRANTED


def test_a_no_change_rebuild_reaches_what_the_right_to_it_is_narrowed_to(
    derived: Installation,
) -> None:
    whoever = eve(derived, SourceLimit(sources=("hello",)))
    request = RebuildRequest(
        archive="trial", selection="hello, libfoo", reason="because", is_no_change=True
    )

    requested = derived.rebuilding.request(whoever, request)

    assert {build.source for build in derived.builds_of(requested.campaign)} == {"hello"}


def test_of_several_limits_each_is_enough(derived: Installation) -> None:
    whoever = eve(derived, SourceLimit(sources=("hello",)), SourceLimit(selection="libfoo"))

    plan = derived.rebuilding.plan(whoever, asked("hello, libfoo, only"))

    assert {build.source for build in plan.accepted} == {"hello", "libfoo"}
    assert [refusal.sentence for refusal in plan.refused] == [
        "eve may not ask for rebuilds of only, only hello or selection libfoo"
    ]


def test_a_request_for_nothing_that_the_right_reaches_is_refused_whole(
    derived: Installation,
) -> None:
    whoever = eve(derived, SourceLimit(selection="libfoo"))

    for ask in (derived.rebuilding.plan, derived.rebuilding.request):
        with pytest.raises(NotAllowedError, match="may not ask for any of it") as refused:
            ask(whoever, asked("hello"))

        assert refused.value.reason == NOT_GRANTED


def test_whoever_has_the_right_unnarrowed_too_is_not_narrowed(derived: Installation) -> None:
    whoever = eve(derived, SourceLimit(selection="libfoo"), EVERY_SOURCE)

    plan = derived.rebuilding.plan(whoever, asked("hello"))

    assert {build.source for build in plan.accepted} == {"hello"}


def test_a_grant_to_what_is_no_selection_is_refused(derived: Installation) -> None:
    rights = RightsService(derived.database, derived.clock)
    derived.people.add(ADMINISTRATOR, "eve", email="eve@example.org", role=Role.MEMBER)
    holder = Holder(kind=HolderKind.PERSON, name="eve")

    def give(selection: str) -> Grant:
        limit = SourceLimit(selection=selection)
        request = GrantRequest(archive="trial", holder=holder, right=Right.REBUILD, limit=limit)
        return rights.give(ADMINISTRATOR, request)

    with pytest.raises(InvalidInputError, match="the selection is wrong"):
        give("section =")

    assert give("section = libs").limit == SourceLimit(selection="section = libs")


def uploader(world: Installation, *limits: SourceLimit) -> Uploader:
    """Richard is a member who may upload what one of the limits lets through."""
    richard = Uploader(world, role=Role.MEMBER)
    with world.database.write() as transaction:
        for limit in limits:
            transaction.rights.give(
                world.archive().id,
                Holder(kind=HolderKind.PERSON, name="richard"),
                Right.UPLOAD,
                limit=limit,
                by="ann",
                at=world.clock.last,
            )
    richard.principal = world.people.principal(richard.token, address="192.0.2.1")
    return richard


def refusal_of(richard: Uploader, source: TinySource, *, section: str = "misc") -> str:
    """Why an upload is refused; nothing, if it is accepted."""
    try:
        upload = richard.upload(
            source, change=lambda text: text.replace(" misc optional ", f" {section} optional ")
        )
        assert upload.state is UploadState.ACCEPTED
    except NotAllowedError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("selection", "is_accepted"),
    [
        ("hello", True),
        ("builds(hello) and component = main", True),
        ("version(<< 1.2-3+local1)", True),  # as it is in the archive, not as it is sent
        ("not hello", False),
        ("libfoo", False),
        ("component = contrib", False),
    ],
)
def test_an_upload_of_what_is_there_is_judged_by_what_is_there(
    derived: Installation, selection: str, *, is_accepted: bool
) -> None:
    richard = uploader(derived, SourceLimit(selection=selection))

    refusal = refusal_of(richard, local())

    assert (refusal == "") is is_accepted
    assert is_accepted or "may not upload hello of main into trial, only selection" in refusal


@pytest.mark.parametrize(
    ("selection", "is_accepted"),
    [
        ("newcomer", True),
        ("new*", True),
        ("maintainer ~ example and builds(newcomer)", True),
        ("version(>= 2)", False),
        ("needs(libfoo1)", False),
        ("essential", False),
        ("not essential", True),
    ],
)
def test_an_upload_of_something_new_is_judged_by_its_own_fields(
    derived: Installation, selection: str, *, is_accepted: bool
) -> None:
    richard = uploader(derived, SourceLimit(selection=selection))
    source = TinySource(name="newcomer", version="1.0", binaries=(TinyBinary(name="newcomer"),))

    refusal = refusal_of(richard, source)

    assert (refusal == "") is is_accepted


@pytest.mark.parametrize(
    ("components", "is_accepted"),
    [(("contrib",), False), (("main",), False), (("main", "contrib"), True)],
)
def test_what_the_archive_alone_has_moves_only_between_components_that_are_both_allowed(
    derived: Installation, components: tuple[str, ...], *, is_accepted: bool
) -> None:
    def newcomer(version: str) -> TinySource:
        return TinySource(
            name="newcomer", version=version, binaries=(TinyBinary(name="newcomer"),)
        )

    Uploader(derived, "andrea").upload(newcomer("1.0"))
    richard = uploader(derived, *(SourceLimit(component=each) for each in components))

    refusal = refusal_of(richard, newcomer("1.1"), section="contrib/misc")

    assert (refusal == "") is is_accepted
    with derived.database.read() as transaction:
        [*_, found] = transaction.uploads.current_sources(derived.suite().id, ["newcomer"])
    assert found.component == ("contrib" if is_accepted else "main")


def test_something_new_goes_into_the_component_that_is_allowed(derived: Installation) -> None:
    richard = uploader(derived, SourceLimit(component="contrib"))
    source = TinySource(name="newcomer", version="1.0", binaries=(TinyBinary(name="newcomer"),))

    assert "may not upload newcomer of main" in refusal_of(richard, source)
    assert refusal_of(richard, source, section="contrib/misc") == ""
