"""The pages of docs/reference that are made from the code.

generate_reference.py           write them
generate_reference.py --check   write nothing; fail and name those that are not current
"""

# A script, not a module; it fixes the width of the help texts, and says what it did.
# ruff: noqa: INP001, T201, TID251

import contextlib
import io
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from pydantic.fields import FieldInfo

from vostok.config import BuildLimits, Settings
from vostok.domain.build import (
    CANCELLABLE_STATES,
    CAUSES,
    LIVE_STATES,
    RESERVED,
    RETRIABLE_STATES,
    STATE_SENTENCES,
    TRANSITIONS,
    BuildState,
)
from vostok.entrypoints.cli import main as run_command

REFERENCE: Final = Path(__file__).resolve().parents[1] / "docs" / "reference"
HELP_COLUMNS: Final = "80"
COMMAND_DEPTH_MAX: Final = 3
MADE: Final = "<!-- made by `make reference`; do not edit -->\n"

COMMANDS_HEAD: Final = """\
Noun, then verb. The options of the first section may stand before or after any command.
[Exit codes](exit-codes.md) tell kinds of errors apart.
"""
CONFIGURATION_HEAD: Final = """\
A setting is looked for in this order: an option of the command, a variable of the environment,
the TOML file that `--config` or `VOSTOK_CONFIG` names, the default. A name that is no setting is
an error.

```toml
port = 8601

[limits]
processes_max = 512
```
"""
STATES_HEAD: Final = """\
A build is in one of these states. `built` is final: a further rebuild is a new record beside it.
"""
STATES_FOOT: Final = """
At most one build of a slot (archive, suite, source release, architecture) is in a state that
moves by itself: {live}.

What became of the binaries of a `built` build is a second field: `pending` until a publication
has them, `published`, `replaced` by a later build's, or `withdrawn`.

## Who takes a build from one state to another, and why

Each step leaves an event in the record: when, who, from where to where, and a sentence with the
values. The first event says who asked for the build and why. Some events change no state: another
score, the no-change source that was made, what became of the binaries, what overtook a build that
was being stopped already.

| From | To | Who | Why |
|---|---|---|---|
{causes}

No build is `dep-wait` or `not-for-us` yet: these are for when build dependencies are known before
a builder takes the build. Until then a build dependency that cannot be installed is found out by
an attempt, which ends as `bd-uninstallable`.

## Overtaken: `superseded` or not

Another version of a source takes its place by an upload, a sync, another selection or a removal.
Of that source,

- what waits is `superseded` at once;
- what is being built is `cancelling` until its builder has stopped, within seconds, and then
  `superseded`, also if somebody had cancelled it before;
- what is `uploading` ends by itself. Once `built`, its binaries are kept and never shown: their
  fate is `replaced`;
- what ended without success stays as it is, and a retry is refused as `not-current`;
- a control goes on: it looks at what was.

A rebuild that is asked for again supersedes only what is `planned`; it is refused what waits or
runs (`already-building`).
"""


def main(arguments: Sequence[str]) -> int:
    """The exit code: 1 when a page is not current and was only to be checked."""
    pages = {
        "commands.md": commands_page(),
        "configuration.md": configuration_page(),
        "build-states.md": build_states_page(),
    }
    paths = {REFERENCE / name: text for name, text in pages.items()}
    stale = [path for path, text in paths.items() if not path.exists() or path.read_text() != text]
    if list(arguments) == ["--check"]:
        for path in stale:
            print(f"error: {path} is not current\nhint: make reference", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.write_text(paths[path])
        print(f"wrote {path}")
    return 0


def commands_page() -> str:
    """Every command with what its ``--help`` says, in the program's own order."""
    parts = ["# Commands\n", MADE, COMMANDS_HEAD]
    for words in commands():
        parts.append(f"## {' '.join(['vostok', *words])}\n")
        parts.append(f"```text\n{help_text(words)}\n```\n")
    return "\n".join(parts)


def commands(words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of each command below these, itself first."""
    yield words
    if len(words) < COMMAND_DEPTH_MAX:
        listed = re.search(r"^Commands:\n((?:  .*\n?)+)", help_text(words), re.MULTILINE)
        names = re.findall(r"^  ([a-z][a-z-]*)", listed[1], re.MULTILINE) if listed else []
        for name in names:
            yield from commands((*words, name))


def help_text(words: tuple[str, ...]) -> str:
    """What the command says about itself."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        code = run_command([*words, "--help"])
    if code != 0:
        raise SystemExit(f"vostok {' '.join(words)} --help ended with {code}")
    return "\n".join(line.rstrip() for line in text.getvalue().strip().splitlines())


def configuration_page() -> str:
    """Every setting with its variable, its default and what it means."""
    settings = [item for item in Settings.model_fields.items() if item[0] != "limits"]
    limits = BuildLimits.model_fields.items()
    return "\n".join(
        [
            "# Configuration\n",
            MADE,
            CONFIGURATION_HEAD,
            "## Settings\n",
            *(setting_lines(name, f"VOSTOK_{name.upper()}", field) for name, field in settings),
            "## Limits of an attempt, in the table `limits`\n",
            *(
                setting_lines(name, f"VOSTOK_LIMITS_{name.upper()}", field)
                for name, field in limits
            ),
        ]
    )


def setting_lines(name: str, variable: str, field: FieldInfo) -> str:
    """One setting."""
    has_default = field.default not in (None, "") and field.default_factory is None
    default = f" Default: `{field.default}`." if has_default else ""
    text = " ".join((field.description or "").split())
    return f"### `{name}`\n\n{text}{default} Variable: `{variable}`.\n"


def build_states_page() -> str:
    """Every state with its sentence and those that may follow."""
    live = ", ".join(f"`{state}`" for state in BuildState if state in LIVE_STATES)
    return "\n".join(
        [
            "# States of a build\n",
            MADE,
            STATES_HEAD,
            "| State | A build in it | May become | You can |",
            "|---|---|---|---|",
            *(state_row(state) for state in BuildState),
            STATES_FOOT.format(live=live, causes="\n".join(cause_rows())),
        ]
    )


def cause_rows() -> Iterator[str]:
    """A row for each step that something makes."""
    for before, causes in CAUSES.items():
        for after in BuildState:
            if after in causes and (before, after) not in RESERVED:
                who, why = causes[after]
                yield f"| `{before}` | `{after}` | {who} | {why} |"


def state_row(state: BuildState) -> str:
    """One row of the table."""
    following = ", ".join(f"`{after}`" for after in BuildState if after in TRANSITIONS[state])
    verbs = [
        verb
        for verb, states in (("retry", RETRIABLE_STATES), ("cancel", CANCELLABLE_STATES))
        if state in states
    ]
    sentence = STATE_SENTENCES[state].replace("|", "\\|")
    return f"| `{state}` | {sentence} | {following or 'nothing'} | {', '.join(verbs)} |"


if __name__ == "__main__":
    os.environ["COLUMNS"] = HELP_COLUMNS
    sys.exit(main(sys.argv[1:]))
