"""No-change sources for other archives: their versions, their words, and what they are made of."""

from dataclasses import replace

import pytest
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.parent import indices

from vostok.domain.access import ANONYMOUS, Principal, Role
from vostok.domain.archive import RebuildPolicy
from vostok.domain.rebuild_version.schemes import VersionScheme
from vostok.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from vostok.services.rebuilding.outgoing import OutgoingRequest
from vostok.services.rebuilding.planning import RebuildRequest

REQUEST = OutgoingRequest(
    archive="trial",
    selection="hello",
    reason="for libfoo 2",
    maintainer="Ann Other <ann@example.org>",
)
NO_CHANGE = RebuildRequest(archive="trial", selection="hello", reason="a test", is_no_change=True)


def versions(world: Installation, request: OutgoingRequest = REQUEST) -> list[tuple[str, bool]]:
    """(version, whether it was taken now) of what a request gets."""
    plan = world.outgoing.request(ADMINISTRATOR, request)
    assert plan.refused == ()
    return [(source.version, source.rebuild_no is not None) for source in plan.sources]


def test_the_same_request_gets_the_same_version_again(derived: Installation) -> None:
    assert versions(derived) == [("1.2-3Xtrial1", True)]
    assert versions(derived) == [("1.2-3Xtrial1", False)]
    assert versions(derived, replace(REQUEST, distribution="bookworm")) == [
        ("1.2-3Xtrial1", False)
    ]


def test_other_words_are_other_bytes_and_get_another_version(derived: Installation) -> None:
    versions(derived)

    assert versions(derived, replace(REQUEST, distribution="sid")) == [("1.2-3Xtrial2", True)]
    assert versions(derived, replace(REQUEST, reason="for libfoo 3")) == [("1.2-3Xtrial3", True)]


def test_words_that_were_used_before_find_what_they_made(derived: Installation) -> None:
    other = replace(REQUEST, reason="for libfoo 3")

    found = [versions(derived, request) for request in (REQUEST, other, REQUEST, other)]

    assert found == [
        [("1.2-3Xtrial1", True)],
        [("1.2-3Xtrial2", True)],
        [("1.2-3Xtrial1", False)],
        [("1.2-3Xtrial2", False)],
    ]
    first = derived.outgoing.parts(ANONYMOUS, "trial", "hello", "1.2-3Xtrial1")
    second = derived.outgoing.parts(ANONYMOUS, "trial", "hello", "1.2-3Xtrial2")
    assert "for libfoo 2" in first.entry
    assert "for libfoo 3" in second.entry


def test_a_version_that_left_is_given_to_no_rebuild_here(derived: Installation) -> None:
    versions(derived)

    [build] = derived.rebuilding.plan(ADMINISTRATOR, NO_CHANGE).accepted

    assert build.version == "1.2-3Xtrial2"


def test_a_scheme_that_counts_goes_on_behind_what_left(derived: Installation) -> None:
    with derived.database.write() as transaction:
        transaction.archives.set_scheme(
            derived.archive().id, scheme=VersionScheme.UBUNTU, vendor=""
        )
    assert versions(derived) == [("1.2-3build1", True)]

    [build] = derived.rebuilding.plan(ADMINISTRATOR, NO_CHANGE).accepted

    assert build.version == "1.2-3build2"
    assert versions(derived, replace(REQUEST, reason="again")) == [("1.2-3build2", True)]


def test_a_scheme_that_is_named_counts_by_itself(derived: Installation) -> None:
    ubuntu = replace(REQUEST, scheme=VersionScheme.UBUNTU)
    vendor = replace(REQUEST, scheme=VersionScheme.VENDOR, vendor="acme")

    found = [
        versions(derived, request)
        for request in (ubuntu, REQUEST, vendor, ubuntu, replace(ubuntu, reason="again"))
    ]

    assert [version for [(version, _)] in found] == [
        "1.2-3build1", "1.2-3Xtrial2", "1.2-3acme1", "1.2-3build1", "1.2-3build2",
    ]  # fmt: skip
    assert derived.archive().scheme is VersionScheme.SAFE


def test_the_other_archive_s_own_numbers_are_gone_on_with(empty: Installation) -> None:
    built = {
        path: text.replace(b"\nVersion: 1.2-3\n", b"\nVersion: 1.2-3ubuntu4\n")
        for path, text in indices().items()
    }
    empty.parent.serve(empty.mirror, changed=built)
    empty.import_parent()
    empty.derive(selection="hello")

    plan = empty.outgoing.plan(ADMINISTRATOR, replace(REQUEST, scheme=VersionScheme.UBUNTU))

    [source] = plan.sources
    assert source.version == "1.2-3ubuntu5"
    assert source.warning.startswith("1.2-3ubuntu5 equals 1.2-3ubuntu5, the next of the same form")


def test_a_vendor_s_word_needs_its_scheme(derived: Installation) -> None:
    for scheme, vendor in ((None, "acme"), (VersionScheme.VENDOR, ""), (None, "x y")):
        with pytest.raises(InvalidInputError, match="vendor's word"):
            derived.outgoing.plan(ADMINISTRATOR, replace(REQUEST, scheme=scheme, vendor=vendor))


def test_a_dry_run_takes_nothing(derived: Installation) -> None:
    plan = derived.outgoing.plan(ADMINISTRATOR, REQUEST)

    assert [source.version for source in plan.sources] == ["1.2-3Xtrial1"]
    assert versions(derived) == [("1.2-3Xtrial1", True)]


def test_nothing_is_built_for_what_leaves(derived: Installation) -> None:
    versions(derived)
    derived.engine.run_all()

    with derived.database.read() as transaction:
        assert transaction.campaigns.of_archive(derived.archive().id) == []


def test_its_files_are_made_of_the_old_ones_and_an_entry_with_the_reason(
    derived: Installation,
) -> None:
    versions(derived, replace(REQUEST, distribution="sid"))
    derived.clock.advance(1000)

    place = (ANONYMOUS, "trial", "hello", "1.2-3Xtrial1")
    parts = derived.outgoing.parts(*place)
    files = {
        name: derived.outgoing.file(*place, name).path.read_bytes() for name, _, _ in parts.files
    }

    assert parts.entry.startswith(
        "hello (1.2-3Xtrial1) sid; urgency=medium\n\n  * No-change rebuild: for libfoo 2\n\n"
        " -- Ann Other <ann@example.org>  "
    )
    assert parts.at.microsecond == 0
    assert parts == derived.outgoing.parts(*place)
    assert sorted(files) == ["hello_1.2-3.dsc", "hello_1.2-3.tar.xz"]
    assert b"\nVersion: 1.2-3\n" in files["hello_1.2-3.dsc"]


def test_what_nobody_asked_for_is_not_found(derived: Installation) -> None:
    with pytest.raises(NotFoundError, match=r"no outgoing source hello 1\.2-3Xtrial1 was asked"):
        derived.outgoing.parts(ANONYMOUS, "trial", "hello", "1.2-3Xtrial1")
    versions(derived)
    with pytest.raises(NotFoundError, match=r"is not made of a file other\.dsc"):
        derived.outgoing.file(ANONYMOUS, "trial", "hello", "1.2-3Xtrial1", "other.dsc")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"maintainer": "ann"}, "is not a maintainer"),
        ({"reason": " "}, "needs a reason"),
        ({"reason": "one\ntwo"}, "cannot be a line"),
        ({"distribution": "sid unstable"}, "is not one distribution"),
    ],
)
def test_words_that_no_changelog_can_have_are_refused(
    derived: Installation, change: dict[str, str], sentence: str
) -> None:
    request = replace(REQUEST, **change)  # type: ignore[arg-type]  # a field each

    with pytest.raises(InvalidInputError, match=sentence):
        derived.outgoing.plan(ADMINISTRATOR, request)


@pytest.mark.parametrize(
    ("policy", "scheme", "code"),
    [
        (RebuildPolicy.NEVER, VersionScheme.SAFE, "policy-never"),
        (RebuildPolicy.ON_REQUEST, VersionScheme.SAME, "scheme-same"),
    ],
)
def test_policy_and_scheme_have_their_say(
    derived: Installation, policy: RebuildPolicy, scheme: VersionScheme, code: str
) -> None:
    with derived.database.write() as transaction:
        archive_id = derived.archive().id
        transaction.archives.set_policy(archive_id, policy)
        transaction.archives.set_scheme(archive_id, scheme=scheme, vendor="")

    with pytest.raises(ConflictError) as caught:
        derived.outgoing.request(ADMINISTRATOR, REQUEST)

    assert caught.value.reason == code


def test_only_who_may_request_rebuilds_takes_versions(derived: Installation) -> None:
    elsewhere = Principal(name="eve", role=Role.DEVELOPER, archive="other")

    for somebody in (ANONYMOUS, elsewhere):
        with pytest.raises(NotAllowedError):
            derived.outgoing.request(somebody, REQUEST)
