"""What is issued for tens of thousands of sources by shape is what each one's own proof says."""

from hypothesis import example, given
from hypothesis import strategies as st

from vostok.domain.rebuild_version.issuing import IssuedVersion, Issuer, issue_version, proof_of
from vostok.domain.rebuild_version.present import ParentHabits, Present
from vostok.domain.rebuild_version.schemes import Marking, Purpose, VersionScheme
from vostok.domain.rebuild_version.shapes import SourceVersions, shape_of, versions_of
from vostok.errors import ConflictError

STEMS = ["1", "1.2", "2:1.18.4", "0~git2023", "1.2~rc1", "1.2-3", "1.2+dfsg", "2023.10", "1a"]
TAILS = ["", "-1", "-10", "-1.1", "-0ubuntu2", "-3~bpo12+1", "+nmu1", "-2+deb12u1", "-1build1"]
CONTINUED = ["+b1", "+b12", "Xexp1", "+b1Xexp2", "+c0exp1", "1", ".1", "ubuntu1", "build2"]
MARKINGS = [
    Marking(tag="exp"),
    Marking(tag="exp", letter="W"),
    Marking(scheme=VersionScheme.BINNMU, tag="exp"),
    Marking(scheme=VersionScheme.UBUNTU, tag="exp"),
    Marking(scheme=VersionScheme.VENDOR, tag="exp", vendor="acme"),
    Marking(scheme=VersionScheme.SAME, tag="exp"),
]
HABITS = [
    ParentHabits(),
    ParentHabits(makes_binnmus=False),
    ParentHabits(vendor_forms=("ubuntu", "+rpt"), stray_forms=("kali",), markings=("Xzed",)),
]
SOURCES = st.tuples(st.sampled_from(STEMS), st.sampled_from(TAILS)).map("".join)


@st.composite
def presents(draw: st.DrawFn) -> Present:
    """What there may be of a source: versions that go on where its own ends, and others."""
    source = draw(SOURCES)
    going_on = st.lists(
        st.sampled_from(CONTINUED).map(lambda tail: source + tail) | SOURCES, max_size=2
    ).map(tuple)
    return Present(
        source_version=source,
        binary_versions=draw(going_on),
        own_versions=draw(going_on),
        issued=draw(going_on),
        is_ours=draw(st.booleans()),
        parent_version=draw(st.just("") | SOURCES),
        was_shown=draw(st.booleans()),
        habits=draw(st.sampled_from(HABITS)),
    )


def said(
    purpose: Purpose, marking: Marking, present: Present, number: int
) -> tuple[str, str, str]:
    """(version, refusal, warning) by the proof of this very version."""
    proof = proof_of(purpose, marking, present, rebuild_no=number)
    return proof.version, proof.refusal, proof.warning


def issued(issuer: Issuer, purpose: Purpose, present: Present, number: int) -> IssuedVersion | str:
    """What the issuer gives out, or the sentence with which it does not."""
    try:
        return issuer.issue(purpose, versions_of(present), rebuild_no=number)
    except ConflictError as error:
        return str(error)


@given(
    st.lists(presents(), min_size=1, max_size=4),
    st.sampled_from(MARKINGS),
    st.sampled_from(HABITS),
    st.sampled_from(list(Purpose)),
    st.integers(1, 11),
)
@example([Present(source_version="2.0")], MARKINGS[0], HABITS[0], Purpose.BINARY_ONLY, 1)
@example(
    [Present(source_version="1.2"), Present(source_version="2.0")],
    MARKINGS[0], HABITS[0], Purpose.BINARY_ONLY, 1,
)  # fmt: skip
def test_an_issuer_says_of_each_source_what_its_own_proof_says(
    several: list[Present], marking: Marking, habits: ParentHabits, purpose: Purpose, number: int
) -> None:
    issuer = Issuer(marking, habits)

    for present in several:
        there = Present(**versions_of(present)._asdict(), habits=habits)
        version, refusal, warning = said(purpose, marking, there, number)
        answer = issued(issuer, purpose, there, number)

        if refusal:
            assert isinstance(answer, str)
            assert answer.endswith(f"has no version for {there.source_version}: {refusal}")
        else:
            assert answer == IssuedVersion(version, warning)


@given(presents(), st.sampled_from(MARKINGS))
def test_one_source_is_issued_the_same_as_one_of_many(present: Present, marking: Marking) -> None:
    issuer = Issuer(marking, present.habits)
    answer = issued(issuer, Purpose.BINARY_ONLY, present, 1)

    try:
        alone: IssuedVersion | str = issue_version(
            Purpose.BINARY_ONLY, marking, present, rebuild_no=1
        )
    except ConflictError as error:
        alone = str(error)

    assert alone == answer


def test_versions_that_differ_in_their_stem_alone_have_one_shape() -> None:
    shapes = {
        shape_of(SourceVersions(f"{stem}-2", (f"{stem}-2+b1",))).versions
        for stem in ("1.2", "2:1.18.4", "2023.10+dfsg")
    }

    assert len(shapes) == 1


def test_what_was_built_of_another_upstream_version_has_no_shape() -> None:
    versions = SourceVersions("1.2-3", own_versions=("1.1-1Xexp1",))

    assert shape_of(versions) == ("", "", versions)
