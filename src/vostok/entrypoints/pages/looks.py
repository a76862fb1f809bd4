"""How each state looks: a tone for colour, a pattern and a mark for those who see no colour.

A word that is not in the table is shown as it stands, in the tone `waiting`.
"""

from dataclasses import dataclass

from vostok.domain.build_list import ATTENTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Tone (a class of the style sheet), pattern (an id of the page's SVG), mark, meaning."""

    tone: str
    pattern: str
    mark: str
    meaning: str = ""


_TONES = {
    "good": ("plain", "✓"),
    "bad": ("stripes", "✗"),
    "infra": ("cross", "!"),
    "blocked": ("rows", "⊘"),
    "busy": ("back", "▸"),
    "waiting": ("dots", "·"),
    "idle": ("plain", "\N{EN DASH}"),
}

_WORDS: dict[str, tuple[str, str]] = {
    # states of a build
    "failed": ("bad", "it ended in failure"),
    "failed-to-upload": ("bad", "built, but its files were not accepted"),
    "chroot-problem": ("infra", "no chroot could be made"),
    "source-unavailable": ("infra", "no parent has the source's files now"),
    "bd-uninstallable": ("blocked", "its build dependencies cannot be installed"),
    "dep-wait": ("blocked", "waits for a build dependency"),
    "cancelling": ("idle", "being stopped"),
    "uploading": ("busy", "its files are being checked"),
    "building": ("busy", "a builder works on it"),
    "needs-build": ("waiting", "waits for a builder"),
    "planned": ("waiting", "follows the build of its source under a profile"),
    "built": ("good", "built and accepted"),
    "cancelled": ("idle", "stopped on request"),
    "superseded": ("idle", "a newer record took its place"),
    "not-for-us": ("idle", "not built on this architecture"),
    # outcomes of an attempt
    "builder-problem": ("infra", "the builder could not do its work"),
    # states of jobs, campaigns, archives
    "accepted": ("good", "taken in whole; its builds follow"),
    "refused": ("bad", "nothing of it was taken in"),
    "queued": ("waiting", "waits for its turn"),
    "running": ("busy", "in progress"),
    "preparing": ("waiting", "build records are being made"),
    "succeeded": ("good", "done"),
    "finished": ("good", "every build has ended"),
    "active": ("good", "usable"),
    "importing": ("busy", "being read from its mirror"),
    "deriving": ("busy", "being made from its parent"),
    "deleting": ("infra", "everything of its own is being removed"),
    # verdicts and classes of the compiler proof
    "asked": ("good", "the compiler that was asked for"),
    "recorded": ("good", "no compiler was asked for; this is what was found"),
    "compiler": ("good", "C, C++ and Fortran units"),
    "mixed": ("blocked", "some units by another compiler"),
    "other": ("bad", "by another compiler than was asked for"),
    "other-compiler": ("bad", "another compiler than was asked for"),
    "lto": ("busy", "made at link time, counts for its compiler"),
    "assembler": ("waiting", "assembler, does not decide"),
    "other-language": ("infra", "another language, does not decide"),
    "no-compiled-code": ("idle", "nothing in it was compiled"),
    "not-provable": ("waiting", "no debug information to read"),
    # what a change of a derivation decides about a source
    "added": ("good", "it comes new"),
    "updated": ("good", "it follows its parent"),
    "unchanged": ("idle", "it stays as it is"),
    "kept": ("busy", "its local change stays"),
    "needs-merge": ("infra", "changed here and by a parent"),
    "removed": ("bad", "it goes"),
    "retained": ("idle", "it stays, though no parent has it"),
    "held": ("blocked", "it stays where it is"),
    "left-out": ("bad", "removed here"),
    # fates of a built build's binaries
    "pending": ("waiting", "accepted, not yet published"),
    "published": ("good", "clients see these binaries"),
    "replaced": ("idle", "newer binaries are published"),
    "withdrawn": ("idle", "no longer published"),
}

# Marks of words that need another than their tone's.
_MARKS = {"mixed": "≈"}

# In a picture: what is done from the left, what is still to come on the right.
PICTURE = (
    "built",
    "asked",
    "compiler",
    "lto",
    "failed",
    "other-compiler",
    "failed-to-upload",
    "chroot-problem",
    "source-unavailable",
    "bd-uninstallable",
    "assembler",
    "other-language",
    "cancelled",
    "superseded",
    "not-for-us",
    "cancelling",
    "uploading",
    "building",
    "dep-wait",
    "needs-build",
    "planned",
)
TROUBLE = frozenset(ATTENTION[:5])
UNFINISHED_BUILDS = frozenset({"needs-build", "dep-wait", "building", "uploading", "cancelling"})
WAITING_BUILDS = frozenset({"needs-build", "dep-wait", "planned"})
UNFINISHED_CAMPAIGNS = frozenset({"preparing", "running"})
UNFINISHED_JOBS = frozenset({"queued", "running"})
UNFINISHED_ARCHIVES = frozenset({"importing", "deriving", "deleting"})


def look_of(word: object) -> Look:
    """The look of a state, outcome, verdict, class or fate."""
    tone, meaning = _WORDS.get(str(word), ("waiting", ""))
    pattern, mark = _TONES[tone]
    return Look(tone=tone, pattern=pattern, mark=_MARKS.get(str(word), mark), meaning=meaning)


def rank(word: str, order: tuple[str, ...]) -> int:
    """The place of a word in an order; what is not in it comes after all."""
    return order.index(word) if word in order else len(order)
