"""How a toolchain names sources that were uploaded to an archive: `SOURCE[:VERSION]`."""

from collections.abc import Sequence
from dataclasses import dataclass

from vostok.debian.packages import check_source_name
from vostok.debian.version import Version
from vostok.domain.toolchain_faults import Fault
from vostok.errors import InvalidInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSource:
    """A source whose packages builds get; in one version, or as the archive has it."""

    source: str
    version: str | None

    def __str__(self) -> str:
        """As it is asked for: `cc`, or `cc:2-1`."""
        return self.source if self.version is None else f"{self.source}:{self.version}"


def parse_named(text: str) -> NamedSource:
    """What `SOURCE[:VERSION]` names; a version may have an epoch.

    Raises:
        InvalidInputError: it is not of that form.
    """
    source, colon, version = text.partition(":")
    return NamedSource(
        source=check_source_name(source), version=str(Version.parse(version)) if colon else None
    )


def named_faults(texts: Sequence[str]) -> list[Fault]:
    """Why these are not names of different sources; empty if they are."""
    faults, seen = [], set()
    for text in texts:
        try:
            named = parse_named(text)
        except InvalidInputError as error:
            reason, hint = f"is not SOURCE or SOURCE:VERSION: {error}", "as in cc, or cc:2-1"
        else:
            if named.source not in seen:
                seen.add(named.source)
                continue
            reason, hint = "names a source a second time", "name each source once"
        faults.append(Fault(field="package", value=text, reason=reason, hint=hint))
    return faults
