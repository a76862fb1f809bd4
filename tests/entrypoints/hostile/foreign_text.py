"""Text that a stranger chose, in every field of a database that is shown and not a fixed word."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from vostok.adapters.database import schema

MARK: Final = "zq7"
"""A name of an element, an attribute and a function that no page of ours has."""
HOSTILE: Final = (
    f"\"'><{MARK} {MARK}=1 onclick={MARK}()></{MARK}></textarea></title></noscript></style>-->"
    f"</option></select><script>{MARK}()</script><img src=x onerror={MARK}()><svg/onload={MARK}()>"
    f"<a href=javascript:{MARK}()>x</a>{{{{7*191}}}}${{7*191}}\u202e\u2066\x1b[31m\x9b1m\x07\r\n"
    f"Set-Cookie: {MARK}=1\r\n\r\n<b {MARK}>"
)
FORMULA: Final = f'=cmd|"{HOSTILE}"'

WORDS: Final = frozenset(
    {
        "state", "kind", "role", "scope", "right", "topic", "form", "reach", "part", "fate",
        "mode", "unbuilt", "policy", "keep", "serve", "on_removal", "dependencies", "scheme",
        "verdict", "outcome", "state_before", "state_after", "default_of", "status", "operation",
        "action", "media_type", "base_shown",
    }
)  # fmt: skip
"""Columns of any table that hold one of few words of ours: a column of `domain` reads them."""
NUMBERS: Final = frozenset(
    {
        "hash", "token_hash", "view_token_hash", "password_hash", "key_hash", "sha256", "digest",
        "changes_sha256", "signature_sha256", "release_sha256", "nonce", "position", "fingerprint",
        "key_fingerprint", "certificate", "id", "job_id", "key",
    }
)  # fmt: skip
"""Columns that hold what a machine counted or drew, and compares."""
CHECKED: Final = frozenset(
    {
        "architecture", "builder_architecture", "index_architecture", "version", "source_version",
        "version_before", "base_version", "before", "after", "offered", "suffix", "codename",
        "vendor", "tag",
    }
)  # fmt: skip
"""Columns that only take what Debian Policy has: `tests/unit/debian` shows that others do not
come in."""
NAMED: Final = frozenset(
    {
        ("archive", "name"), ("suite", "name"), ("person", "name"), ("team", "name"),
        ("builder", "name"), ("toolchain", "name"), ("job", "archive"),
        ("audit_entry", "archive"), ("attempt_file", "name"), ("stanza", "text"),
        ("request_key", "principal"), ("repeated_request", "person"), ("view_file", "path"),
        ("publication_file", "path"), ("publication_pool", "path"), ("snapshot_file", "path"),
        ("repeated_request", "archive"), ("mirror_answer", "url"), ("webhook", "topics"),
        ("subscription", "topics"),
        ("builder", "architectures"), ("suite", "architectures"), ("suite", "components"),
        ("derivation", "selection"), ("derivation_parent", "only"), ("toolchain", "spec"),
    }
)  # fmt: skip
"""Names by which things are found, and what is read by rules, each checked where it is given."""


def poison(database: Path) -> set[tuple[str, str]]:
    """Write hostile text behind every other text of a database; where there was some to find."""
    reached = set()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("pragma foreign_keys = off")
        # The audit log is only added to; here it was always like that.
        for (trigger,) in connection.execute(
            "select name from sqlite_master where type = 'trigger'"
        ).fetchall():
            connection.execute(f'drop trigger "{trigger}"')
        for table in schema.metadata.sorted_tables:
            for column in table.columns:
                if column.name in WORDS | NUMBERS | CHECKED or (table.name, column.name) in NAMED:
                    continue
                if isinstance(column.type, sa.JSON) or column.name == "payload":
                    count = _poison_documents(connection, table.name, column.name)
                elif isinstance(column.type, sa.Text | sa.String):
                    count = _poison_texts(connection, table.name, column.name)
                else:
                    continue
                if count:
                    reached.add((table.name, column.name))
        connection.commit()
    return reached


def _poison_texts(connection: sqlite3.Connection, table: str, column: str) -> int:
    text = FORMULA if column in {"reason", "sentence", "name"} else HOSTILE
    if column in {"name", "source"}:
        text = text.replace("/", "")  # these stand in addresses, where a slash would part them
    change = f'update or ignore "{table}" set "{column}" = ? || "{column}"'  # noqa: S608 - names of the schema
    return connection.execute(f'{change} where "{column}" is not null', (text,)).rowcount


def _poison_documents(connection: sqlite3.Connection, table: str, column: str) -> int:
    rows = connection.execute(
        f'select rowid, "{column}" from "{table}" where "{column}" is not null'  # noqa: S608 - names of the schema
    ).fetchall()
    for row, document in rows:
        changed = json.dumps(_poisoned(json.loads(document)))
        connection.execute(
            f'update "{table}" set "{column}" = ? where rowid = ?',  # noqa: S608 - names of the schema
            (changed, row),
        )
    return len(rows)


def _poisoned(value: Any) -> Any:  # noqa: ANN401 - any document
    match value:
        case str():
            return value + HOSTILE
        case list():
            return [_poisoned(item) for item in value]
        case Mapping():
            return {key: _poisoned(item) for key, item in value.items()}
        case _:
            return value
