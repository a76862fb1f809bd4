"""Quotas: whose limits hold for what, and when something would be more than they allow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import NOW

from vostok.domain.quota import (
    EVERY_ARCHIVE,
    EVERY_PERSON,
    GIB,
    LIMIT_MAX,
    Asked,
    Ledger,
    Limits,
    OwnedArchive,
    Quota,
    Subject,
    SubjectKind,
    Usage,
    UsedQuota,
    check_limits,
    check_room,
)
from vostok.errors import ConflictError, InvalidInputError, QuotaExceededError

LOU = Subject(kind=SubjectKind.PERSON, name="lou")
KERNEL = Subject(kind=SubjectKind.TEAM, name="kernel")
TRIAL = Subject(kind=SubjectKind.ARCHIVE, name="trial")
PEOPLE = ("lou", "meg", "ada")
owned_archives = st.lists(
    st.builds(
        OwnedArchive,
        id=st.integers(1, 99),
        name=st.sampled_from([f"a{number}" for number in range(9)]),
        owner=st.sampled_from([None, *PEOPLE]),
        usage=st.builds(
            Usage,
            archives=st.just(1),
            build_bytes=st.integers(0, 50),
            log_bytes=st.integers(0, 50),
            upload_bytes=st.integers(0, 50),
        ),
    ),
    max_size=9,
    unique_by=(lambda archive: archive.id, lambda archive: archive.name),
)


def quota(subject: Subject, **limits: int) -> Quota:
    return Quota(subject=subject, limits=Limits(**limits), set_by="ann", set_at=NOW)


def ledger(*quotas: Quota, archives: list[OwnedArchive], persons: tuple[str, ...] = ()) -> Ledger:
    return Ledger(
        quotas={known.subject: known for known in quotas},
        archives=archives,
        persons={"kernel": frozenset(persons)} if persons else {},
    )


def used(subject: Subject, limits: Limits, usage: Usage) -> UsedQuota:
    known = Quota(subject=subject, limits=limits, set_by="ann", set_at=NOW)
    return UsedQuota(subject=subject, quota=known, usage=usage)


@given(limit=st.integers(0, 20), there=st.integers(0, 20), more=st.integers(1, 20))
def test_as_much_as_the_limit_is_let_in_and_one_more_is_not(
    limit: int, there: int, more: int
) -> None:
    for what in ("archives", "builds", "bytes"):
        usage = {"bytes": Usage(log_bytes=there), "builds": Usage(builds=there)}.get(
            what, Usage(archives=there)
        )
        held = used(LOU, Limits(**{what: limit}), usage)

        if there + more <= limit:
            check_room(held, Asked(**{what: more}))
            continue
        with pytest.raises(QuotaExceededError) as caught:
            check_room(held, Asked(**{what: more}))
        error = caught.value
        assert (error.measure, error.limit, error.used, error.asked) == (what, limit, there, more)


def test_a_refusal_names_whom_the_numbers_and_a_way_out() -> None:
    held = used(LOU, Limits(builds=1000), Usage(builds=900))

    with pytest.raises(QuotaExceededError) as caught:
        check_room(held, Asked(builds=250))

    assert isinstance(caught.value, ConflictError)
    assert caught.value.reason == "quota-exceeded"
    assert str(caught.value) == (
        "person lou has 900 unfinished builds and may have 1000; this would add 250"
    )
    assert caught.value.hint == (
        "ask for fewer, or wait until some have ended; or an administrator allows more: "
        "vostok quota set --person lou --builds 1150"
    )


@pytest.mark.parametrize(
    ("limits", "asked"),
    [
        (Limits(builds=5), Asked(archives=1)),
        (Limits(archives=0), Asked(builds=9)),
        (Limits(bytes=9), Asked()),
        (Limits(), Asked(archives=1, builds=1, bytes=1)),
    ],
)
def test_what_has_no_limit_is_let_in(limits: Limits, asked: Asked) -> None:
    usage = Usage(archives=9, builds=4, log_bytes=9)

    check_room(used(TRIAL, limits, usage), asked)


def test_builds_are_refused_once_all_bytes_are_used() -> None:
    held = used(TRIAL, Limits(bytes=GIB), Usage(build_bytes=GIB - 1, log_bytes=1))

    with pytest.raises(QuotaExceededError, match="builds would add more") as caught:
        check_room(held, Asked(builds=1))

    assert caught.value.hint is not None
    assert caught.value.hint.endswith("vostok quota set --archive trial --gib 2")


def test_limits_of_their_own_stand_in_the_place_of_all_default_ones() -> None:
    books = ledger(quota(EVERY_PERSON, archives=2, builds=5), quota(LOU, archives=9), archives=[])

    held = books.held(LOU)
    default = books.held(Subject(kind=SubjectKind.PERSON, name="meg"))

    assert held is not None
    assert held.limits == Limits(archives=9)
    assert default is not None
    assert default.limits == Limits(archives=2, builds=5)
    assert books.held(TRIAL) is None


@given(archives=owned_archives, builds=st.dictionaries(st.integers(1, 99), st.integers(0, 9)))
def test_persons_and_teams_use_the_sum_over_their_archives(
    archives: list[OwnedArchive], builds: dict[int, int]
) -> None:
    books = ledger(quota(KERNEL, archives=1), archives=archives, persons=("lou", "meg"))

    totals = books.totals(builds)

    for person in PEOPLE:
        own = [archive for archive in archives if archive.owner == person]
        usage = totals.get(Subject(kind=SubjectKind.PERSON, name=person), Usage())
        assert usage.archives == len(own)
        assert usage.bytes == sum(archive.usage.bytes for archive in own)
        assert usage.builds == sum(builds.get(archive.id, 0) for archive in own)
    together = [archive for archive in archives if archive.owner in {"lou", "meg"}]
    assert totals[KERNEL].archives == len(together)
    assert totals[KERNEL].bytes == sum(archive.usage.bytes for archive in together)


@given(archives=owned_archives, limit=st.integers(0, 100))
def test_an_archive_is_full_exactly_if_somebody_who_answers_for_it_used_all(
    archives: list[OwnedArchive], limit: int
) -> None:
    books = ledger(
        quota(EVERY_ARCHIVE, bytes=limit), quota(LOU, bytes=limit), quota(KERNEL, bytes=limit),
        archives=archives, persons=("lou", "meg"),
    )  # fmt: skip

    full = set(books.full_archives())

    for archive in archives:
        groups = [[archive]]
        if archive.owner == "lou":
            groups.append([other for other in archives if other.owner == "lou"])
        if archive.owner in {"lou", "meg"}:
            groups.append([other for other in archives if other.owner in {"lou", "meg"}])
        sums = [sum(other.usage.bytes for other in group) for group in groups]
        assert (archive.id in full) == any(size >= limit for size in sums)


@pytest.mark.parametrize(
    ("subject", "limits", "words"),
    [
        (LOU, Limits(), "no limit is given"),
        (LOU, Limits(builds=-1), "from 0 to"),
        (LOU, Limits(bytes=LIMIT_MAX + 1), "from 0 to"),
        (TRIAL, Limits(archives=1), "an archive has no number of archives"),
        (EVERY_ARCHIVE, Limits(archives=1), "an archive has no number of archives"),
    ],
)
def test_limits_that_cannot_be_are_refused(subject: Subject, limits: Limits, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        check_limits(subject, limits)


def test_nothing_at_all_can_be_a_limit() -> None:
    check_limits(KERNEL, Limits(archives=0, builds=0, bytes=0))
