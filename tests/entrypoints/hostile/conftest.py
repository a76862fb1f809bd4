"""A server with something on every page, all of it hostile, and all its pages, looked at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.entrypoints.hostile.foreign_text import HOSTILE, poison
from tests.entrypoints.hostile.pages_read import Looked, Walk
from tests.entrypoints.installation import Installation
from tests.entrypoints.pages.site import WHO, all_addresses, whole_site
from tests.entrypoints.pages.visitor import add_person, sign_in

LOG = (HOSTILE * 3 + "\n").encode() + b"\x1b]0;title\x07\xff\xfe\x00\x9b31m\n" + b"x" * 300_000
SHOWN = {
    ("build", "sentence"), ("campaign", "reason"), ("campaign", "selection"), ("job", "message"),
    ("job", "error"), ("attempt", "result"), ("webhook", "address"), ("person", "email"),
    ("webhook_delivery", "answer"), ("event", "sentence"), ("audit_entry", "detail"),
    ("builder", "reason"), ("session", "agent"), ("token", "name"), ("build", "source"),
    ("source_release", "name"), ("binary_release", "name"), ("person_identity", "subject"),
    ("derivation", "reason"), ("suite", "mirror"),
}  # fmt: skip
"""Some of what must be among the fields: else there was nothing to poison."""


@pytest.fixture(scope="session")
def site(
    tmp_path_factory: pytest.TempPathFactory, filled_root: Path
) -> Iterator[tuple[Installation, str]]:
    """A server with something on every page, all of it hostile."""
    with whole_site(filled_root, tmp_path_factory.mktemp("hostile")) as (installation, url):
        sign_in(installation, "lou")
        add_person(installation, "vic")
        root = installation.settings.data_root
        reached = poison(root / "vostok.db")
        for log in (root / "logs").rglob("*.log"):
            log.write_bytes(LOG + log.read_bytes() + LOG)
        assert reached >= SHOWN, SHOWN - reached
        yield installation, url


@pytest.fixture(scope="session")
def looked(site: tuple[Installation, str]) -> Looked:
    """All pages and tables, each looked at once by the administrator."""
    installation, _ = site
    return Walk(installation, sign_in(installation, WHO)).looked(all_addresses(installation))
