"""The form that asks for rebuilds: what was typed, and the request that it makes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Final

from vostok.domain.build_profile import BuildWords, check_words
from vostok.domain.campaign import SCORE_OF_REBUILDS
from vostok.domain.publication import ALL
from vostok.domain.rebuild_form import FormChoice, Skew
from vostok.domain.rebuild_request import Filters, SourceTests, parse_built_with
from vostok.entrypoints.pages.scores import typed_score
from vostok.entrypoints.pages.typed_fields import (
    NAME_CHARACTERS_MAX,
    Faults,
    FieldChecks,
    Found,
    TypedTexts,
    check_reason,
    check_selection,
    check_texts,
)
from vostok.entrypoints.pages.visits import Form
from vostok.errors import InvalidInputError
from vostok.services.rebuilding.planning import RebuildRequest

CAMPAIGN_MAX: Final = (1 << 31) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed(TypedTexts):
    """What the fields hold, as it was typed; the names are those of the form."""

    selection: str = ""
    reason: str = ""
    failed: str = ""
    built_with: str = ""
    built_on: str = ""
    older_than: str = ""
    architectures: tuple[str, ...] = ()
    toolchain: str = ""
    tests: str = ""
    control: str = ""
    form: str = ""
    skew: str = ""
    profiles: str = ""
    options: str = ""
    no_change: str = ""
    score: str = ""

    @property
    def has_more(self) -> bool:
        """Whether something is asked that few ask for."""
        usual = {"selection", "reason", "failed", "architectures", "toolchain", "tests"}
        return any(name not in usual for name, _ in self.pairs)


def typed_of(sent: Form) -> Typed:
    """What a form or an address holds.

    Raises:
        InvalidInputError: it holds a null character, which no database keeps.
    """
    texts = {
        field.name: sent.text(field.name)
        for field in fields(Typed)
        if field.name != "architectures"
    }
    architectures = tuple(dict.fromkeys(sent.all("architectures")))
    check_texts(*texts.values(), *architectures)
    return Typed(architectures=architectures, **texts)


def request_of(
    typed: Typed, archive: str, enabled: Sequence[str], *, key: str | None = None
) -> tuple[RebuildRequest | None, Faults]:
    """The request that was typed, or None with every fault that needs no look at the archive.

    Args:
        typed: the form.
        archive: of which rebuilds are asked for.
        enabled: its architectures.
        key: under which the same request is made once.
    """
    reading = _Reading()
    filters = Filters(
        failed=bool(typed.failed),
        built_with=typed.built_with or None,
        built_on=typed.built_on or None,
        older_than=reading.number("older_than", typed.older_than),
    )
    control = reading.number("control", typed.control)
    names_none = filters.is_empty and not typed.control and not typed.older_than
    if typed.selection or names_none:
        reading.check("selection", lambda: check_selection(typed.selection))
    if typed.built_with:
        reading.check("built_with", lambda: parse_built_with(typed.built_with))
    for name in ("built_on", "toolchain"):
        reading.check_name(name, getattr(typed, name))
    reading.check("architectures", lambda: _check_architectures(typed.architectures, enabled))
    tests = reading.choice("tests", typed.tests, SourceTests, None)
    words = BuildWords(
        options=tuple(typed.options.split()), profiles=tuple(typed.profiles.split())
    )
    reading.check("profiles", lambda: check_words(words, tests))
    form = reading.choice("form", typed.form, FormChoice, FormChoice.AUTO)
    skew = reading.choice("skew", typed.skew, Skew, Skew.REFUSE)
    score = reading.check("score", lambda: typed_score(typed.score or str(SCORE_OF_REBUILDS)))
    reading.check("reason", lambda: check_reason(typed.reason))
    if reading.faults or form is None or skew is None or score is None:
        return None, reading.faults
    is_part = bool(typed.architectures) and set(typed.architectures) != set(enabled)
    return (
        RebuildRequest(
            archive=archive,
            selection=typed.selection or "all",
            reason=typed.reason,
            toolchain=typed.toolchain or None,
            architectures=list(typed.architectures) if is_part else None,
            filters=filters,
            tests=tests,
            score=score,
            control=control,
            is_no_change=bool(typed.no_change),
            form=form,
            skew=skew,
            build_profiles=words.profiles,
            build_options=words.options,
            idempotency_key=key,
        ),
        {},
    )


class _Reading(FieldChecks):
    """Reads the fields of a request."""

    def check_name(self, name: str, text: str) -> None:
        """A name has a bound."""
        if len(text) > NAME_CHARACTERS_MAX:
            self.faults[name] = InvalidInputError(
                f"a name has at most {NAME_CHARACTERS_MAX} characters"
            )

    def number(self, name: str, text: str) -> int | None:
        """The number of a campaign; None if nothing is typed."""
        return self.check(name, lambda: _campaign_number(text)) if text else None

    def choice(
        self, name: str, text: str, kind: Callable[[str], Found], usual: Found | None
    ) -> Found | None:
        """One of several words; the usual one if none is chosen."""
        try:
            return kind(text) if text else usual
        except ValueError:
            self.faults[name] = InvalidInputError(f"{text[:60]!r} is none of those to choose from")
            return usual


def _check_architectures(asked: Sequence[str], enabled: Sequence[str]) -> None:
    missing = [architecture for architecture in asked if architecture not in (*enabled, ALL)]
    if missing:
        raise InvalidInputError(f"the archive has no architecture {missing[0][:60]}")


def _campaign_number(text: str) -> int:
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(CAMPAIGN_MAX))
    if not is_number or not 1 <= int(text) <= CAMPAIGN_MAX:
        raise InvalidInputError(f"{text[:60]!r} is not the number of a campaign")
    return int(text)
