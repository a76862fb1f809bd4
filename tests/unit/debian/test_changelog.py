"""Changelog entries, as dpkg-parsechangelog reads them."""

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import package_names, version_texts
from tests.unit.debian.oracles import run

from vostok.debian import changelog as changelog_module
from vostok.debian.changelog import ChangelogTop, changelog_entry, parse_changelog_top
from vostok.debian.stanza import parse_stanza
from vostok.debian.version import Version
from vostok.errors import InvalidInputError

MAINTAINER = "Ann Example <ann@example.org>"
DATE = datetime(2026, 1, 1, tzinfo=UTC)
OLDER = """\
hello (1.2-3) unstable; urgency=medium

  * Older.

 -- Bob Example <bob@example.org>  Mon, 01 Dec 2025 00:00:00 +0000
"""


def entry(  # noqa: PLR0913 - one argument for each part of an entry
    *,
    source: str = "hello",
    version: str = "1.2-3Xexp1",
    distribution: str = "bookworm",
    text_lines: tuple[str, ...] = ("Rebuild with gcc-11.",),
    maintainer: str = MAINTAINER,
    date: datetime = DATE,
    binary_only: bool = True,
    urgency: str = "low",
) -> str:
    return changelog_entry(
        source=source,
        version=version,
        distribution=distribution,
        text_lines=text_lines,
        maintainer=maintainer,
        date=date,
        binary_only=binary_only,
        urgency=urgency,
    )


def test_an_entry_has_debians_form() -> None:
    assert entry() == (
        "hello (1.2-3Xexp1) bookworm; urgency=low, binary-only=yes\n"
        "\n"
        "  * Rebuild with gcc-11.\n"
        "\n"
        " -- Ann Example <ann@example.org>  Thu, 01 Jan 2026 00:00:00 +0000\n"
        "\n"
    )


def test_an_entry_of_a_source_is_not_marked_binary_only() -> None:
    heading = entry(binary_only=False, urgency="high").splitlines()[0]

    assert heading == "hello (1.2-3Xexp1) bookworm; urgency=high"


@pytest.mark.debian
@settings(max_examples=25, deadline=None)
@given(
    package_names(),
    version_texts(),
    st.lists(
        st.text(
            st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20
        ),
        min_size=1,
        max_size=3,
    ),
    st.integers(-12 * 60, 12 * 60),
)
def test_dpkg_reads_what_was_asked_and_nothing_else(
    source: str, version: str, lines: list[str], offset_minutes: int
) -> None:
    date = DATE.astimezone(timezone(timedelta(minutes=offset_minutes)))
    text = entry(source=source, version=version, text_lines=tuple(lines), date=date)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "changelog"
        path.write_text(text + OLDER)

        parsed = parse_stanza(run("dpkg-parsechangelog", "-l", "changelog", cwd=path.parent))

    assert (parsed["Source"], parsed["Version"]) == (source, version)
    assert (parsed["Distribution"], parsed["Binary-Only"]) == ("bookworm", "yes")
    assert parsed["Maintainer"] == MAINTAINER
    assert parsed["Timestamp"] == str(int(DATE.timestamp()))
    assert parsed["Changes"].split("\n .\n")[1].split("\n") == [f"   * {line}" for line in lines]
    assert parse_changelog_top(text + OLDER) == ChangelogTop(
        source, Version(version), "bookworm", date
    )
    assert parsed["Date"] == text.splitlines()[-2].partition(">  ")[2]


@pytest.mark.parametrize(
    "fault",
    [
        lambda: entry(source="../hello"),
        lambda: entry(version="1.2_3"),
        lambda: entry(distribution="bookworm; urgency=high"),
        lambda: entry(distribution="bookworm sid"),
        lambda: entry(distribution=""),
        lambda: entry(urgency="low, binary-only=yes"),
        lambda: entry(maintainer="Ann"),
        lambda: entry(maintainer="Ann <ann@example.org>  Thu"),
        lambda: entry(maintainer="Ann\n -- X <ann@example.org>"),
        lambda: entry(maintainer="Ann\x85 <ann@example.org>"),
        lambda: entry(text_lines=()),
        lambda: entry(text_lines=("",)),
        lambda: entry(text_lines=("  ",)),
        lambda: entry(text_lines=(f"a\n\n -- {MAINTAINER}  Thu, 01 Jan 2026 00:00:00 +0000",)),
        lambda: entry(text_lines=("a\rb",)),
        lambda: entry(text_lines=("a\0b",)),
        lambda: entry(text_lines=("a\u2028b",)),
        lambda: entry(text_lines=("a\ud800",)),
        lambda: entry(text_lines=("a" * 1001,)),
        lambda: entry(text_lines=("a",) * 101),
        lambda: entry(date=datetime(2026, 1, 1)),  # noqa: DTZ001 - what the test is about
    ],
)
def test_an_entry_that_dpkg_would_read_otherwise_is_not_written(
    fault: Callable[[], str],
) -> None:
    with pytest.raises(InvalidInputError):
        fault()


def test_the_top_of_a_changelog_is_its_newest_entry() -> None:
    top = parse_changelog_top(f"\n{entry()}{OLDER}")

    assert top == ChangelogTop("hello", Version("1.2-3Xexp1"), "bookworm", DATE)


def test_several_distributions_stand_as_written() -> None:
    top = parse_changelog_top(OLDER.replace("unstable;", "stable  unstable;"))

    assert top.distribution == "stable unstable"


@pytest.mark.debian
def test_the_top_is_what_dpkg_says(tiny_build: Path) -> None:
    tree = tiny_build / "libtiny-1.2"
    parsed = parse_stanza(run("dpkg-parsechangelog", cwd=tree))

    top = parse_changelog_top((tree / "debian/changelog").read_text())

    assert (top.source, str(top.version)) == (parsed["Source"], parsed["Version"])
    assert top.distribution == parsed["Distribution"]
    assert str(int(top.date.timestamp())) == parsed["Timestamp"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not the heading"),
        ("nonsense", "not the heading"),
        ("hello 1.2-3 unstable; urgency=low", "not the heading"),
        ("hello (1.2-3); urgency=low", "not the heading"),
        ("hello (1.2-3) unstable; urgency=low\n\n  * a\n", "has no line ' -- Name"),
        (OLDER.replace(" -- Bob", "-- Bob"), "has no line ' -- Name"),
        (OLDER.replace("1.2-3", "1.2_3"), "not a version"),
        (OLDER.replace("hello", "HELLO"), "source package"),
        (OLDER.replace("01 Dec", "31 Feb"), "not a date"),
        (f"hello (2) unstable; urgency=low\n\n  * a\n\n{OLDER}", "has no line ' -- Name"),
    ],
)
def test_a_text_that_does_not_begin_with_an_entry_is_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        parse_changelog_top(text)


@pytest.mark.parametrize("bound", ["CHANGELOG_CHARACTERS_MAX", "ENTRY_LINES_MAX"])
def test_a_changelog_over_a_bound_is_refused(bound: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changelog_module, bound, 3)

    with pytest.raises(InvalidInputError, match=r"\b3\b"):
        parse_changelog_top(OLDER)
