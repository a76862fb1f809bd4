"""The sources that packages were built using, read from many paragraphs at once.

Source: Debian Policy 7.8 for Built-Using; Static-Built-Using is its dh-builtusing sibling.
"""

from vostok.debian.relations import parse_relations

_FIELD = b"Built-Using:"
_STATIC = b"Static-"
_RELATIONS_AT_ONCE = 1_000


def list_built_using(text: bytes) -> set[bytes]:
    """The items of these fields in paragraphs of Packages, `name (= version)`, each once."""
    found: set[bytes] = set()
    place = text.find(_FIELD)
    while place >= 0:
        start = place + len(_FIELD)
        line = place
        if text[max(place - len(_STATIC), 0) : place] == _STATIC:
            line -= len(_STATIC)
        if line == 0 or text[line - 1 : line] == b"\n":
            start_of_next = _end_of_field(text, start)
            found.update(map(bytes.strip, text[start:start_of_next].split(b",")))
        place = text.find(_FIELD, start)
    found.discard(b"")
    return found


def _end_of_field(text: bytes, start: int) -> int:
    end = text.find(b"\n", start)
    while end >= 0 and text[end + 1 : end + 2] in {b" ", b"\t"}:
        end = text.find(b"\n", end + 1)
    return len(text) if end < 0 else end


def sources_built_using(items: set[bytes]) -> set[tuple[str, str]]:
    """(name, version) of the sources that such items name."""
    relations = sorted(item.decode(errors="replace") for item in items)
    found: set[tuple[str, str]] = set()
    for start in range(0, len(relations), _RELATIONS_AT_ONCE):
        part = ", ".join(relations[start : start + _RELATIONS_AT_ONCE])
        for alternatives in parse_relations(part):
            found.update((r.name, str(r.version)) for r in alternatives if r.version)
    return found
