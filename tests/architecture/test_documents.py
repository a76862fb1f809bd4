"""The documents name what is there, and all of it."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GENERATOR = ROOT / "scripts" / "generate_reference.py"
COMMANDS_PAGE = ROOT / "docs" / "reference" / "commands.md"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
GENERATOR_SECONDS_MAX = 120
SHARED_OPTIONS = {"--json", "--url", "--token", "--data-root", "--config", "--debug", "--help"}


def by_path(path: Path) -> str:
    return str(path.relative_to(ROOT))


def help_by_command() -> dict[tuple[str, ...], str]:
    sections = re.split(r"^## vostok ?", COMMANDS_PAGE.read_text(), flags=re.MULTILINE)[1:]
    return {tuple(section.split("\n", 1)[0].split()): section for section in sections}


def shell_lines(document: Path) -> Iterator[str]:
    for block in re.findall(r"```sh\n(.*?)```", document.read_text(), flags=re.DOTALL):
        yield from str(block).replace("\\\n", " ").splitlines()


def vostok_lines(document: Path) -> list[list[str]]:
    lines = [shlex.split(line, comments=True) for line in shell_lines(document)]
    starts = [
        [index for index, word in enumerate(words) if word == "vostok" and index <= 2]
        for words in lines
    ]
    return [
        list(takewhile(lambda word: word not in {"|", ">", "&"}, words[found[0] + 1 :]))
        for words, found in zip(lines, starts, strict=True)
        if found
    ]


def test_the_reference_says_what_the_code_says() -> None:
    done = subprocess.run(
        [sys.executable, str(GENERATOR), "--check"],
        capture_output=True,
        text=True,
        check=False,
        timeout=GENERATOR_SECONDS_MAX,
    )

    assert done.stderr == ""
    assert done.returncode == 0


def test_the_reference_has_a_section_for_every_group_that_the_program_lists() -> None:
    commands = help_by_command()

    listed = re.findall(r"^  ([a-z-]+)  ", commands[()].split("Commands:")[1], flags=re.MULTILINE)

    assert {
        "archive",
        "toolchain",
        "rebuild",
        "campaign",
        "build",
        "publication",
        "job",
        "up",
    } <= (set(listed))
    assert all((name,) in commands for name in listed)


@pytest.mark.parametrize("document", DOCUMENTS, ids=by_path)
def test_every_command_in_a_document_exists_with_its_options(document: Path) -> None:
    commands = help_by_command()

    for words in vostok_lines(document):
        name = max((known for known in commands if tuple(words[: len(known)]) == known), key=len)
        used = {word.split("=")[0] for word in words if word.startswith("--")}
        known_options = set(re.findall(r"--[a-z-]+", commands[name])) | SHARED_OPTIONS

        assert name, f"vostok {shlex.join(words)} is no command"
        assert used <= known_options, f"vostok {shlex.join(words)}"


def test_the_readme_leads_from_nothing_to_a_published_archive() -> None:
    spoken = [tuple(words[:2]) for words in vostok_lines(ROOT / "README.md")]

    assert spoken == [
        ("up",),
        ("archive", "import"),
        ("toolchain", "create"),
        ("archive", "derive"),
        ("toolchain", "preflight"),
        ("rebuild", "request"),
        ("rebuild", "request"),
        ("campaign", "show"),
        ("archive", "show"),
        ("selection", "preview"),
        ("archive", "derive"),
        ("archive", "derive"),
        ("archive", "sync"),
        ("archive", "compare"),
        ("archive", "delete"),
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=by_path)
def test_every_link_in_a_document_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text())
    inside = [link for link in links if not re.match(r"[a-z]+:", link)]

    missing = [link for link in inside if not (document.parent / link).exists()]

    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=by_path)
def test_every_document_is_reached_by_a_link(document: Path) -> None:
    targets = {
        (other.parent / link).resolve()
        for other in DOCUMENTS
        for link in re.findall(r"\]\(([^)#\s]+)", other.read_text())
        if not re.match(r"[a-z]+:", link)
    }

    assert document in targets or document.name == "README.md"


@pytest.mark.parametrize("decision", DECISIONS, ids=by_path)
def test_every_decision_says_what_would_change_our_mind(decision: Path) -> None:
    text = decision.read_text()

    parts = re.findall(r"^\*\*([^*]+)\.\*\*", text, flags=re.MULTILINE)

    assert parts == ["Context", "Decision", "Consequences", "What would change our mind"]
    assert text.startswith(f"# {int(decision.name[:4])}. ")


def test_every_word_of_the_glossary_stands_in_its_order() -> None:
    words = re.findall(r"^\*\*([^*]+)\*\*", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE)

    assert len(words) > 20
    assert words == sorted(words)
