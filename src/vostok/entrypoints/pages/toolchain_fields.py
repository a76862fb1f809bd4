"""The form that makes a toolchain: what was typed, and the specification that it is of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from vostok.documents import ToolchainView
from vostok.domain.toolchain import ToolchainSpec, parse_spec, toolchain_name
from vostok.domain.toolchain_faults import DRIVERS
from vostok.entrypoints.pages.typed_fields import Faults, FieldChecks, words_of
from vostok.entrypoints.pages.visits import Form

COMPILER: Final = "compiler-"
"""What the name of a driver's field begins with."""
FLAGS: Final = ("cppflags", "cflags", "cxxflags", "fflags", "ldflags")
_WORDS: Final = ("build_options", "build_profiles", "packages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What the fields hold, as it was typed.

    Attributes:
        name: of the toolchain.
        compilers: driver -> package; a driver without one is left out.
        texts: the other fields by their names, which are those of the API.
    """

    name: str = ""
    compilers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def has_languages(self) -> bool:
        """Whether compilers are named that mostly follow from gcc."""
        return bool(self.compilers.keys() - {"gcc", "g++"})


def typed_of(sent: Form) -> Typed:
    """What a form that was sent holds."""
    named = {driver: sent.text(COMPILER + driver) for driver in DRIVERS}
    texts = {name: sent.text(name) for name in (*FLAGS, *_WORDS)}
    return Typed(
        name=sent.text("name"),
        compilers={driver: package for driver, package in named.items() if package},
        texts=texts | {"environment": sent.text("environment").replace("\r", "")},
    )


def typed_anew(toolchain: ToolchainView) -> Typed:
    """The form as it makes the newest revision of a toolchain."""
    document = toolchain.get("spec", {})
    compilers, environment = document.get("compilers"), document.get("environment")
    texts = {name: _joined(document.get(name)) for name in (*FLAGS, *_WORDS)}
    variables = environment if isinstance(environment, Mapping) else {}
    return Typed(
        name=toolchain["name"],
        compilers=dict(compilers) if isinstance(compilers, Mapping) else {},
        texts=texts
        | {"environment": "\n".join(f"{key}={value}" for key, value in variables.items())},
    )


def spec_of(typed: Typed) -> tuple[ToolchainSpec | None, Faults]:
    """The specification that was typed, or None with every fault at its field."""
    checks = FieldChecks()
    checks.check("name", lambda: toolchain_name(typed.name))
    for driver, package in typed.compilers.items():
        named = {driver: package}
        checks.check(COMPILER + driver, lambda named=named: parse_spec(compilers=named))  # type: ignore[misc]  # mypy infers no type of a lambda's default
    lists = {name: _words(name, typed.texts.get(name, "")) for name in (*FLAGS, *_WORDS)}
    for name, words in lists.items():
        if words:
            one = {name: words}
            checks.check(name, lambda one=one: parse_spec(**one))  # type: ignore[misc]
    variables = checks.pairs(
        "environment", typed.texts.get("environment", ""), example="GOAMD64=v2"
    )
    if variables:
        checks.check("environment", lambda: parse_spec(environment=variables))
    if checks.faults:
        return None, checks.faults
    compilers = typed.compilers
    spec = checks.check(
        COMPILER + "gcc",
        lambda: parse_spec(compilers=compilers, environment=variables, **lists),
    )
    return spec, checks.faults


def _words(name: str, text: str) -> list[str]:
    """Flags may hold commas, as `-Wl,-z,now`, so only blanks part them."""
    return text.split() if name in FLAGS else words_of(text)


def _joined(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else ""
