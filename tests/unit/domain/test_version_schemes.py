"""Versions of every scheme through the life of an archive, in apt's order."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from tests.later_versions import is_lower, later_versions

from vostok.domain.rebuild_version.issuing import issue_version, proof_of
from vostok.domain.rebuild_version.present import ParentHabits, Present
from vostok.domain.rebuild_version.schemes import (
    Marking,
    Purpose,
    VersionScheme,
    check_vendor,
    safe_letter,
)
from vostok.domain.rebuild_version.successors import vendor_forms
from vostok.errors import ConflictError, InvalidInputError

EPOCHS = st.sampled_from(["", "", "1:", "4:"])
UPSTREAMS = st.from_regex(
    r"[0-9]{1,2}(\.[0-9]{1,2}){0,2}(~rc[0-9]|\+git2023|\+dfsg[0-9]?|[a-c]|~deb12u1)?",
    fullmatch=True,
)
REVISIONS = st.sampled_from(
    ["", "", "-0", "-1", "-3", "-10", "-1.1", "-0.2", "-3~bpo12+1", "-1~exp1", "-1~deb12u2",
     "-2+deb12u1", "-1ubuntu2", "-0ubuntu1", "-1ubuntu1.2", "-3ubuntu0.22.04.1", "-3build1",
     "-1+nmu1", "-2kali1", "-1+rpt3", "+nmu2", "ubuntu3"],
)  # fmt: skip
FORMS = st.sets(st.sampled_from(["ubuntu", "kali", "+rpt", "deepin", "acme"]), max_size=2)
VENDORS = st.sampled_from(["acme", "zed", "nova", "kali"])
TAGS = st.sampled_from(["a", "exp", "trial", "z"])
BINNMU = "parent's binNMU"
CHANGE = "another scheme"
STEPS = st.lists(st.sampled_from([BINNMU, CHANGE, *Purpose]), min_size=1, max_size=7)
ISSUING = set(VersionScheme) - {VersionScheme.SAME}
LATER_BY_SAFE = ("ubuntu", "kali", "+rpt", "deepin", "acme")
"""The safe scheme is below vendors that nobody knows of yet."""

SOURCES = st.tuples(EPOCHS, UPSTREAMS, REVISIONS).map("".join)


@dataclass(slots=True, kw_only=True)
class Life:
    """What there is of one source, step by step: the facts that services read for it."""

    source: str
    marking: Marking
    habits: ParentHabits
    binnmu: int = 0
    current: str = ""
    """The source that is rebuilt: the parent's, or the last of our own."""
    own: dict[str, list[str]] = field(default_factory=dict)
    issued: list[str] = field(default_factory=list)
    is_shown: bool = True

    def present(self) -> Present:
        binaries = [f"{self.source}+b{n + 1}" for n in range(self.binnmu)]
        is_ours = self.current != self.source
        return Present(
            source_version=self.current,
            binary_versions=tuple(binaries),
            own_versions=tuple(self.own.get(self.current, ())),
            issued=tuple(self.issued),
            is_ours=is_ours,
            parent_version=self.source if is_ours else "",
            was_shown=self.is_shown,
            habits=self.habits,
        )

    def there(self) -> list[str]:
        """All that clients of this archive and its parent may have installed."""
        binaries = [f"{self.source}+b{n + 1}" for n in range(self.binnmu)]
        own = self.own.get(self.current, ())
        if self.current == self.source:
            return [self.source, *binaries, *own]
        return [self.source, self.current, *own]

    def take(self, purpose: Purpose, version: str, *, is_uploaded: bool) -> None:
        self.issued.append(version)
        if is_uploaded or purpose is Purpose.CHANGED:
            self.current = version
        self.own.setdefault(self.current, []).append(version)

    def change_scheme(self) -> None:
        """Have the archive make its versions otherwise from now on."""
        order = sorted(ISSUING)
        scheme = order[(order.index(self.marking.scheme) + 1) % len(order)]
        vendor = "acme" if scheme is VersionScheme.VENDOR else ""
        self.marking = replace(self.marking, scheme=scheme, vendor=vendor)


def lives(scheme: VersionScheme) -> st.SearchStrategy[Life]:
    """Sources with a parent's habits, before anything was done here."""
    is_binnmu = scheme is VersionScheme.BINNMU
    is_safe = scheme is VersionScheme.SAFE
    vendors = VENDORS if scheme is VersionScheme.VENDOR else st.just("")
    habits = st.builds(
        ParentHabits,
        makes_binnmus=st.booleans() if is_binnmu else st.just(True),  # noqa: FBT003 - a value
        vendor_forms=st.just(()) if is_safe else FORMS.map(lambda forms: tuple(sorted(forms))),
    )
    return SOURCES.flatmap(
        lambda source: st.builds(
            Life,
            source=st.just(source),
            current=st.just(source),
            binnmu=st.just(0) if is_binnmu else st.sampled_from([0, 0, 1, 2, 9, 11]),
            marking=st.builds(Marking, scheme=st.just(scheme), tag=TAGS, vendor=vendors),
            habits=habits,
        )
    )


def feared(life: Life) -> dict[str, str]:
    """Version -> who makes it: what must stay above all that is made here."""
    forms = life.habits.vendor_forms
    if life.marking.scheme is VersionScheme.SAFE:
        forms = LATER_BY_SAFE
    makes = life.habits.makes_binnmus
    found = later_versions(life.source, life.binnmu, makes_binnmus=makes, forms=forms)
    present = [*life.there(), *life.present().binary_versions]
    return {  # what is there is above the others already: they cannot come
        version: who
        for version, who in found.items()
        if all(is_lower(there, version) for there in present)
    }


def is_meant_to_be_above(who: str, version: str, purpose: Purpose) -> bool:
    """Whether a change over a binNMUed base may be above the parent's binNMUs: it must be."""
    is_of_fix = purpose is Purpose.CHANGED or "+c0" in version
    return is_of_fix and who in {"the parent's next binNMU", "a later binNMU"}


def check_life(life: Life, steps: Sequence[str], uploads: Sequence[bool]) -> None:
    """Every version that is issued is new, above what is there, and below what is feared."""
    for number, (step, is_uploaded) in enumerate(zip(steps, uploads, strict=False), 1):
        if step == BINNMU:
            life.binnmu += life.habits.makes_binnmus
            continue
        if step == CHANGE:
            life.change_scheme()
            continue
        purpose = Purpose(step)
        present = life.present()
        proof = proof_of(purpose, life.marking, present, rebuild_no=number)
        try:
            issued = issue_version(purpose, life.marking, present, rebuild_no=number)
        except ConflictError as error:
            event("refused")
            refusal = str(error)
            issued = None
        else:
            refusal = ""
        if issued is None:
            check_refusal(life, proof.version, refusal)
            continue
        version = issued.version
        event("issued")
        assert version == proof.version
        assert version not in life.issued
        for there in life.there():
            assert is_lower(there, version), f"{version} is not above {there}"
        beaten = {
            later: who
            for later, who in feared(life).items()
            if not is_lower(version, later) and not is_meant_to_be_above(who, version, purpose)
        }
        assert not beaten, f"{version} beats {beaten}"
        if purpose is Purpose.CHANGED and life.binnmu:
            hiding = f"{life.source}+b{life.binnmu + 10}"
            assert is_lower(hiding, version), f"{hiding} would hide the fix {version}"
        life.take(purpose, version, is_uploaded=is_uploaded and purpose is Purpose.NO_CHANGE)


def check_refusal(life: Life, version: str, sentence: str) -> None:
    """A refusal names what would be beaten, and that is true and was to be feared."""
    assert life.marking.scheme is not VersionScheme.SAFE, sentence
    match = re.search(r": (\S+) (is above|equals|is below) ([^\s,]+), ", sentence)
    assert match is not None, sentence
    assert match[1] == version
    named = match[3]
    assert named in {
        *later_versions(life.source, life.binnmu, forms=[*life.habits.vendor_forms, "ubuntu"]),
        *later_versions(life.current, forms=[*life.habits.vendor_forms, "ubuntu"]),
        *life.there(),
        *life.issued,
    }, sentence
    if match[2] == "is above":
        assert is_lower(named, version), sentence
    elif match[2] == "equals":
        assert not is_lower(named, version), sentence
        assert not is_lower(version, named), sentence
    else:
        assert is_lower(version, named), sentence


@pytest.mark.debian
@given(source=st.sampled_from(["0", "0-1ubuntu2", "1.2-3"]))
def test_a_fix_over_our_own_binnmu_stays_below_what_others_may_upload_next(source: str) -> None:
    life = Life(
        source=source,
        current=source,
        binnmu=0,
        marking=Marking(scheme=VersionScheme.BINNMU, tag="a"),
        habits=ParentHabits(makes_binnmus=False),
    )
    steps = [Purpose.CHANGED, Purpose.BINARY_ONLY, CHANGE, Purpose.NO_CHANGE, Purpose.CHANGED]

    check_life(life, steps, [False, False, False, True, False])

    assert life.current == f"{source}Xa1+b1Xa5"


@pytest.mark.debian
@pytest.mark.parametrize("scheme", sorted(ISSUING))
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_versions_are_above_what_is_there_and_below_what_others_may_upload_next(
    scheme: VersionScheme, data: st.DataObject
) -> None:
    life = data.draw(lives(scheme))
    steps = data.draw(STEPS)
    uploads = data.draw(st.lists(st.booleans(), min_size=len(steps), max_size=len(steps)))

    check_life(life, steps, uploads)


@pytest.mark.debian
@pytest.mark.parametrize("purpose", [Purpose.BINARY_ONLY, Purpose.NO_CHANGE])
@given(source=SOURCES)
def test_a_trial_keeps_the_version_where_clients_never_saw_it(
    purpose: Purpose, source: str
) -> None:
    marking = Marking(scheme=VersionScheme.SAME, tag="exp")

    issued = issue_version(
        purpose, marking, Present(source_version=source, was_shown=False), rebuild_no=1
    )

    assert issued.version == source


@pytest.mark.parametrize("purpose", [Purpose.BINARY_ONLY, Purpose.NO_CHANGE])
def test_a_trial_is_refused_where_clients_saw_other_bytes_under_the_version(
    purpose: Purpose,
) -> None:
    marking = Marking(scheme=VersionScheme.SAME, tag="exp")

    with pytest.raises(ConflictError, match=r"1\.2-3 equals 1\.2-3, which clients could see"):
        issue_version(purpose, marking, Present(source_version="1.2-3"), rebuild_no=1)


@pytest.mark.parametrize(
    ("scheme", "vendor", "present", "beaten"),
    [
        ("binnmu", "", Present(source_version="1.2-3"), "the parent's next binNMU"),
        ("ubuntu", "", Present(source_version="1.2-3ubuntu4"), "the next of the same form"),
        ("ubuntu", "", Present(source_version="1.2-3build1"), "the next of the same form"),
        ("ubuntu", "", Present(source_version="2.0ubuntu1"), "equals 2.0ubuntu2, the next of the"),
        (
            "vendor",
            "zed",
            Present(source_version="1.2-3", habits=ParentHabits(vendor_forms=("kali",))),
            "1.2-3kali1, a vendor's change as the parent has",
        ),
        (
            "vendor",
            "zed",
            Present(source_version="1.2-3", habits=ParentHabits(vendor_forms=("ubuntu",))),
            "1.2-3build1, a rebuild of Ubuntu",
        ),
        (
            "vendor",
            "acme",
            Present(source_version="1.2-3", habits=ParentHabits(stray_forms=("acme",))),
            "equals 1.2-3acme1, a vendor's change as the parent has",
        ),
    ],
)
def test_what_a_scheme_would_beat_is_named_when_it_is_refused(
    scheme: str, vendor: str, present: Present, beaten: str
) -> None:
    marking = Marking(scheme=VersionScheme(scheme), vendor=vendor, tag="exp")

    with pytest.raises(ConflictError, match=re.escape(beaten)):
        issue_version(Purpose.BINARY_ONLY, marking, present, rebuild_no=1)


NOBODY_ELSE = ParentHabits(makes_binnmus=False, makes_ubuntu_versions=False)
ELSEWHERE = ParentHabits(takes_ours=True, vendor_forms=("build", "ubuntu"))
UBUNTU = Marking(scheme=VersionScheme.UBUNTU, tag="exp")


@pytest.mark.debian
@pytest.mark.parametrize("habits", [NOBODY_ELSE, ELSEWHERE])
@pytest.mark.parametrize(
    ("there", "following"),
    [
        ("1.2-3", "1.2-3build1"),
        ("1.2-3build1", "1.2-3build2"),
        ("1.2-3build9", "1.2-3build10"),
        ("1.2-3build1.1", "1.2-3build2"),
        ("1.2-3ubuntu4", "1.2-3ubuntu5"),
        ("1.2-3ubuntu4.1", "1.2-3ubuntu4.2"),
        ("1.2-3ubuntu0.22.04.1", "1.2-3ubuntu0.22.04.2"),
        ("1.2-0ubuntu1~22.04", "1.2-0ubuntu1~22.04build1"),
        ("2.0", "2.0build1"),
        ("2.0build1", "2.0build2"),
        ("2.0ubuntu1", "2.0ubuntu2"),
    ],
)
def test_ubuntu_s_numbers_are_gone_on_with_where_nobody_else_does_or_for_who_does(
    habits: ParentHabits, there: str, following: str
) -> None:
    present = Present(source_version=there, habits=habits)

    issued = issue_version(Purpose.NO_CHANGE, UBUNTU, present, rebuild_no=7)

    assert issued.version == following
    assert is_lower(there, following)


@pytest.mark.parametrize(
    ("habits", "said"),
    [
        (NOBODY_ELSE, "1.2-3ubuntu5 is above 1.2-3ubuntu4.1, an NMU"),
        (ELSEWHERE, "1.2-3ubuntu5 equals 1.2-3ubuntu5, the next of the same form, on purpose"),
    ],
)
def test_what_the_next_of_ubuntu_s_numbers_is_above_is_said(
    habits: ParentHabits, said: str
) -> None:
    present = Present(source_version="1.2-3ubuntu4", habits=habits)

    issued = issue_version(Purpose.NO_CHANGE, UBUNTU, present, rebuild_no=1)

    assert issued.warning.startswith(said)


def test_a_fix_over_a_rebuild_of_a_parent_s_native_build_is_made() -> None:
    there = Present(
        source_version="2.0build1Xexp1",
        own_versions=("2.0build1Xexp1",),
        is_ours=True,
        parent_version="2.0build1",
        habits=NOBODY_ELSE,
    )

    assert issue_version(Purpose.CHANGED, UBUNTU, there, rebuild_no=2).version == "2.0ubuntu1"


def test_binnmus_are_feared_also_where_nobody_else_makes_ubuntu_s_numbers() -> None:
    habits = replace(NOBODY_ELSE, makes_binnmus=True)
    present = Present(source_version="1.2-3ubuntu4", habits=habits)

    with pytest.raises(
        ConflictError, match=r"is above 1\.2-3ubuntu4\+b1, the parent's next binNMU"
    ):
        issue_version(Purpose.NO_CHANGE, UBUNTU, present, rebuild_no=1)


def test_an_upload_to_the_vendor_goes_on_with_its_numbers() -> None:
    kali = Marking(scheme=VersionScheme.VENDOR, vendor="kali", tag="exp")
    habits = ParentHabits(takes_ours=True, vendor_forms=("kali",))

    made = [
        issue_version(
            Purpose.NO_CHANGE, kali, Present(source_version=there, habits=habits), rebuild_no=1
        ).version
        for there in ("1.2-3", "1.2-3kali1")
    ]

    assert made == ["1.2-3kali1", "1.2-3kali2"]


@pytest.mark.debian
@pytest.mark.parametrize("present", ["1.2-3+b1Xexp1", "1.2-3Xexp1", "1.2-3Xexp1Xexp2"])
def test_a_fix_over_our_no_change_source_is_above_the_parents_binnmus(present: str) -> None:
    there = Present(
        source_version=present,
        binary_versions=("1.2-3+b1",),
        is_ours=True,
        parent_version="1.2-3",
    )

    issued = issue_version(Purpose.CHANGED, Marking(tag="exp"), there, rebuild_no=3)

    assert issued.version == "1.2-3+c0exp3"
    assert is_lower("1.2-3+b99", issued.version)


def test_a_version_goes_on_from_what_an_earlier_scheme_made() -> None:
    there = Present(
        source_version="1.2-3ubuntu1", own_versions=("1.2-3ubuntu2",), is_ours=True,
        parent_version="1.2-3",
    )  # fmt: skip
    marking = Marking(scheme=VersionScheme.VENDOR, vendor="acme", tag="exp")

    issued = issue_version(Purpose.BINARY_ONLY, marking, there, rebuild_no=3)

    assert issued.version == "1.2-3ubuntu2acme1"


def test_the_forms_of_vendors_are_read_from_what_a_parent_has() -> None:
    versions = ["1-1", "1-2kali1", "2-1aubuntu1", "1-1+dsbuild1", "2.0", "1-1+rpt2", "1-1+deb12u1"]
    few = [*(["1-1"] * 2_000), *(["1-1ubuntu1"] * 9), "1-1aubuntu3", "1-1kali1"]

    assert vendor_forms(versions) == (("+rpt", "build", "kali", "ubuntu"), ())
    assert vendor_forms(few) == (("ubuntu",), ("kali",))


@pytest.mark.parametrize("word", ["ubuntu", "build"])
def test_the_words_of_ubuntu_s_scheme_are_no_vendor_s(word: str) -> None:
    with pytest.raises(InvalidInputError, match="is Ubuntu's") as caught:
        check_vendor(VersionScheme.VENDOR, word)

    assert caught.value.hint is not None


def chain(tags: Sequence[str]) -> list[tuple[Marking, ParentHabits]]:
    """Archives, each derived from those before it, with what each knows of its parents."""
    markings: list[Marking] = []
    found = []
    for tag in tags:
        above = [marking.letter + marking.tag for marking in markings]
        marking = Marking(tag=tag, letter=safe_letter(tag, above))
        habits = ParentHabits(
            markings=tuple(above), fixes=tuple(marking.over_binnmu for marking in markings)
        )
        found.append((marking, habits))
        markings.append(marking)
    return found


@pytest.mark.debian
@pytest.mark.parametrize("purpose", list(Purpose))
@settings(max_examples=60, deadline=None)
@given(
    source=SOURCES,
    binnmu=st.sampled_from([0, 1, 9]),
    tags=st.lists(st.sampled_from(["other", "zed", "a", "exp", "zz"]), min_size=2, max_size=4),
    number=st.integers(1, 12),
)
def test_what_an_archive_makes_is_below_all_that_its_derived_parents_make_next(
    purpose: Purpose, source: str, binnmu: int, tags: Sequence[str], number: int
) -> None:
    *parents, (marking, habits) = chain(tags)
    binaries = (f"{source}+b{binnmu}",) if binnmu else ()

    new = issue_version(
        purpose,
        marking,
        Present(source_version=source, binary_versions=binaries, habits=habits),
        rebuild_no=number,
    ).version

    for there in (source, *binaries):
        assert is_lower(there, new)
    for later, theirs in parents:
        present = Present(source_version=source, binary_versions=binaries, habits=theirs)
        for their_purpose in Purpose:
            if purpose is Purpose.CHANGED and binnmu and their_purpose is not Purpose.CHANGED:
                continue  # a fix over a binNMU is above rebuilds on purpose
            coming = issue_version(their_purpose, later, present, rebuild_no=1).version
            assert is_lower(new, coming), f"{new} hides {coming}, the next of {later.tag}"


@pytest.mark.debian
def test_a_fix_over_a_binnmu_is_below_the_next_one_of_a_derived_parent() -> None:
    (parent, _), (marking, habits) = chain(["other", "zed"])
    there = Present(
        source_version="1.2-3", binary_versions=("1.2-3+b1", "1.2-3+b1Xother1"), habits=habits
    )

    fix = issue_version(Purpose.CHANGED, marking, there, rebuild_no=1).version
    again = issue_version(
        Purpose.CHANGED,
        marking,
        replace(there, source_version=fix, is_ours=True, parent_version="1.2-3"),
        rebuild_no=2,
    ).version

    assert (parent.over_binnmu, fix, again) == ("+c0other", "1.2-3+c0Wzed1", "1.2-3+c0Wzed2")
    for version in (fix, again):
        assert is_lower("1.2-3+b99", version)
        assert is_lower(version, "1.2-3+c0other2")


@pytest.mark.debian
def test_a_second_fix_is_made_in_an_archive_over_a_derived_one() -> None:
    _, (marking, habits) = chain(["other", "zed"])
    there = Present(
        source_version="1.2-3Xother1Wzed1",
        binary_versions=("1.2-3Xother1",),
        is_ours=True,
        parent_version="1.2-3",
        habits=habits,
    )

    fix = issue_version(Purpose.CHANGED, marking, there, rebuild_no=2).version

    assert fix == "1.2-3Xother1Wzed2"
    assert is_lower(fix, "1.2-3Xother2")


@pytest.mark.parametrize("is_ours", [False, True])
def test_a_fix_that_would_hide_the_next_one_of_a_derived_parent_is_refused(
    *, is_ours: bool
) -> None:
    _, (_, habits) = chain(["other", "zed"])
    marking = Marking(scheme=VersionScheme.VENDOR, vendor="zed", tag="zed", letter="W")
    there = Present(
        source_version="1.2-3zed1" if is_ours else "1.2-3",
        binary_versions=("1.2-3+b1",),
        is_ours=is_ours,
        parent_version="1.2-3" if is_ours else "",
        habits=habits,
    )

    with pytest.raises(ConflictError, match=r"1\.2-3\+c0other1, the next local change of a der"):
        issue_version(Purpose.CHANGED, marking, there, rebuild_no=1)


@pytest.mark.debian
@pytest.mark.parametrize("issued", [("0+b1acme1",), ("0+b1acme1", "0+b1acme2")])
def test_what_an_earlier_scheme_of_the_archive_made_is_no_version_of_the_parent(
    issued: tuple[str, ...],
) -> None:
    there = Present(
        source_version="0+b1acme1",
        binary_versions=("0+b1",),
        own_versions=issued,
        issued=issued,
        is_ours=True,
        parent_version="0",
    )

    fix = issue_version(Purpose.CHANGED, Marking(tag="a"), there, rebuild_no=5).version

    for version in (*issued, "0+b99"):
        assert is_lower(version, fix), f"{version} hides {fix}"
    assert is_lower(fix, "1")
