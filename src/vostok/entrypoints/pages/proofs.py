"""A compiler proof in the few words that fit into a table's cell."""

import re

from vostok.documents import BuildView, ProducerCount

# Versions named in one cell; more would not be read.
COMPILERS_MAX = 3
_GNU = re.compile(r"GNU (?:C|C\+\+|Fortran|GIMPLE)\d* (\d[\w.~+-]*)")
_CLANG = re.compile(r"(?:\w+ )*clang version (\d[\w.~+-]*)")
_DECIDING = frozenset({"asked", "other-compiler", "compiler", "lto"})
_SHORT = {"no-compiled-code": "no compiled code", "not-provable": "not provable"}


def compilers_found(build: BuildView) -> str:
    """The compilers that made a build's units, most units first; empty without a proof."""
    proof = build.get("proof") or {}
    verdict = proof.get("verdict", "")
    if verdict in _SHORT:
        return _SHORT[verdict]
    units: dict[str, int] = {}
    for producer in proof.get("producers", []):
        if producer.get("class") in _DECIDING:
            name = compiler_name(producer)
            units[name] = units.get(name, 0) + producer["units"]
    names = sorted(units, key=lambda name: (-units[name], name))
    more = f" +{len(names) - COMPILERS_MAX}" if len(names) > COMPILERS_MAX else ""
    return ", ".join(names[:COMPILERS_MAX]) + more or verdict


def compiler_name(producer: ProducerCount) -> str:
    """The compiler and its version out of a DW_AT_producer string; else its first words."""
    text = producer["producer"]
    if found := _GNU.match(text):
        return f"GCC {found[1]}"
    if found := _CLANG.match(text):
        return f"clang {found[1]}"
    return " ".join(text.split()[:3])[:40]
