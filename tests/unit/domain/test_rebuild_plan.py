"""What a request would rebuild, and what it refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vostok.domain.build import NewBuild, Part, RebuildForm
from vostok.domain.rebuild_candidate import Candidate, CandidateSource
from vostok.domain.rebuild_form import FormChoice, Scope, Skew
from vostok.domain.rebuild_plan import Plan, plan_rebuild
from vostok.domain.rebuild_version.schemes import Marking
from vostok.domain.rebuild_version.shapes import SourceVersions


def candidate(  # noqa: PLR0913 - what a plan depends on
    name: str = "hello",
    *,
    architecture: str = "any",
    version: str = "1.2-3",
    continued: tuple[str, ...] = (),
    last_rebuild_no: int = 0,
    live: frozenset[str] = frozenset(),
) -> Candidate:
    return Candidate(
        source=CandidateSource(id=1, name=name, version=version, architecture=architecture),
        versions=SourceVersions(version, binary_versions=continued),
        version_before=version,
        last_rebuild_no=last_rebuild_no,
        live_architectures=live,
    )


def plan(
    *candidates: Candidate,
    architectures: tuple[str, ...] = ("amd64", "arm64"),
    form: FormChoice = FormChoice.AUTO,
    skew: Skew = Skew.REFUSE,
) -> Plan:
    scope = Scope(
        architectures=architectures,
        enabled=("amd64", "arm64"),
        architecture_of_all="amd64",
        form=form,
        skew=skew,
    )
    return plan_rebuild(candidates, scope, marking=Marking(tag="trial"))


def slots(found: Plan) -> list[tuple[str, str, Part, str]]:
    return [(b.architecture, b.builder_architecture, b.part, b.version) for b in found.accepted]


@pytest.mark.parametrize("architecture", ["any", "any all", "all any", "linux-any", "amd64 arm64"])
def test_a_source_with_an_any_part_has_that_part_rebuilt_on_each_architecture(
    architecture: str,
) -> None:
    found = plan(candidate(architecture=architecture))

    assert slots(found) == [
        ("amd64", "amd64", Part.ANY, "1.2-3Xtrial1"),
        ("arm64", "arm64", Part.ANY, "1.2-3Xtrial1"),
    ]
    assert found.refused == ()


def test_a_source_of_all_packages_is_rebuilt_once_as_a_new_source() -> None:
    found = plan(candidate(architecture="all"))

    assert slots(found) == [("all", "amd64", Part.ALL, "1.2-3Xtrial1")]


def test_a_source_for_one_architecture_is_rebuilt_there_alone() -> None:
    found = plan(candidate(architecture="arm64 riscv64"))

    assert slots(found) == [("arm64", "arm64", Part.ANY, "1.2-3Xtrial1")]


@pytest.mark.parametrize("architecture", ["s390x", "hurd-any"])
def test_a_source_for_none_of_them_is_refused_with_the_reason(architecture: str) -> None:
    found = plan(candidate(architecture=architecture))

    assert found.accepted == ()
    assert [(r.source, r.code) for r in found.refused] == [("hello", "not-for-architecture")]
    assert found.refused[0].sentence == f"hello builds on {architecture}, not on amd64, arm64"


def test_an_all_source_is_refused_when_its_architecture_was_not_asked_for() -> None:
    found = plan(candidate(architecture="all"), architectures=("arm64",))

    assert [refusal.code for refusal in found.refused] == ["not-for-architecture"]


@pytest.mark.parametrize("live", ["arm64", "all"])
def test_an_unfinished_build_refuses_the_source_on_every_architecture(live: str) -> None:
    found = plan(candidate(architecture="any all", live=frozenset({live})))

    assert found.accepted == ()
    assert [(r.code, r.sentence) for r in found.refused] == [
        ("already-building", f"a build of hello for {live} is not finished yet")
    ]


EXACT = candidate(architecture="any all")._replace(
    exact_relation="hello-data depends on hello (= 1.2-3)"
)
UNCLEAR = candidate(architecture="any all")._replace(
    unclear_relation="hello depends on hello-data (= 1.2-3), which may be the binaries'"
)
TOGETHER = candidate()._replace(is_coinstallable=True)


def test_a_source_whose_parts_want_each_other_in_one_version_gets_a_new_source() -> None:
    found = plan(EXACT)

    assert slots(found) == [
        ("amd64", "amd64", Part.ANY, "1.2-3Xtrial1"),
        ("arm64", "arm64", Part.ANY, "1.2-3Xtrial1"),
        ("all", "amd64", Part.ALL, "1.2-3Xtrial1"),
    ]
    assert {(b.form, b.form_reason) for b in found.accepted} == {
        (RebuildForm.SOURCE, "hello-data depends on hello (= 1.2-3)")
    }


def test_a_new_source_can_be_asked_for_where_binaries_would_do() -> None:
    found = plan(candidate(architecture="any all"), form=FormChoice.SOURCE)

    assert {(b.architecture, b.form) for b in found.accepted} == {
        (architecture, RebuildForm.SOURCE) for architecture in ("amd64", "arm64", "all")
    }


def test_packages_for_all_architectures_that_are_asked_for_need_a_new_source() -> None:
    mixed = candidate(architecture="any all")

    whole = plan(mixed, architectures=("amd64", "arm64", "all"))
    part = plan(mixed, architectures=("all",))
    wide = plan(mixed, architectures=("all",), skew=Skew.WIDEN)
    of_all_only = plan(candidate(architecture="all"), architectures=("all",))
    of_none = plan(candidate(), architectures=("all",))

    assert {(b.architecture, b.form, b.form_reason) for b in whole.accepted} == {
        (name, RebuildForm.SOURCE, "its packages for all architectures are to be rebuilt")
        for name in ("amd64", "arm64", "all")
    }
    assert [refusal.code for refusal in part.refused] == ["source-form"]
    assert slots(wide) == slots(whole)
    assert slots(of_all_only) == [("all", "amd64", Part.ALL, "1.2-3Xtrial1")]
    assert [refusal.code for refusal in of_none.refused] == ["not-for-architecture"]


def test_where_nothing_else_of_a_source_is_built_its_all_packages_are() -> None:
    found = plan(candidate(architecture="armhf riscv64 all"))
    alone = plan(candidate(architecture="armhf riscv64 all"), form=FormChoice.BINARY_ONLY)

    assert slots(found) == [("all", "amd64", Part.ALL, "1.2-3Xtrial1")]
    assert [refusal.code for refusal in alone.refused] == ["not-for-architecture"]


@pytest.mark.parametrize(("one", "code"), [(TOGETHER, "multi-arch-same"), (EXACT, "source-form")])
def test_what_must_agree_on_all_architectures_is_not_rebuilt_on_some(
    one: Candidate, code: str
) -> None:
    refused = plan(one, architectures=("amd64",))
    widened = plan(one, architectures=("amd64",), skew=Skew.WIDEN)
    allowed = plan(one, architectures=("amd64",), skew=Skew.ALLOW)

    assert [(r.source, r.code) for r in refused.refused] == [("hello", code)]
    assert "would stay behind on arm64" in refused.refused[0].sentence
    assert {"amd64", "arm64"} <= {b.architecture for b in widened.accepted}
    assert {b.warning for b in widened.accepted} == {""}
    assert "arm64" not in {b.architecture for b in allowed.accepted}
    assert all("would stay behind on arm64" in b.warning for b in allowed.accepted)


@pytest.mark.parametrize(
    ("one", "form", "is_named"),
    [
        (UNCLEAR, FormChoice.AUTO, True),
        (UNCLEAR, FormChoice.SOURCE, False),
        (EXACT, FormChoice.AUTO, False),
        (UNCLEAR._replace(is_coinstallable=True), FormChoice.AUTO, False),
    ],
)
def test_binaries_alone_are_named_as_a_way_out_where_they_are_one(
    one: Candidate,
    form: FormChoice,
    *,
    is_named: bool,
) -> None:
    refused = plan(one, form=form, architectures=("amd64",)).refused
    alone = plan(one, form=FormChoice.BINARY_ONLY, architectures=("amd64",))

    assert ("(--form binary-only)" in refused[0].sentence) is is_named
    assert all(way in refused[0].sentence for way in ("--widen", "--allow-skew"))
    assert bool(alone.accepted) is (is_named or form is FormChoice.SOURCE)


def test_what_need_not_agree_is_rebuilt_on_one_architecture() -> None:
    found = plan(candidate(), architectures=("arm64",))

    assert [b.architecture for b in found.accepted] == ["arm64"]


def test_binaries_alone_are_refused_where_they_would_break_another_package() -> None:
    found = plan(EXACT, form=FormChoice.BINARY_ONLY)

    assert found.accepted == ()
    assert [(r.code, r.sentence) for r in found.refused] == [
        (
            "exact-relation",
            "hello-data depends on hello (= 1.2-3): rebuilding the other alone would break it",
        )
    ]


def test_what_may_break_gets_a_new_source_and_binaries_alone_if_that_is_asked_for() -> None:
    found = plan(UNCLEAR)
    forced = plan(UNCLEAR, form=FormChoice.BINARY_ONLY)

    assert {(b.form, b.form_reason) for b in found.accepted} == {
        (RebuildForm.SOURCE, UNCLEAR.unclear_relation)
    }
    assert {b.form for b in forced.accepted} == {RebuildForm.BINARY_ONLY}
    assert {b.warning for b in forced.accepted} == {
        f"{UNCLEAR.unclear_relation}: what is built is refused then"
    }


def test_one_number_and_one_version_for_all_architectures() -> None:
    found = plan(candidate(continued=("1.2-3+b2", "1.2-3+b10"), last_rebuild_no=4))

    assert {(b.rebuild_no, b.version) for b in found.accepted} == {(5, "1.2-3+b10Xtrial5")}


def test_sources_keep_their_order_and_their_own_numbers() -> None:
    found = plan(candidate("zoo", last_rebuild_no=7), candidate("abc"), architectures=("amd64",))

    assert [(b.source, b.rebuild_no) for b in found.accepted] == [("zoo", 8), ("abc", 1)]


CANDIDATES = st.builds(
    candidate,
    st.sampled_from(["hello", "tree", "libfoo"]),
    architecture=st.sampled_from(["any", "all", "any all", "arm64", "s390x", "hurd-any all"]),
    continued=st.lists(st.sampled_from(["1.2-3+b1", "1.2-3+dfsg"]), max_size=2).map(tuple),
    last_rebuild_no=st.integers(0, 20),
    live=st.frozensets(st.sampled_from(["amd64", "arm64", "all"])),
)


@given(CANDIDATES)
def test_every_source_is_accepted_or_refused_and_no_slot_is_both(one: Candidate) -> None:
    found = plan(one)

    assert found.accepted or found.refused
    assert all(build.rebuild_no > one.last_rebuild_no for build in found.accepted)
    assert not one.live_architectures & {build.architecture for build in found.accepted}
    assert len({build.architecture for build in found.accepted}) == len(found.accepted)
    assert all(is_of_its_part(build) for build in found.accepted)


def is_of_its_part(build: NewBuild) -> bool:
    return (build.architecture == "all") == (build.part is Part.ALL)
